//! Owns connections to another server: made, kept while idle, and looked at before they are used again. It sends nothing.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::{Trouble, Upstream};

/// The most idle connections to one server.
const MOST_IDLE: usize = 32;

/// The idle connections, the one used last at the end.
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<(TcpStream, Instant)>>,
}

impl Pool {
    /// A connection that is still open and on which nothing has come that nobody asked for.
    fn take(&self, upstream: &Upstream) -> Option<TcpStream> {
        loop {
            let (stream, since) = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()?;
            if since.elapsed() < upstream.timeouts.idle && is_silent(&stream) {
                return Some(stream);
            }
        }
    }

    /// Keeps a connection whose answer was read to its last byte.
    pub(super) fn put(&self, stream: TcpStream) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.push((stream, Instant::now()));
    }
}

/// Whether a connection is open and has nothing to read. Also asked while a body is written, to see an early answer.
pub(super) fn is_silent(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return false;
    }
    let peeked = stream.peek(&mut [0]);
    let restored = stream.set_nonblocking(false);
    restored.is_ok() && matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// A connection to the server, and whether it was used before.
pub(super) fn connect(upstream: &Upstream, fresh: bool) -> Result<(TcpStream, bool), Trouble> {
    if !fresh && let Some(stream) = upstream.pool.take(upstream) {
        return Ok((stream, true));
    }
    let unknown = |error: io::Error| {
        Trouble::gateway("The name of the server behind this one is not known.").because(error)
    };
    let addresses = (upstream.host.as_str(), upstream.port)
        .to_socket_addrs()
        .map_err(unknown)?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, upstream.timeouts.connect) {
            Ok(stream) => return prepared(stream, upstream).map(|stream| (stream, false)),
            Err(error) => last = Some(error),
        }
    }
    let error = last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
    Err(match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Trouble::late("The server behind this one does not take connections.").because(error)
        }
        _ => Trouble::gateway("The server behind this one cannot be reached.").because(error),
    })
}

fn prepared(stream: TcpStream, upstream: &Upstream) -> Result<TcpStream, Trouble> {
    let set = || {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(upstream.timeouts.read))?;
        stream.set_write_timeout(Some(upstream.timeouts.write))
    };
    match set() {
        Ok(()) => Ok(stream),
        Err(error) => Err(Trouble::gateway("The connection cannot be used.").because(error)),
    }
}
