//! The crate's errors: why a field was refused, and why a value of a `MultiDict` could not be had. They never hold a field's value.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;

type Source = Box<dyn Error + Send + Sync>;

/// Why a field name, a field value or a list of fields was refused.
///
/// It says what was wrong ([`kind`](Self::kind)), at which byte ([`offset`](Self::offset)), and for which field where that
/// is known ([`name`](Self::name)). A value never stands in it: values hold secrets.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{HeaderErrorKind, Headers};
///
/// let mut headers = Headers::new();
/// assert!(headers.try_append("X-Note", "fine").is_ok());
/// let error = headers.try_append("X-Note", "a\r\nSet-Cookie: b").unwrap_err();
/// assert_eq!(error.kind(), HeaderErrorKind::InvalidValueByte);
/// assert_eq!(error.offset(), Some(1));
/// assert_eq!(error.to_string(), "byte not allowed in a field value at byte 1 of field \"X-Note\"");
/// ```
#[derive(Debug)]
pub struct HeaderError(Box<HeaderErrorParts>);

#[derive(Debug)]
struct HeaderErrorParts {
    kind: HeaderErrorKind,
    offset: Option<usize>,
    name: Option<String>,
    source: Option<Source>,
}

/// What was wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderErrorKind {
    /// The name has no bytes.
    EmptyName,
    /// The name holds a byte that is not a token byte (RFC 9110, section 5.6.2).
    InvalidNameByte,
    /// The name has more than 65,535 bytes.
    NameTooLong,
    /// The value holds CR, LF, NUL or another control byte but tab.
    InvalidValueByte,
    /// All fields together have more bytes than 32 bits can count.
    TooLarge,
    /// There are more distinct names than an [`http::HeaderMap`] takes.
    TooManyFields,
    /// A span reaches out of its block.
    SpanOutOfBounds,
    /// There is no field at this index.
    NoSuchIndex,
    /// The value is not UTF-8, so it cannot be had as text.
    NotUtf8,
    /// The value does not convert to the type that was asked for; the type's own error is the source.
    Conversion,
}

impl HeaderError {
    #[cold]
    pub(crate) fn new(kind: HeaderErrorKind, offset: Option<usize>) -> Self {
        Self(Box::new(HeaderErrorParts {
            kind,
            offset,
            name: None,
            source: None,
        }))
    }

    #[cold]
    pub(crate) fn conversion(name: &str, source: impl Into<Source>) -> Self {
        let mut error = Self::new(HeaderErrorKind::Conversion, None).in_field(name);
        error.0.source = Some(source.into());
        error
    }

    /// The same error with the name of the field it arose in, when the name is fit to be shown.
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.0.name = Some(name.chars().take(SHOWN).collect());
        self
    }

    /// The same error with its offset counted from `by` bytes before.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.0.offset = self.0.offset.map(|offset| offset + by);
        self
    }

    /// What was wrong.
    pub fn kind(&self) -> HeaderErrorKind {
        self.0.kind
    }

    /// The byte that was refused, counted from the start of the name, value or block that was given; `None` where no one byte is to blame.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The name of the field, where it was a valid name (its first 64 characters).
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The status that suits an answer when the field came from a request: 431 for sizes and counts, else 400.
    pub fn status_hint(&self) -> u16 {
        match self.0.kind {
            HeaderErrorKind::NameTooLong
            | HeaderErrorKind::TooLarge
            | HeaderErrorKind::TooManyFields => 431,
            _ => 400,
        }
    }
}

/// How many characters of a name or key an error repeats.
const SHOWN: usize = 64;

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.kind {
            HeaderErrorKind::EmptyName => "empty field name",
            HeaderErrorKind::InvalidNameByte => "byte not allowed in a field name",
            HeaderErrorKind::NameTooLong => "field name longer than 65535 bytes",
            HeaderErrorKind::InvalidValueByte => "byte not allowed in a field value",
            HeaderErrorKind::TooLarge => "fields larger than 4294967295 bytes",
            HeaderErrorKind::TooManyFields => "more field names than a header map takes",
            HeaderErrorKind::SpanOutOfBounds => "span outside of the block",
            HeaderErrorKind::NoSuchIndex => "no field at this index",
            HeaderErrorKind::NotUtf8 => "field value is not utf-8",
            HeaderErrorKind::Conversion => "field value does not convert",
        })?;
        if let Some(offset) = self.0.offset {
            write!(f, " at byte {offset}")?;
        }
        if let Some(name) = &self.0.name {
            write!(f, " of field {name:?}")?;
        }
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl Error for HeaderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

impl From<Infallible> for HeaderError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Why a key of a [`MultiDict`](crate::MultiDict) could not be had as asked.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{MultiDict, MultiDictErrorKind};
///
/// let args = MultiDict::from([("page", "2"), ("size", "big")]);
/// assert_eq!(args.get_as::<u32>("page").unwrap(), Some(2));
/// let error = args.get_as::<u32>("size").unwrap_err();
/// assert_eq!(error.kind(), MultiDictErrorKind::Conversion);
/// assert_eq!(error.to_string(), "value of key \"size\" does not convert: invalid digit found in string");
/// assert_eq!(args.require("name").unwrap_err().to_string(), "missing key \"name\"");
/// ```
#[derive(Debug)]
pub struct MultiDictError(Box<MultiDictErrorParts>);

#[derive(Debug)]
struct MultiDictErrorParts {
    kind: MultiDictErrorKind,
    offset: Option<usize>,
    key: String,
    source: Option<Source>,
}

/// What was wrong with a key or its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MultiDictErrorKind {
    /// The key is not there.
    Missing,
    /// The value does not convert to the type that was asked for; the type's own error is the source.
    Conversion,
    /// A span reaches out of its text, or cuts a character in two.
    SpanOutOfBounds,
    /// The text has more bytes than 32 bits can count.
    TooLarge,
}

impl MultiDictError {
    #[cold]
    pub(crate) fn missing(key: &str) -> Self {
        Self::new(MultiDictErrorKind::Missing, key, None, None)
    }

    #[cold]
    pub(crate) fn conversion(key: &str, source: impl Into<Source>) -> Self {
        Self::new(
            MultiDictErrorKind::Conversion,
            key,
            None,
            Some(source.into()),
        )
    }

    #[cold]
    pub(crate) fn at(kind: MultiDictErrorKind, offset: usize) -> Self {
        Self::new(kind, "", Some(offset), None)
    }

    fn new(
        kind: MultiDictErrorKind,
        key: &str,
        offset: Option<usize>,
        source: Option<Source>,
    ) -> Self {
        let key = key.chars().take(SHOWN).collect();
        Self(Box::new(MultiDictErrorParts {
            kind,
            offset,
            key,
            source,
        }))
    }

    /// What was wrong.
    pub fn kind(&self) -> MultiDictErrorKind {
        self.0.kind
    }

    /// The byte of the text where a span is wrong; `None` for errors about keys and values.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The key (its first 64 characters), empty for errors about spans.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The status that suits an answer when the map came from a request: 413 for sizes, else 400.
    pub fn status_hint(&self) -> u16 {
        match self.0.kind {
            MultiDictErrorKind::TooLarge => 413,
            _ => 400,
        }
    }
}

impl fmt::Display for MultiDictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.0.key;
        match self.0.kind {
            MultiDictErrorKind::Missing => write!(f, "missing key {key:?}")?,
            MultiDictErrorKind::Conversion => write!(f, "value of key {key:?} does not convert")?,
            MultiDictErrorKind::SpanOutOfBounds => write!(f, "span outside of the text")?,
            MultiDictErrorKind::TooLarge => write!(f, "text larger than 4294967295 bytes")?,
        }
        if let Some(offset) = self.0.offset {
            write!(f, " at byte {offset}")?;
        }
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl Error for MultiDictError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
