//! Owns the error of reading a body. It holds no status line and no response: it only hints at a status.

use std::fmt;
use std::io;

/// Why a body could not be read.
///
/// Returned by [`Body::into_bytes`](crate::Body::into_bytes), and carried inside the [`io::Error`] that reading a
/// [`Body`](crate::Body) gives: [`BodyError::from`] finds it there again.
#[derive(Debug)]
pub struct BodyError {
    kind: BodyErrorKind,
    source: Option<io::Error>,
}

/// What went wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyErrorKind {
    /// More bytes were declared or came than the body's limit allows.
    TooLarge {
        /// The limit that was hit, in bytes.
        limit: u64,
    },
    /// The other side stopped before the body's end.
    Disconnected,
    /// The body's framing broke the rules, for example a bad chunk size.
    Malformed,
    /// The next bytes did not come in time.
    TimedOut,
    /// Reading the source failed in another way.
    Io,
}

impl BodyError {
    /// An error of this kind, for sources of bodies to put into an [`io::Error`].
    ///
    /// ```
    /// use std::io;
    /// use zeug_gateway::{BodyError, BodyErrorKind};
    ///
    /// let error = io::Error::from(BodyError::new(BodyErrorKind::Disconnected));
    /// assert_eq!(BodyError::from(error).status_hint(), 400);
    /// ```
    #[must_use]
    pub fn new(kind: BodyErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> BodyErrorKind {
        self.kind
    }

    /// The status that suits an answer: 413, 408, 400, or 500 where the source failed by itself.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        match self.kind {
            BodyErrorKind::TooLarge { .. } => 413,
            BodyErrorKind::TimedOut => 408,
            BodyErrorKind::Disconnected | BodyErrorKind::Malformed => 400,
            BodyErrorKind::Io => 500,
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            BodyErrorKind::TooLarge { limit } => {
                write!(f, "body larger than the limit of {limit} bytes")
            }
            BodyErrorKind::Disconnected => f.write_str("body ended before its declared length"),
            BodyErrorKind::Malformed => f.write_str("body framing is malformed"),
            BodyErrorKind::TimedOut => f.write_str("body did not arrive in time"),
            BodyErrorKind::Io => f.write_str("body could not be read"),
        }
    }
}

impl std::error::Error for BodyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

impl From<io::Error> for BodyError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(own) => own,
            Err(other) => {
                let kind = match other.kind() {
                    io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe => BodyErrorKind::Disconnected,
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => BodyErrorKind::TimedOut,
                    io::ErrorKind::InvalidData => BodyErrorKind::Malformed,
                    _ => BodyErrorKind::Io,
                };
                Self {
                    kind,
                    source: Some(other),
                }
            }
        }
    }
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        let kind = match error.kind {
            BodyErrorKind::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            BodyErrorKind::Disconnected => io::ErrorKind::UnexpectedEof,
            BodyErrorKind::Malformed => io::ErrorKind::InvalidData,
            BodyErrorKind::TimedOut => io::ErrorKind::TimedOut,
            BodyErrorKind::Io => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
