//! The middlewares through their public names, over a function and over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod body_limit;
mod compress;
mod cors;
mod dispatcher;
mod files;
mod lint;
mod profiler;
mod properties;
mod proxy;
mod rate_limit;
mod request_id;
mod running;
mod security_headers;
#[path = "../../../zeug-serving/tests/it/smuggling.rs"]
#[expect(dead_code, reason = "the server's own tests use the rest of it")]
mod smuggling;
mod spoofing;
mod upgrades;

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

/// The status of an answer as it came over the wire.
fn status(answer: &[u8]) -> u16 {
    let line = answer.get(..12).unwrap_or_default();
    String::from_utf8_lossy(line)
        .rsplit(' ')
        .next()
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}
