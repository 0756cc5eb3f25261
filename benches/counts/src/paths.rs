//! The hot paths: each what one request, field, form or route costs, on inputs as clients send them. Answers are checked before anything is counted.

#[path = "../../heads/browser.rs"]
mod browser;
#[path = "../../routing_sets/sets.rs"]
mod sets;

use std::hint::black_box;

use http::{Method, StatusCode, Uri, Version};
use zeug_datastructures::{FieldValue, Headers, MultiDict, names};
use zeug_forms::{Limits as FormLimits, MultipartDecoder, UrlencodedDecoder};
use zeug_h1::{
    BodyDecoder, BodyEvent, BodyLength, BodySize, Exchange, HeadDecoder, HeadPlaces, Limits,
    ResponseEncoder, ResponseHeadDecoder,
};
use zeug_http::{Accept, ContentType, Cookies, ETags, HttpDate, Range, SetCookie};
use zeug_messages::{Request, Response};
use zeug_routing::{Map, Outcome, Rule};
use zeug_securecookie::{Dict, Session, SessionSettings, Signer, SignerOptions};
use zeug_security::safe_join;
use zeug_urls::{QueryLimits, iri_to_uri, parse_query};

use self::browser::BROWSER;
use crate::{counted, say};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 13\r\n\
    Connection: keep-alive\r\nVary: Accept-Encoding\r\n\r\n";
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";
const COOKIES: &str = "_ga=GA1.2.1234567890.1600000000; _gid=GA1.2.987654321.1600000001; session=eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6; theme=dark; lang=en-US; csrftoken=0123456789abcdef0123456789abcdef; consent=yes; ab_test=variant-b; last_seen=1700000000; cart=3";
const LOGIN: &str = "email=ada%40example.org&password=correct+horse+battery&remember=on";
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NOW: u64 = 1_700_000_000;

/// How often a path is gone, so that what comes once in a while is spread as it is in a program.
const PASSES: usize = 200;

/// Counts one path; the name comes with how often it was gone, `units` of it each time.
fn path(name: &str, units: usize, mut work: impl FnMut()) {
    // What is made once (tables, a thread's own memory) is no path's.
    work();
    let passes = (PASSES / units).max(1);
    say(&format!("{name}\t{}", passes * units));
    counted(&mut || (0..passes).for_each(|_| work()));
}

pub(crate) fn run() {
    heads();
    bodies();
    fields();
    maps();
    routes();
    secrets();
    messages();
}

fn heads() {
    let read = || {
        HeadDecoder::new(Limits::default())
            .decode(black_box(BROWSER.as_bytes()))
            .expect("a good head")
            .expect("a whole head")
    };
    assert_eq!(read().0.headers().len(), 13);
    path("request head, 13 fields", 1, || drop(black_box(read())));
    let (mut method, mut uri, mut version, mut headers) = (
        Method::GET,
        Uri::default(),
        Version::HTTP_11,
        Headers::new(),
    );
    path("request head into places, 13 fields", 1, || {
        let places = HeadPlaces {
            method: &mut method,
            uri: &mut uri,
            version: &mut version,
            headers: &mut headers,
        };
        let outline =
            HeadDecoder::new(Limits::default()).decode_into(black_box(BROWSER.as_bytes()), places);
        assert!(outline.is_ok_and(|outline| outline.is_some()));
    });
    let map = Headers::from_iter([
        (
            names::CONTENT_TYPE,
            FieldValue::from_static("text/plain; charset=utf-8"),
        ),
        (names::SERVER, FieldValue::from_static("zeug")),
    ]);
    let exchange = Exchange::new(&Method::GET, Version::HTTP_11);
    let encoder = ResponseEncoder::new(exchange, StatusCode::OK)
        .body(BodySize::Known(13))
        .date(FieldValue::from_static(DATE));
    let mut out = Vec::with_capacity(1024);
    path("response head written, 4 fields", 1, || {
        out.clear();
        black_box(encoder)
            .encode(black_box(&map), &mut out)
            .expect("writable");
    });
    assert!(out.starts_with(b"HTTP/1.1 200 OK\r\n"));
    path("response head read, 6 fields", 1, || {
        let head = ResponseHeadDecoder::new(Limits::default())
            .decode(black_box(ANSWER.as_bytes()), &Method::GET);
        assert!(head.is_ok_and(|head| head.is_some()));
    });
}

fn bodies() {
    let chunks = format!("{}0\r\n\r\n", "10\r\n0123456789abcdef\r\n".repeat(64));
    path("chunked body, 64 chunks of 16 bytes", 1, || {
        let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
        let mut rest = black_box(chunks.as_bytes());
        loop {
            let (taken, event) = decoder.decode(rest).expect("good chunks");
            rest = &rest[taken..];
            match event {
                BodyEvent::Data(data) => assert_eq!(black_box(data).len(), 16),
                _ => break,
            }
        }
        assert!(rest.is_empty());
    });
    path("urlencoded body, login", 1, || {
        let form = UrlencodedDecoder::decode(black_box(LOGIN.as_bytes()), &FormLimits::default())
            .expect("a form");
        assert_eq!(form.get("email"), Some("ada@example.org"));
    });
    let part = |name: &str, more: &str, value: &str| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n"
        )
    };
    let login = [
        ("email", "ada@example.org"),
        ("password", "correct horse"),
        ("remember", "on"),
    ]
    .map(|(name, value)| part(name, "", value))
    .concat();
    let file = part(
        "picture",
        "; filename=\"a.png\"\r\nContent-Type: image/png",
        &"0123456789\r\nabcde-".repeat((64 << 10) / 18),
    );
    for (name, parts, body) in [
        ("multipart body, login", 3, login),
        ("multipart body, file of 64 KiB", 1, file),
    ] {
        let body = format!("{body}--{BOUNDARY}--\r\n");
        path(name, 1, || {
            let mut decoder =
                MultipartDecoder::new(BOUNDARY, FormLimits::default()).expect("a boundary");
            let mut events = decoder.push(black_box(body.as_bytes()));
            let mut found = 0;
            while let Some(event) = events.next_event().expect("a whole body") {
                found += usize::from(matches!(
                    event,
                    zeug_forms::MultipartEvent::Field(_) | zeug_forms::MultipartEvent::File(_)
                ));
                black_box(&event);
            }
            assert_eq!(found, parts);
        });
    }
}

fn fields() {
    path("query string, search", 1, || {
        let query = parse_query(black_box("q=snowy+owl+nest&page=2"), QueryLimits::default())
            .expect("a query");
        assert_eq!(query.get("page"), Some("2"));
    });
    path("cookies, ten, one found", 1, || {
        assert!(
            Cookies::parse(black_box(COOKIES))
                .get(black_box("consent"))
                .is_some()
        );
    });
    path("cookies, ten, all", 1, || {
        assert_eq!(Cookies::parse(black_box(COOKIES)).iter().count(), 10);
    });
    path("set-cookie, session", 1, || {
        let cookie = SetCookie::new(black_box("session"), "eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6");
        black_box(cookie.max_age(3600).secure().http_only().to_string());
    });
    path("accept, browser's, best of three", 1, || {
        let offers = ["application/json", "text/html", "text/plain"];
        assert_eq!(
            Accept::parse(black_box(ACCEPT)).best_match(offers),
            Some("text/html")
        );
    });
    path("date read", 1, || {
        assert!(HttpDate::parse(black_box(DATE)).is_ok());
    });
    let date = HttpDate::parse(DATE).expect("a date");
    path("date written", 1, || {
        black_box(black_box(date).to_string());
    });
    path("content type, boundary", 1, || {
        let text = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";
        assert!(
            ContentType::parse(black_box(text))
                .get("boundary")
                .is_some()
        );
    });
    path("range, two", 1, || {
        assert!(Range::parse(black_box("bytes=0-99, -20")).is_ok());
    });
    path("entity tags, three", 1, || {
        assert!(!ETags::parse(black_box("\"a-1\", W/\"b-2\", \"c-3\"")).is_empty());
    });
    path("iri to uri", 1, || {
        let iri = "http://bücher.example/straße/ü?q=ö";
        assert!(iri_to_uri(black_box(iri)).is_ok());
    });
}

fn maps() {
    let wanted = [
        names::HOST,
        names::CONTENT_LENGTH,
        names::CONTENT_TYPE,
        names::COOKIE,
        names::CONNECTION,
        names::ACCEPT,
    ];
    let (head, _) = HeadDecoder::new(Limits::default())
        .decode(BROWSER.as_bytes())
        .expect("a good head")
        .expect("a whole head");
    path("headers, six looked up among 13", 1, || {
        let found = wanted
            .iter()
            .filter(|name| head.headers().get(**black_box(name)).is_some());
        assert_eq!(found.count(), 4);
    });
    let pairs: Vec<(String, String)> = (0..16)
        .map(|n| (format!("field{}", n - n / 8), format!("value of {n}")))
        .collect();
    path("multi dict, 16 pairs", 1, || {
        let dict: MultiDict = pairs.iter().map(|(key, value)| (key, value)).collect();
        assert!(dict.get(black_box("field3")).is_some());
    });
}

fn routes() {
    let set = sets::github();
    let rules = set.routes.iter().enumerate().map(|(number, route)| {
        let text = route.path.replace('{', "<").replace('}', ">");
        Rule::new(text, number).methods([&route.method])
    });
    let map = Map::builder()
        .allow_duplicates()
        .rules(rules)
        .build()
        .expect("the set is a map");
    let bound = map.bind("example.org").expect("a host");
    for (name, queries, hits) in [
        ("route hit, of GitHub's 203", &set.hits, true),
        ("route miss, of GitHub's 203", &set.misses, false),
    ] {
        path(name, queries.len(), || {
            for query in queries {
                let outcome = bound.match_path(black_box(&query.path), &query.method);
                assert_eq!(matches!(outcome, Outcome::Match(_)), hits);
            }
        });
    }
    let endpoint = set
        .routes
        .iter()
        .position(|route| route.path == "/repos/{owner}/{repo}/issues")
        .expect("a route");
    path("route built, two arguments", 1, || {
        let url = bound
            .url_for(black_box(&endpoint))
            .arg("owner", black_box("rust-lang"))
            .arg("repo", black_box("rust"))
            .build();
        assert!(url.is_ok_and(|url| url == "/repos/rust-lang/rust/issues"));
    });
}

fn secrets() {
    let settings = SessionSettings::new(KEY).expect("a key");
    let mut session = Session::new();
    *session.values_mut() = Dict::from_iter([
        ("user_id", "7"),
        ("csrf_token", "8843d7f92416211de9ebb963ff4ce28125932878"),
    ]);
    let cookie = settings.encode(&session, NOW).expect("writable");
    path("session read", 1, || {
        assert!(settings.decode(black_box(&cookie), NOW).is_ok());
    });
    path("session written", 1, || {
        assert!(settings.encode(black_box(&session), NOW).is_ok());
    });
    let signer = Signer::new(KEY, SignerOptions::default()).expect("a separator");
    let signed = signer.sign("eyJ1c2VyIjoiYSJ9eyJ1");
    path("signature verified, 20 bytes", 1, || {
        assert!(signer.unsign(black_box(&signed)).is_ok());
    });
    path("safe path joined", 1, || {
        assert!(safe_join("/srv/files", [black_box("images/2026/11/picture.png")]).is_ok());
    });
}

fn messages() {
    let (head, _) = HeadDecoder::new(Limits::default())
        .decode(BROWSER.as_bytes())
        .expect("a good head")
        .expect("a whole head");
    let make = || {
        let mut raw = zeug_gateway::Request::new(());
        raw.uri_mut().clone_from(head.uri());
        raw.headers_mut().clone_from(head.headers());
        raw
    };
    path(
        "request asked for an argument, a cookie, the best type",
        1,
        || {
            let request = Request::from(make());
            assert!(
                request.args().get("q").is_some()
                    && request.cookies().get("theme").is_some()
                    && request.accept().best_match(["text/html"]).is_some()
            );
        },
    );
    path("answer of text, finished", 1, || {
        let answer: zeug_gateway::Response = Response::text(black_box("Hello, World!")).into();
        black_box(answer);
    });
}
