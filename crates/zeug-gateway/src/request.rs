//! Owns `Request`, the raw request: what a server hands to a handler and middleware hands on. It parses nothing of it.

use std::fmt;

use http::{Extensions, Method, Uri, Version};
use zeug_datastructures::{HeaderError, Headers};

use crate::{Body, Received, spare};

/// A request as the server hands it on: what WSGI's environment is to Werkzeug.
///
/// It is `http::Request<Body>` but for two things: the fields are [`Headers`], in the order and spelling of the wire, and what the server knows
/// beside is at hand as [`Received`]. It is made from an `http::Request`, and becomes one by [`TryFrom`].
///
/// ```
/// use zeug_datastructures::names;
/// use zeug_gateway::Request;
///
/// let request = Request::from(http::Request::get("/a?b").header("host", "example.org").body("text")?);
/// assert_eq!(request.uri().path(), "/a");
/// assert_eq!(request.headers().get(names::HOST).unwrap(), "example.org");
/// assert!(request.headers().get(names::COOKIE).is_none());
///
/// let raw = http::Request::try_from(request)?;
/// assert_eq!(raw.headers()["host"], "example.org");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "environ")]
pub struct Request {
    /// In a box, since a request is handed on many times and a third of a kilobyte large; `None` once they are taken.
    parts: Option<Box<RequestParts>>,
    body: Body,
}

/// All of a [`Request`] but its body. The default is `GET /` by HTTP/1.1, made by hand.
#[derive(Default)]
#[non_exhaustive]
pub struct RequestParts {
    /// The method.
    pub method: Method,
    /// The target; where `Uri` spells it another way than the wire did, [`Received::target`] has it.
    pub uri: Uri,
    /// The version of the protocol.
    pub version: Version,
    /// The fields, in their order and spelling.
    pub headers: Headers,
    /// What the server knows beside.
    pub received: Received,
    /// What middleware has attached.
    pub extensions: Extensions,
}

impl Request {
    /// `GET /` by HTTP/1.1 with that body and nothing else.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        Self {
            parts: Some(spare::parts()),
            body: body.into(),
        }
    }

    /// The request of these parts.
    #[must_use]
    pub fn from_parts(parts: impl Into<Box<RequestParts>>, body: impl Into<Body>) -> Self {
        Self {
            parts: Some(parts.into()),
            body: body.into(),
        }
    }

    /// The parts, each to be taken.
    #[must_use]
    pub fn into_parts(mut self) -> (Box<RequestParts>, Body) {
        let parts = self.parts.take().unwrap_or_default();
        (parts, std::mem::take(&mut self.body))
    }

    /// All but the body.
    #[must_use]
    pub fn parts(&self) -> &RequestParts {
        match &self.parts {
            Some(parts) => parts,
            None => unreachable!("parts are taken with the whole request"),
        }
    }

    /// All but the body, to be changed.
    pub fn parts_mut(&mut self) -> &mut RequestParts {
        self.parts.get_or_insert_default()
    }

    /// The method.
    #[must_use]
    #[doc(alias = "REQUEST_METHOD")]
    pub fn method(&self) -> &Method {
        &self.parts().method
    }

    /// The method, to be changed.
    pub fn method_mut(&mut self) -> &mut Method {
        &mut self.parts_mut().method
    }

    /// The target.
    #[must_use]
    #[doc(alias = "PATH_INFO")]
    #[doc(alias = "QUERY_STRING")]
    pub fn uri(&self) -> &Uri {
        &self.parts().uri
    }

    /// The target, to be changed; [`Received::target`] stays as it came.
    pub fn uri_mut(&mut self) -> &mut Uri {
        &mut self.parts_mut().uri
    }

    /// The version of the protocol.
    #[must_use]
    #[doc(alias = "SERVER_PROTOCOL")]
    pub fn version(&self) -> Version {
        self.parts().version
    }

    /// The fields, in their order and spelling.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.parts().headers
    }

    /// The fields, to be changed.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.parts_mut().headers
    }

    /// What the server knows beside: the raw target, the scheme, the addresses.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.parts().received
    }

    /// What the server knows beside, to be changed.
    pub fn received_mut(&mut self) -> &mut Received {
        &mut self.parts_mut().received
    }

    /// What middleware has attached.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.parts().extensions
    }

    /// What middleware has attached, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.parts_mut().extensions
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be read or replaced.
    #[doc(alias = "wsgi.input")]
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(mut self) -> Body {
        std::mem::take(&mut self.body)
    }
}

impl Default for Request {
    fn default() -> Self {
        Self::new(Body::empty())
    }
}

impl Drop for Request {
    /// Leaves the memory to the next request of the thread.
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            spare::keep_parts(parts);
        }
    }
}

impl<B: Into<Body>> From<http::Request<B>> for Request {
    /// The same request. Standard names are in their usual spelling, others in lower case, as a `HeaderMap` has them; a [`Received`] among the extensions takes its place.
    fn from(raw: http::Request<B>) -> Self {
        let (mut parts, body) = raw.into_parts();
        let received = parts.extensions.remove().unwrap_or_default();
        let parts = RequestParts {
            method: parts.method,
            uri: parts.uri,
            version: parts.version,
            headers: parts.headers.into(),
            received,
            extensions: parts.extensions,
        };
        Self::from_parts(parts, body)
    }
}

impl TryFrom<Request> for http::Request<Body> {
    type Error = HeaderError;

    /// The same request, with [`Received`] as an extension. Order among fields of different names, and their spelling, are not in an `http::Request`.
    ///
    /// # Errors
    ///
    /// `TooManyFields` for more than a `HeaderMap` takes: about 24,000. Servers refuse such requests.
    fn try_from(request: Request) -> Result<Self, HeaderError> {
        let (parts, body) = request.into_parts();
        let mut raw = Self::new(body);
        *raw.method_mut() = parts.method;
        *raw.uri_mut() = parts.uri;
        *raw.version_mut() = parts.version;
        *raw.headers_mut() = parts.headers.try_into()?;
        *raw.extensions_mut() = parts.extensions;
        raw.extensions_mut().insert(parts.received);
        Ok(raw)
    }
}

impl fmt::Debug for Request {
    /// Method, target and body; no field's value, since fields carry secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("parts", self.parts())
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for RequestParts {
    /// Method, target and the names of the fields; no value, since fields carry secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestParts")
            .field("method", &self.method)
            .field("uri", &self.uri)
            .field("version", &self.version)
            .field("fields", &self.headers.names().collect::<Vec<_>>())
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
