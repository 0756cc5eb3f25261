//! Owns `Response`, the raw answer: what a handler gives back and a server writes. It renders and finishes nothing.

use std::fmt;

use http::{Extensions, StatusCode, Version};
use zeug_datastructures::{HeaderError, Headers};

use crate::{Body, spare};

/// An answer as the server writes it.
///
/// It is `http::Response<Body>` but that the fields are [`Headers`], which go out in their order and spelling, and that the status may have a
/// phrase of its own. It is made from an `http::Response`, and becomes one by [`TryFrom`].
///
/// ```
/// use http::StatusCode;
/// use zeug_datastructures::{FieldValue, names};
/// use zeug_gateway::Response;
///
/// let mut response = Response::new("gone");
/// *response.status_mut() = StatusCode::GONE;
/// response.headers_mut().append(names::CONTENT_TYPE, FieldValue::from_static("text/plain"));
/// assert!(response.headers_mut().try_append("x-note", "a\r\nb").is_err(), "no field can smuggle a line");
///
/// let raw = http::Response::try_from(response)?;
/// assert_eq!((raw.status(), &raw.headers()["content-type"]), (StatusCode::GONE, &"text/plain".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Response {
    parts: ResponseParts,
    body: Body,
}

/// All of a [`Response`] but its body. The default is 200 without fields.
#[derive(Default)]
#[non_exhaustive]
pub struct ResponseParts {
    /// The status code.
    pub status: StatusCode,
    /// What stands after the code instead of its usual phrase. Servers of HTTP/1.1 write it; a control character in it makes the answer a 500.
    pub reason: Option<Box<str>>,
    /// The version of the protocol; servers choose the one that they send themselves.
    pub version: Version,
    /// The fields, in their order and spelling.
    pub headers: Headers,
    /// What is attached for the server and for middleware.
    pub extensions: Extensions,
}

impl Response {
    /// An answer of 200 with that body and no field.
    #[must_use]
    pub fn new(body: impl Into<Body>) -> Self {
        let parts = ResponseParts {
            headers: spare::spare_headers(),
            ..ResponseParts::default()
        };
        Self::from_parts(parts, body)
    }

    /// The answer of these parts.
    #[must_use]
    pub fn from_parts(parts: ResponseParts, body: impl Into<Body>) -> Self {
        let body = body.into();
        Self { parts, body }
    }

    /// The parts, each to be taken.
    #[must_use]
    pub fn into_parts(mut self) -> (ResponseParts, Body) {
        (
            std::mem::take(&mut self.parts),
            std::mem::take(&mut self.body),
        )
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.parts.status
    }

    /// The status code, to be changed.
    pub fn status_mut(&mut self) -> &mut StatusCode {
        &mut self.parts.status
    }

    /// What stands after the code instead of its usual phrase, where something does.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.parts.reason.as_deref()
    }

    /// What stands after the code instead of its usual phrase, to be changed.
    pub fn reason_mut(&mut self) -> &mut Option<Box<str>> {
        &mut self.parts.reason
    }

    /// The version of the protocol.
    #[must_use]
    pub fn version(&self) -> Version {
        self.parts.version
    }

    /// The fields, in their order and spelling.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.parts.headers
    }

    /// The fields, to be changed.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.parts.headers
    }

    /// What is attached for the server and for middleware.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.parts.extensions
    }

    /// What is attached for the server and for middleware, to be changed.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.parts.extensions
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The body, to be read or replaced.
    pub fn body_mut(&mut self) -> &mut Body {
        &mut self.body
    }

    /// The body alone.
    #[must_use]
    pub fn into_body(mut self) -> Body {
        std::mem::take(&mut self.body)
    }
}

impl Drop for Response {
    /// Leaves the memory of the fields to the next answer of the thread.
    fn drop(&mut self) {
        spare::keep_headers(&mut self.parts.headers);
    }
}

impl<B: Into<Body>> From<http::Response<B>> for Response {
    /// The same answer. Standard names are in their usual spelling, others in lower case, as a `HeaderMap` has them.
    fn from(raw: http::Response<B>) -> Self {
        let (parts, body) = raw.into_parts();
        let parts = ResponseParts {
            status: parts.status,
            reason: None,
            version: parts.version,
            headers: parts.headers.into(),
            extensions: parts.extensions,
        };
        Self::from_parts(parts, body)
    }
}

impl TryFrom<Response> for http::Response<Body> {
    type Error = HeaderError;

    /// The same answer. A phrase, the order among fields of different names, and their spelling, are not in an `http::Response`.
    ///
    /// # Errors
    ///
    /// `TooManyFields` for more than a `HeaderMap` takes: about 24,000.
    fn try_from(response: Response) -> Result<Self, HeaderError> {
        let (parts, body) = response.into_parts();
        let mut raw = Self::new(body);
        *raw.status_mut() = parts.status;
        *raw.version_mut() = parts.version;
        *raw.headers_mut() = parts.headers.try_into()?;
        *raw.extensions_mut() = parts.extensions;
        Ok(raw)
    }
}

impl fmt::Debug for Response {
    /// Status and body; no field's value, since fields carry secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("parts", &self.parts)
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for ResponseParts {
    /// Status and the names of the fields; no value, since fields carry secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseParts")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .field("version", &self.version)
            .field("fields", &self.headers.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
