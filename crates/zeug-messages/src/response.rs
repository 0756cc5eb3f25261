//! Owns `Response`: an answer being made. It writes nothing and knows no request: what depends on one happens later.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, Version};
use zeug_gateway::{Body, IntoResponse};

/// An answer: a status, header fields and a body.
///
/// ```
/// use http::StatusCode;
/// use zeug_messages::Response;
///
/// let response = Response::html("<h1>gone</h1>").with_status(StatusCode::GONE);
/// assert_eq!(response.status(), 410);
/// assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
///
/// assert!(Response::text("x").try_with_header("x-name", "a\r\nb").is_err(), "no field can smuggle a line");
/// ```
#[derive(Debug, Default)]
#[doc(alias = "BaseResponse")]
pub struct Response {
    raw: http::Response<Body>,
}

impl Response {
    /// An answer of 200 with this body, and no content type.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        Self {
            raw: http::Response::new(body.into()),
        }
    }

    /// Plain text, as `text/plain; charset=utf-8`.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::typed(text.into(), "text/plain; charset=utf-8")
    }

    /// HTML, as `text/html; charset=utf-8`. The text is sent as it is: escape what comes from outside.
    #[must_use]
    pub fn html(text: impl Into<String>) -> Self {
        Self::typed(text.into(), "text/html; charset=utf-8")
    }

    /// Bytes, as `application/octet-stream`.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::typed(bytes.into(), "application/octet-stream")
    }

    /// Chunks that are sent as the iterator gives them, as `text/plain; charset=utf-8`.
    ///
    /// An `Err` item ends the answer as failed: the client sees that it is cut short.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let response = Response::chunks((1..=3).map(|n| Ok(format!("{n}\n"))));
    /// assert_eq!(response.body().len(), None, "the length is not known");
    /// assert_eq!(http::Response::from(response).into_body().into_bytes(100)?, "1\n2\n3\n");
    ///
    /// let failing = Response::chunks([Err::<&str, _>(std::io::Error::other("disk"))]);
    /// assert!(http::Response::from(failing).into_body().into_bytes(100).is_err());
    /// # Ok::<(), zeug_gateway::BodyError>(())
    /// ```
    #[must_use]
    pub fn chunks<I, C>(chunks: I) -> Self
    where
        I: IntoIterator<Item = io::Result<C>>,
        I::IntoIter: Send + 'static,
        C: Into<Bytes>,
    {
        Self::typed(Body::chunks(chunks), "text/plain; charset=utf-8")
    }

    fn typed(body: impl Into<Body>, content_type: &'static str) -> Self {
        Self::new(body).with_header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        *self.raw.status_mut() = status;
        self
    }

    /// Sets a field, in place of those of that name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.raw.headers_mut().insert(name, value);
        self
    }

    /// Sets a field from text, in place of those of that name.
    ///
    /// # Errors
    ///
    /// A name that is no token ([RFC 9110 section 5.1](https://www.rfc-editor.org/rfc/rfc9110#section-5.1)); a value with a control character, such as
    /// CR or LF.
    pub fn try_with_header<N, V>(self, name: N, value: V) -> Result<Self, http::Error>
    where
        HeaderName: TryFrom<N, Error: Into<http::Error>>,
        HeaderValue: TryFrom<V, Error: Into<http::Error>>,
    {
        let name = HeaderName::try_from(name).map_err(Into::into)?;
        let value = HeaderValue::try_from(value).map_err(Into::into)?;
        Ok(self.with_header(name, value))
    }

    /// The status.
    #[must_use]
    #[doc(alias = "status_code")]
    pub fn status(&self) -> StatusCode {
        self.raw.status()
    }

    /// The fields.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.raw.headers()
    }

    /// The fields, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.raw.headers_mut()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        self.raw.body()
    }

    /// The body, to be changed.
    pub fn body_mut(&mut self) -> &mut Body {
        self.raw.body_mut()
    }

    /// The protocol version; servers choose the one that they send themselves.
    #[must_use]
    pub fn version(&self) -> Version {
        self.raw.version()
    }
}

impl From<http::Response<Body>> for Response {
    fn from(raw: http::Response<Body>) -> Self {
        Self { raw }
    }
}

impl From<Response> for http::Response<Body> {
    fn from(response: Response) -> Self {
        response.raw
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> http::Response<Body> {
        self.raw
    }
}
