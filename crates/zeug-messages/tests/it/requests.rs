//! `Request`: where it came from, its fields, its form and its JSON, and that each refusal has its status.

use std::io::{Read, Write};
use std::net::IpAddr;

use http::{HeaderValue, Method, header};
use zeug_datastructures::MultiDictError;
use zeug_forms::{FormError, FormErrorKind, Limits};
use zeug_gateway::{Body, BodyError, BodyErrorKind, Received, Scheme};
use zeug_messages::{FormOptions, HttpError, Request, Site, abort};
use zeug_urls::UrlError;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const UPLOAD: &str = "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ntext\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nfile\r\n--b--\r\n";

fn get(uri: &str, fields: &[(&'static str, &str)]) -> Request {
    let mut raw = http::Request::get(uri).body(Body::empty()).unwrap();
    for (name, value) in fields {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        raw.headers_mut().append(*name, value);
    }
    raw.into()
}

fn post(content_type: &str, body: impl Into<Body>) -> Request {
    http::Request::post("/?a=1")
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
        .into()
}

#[track_caller]
fn refused<T>(result: Result<T, HttpError>, status: u16) -> HttpError {
    let Err(error) = result else {
        panic!("accepted, not refused with {status}")
    };
    assert_eq!(error.status(), status, "{error}");
    error
}

#[test]
fn urls_are_put_together_of_target_site_and_host() {
    let site = Site::default().scheme("https").root_path("/app/");
    let mut request = get(
        "/a%20b/%C3%A9?q=%C3%A9&x=%ff",
        &[("host", "xn--n3h.net:443")],
    );
    request.extensions_mut().insert(site);
    assert_eq!(
        request.url().unwrap(),
        "https://☃.net/app/a%20b/é?q=é&x=%FF"
    );
    assert_eq!(request.base_url().unwrap(), "https://☃.net/app/a%20b/é");
    assert_eq!(request.root_url().unwrap(), "https://☃.net/app/");
    assert_eq!(request.host_url().unwrap(), "https://☃.net/");
    assert_eq!(request.full_path(), "/a b/é?q=%C3%A9&x=%ff");
    assert_eq!((request.root_path(), request.is_secure()), ("/app", true));
    assert_eq!(
        format!("{:?}", get("/foobar", &[("host", "localhost")])),
        "<Request 'http://localhost/foobar' [GET]>"
    );
}

#[test]
fn what_the_server_received_stands_in_for_a_site() {
    let received = Received::default()
        .with_scheme(Scheme::Https)
        .with_peer(Some("192.0.2.7:999".parse().unwrap()))
        .with_local(Some("[::1]:8443".parse().unwrap()))
        .with_target("/p?\"<>");
    let raw = http::Request::get("/p")
        .extension(received)
        .body(Body::empty())
        .unwrap();
    let mut request = Request::from(raw);
    assert_eq!(request.scheme(), "https");
    assert_eq!(request.host().unwrap().unwrap().as_str(), "[::1]:8443");
    assert_eq!(request.remote_addr(), Some(IpAddr::from([192, 0, 2, 7])));
    assert_eq!(
        request.access_route().iter().collect::<Vec<_>>(),
        ["192.0.2.7"]
    );
    assert_eq!(request.query_bytes(), b"\"<>");
    request.extensions_mut().insert(
        Site::default()
            .remote_addr([10, 0, 0, 1].into())
            .remote_user("ada"),
    );
    assert_eq!(request.remote_addr(), Some(IpAddr::from([10, 0, 0, 1])));
    assert_eq!(request.remote_user(), Some("ada"));
}

#[test]
fn the_host_is_the_targets_then_the_fields_and_a_bad_one_is_none() {
    let host = |uri: &str, field: &str| {
        get(uri, &[("host", field)])
            .host()
            .unwrap()
            .map(|host| host.as_str().to_owned())
    };
    assert_eq!(
        host("http://target.test/x", "field.test").as_deref(),
        Some("target.test")
    );
    assert_eq!(host("/x", "field.test:80").as_deref(), Some("field.test"));
    assert_eq!(host("/x", "evil.test/path"), None);
    assert_eq!(host("/x", "a@b"), None);
    assert!(get("/", &[]).host().unwrap().is_none());
    assert!(
        get("/", &[("host", "a"), ("host", "b")])
            .host()
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_host_that_is_not_trusted_is_refused_wherever_it_shows() {
    let mut request = get(
        "/",
        &[("host", "evil.test"), ("x-forwarded-host", "example.org")],
    );
    request
        .extensions_mut()
        .insert(Site::default().trusted_hosts([".example.org"]));
    for _ in 0..2 {
        let error = refused(request.host(), 400);
        assert!(error.find::<UrlError>().is_some());
        assert_eq!(error.description(), "host is not trusted");
    }
    refused(request.url(), 400);
    refused(request.base_url(), 400);
    refused(request.root_url(), 400);
    refused(request.host_url(), 400);
    assert_eq!(request.path(), "/");
}

#[test]
fn methods_are_in_upper_case() {
    let raw = http::Request::builder().method(Method::from_bytes(b"purge").unwrap());
    let request = Request::from(raw.body(Body::empty()).unwrap());
    assert_eq!(request.method(), "PURGE");
}

#[test]
fn fields_of_several_lines_are_one_list() {
    let request = get(
        "/",
        &[
            ("accept", "text/html;q=0.5"),
            ("accept", "application/json"),
            ("if-none-match", "\"a\""),
            ("if-none-match", "W/\"b\""),
            ("cache-control", "max-age=5"),
            ("range", "bytes=0-4"),
            ("if-range", "\"a\""),
            ("authorization", "Basic dTpw"),
            ("referer", "http://x/é"),
            ("user-agent", "caf\u{e9}"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "teleport"),
            ("sec-fetch-user", "?1"),
            ("x-forwarded-for", "1.1.1.1, 2.2.2.2"),
            ("max-forwards", "-1"),
        ],
    );
    assert_eq!(
        request
            .accept()
            .best_match(["text/html", "application/json"]),
        Some("application/json")
    );
    assert_eq!(request.if_none_match().iter().count(), 2);
    assert_eq!(request.cache_control().max_age(), Some(5));
    assert_eq!(request.range().unwrap().to_string(), "bytes=0-4");
    assert!(request.if_range().is_some());
    assert_eq!(request.authorization().unwrap().username(), Some("u"));
    assert_eq!(request.referer().as_deref(), Some("http://x/é"));
    assert!(
        request.sec_fetch_site().is_some()
            && request.sec_fetch_mode().is_none()
            && request.sec_fetch_user()
    );
    assert_eq!(request.access_route().len(), 2);
    assert_eq!(request.max_forwards(), None);
    let conditions = request.conditions();
    assert!(
        conditions.if_none_match.is_some()
            && conditions.range.is_some()
            && conditions.if_match.is_none()
    );

    let mut raw = http::Request::new(Body::empty());
    raw.headers_mut().insert(
        header::REFERER,
        HeaderValue::from_bytes(b"/caf\xe9").unwrap(),
    );
    assert_eq!(
        Request::from(raw).referer().as_deref(),
        Some("/café"),
        "what is not UTF-8 is ISO-8859-1"
    );
}

#[test]
fn keys_that_are_missing_are_the_clients_fault() {
    let find = |request: Request| -> Result<u8, HttpError> {
        request.args().require("id")?;
        Ok(request.args().get_as::<u8>("id")?.unwrap_or_default())
    };
    assert_eq!(find(get("/?id=7", &[])).unwrap(), 7);
    let error = refused(find(get("/", &[])), 400);
    assert_eq!(error.description(), "missing key \"id\"");
    let error = refused(find(get("/?id=x", &[])), 400);
    assert_eq!(error.description(), "value of key \"id\" cannot be used");
    assert!(error.find::<MultiDictError>().is_some());
}

#[test]
fn forms_are_read_once_and_whole() {
    let request = post("Multipart/Form-Data; boundary=b", UPLOAD);
    assert_eq!(request.form().unwrap().get("t"), Some("text"));
    assert_eq!(
        request.files().unwrap().get("f").unwrap().filename(),
        "a.txt"
    );
    let values: Vec<_> = request
        .values()
        .unwrap()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(values, ["a=1", "t=text"]);
    assert_eq!(request.bytes().unwrap(), "", "a form is not kept as bytes");

    let mut request = post("multipart/form-data; boundary=b", UPLOAD);
    assert_eq!(request.bytes().unwrap(), UPLOAD);
    let mut text = String::new();
    let file = request.files_mut().unwrap().get_mut("f").unwrap();
    file.stream_mut().read_to_string(&mut text).unwrap();
    assert_eq!(text, "file");
    let form = request.into_form().unwrap();
    assert_eq!((form.fields.len(), form.files.len()), (1, 1));

    assert!(post("text/plain", "a=b").form().unwrap().is_empty());
    assert_eq!(
        post(URLENCODED, "a=1&a=2")
            .form()
            .unwrap()
            .get_all("a")
            .count(),
        2
    );
}

#[test]
fn forms_are_refused_with_the_status_that_suits() {
    let malformed = refused(
        post("multipart/form-data; boundary=b", "--b\r\n").form(),
        400,
    );
    assert!(malformed.find::<FormError>().is_some());
    refused(post("multipart/form-data", UPLOAD).form(), 400);

    let request = post(URLENCODED, "a=1&b=2&c=3");
    for _ in 0..2 {
        let mut request = post(URLENCODED, "a=1&b=2&c=3");
        request.set_form_options(FormOptions::default().limits(Limits::default().pairs(2)));
        let error = refused(request.form(), 413);
        assert_eq!(
            error.find::<FormError>().unwrap().kind(),
            FormErrorKind::TooManyPairs { limit: 2 }
        );
        refused(request.files(), 413);
    }
    assert_eq!(request.form().unwrap().len(), 3);

    let limited = |content_type: &str, body: Body| {
        let mut request = post(content_type, body);
        request.set_body_limit(Some(5));
        refused(request.form().map(|_| ()), 413)
    };
    let too_large = BodyErrorKind::TooLarge { limit: 5 };
    let error = limited(URLENCODED, Body::from("a=12345"));
    assert_eq!(error.find::<BodyError>().unwrap().kind(), too_large);
    limited("application/json", Body::from("[1, 2, 3]"));
    limited(URLENCODED, Body::chunks(["a=12", "345"].map(Ok)));

    let cut = Body::sized_reader(&b"a=1"[..], 10);
    let error = refused(post(URLENCODED, cut).form().map(|_| ()), 400);
    assert_eq!(error.description(), "body ended before its declared length");
}

#[test]
fn broken_forms_are_empty_where_that_is_asked_for() {
    let lenient = |content_type: &str, body: &'static str| {
        let mut request = post(content_type, body);
        request.set_form_options(FormOptions::default().ignore_malformed());
        request
    };
    assert!(
        lenient("multipart/form-data; boundary=b", "--b\r\n")
            .form()
            .unwrap()
            .is_empty()
    );
    let request = lenient("multipart/form-data", "--b");
    assert!(request.form().unwrap().is_empty());
    assert_eq!(
        request.bytes().unwrap(),
        "--b",
        "without a boundary not a byte is read"
    );
}

#[test]
fn json_is_typed_and_refused_with_the_place() {
    let request = post(
        "application/problem+json; charset=utf-8",
        "\u{feff}{\"a\": [1]}",
    );
    assert_eq!(request.json::<serde_json::Value>().unwrap()["a"][0], 1);
    assert!(
        request.bytes().unwrap().ends_with(b"}"),
        "what was read is kept"
    );
    let error = refused(request.json::<Vec<u8>>(), 400);
    assert!(
        error
            .description()
            .starts_with("JSON of another shape than expected at line 1")
    );
    let error = refused(
        post("application/json", "[\"secret\"").json::<Vec<u8>>(),
        400,
    );
    assert!(!error.description().contains("secret"), "{error}");
    refused(post("text/plain", "1").json::<u8>(), 415);
    assert_eq!(post("text/plain", "1").json_of_any_type::<u8>().unwrap(), 1);
    let error = refused(post("application/json", "").json::<u8>(), 400);
    assert!(error.find::<serde_json::Error>().is_some());
}

#[test]
fn the_input_is_the_clients_and_costs_linear_time() {
    let cost = |bytes: usize| {
        let query = "a=%41&".repeat(bytes / 6);
        let cookie = "k=v; ".repeat(bytes / 5);
        (0..5)
            .map(|_| {
                let mut raw = http::Request::new(Body::empty());
                raw.extensions_mut()
                    .insert(Received::default().with_target(format!("/?{query}")));
                let value = HeaderValue::from_bytes(cookie.as_bytes()).unwrap();
                raw.headers_mut().insert(header::COOKIE, value.clone());
                raw.headers_mut().insert(header::ACCEPT, value);
                let request = Request::from(raw);
                let begin = std::time::Instant::now();
                assert!(request.try_args().is_err() && request.try_cookies().is_err());
                assert_eq!(request.accept().quality("text/html"), 0.0);
                assert!(request.url().unwrap().len() > query.len() / 2);
                begin.elapsed()
            })
            .min()
            .unwrap()
    };
    let (small, large) = (cost(1 << 16), cost(1 << 20));
    assert!(
        large < small * 16 * 4,
        "{small:?} for 64 KiB, {large:?} for 1 MiB"
    );
}

#[test]
fn an_error_says_where_it_was_made() {
    fn handler(request: &Request) -> Result<String, HttpError> {
        if request.args().is_empty() {
            abort!(404);
        }
        std::io::sink().write_all(b"x")?;
        request.text()
    }
    let error = refused(handler(&get("/", &[])), 404);
    assert!(error.location().file().ends_with("requests.rs"));
    assert_eq!(handler(&post("text/plain", "x")).unwrap(), "x");
}

/// CVE-2018-1000656 and CVE-2019-1010083: Flask guessed the encoding of JSON, of which four bytes a character took memory.
#[test]
fn json_in_other_encodings_is_refused() {
    let text = "{\"a\": \"☃\"}";
    let wide: fn(&str) -> Vec<u8> = |text| {
        let units = text.chars().map(u32::from);
        units.flat_map(u32::to_le_bytes).collect()
    };
    let units = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
    let bodies: [Vec<u8>; 4] = [
        wide(text),
        [&[0xff, 0xfe, 0, 0][..], &wide(text)].concat(),
        units(u16::to_le_bytes),
        units(u16::to_be_bytes),
    ];
    for charset in ["", "; charset=utf-32", "; charset=utf-16"] {
        for body in &bodies {
            let kind = format!("application/json{charset}");
            refused(post(&kind, body.clone()).json::<serde_json::Value>(), 400);
        }
    }
    let large = wide(&"a".repeat(Request::BODY_LIMIT / 4 + 1));
    refused(
        post("application/json", large).json::<serde_json::Value>(),
        413,
    );
}
