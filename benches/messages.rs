//! A request made and asked for arguments, a cookie and the best type: `zeug_messages::Request` beside actix-web's and the parts that axum's extractors are made of.
//! An error made and shown.

use std::hint::black_box;

use actix_web::http::header::Header as _;
use actix_web::test::TestRequest;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use headers::Header as _;
use headers_accept::Accept as PeerAccept;
use mediatype::MediaType;
use zeug_gateway::Body;
use zeug_messages::{ErrorForm, HttpError, Request};

const OFFERS: [&str; 2] = ["application/json", "text/html"];

/// A head: its target and its fields.
struct Head {
    case: &'static str,
    target: String,
    fields: Vec<(&'static str, String)>,
}

fn heads() -> Vec<Head> {
    let accept =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
    let browser = vec![
        ("host", "example.org".to_owned()),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned()),
        ("accept", accept.to_owned()),
        ("accept-language", "en-US,en;q=0.5".to_owned()),
        ("accept-encoding", "gzip, deflate, br, zstd".to_owned()),
        ("cookie", "_ga=GA1.2.1234567890.1600000000; session=eyJ1c2VyIjoxfQ.Zm9v.YmFyYmF6; theme=dark; lang=en-US".to_owned()),
        ("referer", "https://example.org/".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    let many = (0..500).map(|n| format!("k{n}=v{n}")).collect::<Vec<_>>();
    vec![
        Head {
            case: "tiny",
            target: "/?q=1".to_owned(),
            fields: vec![
                ("accept", "text/html".to_owned()),
                ("cookie", "session=1".to_owned()),
            ],
        },
        Head {
            case: "browser",
            target: "/search?q=snowy+owl+nest&page=2&sort=caf%C3%A9".to_owned(),
            fields: browser,
        },
        Head {
            case: "500-of-each",
            target: format!("/?q=1&{}", many.join("&")),
            fields: vec![
                ("accept", accept.to_owned()),
                ("cookie", format!("{}; session=1", many.join("; "))),
            ],
        },
    ]
}

impl Head {
    fn raw(&self) -> http::Request<()> {
        let mut raw = http::Request::get(&self.target);
        for (name, value) in &self.fields {
            raw = raw.header(*name, value);
        }
        raw.body(()).expect("a request")
    }

    fn actix(&self) -> actix_web::HttpRequest {
        let mut request = TestRequest::with_uri(&self.target);
        for (name, value) in &self.fields {
            request = request.insert_header((*name, value.as_str()));
        }
        request.to_http_request()
    }
}

/// The first argument `q`, the cookie `session`, the best of the offers.
type Answer = (Option<String>, Option<String>, Option<String>);

fn zeug(raw: zeug_gateway::Request) -> Answer {
    let request = Request::from(raw);
    (
        request.args().get("q").map(str::to_owned),
        request.cookies().get("session").map(str::to_owned),
        request.accept().best_match(OFFERS).map(str::to_owned),
    )
}

fn axum_parts(raw: http::Request<()>) -> Answer {
    let (parts, ()) = raw.into_parts();
    let args: Vec<(String, String)> =
        serde_urlencoded::from_str(parts.uri.query().unwrap_or_default()).expect("pairs");
    let mut jar = cookie::CookieJar::new();
    for field in parts.headers.get_all("cookie") {
        for cookie in
            cookie::Cookie::split_parse_encoded(field.to_str().expect("ASCII").to_owned()).flatten()
        {
            jar.add_original(cookie);
        }
    }
    let offers = OFFERS.map(|offer| MediaType::parse(offer).expect("a media type"));
    let accept =
        PeerAccept::decode(&mut parts.headers.get_all("accept").iter()).expect("an Accept field");
    (
        args.into_iter()
            .find(|(key, _)| key == "q")
            .map(|(_, value)| value),
        jar.get("session").map(|cookie| cookie.value().to_owned()),
        accept.negotiate(&offers).map(ToString::to_string),
    )
}

fn actix(request: actix_web::HttpRequest) -> Answer {
    let args = actix_web::web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .expect("pairs")
        .into_inner();
    let accept = actix_web::http::header::Accept::parse(&request).expect("an Accept field");
    let best = accept.ranked().into_iter().find_map(|range| {
        OFFERS
            .iter()
            .find(|offer| range.essence_str() == **offer || range.essence_str() == "*/*")
            .map(|offer| (*offer).to_owned())
    });
    let answer = (
        args.into_iter()
            .find(|(key, _)| key == "q")
            .map(|(_, value)| value),
        request
            .cookie("session")
            .map(|cookie| cookie.value().to_owned()),
        best,
    );
    drop(request);
    answer
}

/// Every byte of the head looked at once.
fn floor(raw: http::Request<()>) -> usize {
    let (parts, ()) = raw.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let fields = parts.headers.iter().map(|(_, value)| {
        value
            .as_bytes()
            .iter()
            .filter(|&&byte| byte == b';')
            .count()
    });
    fields.sum::<usize>() + query.bytes().filter(|&byte| byte == b'&').count()
}

fn requests(c: &mut Criterion) {
    for head in heads() {
        let expected = zeug(head.raw().into());
        assert_eq!(expected.2.as_deref(), Some("text/html"));
        assert!(expected.0.is_some() && expected.1.is_some());
        assert_eq!(axum_parts(head.raw()), expected);
        assert_eq!(actix(head.actix()), expected);

        let mut group = c.benchmark_group(format!("request-read/{}", head.case));
        let raw = head.raw();
        group.bench_function("zeug", |b| {
            b.iter_batched(
                || raw.clone().into(),
                |raw| zeug(black_box(raw)),
                BatchSize::SmallInput,
            )
        });
        group.bench_function("axum-parts", |b| {
            b.iter_batched(
                || raw.clone(),
                |raw| axum_parts(black_box(raw)),
                BatchSize::SmallInput,
            )
        });
        group.bench_function("actix-web", |b| {
            b.iter_batched(
                || head.actix(),
                |request| actix(black_box(request)),
                BatchSize::SmallInput,
            )
        });
        group.bench_function("floor", |b| {
            b.iter_batched(
                || raw.clone(),
                |raw| floor(black_box(raw)),
                BatchSize::SmallInput,
            )
        });
        group.finish();
    }

    // Only actix-web has the whole URL too, and it does not decode it.
    let mut group = c.benchmark_group("request-url/browser");
    let head = heads().swap_remove(1);
    let raw = head.raw();
    let url = |raw: zeug_gateway::Request| Request::from(raw).url().expect("a URL");
    assert_eq!(
        url(head.raw().into()),
        "http://example.org/search?q=snowy+owl+nest&page=2&sort=café"
    );
    assert_eq!(
        head.actix().full_url().as_str(),
        "http://example.org/search?q=snowy+owl+nest&page=2&sort=caf%C3%A9"
    );
    group.bench_function("zeug", |b| {
        b.iter_batched(
            || raw.clone().into(),
            |raw| url(black_box(raw)),
            BatchSize::SmallInput,
        )
    });
    group.bench_function("actix-web", |b| {
        b.iter_batched(
            || head.actix(),
            |request| black_box(request).full_url(),
            BatchSize::SmallInput,
        )
    });
    group.bench_function("floor", |b| {
        b.iter_batched(
            || raw.clone(),
            |raw| format!("http://example.org{}", black_box(raw).uri()),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// No peer escapes the text or has problem details: actix-web and axum answer with the text as it is, so they are left out.
fn errors(c: &mut Criterion) {
    let text = "no page <1> for you & me";
    for (case, form) in [("html", ErrorForm::Html), ("problem", ErrorForm::Problem)] {
        let make = || {
            HttpError::new(http::StatusCode::NOT_FOUND)
                .with_description(black_box(text))
                .into_response_as(form)
        };
        assert_eq!(make().status(), 404);
        let shown = HttpError::new(http::StatusCode::NOT_FOUND)
            .with_description(text)
            .body(form);
        let mut group = c.benchmark_group(format!("error-page/{case}"));
        group.bench_function("zeug", |b| b.iter(make));
        group.bench_function("floor", |b| {
            b.iter(|| http::Response::new(Body::from(black_box(&shown).clone())));
        });
        group.finish();
    }
}

criterion_group!(benches, requests, errors);
criterion_main!(benches);
