//! Owns `BodyLimit`: how many bytes of body a request may have, by path. It reads no body: the limit travels with it to whoever does.

use http::StatusCode;
use percent_encoding::percent_decode_str;
use zeug_datastructures::names;
use zeug_gateway::{Handler, IntoResponse, Layer, Request, Response};
use zeug_messages::HttpError;

use crate::{MiddlewareError, MiddlewareErrorKind};

/// A [`Layer`] that limits the bodies of requests, in place of the server's own limit.
///
/// A request that states a longer body is answered 413 at once ([RFC 9110 section 15.5.14](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14)); nothing is read, and a client that waits for `100 Continue` is
/// never asked to send. One that does not state its length gets the limit [set on its body](zeug_gateway::Body::set_limit): reading beyond it fails with an error whose
/// answer is 413. A handler may raise the limit of a body it is willing to read; the 413 at once is only for the layer to lift, by [`below`](Self::below).
///
/// # Limits
///
/// Linear in the path's length times the number of prefixes.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler};
/// use zeug_messages::{HttpError, Request};
/// use zeug_middleware::BodyLimit;
///
/// let limit = BodyLimit::bytes(10).below("/upload", 1024)?;
/// let app = (|request: Request| -> Result<String, HttpError> { request.text() }).into_handler().with(limit);
/// let asks = |path: &str| app.handle(http::Request::post(path).body("eleven bytes").unwrap().into()).status();
/// assert_eq!(asks("/upload/photo"), 200);
/// assert_eq!(asks("/comment"), 413);
/// # Ok::<(), zeug_middleware::MiddlewareError>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "RequestBodyLimitLayer")]
#[doc(alias = "MAX_CONTENT_LENGTH")]
pub struct BodyLimit {
    bytes: u64,
    /// The longest prefix first.
    below: Vec<(String, u64)>,
}

impl BodyLimit {
    /// At most that many bytes.
    #[must_use]
    pub fn bytes(bytes: u64) -> Self {
        Self {
            bytes,
            below: Vec::new(),
        }
    }

    /// The same, with another limit below a prefix of the path: `/upload` has `/upload` and `/upload/x`, not `/uploads`. The longest prefix counts; it is compared with the decoded path.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`](MiddlewareErrorKind::InvalidPrefix) for one that does not begin with a slash.
    pub fn below(mut self, prefix: impl Into<String>, bytes: u64) -> Result<Self, MiddlewareError> {
        let mut prefix = prefix.into();
        if !prefix.starts_with('/') {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidPrefix, 0));
        }
        prefix.truncate(prefix.trim_end_matches('/').len());
        let at = self
            .below
            .partition_point(|(other, _)| other.len() >= prefix.len());
        self.below.insert(at, (prefix, bytes));
        Ok(self)
    }

    /// The limit for requests of that path, as it stands in a target.
    fn of(&self, path: &str) -> u64 {
        if self.below.is_empty() {
            return self.bytes;
        }
        let path: std::borrow::Cow<'_, [u8]> = percent_decode_str(path).into();
        let found = self.below.iter().find(|(prefix, _)| {
            path.strip_prefix(prefix.as_bytes())
                .is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
        });
        found.map_or(self.bytes, |(_, bytes)| *bytes)
    }
}

impl<H: Handler> Layer<H> for BodyLimit {
    type Handler = BodyLimited<H>;

    fn layer(self, inner: H) -> BodyLimited<H> {
        BodyLimited {
            settings: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`BodyLimit`] makes.
#[derive(Clone, Debug)]
pub struct BodyLimited<H> {
    settings: BodyLimit,
    inner: H,
}

impl<H: Handler> Handler for BodyLimited<H> {
    fn handle(&self, mut request: Request) -> Response {
        let limit = self.settings.of(request.uri().path());
        if request.body().len().is_some_and(|len| len > limit) {
            let accept = request.headers().get(names::ACCEPT).map(Into::into);
            return HttpError::new(StatusCode::PAYLOAD_TOO_LARGE)
                .into_response_accepting(accept.as_ref());
        }
        request.body_mut().set_limit(Some(limit));
        self.inner.handle(request)
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
