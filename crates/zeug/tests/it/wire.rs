//! The examples through raw sockets: what stands on the wire, byte by byte.

use std::io::{BufReader, Read, Write};
use std::net::Shutdown;

use crate::process::{Example, read_all, read_answer};

/// The status codes of the answers in `text`.
fn statuses(text: &str) -> Vec<&str> {
    text.split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect()
}

#[test]
fn a_head_may_come_in_any_pieces() {
    let echo = Example::start("echo");
    let request = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for cut in 1..request.len() {
        let mut stream = echo.connect();
        stream.write_all(&request[..cut]).unwrap();
        stream.write_all(&request[cut..]).unwrap();
        let answer = read_all(stream);
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"),
            "cut at {cut}: {answer}"
        );
    }
    let mut stream = echo.connect();
    for byte in request {
        stream.write_all(&[*byte]).unwrap();
    }
    assert!(read_all(stream).ends_with("\r\n\r\nhello"));
}

#[test]
fn a_pipeline_is_answered_in_order() {
    let hello = Example::start("hello");
    let mut stream = hello.connect();
    let mut requests = String::new();
    for n in 0..100 {
        requests += &format!("GET /?name={n} HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    stream.write_all(requests.as_bytes()).unwrap();
    let mut stream = BufReader::new(stream);
    for n in 0..100 {
        let (head, body) = read_answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(String::from_utf8(body).unwrap(), format!("Hello {n}!"));
    }
}

#[test]
fn a_pipeline_mixes_bodies_of_every_kind() {
    let echo = Example::start("echo");
    let answer = echo.exchange(
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\noneGET /stream HTTP/1.1\r\nHost: h\r\n\r\n\
          POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\ntwo\r\n0\r\nX-Trailer: 1\r\n\r\n\
          POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nunreadHEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    assert_eq!(
        statuses(&answer),
        ["200", "200", "200", "404", "200", "200"],
        "{answer}"
    );
    let places: Vec<_> = [
        "\r\n\r\none",
        "chunk 9",
        "\r\n\r\ntwo",
        "Not Found",
        "\r\n\r\nOK",
    ]
    .map(|part| {
        answer
            .find(part)
            .unwrap_or_else(|| panic!("no {part:?} in {answer}"))
    })
    .into();
    assert!(places.is_sorted(), "{answer}");
}

#[test]
fn nothing_is_answered_after_a_bad_request() {
    let hello = Example::start("hello");
    for position in [0, 1, 5] {
        let good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let requests = good.repeat(position)
            + "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
            + &good.repeat(3);
        let answer = hello.exchange(requests.as_bytes());
        assert_eq!(statuses(&answer).len(), position + 1, "{answer}");
        assert_eq!(statuses(&answer).last(), Some(&"400"), "{answer}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
}

#[test]
fn refusals_name_their_reason() {
    let hello = Example::start("hello");
    #[track_caller]
    fn refused(hello: &Example, request: &str, status: &str, reason: &str) {
        let answer = hello.exchange(request.as_bytes());
        assert_eq!(statuses(&answer), [status], "{request:?} -> {answer}");
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        assert!(
            body.contains(reason),
            "{request:?} -> {body:?}, expected {reason:?}"
        );
        assert!(body.len() < 200, "{body}");
        assert!(answer.contains("Connection: close\r\n"), "{answer}");
    }
    refused(&hello, "GET / HTTP/1.1\r\n\r\n", "400", "host");
    refused(
        &hello,
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "400",
        "content-length",
    );
    refused(
        &hello,
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx",
        "400",
        "content-length",
    );
    refused(
        &hello,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400",
        "transfer-encoding",
    );
    refused(&hello, "GET / HTTP/1.1\nHost: h\n\n", "400", "line");
    refused(&hello, "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400", "field");
    refused(
        &hello,
        "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
        "400",
        "fold",
    );
    refused(
        &hello,
        "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n",
        "400",
        "target",
    );
    refused(
        &hello,
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "501",
        "coding",
    );
    refused(
        &hello,
        "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "505",
        "version",
    );
    refused(
        &hello,
        &format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(9000)),
        "414",
        "line",
    );
    refused(
        &hello,
        &format!(
            "GET / HTTP/1.1\r\nHost: h\r\n{}\r\n",
            "A: b\r\n".repeat(200)
        ),
        "431",
        "100",
    );
    refused(
        &hello,
        &format!(
            "GET / HTTP/1.1\r\nHost: h\r\nA: {}\r\n\r\n",
            "a".repeat(70_000)
        ),
        "431",
        "65536",
    );
    refused(
        &hello,
        "GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n",
        "417",
        "expectation",
    );
    refused(&hello, "GET / HTTP/1.1\r\nHos", "400", "end");
}

#[test]
fn a_broken_body_is_a_400() {
    let echo = Example::start("echo");
    // Also where the handler does not read it.
    let answer =
        echo.exchange(b"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n");
    assert_eq!(statuses(&answer), ["400"], "{answer}");
    assert!(
        answer.contains("chunk size") && answer.contains("Connection: close\r\n"),
        "{answer}"
    );
    for body in [
        "zz\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "FFFFFFFFFFFFFFFF0\r\nhello",
        "5\r\nhel",
        "0\r\n",
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        let answer = echo.exchange(request.as_bytes());
        assert_eq!(statuses(&answer), ["400"], "{body:?} -> {answer}");
    }
    let answer = echo.exchange(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nshort");
    assert_eq!(statuses(&answer), ["400"], "{answer}");
    assert!(
        answer.ends_with("body ended before its declared length\n"),
        "{answer}"
    );
}

#[test]
fn http_1_0_clients_are_understood() {
    let echo = Example::start("echo");
    let answer = echo.exchange(b"GET / HTTP/1.0\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Connection: close\r\n"),
        "{answer}"
    );
    let answer = echo.exchange(b"GET /stream HTTP/1.0\r\n\r\n");
    assert!(!answer.contains("chunked") && answer.ends_with("\r\n\r\nchunk 0\nchunk 1\nchunk 2\nchunk 3\nchunk 4\nchunk 5\nchunk 6\nchunk 7\nchunk 8\nchunk 9\n"), "{answer}");
    let twice =
        "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi".repeat(2);
    let answer = echo.exchange(twice.as_bytes());
    assert_eq!(statuses(&answer), ["200", "200"], "{answer}");
    assert_eq!(
        answer.matches("Connection: keep-alive\r\n").count(),
        2,
        "{answer}"
    );
}

#[test]
fn a_client_that_waits_is_told_to_continue_once() {
    let echo = Example::start("echo");
    let mut stream = echo.connect();
    stream
        .write_all(
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        )
        .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let answer = read_all(stream);
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"),
        "{answer}"
    );

    // Where nobody reads the body the client is not asked for it, and the connection cannot live on.
    let mut stream = echo.connect();
    stream.write_all(b"POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n").unwrap();
    let answer = read_all(stream);
    assert!(
        answer.starts_with("HTTP/1.1 404 Not Found\r\n")
            && answer.contains("Connection: close\r\n"),
        "{answer}"
    );

    // Too much is refused before it is sent.
    let mut stream = echo.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n").unwrap();
    let answer = read_all(stream);
    assert_eq!(statuses(&answer), ["413"], "{answer}");
}

#[test]
fn unread_bodies_never_become_requests() {
    let echo = Example::start("echo");
    // Small: read and dropped, the connection lives on.
    let smuggled = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";
    let request = format!(
        "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{smuggled}GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        smuggled.len()
    );
    let answer = echo.exchange(request.as_bytes());
    assert_eq!(statuses(&answer), ["404", "200"], "{answer}");
    assert!(!answer.contains("chunk 0"), "{answer}");
    // Large: the answer arrives whole although the body was not taken, then the connection ends.
    let mut request =
        b"POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n".to_vec();
    request.resize(request.len() + 1_000_000, b'x');
    let answer = echo.exchange(&request);
    assert_eq!(statuses(&answer), ["404"], "{answer}");
    assert!(
        answer.contains("Connection: close\r\n") && answer.ends_with("Not Found"),
        "{answer}"
    );
}

#[test]
fn a_client_that_stops_sending_is_answered() {
    let hello = Example::start("hello");
    for _ in 0..50 {
        let answer = hello.exchange(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(answer.ends_with("Hello World!"), "{answer}");
    }
}

#[test]
fn targets_come_in_four_forms() {
    let echo = Example::start("echo");
    let status = |request: &str| statuses(&echo.exchange(request.as_bytes())).join(" ");
    assert_eq!(
        status("GET http://h/echo HTTP/1.1\r\nHost: other\r\n\r\n"),
        "200"
    );
    assert_eq!(status("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "404");
    assert_eq!(status("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), "400");
    assert_eq!(status("GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n"), "400");
    assert_eq!(status("GET echo HTTP/1.1\r\nHost: h\r\n\r\n"), "400");
}
