//! Requests handed on to real servers, well-behaved and hostile ones, over sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{HostField, HttpProxy, ProxyFix, ProxyTimeouts, Upstream};
use zeug_test::LiveServer;

use crate::{raw, status};

/// A server that takes connections, hands what it read over, and answers with these bytes; `head` only reads until the blank line.
fn scripted(answers: &'static [&'static str]) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
            let _ = sender.send(head);
            let _ = stream.write_all(answer.as_bytes());
            // An answer that is to be cut short is: no lingering.
        }
    });
    (address, receiver)
}

fn proxy(upstream: Upstream) -> impl Handler {
    (|_: Request| "the application")
        .into_handler()
        .with(HttpProxy::new().upstream("/up", upstream).unwrap())
}

fn to(address: SocketAddr) -> Upstream {
    let timeouts = ProxyTimeouts::default()
        .connect(Duration::from_secs(2))
        .read(Duration::from_millis(400))
        .write(Duration::from_millis(400));
    Upstream::parse(&format!("http://{address}"))
        .unwrap()
        .timeouts(timeouts)
}

fn get(app: &impl Handler, path: &str) -> Response {
    let raw = http::Request::get(path).header("host", "front.test");
    app.handle(raw.body(()).unwrap().into())
}

fn text(response: Response) -> String {
    let bytes = response.into_body().into_bytes(1 << 20).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Shows the request that it was sent.
fn echo(mut request: Request) -> String {
    let mut shown = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        shown.push_str(&format!("{}: {value}\n", name.to_lowercase()));
    }
    shown.push('\n');
    request.body_mut().read_to_string(&mut shown).unwrap();
    shown
}

#[test]
fn requests_are_written_anew() {
    let backend = LiveServer::start(echo).unwrap();
    let upstream = Upstream::parse(&backend.url("base/"))
        .unwrap()
        .without_prefix();
    let upstream = upstream
        .with_header("X-Front", "zeug")
        .unwrap()
        .without_header("Cookie")
        .unwrap();
    let front = LiveServer::start(proxy(upstream)).unwrap();
    let answer = raw(
        front.address(),
        "POST /up/a%20b?q=1 HTTP/1.1\r\nHost: front.test\r\nConnection: close, X-Trace\r\nX-Trace: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n\
         Proxy-Authorization: x\r\nUpgrade: websocket\r\nCookie: a=b\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\
         X_Forwarded_For: 7.7.7.7\r\nForwarded: for=6.6.6.6\r\nX-Kept: yes\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\n\r\n",
    );
    let answer = String::from_utf8_lossy(&answer);
    let shown = answer.rsplit_once("POST /base/a%20b?q=1\n").unwrap().1;
    let (fields, body) = shown.split_once("\n\n").unwrap();
    assert!(body.contains("hello"));
    let mut fields: Vec<_> = fields.lines().collect();
    fields.sort_unstable();
    let host = format!("host: {}", backend.address());
    assert_eq!(
        fields,
        [
            "content-length: 5",
            &*host,
            "via: 1.1 zeug",
            "x-forwarded-for: 6.6.6.6, 127.0.0.1",
            "x-forwarded-host: front.test",
            "x-forwarded-prefix: /up",
            "x-forwarded-proto: http",
            "x-front: zeug",
            "x-kept: yes",
        ]
    );
    // The prefix itself, others, and paths that lead out.
    let asks = |path: &str| {
        status(&raw(
            front.address(),
            format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        ))
    };
    assert_eq!(
        [
            asks("/up"),
            asks("/upx"),
            asks("/up/../x"),
            asks("/up/%2e%2e/x")
        ],
        [200, 200, 400, 400]
    );
}

#[test]
fn host_and_prefix_are_as_told() {
    let backend = LiveServer::start(echo).unwrap();
    let url = backend.url("");
    let shown = |upstream: Upstream| text(get(&proxy(upstream.without_forwarding()), "/up/x"));
    let kept = Upstream::parse(&url)
        .unwrap()
        .host(HostField::Kept)
        .unwrap();
    assert!(shown(kept).starts_with("GET /up/x\nhost: front.test\nvia"));
    let named = Upstream::parse(&url)
        .unwrap()
        .host(HostField::Named("other.test:81".into()))
        .unwrap();
    assert!(shown(named).contains("host: other.test:81\n"));
    assert!(
        Upstream::parse(&url)
            .unwrap()
            .host(HostField::Named("a\r\nb".into()))
            .is_err()
    );
}

#[test]
fn what_proxies_in_front_have_said_is_handed_on() {
    let backend = LiveServer::start(echo).unwrap();
    let app = proxy(Upstream::parse(&backend.url("")).unwrap()).with(ProxyFix::default().host(1));
    let raw = http::Request::get("/up/x").header("host", "inside");
    let raw = raw
        .header("x-forwarded-for", "6.6.6.6, 192.0.2.7")
        .header("x-forwarded-proto", "https");
    let raw = raw.header("x-forwarded-host", "front.test");
    let shown = text(app.handle(raw.body(()).unwrap().into()));
    for line in [
        "x-forwarded-for: 192.0.2.7\n",
        "x-forwarded-proto: https\n",
        "x-forwarded-host: front.test\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn bodies_stream_both_ways_and_connections_are_used_again() {
    // The address that a request came from tells the connection.
    let app = |mut request: Request| {
        let mut all = Vec::new();
        request.body_mut().set_limit(None);
        request.body_mut().read_to_end(&mut all).unwrap();
        let peer = request.received().peer().unwrap().port();
        let mut response = Response::new(Body::chunks(
            all.chunks(70_000)
                .map(|chunk| Ok(chunk.to_vec()))
                .collect::<Vec<_>>(),
        ));
        response
            .headers_mut()
            .try_append("x-connection", peer.to_string())
            .unwrap();
        response
    };
    let backend = LiveServer::start(app).unwrap();
    let app = proxy(Upstream::parse(&backend.url("")).unwrap());
    let content: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let mut connections = std::collections::BTreeSet::new();
    for sized in [true, false, true, false] {
        let reader = std::io::Cursor::new(content.clone());
        let body = if sized {
            Body::sized_reader(reader, content.len() as u64)
        } else {
            Body::reader(reader)
        };
        let request = http::Request::post("/up/x")
            .header("host", "a")
            .body(body)
            .unwrap();
        let response = app.handle(request.into());
        connections.insert(
            response
                .headers()
                .get("x-connection")
                .unwrap()
                .to_utf8_lossy()
                .into_owned(),
        );
        assert_eq!(response.into_body().into_bytes(4 << 20).unwrap(), content);
    }
    assert_eq!(
        connections.len(),
        1,
        "one connection after the other's answer is read"
    );
    // An answer that is dropped half-way takes its connection with it.
    let first = get(&app, "/up/x")
        .headers()
        .get("x-connection")
        .unwrap()
        .to_utf8_lossy()
        .into_owned();
    let request = http::Request::post("/up/x")
        .body(Body::from(content))
        .unwrap();
    drop(app.handle(request.into()));
    let second = get(&app, "/up/x")
        .headers()
        .get("x-connection")
        .unwrap()
        .to_utf8_lossy()
        .into_owned();
    assert_ne!(first, second);
}

#[test]
fn answers_that_two_readers_could_read_differently_are_502() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "",
    ] {
        let answers: &'static [&'static str] = Box::leak(Box::new([answer, answer]));
        let (address, _asked) = scripted(answers);
        let response = get(&proxy(to(address)), "/up/");
        assert_eq!(response.status(), 502, "{answer:?}");
        assert!(
            text(response).contains("The server behind this one"),
            "{answer:?}"
        );
    }
}

#[test]
fn bytes_behind_an_answer_are_no_answer() {
    const HIDDEN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nAHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    let (address, _asked) =
        scripted(&[HIDDEN, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean"]);
    let app = proxy(to(address));
    assert_eq!(text(get(&app, "/up/")), "A");
    assert_eq!(
        text(get(&app, "/up/")),
        "clean",
        "on a connection of its own"
    );

    let (address, _asked) = scripted(&[
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ]);
    assert_eq!(get(&proxy(to(address)), "/up/").status(), 204);
    let (address, _asked) = scripted(&[
        "HTTP/1.1 200 Fine\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n",
    ]);
    let response = get(&proxy(to(address)), "/up/");
    assert_eq!(response.reason(), Some("Fine"));
    let names: Vec<_> = response
        .headers()
        .names()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(names, ["X-End", "Content-Length"]);
}

#[test]
fn answers_cut_short_are_not_taken_for_whole() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;\x01\r\nabc\r\n0\r\n\r\n",
    ] {
        let answers: &'static [&'static str] = Box::leak(Box::new([answer]));
        let (address, _asked) = scripted(answers);
        let response = get(&proxy(to(address)), "/up/");
        assert_eq!(response.status(), 200);
        assert!(response.into_body().into_bytes(100).is_err(), "{answer:?}");
        // And the client of a real server sees that it is cut.
        let (address, _asked) = scripted(answers);
        let front = LiveServer::start(proxy(to(address))).unwrap();
        let seen = raw(
            front.address(),
            "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        );
        let seen = String::from_utf8_lossy(&seen);
        assert!(
            !seen.ends_with("0\r\n\r\n") && !seen.contains("abcabcabc"),
            "{seen}"
        );
    }
    let (address, _asked) = scripted(&["HTTP/1.0 200 OK\r\n\r\nuntil the end"]);
    assert_eq!(text(get(&proxy(to(address)), "/up/")), "until the end");
}

#[test]
fn silence_is_504_and_absence_502() {
    // Takes connections in its queue and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let response = get(&proxy(to(silent.local_addr().unwrap())), "/up/");
    assert_eq!(
        (
            response.status().as_u16(),
            text(response).contains("does not answer")
        ),
        (504, true)
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let response = get(&proxy(to(closed)), "/up/");
    assert_eq!(
        (
            response.status().as_u16(),
            text(response).contains("cannot be reached")
        ),
        (502, true)
    );
}

#[test]
fn an_idle_connection_that_was_closed_is_replaced() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    let (address, asked) = scripted(&[ANSWER, ANSWER, ANSWER]);
    let app = proxy(to(address));
    for _ in 0..3 {
        assert_eq!(text(get(&app, "/up/")), "x", "the server closes each time");
    }
    assert_eq!(asked.try_iter().count(), 3);
}

#[test]
fn an_early_answer_ends_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let refusing = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 1000];
        let _ = stream.read(&mut some).unwrap();
        stream
            .write_all(b"HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno")
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        rest.len()
    });
    let app = proxy(to(address));
    let endless = Body::sized_reader(std::io::repeat(b'x'), 1 << 30);
    let request = http::Request::post("/up/").body(endless).unwrap();
    let response = app.handle(request.into());
    assert_eq!(response.status(), 413);
    assert_eq!(text(response), "no");
    assert!(
        refusing.join().unwrap() < 1 << 28,
        "the body was not sent to its end"
    );
}

#[test]
fn ambiguous_requests_never_get_through() {
    let (sender, receiver) = channel();
    let backend = LiveServer::start(move |mut request: Request| {
        let mut all = Vec::new();
        let _ = request.body_mut().read_to_end(&mut all);
        sender.send(request.uri().path().to_owned()).unwrap();
        "fine"
    })
    .unwrap();
    let front = LiveServer::start(proxy(Upstream::parse(&backend.url("")).unwrap())).unwrap();
    let smuggled = "GET /up/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    let codings = [
        "Transfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding:\n chunked",
        " Transfer-Encoding: chunked",
        "Transfer_Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "transfer-encoding: CHUNKED;q=1",
        "Transfer-Encoding: chunk",
        "Connection: Content-Length\r\nX: y",
        "Connection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked",
    ];
    let lengths = [
        "Content-Length: 5",
        "Content-Length: +5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 0x5",
        "Content-Length : 5",
        "Content_Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: 05",
    ];
    let mut tried = 0;
    for coding in codings {
        for length in lengths {
            for body in ["0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "0\r\n"] {
                tried += 1;
                let request = format!(
                    "POST /up/first HTTP/1.1\r\nHost: a\r\n{coding}\r\n{length}\r\n\r\n{body}"
                );
                let mut stream = TcpStream::connect(front.address()).unwrap();
                let _ = stream.write_all(request.as_bytes());
                let _ = stream.write_all(smuggled.as_bytes());
                let _ = stream.shutdown(std::net::Shutdown::Write);
                let mut seen = String::new();
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let _ = stream.read_to_string(&mut seen);
                let answers = seen.matches("HTTP/1.1 ").count();
                let handled: Vec<_> = receiver.try_iter().collect();
                // What the front took for requests is what the server behind it took for requests.
                let fine = seen.matches("HTTP/1.1 200").count();
                assert_eq!(handled.len(), fine, "{request:?} {seen:?} {handled:?}");
                assert!(answers <= 2, "{request:?}");
            }
        }
    }
    assert_eq!(tried, 384);
}
