//! Whole requests through the server over a loopback socket: sixteen at once and one by one. What the client does is counted too, and is little.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use zeug_messages::{Request, Response};
use zeug_serving::{Limits, Server};

use crate::{counted, say};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// How many requests are counted.
const COUNT: usize = 4096;

pub(crate) fn run() {
    let server = Server::bind("127.0.0.1:0")
        .expect("a port")
        .loops(1)
        .limits(Limits::default().requests_per_connection(u64::MAX));
    let (address, stop) = (server.local_addr().expect("TCP"), server.shutdown_handle());
    let running = thread::spawn(move || {
        server
            .serve(|_: Request| Response::text("Hello, World!"))
            .is_ok()
    });
    let mut stream = TcpStream::connect(address).expect("a listener");
    stream.set_nodelay(true).expect("TCP");
    let length = ask(&mut stream, REQUEST, None);
    for (name, at_once) in [
        ("request through the server, sixteen at once", 16),
        ("request through the server, one by one", 1),
    ] {
        let requests = REQUEST.repeat(at_once);
        let mut work = |count: usize| {
            for _ in 0..count / at_once {
                ask(&mut stream, &requests, Some(length * at_once));
            }
        };
        work(COUNT / 4);
        say(&format!("{name}\t{COUNT}"));
        counted(&mut || work(COUNT));
    }
    stop.shutdown();
    assert!(running.join().is_ok_and(|served| served));
}

/// Sends, and reads as many bytes, or what comes at once; how many came.
fn ask(stream: &mut TcpStream, requests: &[u8], length: Option<usize>) -> usize {
    stream.write_all(requests).expect("an open connection");
    let mut answer = [0; 16 << 10];
    let mut read = 0;
    loop {
        let count = stream
            .read(&mut answer[read..])
            .expect("an open connection");
        read += count;
        assert!(count > 0, "the server closed the connection");
        if length.is_none_or(|length| read >= length) {
            assert!(answer.starts_with(b"HTTP/1.1 200"));
            return read;
        }
    }
}
