//! Conditional answers and ranges, as tables.

use std::time::Instant;

use zeug_gateway::Body;
use zeug_http::{ETag, HttpDate};
use zeug_messages::{Conditional, Request, Response};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

fn request(method: &str, fields: &[(&str, &str)]) -> Request {
    let mut request = http::Request::builder().method(method).uri("/");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap().into()
}

fn page(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body);
    response.set_media_type("text/plain").unwrap();
    response.set_etag(&ETag::strong("v1").unwrap());
    response.set_last_modified(HttpDate::parse(DATE).unwrap());
    response
}

/// The answer to a request with those fields, of a body of 30 bytes.
fn answer(method: &str, fields: &[(&str, &str)]) -> Result<Response, u16> {
    let mut response = page("012345678901234567890123456789");
    let now = HttpDate::from_unix_seconds(1_700_000_000);
    let result = response.make_conditional(
        &request(method, fields),
        Conditional::default().ranges().at(now),
    );
    assert_eq!(
        response.accept_ranges().is_some(),
        method == "GET" || method == "HEAD"
    );
    match result {
        Ok(()) => Ok(response),
        Err(error) => {
            assert_eq!(error.headers().get("content-range").unwrap(), "bytes */30");
            Err(error.status().as_u16())
        }
    }
}

#[track_caller]
fn gives(fields: &[(&str, &str)], status: u16, range: impl Into<Option<&'static str>>) {
    for method in ["GET", "HEAD"] {
        let answer = answer(method, fields);
        let found = answer
            .as_ref()
            .map_or_else(|status| *status, |answer| answer.status().as_u16());
        assert_eq!(found, status, "{fields:?}");
    }
    let content_range = answer("GET", fields)
        .ok()
        .and_then(|answer| answer.content_range().map(|range| range.to_string()));
    assert_eq!(content_range.as_deref(), range.into(), "{fields:?}");
    assert_eq!(answer("POST", fields).unwrap().status(), 200, "{fields:?}");
}

#[test]
fn conditions_in_the_order_of_the_rfc() {
    gives(&[], 200, None);
    gives(&[("if-none-match", "\"v1\"")], 304, None);
    gives(&[("if-none-match", "W/\"v1\"")], 304, None);
    gives(&[("if-none-match", "\"v0\", \"v1\"")], 304, None);
    gives(
        &[("if-none-match", "\"v0\""), ("if-none-match", "\"v1\"")],
        304,
        None,
    );
    gives(&[("if-none-match", "\"v0\"")], 200, None);
    gives(
        &[("if-none-match", "\"v0\""), ("if-modified-since", DATE)],
        200,
        None,
    );
    gives(&[("if-modified-since", DATE)], 304, None);
    gives(&[("if-modified-since", BEFORE)], 200, None);
    gives(&[("if-modified-since", "nonsense")], 200, None);
    gives(&[("if-match", "\"v1\"")], 200, None);
    gives(&[("if-match", "*")], 200, None);
    gives(&[("if-match", "\"v0\"")], 412, None);
    gives(&[("if-match", "W/\"v1\"")], 412, None);
    gives(
        &[("if-match", "\"v1\""), ("if-unmodified-since", BEFORE)],
        200,
        None,
    );
    gives(&[("if-unmodified-since", BEFORE)], 412, None);
    gives(&[("if-unmodified-since", DATE)], 200, None);
    gives(
        &[("if-match", "\"v1\""), ("if-none-match", "\"v1\"")],
        304,
        None,
    );
    gives(
        &[("if-none-match", "\"v1\""), ("range", "bytes=0-4")],
        304,
        None,
    );
}

#[test]
fn single_ranges() {
    for (range, status, sent) in [
        ("bytes=0-4", 206, Some("bytes 0-4/30")),
        ("bytes=0-", 206, Some("bytes 0-29/30")),
        ("bytes=29-", 206, Some("bytes 29-29/30")),
        ("bytes=20-666", 206, Some("bytes 20-29/30")),
        ("bytes=-5", 206, Some("bytes 25-29/30")),
        ("bytes=-666", 206, Some("bytes 0-29/30")),
        ("Bytes=1-1", 206, Some("bytes 1-1/30")),
        ("bytes=30-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=-", 416, None),
        ("bytes=5-2", 416, None),
        ("bytes=x", 416, None),
        ("nonsense", 416, None),
        ("bytes=0-4,40-50", 206, Some("bytes 0-4/30")),
        ("bytes=40-50,60-70", 416, None),
        ("items=0-4", 200, None),
        ("items=x", 200, None),
        ("", 200, None),
        (" ", 200, None),
        ("bytes=99999999999999999999999999-", 416, None),
    ] {
        gives(&[("range", range)], status, sent);
    }
}

#[test]
fn ranges_under_a_condition() {
    for (if_range, holds) in [
        ("\"v1\"", true),
        ("\"v0\"", false),
        ("W/\"v1\"", false),
        (DATE, true),
        (BEFORE, false),
        ("", false),
        ("*", false),
        ("nonsense", false),
    ] {
        let fields = [("range", "bytes=0-4"), ("if-range", if_range)];
        gives(
            &fields,
            if holds { 206 } else { 200 },
            holds.then_some("bytes 0-4/30"),
        );
    }
    gives(&[("if-range", "\"v1\"")], 200, None);
}

/// What players, previewers and download managers send.
#[test]
fn ranges_of_real_clients() {
    for (range, length) in [
        ("bytes=0-", 30),
        ("bytes=0-1", 2),
        ("bytes=0-524287", 30),
        ("bytes=25-", 5),
        ("bytes=0-0", 1),
        ("bytes=-8", 8),
    ] {
        let mut answer = answer(
            "GET",
            &[("range", range), ("accept-encoding", "identity;q=1, *;q=0")],
        )
        .unwrap();
        assert_eq!(answer.content_length(), Some(length), "{range}");
        assert!(!answer.headers().contains("content-encoding"), "{range}");
        answer.finish();
        assert_eq!(answer.buffer(100).unwrap().len() as u64, length, "{range}");
    }
}

#[test]
fn other_answers_are_left_alone() {
    for status in [201, 206, 404, 500] {
        let mut response = page("body").with_status(status);
        let asks = request(
            "GET",
            &[("if-none-match", "\"v1\""), ("range", "bytes=0-1")],
        );
        response
            .make_conditional(&asks, Conditional::default().ranges())
            .unwrap();
        assert_eq!(
            (response.status().as_u16(), response.content_length()),
            (status, Some(4))
        );
    }
    let mut response = page("body");
    response
        .make_conditional(
            &request("GET", &[("range", "bytes=0-1")]),
            Conditional::default(),
        )
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), response.accept_ranges()),
        (200, None)
    );
    let mut response = page("body");
    let announcing = Conditional::default().announcing("none");
    response
        .make_conditional(&request("GET", &[("range", "bytes=0-1")]), announcing)
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.accept_ranges().unwrap().as_ref()
        ),
        (200, "none")
    );
}

#[test]
fn ranges_of_streams() {
    let asks = request("GET", &[("range", "bytes=2-4")]);
    let stream = || page(Body::chunks(["0123", "4567"].map(Ok)));
    let mut response = stream();
    response
        .make_conditional(&asks, Conditional::default().ranges())
        .unwrap();
    assert_eq!(response.status(), 200, "of unknown length");

    let mut response = stream();
    response
        .make_conditional(&asks, Conditional::default().ranges_of(8))
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), response.content_length()),
        (206, Some(3))
    );
    assert_eq!(response.buffer(10).unwrap(), "234");

    let mut response = stream();
    let two = request("GET", &[("range", "bytes=0-0,7-7")]);
    response
        .make_conditional(&two, Conditional::default().ranges_of(8))
        .unwrap();
    assert_eq!(response.status(), 200, "a stream is read once");
    assert_eq!(response.buffer(10).unwrap(), "01234567");
}

/// The parts of a multipart answer, by the grammar of RFC 2046.
fn parts(response: &mut Response) -> Vec<(String, String)> {
    assert_eq!(response.status(), 206);
    assert!(response.content_range().is_none(), "each part has its own");
    let content_type = response.content_type().unwrap().into_owned();
    assert_eq!(content_type.essence(), "multipart/byteranges");
    let boundary = content_type.boundary().unwrap();
    let body = response.buffer(1000).unwrap();
    assert_eq!(response.content_length(), Some(body.len() as u64));
    let text = String::from_utf8(body.to_vec()).unwrap();
    let inner = text
        .strip_prefix(&format!("--{boundary}\r\n"))
        .and_then(|text| text.strip_suffix(&format!("\r\n--{boundary}--\r\n")))
        .unwrap();
    inner
        .split(&format!("\r\n--{boundary}\r\n"))
        .map(|part| {
            let (head, content) = part.split_once("\r\n\r\n").unwrap();
            let range = head
                .strip_prefix("Content-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ")
                .unwrap();
            (range.to_owned(), content.to_owned())
        })
        .collect()
}

#[test]
fn several_ranges() {
    let mut response = answer("GET", &[("range", "bytes=0-1,10-12,28-40,99-")]).unwrap();
    let expected = [("0-1/30", "01"), ("10-12/30", "012"), ("28-29/30", "89")]
        .map(|(range, text)| (range.to_owned(), text.to_owned()));
    assert_eq!(parts(&mut response), expected);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "0123456789").unwrap();
    let mut response = page(Body::file(std::fs::File::open(path).unwrap()).unwrap());
    let asks = request("GET", &[("range", "bytes=0-1,4-5,8-")]);
    response
        .make_conditional(&asks, Conditional::default().ranges())
        .unwrap();
    let expected = [("0-1/10", "01"), ("4-5/10", "45"), ("8-9/10", "89")]
        .map(|(range, text)| (range.to_owned(), text.to_owned()));
    assert_eq!(parts(&mut response), expected);
}

#[test]
fn ranges_that_ask_for_more_than_there_is_get_the_whole() {
    let same = vec!["0-29"; 16].join(",");
    let many = vec!["0-0"; 17].join(",");
    for ranges in [
        same.as_str(),
        many.as_str(),
        "0-,1-",
        "0-20,10-29",
        "5-6,0-1",
        "0-1,x",
        "-2,0-1",
    ] {
        let mut response = answer("GET", &[("range", &format!("bytes={ranges}"))]).unwrap();
        assert_eq!(
            (response.status().as_u16(), response.content_length()),
            (200, Some(30)),
            "{ranges}"
        );
        assert_eq!(response.buffer(100).unwrap().len(), 30);
    }
}

#[test]
fn hostile_ranges_take_linear_time() {
    let time = |bytes: usize| {
        let range = format!("bytes={}", "0-0,".repeat(bytes / 4));
        let asks = request(
            "GET",
            &[
                ("range", &range),
                ("if-none-match", &"\"x\",".repeat(bytes / 4)),
            ],
        );
        let once = || {
            let start = Instant::now();
            let mut response = page("body");
            response
                .make_conditional(&asks, Conditional::default().ranges())
                .unwrap();
            assert_eq!(response.status(), 200);
            start.elapsed().as_secs_f64()
        };
        (0..20).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    let (small, large) = (time(1 << 12), time(1 << 16));
    assert!(
        large / small.max(1e-4) <= 20.0 * 1.5,
        "{small} s for 4 KiB, {large} s for 64 KiB"
    );
}
