//! `Age` (RFC 9111 section 5.1): a count of seconds.

use std::fmt;

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{into_header_value_always, owned_field};
use crate::text::{digits, trim};

/// How long an answer has been in caches, in seconds.
///
/// Also fits other fields that are a delta in seconds, such as `Access-Control-Max-Age`
/// ([RFC 9111 section 1.2.2](https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2)). Larger numbers than `u64` holds saturate.
///
/// # Example
///
/// ```
/// use zeug_http::Age;
///
/// assert_eq!(Age::parse("3600")?.seconds(), 3600);
/// assert!(Age::parse("-1").is_err());
/// assert!(Age::parse("+1").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_age")]
#[doc(alias = "dump_age")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Age(u64);

impl Age {
    /// Returns the age of that many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Returns the seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// Returns the age that the text names: digits, with blanks around them at most.
    ///
    /// # Errors
    ///
    /// `InvalidNumber` for anything but digits.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        digits(trim(text))
            .map(Self)
            .ok_or(FieldError::new(FieldErrorKind::InvalidNumber, 0))
    }
}

impl TryFrom<i64> for Age {
    type Error = FieldError;

    /// Refuses negative numbers.
    fn try_from(seconds: i64) -> Result<Self, FieldError> {
        u64::try_from(seconds)
            .map(Self)
            .map_err(|_| FieldError::new(FieldErrorKind::InvalidNumber, 0))
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

owned_field!(Age);
into_header_value_always!(Age);
