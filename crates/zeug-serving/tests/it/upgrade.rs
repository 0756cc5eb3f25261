//! Connections that are handed over after a 101.

use std::io::{Read, Write};

use http::StatusCode;
use tungstenite::Message;
use zeug_gateway::{Request, Upgrade, Upgraded};
use zeug_serving::Server;

use crate::running::{Running, read_all};

#[path = "../../examples/websocket.rs"]
#[expect(dead_code, reason = "the example's main is not called")]
mod websocket;

fn shout(mut stream: Upgraded) {
    let mut word = [0; 5];
    while stream.read_exact(&mut word).is_ok() {
        stream.write_all(&word.to_ascii_uppercase()).unwrap();
    }
}

fn app(request: Request) -> Result<Upgrade, StatusCode> {
    match request.uri().path() {
        "/shout" => Upgrade::to("shout", shout).map_err(|_| StatusCode::BAD_REQUEST),
        "/panic" => Upgrade::to("panic", |_| panic!("an upgrade that panics"))
            .map_err(|_| StatusCode::BAD_REQUEST),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

#[test]
fn bytes_go_both_ways_after_the_101() {
    let server = Running::start(|server: Server| server.loops(1), app);
    let mut stream = server.connect();
    // The first word comes with the request: nothing of it is lost.
    stream
        .write_all(
            b"GET /shout HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nhello",
        )
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0; 1];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(
        head.starts_with("http/1.1 101 ") && head.contains("\r\nupgrade: shout\r\n"),
        "{head}"
    );
    assert!(
        head.contains("\r\nconnection: upgrade\r\n") && !head.contains("content-length"),
        "{head}"
    );
    let mut word = [0; 5];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"HELLO");
    // Others are served while the connection lives.
    assert!(server.get("/").starts_with("HTTP/1.1 404 "));
    stream.write_all(b"again").unwrap();
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"AGAIN");
    drop(stream);
    server.stop();
    server.join().unwrap();
}

#[test]
fn http_1_0_cannot_upgrade_and_a_panic_ends_one_connection() {
    let server = Running::start(|server| server, app);
    let answer = server.exchange(b"GET /shout HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    let answer = server.exchange(b"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(server.get("/").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_websocket_is_echoed() {
    let server = Running::start(|server| server, websocket::app);
    let url = format!("ws://{}/", server.address);
    let (mut socket, response) = tungstenite::client(url, server.connect()).unwrap();
    assert_eq!(response.status(), 101);
    for message in [Message::text("Grüße"), Message::binary(vec![7; 100_000])] {
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
    drop(socket);
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .unwrap();
    assert!(read_all(&mut stream).starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
}
