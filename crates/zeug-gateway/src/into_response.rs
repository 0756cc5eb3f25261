//! Owns `IntoResponse`: what a handler may return. It reads no request and renders no error page.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use zeug_datastructures::{FieldValue, names};

use crate::{Body, BodyError, Response};

const TEXT: FieldValue<'static> = FieldValue::from_static("text/plain; charset=utf-8");
const OCTETS: FieldValue<'static> = FieldValue::from_static("application/octet-stream");

/// What a handler function may return.
///
/// | type | status | content type | body |
/// | --- | --- | --- | --- |
/// | [`Response`], `http::Response` | its own | its own | its own |
/// | `&'static str`, `String` | 200 | `text/plain; charset=utf-8` | the text |
/// | `Vec<u8>`, `Bytes` | 200 | `application/octet-stream` | the bytes |
/// | [`Body`] | 200 | none | the body |
/// | `()` | 204 | none | empty |
/// | `StatusCode` | itself | `text/plain; charset=utf-8` | its reason phrase, where the status allows a body |
/// | `(StatusCode, T)` | the first | as `T` | as `T` |
/// | [`BodyError`] | its `status_hint()` | `text/plain; charset=utf-8` | what was wrong |
/// | `Result<T, E>` | as the one that it is | | |
///
/// ```
/// use http::StatusCode;
/// use zeug_gateway::IntoResponse;
///
/// assert_eq!("hello".into_response().headers().get("content-type").unwrap(), "text/plain; charset=utf-8");
/// let refused: Result<&'static str, StatusCode> = Err(StatusCode::NOT_FOUND);
/// assert_eq!(refused.into_response().status(), 404);
/// ```
pub trait IntoResponse {
    /// Whether [`into_response_accepting`](Self::into_response_accepting) reads the field, which a caller then has to keep for it.
    const READS_ACCEPT: bool = false;

    /// The answer as the server writes it.
    fn into_response(self) -> Response;

    /// The answer to a request with that `Accept` field, for types that can be shown in several forms; the others are shown in their one form.
    ///
    /// A [`HandlerFn`](crate::HandlerFn) calls this with the first `Accept` field of the request.
    fn into_response_accepting(self, accept: Option<&HeaderValue>) -> Response
    where
        Self: Sized,
    {
        let _ = accept;
        self.into_response()
    }
}

/// An answer with a body and its type.
fn typed(body: impl Into<Body>, content_type: FieldValue<'static>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .append(names::CONTENT_TYPE, content_type);
    response
}

impl IntoResponse for Response {
    fn into_response(self) -> Self {
        self
    }
}

impl<B: Into<Body>> IntoResponse for http::Response<B> {
    fn into_response(self) -> Response {
        self.into()
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        Response::new(self)
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        typed(self, TEXT)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        typed(self, TEXT)
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Response {
        typed(self, OCTETS)
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        typed(self, OCTETS)
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        let bodiless = self.is_informational()
            || matches!(
                self,
                Self::NO_CONTENT | Self::RESET_CONTENT | Self::NOT_MODIFIED
            );
        let mut response = match self.canonical_reason() {
            Some(reason) if !bodiless => typed(reason, TEXT),
            _ => Response::new(Body::empty()),
        };
        *response.status_mut() = self;
        response
    }
}

impl IntoResponse for BodyError {
    /// A short plain answer with the status of [`BodyError::status_hint`]; an inner error is not shown to the client.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status_hint()).unwrap_or(StatusCode::BAD_REQUEST);
        (status, format!("{self}\n")).into_response()
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    const READS_ACCEPT: bool = T::READS_ACCEPT;

    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }

    fn into_response_accepting(self, accept: Option<&HeaderValue>) -> Response {
        let mut response = self.1.into_response_accepting(accept);
        *response.status_mut() = self.0;
        response
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    const READS_ACCEPT: bool = T::READS_ACCEPT || E::READS_ACCEPT;

    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }

    fn into_response_accepting(self, accept: Option<&HeaderValue>) -> Response {
        match self {
            Ok(value) => value.into_response_accepting(accept),
            Err(error) => error.into_response_accepting(accept),
        }
    }
}
