//! Owns the error of starting and running a server. Failures of single connections and requests are not here: the server lives on.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use zeug_gateway::Cause;

/// The result of starting or running a server.
pub type Result<T = (), E = ServeError> = std::result::Result<T, E>;

/// Why a server could not start or run on.
///
/// `Debug` prints the same words as `Display`, so that a `main` that returns it shows a readable line.
pub struct ServeError {
    kind: ServeErrorKind,
    address: String,
    source: io::Error,
}

/// What went wrong with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServeErrorKind {
    /// The address could not be read or found; `host:port` is expected.
    Address,
    /// Another program listens on the address.
    AddressInUse,
    /// The address may not be listened on by this user.
    PermissionDenied,
    /// Listening on the address failed otherwise.
    Bind,
    /// The application may not be served at that address: see `check_address` of `zeug_gateway::Handler`.
    Refused,
    /// A certificate or its key cannot be read, or the two do not belong together.
    Certificate,
    /// The reloader does not know how to build the program again.
    Reloader,
    /// The system refused a thread, a readiness queue or a signal handler.
    System,
}

impl ServeError {
    pub(crate) fn bind(address: &str, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::AddrInUse => ServeErrorKind::AddressInUse,
            io::ErrorKind::PermissionDenied => ServeErrorKind::PermissionDenied,
            _ => ServeErrorKind::Bind,
        };
        Self {
            kind,
            address: address.to_owned(),
            source,
        }
    }

    pub(crate) fn address(address: &str, source: io::Error) -> Self {
        Self {
            kind: ServeErrorKind::Address,
            address: address.to_owned(),
            source,
        }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn certificate(file: &std::path::Path, source: io::Error) -> Self {
        Self {
            kind: ServeErrorKind::Certificate,
            address: file.display().to_string(),
            source,
        }
    }

    #[cfg(feature = "reloader")]
    pub(crate) fn reloader(program: &std::path::Path, source: io::Error) -> Self {
        Self {
            kind: ServeErrorKind::Reloader,
            address: program.display().to_string(),
            source,
        }
    }

    pub(crate) fn refused(address: SocketAddr, cause: &Cause) -> Self {
        Self {
            kind: ServeErrorKind::Refused,
            address: address.to_string(),
            source: io::Error::new(io::ErrorKind::PermissionDenied, cause.to_string()),
        }
    }

    pub(crate) fn system(source: io::Error) -> Self {
        Self {
            kind: ServeErrorKind::System,
            address: String::new(),
            source,
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ServeErrorKind {
        self.kind
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            address,
            source,
        } = self;
        match kind {
            ServeErrorKind::Address => {
                write!(
                    f,
                    "{address:?} is not an address to listen on ({source}): give host:port, for example 127.0.0.1:5000, or unix:/path/to/socket"
                )
            }
            ServeErrorKind::AddressInUse => {
                write!(
                    f,
                    "cannot listen on {address}: another program does; stop it, or take another port (port 0 takes a free one)"
                )
            }
            ServeErrorKind::PermissionDenied => {
                write!(
                    f,
                    "cannot listen on {address}: permission denied; ports below 1024 are reserved, take a higher one"
                )
            }
            // No file was given at all.
            ServeErrorKind::Certificate if source.kind() == io::ErrorKind::InvalidInput => {
                write!(f, "no certificate can be made for {address:?}: {source}")
            }
            ServeErrorKind::Certificate => {
                write!(
                    f,
                    "{address} cannot be used for TLS: {source}; give the chain and its private key as PEM files"
                )
            }
            ServeErrorKind::Refused => write!(f, "not served at {address}: {source}"),
            ServeErrorKind::Bind => write!(f, "cannot listen on {address}: {source}"),
            ServeErrorKind::Reloader => {
                write!(
                    f,
                    "the reloader cannot build {address} again: {source}; start it with cargo run, or name cargo's arguments, for example ZEUG_RELOAD_CARGO=\"build --bin shop\""
                )
            }
            ServeErrorKind::System => write!(f, "the server cannot run: {source}"),
        }
    }
}

impl fmt::Debug for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}
