//! Owns the error of settings: what of a middleware's settings was refused. Requests are never answered with it.

use std::fmt;
use std::path::PathBuf;

/// What of the settings was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MiddlewareErrorKind {
    /// A network that is no address, or whose prefix is longer than the address.
    InvalidNetwork,
    /// A path below which something is put that does not begin with a slash.
    InvalidPrefix,
    /// A folder or file to be shared that is not there, or is neither.
    NotShareable {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The URL of another server that cannot be handed requests on to.
    InvalidUpstream,
    /// Authorities for TLS that are none.
    InvalidRoots,
    /// A field whose name is no token, or whose value has a control character.
    InvalidField,
    /// An origin that is not a scheme, a host and perhaps a port, as browsers write it.
    InvalidOrigin,
    /// The star for all origins or all names, where requests have credentials.
    StarWithCredentials,
    /// A limit of no requests, or in no time.
    InvalidRate,
}

/// Why settings were refused, and where.
///
/// ```
/// use zeug_middleware::MiddlewareErrorKind;
///
/// # #[cfg(feature = "proxy-fix")] {
/// use zeug_middleware::ProxyFix;
///
/// let error = ProxyFix::behind(["10.0.0.0/8", "10.0.0.0/33"]).unwrap_err();
/// assert_eq!(error.kind(), &MiddlewareErrorKind::InvalidNetwork);
/// assert_eq!(error.to_string(), "no network in item 1 of the settings");
/// assert_eq!(format!("{error:?}"), error.to_string(), "what a program prints that ends with it");
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MiddlewareError {
    kind: MiddlewareErrorKind,
    offset: usize,
}

impl MiddlewareError {
    /// `offset` is what [`offset`](Self::offset) says: an item's number or a byte.
    #[cfg(any(
        feature = "body-limit",
        feature = "cors",
        feature = "dispatcher",
        feature = "http-proxy",
        feature = "profiler",
        feature = "proxy-fix",
        feature = "rate-limit",
        feature = "request-id",
        feature = "security-headers",
        feature = "shared-data"
    ))]
    pub(crate) fn new(kind: MiddlewareErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What was refused.
    #[must_use]
    pub fn kind(&self) -> &MiddlewareErrorKind {
        &self.kind
    }

    /// Where: the number of the item in a list, counted from 0, or the byte in a text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The status that suits an answer, if one has to be given: 500, since settings are the program's own.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        500
    }
}

impl fmt::Display for MiddlewareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.offset;
        match &self.kind {
            MiddlewareErrorKind::InvalidNetwork => {
                write!(f, "no network in item {at} of the settings")
            }
            MiddlewareErrorKind::InvalidPrefix => {
                write!(f, "prefix of a path without a slash at byte {at}")
            }
            MiddlewareErrorKind::NotShareable { path } => {
                write!(f, "neither a folder nor a file: {}", path.display())
            }
            MiddlewareErrorKind::InvalidUpstream => {
                write!(f, "no http URL of a server at byte {at}")
            }
            MiddlewareErrorKind::InvalidRoots => {
                write!(f, "no certificate of an authority in item {at}")
            }
            MiddlewareErrorKind::InvalidField => {
                write!(f, "malformed field in item {at} of the settings")
            }
            MiddlewareErrorKind::InvalidOrigin => {
                write!(f, "no origin of the form scheme://host in item {at} of the settings")
            }
            MiddlewareErrorKind::StarWithCredentials => f.write_str(
                "the star does not go with credentials: browsers refuse it, and any site could read what is the user's; list the origins and names",
            ),
            MiddlewareErrorKind::InvalidRate => {
                f.write_str("a rate needs at least one request, and some time for them")
            }
        }
    }
}

impl fmt::Debug for MiddlewareError {
    /// The same text: `main` shows an error that it gives by this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for MiddlewareError {}
