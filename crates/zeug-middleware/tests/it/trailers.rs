//! Trailers through `HttpProxy`, where they are asked for: both ways over sockets, and none that would say what the head may not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use zeug_gateway::{HandlerExt, IntoHandler, Request};
use zeug_middleware::{HttpProxy, Upstream};
use zeug_test::LiveServer;

use crate::programs::PATIENCE;
use crate::raw;

/// What a client sends; its body comes with the head, and so is in memory when it is handed on.
const ASKS: &str = "POST /up HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close, TE\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\
    X-Sum: 1\r\nX-Forwarded-Proto: https\r\nX_Under: 1\r\nX-Ruled: 1\r\nVia: 1.1 x\r\n\r\n";
const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Check: 2\r\n\r\n";

/// A server that reads a request in chunks to its end, hands it over, and answers with trailers.
fn upstream() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut seen = String::new();
            let mut piece = [0; 1024];
            let ended = |seen: &str| {
                seen.ends_with("\r\n\r\nhello")
                    || seen.contains("\r\n0\r\n") && seen.ends_with("\r\n\r\n")
            };
            while !ended(&seen) {
                let count = stream.read(&mut piece).unwrap();
                assert!(count > 0, "{seen}");
                seen.push_str(str::from_utf8(&piece[..count]).unwrap());
            }
            sender.send(seen).unwrap();
            stream.write_all(ANSWER.as_bytes()).unwrap();
        }
    });
    (address, receiver)
}

fn front(upstream: Upstream) -> LiveServer {
    let proxy = HttpProxy::new().upstream("/up", upstream).unwrap();
    let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler();
    LiveServer::start(app.with(proxy)).unwrap()
}

#[test]
fn trailers_go_on_where_they_are_asked_for() {
    let (address, asked) = upstream();
    let to = || {
        Upstream::parse(&format!("http://{address}"))
            .unwrap()
            .without_header("x-ruled")
            .unwrap()
    };
    let with = front(to().with_trailers());
    let answer = raw(with.address(), ASKS);
    let seen = asked.recv_timeout(PATIENCE).unwrap();
    assert!(
        seen.contains("\r\nConnection: TE\r\nTE: trailers\r\n"),
        "{seen}"
    );
    assert!(
        seen.ends_with("\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
        "{seen}"
    );
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.ends_with("2\r\nok\r\n0\r\nX-Check: 2\r\n\r\n"),
        "{answer}"
    );

    // Not to a client that has not asked, and with no word of it to the server.
    let answer = raw(with.address(), ASKS.replacen("TE: trailers\r\n", "", 1));
    assert!(answer.ends_with(b"2\r\nok\r\n0\r\n\r\n"));
    assert!(
        !asked
            .recv_timeout(PATIENCE)
            .unwrap()
            .contains("TE: trailers")
    );

    // And none where the settings do not say so.
    let without = front(to());
    let answer = raw(without.address(), ASKS);
    assert!(answer.ends_with(b"2\r\nok\r\n0\r\n\r\n"));
    let seen = asked.recv_timeout(PATIENCE).unwrap();
    assert!(
        !seen.contains("X-Sum") && !seen.contains("trailers"),
        "{seen}"
    );
}
