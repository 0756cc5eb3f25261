//! Owns `Response`: an answer being made. It writes nothing and serves no request by itself: what depends on one is asked for with it.

mod byte_ranges;
mod closing;
mod conditional;
mod fields;
mod finish;
#[cfg(feature = "json")]
mod json;
mod lists;
mod status;

use std::io;

use bytes::Bytes;
use http::{Extensions, StatusCode, Version};
use zeug_datastructures::{FieldName, FieldValue, HeaderError, Headers, names};
use zeug_gateway::{self as gateway, Body, BodyError, IntoResponse, ResponseParts};

use self::closing::Callbacks;
pub use self::conditional::Conditional;
pub use self::finish::LocationForm;
pub use self::status::{BlankStatus, Status};

const TEXT: FieldValue<'static> = FieldValue::from_static("text/plain; charset=utf-8");
const HTML: FieldValue<'static> = FieldValue::from_static("text/html; charset=utf-8");
const OCTETS: FieldValue<'static> = FieldValue::from_static("application/octet-stream");

/// An answer: a status, header fields and a body.
///
/// The fields are an ordered list that keeps spelling and repeats. `Content-Length` is stated as soon as a body of known length is set. What the
/// rules of HTTP ask of an answer (no body where there can be none, URLs in ASCII, the length) is done when it is [finished](Self::finish), at the
/// latest when it is given to the server.
///
/// ```
/// use http::StatusCode;
/// use zeug_messages::Response;
///
/// let response = Response::html("<h1>gone</h1>").with_status(StatusCode::GONE);
/// assert_eq!(response.status(), 410);
/// assert_eq!(response.headers().get("content-type").unwrap(), "text/html; charset=utf-8");
///
/// assert!(Response::text("x").try_with_header("x-name", "a\r\nb").is_err(), "no field can smuggle a line");
/// ```
#[derive(Debug)]
#[doc(alias = "BaseResponse")]
pub struct Response {
    status: Status,
    headers: Headers,
    body: Body,
    version: Version,
    extensions: Extensions,
    states_length: bool,
    location: LocationForm,
    callbacks: Callbacks,
}

impl Default for Response {
    /// An answer of 200 without fields and body.
    fn default() -> Self {
        Self::with(Headers::new(), Body::empty())
    }
}

impl Response {
    /// An answer of 200 with this body, its length where that is known, and no content type.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        Self::of(body.into(), None)
    }

    /// Plain text, as `text/plain; charset=utf-8`.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::typed(text.into(), TEXT)
    }

    /// HTML, as `text/html; charset=utf-8`. The text is sent as it is: escape what comes from outside.
    #[must_use]
    pub fn html(text: impl Into<String>) -> Self {
        Self::typed(text.into(), HTML)
    }

    /// Bytes, as `application/octet-stream`.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::typed(bytes.into(), OCTETS)
    }

    /// Chunks that are sent as the iterator gives them, as `text/plain; charset=utf-8`.
    ///
    /// An `Err` item ends the answer as failed: the client sees that it is cut short.
    ///
    /// ```
    /// use zeug_gateway::IntoResponse;
    /// use zeug_messages::Response;
    ///
    /// let response = Response::chunks((1..=3).map(|n| Ok(format!("{n}\n"))));
    /// assert_eq!(response.body().len(), None, "the length is not known");
    /// assert_eq!(response.into_response().into_body().into_bytes(100)?, "1\n2\n3\n");
    ///
    /// let failing = Response::chunks([Err::<&str, _>(std::io::Error::other("disk"))]);
    /// assert!(failing.into_response().into_body().into_bytes(100).is_err());
    /// # Ok::<(), zeug_gateway::BodyError>(())
    /// ```
    #[must_use]
    pub fn chunks<I, C>(chunks: I) -> Self
    where
        I: IntoIterator<Item = io::Result<C>>,
        I::IntoIter: Send + 'static,
        C: Into<Bytes>,
    {
        Self::typed(Body::chunks(chunks), TEXT)
    }

    pub(crate) fn typed(body: impl Into<Body>, content_type: FieldValue<'static>) -> Self {
        Self::of(body.into(), Some(content_type))
    }

    fn of(body: Body, content_type: Option<FieldValue<'static>>) -> Self {
        let mut headers = gateway::spare_headers();
        if let Some(content_type) = content_type {
            headers.append(names::CONTENT_TYPE, content_type);
        }
        if let Some(len) = body.len() {
            let mut digits = [0; 20];
            headers.append(names::CONTENT_LENGTH, FieldValue::decimal(len, &mut digits));
        }
        Self::with(headers, body)
    }

    /// An answer of 200 with these fields and this body.
    // Inlined, and not the default with other fields and body: what is made and replaced again costs a third of the whole answer.
    #[inline(always)]
    fn with(headers: Headers, body: Body) -> Self {
        Self {
            status: Status::default(),
            headers,
            body,
            version: Version::default(),
            extensions: Extensions::default(),
            states_length: true,
            location: LocationForm::default(),
            callbacks: Callbacks::default(),
        }
    }

    /// Sets the status: a `StatusCode`, a number, or a [`Status`] with a phrase of its own.
    #[must_use]
    pub fn with_status(mut self, status: impl Into<Status>) -> Self {
        self.status = status.into();
        self
    }

    /// Sets the status: a `StatusCode`, a number, or a [`Status`] with a phrase of its own.
    pub fn set_status(&mut self, status: impl Into<Status>) {
        self.status = status.into();
    }

    /// Sets a field, in place of those of that name.
    #[must_use]
    pub fn with_header<'n, 'v>(
        mut self,
        name: impl Into<FieldName<'n>>,
        value: impl Into<FieldValue<'v>>,
    ) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets a field from text, in place of those of that name. The name's spelling is kept.
    ///
    /// # Errors
    ///
    /// A name that is no token ([RFC 9110 section 5.1](https://www.rfc-editor.org/rfc/rfc9110#section-5.1)); a value with a control character, such as
    /// CR or LF.
    pub fn try_with_header(
        mut self,
        name: impl AsRef<str>,
        value: impl AsRef<[u8]>,
    ) -> Result<Self, HeaderError> {
        self.headers.try_insert(name.as_ref(), value)?;
        Ok(self)
    }

    /// The status code; 500 for a [`Status`] that HTTP cannot send.
    #[must_use]
    #[doc(alias = "status_code")]
    pub fn status(&self) -> StatusCode {
        self.status.sent()
    }

    /// The status with its phrase, as it was set.
    #[must_use]
    pub fn status_line(&self) -> &Status {
        &self.status
    }

    /// The fields, in their order and spelling.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The fields, to be changed.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }

    /// The body.
    #[must_use]
    #[doc(alias = "is_streamed")]
    #[doc(alias = "is_sequence")]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be changed; no field follows. To replace it with its length: [`set_body`](Self::set_body).
    #[doc(alias = "stream")]
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// Replaces the body, and states its length, or drops the stated one where the new one is not known.
    ///
    /// ```
    /// use zeug_messages::Response;
    ///
    /// let mut response = Response::text("one");
    /// response.set_body("three");
    /// assert_eq!(response.headers().get("content-length").unwrap(), "5");
    /// response.set_body(zeug_gateway::Body::reader(&b"stream"[..]));
    /// assert!(response.headers().get("content-length").is_none());
    /// ```
    #[doc(alias = "set_data")]
    pub fn set_body(&mut self, body: impl Into<Body>) {
        self.body = body.into();
        if !self.states_length {
            return;
        }
        match self.body.len() {
            Some(len) => self.state_length(len),
            None => {
                self.headers.remove(names::CONTENT_LENGTH);
            }
        }
    }

    /// The whole body in memory, which stays the answer's body.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](zeug_gateway::BodyErrorKind::TooLarge) above `limit` bytes; the other kinds as the body's source fails. The body is empty then.
    #[doc(alias = "get_data")]
    #[doc(alias = "make_sequence")]
    #[doc(alias = "calculate_content_length")]
    pub fn buffer(&mut self, limit: usize) -> Result<Bytes, BodyError> {
        let bytes = std::mem::take(&mut self.body).into_bytes(limit)?;
        self.body = bytes.clone().into();
        Ok(bytes)
    }

    /// Leaves `Content-Length` as it is stated, or not stated, from now on.
    ///
    /// Servers send a body of unknown length in chunks. One whose stated length is wrong is cut or refused.
    #[must_use]
    #[doc(alias = "automatically_set_content_length")]
    pub fn with_length_as_stated(mut self) -> Self {
        self.states_length = false;
        self
    }

    /// Calls `callback` when the answer is over: after its body was sent, or dropped, whatever came. Several are called in their order.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use zeug_messages::Response;
    ///
    /// let (sender, receiver) = mpsc::channel();
    /// let response = Response::text("x").on_close(move || sender.send("closed").unwrap_or_default());
    /// let sent = zeug_gateway::Response::from(response);
    /// assert!(receiver.try_recv().is_err(), "not as long as the body may be read");
    /// drop(sent);
    /// assert_eq!(receiver.recv()?, "closed");
    /// # Ok::<(), mpsc::RecvError>(())
    /// ```
    #[must_use]
    #[doc(alias = "call_on_close")]
    pub fn on_close(mut self, callback: impl FnOnce() + Send + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// What is attached for the server and for middleware.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// What is attached for the server and for middleware, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// The protocol version; servers choose the one that they send themselves.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    fn state_length(&mut self, len: u64) {
        let mut digits = [0; 20];
        let value = FieldValue::decimal(len, &mut digits);
        self.headers.insert(names::CONTENT_LENGTH, value);
    }
}

impl<B: Into<Body>> From<http::Response<B>> for Response {
    /// The answer as it is; standard names are in their usual spelling, others in lower case, as a `HeaderMap` has them.
    fn from(raw: http::Response<B>) -> Self {
        gateway::Response::from(raw).into()
    }
}

impl From<gateway::Response> for Response {
    /// The answer as it is.
    fn from(raw: gateway::Response) -> Self {
        let (parts, body) = raw.into_parts();
        Self {
            status: Status::of(parts.status, parts.reason),
            headers: parts.headers,
            body,
            version: parts.version,
            extensions: parts.extensions,
            ..Self::default()
        }
    }
}

impl From<Response> for gateway::Response {
    /// The [finished](Response::finish) answer. A phrase that no status line can hold is left out.
    fn from(mut response: Response) -> Self {
        response.finish();
        let body = response.callbacks.bound_to(response.body);
        // Filled in its place: parts that are filled first and moved then are read before they are all there.
        let mut parts = ResponseParts::default();
        parts.version = response.version;
        let mut raw = Self::from_parts(parts, body);
        *raw.status_mut() = response.status.sent();
        *raw.reason_mut() = response.status.into_sent_phrase();
        *raw.headers_mut() = response.headers;
        *raw.extensions_mut() = response.extensions;
        raw
    }
}

impl TryFrom<Response> for http::Response<Body> {
    type Error = HeaderError;

    /// The [finished](Response::finish) answer as `http` has it: without order among fields of different names, their spelling, and the phrase.
    ///
    /// # Errors
    ///
    /// `TooManyFields` for more than a `HeaderMap` takes: about 24,000.
    fn try_from(response: Response) -> Result<Self, HeaderError> {
        gateway::Response::from(response).try_into()
    }
}

impl IntoResponse for Response {
    fn into_response(self) -> gateway::Response {
        self.into()
    }
}
