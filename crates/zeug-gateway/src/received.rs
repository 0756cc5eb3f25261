//! Owns what a request was on the wire and `http::Request` cannot hold. It trusts nothing that the client says: no forwarded field is read here.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use http::Request;
use zeug_datastructures::Headers;

use crate::Body;

/// What the server knows of a request beside `http::Request`: an extension of the request.
///
/// `http::HeaderMap` groups fields by name in lower case, and `http::Uri` may spell a target anew. Here the fields stand as they came (order,
/// spelling, repeats), and the target where it was another than path and query. Middleware that changes `request.headers()` leaves this untouched.
///
/// ```
/// use http::Request;
/// use zeug_datastructures::Headers;
/// use zeug_gateway::{Body, Received, Scheme};
///
/// let mut fields = Headers::new();
/// fields.try_append("X-Custom", "1")?;
/// let mut request = Request::new(Body::empty());
/// assert!(Received::of(&request).is_none(), "made by hand, not received");
///
/// request.extensions_mut().insert(Received::new(fields));
/// let received = Received::of(&request).expect("just set");
/// assert_eq!(received.headers().to_string(), "X-Custom: 1\r\n\r\n");
/// assert_eq!(received.scheme(), Scheme::Http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "RAW_URI")]
#[doc(alias = "REQUEST_URI")]
pub struct Received {
    headers: Headers,
    target: Option<Bytes>,
    scheme: Scheme,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
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
    /// What a request came with: its fields as they stood on the wire.
    #[must_use]
    pub fn new(headers: Headers) -> Self {
        Self {
            headers,
            target: None,
            scheme: Scheme::Http,
            peer: None,
            local: None,
        }
    }

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

    /// What was received with `request`; `None` for a request made by hand.
    #[must_use]
    pub fn of(request: &Request<Body>) -> Option<&Self> {
        request.extensions().get()
    }

    /// The field lines in the order and spelling of the wire.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
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
