//! Requests and responses through their public names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod conditions;
mod errors;
mod files;
#[cfg(all(feature = "forms", feature = "json"))]
mod requests;
mod responses;
#[cfg(feature = "routing")]
mod routes;
#[cfg(feature = "session")]
mod sessions;

use std::io::Read;

use http::{HeaderValue, Method, StatusCode, header};
use zeug_gateway::{Body, BodyError, BodyErrorKind, IntoResponse};
use zeug_messages::{Request, Response};

fn request(uri: &str, body: impl Into<Body>) -> Request {
    http::Request::builder()
        .method(Method::POST)
        .uri(uri)
        .body(body.into())
        .unwrap()
        .into()
}

fn body_error(request: &Request) -> BodyErrorKind {
    let error = request.bytes().unwrap_err();
    error.find::<BodyError>().unwrap().kind()
}

#[test]
fn arguments_are_werkzeugs() {
    let request = request("/?a=1&a=2&b=%ff&c&d=x+y&=z", "");
    let args: Vec<_> = request.args().iter().collect();
    assert_eq!(
        args,
        [
            ("a", "1"),
            ("a", "2"),
            ("b", "%FF"),
            ("c", ""),
            ("d", "x y"),
            ("", "z")
        ]
    );
    assert!(request.args().get("e").is_none());
}

#[test]
fn too_many_arguments_are_refused_as_a_whole() {
    let query = "a=1&".repeat(1001);
    let request = request(&format!("/?{query}"), "");
    assert_eq!(request.args().iter().count(), 0);
    assert!(request.try_args().unwrap_err().to_string().contains("1000"));
    assert_eq!(
        self::request("/?a=1", "").try_args().unwrap().get("a"),
        Some("1")
    );
}

#[test]
fn cookies_of_all_fields_are_read() {
    let raw = http::Request::builder()
        .header(header::COOKIE, "a=1; b=\"x y\"")
        .header(
            header::COOKIE,
            HeaderValue::from_bytes("a=2; c=é; =nameless".as_bytes()).unwrap(),
        )
        .body(Body::empty())
        .unwrap();
    let request = Request::from(raw);
    let cookies: Vec<_> = request.cookies().iter().collect();
    assert_eq!(cookies, [("a", "1"), ("b", "x y"), ("a", "2"), ("c", "é")]);
    assert!(request.try_cookies().is_ok());
}

#[test]
fn bodies_are_read_once_and_kept() {
    let request = request("/", Body::chunks(["caf", "\u{e9}"].map(Ok)));
    assert_eq!(request.text().unwrap(), "café");
    assert_eq!(request.bytes().unwrap(), "café");
    let mut again = String::new();
    request.into_body().read_to_string(&mut again).unwrap();
    assert_eq!(again, "café");
    assert_eq!(
        self::request("/", vec![0xff, b'a']).text().unwrap(),
        "\u{fffd}a"
    );
}

#[test]
fn bodies_are_bounded() {
    let large = vec![0; Request::BODY_LIMIT + 1];
    let kind = BodyErrorKind::TooLarge {
        limit: Request::BODY_LIMIT as u64,
    };
    let request = self::request("/", large.clone());
    assert_eq!(body_error(&request), kind);
    assert_eq!(body_error(&request), kind, "a second call says the same");
    assert!(
        request.into_body().into_bytes(10).is_err(),
        "what failed is never taken for an empty body"
    );
    let mut body = Body::from(large);
    body.set_limit(Some(10_000_000));
    assert_eq!(
        self::request("/", body).bytes().unwrap().len(),
        Request::BODY_LIMIT + 1
    );
    let mut request = self::request("/", "12345");
    request.set_body_limit(Some(4));
    assert_eq!(body_error(&request), BodyErrorKind::TooLarge { limit: 4 });
}

#[test]
fn the_raw_request_is_at_hand_both_ways() {
    let request = request("/a%20b?c", "body");
    assert_eq!(format!("{request:?}"), "<Request '/a%20b?c' [POST]>");
    assert_eq!(
        (request.raw_path(), request.method().as_str()),
        ("/a%20b", "POST")
    );
    assert_eq!(request.received(), &zeug_gateway::Received::default());
    let raw = http::Request::try_from(request).unwrap();
    assert_eq!(raw.uri(), "/a%20b?c");
    assert_eq!(raw.into_body().into_bytes(10).unwrap(), "body");
}

#[test]
fn responses_are_what_they_say() {
    let response = Response::html("<p>")
        .with_status(StatusCode::ACCEPTED)
        .with_header(&header::AGE, &HeaderValue::from(5));
    assert_eq!(
        (response.status(), response.headers().len()),
        (StatusCode::ACCEPTED, 3)
    );
    let response = response
        .try_with_header("X-A", "b")
        .unwrap()
        .into_response();
    assert_eq!(response.headers().get("x-a").unwrap(), "b");
    assert_eq!(
        Response::bytes(vec![1])
            .headers()
            .get("content-type")
            .unwrap(),
        "application/octet-stream"
    );
    assert!(Response::text("").try_with_header("bad name", "x").is_err());
    assert!(Response::text("").try_with_header("x", "a\nb").is_err());
}
