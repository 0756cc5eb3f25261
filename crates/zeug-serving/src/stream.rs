//! Owns the socket of a connection, plain or encrypted, TCP or Unix: what a connection may do with it. It never blocks.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(any(target_os = "linux", target_os = "android"))]
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use zeug_gateway::Scheme;

#[cfg(feature = "tls")]
use crate::tls::TlsStream;

/// Writing to a connection that was closed is an error, never a signal.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

/// A socket as the system has it.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection's stream of bytes.
#[derive(Debug)]
pub(crate) struct Stream {
    kind: Kind,
    /// Bytes read and written since they were last asked for.
    received: AtomicU64,
    sent: AtomicU64,
}

#[derive(Debug)]
enum Kind {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream>),
}

impl From<Socket> for Stream {
    fn from(socket: Socket) -> Self {
        Kind::Plain(socket).into()
    }
}

#[cfg(feature = "tls")]
impl From<TlsStream> for Stream {
    fn from(stream: TlsStream) -> Self {
        Kind::Tls(Box::new(stream)).into()
    }
}

impl From<Kind> for Stream {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }
    }
}

/// Counts what was read or written; only one thread at a time does either.
fn counted(counter: &AtomicU64, result: io::Result<usize>) -> io::Result<usize> {
    if let Ok(count) = result {
        counter.store(
            counter.load(Ordering::Relaxed) + count as u64,
            Ordering::Relaxed,
        );
    }
    result
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

    // rustix calls the system directly: the C library's functions cost a tenth of the server's own time, for the sake of cancelled threads.

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, _) = rustix::net::recv(self, buffer, RecvFlags::empty())?;
        Ok(count)
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(self, bytes, NO_SIGNAL)?)
    }

    fn write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        on_socket!(self, stream => (&*stream).write_vectored(parts))
    }

    fn shutdown(&self) -> io::Result<()> {
        on_socket!(self, stream => stream.shutdown(Shutdown::Write))
    }

    fn end(&self) -> io::Result<()> {
        on_socket!(self, stream => stream.shutdown(Shutdown::Both))
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
        match &self.kind {
            Kind::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => stream.socket(),
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
        match &self.kind {
            Kind::Plain(_) => Scheme::Http,
            #[cfg(feature = "tls")]
            Kind::Tls(_) => Scheme::Https,
        }
    }

    /// Reads what there is.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match &self.kind {
            Kind::Plain(socket) => socket.read(buffer),
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => stream.read(buffer),
        };
        counted(&self.received, result)
    }

    /// How many bytes were read and written since the last call.
    pub(crate) fn take_traffic(&self) -> (u64, u64) {
        [&self.received, &self.sent]
            .map(|counter| {
                let count = counter.load(Ordering::Relaxed);
                counter.store(0, Ordering::Relaxed);
                count
            })
            .into()
    }

    /// Whether a read that gave less than it was asked for says that nothing more is there.
    pub(crate) fn ends_with_short_read(&self) -> bool {
        match &self.kind {
            Kind::Plain(_) => true,
            #[cfg(feature = "tls")]
            Kind::Tls(_) => false,
        }
    }

    /// Whether what was written may still wait for [`flush`](Self::flush).
    pub(crate) fn keeps_unsent(&self) -> bool {
        match &self.kind {
            Kind::Plain(_) => false,
            #[cfg(feature = "tls")]
            Kind::Tls(_) => true,
        }
    }

    /// Writes as much as is taken.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &self.kind {
            Kind::Plain(socket) => socket.write(bytes),
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => stream.write(bytes),
        };
        counted(&self.sent, result)
    }

    /// Writes as much as is taken of `first` and then `second`.
    pub(crate) fn write_both(&self, first: &[u8], second: &[u8]) -> io::Result<usize> {
        let result = match &self.kind {
            Kind::Plain(socket) => {
                socket.write_vectored(&[IoSlice::new(first), IoSlice::new(second)])
            }
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => stream.write(if first.is_empty() { second } else { first }),
        };
        counted(&self.sent, result)
    }

    /// Has the system send up to `count` bytes from the file's position on; `None` where it cannot: then they are to be read and written.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn send_file(&self, file: &File, count: u64) -> Option<io::Result<usize>> {
        /// What the system sends in one call at the most.
        const MOST: usize = 0x7fff_f000;
        #[cfg_attr(
            not(feature = "tls"),
            expect(irrefutable_let_patterns, reason = "without TLS there is one kind")
        )]
        let Kind::Plain(socket) = &self.kind else {
            return None;
        };
        let count = usize::try_from(count).unwrap_or(MOST).min(MOST);
        match rustix::fs::sendfile(socket, file, None, count) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => None,
            result => Some(counted(&self.sent, result.map_err(io::Error::from))),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn send_file(&self, _: &File, _: u64) -> Option<io::Result<usize>> {
        None
    }

    /// Sends what was taken but not sent; [`WouldBlock`](io::ErrorKind::WouldBlock) where that is not possible now.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match &self.kind {
            Kind::Plain(_) => Ok(()),
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => stream.flush(),
        }
    }

    /// Says that nothing more is sent, where the end of the socket alone does not say it.
    pub(crate) fn finish(&self) {
        #[cfg(feature = "tls")]
        if let Kind::Tls(stream) = &self.kind {
            stream.close();
        }
    }

    /// Says that nothing more is sent.
    pub(crate) fn shutdown(&self) -> io::Result<()> {
        self.finish();
        self.socket().shutdown()
    }

    /// Ends both directions, also for a thread that waits for one of them.
    pub(crate) fn end(&self) -> io::Result<()> {
        self.finish();
        self.socket().end()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}
