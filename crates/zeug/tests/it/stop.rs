//! Signals: what is in flight is finished, and nothing else begun.

use std::io::{BufReader, Write};
use std::net::TcpStream;

use crate::process::{Example, read_answer};

#[test]
fn sigterm_loses_no_request_in_flight() {
    let mut echo = Example::start("echo");
    let body = "x".repeat(1000);
    let mut clients: Vec<_> = (0..32)
        .map(|n| {
            let mut stream = echo.connect();
            // Half are on a connection that was used before.
            if n % 2 == 0 {
                stream
                    .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                    .unwrap();
                read_answer(&mut BufReader::new(&stream));
            }
            let head = format!(
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            // The interim answer says that the handler has begun to read.
            let mut stream = BufReader::new(stream);
            assert!(
                read_answer(&mut stream)
                    .0
                    .starts_with("HTTP/1.1 100 Continue\r\n")
            );
            stream
        })
        .collect();
    let idle = echo.connect();
    echo.terminate();
    // The door closes while the requests go on.
    while TcpStream::connect(echo.address).is_ok() {}
    assert!(
        echo.child.try_wait().unwrap().is_none(),
        "ended with requests in flight"
    );
    for client in &mut clients {
        client.get_mut().write_all(body.as_bytes()).unwrap();
    }
    for client in &mut clients {
        let (head, answer) = read_answer(client);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(answer, body.as_bytes());
    }
    let status = echo.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    drop(idle);
}

#[test]
fn the_second_signal_ends_at_once() {
    let mut echo = Example::start("echo");
    let mut stream = echo.connect();
    stream
        .write_all(
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        )
        .unwrap();
    let mut stream = BufReader::new(stream);
    read_answer(&mut stream);
    echo.terminate();
    while TcpStream::connect(echo.address).is_ok() {}
    echo.terminate();
    let status = echo.child.wait().unwrap();
    assert_eq!(status.code(), None, "ended by the signal");
}

#[test]
fn a_taken_address_is_explained() {
    let hello = Example::start("hello");
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let output = std::process::Command::new(path.join("examples/hello"))
        .arg(hello.address.to_string())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains(&hello.address.to_string()) && error.contains("another program"),
        "{error}"
    );
}
