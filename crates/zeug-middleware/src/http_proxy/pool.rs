//! Owns connections to another server: made, kept while idle, and looked at before they are used again. It sends nothing.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

#[cfg(feature = "tls")]
use super::exchange::is_late;
use super::link::Link;
use super::{Trouble, Upstream};

/// The most idle connections to one server, unless said otherwise: what nginx's documentation shows.
const MOST_IDLE: usize = 32;

/// The idle connections, the one used last at the end.
#[derive(Debug)]
pub(super) struct Pool {
    most: usize,
    idle: Mutex<Vec<(Link, Instant)>>,
}

impl Default for Pool {
    fn default() -> Self {
        Self::of(MOST_IDLE)
    }
}

impl Pool {
    /// A pool of at most so many.
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            idle: Mutex::default(),
        }
    }

    /// A connection that is still open and on which nothing has come that nobody asked for.
    fn take(&self, upstream: &Upstream) -> Option<Link> {
        loop {
            let (link, since) = self
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop()?;
            if since.elapsed() < upstream.timeouts.idle && link.is_silent() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose answer was read to its last byte.
    pub(super) fn put(&self, link: Link) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((link, Instant::now()));
        if idle.len() > self.most {
            // The one that has waited longest is the likeliest to be closed by its server.
            idle.remove(0);
        }
    }
}

/// A connection to the server, and whether it was used before.
pub(super) fn connect(upstream: &Upstream, fresh: bool) -> Result<(Link, bool), Trouble> {
    if !fresh && let Some(link) = upstream.pool.take(upstream) {
        return Ok((link, true));
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
            Ok(stream) => return prepared(stream, upstream).map(|link| (link, false)),
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

/// Sets a fresh connection up, and shakes hands where it is to be encrypted, for which there is as much time as for the connection.
fn prepared(stream: TcpStream, upstream: &Upstream) -> Result<Link, Trouble> {
    let times = upstream.timeouts;
    let unusable =
        |error: io::Error| Trouble::gateway("The connection cannot be used.").because(error);
    stream.set_nodelay(true).map_err(unusable)?;
    #[cfg(feature = "tls")]
    let link = match &upstream.peer {
        Some(peer) => {
            let timed = stream.set_read_timeout(Some(times.connect));
            timed.map_err(unusable)?;
            let tls = peer.meet(&stream).map_err(|error| {
                if is_late(&error) {
                    Trouble::late("The server behind this one does not shake hands.").because(error)
                } else {
                    Trouble::gateway("The server behind this one does not prove who it is.")
                        .because(error)
                }
            })?;
            Link::encrypted(stream, tls)
        }
        None => Link::plain(stream),
    };
    #[cfg(not(feature = "tls"))]
    let link = Link::plain(stream);
    link.set_timeouts(Some(times.read), times.write)
        .map_err(unusable)?;
    Ok(link)
}
