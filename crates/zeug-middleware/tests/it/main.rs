//! The middlewares through their public names, over a function and over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod behind_nginx;
mod body_limit;
mod browser;
mod compress;
mod cors;
mod dispatcher;
#[cfg(feature = "tls")]
mod encrypted;
mod files;
mod hostile;
mod idle;
mod lint;
mod profiler;
mod programs;
mod properties;
mod proxy;
#[path = "../../../zeug-securecookie/tests/it/python.rs"]
#[expect(dead_code, reason = "only the interpreter is wanted here")]
mod python;
mod rate_limit;
mod request_id;
mod running;
mod security_headers;
#[path = "../../../zeug-serving/tests/it/smuggling.rs"]
#[expect(dead_code, reason = "the server's own tests use the rest of it")]
mod smuggling;
mod spoofing;
mod trailers;
mod upgrades;
mod upstreams;
mod wire;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What comes back on a connection of its own for these bytes, until the server closes it.
fn raw(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(bytes.as_ref()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// All that comes until the other side closes.
fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    // One that has refused early may break the connection behind its answer.
    let ended = stream.read_to_end(&mut answer);
    assert!(ended.is_ok() || !answer.is_empty(), "{ended:?}");
    answer
}

/// Where the body of an answer begins.
fn body(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    answer.get(end.unwrap() + 4..).unwrap_or_default()
}

/// A field of an answer as it came over the wire, its name in lower case.
fn field(answer: &[u8], name: &str) -> Option<String> {
    let head = answer.len() - body(answer).len();
    String::from_utf8_lossy(&answer[..head])
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}

/// The status of an answer as it came over the wire.
fn status(answer: &[u8]) -> u16 {
    let line = answer.get(..12).unwrap_or_default();
    String::from_utf8_lossy(line)
        .rsplit(' ')
        .next()
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}
