//! Entity tags (RFC 9110 section 8.8.3): one tag, and the lists of `If-Match` and `If-None-Match`. Compares, decides nothing.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field_fallible, into_header_value};

/// One entity tag: the opaque text between its quotes, and whether it is weak.
///
/// # Example
///
/// ```
/// use zeug_http::ETag;
///
/// let tag = ETag::parse("W/\"v1\"")?;
/// assert_eq!((tag.value(), tag.is_weak()), ("v1", true));
/// assert!(tag.weakly_equals(&ETag::strong("v1")?));
/// assert!(!tag.strongly_equals(&ETag::strong("v1")?));
/// assert!(ETag::strong("a\"b").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "quote_etag")]
#[doc(alias = "unquote_etag")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag<'a> {
    value: Cow<'a, str>,
    weak: bool,
}

impl<'a> ETag<'a> {
    /// Returns the tag of the field; a tag without quotes is taken as it stands, and `w/` marks a weak one too.
    ///
    /// # Errors
    ///
    /// `Empty` for an empty field.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        if text.is_empty() {
            return Err(FieldError::new(FieldErrorKind::Empty, 0));
        }
        let (weak, rest) = match text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let value = match rest {
            // A quote that both opens and closes.
            "\"" => "",
            _ => crate::quote::quoted(rest).unwrap_or(rest),
        };
        Ok(Self {
            value: Cow::Borrowed(value),
            weak,
        })
    }

    /// Returns a strong tag: equal bytes have equal tags, others have others
    /// ([RFC 9110 section 8.8.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1)).
    ///
    /// # Errors
    ///
    /// `InvalidEntityTag` at the first double quote or control character.
    pub fn strong(value: impl Into<Cow<'a, str>>) -> Result<Self, FieldError> {
        Self::checked(value.into(), false)
    }

    /// Returns a weak tag: equal tags mean that one answer does for the other.
    ///
    /// # Errors
    ///
    /// `InvalidEntityTag` at the first double quote or control character.
    pub fn weak(value: impl Into<Cow<'a, str>>) -> Result<Self, FieldError> {
        Self::checked(value.into(), true)
    }

    fn checked(value: Cow<'a, str>, weak: bool) -> Result<Self, FieldError> {
        let bad = value
            .bytes()
            .position(|byte| byte == b'"' || (byte.is_ascii_control() && byte != b'\t'));
        match bad {
            Some(at) => Err(FieldError::new(FieldErrorKind::InvalidEntityTag, at)),
            None => Ok(Self { value, weak }),
        }
    }

    /// Returns the text of the tag without quotes.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns whether the tag is weak.
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// Returns whether both are strong and equal
    /// ([RFC 9110 section 8.8.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2)).
    #[must_use]
    pub fn strongly_equals(&self, other: &ETag<'_>) -> bool {
        !self.weak && !other.weak && self.value == other.value
    }

    /// Returns whether the texts are equal, weak or not
    /// ([RFC 9110 section 8.8.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2)).
    #[must_use]
    pub fn weakly_equals(&self, other: &ETag<'_>) -> bool {
        self.value == other.value
    }

    /// What a field has of the tag.
    fn pieces(&self) -> [&str; 4] {
        let mark = if self.weak { "W/" } else { "" };
        [mark, "\"", &self.value, "\""]
    }

    /// Returns the same tag with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ETag<'static> {
        ETag {
            value: Cow::Owned(self.value.into_owned()),
            weak: self.weak,
        }
    }
}

impl ETag<'static> {
    /// Returns a strong tag for those bytes: 22 characters, half of their SHA-256 in URL-safe base64.
    ///
    /// # Deviations
    ///
    /// Werkzeug's tag is another hash of the bytes; tags are opaque, so nobody can tell.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_http::ETag;
    ///
    /// assert_eq!(ETag::of(b"Hello World").value().len(), 22);
    /// assert_ne!(ETag::of(b"a"), ETag::of(b"b"));
    /// ```
    #[doc(alias = "generate_etag")]
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let half: Vec<u8> = digest.iter().take(16).copied().collect();
        Self {
            value: Cow::Owned(URL_SAFE_NO_PAD.encode(half)),
            weak: false,
        }
    }
}

impl fmt::Display for ETag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            f.write_str(piece)?;
        }
        Ok(())
    }
}

impl From<&ETag<'_>> for String {
    /// The tag as a field has it: what [`Display`](fmt::Display) writes, with one allocation.
    fn from(tag: &ETag<'_>) -> Self {
        tag.pieces().concat()
    }
}

borrowed_field_fallible!(ETag);
into_header_value!(ETag<'_>);

/// A strong tag of exactly that text.
pub(crate) const fn literal(value: &str) -> ETag<'_> {
    ETag {
        value: Cow::Borrowed(value),
        weak: false,
    }
}
