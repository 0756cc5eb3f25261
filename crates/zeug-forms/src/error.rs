//! Owns the crate's one error: what went wrong, where in the body, in which field. Never holds a value or an unbounded name.

use std::{error, fmt, io};

/// Longest part of a field's name that an error keeps, in bytes.
const NAME_KEPT: usize = 64;

/// Why a form body, or an event given to an encoder, was refused.
///
/// `kind()` says what, `offset()` where, `field()` in which field, `status_hint()` what an HTTP server would answer.
///
/// # Example
///
/// ```
/// use zeug_forms::{FormErrorKind, Limits, MultipartDecoder};
///
/// let mut decoder = MultipartDecoder::new("b", Limits::default())?;
/// let mut events = decoder.push(b"--b\r\nX-Other: 1\r\n\r\n");
/// let error = loop {
///     match events.next_event() {
///         Ok(event) => assert!(event.is_some()),
///         Err(error) => break error,
///     }
/// };
/// assert_eq!(error.kind(), FormErrorKind::MissingContentDisposition);
/// assert_eq!((error.offset(), error.status_hint()), (5, 400));
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[derive(Debug)]
pub struct FormError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: FormErrorKind,
    offset: u64,
    field: Option<ErrorName>,
    source: Option<io::Error>,
}

/// What was wrong: the body itself, one of the [`Limits`](crate::Limits), the way it was read, or the use of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormErrorKind {
    /// The content type names no `boundary`.
    MissingBoundary,
    /// The boundary is empty, longer than 70 bytes (RFC 2046 section 5.1.1), or holds a line break or a byte outside ASCII.
    InvalidBoundary,
    /// A part's header block is not UTF-8, or (strict) breaks RFC 5322's syntax.
    MalformedHead,
    /// A part has no `Content-Disposition` field, or (strict) one that is not `form-data`.
    MissingContentDisposition,
    /// A part's `Content-Disposition` has no `name` (RFC 7578 section 4.2 requires one).
    MissingName,
    /// A delimiter is followed by more than 1,024 spaces and tabs.
    DelimiterTooLong,
    /// Strict only: text before the first delimiter or after the last.
    TextOutsideParts,
    /// The body ended before its last delimiter.
    UnexpectedEnd,
    /// The urlencoded body is not UTF-8.
    NotUtf8,
    /// The whole body is larger than `Limits::body` bytes.
    BodyTooLarge {
        /// The ceiling, in bytes.
        limit: u64,
    },
    /// One text field is larger than `Limits::field` bytes.
    FieldTooLarge {
        /// The ceiling, in bytes.
        limit: usize,
    },
    /// All text fields together are larger than `Limits::fields` bytes.
    FieldsTooLarge {
        /// The ceiling, in bytes.
        limit: usize,
    },
    /// One file is larger than `Limits::file` bytes.
    FileTooLarge {
        /// The ceiling, in bytes.
        limit: u64,
    },
    /// There are more parts than `Limits::parts`.
    TooManyParts {
        /// The ceiling.
        limit: usize,
    },
    /// A part's header block is larger than `Limits::head` bytes.
    HeadTooLarge {
        /// The ceiling, in bytes.
        limit: usize,
    },
    /// A part has more header fields than `Limits::head_fields`.
    TooManyHeadFields {
        /// The ceiling.
        limit: usize,
    },
    /// The text before the first delimiter is larger than `Limits::preamble` bytes.
    PreambleTooLarge {
        /// The ceiling, in bytes.
        limit: u64,
    },
    /// The text after the last delimiter is larger than `Limits::epilogue` bytes.
    EpilogueTooLarge {
        /// The ceiling, in bytes.
        limit: u64,
    },
    /// The urlencoded body has more pairs than `Limits::pairs`.
    TooManyPairs {
        /// The ceiling.
        limit: usize,
    },
    /// A chunk was pushed although the one before it still had events.
    EventsLeft,
    /// The reader ended before the announced content length.
    Disconnected,
    /// Reading the body failed; the cause is the error's source.
    Read,
    /// Storing a file failed; the cause is the error's source.
    Store,
    /// An encoder was given an event that cannot come next.
    UnexpectedEvent,
    /// A name, file name, header field or value cannot be written without changing what a reader sees (a line break, a NUL, the boundary itself).
    Unencodable,
}

/// The beginning of a field's name, kept where a decoder may need it for an error.
#[derive(Clone, Copy)]
pub(crate) struct ErrorName {
    bytes: [u8; NAME_KEPT],
    length: u8,
}

impl ErrorName {
    /// Keeps another name. In place: what is a few bytes long is not worth building and moving all of it.
    #[inline]
    pub(crate) fn set(&mut self, name: &str) {
        let mut length = name.len().min(NAME_KEPT);
        while !name.is_char_boundary(length) {
            length -= 1;
        }
        self.bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
        self.length = length as u8;
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl Default for ErrorName {
    fn default() -> Self {
        Self {
            bytes: [0; NAME_KEPT],
            length: 0,
        }
    }
}

impl fmt::Debug for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl FormErrorKind {
    fn limit(self) -> Option<(&'static str, u64)> {
        Some(match self {
            Self::BodyTooLarge { limit } => ("body", limit),
            Self::FieldTooLarge { limit } => ("field", limit as u64),
            Self::FieldsTooLarge { limit } => ("fields", limit as u64),
            Self::FileTooLarge { limit } => ("file", limit),
            Self::TooManyParts { limit } => ("parts", limit as u64),
            Self::HeadTooLarge { limit } => ("head", limit as u64),
            Self::TooManyHeadFields { limit } => ("head_fields", limit as u64),
            Self::PreambleTooLarge { limit } => ("preamble", limit),
            Self::EpilogueTooLarge { limit } => ("epilogue", limit),
            Self::TooManyPairs { limit } => ("pairs", limit as u64),
            _ => return None,
        })
    }
}

impl FormError {
    #[cold]
    pub(crate) fn new(kind: FormErrorKind, offset: u64) -> Self {
        Self(Box::new(Inner {
            kind,
            offset,
            field: None,
            source: None,
        }))
    }

    #[cold]
    pub(crate) fn io(kind: FormErrorKind, offset: u64, source: io::Error) -> Self {
        Self(Box::new(Inner {
            kind,
            offset,
            field: None,
            source: Some(source),
        }))
    }

    #[cold]
    pub(crate) fn in_field(mut self, name: ErrorName) -> Self {
        self.0.field = Some(name);
        self
    }

    /// The same error again, for a decoder that is asked on after it failed.
    pub(crate) fn again(&self) -> Self {
        Self(Box::new(Inner {
            kind: self.0.kind,
            offset: self.0.offset,
            field: self.0.field,
            source: None,
        }))
    }

    /// What was wrong.
    #[must_use]
    pub fn kind(&self) -> FormErrorKind {
        self.0.kind
    }

    /// Where: a byte offset in the whole body, counted over all chunks; 0 where the body does not matter.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// The name of the field it happened in, at most its first 64 bytes.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_ref().map(ErrorName::as_str)
    }

    /// The ceiling that was passed: its name in [`Limits`](crate::Limits) and its value.
    #[must_use]
    pub fn limit(&self) -> Option<(&'static str, u64)> {
        self.0.kind.limit()
    }

    /// Whether the body itself is broken, as opposed to too large or not readable: what Werkzeug's `silent=True` ignores.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        use FormErrorKind as K;
        matches!(
            self.0.kind,
            K::MissingBoundary
                | K::InvalidBoundary
                | K::MalformedHead
                | K::MissingContentDisposition
                | K::MissingName
                | K::DelimiterTooLong
                | K::TextOutsideParts
                | K::UnexpectedEnd
                | K::NotUtf8
        )
    }

    /// The HTTP status a server would answer with: 413 for a limit, 500 for a failure of our own, else 400.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        use FormErrorKind as K;
        match self.0.kind {
            kind if kind.limit().is_some() => 413,
            K::Store | K::UnexpectedEvent | K::Unencodable | K::EventsLeft => 500,
            _ => 400,
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use FormErrorKind as K;
        let offset = self.0.offset;
        match self.0.kind {
            K::MissingBoundary => f.write_str("content type without a boundary")?,
            K::InvalidBoundary => {
                f.write_str("boundary that is empty, too long or not plain text")?
            }
            K::MalformedHead => write!(f, "malformed part header at byte {offset}")?,
            K::MissingContentDisposition => {
                write!(f, "part without content-disposition at byte {offset}")?
            }
            K::MissingName => write!(f, "part without a name at byte {offset}")?,
            K::DelimiterTooLong => {
                write!(f, "too much white space after a delimiter at byte {offset}")?
            }
            K::TextOutsideParts => write!(f, "text outside the parts at byte {offset}")?,
            K::UnexpectedEnd => write!(f, "body ends without its last delimiter at byte {offset}")?,
            K::NotUtf8 => write!(f, "urlencoded body is not UTF-8 at byte {offset}")?,
            K::EventsLeft => write!(
                f,
                "chunk pushed before the events of the last were taken, at byte {offset}"
            )?,
            K::Disconnected => write!(f, "body ends before its content length, at byte {offset}")?,
            K::Read => write!(f, "body could not be read at byte {offset}")?,
            K::Store => write!(f, "file could not be stored, at byte {offset} of the body")?,
            K::UnexpectedEvent => f.write_str("event that cannot come next in a multipart body")?,
            K::Unencodable => {
                f.write_str("name or header that cannot be written into a multipart body")?
            }
            kind => {
                if let Some((name, limit)) = kind.limit() {
                    write!(
                        f,
                        "more than the limit `{name}` of {limit} at byte {offset}"
                    )?;
                }
            }
        }
        match self.field() {
            Some(name) => write!(f, " in field {name:?}"),
            None => Ok(()),
        }
    }
}

impl error::Error for FormError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
