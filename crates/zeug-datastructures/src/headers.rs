//! `Headers`, the ordered list of fields: one buffer of bytes and a span a field. It refuses names and values that may not stand on the wire.

mod change;
mod convert;
mod format;
mod iter;
mod lines;

use std::ops::Range;
use std::str::FromStr;

pub use self::iter::{HeadersGetAll, HeadersIter};
use crate::error::{HeaderError, HeaderErrorKind};
use crate::field::{AsFieldName, FieldName, FieldValue};

/// An ordered list of header fields: names are compared without case and keep their spelling, duplicates keep their order.
///
/// It is what was on the wire, or will be: every name is a token and no value holds CR, LF, NUL or another control byte but tab, so what is in
/// here can be written out as it is ([RFC 9110, section 5](https://www.rfc-editor.org/rfc/rfc9110#section-5)).
///
/// Writing comes in two forms. `append` and `insert` take a [`FieldName`] and a [`FieldValue`] (or a `&HeaderName` and a `&HeaderValue`), which are
/// valid already, and cannot fail; `try_append` and `try_insert` take text and check it. Looking up takes any [`AsFieldName`].
///
/// Two lists are equal when each name, without case, has the same values in the same order; how different names stand to each other does not count.
///
/// # Limits
///
/// One allocation for the bytes and one for the spans, 16 bytes a field. Look-ups and changes are linear in the number of fields, which a
/// server bounds when it reads a head. All fields together may have 4 GiB.
///
/// # Deviations
///
/// Werkzeug takes any text as a name and refuses only CR and LF in a value; it compares lists as sets, so that a repeated field does not count.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{FieldValue, Headers, names};
///
/// let mut headers = Headers::new();
/// headers.append(names::CONTENT_TYPE, FieldValue::from_static("text/plain"));
/// headers.try_append("X-Tag", "a")?;
/// headers.try_append("x-tag", "b")?;
///
/// assert_eq!(headers.get("content-type").unwrap(), "text/plain");
/// assert_eq!(headers.get_all("X-TAG").count(), 2);
/// assert!(headers.try_append("X-Tag", "a\r\nSet-Cookie: evil").is_err());
/// assert_eq!(headers.to_string(), "Content-Type: text/plain\r\nX-Tag: a\r\nx-tag: b\r\n\r\n");
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[derive(Default)]
pub struct Headers {
    /// Names and values of all fields, most of them as lines of a head, and bytes that no field refers to any more.
    text: Vec<u8>,
    /// How many bytes of `text` belong to fields that were removed.
    dead: u32,
    /// Whether some of `text` is not as [`write_to`](Self::write_to) would write it.
    as_sent: bool,
    fields: Vec<Field>,
    /// A bit for each standard name that there is, or was: what has none is not looked for.
    present: u64,
}

/// What stands in a line of a head between name and value.
const BETWEEN: &[u8] = b": ";
/// What ends a line of a head.
const END: &[u8] = b"\r\n";

/// Where a field stands in the text.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: u32,
    value: u32,
    value_len: u32,
    name_len: u16,
    tag: u8,
    sensitive: bool,
}

impl Headers {
    /// An empty list; nothing is allocated.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for `fields` fields of 64 bytes each.
    pub fn with_capacity(fields: usize) -> Self {
        Self {
            text: Vec::with_capacity(fields.saturating_mul(64)),
            dead: 0,
            as_sent: false,
            fields: Vec::with_capacity(fields),
            present: 0,
        }
    }

    /// The fields of a parsed head: `block` is kept as it is, and `spans` say where each name and each value stands in it.
    ///
    /// This is how a parser hands over a whole head with one copy, or none when `block` is a `Vec<u8>`.
    ///
    /// # Errors
    ///
    /// [`SpanOutOfBounds`](HeaderErrorKind::SpanOutOfBounds) for a span that reaches out of the block; the errors of [`FieldName::parse`] and
    /// [`FieldValue::parse`], with offsets counted from the start of the block; [`TooLarge`](HeaderErrorKind::TooLarge) above 4 GiB.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    ///
    /// let head = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
    /// let headers = Headers::from_block(head, [(16..20, 22..33)])?;
    /// assert_eq!(headers.get("host").unwrap(), "example.org");
    /// assert_eq!(Headers::from_block(head, [(16..21, 22..33)]).unwrap_err().offset(), Some(20));
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    pub fn from_block(
        block: impl Into<Vec<u8>>,
        spans: impl IntoIterator<Item = (Range<usize>, Range<usize>)>,
    ) -> Result<Self, HeaderError> {
        let text = block.into();
        if u32::try_from(text.len()).is_err() {
            return Err(HeaderError::new(HeaderErrorKind::TooLarge, None));
        }
        let spans = spans.into_iter();
        let mut fields = Vec::with_capacity(spans.size_hint().0);
        let mut present = 0;
        for (name_span, value_span) in spans {
            let outside = |at: usize| HeaderError::new(HeaderErrorKind::SpanOutOfBounds, Some(at));
            let name = text
                .get(name_span.clone())
                .ok_or_else(|| outside(name_span.start))?;
            let value = text
                .get(value_span.clone())
                .ok_or_else(|| outside(value_span.start))?;
            let name =
                FieldName::parse_bytes(name).map_err(|error| error.shifted(name_span.start))?;
            FieldValue::parse_bytes(value)
                .map_err(|error| error.shifted(value_span.start).in_field(name.as_str()))?;
            present |= bit(name.tag());
            fields.push(Field {
                name: name_span.start as u32,
                value: value_span.start as u32,
                value_len: value.len() as u32,
                name_len: name.as_bytes().len() as u16,
                tag: name.tag(),
                sensitive: false,
            });
        }
        Ok(Self {
            text,
            dead: 0,
            as_sent: true,
            fields,
            present,
        })
    }

    /// The fields of `pairs`, in order.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append), at the first pair that is refused.
    pub fn try_from_pairs<N: AsFieldName, V: AsRef<[u8]>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, HeaderError> {
        let mut headers = Self::new();
        headers.try_extend(pairs)?;
        Ok(headers)
    }

    /// How many fields there are, duplicates counted each.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// How many bytes of names and values there is memory for; none is given back by [`clear`](Self::clear).
    pub fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether a field of this name is there.
    pub fn contains(&self, name: impl AsFieldName) -> bool {
        self.find(&name, 0).is_some()
    }

    /// The first value of the name.
    #[doc(alias = "__getitem__")]
    pub fn get(&self, name: impl AsFieldName) -> Option<FieldValue<'_>> {
        let index = self.find(&name, 0)?;
        self.fields.get(index).map(|field| self.value_of(field))
    }

    /// All values of the name, in order.
    #[doc(alias = "getlist")]
    pub fn get_all<N: AsFieldName>(&self, name: N) -> HeadersGetAll<'_, N> {
        HeadersGetAll::new(self, name)
    }

    /// The first value of the name, converted; `None` when the field is not there.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`](HeaderErrorKind::NotUtf8) and [`Conversion`](HeaderErrorKind::Conversion), naming the field.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::{Headers, names};
    ///
    /// let headers = Headers::try_from([("Age", "60"), ("Content-Length", "many")])?;
    /// assert_eq!(headers.get_as::<u64>(names::AGE)?, Some(60));
    /// assert!(headers.get_as::<u64>(names::CONTENT_LENGTH).is_err());
    /// assert_eq!(headers.get_as::<u64>("x").ok().flatten().unwrap_or(7), 7);
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    pub fn get_as<T>(&self, name: impl AsFieldName) -> Result<Option<T>, HeaderError>
    where
        T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        self.get_all_as(name).next().transpose()
    }

    /// All values of the name, each converted.
    ///
    /// Where values that do not convert are to be passed over, `.flatten()` does it.
    ///
    /// # Errors
    ///
    /// Each item as [`get_as`](Self::get_as).
    pub fn get_all_as<T>(
        &self,
        name: impl AsFieldName,
    ) -> impl Iterator<Item = Result<T, HeaderError>>
    where
        T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let shown = String::from_utf8_lossy(name.bytes()).into_owned();
        self.get_all(name).map(move |value| {
            let text = value.to_str().map_err(|error| error.in_field(&shown))?;
            text.parse()
                .map_err(|error| HeaderError::conversion(&shown, error))
        })
    }

    /// The field at `index`.
    pub fn get_index(&self, index: usize) -> Option<(FieldName<'_>, FieldValue<'_>)> {
        self.fields
            .get(index)
            .map(|field| (self.name_of(field), self.value_of(field)))
    }

    /// All fields in order, as name and value.
    pub fn iter(&self) -> HeadersIter<'_> {
        HeadersIter::new(self)
    }

    /// The names in order, once for each field.
    #[doc(alias = "keys")]
    pub fn names(&self) -> impl ExactSizeIterator<Item = FieldName<'_>> + DoubleEndedIterator {
        self.iter().map(|(name, _)| name)
    }

    /// The values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = FieldValue<'_>> + DoubleEndedIterator {
        self.iter().map(|(_, value)| value)
    }

    /// The index of the first field of this name at `from` or behind.
    #[inline(always)]
    fn find(&self, name: &impl AsFieldName, from: usize) -> Option<usize> {
        match name.tag() {
            0 => self.find_other(name.bytes(), from),
            tag if self.present & bit(tag) == 0 => None,
            tag => {
                let rest = self.fields.get(from..)?;
                Some(rest.iter().position(|field| field.tag == tag)? + from)
            }
        }
    }

    /// As [`find`](Self::find), by the name's text.
    fn find_other(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = self.fields.get(from..)?;
        let position = {
            let len = u16::try_from(bytes.len()).ok()?;
            rest.iter().position(|field| {
                field.name_len == len
                    && field
                        .name_in(&self.text)
                        .as_bytes()
                        .eq_ignore_ascii_case(bytes)
            })
        };
        position.map(|position| position + from)
    }

    fn name_of(&self, field: &Field) -> FieldName<'_> {
        field.name_in(&self.text)
    }

    fn value_of(&self, field: &Field) -> FieldValue<'_> {
        field.value_in(&self.text)
    }
}

impl Clone for Headers {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            fields: self.fields.clone(),
            ..*self
        }
    }

    /// Copies the fields of `source` into the memory that is there: two copies of memory, and no allocation where it is enough.
    fn clone_from(&mut self, source: &Self) {
        let Self {
            text,
            dead,
            as_sent,
            fields,
            present,
        } = self;
        copy(&source.text, text);
        copy(&source.fields, fields);
        (*dead, *as_sent, *present) = (source.dead, source.as_sent, source.present);
    }
}

/// Copies into the memory that is there. Most requests of a connection have as many bytes and fields as the one before: a build without optimisation has less than half
/// the work then.
fn copy<T: Copy>(from: &[T], to: &mut Vec<T>) {
    if to.len() == from.len() {
        to.copy_from_slice(from);
    } else {
        to.clear();
        to.extend_from_slice(from);
    }
}

/// The bit of a standard name; some share one.
fn bit(tag: u8) -> u64 {
    1 << (tag % 64)
}

impl Field {
    fn name_in<'a>(&self, text: &'a [u8]) -> FieldName<'a> {
        let start = self.name as usize;
        FieldName::checked(
            self.tag,
            text.get(start..start + usize::from(self.name_len))
                .unwrap_or_default(),
        )
    }

    fn value_in<'a>(&self, text: &'a [u8]) -> FieldValue<'a> {
        let start = self.value as usize;
        FieldValue::checked(
            text.get(start..start + self.value_len as usize)
                .unwrap_or_default(),
            self.sensitive,
        )
    }

    /// Where the field stands as a line that can be written out as it is, if it does.
    fn line_in(&self, text: &[u8]) -> Option<Range<usize>> {
        let value = self.value as usize;
        let between = self.name as usize + usize::from(self.name_len);
        let end = value + self.value_len as usize;
        (text.get(between..value) == Some(BETWEEN) && text.get(end..end + END.len()) == Some(END))
            .then_some(self.name as usize..end + END.len())
    }

    fn size(&self) -> u32 {
        u32::from(self.name_len) + self.value_len + (BETWEEN.len() + END.len()) as u32
    }
}
