//! What changes a `Headers`: adding, replacing and removing fields. It refuses what may not stand on the wire.

use http::HeaderValue;

use super::{BETWEEN, END, Field, Headers, HeadersGetAll, bit};
use crate::error::{HeaderError, HeaderErrorKind};
use crate::field::{AsFieldName, FieldName, FieldValue};
use crate::quote::write_params;

/// The least that is allocated for the text.
const FIRST: usize = 128;
/// Dead bytes are tolerated up to this many, and beyond it up to half of the text.
const TOLERATED_DEAD: usize = 1024;

/// What `remove_at` and `pop` give back: the name as spelled, and the value.
type OwnedField = (String, HeaderValue);

impl Headers {
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
        self.push(name.into(), value.into());
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
        self.replace(name.into(), value.into());
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
        let Self {
            text, dead, fields, ..
        } = self;
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
        self.present = 0;
        self.as_sent = false;
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

    fn push(&mut self, name: FieldName<'_>, value: FieldValue<'_>) {
        let field = self.write(name, value);
        self.fields.push(field);
    }

    fn replace(&mut self, name: FieldName<'_>, value: FieldValue<'_>) {
        let Some(index) = self.find(&name, 0) else {
            return self.push(name, value);
        };
        let written = self.write(name, value);
        self.remove_from(index + 1, &name);
        if let Some(field) = self.fields.get_mut(index) {
            self.dead += field.size();
            *field = written;
        }
        self.tidy();
    }

    /// Writes the field as a line of a head behind the text.
    // Inlined, so that the field goes from registers into the list: handed over in memory, it was read sooner than it was there.
    #[inline(always)]
    fn write(&mut self, name: FieldName<'_>, value: FieldValue<'_>) -> Field {
        let (name_bytes, value_bytes) = (name.as_bytes(), value.as_bytes());
        let start = self.text.len();
        let len = name_bytes
            .len()
            .saturating_add(value_bytes.len())
            .saturating_add(BETWEEN.len() + END.len());
        assert!(
            u32::try_from(start.saturating_add(len)).is_ok(),
            "header fields of more than 4 GiB"
        );
        // The first allocation holds the few short fields that most answers have.
        self.text
            .reserve(if start == 0 { len.max(FIRST) } else { len });
        self.text.extend_from_slice(name_bytes);
        self.text.extend_from_slice(BETWEEN);
        self.text.extend_from_slice(value_bytes);
        self.text.extend_from_slice(END);
        self.present |= bit(name.tag());
        Field {
            name: start as u32,
            value: (start + name_bytes.len() + BETWEEN.len()) as u32,
            value_len: value_bytes.len() as u32,
            name_len: name_bytes.len() as u16,
            tag: name.tag(),
            sensitive: value.is_sensitive(),
        }
    }

    /// Copies the text without its dead bytes, when these have become too many.
    fn tidy(&mut self) {
        if self.dead as usize <= TOLERATED_DEAD.max(self.text.len() / 2) {
            return;
        }
        let mut tidy = Self::with_capacity(self.fields.len());
        for (name, value) in self.iter() {
            tidy.append(name, value);
        }
        *self = tidy;
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
