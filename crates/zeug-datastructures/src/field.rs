//! A field's two halves, borrowed: `FieldName` (a token) and `FieldValue` (bytes without control bytes). They refuse what may not
//! stand on the wire.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderName, HeaderValue};

use crate::error::{HeaderError, HeaderErrorKind};
use crate::names;

/// The longest name that [`HeaderName`] takes, and so the longest here.
const LONGEST_NAME: usize = u16::MAX as usize;

/// A valid field name, as it was spelled, compared without case.
///
/// A name is a token ([RFC 9110, section 5.1](https://www.rfc-editor.org/rfc/rfc9110#section-5.1)): one or more of letters, digits
/// and ``!#$%&'*+-.^_`|~``. The standard names are constants in [`names`](crate::names): looking up by constant is the fastest way.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{FieldName, names};
///
/// let name = FieldName::parse("content-TYPE")?;
/// assert_eq!(name, names::CONTENT_TYPE);
/// assert_eq!(name.as_str(), "content-TYPE");
/// assert!(FieldName::parse("no colon:").is_err());
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[derive(Clone, Copy)]
pub struct FieldName<'a> {
    tag: u8,
    bytes: &'a [u8],
}

impl<'a> FieldName<'a> {
    /// A constant of `names`.
    pub(crate) const fn standard(tag: u8, text: &'static str) -> FieldName<'static> {
        FieldName {
            tag,
            bytes: text.as_bytes(),
        }
    }

    /// A name that was checked before.
    pub(crate) const fn checked(tag: u8, bytes: &'a [u8]) -> Self {
        Self { tag, bytes }
    }

    /// The name in `text`.
    ///
    /// # Errors
    ///
    /// [`EmptyName`](HeaderErrorKind::EmptyName) for `""`, [`InvalidNameByte`](HeaderErrorKind::InvalidNameByte) for a byte that is no token
    /// byte, [`NameTooLong`](HeaderErrorKind::NameTooLong) above 65,535 bytes.
    pub fn parse(text: &'a str) -> Result<Self, HeaderError> {
        Self::parse_bytes(text.as_bytes())
    }

    /// The name in `bytes`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    #[inline]
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let tag = names::tag_of(bytes);
        if tag != 0 {
            return Ok(Self { tag, bytes });
        }
        Self::parse_custom(bytes)
    }

    /// A name that is no standard one.
    fn parse_custom(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        if bytes.is_empty() {
            return Err(HeaderError::new(HeaderErrorKind::EmptyName, None));
        }
        if let Some(offset) = bytes.iter().position(|&byte| !TOKEN[usize::from(byte)]) {
            return Err(HeaderError::new(
                HeaderErrorKind::InvalidNameByte,
                Some(offset),
            ));
        }
        if bytes.len() > LONGEST_NAME {
            return Err(HeaderError::new(
                HeaderErrorKind::NameTooLong,
                Some(LONGEST_NAME),
            ));
        }
        Ok(Self { tag: 0, bytes })
    }

    pub(crate) fn tag(self) -> u8 {
        self.tag
    }

    /// The name's bytes, as spelled.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The name as text, as spelled.
    pub fn as_str(self) -> &'a str {
        str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// The name in lower case; borrowed when it is so already.
    pub fn to_lowercase(self) -> Cow<'a, str> {
        if self.bytes.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(self.as_str().to_ascii_lowercase())
        } else {
            Cow::Borrowed(self.as_str())
        }
    }

    /// Whether the field's value is a secret that [`Debug`](fmt::Debug) must not show: credentials and cookies.
    pub(crate) fn holds_secret(self) -> bool {
        [
            names::AUTHORIZATION,
            names::PROXY_AUTHORIZATION,
            names::COOKIE,
            names::SET_COOKIE,
        ]
        .contains(&self)
    }
}

impl PartialEq for FieldName<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag && (self.tag != 0 || self.bytes.eq_ignore_ascii_case(other.bytes))
    }
}

impl Eq for FieldName<'_> {}

impl PartialEq<str> for FieldName<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes.eq_ignore_ascii_case(other.as_bytes())
    }
}

impl PartialEq<&str> for FieldName<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<HeaderName> for FieldName<'_> {
    fn eq(&self, other: &HeaderName) -> bool {
        *self == *other.as_str()
    }
}

impl fmt::Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<'a> From<&'a HeaderName> for FieldName<'a> {
    /// The same name: a standard one in its usual spelling, another in lower case, as `http` has it.
    fn from(name: &'a HeaderName) -> Self {
        let bytes = name.as_str().as_bytes();
        match names::tag_of(bytes) {
            0 => Self { tag: 0, bytes },
            tag => Self::standard(tag, names::text_of(tag)),
        }
    }
}

impl From<FieldName<'_>> for HeaderName {
    fn from(name: FieldName<'_>) -> Self {
        // The bytes are a token of a length that HeaderName takes, so the last resort is never taken.
        names::header_name_of(name.tag)
            .or_else(|| HeaderName::from_bytes(name.bytes).ok())
            .unwrap_or(http::header::WARNING)
    }
}

impl<'a> TryFrom<&'a str> for FieldName<'a> {
    type Error = HeaderError;

    fn try_from(text: &'a str) -> Result<Self, HeaderError> {
        Self::parse(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for FieldName<'a> {
    type Error = HeaderError;

    fn try_from(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        Self::parse_bytes(bytes)
    }
}

/// What can name a field in a look-up: a constant of [`names`](crate::names), a [`HeaderName`], or text in any case.
///
/// Text that is no valid name finds nothing. The trait is sealed.
pub trait AsFieldName: sealed::Probe {}

pub(crate) mod sealed {
    use super::{FieldName, HeaderError, HeaderName};

    /// A name's tag, where it is known without work, and its bytes.
    pub trait Probe {
        fn tag(&self) -> u8 {
            0
        }
        fn bytes(&self) -> &[u8];
        /// The name, when it is valid.
        fn valid(&self) -> Result<FieldName<'_>, HeaderError> {
            FieldName::parse_bytes(self.bytes())
        }
    }

    impl Probe for FieldName<'_> {
        fn tag(&self) -> u8 {
            self.tag
        }
        fn bytes(&self) -> &[u8] {
            self.bytes
        }
        fn valid(&self) -> Result<FieldName<'_>, HeaderError> {
            Ok(*self)
        }
    }

    impl Probe for str {
        fn bytes(&self) -> &[u8] {
            self.as_bytes()
        }
    }

    impl Probe for String {
        fn bytes(&self) -> &[u8] {
            self.as_bytes()
        }
    }

    impl Probe for [u8] {
        fn bytes(&self) -> &[u8] {
            self
        }
    }

    impl Probe for HeaderName {
        fn bytes(&self) -> &[u8] {
            self.as_str().as_bytes()
        }
    }

    impl<T: Probe + ?Sized> Probe for &T {
        fn tag(&self) -> u8 {
            T::tag(self)
        }
        fn bytes(&self) -> &[u8] {
            T::bytes(self)
        }
        fn valid(&self) -> Result<FieldName<'_>, HeaderError> {
            T::valid(self)
        }
    }
}

impl AsFieldName for FieldName<'_> {}
impl AsFieldName for str {}
impl AsFieldName for String {}
impl AsFieldName for [u8] {}
impl AsFieldName for HeaderName {}
impl<T: AsFieldName + ?Sized> AsFieldName for &T {}

/// A valid field value, borrowed: any bytes but control bytes other than tab.
///
/// [RFC 9110, section 5.5](https://www.rfc-editor.org/rfc/rfc9110#section-5.5) gives a value no character set, so the bytes are the value; text is had
/// by [`to_str`](Self::to_str), [`to_latin1`](Self::to_latin1) or [`to_utf8_lossy`](Self::to_utf8_lossy), as the field at hand wants it.
///
/// # Example
///
/// ```
/// use zeug_datastructures::FieldValue;
///
/// let value = FieldValue::parse("text/html")?;
/// assert_eq!(value, "text/html");
/// assert_eq!(FieldValue::parse_bytes(b"caf\xe9")?.to_latin1(), "café");
/// assert!(FieldValue::parse("a\nb").is_err());
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[derive(Clone, Copy)]
pub struct FieldValue<'a> {
    bytes: &'a [u8],
    sensitive: bool,
}

impl<'a> FieldValue<'a> {
    /// A value that was checked before.
    pub(crate) const fn checked(bytes: &'a [u8], sensitive: bool) -> Self {
        Self { bytes, sensitive }
    }

    /// The value in `text`, to be used in constants.
    ///
    /// # Panics
    ///
    /// When `text` holds a control byte other than tab; in a constant that is an error of the compiler. Use [`parse`](Self::parse) for text
    /// that is not written in the program.
    pub const fn from_static(text: &'static str) -> FieldValue<'static> {
        let bytes = text.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            assert!(
                !is_control(bytes[index]),
                "byte not allowed in a field value"
            );
            index += 1;
        }
        FieldValue {
            bytes,
            sensitive: false,
        }
    }

    /// The value in `text`, taken as it is: white space at its ends stays.
    ///
    /// # Errors
    ///
    /// [`InvalidValueByte`](HeaderErrorKind::InvalidValueByte) at the first control byte other than tab.
    pub fn parse(text: &'a str) -> Result<Self, HeaderError> {
        Self::parse_bytes(text.as_bytes())
    }

    /// The value in `bytes`, taken as it is.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    #[inline]
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        if has_control(bytes) {
            let offset = bytes.iter().position(|&byte| is_control(byte));
            return Err(HeaderError::new(HeaderErrorKind::InvalidValueByte, offset));
        }
        Ok(Self {
            bytes,
            sensitive: false,
        })
    }

    /// The value's bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes the value has.
    pub fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether the value has no bytes.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the value was marked as a secret, as [`HeaderValue::is_sensitive`] is.
    pub fn is_sensitive(self) -> bool {
        self.sensitive
    }

    /// The same value marked as a secret: [`Debug`](fmt::Debug) does not show it.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// The value as text, when it is UTF-8 (ASCII is).
    ///
    /// # Errors
    ///
    /// [`NotUtf8`](HeaderErrorKind::NotUtf8) with the offset of the first byte that is not.
    pub fn to_str(self) -> Result<&'a str, HeaderError> {
        str::from_utf8(self.bytes)
            .map_err(|error| HeaderError::new(HeaderErrorKind::NotUtf8, Some(error.valid_up_to())))
    }

    /// The value read as ISO-8859-1, in which each byte is a character: what WSGI and most old senders mean. Borrowed when all is ASCII.
    pub fn to_latin1(self) -> Cow<'a, str> {
        match str::from_utf8(self.bytes) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(self.bytes.iter().copied().map(char::from).collect()),
        }
    }

    /// The value read as UTF-8, with U+FFFD for each broken sequence. Borrowed when nothing is broken.
    pub fn to_utf8_lossy(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

impl PartialEq for FieldValue<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for FieldValue<'_> {}

impl PartialEq<str> for FieldValue<'_> {
    fn eq(&self, other: &str) -> bool {
        self.bytes == other.as_bytes()
    }
}

impl PartialEq<&str> for FieldValue<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.bytes == other.as_bytes()
    }
}

impl PartialEq<[u8]> for FieldValue<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.bytes == other
    }
}

impl PartialEq<&[u8]> for FieldValue<'_> {
    fn eq(&self, other: &&[u8]) -> bool {
        self.bytes == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for FieldValue<'_> {
    fn eq(&self, other: &&[u8; N]) -> bool {
        self.bytes == *other
    }
}

impl PartialEq<HeaderValue> for FieldValue<'_> {
    fn eq(&self, other: &HeaderValue) -> bool {
        self.bytes == other.as_bytes()
    }
}

impl AsRef<[u8]> for FieldValue<'_> {
    fn as_ref(&self) -> &[u8] {
        self.bytes
    }
}

/// The value as text; bytes that are not UTF-8 are written `\xe9`.
impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.bytes.utf8_chunks() {
            f.write_str(chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// The value in quotes, or `Sensitive` when it was marked so.
impl fmt::Debug for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("Sensitive");
        }
        write!(f, "\"{}\"", self.bytes.escape_ascii())
    }
}

impl<'a> From<&'a HeaderValue> for FieldValue<'a> {
    fn from(value: &'a HeaderValue) -> Self {
        Self {
            bytes: value.as_bytes(),
            sensitive: value.is_sensitive(),
        }
    }
}

impl From<FieldValue<'_>> for HeaderValue {
    fn from(value: FieldValue<'_>) -> Self {
        // HeaderValue takes the same bytes, so the last resort is never taken.
        let mut owned =
            HeaderValue::from_bytes(value.bytes).unwrap_or(HeaderValue::from_static(""));
        owned.set_sensitive(value.sensitive);
        owned
    }
}

impl<'a> TryFrom<&'a str> for FieldValue<'a> {
    type Error = HeaderError;

    fn try_from(text: &'a str) -> Result<Self, HeaderError> {
        Self::parse(text)
    }
}

impl<'a> TryFrom<&'a [u8]> for FieldValue<'a> {
    type Error = HeaderError;

    fn try_from(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        Self::parse_bytes(bytes)
    }
}

/// Which bytes a token may hold (RFC 9110, section 5.6.2).
pub(crate) static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

const fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Whether any byte is a control byte other than tab.
#[inline]
fn has_control(bytes: &[u8]) -> bool {
    // A first look, many bytes at a time, that may take a tab for worse. The last block or word overlaps the one before it, so that nothing is left over.
    let suspicious = if let Some(last) = bytes.last_chunk::<16>() {
        let mut marks = [0; 16];
        for block in bytes.as_chunks::<16>().0.iter().chain([last]) {
            for (mark, &byte) in marks.iter_mut().zip(block) {
                *mark |= u8::from((byte < 0x20) | (byte == 0x7f));
            }
        }
        u128::from_ne_bytes(marks) != 0
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        is_suspicious(*first) | is_suspicious(*last)
    } else {
        true
    };
    suspicious && bytes.iter().any(|&byte| is_control(byte))
}

/// Where the first control byte other than tab is.
#[inline]
pub(crate) fn control_at(bytes: &[u8]) -> Option<usize> {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let mut marks = suspicious(*word);
        while marks != 0 {
            let at = index * 8 + marks.trailing_zeros() as usize / 8;
            if bytes.get(at).is_some_and(|&byte| is_control(byte)) {
                return Some(at);
            }
            // It was a tab.
            marks &= marks - 1;
        }
    }
    let at = tail.iter().position(|&byte| is_control(byte))?;
    Some(words.len() * 8 + at)
}

/// Whether a byte is below 0x20 or is 0x7f; whether it is a tab does not matter here.
fn is_suspicious(word: [u8; 8]) -> bool {
    suspicious(word) != 0
}

/// A bit in each byte that is below 0x20 or is 0x7f, the first in the lowest; above it there may be some too many.
#[inline]
fn suspicious(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(word);
    let delete = word ^ (ONES * 0x7f);
    // The known tests for a byte below n, and for a zero byte, in a word.
    let below = word.wrapping_sub(ONES * 0x20) & !word;
    let zero = delete.wrapping_sub(ONES) & !delete;
    (below | zero) & (ONES * 0x80)
}
