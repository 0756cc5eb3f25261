//! Conditional requests, row by row: RFC 9110 section 13.2.2 and the range requests that browsers make.

use http::Method;
use zeug_datastructures::Headers;
use zeug_http::{
    Conditions, ETag, HttpDate, IfRangeUse, Outcome, Representation, evaluate, is_modified,
};

const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

fn page() -> Representation<'static> {
    Representation {
        etag: ETag::strong("v1").ok(),
        last_modified: HttpDate::parse(MODIFIED).ok(),
        length: Some(100),
        ..Representation::default()
    }
}

/// What a request with those fields gets for `page`.
fn outcome(method: Method, fields: &[(&str, &str)], page: &Representation<'_>) -> Outcome {
    let headers = Headers::try_from_pairs(fields.iter().copied()).expect("fields");
    evaluate(&method, &Conditions::from_headers(&headers), page)
}

#[track_caller]
fn get(fields: &[(&str, &str)], expected: Outcome) {
    assert_eq!(outcome(Method::GET, fields, &page()), expected);
}

#[track_caller]
fn put(fields: &[(&str, &str)], expected: Outcome) {
    assert_eq!(outcome(Method::PUT, fields, &page()), expected);
}

fn part(start: u64, end: u64) -> Outcome {
    Outcome::Partial(std::iter::once(start..end).collect())
}

#[test]
fn order_of_preconditions() {
    use Outcome::{NotModified, PreconditionFailed, Proceed};
    get(&[], Proceed);
    get(&[("If-Match", "\"v1\"")], Proceed);
    get(&[("If-Match", "\"v0\"")], PreconditionFailed);
    get(&[("If-Match", "*")], Proceed);
    get(&[("If-Match", "W/\"v1\"")], PreconditionFailed);
    get(&[("If-Match", "\"v0\""), ("If-Match", "\"v1\"")], Proceed);
    get(
        &[("If-Match", "\"v1\""), ("If-Unmodified-Since", BEFORE)],
        Proceed,
    );
    get(&[("If-Unmodified-Since", BEFORE)], PreconditionFailed);
    get(&[("If-Unmodified-Since", MODIFIED)], Proceed);
    get(&[("If-Unmodified-Since", "soon")], Proceed);
    get(&[("If-None-Match", "\"v1\"")], NotModified);
    get(&[("If-None-Match", "W/\"v1\"")], NotModified);
    get(&[("If-None-Match", "*")], NotModified);
    get(&[("If-None-Match", "\"v0\"")], Proceed);
    get(
        &[("If-None-Match", "\"v0\""), ("If-Modified-Since", AFTER)],
        Proceed,
    );
    get(&[("If-Modified-Since", MODIFIED)], NotModified);
    get(&[("If-Modified-Since", BEFORE)], Proceed);
    get(
        &[("If-Match", "\"v1\""), ("If-None-Match", "\"v1\"")],
        NotModified,
    );
    get(
        &[("If-Match", "\"v0\""), ("If-None-Match", "\"v1\"")],
        PreconditionFailed,
    );
    put(&[("If-None-Match", "*")], PreconditionFailed);
    put(&[("If-Modified-Since", AFTER)], Proceed);
    put(&[("If-Match", "\"v0\"")], PreconditionFailed);
    put(&[("Range", "bytes=0-1")], Proceed);
}

#[test]
fn nothing_there_yet() {
    let absent = Representation {
        absent: true,
        ..Representation::default()
    };
    assert_eq!(
        outcome(Method::PUT, &[("If-None-Match", "*")], &absent),
        Outcome::Proceed
    );
    assert_eq!(
        outcome(Method::PUT, &[("If-Match", "*")], &absent),
        Outcome::PreconditionFailed
    );
    assert_eq!(
        outcome(Method::OPTIONS, &[("If-Match", "*")], &absent),
        Outcome::Proceed
    );
}

#[test]
fn ranges() {
    use Outcome::{NotModified, NotSatisfiable, PreconditionFailed, Proceed};
    get(&[("Range", "bytes=0-0")], part(0, 1));
    get(&[("Range", "bytes=0-")], part(0, 100));
    get(&[("Range", "bytes=90-1000")], part(90, 100));
    get(&[("Range", "bytes=-10")], part(90, 100));
    get(&[("Range", "bytes=-1000")], part(0, 100));
    get(&[("Range", "bytes=100-")], NotSatisfiable);
    get(
        &[("Range", "bytes=0-1, 5-6, 200-300")],
        Outcome::Partial(vec![0..2, 5..7]),
    );
    get(&[("Range", "bytes=5-6, 0-1")], Proceed);
    get(&[("Range", "lines=0-1")], Proceed);
    get(&[("Range", "bytes=x")], Proceed);
    get(
        &[("Range", "bytes=0-1"), ("If-None-Match", "\"v1\"")],
        NotModified,
    );
    get(
        &[("Range", "bytes=0-1"), ("If-Match", "\"v0\"")],
        PreconditionFailed,
    );
    let head = outcome(Method::HEAD, &[("Range", "bytes=0-1")], &page());
    assert_eq!(head, Proceed);
    let many: Vec<String> = (0..17).map(|at| format!("{}-{}", at * 2, at * 2)).collect();
    get(&[("Range", &format!("bytes={}", many.join(",")))], Proceed);
    let stream = Representation {
        length: None,
        ..page()
    };
    assert_eq!(
        outcome(Method::GET, &[("Range", "bytes=0-1")], &stream),
        Proceed
    );
    let empty = Representation {
        length: Some(0),
        ..page()
    };
    assert_eq!(
        outcome(Method::GET, &[("Range", "bytes=-1")], &empty),
        Proceed
    );
    assert_eq!(
        outcome(Method::GET, &[("Range", "bytes=0-")], &empty),
        NotSatisfiable
    );
}

#[test]
fn if_range() {
    let range = ("Range", "bytes=0-1");
    get(&[range, ("If-Range", "\"v1\"")], part(0, 2));
    get(&[range, ("If-Range", "\"v0\"")], Outcome::Proceed);
    get(&[range, ("If-Range", "W/\"v1\"")], Outcome::Proceed);
    get(&[range, ("If-Range", MODIFIED)], part(0, 2));
    get(&[range, ("If-Range", AFTER)], Outcome::Proceed);
    get(&[("If-Range", "\"v0\"")], Outcome::Proceed);
    let fresh = Representation {
        now: HttpDate::parse(MODIFIED).ok(),
        ..page()
    };
    assert_eq!(
        outcome(Method::GET, &[range, ("If-Range", MODIFIED)], &fresh),
        Outcome::Proceed
    );
}

#[test]
fn modified_or_not() {
    let range = Conditions::default().range("bytes=0-1");
    assert!(!is_modified(
        &range.clone().if_range("\"v1\""),
        &page(),
        IfRangeUse::Consult
    ));
    assert!(is_modified(
        &range.clone().if_range("\"v1\""),
        &page(),
        IfRangeUse::Ignore
    ));
    assert!(is_modified(
        &range.if_range("\"v0\""),
        &page(),
        IfRangeUse::Consult
    ));
}
