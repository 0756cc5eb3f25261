//! Memory that is used again: nothing of what it held is seen, and nothing is held longer.

use std::sync::Arc;

use http::{Method, Version};
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{Received, Request, Response, Scheme, spare_headers};

#[test]
fn a_request_shows_nothing_of_the_last() {
    let held = Arc::new(());
    let mut last = Request::new("body");
    *last.method_mut() = Method::from_bytes(b"PROPFIND").unwrap();
    *last.uri_mut() = "http://example.org/a?b".parse().unwrap();
    let parts = last.parts_mut();
    parts.version = Version::HTTP_10;
    parts
        .headers
        .append(names::COOKIE, FieldValue::from_static("secret"));
    parts.received = Received::default()
        .with_target("/raw")
        .with_scheme(Scheme::Https);
    parts.extensions.insert(Arc::clone(&held));
    drop(last);
    assert_eq!(Arc::strong_count(&held), 1, "dropped at once");

    let next = Request::default();
    assert_eq!(next.method(), Method::GET);
    assert_eq!(next.uri(), "/");
    assert_eq!(next.version(), Version::HTTP_11);
    assert!(next.headers().is_empty() && !next.headers().contains(names::COOKIE));
    assert_eq!(next.received(), &Received::default());
    assert!(next.extensions().is_empty() && next.body().is_empty());
}

#[test]
fn the_fields_of_an_answer_leave_their_memory_and_no_more() {
    let mut last = Response::new("body");
    last.headers_mut()
        .append(names::SET_COOKIE, FieldValue::from_static("secret"));
    drop(last);
    let headers = spare_headers();
    assert!(headers.capacity() > 0 && headers.is_empty() && !headers.contains(names::SET_COOKIE));
    assert_eq!(headers.as_lines(), Some(&b""[..]));
    assert_eq!(spare_headers().capacity(), 0, "it is given once");

    let mut large = Response::new(());
    let long = "x".repeat(100_000);
    large.headers_mut().try_append("x-long", &long).unwrap();
    drop(large);
    assert_eq!(spare_headers().capacity(), 0, "what is large is freed");
}
