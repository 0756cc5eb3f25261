//! The crate's one error: what kind of value was refused and at which byte. It never repeats the refused text.

use std::fmt;

/// What was wrong with a field value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldErrorKind {
    /// Nothing stands where a value is required.
    Empty,
    /// A byte stands where the grammar allows none of its kind.
    UnexpectedByte,
    /// The value ends before the grammar is satisfied.
    UnexpectedEnd,
    /// A quoted string has no closing quote.
    UnclosedQuote,
    /// A name or a word is not one of those the field knows.
    UnknownWord,
    /// A number is missing, malformed, or out of the field's range.
    InvalidNumber,
    /// A date is in none of the forms the field knows, or names a day or time that does not exist.
    InvalidDate,
    /// A range whose ends cannot belong together, or ranges in an order the field forbids.
    InvalidRange,
    /// A media type offered by the application lacks its slash, or stars the type but not the subtype.
    InvalidMediaType,
    /// An entity tag that holds a double quote or a control character.
    InvalidEntityTag,
    /// A name (of a cookie, a parameter, a scheme) that is not a token.
    InvalidName,
    /// A host or domain name that cannot be written in ASCII.
    InvalidHost,
    /// Credentials that are not base64, or whose decoded bytes are not UTF-8.
    InvalidCredentials,
    /// A cookie's `__Secure-` or `__Host-` name promises attributes that it does not have.
    CookiePrefix,
    /// `SameSite=None` or `Partitioned` on a cookie that is not `Secure`.
    InsecureCookie,
    /// The value would put a control character into a header block.
    ControlCharacter,
    /// More items than the limit allows.
    TooMany {
        /// The limit that was passed, in items.
        limit: usize,
    },
}

/// Why a header field value was refused, and where.
///
/// The refused text itself is not kept, so that the error can be logged whatever the field carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldError {
    kind: FieldErrorKind,
    offset: usize,
}

impl FieldError {
    pub(crate) const fn new(kind: FieldErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// Returns what was wrong.
    #[must_use]
    pub const fn kind(&self) -> FieldErrorKind {
        self.kind
    }

    /// Returns the byte offset in the caller's input at which the value stopped being acceptable.
    ///
    /// For values that are built rather than parsed it is the offset in the offending argument.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Returns the status code that fits when the value came from a request: 431 for a limit, 416 for a range, 400 else.
    #[must_use]
    pub const fn status_hint(&self) -> u16 {
        match self.kind {
            FieldErrorKind::TooMany { .. } => 431,
            FieldErrorKind::InvalidRange => 416,
            _ => 400,
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FieldErrorKind::Empty => "empty field value",
            FieldErrorKind::UnexpectedByte => "unexpected byte",
            FieldErrorKind::UnexpectedEnd => "field value ends too early",
            FieldErrorKind::UnclosedQuote => "quoted string without closing quote",
            FieldErrorKind::UnknownWord => "unknown word",
            FieldErrorKind::InvalidNumber => "invalid number",
            FieldErrorKind::InvalidDate => "invalid date",
            FieldErrorKind::InvalidRange => "invalid range",
            FieldErrorKind::InvalidMediaType => "invalid media type",
            FieldErrorKind::InvalidEntityTag => "invalid entity tag",
            FieldErrorKind::InvalidName => "name is not a token",
            FieldErrorKind::InvalidHost => "invalid host name",
            FieldErrorKind::InvalidCredentials => "credentials that cannot be decoded",
            FieldErrorKind::CookiePrefix => "cookie lacks the attributes its name prefix requires",
            FieldErrorKind::InsecureCookie => "cookie attribute requires secure",
            FieldErrorKind::ControlCharacter => "control character in a field value",
            FieldErrorKind::TooMany { limit } => {
                return write!(
                    f,
                    "more than {limit} items in a field value at byte {}",
                    self.offset
                );
            }
        };
        write!(f, "{what} at byte {}", self.offset)
    }
}

impl std::error::Error for FieldError {}
