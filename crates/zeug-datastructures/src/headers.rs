//! `Headers`, the ordered list of fields: one buffer of bytes and a span a field. It refuses names and values that may not stand on the wire.

mod convert;
mod format;
mod iter;

use std::ops::Range;
use std::str::FromStr;

use http::HeaderValue;

pub use self::iter::{HeadersGetAll, HeadersIter};
use crate::error::{HeaderError, HeaderErrorKind};
use crate::field::{AsFieldName, FieldName, FieldValue};
use crate::quote::write_params;

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
#[derive(Clone, Default)]
pub struct Headers {
    /// Names and values of all fields, and bytes that no field refers to any more.
    text: Vec<u8>,
    /// How many bytes of `text` belong to fields that were removed.
    dead: usize,
    fields: Vec<Field>,
}

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

/// Dead bytes are tolerated up to this many, and beyond it up to half of the text.
const TOLERATED_DEAD: usize = 1024;

/// What `remove_at` and `pop` give back: the name as spelled, and the value.
type OwnedField = (String, HeaderValue);

impl Headers {
    /// An empty list; nothing is allocated.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for `fields` fields of 48 bytes each.
    pub fn with_capacity(fields: usize) -> Self {
        Self {
            text: Vec::with_capacity(fields.saturating_mul(48)),
            dead: 0,
            fields: Vec::with_capacity(fields),
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
            fields,
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

    /// Adds a field at the end.
    ///
    /// # Panics
    ///
    /// When all fields together would have more than 4 GiB; as do all methods here that cannot fail otherwise.
    #[doc(alias = "add")]
    pub fn append<'n, 'v>(
        &mut self,
        name: impl Into<FieldName<'n>>,
        value: impl Into<FieldValue<'v>>,
    ) {
        let field = self.write(name.into(), value.into());
        self.fields.push(field);
    }

    /// Adds a field at the end, when name and value are valid.
    ///
    /// # Errors
    ///
    /// Those of [`FieldName::parse`] and [`FieldValue::parse`]; nothing is added then.
    #[doc(alias = "add")]
    pub fn try_append(
        &mut self,
        name: impl AsFieldName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), HeaderError> {
        let name = name.valid()?;
        let value = value_for(name, value.as_ref())?;
        self.append(name, value);
        Ok(())
    }

    /// Adds a field whose value has parameters: `attachment; filename="a b.txt"`.
    ///
    /// Values that are no tokens are quoted; a parameter whose name ends in `*` is written as it is; `None` is passed over.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append); the offset counts in the value that was put together.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::{Headers, names};
    ///
    /// let mut headers = Headers::new();
    /// headers.try_append_with_params(names::CONTENT_DISPOSITION, "attachment", [("filename", Some("a b.txt"))])?;
    /// assert_eq!(headers.get("content-disposition").unwrap(), "attachment; filename=\"a b.txt\"");
    /// assert!(headers.try_append_with_params("X", "y", [("z", Some("\r\n"))]).is_err());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[doc(alias = "add_header")]
    pub fn try_append_with_params<'p>(
        &mut self,
        name: impl AsFieldName,
        value: &str,
        params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
    ) -> Result<(), HeaderError> {
        self.try_append(name, with_params(value, params))
    }

    /// Replaces the name's first field in place and drops its others; adds the field at the end when there is none.
    #[doc(alias = "set")]
    pub fn insert<'n, 'v>(
        &mut self,
        name: impl Into<FieldName<'n>>,
        value: impl Into<FieldValue<'v>>,
    ) {
        let name = name.into();
        let written = self.write(name, value.into());
        let Some(index) = self.find(&name, 0) else {
            self.fields.push(written);
            return;
        };
        self.remove_from(index + 1, &name);
        if let Some(field) = self.fields.get_mut(index) {
            self.dead += field.size();
            *field = written;
        }
        self.tidy();
    }

    /// As [`insert`](Self::insert), when name and value are valid.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append); nothing changes then.
    #[doc(alias = "set")]
    pub fn try_insert(
        &mut self,
        name: impl AsFieldName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), HeaderError> {
        let name = name.valid()?;
        let value = value_for(name, value.as_ref())?;
        self.insert(name, value);
        Ok(())
    }

    /// As [`try_insert`](Self::try_insert), with parameters as in [`try_append_with_params`](Self::try_append_with_params).
    ///
    /// # Errors
    ///
    /// As [`try_append_with_params`](Self::try_append_with_params).
    pub fn try_insert_with_params<'p>(
        &mut self,
        name: impl AsFieldName,
        value: &str,
        params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
    ) -> Result<(), HeaderError> {
        self.try_insert(name, with_params(value, params))
    }

    /// Replaces all values of the name: the first goes where the first was, the others to the end. No values remove the field.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append); the values before the refused one are in place then.
    #[doc(alias = "setlist")]
    pub fn try_set_all<V: AsRef<[u8]>>(
        &mut self,
        name: impl AsFieldName,
        values: impl IntoIterator<Item = V>,
    ) -> Result<(), HeaderError> {
        let mut values = values.into_iter();
        match values.next() {
            Some(first) => self.try_insert(&name, first)?,
            None => self.remove_from(0, &name),
        }
        values.try_for_each(|value| self.try_append(&name, value))
    }

    /// The first value of the name, after adding `value` when there was none.
    #[doc(alias = "setdefault")]
    pub fn get_or_insert<'n, 'v>(
        &mut self,
        name: impl Into<FieldName<'n>>,
        value: impl Into<FieldValue<'v>>,
    ) -> FieldValue<'_> {
        let name = name.into();
        let index = self.find(&name, 0).unwrap_or_else(|| {
            self.append(name, value);
            self.fields.len() - 1
        });
        self.fields
            .get(index)
            .map_or(FieldValue::from_static(""), |field| self.value_of(field))
    }

    /// As [`get_or_insert`](Self::get_or_insert), when name and value are valid.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append), when the field is not there; `value` is not looked at when it is.
    #[doc(alias = "setdefault")]
    pub fn try_get_or_insert(
        &mut self,
        name: impl AsFieldName,
        value: impl AsRef<[u8]>,
    ) -> Result<FieldValue<'_>, HeaderError> {
        let name = name.valid()?;
        if self.contains(name) {
            return Ok(self.get_or_insert(name, FieldValue::from_static("")));
        }
        let value = value_for(name, value.as_ref())?;
        Ok(self.get_or_insert(name, value))
    }

    /// All values of the name, after adding `values` when there were none.
    ///
    /// # Errors
    ///
    /// As [`try_set_all`](Self::try_set_all), when the field is not there.
    #[doc(alias = "setlistdefault")]
    pub fn try_get_all_or_insert<N: AsFieldName, V: AsRef<[u8]>>(
        &mut self,
        name: N,
        values: impl IntoIterator<Item = V>,
    ) -> Result<HeadersGetAll<'_, N>, HeaderError> {
        if !self.contains(&name) {
            self.try_set_all(&name, values)?;
        }
        Ok(self.get_all(name))
    }

    /// Adds all pairs at the end.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append); the pairs before the refused one stay.
    pub fn try_extend<N: AsFieldName, V: AsRef<[u8]>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), HeaderError> {
        pairs
            .into_iter()
            .try_for_each(|(name, value)| self.try_append(name, value))
    }

    /// Takes over the fields of `other`: for each of its names, its values replace the ones here, as [`try_set_all`](Self::try_set_all) places them.
    #[doc(alias = "__or__")]
    pub fn update(&mut self, other: &Headers) {
        for (index, (name, value)) in other.iter().enumerate() {
            // The first field of a name replaces, and later ones of the same name are added.
            if other.find(&name, 0) == Some(index) {
                self.insert(name, value);
            } else {
                self.append(name, value);
            }
        }
    }

    /// Inserts each pair in turn, so that of several with the same name the last stays.
    ///
    /// # Errors
    ///
    /// As [`try_insert`](Self::try_insert); the pairs before the refused one are in place then.
    pub fn try_update<N: AsFieldName, V: AsRef<[u8]>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), HeaderError> {
        pairs
            .into_iter()
            .try_for_each(|(name, value)| self.try_insert(name, value))
    }

    /// Replaces the field at `index`, whatever its name.
    ///
    /// # Errors
    ///
    /// As [`try_append`](Self::try_append); [`NoSuchIndex`](HeaderErrorKind::NoSuchIndex) when there is no such field.
    pub fn try_set_index(
        &mut self,
        index: usize,
        name: impl AsFieldName,
        value: impl AsRef<[u8]>,
    ) -> Result<(), HeaderError> {
        let name = name.valid()?;
        let value = value_for(name, value.as_ref())?;
        if index >= self.fields.len() {
            return Err(HeaderError::new(HeaderErrorKind::NoSuchIndex, None));
        }
        self.append(name, value);
        let old = self.fields.swap_remove(index);
        self.dead += old.size();
        self.tidy();
        Ok(())
    }

    /// Removes all fields of the name; the first value comes back.
    #[doc(alias = "pop")]
    pub fn remove(&mut self, name: impl AsFieldName) -> Option<HeaderValue> {
        let index = self.find(&name, 0)?;
        let value = self
            .fields
            .get(index)
            .map(|field| self.value_of(field).into());
        self.remove_from(index, &name);
        self.tidy();
        value
    }

    /// Removes the field at `index`; its name and value come back.
    #[doc(alias = "pop")]
    pub fn remove_at(&mut self, index: usize) -> Option<OwnedField> {
        let (name, value) = self.get_index(index)?;
        let owned = (name.as_str().to_owned(), value.into());
        let field = self.fields.remove(index);
        self.dead += field.size();
        self.tidy();
        Some(owned)
    }

    /// Removes the last field; its name and value come back.
    #[doc(alias = "popitem")]
    pub fn pop(&mut self) -> Option<OwnedField> {
        self.remove_at(self.fields.len().checked_sub(1)?)
    }

    /// Keeps the fields for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(FieldName<'_>, FieldValue<'_>) -> bool) {
        let Self { text, dead, fields } = self;
        fields.retain(|field| {
            let kept = keep(field.name_in(text), field.value_in(text));
            *dead += if kept { 0 } else { field.size() };
            kept
        });
        self.tidy();
    }

    /// Removes all fields and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        self.dead = 0;
    }

    /// The index of the first field of this name at `from` or behind.
    fn find(&self, name: &impl AsFieldName, from: usize) -> Option<usize> {
        let rest = self.fields.get(from..)?;
        let tag = name.tag();
        let position = if tag != 0 {
            rest.iter().position(|field| field.tag == tag)
        } else {
            let bytes = name.bytes();
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

    /// Removes all fields of this name at `from` and behind.
    fn remove_from(&mut self, from: usize, name: &impl AsFieldName) {
        let mut next = from;
        let mut kept = from;
        while let Some(found) = self.find(name, next) {
            self.fields.copy_within(next..found, kept);
            kept += found - next;
            self.dead += self.fields.get(found).map_or(0, Field::size);
            next = found + 1;
        }
        if next > kept {
            self.fields.copy_within(next.., kept);
            self.fields.truncate(self.fields.len() - (next - kept));
        }
    }

    fn name_of(&self, field: &Field) -> FieldName<'_> {
        field.name_in(&self.text)
    }

    fn value_of(&self, field: &Field) -> FieldValue<'_> {
        field.value_in(&self.text)
    }

    /// Writes name and value behind the text.
    fn write(&mut self, name: FieldName<'_>, value: FieldValue<'_>) -> Field {
        let (name_bytes, value_bytes) = (name.as_bytes(), value.as_bytes());
        let start = self.text.len();
        let end = start
            .saturating_add(name_bytes.len())
            .saturating_add(value_bytes.len());
        assert!(
            u32::try_from(end).is_ok(),
            "header fields of more than 4 GiB"
        );
        self.text.reserve(end - start);
        self.text.extend_from_slice(name_bytes);
        self.text.extend_from_slice(value_bytes);
        Field {
            name: start as u32,
            value: (start + name_bytes.len()) as u32,
            value_len: value_bytes.len() as u32,
            name_len: name_bytes.len() as u16,
            tag: name.tag(),
            sensitive: value.is_sensitive(),
        }
    }

    /// Copies the text without its dead bytes, when these have become too many.
    fn tidy(&mut self) {
        if self.dead <= TOLERATED_DEAD.max(self.text.len() / 2) {
            return;
        }
        let mut tidy = Self::with_capacity(self.fields.len());
        for (name, value) in self.iter() {
            tidy.append(name, value);
        }
        *self = tidy;
    }
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

    fn size(&self) -> usize {
        usize::from(self.name_len) + self.value_len as usize
    }
}

fn value_for<'v>(name: FieldName<'_>, value: &'v [u8]) -> Result<FieldValue<'v>, HeaderError> {
    FieldValue::parse_bytes(value).map_err(|error| error.in_field(name.as_str()))
}

fn with_params<'p>(
    value: &str,
    params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
) -> String {
    let mut text = value.to_owned();
    write_params(&mut text, params);
    text
}
