//! Owns `HttpError`: what went wrong, as the answer that a client gets and as the cause that only the application sees. It logs nothing.

mod chain;
mod conversion;
mod convert;
mod descriptions;
mod page;
mod problem;

use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex};

use http::{Extensions, HeaderValue, Method, StatusCode};
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway as gateway;
use zeug_http::{FieldError, RetryAfter, WwwAuthenticate, status_phrase};

pub use chain::Chain;
pub use conversion::{Conversion, on_conversion};
pub use page::ErrorForm;
use problem::Problem;

/// An error that is an answer: a status, a description for the client, fields, and the cause, which the client never sees.
///
/// It is what a handler returns: with [`abort!`](crate::abort) on purpose, with `?` for any [`std::error::Error`], which becomes a 500 that keeps the error
/// as its [`source`](Self::source). Returned from a handler it is rendered as HTML, plain text or problem details
/// ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), as the request's `Accept` field prefers; see [`ErrorForm`].
///
/// | from | status | description |
/// | --- | --- | --- |
/// | a [`Response`](crate::Response) | its own | it is sent as it is |
/// | [`BodyError`](zeug_gateway::BodyError), also inside an [`io::Error`](std::io::Error) | its `status_hint()`: 413, 408, 400 | what was wrong |
/// | [`MultiDictError`](zeug_datastructures::MultiDictError): a key of arguments or form that is missing or does not convert | 400 | the key |
/// | a form's error (with the feature `forms`) | its `status_hint()`: 413, 400 | what was wrong |
/// | any other error | 500 | the default: nothing of the error |
///
/// It is no `std::error::Error` itself (no type can be that and be made of all of them); it converts into a `Box<dyn Error + Send + Sync>`, which shows the
/// whole of it.
///
/// # Example
///
/// ```
/// use zeug_messages::{HttpError, Response, abort};
///
/// fn square(text: &str) -> Result<Response, HttpError> {
///     if text.is_empty() {
///         abort!(400, "{} is missing", "number");
///     }
///     let number: i64 = text.parse()?;
///     Ok(Response::text((number * number).to_string()))
/// }
///
/// assert!(square("12").is_ok());
/// let error = square("").unwrap_err();
/// assert_eq!(error.to_string(), "400 Bad Request: number is missing");
///
/// let error = square("a dozen").unwrap_err();
/// assert_eq!(error.status(), 500);
/// assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
/// assert!(!error.description().contains("digit"), "a client is told nothing of it");
/// ```
#[doc(alias = "HTTPException")]
#[doc(alias = "InternalServerError")]
#[doc(alias = "BadRequestKeyError")]
pub struct HttpError(Box<Details>);

struct Details {
    status: StatusCode,
    description: Option<Cow<'static, str>>,
    headers: Headers,
    problem: Problem,
    source: Option<Arc<dyn Error + Send + Sync>>,
    backtrace: Backtrace,
    location: &'static Location<'static>,
    /// The answer to give instead of a rendered one; in a lock only because a body is not `Sync`.
    response: Option<Mutex<gateway::Response>>,
}

impl HttpError {
    /// An error of that status, with the status's description.
    #[must_use]
    #[track_caller]
    #[doc(alias = "default_exceptions")]
    #[doc(alias = "Aborter")]
    pub fn new(status: StatusCode) -> Self {
        Self(Box::new(Details {
            status,
            description: None,
            headers: Headers::new(),
            problem: Problem::default(),
            source: None,
            backtrace: Backtrace::disabled(),
            location: Location::caller(),
            response: None,
        }))
    }

    /// A 405 that names the methods which are allowed in an `Allow` field
    /// ([RFC 9110 section 15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)); without any, the field is left out.
    ///
    /// ```
    /// use http::Method;
    /// use zeug_messages::HttpError;
    ///
    /// let error = HttpError::method_not_allowed([Method::GET, Method::HEAD]);
    /// assert_eq!(error.headers().get("allow").unwrap(), "GET, HEAD");
    /// assert!(HttpError::method_not_allowed([]).headers().is_empty());
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "MethodNotAllowed")]
    #[doc(alias = "valid_methods")]
    pub fn method_not_allowed(allowed: impl IntoIterator<Item = Method>) -> Self {
        let mut list = String::new();
        for method in allowed {
            if !list.is_empty() {
                list.push_str(", ");
            }
            list.push_str(method.as_str());
        }
        let error = Self::new(StatusCode::METHOD_NOT_ALLOWED);
        match HeaderValue::try_from(list) {
            Ok(list) if !list.is_empty() => error.with_header(names::ALLOW, &list),
            _ => error,
        }
    }

    /// A 416 for a body of `length` bytes, which its `Content-Range` field tells
    /// ([RFC 9110 section 15.5.17](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.17)).
    #[must_use]
    #[track_caller]
    #[doc(alias = "RequestedRangeNotSatisfiable")]
    pub fn range_not_satisfiable(length: u64) -> Self {
        let error = Self::new(StatusCode::RANGE_NOT_SATISFIABLE);
        match HeaderValue::try_from(format!("bytes */{length}")) {
            Ok(value) => error.with_header(names::CONTENT_RANGE, &value),
            Err(_) => error,
        }
    }

    /// Sets what the client is told, in place of the status's description. It is escaped where it is shown as HTML.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.0.description = Some(description.into());
        self
    }

    /// Sets a field of the answer, in place of those of that name.
    #[must_use]
    pub fn with_header<'n, 'v>(
        mut self,
        name: impl Into<FieldName<'n>>,
        value: impl Into<FieldValue<'v>>,
    ) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Sets when the client may ask again, as `Retry-After` ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
    ///
    /// ```
    /// use http::StatusCode;
    /// use zeug_http::RetryAfter;
    /// use zeug_messages::HttpError;
    ///
    /// let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS).with_retry_after(RetryAfter::Seconds(60));
    /// assert_eq!(error.headers().get("retry-after").unwrap(), "60");
    /// ```
    #[must_use]
    #[doc(alias = "TooManyRequests")]
    #[doc(alias = "ServiceUnavailable")]
    pub fn with_retry_after(self, when: RetryAfter) -> Self {
        self.with_header(names::RETRY_AFTER, &HeaderValue::from(when))
    }

    /// Adds a challenge, as a `WWW-Authenticate` field of its own ([RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
    ///
    /// # Errors
    ///
    /// `ControlCharacter` where the challenge holds one, which no field may.
    ///
    /// ```
    /// use http::StatusCode;
    /// use zeug_http::WwwAuthenticate;
    /// use zeug_messages::HttpError;
    ///
    /// let error = HttpError::new(StatusCode::UNAUTHORIZED).try_with_challenge(&WwwAuthenticate::basic("x"))?;
    /// assert_eq!(error.headers().get("www-authenticate").unwrap(), "Basic realm=x");
    /// assert!(HttpError::new(StatusCode::UNAUTHORIZED).try_with_challenge(&WwwAuthenticate::basic("a\nb")).is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    #[doc(alias = "Unauthorized")]
    pub fn try_with_challenge(
        mut self,
        challenge: &WwwAuthenticate<'_>,
    ) -> Result<Self, FieldError> {
        self.0
            .headers
            .append(names::WWW_AUTHENTICATE, &HeaderValue::try_from(challenge)?);
        Ok(self)
    }

    /// Sets the cause, which is kept for logs and never shown to a client.
    #[must_use]
    #[doc(alias = "original_exception")]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Sets the cause, which something else holds too.
    pub(crate) fn with_shared_source(mut self, source: Arc<dyn Error + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// The status.
    #[must_use]
    #[doc(alias = "code")]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The status's phrase: `Not Found`; `Unknown Error` for a status that has none.
    #[must_use]
    pub fn name(&self) -> &'static str {
        status_phrase(self.0.status.as_u16()).unwrap_or("Unknown Error")
    }

    /// What the client is told.
    ///
    /// Every error status of the [IANA registry](https://www.iana.org/assignments/http-status-codes) has a description; another has an empty one.
    #[must_use]
    #[doc(alias = "get_description")]
    pub fn description(&self) -> &str {
        match &self.0.description {
            Some(description) => description,
            None => descriptions::of(self.0.status.as_u16()).unwrap_or_default(),
        }
    }

    /// The fields of the answer, without those that its body needs.
    #[must_use]
    #[doc(alias = "get_headers")]
    pub fn headers(&self) -> &Headers {
        &self.0.headers
    }

    /// The fields of the answer, to be changed.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.0.headers
    }

    /// The cause, if there is one.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }

    /// The cause, the cause's cause, and so on.
    #[must_use]
    pub fn chain(&self) -> Chain<'_> {
        Chain::new(self.source())
    }

    /// The first error of that type among the causes.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use zeug_messages::HttpError;
    ///
    /// let error = HttpError::from("x".parse::<u8>().unwrap_err());
    /// assert!(error.find::<ParseIntError>().is_some());
    /// assert!(error.find::<std::fmt::Error>().is_none());
    /// ```
    #[must_use]
    pub fn find<E: Error + 'static>(&self) -> Option<&E> {
        self.chain().find_map(|error| error.downcast_ref())
    }

    /// Where the program was when `?` made this error; captured only if `RUST_BACKTRACE` asks for it.
    pub fn backtrace(&self) -> &Backtrace {
        &self.0.backtrace
    }

    /// The line that made this error: of `?`, of [`abort!`](crate::abort), of [`new`](Self::new).
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// The error that the answer with these extensions was rendered from, for layers that log it or render it otherwise.
    ///
    /// ```
    /// use http::StatusCode;
    /// use zeug_gateway::IntoResponse;
    /// use zeug_messages::{HttpError, Response};
    ///
    /// let answer = HttpError::new(StatusCode::GONE).into_response();
    /// assert_eq!(HttpError::of(answer.extensions()).unwrap().status(), 410);
    /// assert!(HttpError::of(Response::text("fine").extensions()).is_none());
    /// ```
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get::<Arc<Self>>().map(|error| &**error)
    }
}

impl fmt::Display for HttpError {
    /// Status, phrase and description: `404 Not Found: The address is not known here.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, name) = (self.0.status.as_u16(), self.name());
        match self.description() {
            "" => write!(f, "{code} {name}"),
            description => write!(f, "{code} {name}: {description}"),
        }
    }
}

impl fmt::Debug for HttpError {
    /// Everything: what [`Display`](fmt::Display) shows, the line, each cause, the backtrace if there is one. Not for clients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", self.0.location)?;
        for cause in self.chain() {
            write!(f, "\ncaused by: {cause}")?;
        }
        if let std::backtrace::BacktraceStatus::Captured = self.0.backtrace.status() {
            write!(f, "\n{}", self.0.backtrace)?;
        }
        Ok(())
    }
}
