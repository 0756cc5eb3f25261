//! `If-Range` (RFC 9110 section 13.1.5): one validator, a tag or a date.

use std::fmt;

use crate::date::HttpDate;
use crate::error::FieldError;
use crate::etag::ETag;
use crate::macros::{borrowed_field_fallible, into_header_value};

/// The validator that a range request was made for.
///
/// A weak tag is kept as such and matches nothing, as the comparison is the strong one
/// ([RFC 9110 section 13.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5)).
///
/// # Example
///
/// ```
/// use zeug_http::{ETag, IfRange};
///
/// assert_eq!(IfRange::parse("\"v1\"")?, IfRange::Tag(ETag::strong("v1")?));
/// assert!(matches!(IfRange::parse("Sun, 06 Nov 1994 08:49:37 GMT")?, IfRange::Date(_)));
/// assert!(IfRange::parse("").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_if_range_header")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9110 section 13.1.5 has these two forms"
)]
pub enum IfRange<'a> {
    /// An entity tag.
    Tag(ETag<'a>),
    /// A date of modification.
    Date(HttpDate),
}

impl<'a> IfRange<'a> {
    /// Returns the date where the text is one, else the tag; a tag without quotes is taken as it stands.
    ///
    /// # Errors
    ///
    /// `Empty` for an empty field.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        match HttpDate::parse(text) {
            Ok(date) => Ok(Self::Date(date)),
            Err(_) => ETag::parse(text).map(Self::Tag),
        }
    }

    /// Returns the tag, if it is one.
    #[must_use]
    pub const fn tag(&self) -> Option<&ETag<'a>> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Date(_) => None,
        }
    }

    /// Returns the date, if it is one.
    #[must_use]
    pub const fn date(&self) -> Option<HttpDate> {
        match self {
            Self::Tag(_) => None,
            Self::Date(date) => Some(*date),
        }
    }

    /// Returns the same value with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> IfRange<'static> {
        match self {
            IfRange::Tag(tag) => IfRange::Tag(tag.into_owned()),
            IfRange::Date(date) => IfRange::Date(date),
        }
    }
}

impl fmt::Display for IfRange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Date(date) => date.fmt(f),
        }
    }
}

borrowed_field_fallible!(IfRange);
into_header_value!(IfRange<'_>);
