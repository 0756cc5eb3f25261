//! Owns the socket of a connection, plain or encrypted, TCP or Unix: what a connection may do with it. It never blocks.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;

use zeug_gateway::Scheme;

#[cfg(feature = "tls")]
use crate::tls::TlsStream;

/// A socket as the system has it.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection's stream of bytes.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream>),
}

/// Calls the same method of whichever socket it is.
macro_rules! on_socket {
    ($socket:expr, $inner:ident => $call:expr) => {
        match $socket {
            Socket::Tcp($inner) => $call,
            Socket::Unix($inner) => $call,
        }
    };
}

impl Socket {
    /// Makes the socket ready for the loop.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => {
                stream.set_nonblocking(true)?;
                // An answer is written whole: waiting for more of it only delays its end.
                stream.set_nodelay(true)
            }
            Self::Unix(stream) => stream.set_nonblocking(true),
        }
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        on_socket!(self, stream => (&*stream).read(buffer))
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        on_socket!(self, stream => (&*stream).write(bytes))
    }

    fn write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        on_socket!(self, stream => (&*stream).write_vectored(parts))
    }

    fn shutdown(&self) -> io::Result<()> {
        on_socket!(self, stream => stream.shutdown(Shutdown::Write))
    }

    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        on_socket!(self, stream => stream.as_fd())
    }
}

impl Stream {
    fn socket(&self) -> &Socket {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.socket(),
        }
    }

    /// The descriptor, for the readiness queue.
    pub(crate) fn fd(&self) -> RawFd {
        self.socket().as_fd().as_raw_fd()
    }

    /// The address at this end, where it has one.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        self.socket().local_addr()
    }

    /// How requests come through it.
    pub(crate) fn scheme(&self) -> Scheme {
        match self {
            Self::Plain(_) => Scheme::Http,
            #[cfg(feature = "tls")]
            Self::Tls(_) => Scheme::Https,
        }
    }

    /// Reads what there is.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    /// Whether a read that gave less than it was asked for says that nothing more is there.
    pub(crate) fn ends_with_short_read(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            #[cfg(feature = "tls")]
            Self::Tls(_) => false,
        }
    }

    /// Writes as much as is taken.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    /// Writes as much as is taken of `first` and then `second`.
    pub(crate) fn write_both(&self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => {
                socket.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
            }
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write(if first.is_empty() { second } else { first }),
        }
    }

    /// Sends what was taken but not sent; [`WouldBlock`](io::ErrorKind::WouldBlock) where that is not possible now.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.flush(),
        }
    }

    /// Says that nothing more is sent, where the end of the socket alone does not say it.
    pub(crate) fn finish(&self) {
        #[cfg(feature = "tls")]
        if let Self::Tls(stream) = self {
            stream.close();
        }
    }

    /// Says that nothing more is sent.
    pub(crate) fn shutdown(&self) -> io::Result<()> {
        self.finish();
        self.socket().shutdown()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}
