//! Owns `Received`: what a server knows of a request beside its head and body. It trusts nothing that the client says: no forwarded field is read here.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use zeug_datastructures::Headers;

/// What the server knows of a request beside its head and body.
///
/// Middleware that believes a proxy does not change it: it says otherwise elsewhere. A request made by hand has the default: no address, no encryption.
///
/// ```
/// use zeug_gateway::{Body, Received, Request, Scheme};
///
/// let mut request = Request::new(Body::empty());
/// assert_eq!(request.received().peer(), None, "made by hand");
///
/// *request.received_mut() = Received::default().with_peer(Some(([127, 0, 0, 1], 4711).into())).with_scheme(Scheme::Https);
/// assert_eq!(request.received().peer().map(|peer| peer.port()), Some(4711));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(alias = "RAW_URI")]
#[doc(alias = "REQUEST_URI")]
pub struct Received {
    target: Option<Bytes>,
    scheme: Scheme,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    trailers: Option<Trailers>,
}

/// Where a server lays the trailer fields of a request when its body has been read to its end
/// ([RFC 9110 section 6.5](https://www.rfc-editor.org/rfc/rfc9110#section-6.5)). Its clones are one place.
///
/// As an extension of an answer it is where the handler's body lays fields before it ends: a server sends them behind a body that goes out in chunks.
/// Whether the client has asked for them, by `TE: trailers`, is the handler's to look at.
///
/// ```
/// use zeug_datastructures::Headers;
/// use zeug_gateway::{Received, Trailers};
///
/// let trailers = Trailers::default();
/// let received = Received::default().with_trailers(trailers.clone());
/// assert!(received.trailers().is_none(), "the body is not read to its end");
///
/// trailers.set(Headers::try_from([("Digest", "x")])?);
/// assert_eq!(received.trailers().map(Headers::len), Some(1));
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers(Arc<OnceLock<Headers>>);

impl Trailers {
    /// Lays the fields there; nothing where some are there already.
    pub fn set(&self, fields: Headers) {
        let _ = self.0.set(fields);
    }

    /// The fields, where some are there.
    #[must_use]
    pub fn get(&self) -> Option<&Headers> {
        self.0.get()
    }
}

/// How the request came to the server itself, whatever a proxy in front says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a connection is encrypted or it is not"
)]
pub enum Scheme {
    /// Not encrypted.
    #[default]
    Http,
    /// Through TLS.
    Https,
}

impl Scheme {
    /// The scheme as a URL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Received {
    /// Sets the request target as it stood in the request line, where `http::Uri` does not give it back.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<Bytes>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Sets how the request came.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sets the address at the other end of the connection.
    #[must_use]
    pub fn with_peer(mut self, peer: Option<SocketAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// Sets the address at this end of the connection.
    #[must_use]
    pub fn with_local(mut self, local: Option<SocketAddr>) -> Self {
        self.local = local;
        self
    }

    /// Sets where the trailer fields will be.
    #[must_use]
    pub fn with_trailers(mut self, trailers: Trailers) -> Self {
        self.trailers = Some(trailers);
        self
    }

    /// The trailer fields, once the body has been read to its end; `None` before, and where there are none.
    ///
    /// They are the client's and came after everything that was checked: they are never among the request's own fields
    /// ([RFC 9110 section 6.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1)).
    #[must_use]
    pub fn trailers(&self) -> Option<&Headers> {
        self.trailers.as_ref()?.get()
    }

    /// The request target as it stood in the request line; `None` where it is the path and query of the request's URI.
    #[must_use]
    pub fn target(&self) -> Option<&[u8]> {
        self.target.as_deref()
    }

    /// How the request came to the server itself.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The address at the other end of the connection; `None` where it has none (a Unix socket).
    #[must_use]
    #[doc(alias = "REMOTE_ADDR")]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The address at this end of the connection.
    #[must_use]
    #[doc(alias = "SERVER_NAME")]
    #[doc(alias = "SERVER_PORT")]
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }
}
