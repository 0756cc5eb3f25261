//! Owns one connection to another server, plain or encrypted, as both halves of an exchange use it. It makes none: that is `pool`'s.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

#[cfg(feature = "tls")]
use super::tls::Tls;

/// A connection; it is read and written through references, so that two threads can do so at once.
#[derive(Debug)]
pub(super) struct Link {
    socket: TcpStream,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

impl Link {
    pub(super) fn plain(socket: TcpStream) -> Self {
        Self {
            socket,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    #[cfg(feature = "tls")]
    pub(super) fn encrypted(socket: TcpStream, tls: Tls) -> Self {
        Self {
            socket,
            tls: Some(tls),
        }
    }

    /// Whether the connection is open and has nothing to read. Also asked while a body is written, to see an early answer.
    pub(super) fn is_silent(&self) -> bool {
        if self.socket.set_nonblocking(true).is_err() {
            return false;
        }
        let silent = self.has_nothing();
        self.socket.set_nonblocking(false).is_ok() && silent
    }

    fn has_nothing(&self) -> bool {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            // What came may be the protocol's own: tickets, new keys.
            return tls.is_silent(&self.socket);
        }
        let peeked = self.socket.peek(&mut [0]);
        matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    pub(super) fn set_timeouts(&self, read: Option<Duration>, write: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(read)?;
        self.socket.set_write_timeout(Some(write))
    }

    /// Reads from here on wait for as long as it takes.
    pub(super) fn wait_for_ever(&self) -> io::Result<()> {
        self.socket.set_read_timeout(None)
    }

    /// Says that nothing more is sent.
    pub(super) fn end_writing(&self) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let _ = tls.say_goodbye(&self.socket);
        }
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Ends both ways at once, whoever waits for them.
    pub(super) fn end(&self) {
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Read for &Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.read(&self.socket, buffer);
        }
        (&self.socket).read(buffer)
    }
}

impl Write for &Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return tls.write(&self.socket, bytes);
        }
        (&self.socket).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
