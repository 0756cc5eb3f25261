//! Counters, and the cap on connections.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use http::StatusCode;
use zeug_gateway::{IntoResponse, Request, Response};
use zeug_serving::{Limits, Server};

use crate::running::Running;

fn app(request: Request) -> Response {
    match request.uri().path() {
        "/panic" => panic!("a handler that panics"),
        "/missing" => (StatusCode::NOT_FOUND, "no").into_response(),
        _ => Response::new("ok"),
    }
}

#[test]
fn what_happens_is_counted() {
    let mut metrics = None;
    let keep = |server: Server| {
        metrics = Some(server.metrics());
        server
    };
    let server = Running::start(keep, app);
    let metrics = metrics.unwrap();
    for path in ["/", "/missing", "/panic", "/"] {
        server.get(path);
    }
    server.exchange(b"no request\r\n\r\n");
    let idle = server.connect();
    server.stop();
    server.join().unwrap();
    drop(idle);
    let counts = metrics.snapshot();
    assert_eq!((counts.requests(), counts.panics()), (4, 1));
    assert_eq!([2, 4, 5].map(|class| counts.answers(class)), [2, 2, 1]);
    assert_eq!((counts.connections(), counts.open_connections()), (6, 0));
    assert!(
        counts.received_bytes() > 4 * 40 && counts.sent_bytes() > 5 * 80,
        "{counts:?}"
    );
    assert!(!counts.handling_time().is_zero());
    let text = counts.to_prometheus();
    for line in [
        "zeug_requests_total 4",
        "zeug_answers_total{class=\"4xx\"} 2",
        "zeug_connections_open 0",
        "# TYPE zeug_sent_bytes_total counter",
    ] {
        assert!(
            text.lines().any(|each| each == line),
            "no {line:?} in {text}"
        );
    }
}

/// Asks once and leaves the connection open.
fn keep_alive(server: &Running) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(server.connect());
    stream
        .get_mut()
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).unwrap();
    }
    stream.read_exact(&mut [0; 2]).unwrap();
    stream
}

#[test]
fn the_longest_idle_makes_room() {
    let limits = Limits::default().connections(10);
    let server = Running::start(|server: Server| server.loops(1).limits(limits), app);
    let mut idle: Vec<_> = (0..10).map(|_| keep_alive(&server)).collect();
    // All ten are open; five more take the places of the first five.
    let mut fresh: Vec<_> = (0..5).map(|_| keep_alive(&server)).collect();
    for stream in &mut idle[..5] {
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "closed");
    }
    for stream in idle[5..].iter_mut().chain(&mut fresh) {
        stream
            .get_mut()
            .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            .unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    }
}

/// waitress' CVE-2024-49769: connections that are reset at once, before, in and after a request, leave nothing behind.
#[test]
fn connections_that_are_reset_leave_nothing() {
    let mut metrics = None;
    let keep = |server: Server| {
        metrics = Some(server.metrics());
        server
    };
    let server = Running::start(keep, app);
    let metrics = metrics.unwrap();
    let sent: [&[u8]; 4] = [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
    ];
    for bytes in sent.iter().cycle().take(400) {
        let mut stream = server.connect();
        stream.write_all(bytes).unwrap();
        // Closed with a reset, not in order.
        socket2::SockRef::from(&stream)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
    }
    assert!(server.get("/").ends_with("ok"));
    server.stop();
    server.join().unwrap();
    let counts = metrics.snapshot();
    assert_eq!((counts.open_connections(), counts.panics()), (0, 0));
    assert!(counts.connections() > 300, "{counts:?}");
}
