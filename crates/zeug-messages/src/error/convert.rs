//! Owns what becomes an `HttpError`, and what an `HttpError` becomes. It decides which foreign errors are the client's fault: those of the request's body, form and arguments.

use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use zeug_datastructures::{MultiDictError, MultiDictErrorKind};
use zeug_gateway::{BodyError, IntoResponse};

use super::{HttpError, conversion};
use crate::Response;

impl<E: Error + Send + Sync + 'static> From<E> for HttpError {
    /// A 500 that keeps `source` and shows nothing of it; for the errors of a request's body, form and arguments, the status that they hint at.
    #[track_caller]
    fn from(source: E) -> Self {
        let mut error = match client_fault(&source) {
            Some((status, description)) => Self::new(status).with_description(description),
            None => {
                let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR);
                error.0.backtrace = Backtrace::capture();
                conversion::tell(&source, error.0.location);
                error
            }
        };
        error.0.source = Some(Arc::new(source));
        error
    }
}

/// The status and the description for an error that the client is to blame for and may read.
fn client_fault(error: &(dyn Error + 'static)) -> Option<(StatusCode, String)> {
    if let Some(error) = error.downcast_ref::<MultiDictError>() {
        return missing(error);
    }
    #[cfg(feature = "forms")]
    if let Some(error) = error.downcast_ref::<zeug_forms::FormError>() {
        return told(error.status_hint(), error);
    }
    let body = match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref()?.downcast_ref::<BodyError>()?,
        None => error.downcast_ref::<BodyError>()?,
    };
    told(body.status_hint(), body)
}

/// A key that was required of arguments or a form. What its value could not become is the application's own to tell.
fn missing(error: &MultiDictError) -> Option<(StatusCode, String)> {
    let key = error.key();
    let description = match error.kind() {
        MultiDictErrorKind::Missing => format!("missing key {key:?}"),
        MultiDictErrorKind::Conversion => format!("value of key {key:?} cannot be used"),
        _ => return None,
    };
    Some((StatusCode::BAD_REQUEST, description))
}

fn told(status_hint: u16, error: &dyn Error) -> Option<(StatusCode, String)> {
    let status = StatusCode::from_u16(status_hint).ok()?;
    status
        .is_client_error()
        .then(|| (status, error.to_string()))
}

impl From<Response> for HttpError {
    /// An error that is answered with `response`, as it is.
    #[track_caller]
    fn from(response: Response) -> Self {
        let response = response.into_response();
        let mut error = Self::new(response.status());
        error.0.headers = response.headers().clone();
        error.0.response = Some(Mutex::new(response));
        error
    }
}

/// An `HttpError` as a `std::error::Error`.
struct Boxed(HttpError);

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for Boxed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl From<HttpError> for Box<dyn Error + Send + Sync> {
    fn from(error: HttpError) -> Self {
        Box::new(Boxed(error))
    }
}

impl From<HttpError> for Box<dyn Error> {
    fn from(error: HttpError) -> Self {
        Box::new(Boxed(error))
    }
}

/// Returns from the function with an [`HttpError`]: `abort!(404)`, `abort!(404, "no page {n}")`, `abort!(error)`.
///
/// A number is checked when the program is compiled: it must be an error status that is registered. In place of a number stands anything that
/// an [`HttpError`] is made of: a [`Response`], or an [`HttpError`] with fields. A description is what the client is told.
///
/// ```
/// use http::{Method, StatusCode};
/// use zeug_messages::{HttpError, Response, abort};
///
/// fn page(n: u32) -> Result<Response, HttpError> {
///     match n {
///         0 => abort!(404),
///         1 => abort!(404, "no page {n}"),
///         2 => abort!(HttpError::method_not_allowed([Method::PUT])),
///         3 => abort!(Response::text("moved").with_status(StatusCode::SEE_OTHER)),
///         _ => Ok(Response::text("page")),
///     }
/// }
///
/// let statuses: Vec<_> = (0..4).map(|n| page(n).unwrap_err().status().as_u16()).collect();
/// assert_eq!(statuses, [404, 404, 405, 303]);
/// ```
///
/// ```compile_fail
/// fn page() -> Result<(), zeug_messages::HttpError> {
///     zeug_messages::abort!(299)
/// }
/// ```
#[macro_export]
macro_rules! abort {
    ($code:literal $(,)?) => {{
        const _: () = $crate::HttpError::assert_registered($code);
        return ::core::result::Result::Err(::core::convert::Into::into(
            $crate::HttpError::of_code($code),
        ));
    }};
    ($code:literal, $($description:tt)+) => {{
        const _: () = $crate::HttpError::assert_registered($code);
        return ::core::result::Result::Err(::core::convert::Into::into(
            $crate::HttpError::of_code($code).with_description(::std::format!($($description)+)),
        ));
    }};
    ($error:expr $(,)?) => {
        return ::core::result::Result::Err(::core::convert::Into::into(
            $crate::HttpError::from($error),
        ))
    };
    ($error:expr, $($description:tt)+) => {
        return ::core::result::Result::Err(::core::convert::Into::into(
            $crate::HttpError::from($error).with_description(::std::format!($($description)+)),
        ))
    };
}

/// What `abort!` needs of a number that is known when the program is compiled.
impl HttpError {
    #[doc(hidden)]
    pub const fn assert_registered(code: u16) {
        assert!(
            super::descriptions::of(code).is_some(),
            "not a registered error status"
        );
    }

    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub fn of_code(code: u16) -> Self {
        Self::new(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
