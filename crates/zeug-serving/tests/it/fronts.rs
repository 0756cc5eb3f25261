//! Behind nginx and haproxy (`cargo xtask setup` installs them), and on demand behind Apache, Varnish, Traffic Server and Squid (`cargo xtask torture fronts`
//! does): a front and zeug count the same requests, whatever a client sends. A front that is not installed is left out, and the test says so.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use zeug_gateway::{Body, Request, Response};
use zeug_serving::{Limits, Metrics, Server};

use crate::front::{Counted, FROM_ZEUG, Front, Kind, PATIENCE, key};
use crate::running::Running;
use crate::smuggling;

/// What zeug's handler has read to its end.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Counted>>);

impl Seen {
    fn app(&self) -> impl Fn(Request) -> Response + Send + Sync + use<> {
        let seen = self.clone();
        move |mut request| {
            let method = request.method().to_string();
            let target = request.uri().to_string();
            if target == "/stream" {
                return Response::new(Body::chunks((0..2000).map(|n| Ok(format!("{n:0500}")))));
            }
            let body = std::mem::take(request.body_mut()).into_bytes(40_000_000);
            let Ok(body) = body else {
                let mut response = Response::new("");
                *response.status_mut() = http::StatusCode::BAD_REQUEST;
                return response;
            };
            let sum = checksum(&body);
            let answer = format!("{method} {target} {} {sum}", body.len());
            *seen
                .0
                .lock()
                .unwrap()
                .entry(key(&method, &target))
                .or_default() += 1;
            let mut response = Response::new(answer);
            response
                .headers_mut()
                .try_insert(FROM_ZEUG, "upstream")
                .unwrap();
            response
        }
    }

    fn counted(&self) -> Counted {
        self.0.lock().unwrap().clone()
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(1, |sum: u32, &byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    })
}

/// A server that keeps upstream connections for longer than a test takes, and its front.
fn behind(kind: Kind) -> Option<(Front, Running, Seen, Metrics)> {
    let seen = Seen::default();
    let mut metrics = None;
    let set = |server: Server| {
        metrics = Some(server.metrics());
        server.limits(Limits::default().body(Some(50_000_000)))
    };
    let server = Running::start(set, seen.app());
    let front = Front::start(kind, server.address)?;
    Some((front, server, seen, metrics.unwrap()))
}

/// Reads one answer with `Content-Length` or chunks; status line and body.
fn answer(stream: &mut BufReader<TcpStream>, head_only: bool) -> (String, Vec<u8>) {
    let line = |stream: &mut BufReader<TcpStream>| {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.ends_with("\r\n"), "cut: {line:?}");
        line.trim_end().to_ascii_lowercase()
    };
    let status = line(stream);
    let (mut length, mut chunked) = (0, false);
    loop {
        let field = line(stream);
        if field.is_empty() {
            break;
        }
        if let Some(value) = field.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        chunked |= field == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if head_only {
        return (status, body);
    }
    if !chunked {
        body.resize(length, 0);
        stream.read_exact(&mut body).unwrap();
        return (status, body);
    }
    loop {
        length = usize::from_str_radix(&line(stream), 16).unwrap();
        let from = body.len();
        body.resize(from + length, 0);
        stream.read_exact(&mut body[from..]).unwrap();
        line(stream);
        if length == 0 {
            return (status, body);
        }
    }
}

/// Waits until front and zeug have counted alike, and at least this many.
#[track_caller]
fn counts_agree(front: &Front, seen: &Seen, least: usize) {
    let begun = Instant::now();
    loop {
        let (there, here) = (front.counted(), seen.counted());
        if there == here && here.values().sum::<usize>() >= least {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{:?} counted {:#?}, zeug {:#?}",
            front.kind,
            differing(&there, &here),
            differing(&here, &there)
        );
        std::thread::yield_now();
    }
}

fn differing(one: &Counted, other: &Counted) -> Counted {
    one.iter()
        .filter(|&(key, count)| other.get(key) != Some(count))
        .map(|(key, &count)| (key.clone(), count))
        .collect()
}

/// Bodies of many lengths over kept connections.
fn keep_alive(kind: Kind) {
    let Some((front, _server, seen, metrics)) = behind(kind) else {
        return;
    };
    let mut clients: Vec<_> = (0..3).map(|_| BufReader::new(front.connect())).collect();
    for n in 0..240_usize {
        let client = &mut clients[n % 3];
        let body: Vec<u8> = (0..(n * n) % 50_000).map(|at| (at * 7 + n) as u8).collect();
        let sum = checksum(&body);
        let length = body.len();
        let mut request = Vec::new();
        let method = ["GET", "POST", "PUT", "HEAD"][n / 3 % 4];
        match method {
            "POST" => {
                let head =
                    format!("POST /{n} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
                request.extend_from_slice(head.as_bytes());
                request.extend_from_slice(&body);
            }
            "PUT" => request = chunked(&format!("/{n}"), &body, 1 + n * 13),
            _ => request
                .extend_from_slice(format!("{method} /{n} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()),
        }
        client.get_mut().write_all(&request).unwrap();
        let (status, text) = answer(client, method == "HEAD");
        assert_eq!(status, "http/1.1 200 ok", "{kind:?}: {method} /{n}");
        let expected = match method {
            "HEAD" => String::new(),
            "GET" => format!("GET /{n} 0 1"),
            _ => format!("{method} /{n} {length} {sum}"),
        };
        assert_eq!(String::from_utf8_lossy(&text), expected, "{kind:?}");
    }
    counts_agree(&front, &seen, 240);
    let connections = metrics.snapshot().connections();
    // Not one a request: three clients at a time, and the front's pool.
    assert!(connections <= 12, "{kind:?} opened {connections}");
}

/// A PUT whose body comes in chunks of `size`, extensions and all.
fn chunked(target: &str, body: &[u8], size: usize) -> Vec<u8> {
    let mut wire =
        format!("PUT {target} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            .into_bytes();
    for chunk in body.chunks(size) {
        wire.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    wire
}

/// Megabytes in chunks, both ways.
fn large_chunked(kind: Kind) {
    let Some((front, _server, seen, _)) = behind(kind) else {
        return;
    };
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| (at * 7 / 3) as u8).collect();
    for size in [997, 65_536, 1_000_000] {
        let stream = front.connect();
        let mut writer = stream.try_clone().unwrap();
        let wire = chunked("/large", &body, size);
        let writing = std::thread::spawn(move || writer.write_all(&wire).unwrap());
        let (status, text) = answer(&mut BufReader::new(stream), false);
        writing.join().unwrap();
        let expected = format!("PUT /large 3000000 {}", checksum(&body));
        assert_eq!(status, "http/1.1 200 ok");
        assert_eq!(String::from_utf8_lossy(&text), expected, "{kind:?} {size}");
    }
    counts_agree(&front, &seen, 3);
    let mut stream = BufReader::new(front.connect());
    let request = b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";
    stream.get_mut().write_all(request).unwrap();
    let (_, body) = answer(&mut stream, false);
    let mut expected = String::new();
    for n in 0..2000 {
        write!(expected, "{n:0500}").unwrap();
    }
    assert!(body == expected.as_bytes(), "{} bytes", body.len());
}

/// Clients that leave in the middle of what they send, or of what they are sent.
fn aborted(kind: Kind) {
    let Some((front, server, seen, metrics)) = behind(kind) else {
        return;
    };
    for n in 0..40 {
        let mut stream = front.connect();
        match n % 4 {
            0 => stream
                .write_all(b"POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhalf"),
            1 => stream.write_all(
                b"PUT /half HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nhalf",
            ),
            2 => stream.write_all(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"),
            _ => stream.write_all(b"GET /half HTTP/1.1\r\nHos"),
        }
        .unwrap();
        if n % 4 == 2 {
            stream.read_exact(&mut [0; 1000]).unwrap();
        }
        drop(stream);
        // Others are answered meanwhile, over connections that the front may have used for these.
        let mut other = BufReader::new(front.connect());
        let request = format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n");
        other.get_mut().write_all(request.as_bytes()).unwrap();
        let (status, text) = answer(&mut other, false);
        assert_eq!(status, "http/1.1 200 ok", "{kind:?}");
        assert_eq!(text, format!("GET /{n} 0 1").as_bytes(), "{kind:?}");
    }
    let half = seen
        .counted()
        .keys()
        .filter(|(_, target)| target == "/half")
        .count();
    assert_eq!(half, 0, "no half request is a whole one");
    assert_eq!(metrics.snapshot().panics(), 0);
    // Nothing hangs on a client that left.
    drop(front);
    let begun = Instant::now();
    while metrics.snapshot().open_connections() > 0 {
        assert!(begun.elapsed() < PATIENCE, "{:?}", metrics.snapshot());
        std::thread::yield_now();
    }
    server.stop();
    server.join().unwrap();
}

/// What is made to be read in two ways: no front hands on what zeug takes for another number of requests.
fn ambiguous(kind: Kind) {
    let Some((front, _server, seen, _)) = behind(kind) else {
        return;
    };
    let all = std::env::var_os("ZEUG_FRONTS").is_some();
    let mut payloads = smuggling::sweep(&if all {
        smuggling::all()
    } else {
        smuggling::usual()
    });
    for (lines, body) in [
        (
            "Content-Length: 5\r\nContent-Length: 6",
            "helloGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
        ),
        ("Content-Length: 0, 37", smuggling::MARKED),
        ("Content-Length: +5", "hello"),
        ("Content-Length: 0x5", "hello"),
        ("Content-Length: 5\r\nTransfer-Encoding: identity", "hello"),
        (
            "Transfer-Encoding: chunked",
            "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        ),
        ("Transfer-Encoding: chunked", "5 \r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "5\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "5\r\nhelloXX0\r\n\r\n"),
        (
            "Transfer-Encoding: chunked",
            "5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
        ),
        (
            "Transfer-Encoding: chunked",
            "10000000000000005\r\nhello\r\n0\r\n\r\n",
        ),
        (
            "Transfer-Encoding: chunked",
            "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 3",
            "8\r\nSMUGGLED\r\n0\r\n\r\n",
        ),
        (
            "Connection: content-length\r\nContent-Length: 37",
            smuggling::MARKED,
        ),
        (
            "Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
            "5\r\nhello\r\n0\r\n\r\n",
        ),
        ("Expect: 100-continue\r\nContent-Length: 5", "hello"),
    ] {
        let wire = format!("POST / HTTP/1.1\r\nHost: h\r\n{lines}\r\n\r\n{body}");
        payloads.push(wire.into_bytes());
    }
    // A body where none is usual, and HTTP/1.0.
    payloads.push(
        format!(
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 35\r\n\r\n{}",
            smuggling::MARKED
        )
        .into(),
    );
    payloads.push(
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n"
            .to_vec(),
    );
    if let Some(corpus) = smuggling::gunicorn() {
        assert_eq!(corpus.len(), 137);
        payloads.extend(corpus);
    }
    payloads.retain(|payload| front.can_tell(payload));
    for (n, payload) in payloads.iter().enumerate() {
        let mut stream = front.connect();
        // The front may refuse before all is sent.
        let _ = stream.write_all(payload);
        front.drain(stream);
        // Whatever stands in a reused connection comes to light with the next request.
        let mut next = BufReader::new(front.connect());
        let request = format!("GET /next{n} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        next.get_mut().write_all(request.as_bytes()).unwrap();
        let (status, text) = answer(&mut next, false);
        let shown = payload.escape_ascii();
        assert_eq!(status, "http/1.1 200 ok", "{kind:?} after {shown}");
        assert_eq!(
            text,
            format!("GET /next{n} 0 1").as_bytes(),
            "{kind:?} after {shown}"
        );
    }
    counts_agree(&front, &seen, payloads.len());
}

#[test]
fn nginx_keeps_connections() {
    keep_alive(Kind::Nginx);
}

#[test]
fn haproxy_keeps_connections() {
    keep_alive(Kind::Haproxy);
}

#[test]
fn nginx_sends_chunks() {
    large_chunked(Kind::Nginx);
}

#[test]
fn haproxy_sends_chunks() {
    large_chunked(Kind::Haproxy);
}

#[test]
fn nginx_hands_aborts_on() {
    aborted(Kind::Nginx);
}

#[test]
fn haproxy_hands_aborts_on() {
    aborted(Kind::Haproxy);
}

#[test]
fn nginx_counts_the_same_requests() {
    ambiguous(Kind::Nginx);
}

#[test]
fn haproxy_counts_the_same_requests() {
    ambiguous(Kind::Haproxy);
}

#[test]
#[ignore = "cargo xtask torture fronts installs it"]
fn apache_counts_the_same_requests() {
    ambiguous(Kind::Apache);
}

#[test]
#[ignore = "cargo xtask torture fronts installs it"]
fn varnish_counts_the_same_requests() {
    ambiguous(Kind::Varnish);
}

#[test]
#[ignore = "cargo xtask torture fronts installs it"]
fn traffic_server_counts_the_same_requests() {
    ambiguous(Kind::TrafficServer);
}

#[test]
#[ignore = "cargo xtask torture fronts installs it"]
fn squid_counts_the_same_requests() {
    ambiguous(Kind::Squid);
}
