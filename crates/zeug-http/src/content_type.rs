//! `Content-Type` (RFC 9110 section 8.3): a media type and its parameters. Guesses no type from a name.

use std::borrow::Cow;
use std::fmt;

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field, into_header_value};
use crate::options::OptionsField;
use crate::text::{is_token, same};

/// A media type with parameters: `text/html; charset=utf-8`.
///
/// Reading is lenient, as [`OptionsField`]'s is: a value that is no media type is kept, and [`is_valid`](Self::is_valid) says so
/// ([RFC 9110 section 8.3.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1)).
///
/// # Example
///
/// ```
/// use zeug_http::ContentType;
///
/// let field = ContentType::parse("Multipart/Form-Data; boundary=\"a b\"");
/// assert!(field.is("multipart/form-data"));
/// assert_eq!(field.boundary(), Some("a b"));
/// assert!(!ContentType::parse("nonsense").is_valid());
/// ```
#[doc(alias = "mimetype")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentType<'a> {
    field: OptionsField<'a>,
}

impl<'a> ContentType<'a> {
    /// Returns the media type and the parameters that could be read.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        Self {
            field: OptionsField::parse(text),
        }
    }

    /// Returns that media type without parameters.
    ///
    /// # Errors
    ///
    /// `InvalidMediaType` unless the text is two tokens around a slash.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(zeug_http::ContentType::new("text/html").is_ok());
    /// assert!(zeug_http::ContentType::new("html").is_err());
    /// ```
    pub fn new(media_type: impl Into<Cow<'a, str>>) -> Result<Self, FieldError> {
        let field = Self {
            field: OptionsField::new(media_type),
        };
        if field.is_valid() {
            Ok(field)
        } else {
            Err(FieldError::new(FieldErrorKind::InvalidMediaType, 0))
        }
    }

    /// Returns whether the value is two tokens around a slash.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.essence()
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
    }

    /// Returns the media type without its parameters, in the case it was given.
    #[must_use]
    pub fn essence(&self) -> &str {
        self.field.value()
    }

    /// Returns whether the media type, without parameters, is this one; case does not matter.
    #[must_use]
    pub fn is(&self, media_type: &str) -> bool {
        same(self.essence(), media_type)
    }

    /// Returns the part before the slash; everything where there is no slash.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.essence()
            .split_once('/')
            .map_or(self.essence(), |(kind, _)| kind)
    }

    /// Returns the part behind the slash; empty where there is no slash.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.essence()
            .split_once('/')
            .map_or("", |(_, subtype)| subtype)
    }

    /// Returns the structured syntax suffix of the subtype, as `json` of `application/problem+json`
    /// ([RFC 6839](https://www.rfc-editor.org/rfc/rfc6839)).
    #[must_use]
    pub fn suffix(&self) -> Option<&str> {
        self.subtype().rsplit_once('+').map(|(_, suffix)| suffix)
    }

    /// Returns whether the body is JSON: `application/json`, or an `application` type with the suffix `+json`.
    #[must_use]
    pub fn is_json(&self) -> bool {
        same(self.kind(), "application")
            && (same(self.subtype(), "json") || self.suffix().is_some_and(|it| same(it, "json")))
    }

    /// Returns the `charset` parameter, in the case it was given.
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        self.get("charset")
    }

    /// Returns the `boundary` parameter of a multipart type.
    #[must_use]
    pub fn boundary(&self) -> Option<&str> {
        self.get("boundary")
    }

    /// Returns a parameter; the key's case does not matter.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.field.get(key)
    }

    /// Returns this media type with one more parameter.
    ///
    /// # Errors
    ///
    /// `InvalidName` if the key is no token.
    pub fn with(
        mut self,
        key: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<Self, FieldError> {
        self.field.insert(key, value)?;
        Ok(self)
    }

    /// Returns the value with all its parameters.
    #[must_use]
    pub fn options(&self) -> &OptionsField<'a> {
        &self.field
    }

    /// Returns the value with all its parameters, to change them.
    pub fn options_mut(&mut self) -> &mut OptionsField<'a> {
        &mut self.field
    }

    /// Returns the same type with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ContentType<'static> {
        ContentType {
            field: self.field.into_owned(),
        }
    }
}

impl fmt::Display for ContentType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.field.fmt(f)
    }
}

borrowed_field!(ContentType);
into_header_value!(ContentType<'_>);
