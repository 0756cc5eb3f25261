//! `Retry-After` (RFC 9110 section 10.2.3): seconds or a date.

use std::fmt;

use crate::date::HttpDate;
use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{into_header_value_always, owned_field};
use crate::text::{digits, trim};

/// When a client may ask again
/// ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
///
/// # Example
///
/// ```
/// use zeug_http::{HttpDate, RetryAfter};
///
/// let now = HttpDate::from_unix_seconds(784_111_717);
/// assert_eq!(RetryAfter::parse("60")?.at(now).to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(RetryAfter::parse("Sun, 06 Nov 1994 08:49:37 GMT")?.seconds_from(now), 60);
/// assert!(RetryAfter::parse("soon").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9110 section 10.2.3 has these two forms"
)]
pub enum RetryAfter {
    /// After that many seconds.
    Seconds(u64),
    /// From that moment on.
    Date(HttpDate),
}

impl RetryAfter {
    /// Returns the delay or the date that the text names.
    ///
    /// # Errors
    ///
    /// `InvalidDate` for what is neither digits nor a date.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = trim(text);
        match digits(text) {
            Some(seconds) => Ok(Self::Seconds(seconds)),
            None => HttpDate::parse(text)
                .map(Self::Date)
                .map_err(|_| FieldError::new(FieldErrorKind::InvalidDate, 0)),
        }
    }

    /// Returns the moment, counted from `now`.
    #[must_use]
    pub fn at(self, now: HttpDate) -> HttpDate {
        match self {
            Self::Seconds(seconds) => {
                now.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
            }
            Self::Date(date) => date,
        }
    }

    /// Returns the seconds from `now` on; 0 where the moment has passed.
    #[must_use]
    pub fn seconds_from(self, now: HttpDate) -> u64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Date(date) => {
                u64::try_from(date.unix_seconds() - now.unix_seconds()).unwrap_or(0)
            }
        }
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => seconds.fmt(f),
            Self::Date(date) => date.fmt(f),
        }
    }
}

owned_field!(RetryAfter);
into_header_value_always!(RetryAfter);
