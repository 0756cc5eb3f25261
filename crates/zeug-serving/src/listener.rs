//! Owns where a server listens: addresses as text, TCP and Unix sockets, sockets that were passed to the process. It refuses what is no address with words that
//! say what is one.

use std::fmt;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

#[cfg(feature = "reloader")]
use crate::reloader::Link;
use crate::stream::Socket;
use crate::{Result, ServeError};

/// How many connections the system keeps for a server that has not accepted them yet.
const BACKLOG: i32 = 1024;

/// A listening socket.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "its drop removes the file")] Option<Leftover>,
    ),
}

/// The file of a Unix socket, removed with its listener.
#[derive(Debug)]
pub(crate) struct Leftover(PathBuf);

impl Drop for Leftover {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        let _ = fs::remove_file(&self.0);
    }
}

/// Whether other processes may listen on the same port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    Own,
    Shared,
}

impl Listener {
    /// All listeners of an address: `host:port`, `[v6]:port`, or `unix:PATH`.
    pub(crate) fn bind(address: &str, port: Port) -> Result<Vec<Self>> {
        if let Some(path) = address.strip_prefix("unix:") {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            return Ok(vec![
                unix(path).map_err(|error| ServeError::bind(address, error))?,
            ]);
        }
        let addresses: Vec<SocketAddr> = address
            .to_socket_addrs()
            .map_err(|error| ServeError::address(address, error))?
            .collect();
        let mut listeners: Vec<Self> = Vec::new();
        for each in addresses {
            // A name with two addresses and port 0 listens on one port.
            let first = listeners.first().and_then(Self::local_addr);
            let each = match first {
                Some(first) if each.port() == 0 => SocketAddr::new(each.ip(), first.port()),
                _ => each,
            };
            match tcp(each, port) {
                Ok(listener) => listeners.push(listener),
                // `localhost` names an address of a protocol that the system may not have.
                Err(error)
                    if !listeners.is_empty() && error.kind() == io::ErrorKind::AddrNotAvailable => {
                }
                Err(error) => return Err(ServeError::bind(address, error)),
            }
        }
        if listeners.is_empty() {
            let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            return Err(ServeError::address(address, none));
        }
        Ok(listeners)
    }

    /// The sockets that systemd or another parent has passed to this process (`LISTEN_FDS`); none where there are none.
    pub(crate) fn passed() -> Result<Vec<Self>> {
        // The variables are the reloader's, and so were their sockets.
        #[cfg(feature = "reloader")]
        if let Some(link) = Link::get() {
            let passed = std::env::var_os("LISTEN_FDS").is_some();
            return Ok(if passed { link.all() } else { Vec::new() });
        }
        let mut passed = listenfd::ListenFd::from_env();
        let mut listeners = Vec::new();
        for index in 0..passed.len() {
            let wrong = |error| ServeError::bind(&format!("passed socket {index}"), error);
            let listener = match passed.take_tcp_listener(index) {
                Ok(Some(tcp)) => Self::from(tcp),
                Ok(None) => continue,
                Err(_) => match passed.take_unix_listener(index).map_err(wrong)? {
                    Some(unix) => Self::from(unix),
                    None => continue,
                },
            };
            listener.set_nonblocking().map_err(wrong)?;
            listeners.push(listener);
        }
        Ok(listeners)
    }

    pub(crate) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => listener.set_nonblocking(true),
            Self::Unix(listener, _) => listener.set_nonblocking(true),
        }
    }

    /// The next connection, and where it comes from.
    pub(crate) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => listener
                .accept()
                .map(|(stream, peer)| (Socket::Tcp(stream), Some(peer))),
            Self::Unix(listener, _) => listener
                .accept()
                .map(|(stream, _)| (Socket::Unix(stream), None)),
        }
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }

    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }

    /// The path of a Unix socket that has one.
    #[cfg(feature = "reloader")]
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok()?;
                address.as_pathname().map(Path::to_owned)
            }
        }
    }

    /// Another handle of the same socket; the file of a Unix socket stays this one's.
    #[cfg(feature = "reloader")]
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(listener) => Self::Tcp(listener.try_clone()?),
            Self::Unix(listener, _) => Self::Unix(listener.try_clone()?, None),
        })
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener, None)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, _) => listener.as_fd(),
        }
    }
}

impl fmt::Display for Listener {
    /// As it stands in a start-up line: `http://` is put in front by whoever knows whether it is encrypted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) => write!(f, "{address}"),
                Err(_) => f.write_str("?"),
            },
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                write!(f, "unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }
}

/// A listening TCP socket that does not block: the reloader's, where it has one for the address.
fn tcp(address: SocketAddr, port: Port) -> io::Result<Listener> {
    #[cfg(feature = "reloader")]
    if let Some(kept) = Link::get().and_then(|link| link.tcp(address)) {
        return Ok(kept);
    }
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
    // A server that is started again does not wait for the old connections to be forgotten.
    socket.set_reuse_address(true)?;
    if port == Port::Shared {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        // `[::]` and `0.0.0.0` can be listened on side by side.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(Listener::Tcp(socket.into()))
}

/// A listening Unix socket that does not block. A file that a server left behind, which nobody answers at, is removed first.
fn unix(path: &Path) -> io::Result<Listener> {
    #[cfg(feature = "reloader")]
    if let Some(kept) = Link::get().and_then(|link| link.unix(path)) {
        return Ok(kept);
    }
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_socket()) {
        match UnixStream::connect(path) {
            Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path)?
            }
            Err(error) => return Err(error),
        }
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(listener, Some(Leftover(path.to_owned()))))
}
