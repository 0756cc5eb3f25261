//! Changes of the protocol through the proxy: WebSockets end to end, and nothing before the 101 that nobody asked for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Message, client};
use zeug_gateway::{HandlerExt, IntoHandler, IntoResponse, Request, Response, Upgrade};
use zeug_middleware::{HttpProxy, Upstream};
use zeug_test::LiveServer;

use crate::{raw, status};

/// Greets, and then sends every message back.
pub(crate) fn echo(request: Request) -> Response {
    let Some(key) = request.headers().get("sec-websocket-key") else {
        return "no WebSocket".into_response();
    };
    let accept = derive_accept_key(key.as_bytes());
    let mut response = Upgrade::to("websocket", |stream| {
        let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
        let _ = socket.send(Message::text("welcome"));
        while let Ok(message) = socket.read() {
            if !message.is_close() && socket.send(message).is_err() {
                break;
            }
        }
    })
    .unwrap()
    .into_response();
    let fields = response.headers_mut();
    fields.try_append("Sec-WebSocket-Accept", accept).unwrap();
    response
}

fn front(url: &str) -> LiveServer {
    let upstream = Upstream::parse(url).unwrap();
    let proxy = HttpProxy::new().upstream("/up", upstream).unwrap();
    let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler();
    LiveServer::start(app.with(proxy)).unwrap()
}

#[test]
fn websockets_go_through() {
    let backend = LiveServer::start(echo).unwrap();
    let front = front(&backend.url(""));
    for _ in 0..3 {
        let stream = TcpStream::connect(front.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let url = format!("ws://{}/up/chat", front.address());
        let (mut socket, answer) = client(url, stream).unwrap();
        assert_eq!(answer.status(), 101);
        assert_eq!(
            socket.read().unwrap().to_text().unwrap(),
            "welcome",
            "the server speaks first"
        );
        for size in [0, 1, 125, 126, 65_536, 1_000_000] {
            let message = Message::binary(vec![7; size]);
            socket.send(message.clone()).unwrap();
            assert_eq!(socket.read().unwrap(), message);
        }
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        let mut rest = Vec::new();
        assert_eq!(
            socket.get_mut().read_to_end(&mut rest).unwrap(),
            0,
            "closed from end to end"
        );
    }
    // A server that does not change answers as ever.
    let plain = raw(
        front.address(),
        "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nGET /up/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(
        String::from_utf8_lossy(&plain)
            .matches("no WebSocket")
            .count(),
        2
    );
}

/// What a server that answers `answer` sees of the request and of the bytes behind it, and what the client is answered.
fn met(request: &str, answer: &'static str) -> (String, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            seen.extend_from_slice(&piece[..count]);
        }
        let _ = stream.write_all(answer.as_bytes());
        String::from_utf8_lossy(&seen).into_owned()
    });
    let front = front(&format!("http://{address}"));
    let answer = raw(front.address(), request);
    (server.join().unwrap(), status(&answer))
}

#[test]
fn nothing_goes_on_before_the_101() {
    const ASKS: &str = "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n\
        GET /up/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for (answer, wanted) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        (
            "HTTP/1.1 101 Other\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
            502,
        ),
        ("HTTP/1.1 101 None\r\n\r\n", 502),
        ("HTTP/1.1 101 Two\r\nUpgrade: websocket, h2c\r\n\r\n", 502),
    ] {
        let (seen, status) = met(ASKS, answer);
        assert_eq!(status, wanted, "{answer}");
        assert!(
            seen.contains("\r\nUpgrade: websocket\r\n") && !seen.contains("smuggled"),
            "{seen}"
        );
    }
    // Not asked as the rules have it: not handed on.
    for asks in [
        "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUpgrade: websocket\r\n\r\n",
        "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\n\r\n",
        "GET /up/ HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        "POST /up/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx",
    ] {
        let (seen, status) = met(
            asks,
            "HTTP/1.1 101 Unasked\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        );
        assert_eq!(status, 502, "{asks}");
        assert!(!seen.to_lowercase().contains("upgrade"), "{seen}");
    }
}

#[test]
fn what_came_early_follows_the_101() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let front = front(&format!("http://{}", listener.local_addr().unwrap()));
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        let mut head = Vec::new();
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            head.extend_from_slice(&piece[..count]);
        }
        stream
            .write_all(b"HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nfirst")
            .unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let mut early = [0; 5];
        stream.read_exact(&mut early).unwrap();
        (head, early)
    });
    let answer = raw(
        front.address(),
        "GET /up/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly",
    );
    let (head, early) = server.join().unwrap();
    assert!(head.ends_with(b"\r\n\r\n"), "{}", head.escape_ascii());
    assert_eq!(&early, b"early");
    assert_eq!(status(&answer), 101);
    assert!(answer.ends_with(b"first"), "{}", answer.escape_ascii());
}
