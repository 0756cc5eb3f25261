//! The crate's one error: which part of a URL, host, query or body was refused, and where.

use std::error::Error;
use std::fmt;

/// Why a URL, a host, a query string or a body was refused. It never repeats what was refused.
///
/// # Example
///
/// ```
/// use zeug_urls::{Host, UrlErrorKind};
///
/// assert!(Host::parse("example.org:8080").is_ok());
/// let error = Host::parse("example.org:80800").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (UrlErrorKind::InvalidPort, Some(12)));
/// assert_eq!(error.to_string(), "port is not a number from 1 to 65535 at byte 12");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError {
    kind: UrlErrorKind,
    offset: Option<usize>,
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlErrorKind {
    /// The port is not a decimal number in range.
    InvalidPort,
    /// A bracket without its counterpart, or no IPv6 address between brackets.
    InvalidIpv6,
    /// The host is empty or holds a byte that no host may hold.
    InvalidHost,
    /// The domain name cannot be encoded for the DNS (IDNA).
    InvalidDomain,
    /// The host is not one of the trusted ones.
    UntrustedHost,
    /// The query string has more pairs than the limit `max_pairs`.
    TooManyPairs {
        /// The limit.
        limit: usize,
    },
    /// The query string has more bytes than 32 bits can count.
    QueryTooLarge,
    /// The body has more bytes than it may have.
    BodyTooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The client went away before the whole body had come.
    ClientDisconnected {
        /// How many bytes have not come.
        missing: u64,
    },
}

impl UrlError {
    #[cold]
    pub(crate) fn new(kind: UrlErrorKind, offset: Option<usize>) -> Self {
        Self { kind, offset }
    }

    /// What was refused.
    pub fn kind(&self) -> UrlErrorKind {
        self.kind
    }

    /// The byte in the caller's input where it was refused; `None` where no one byte is to blame.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// The status that suits an answer when the input came from a request: 413 for sizes and counts, else 400.
    pub fn status_hint(&self) -> u16 {
        match self.kind {
            UrlErrorKind::TooManyPairs { .. }
            | UrlErrorKind::QueryTooLarge
            | UrlErrorKind::BodyTooLarge { .. } => 413,
            _ => 400,
        }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            UrlErrorKind::InvalidPort => f.write_str("port is not a number from 1 to 65535")?,
            UrlErrorKind::InvalidIpv6 => {
                f.write_str("brackets of a host without an ipv6 address between them")?
            }
            UrlErrorKind::InvalidHost => {
                f.write_str("host is empty or holds a byte that no host may hold")?
            }
            UrlErrorKind::InvalidDomain => f.write_str("domain name cannot be encoded")?,
            UrlErrorKind::UntrustedHost => f.write_str("host is not trusted")?,
            UrlErrorKind::TooManyPairs { limit } => {
                write!(f, "more pairs than max_pairs = {limit} in a query string")?
            }
            UrlErrorKind::QueryTooLarge => {
                f.write_str("query string of more than 4294967295 bytes")?
            }
            UrlErrorKind::BodyTooLarge { limit } => write!(f, "body of more than {limit} bytes")?,
            UrlErrorKind::ClientDisconnected { missing } => write!(
                f,
                "client disconnected {missing} bytes before the end of the body"
            )?,
        }
        match self.offset {
            Some(offset) => write!(f, " at byte {offset}"),
            None => Ok(()),
        }
    }
}

impl Error for UrlError {}
