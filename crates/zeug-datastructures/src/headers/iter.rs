//! The iterators of `Headers`: over all fields, and over one name's values.

use std::fmt;
use std::iter::FusedIterator;
use std::slice;

use super::{Field, Headers};
use crate::field::{AsFieldName, FieldName, FieldValue};

/// The fields of a [`Headers`] in order, as name and value.
#[derive(Clone)]
pub struct HeadersIter<'a> {
    text: &'a [u8],
    fields: slice::Iter<'a, Field>,
}

impl<'a> HeadersIter<'a> {
    pub(super) fn new(headers: &'a Headers) -> Self {
        Self {
            text: &headers.text,
            fields: headers.fields.iter(),
        }
    }

    fn pair(&self, field: &Field) -> (FieldName<'a>, FieldValue<'a>) {
        (field.name_in(self.text), field.value_in(self.text))
    }
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = (FieldName<'a>, FieldValue<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let field = self.fields.next()?;
        Some(self.pair(field))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.fields.size_hint()
    }
}

impl DoubleEndedIterator for HeadersIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let field = self.fields.next_back()?;
        Some(self.pair(field))
    }
}

impl ExactSizeIterator for HeadersIter<'_> {}
impl FusedIterator for HeadersIter<'_> {}

impl fmt::Debug for HeadersIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadersIter")
            .field("left", &self.fields.len())
            .finish()
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = (FieldName<'a>, FieldValue<'a>);
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

/// The values of one name in a [`Headers`], in order.
#[derive(Clone)]
pub struct HeadersGetAll<'a, N> {
    headers: &'a Headers,
    name: N,
    next: usize,
}

impl<'a, N: AsFieldName> HeadersGetAll<'a, N> {
    pub(super) fn new(headers: &'a Headers, name: N) -> Self {
        Self {
            headers,
            name,
            next: 0,
        }
    }
}

impl<'a, N: AsFieldName> Iterator for HeadersGetAll<'a, N> {
    type Item = FieldValue<'a>;

    fn next(&mut self) -> Option<FieldValue<'a>> {
        let found = self.headers.find(&self.name, self.next)?;
        self.next = found + 1;
        let field = self.headers.fields.get(found)?;
        Some(self.headers.value_of(field))
    }
}

impl<N: AsFieldName> FusedIterator for HeadersGetAll<'_, N> {}

impl<N: AsFieldName> fmt::Debug for HeadersGetAll<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadersGetAll")
            .field("name", &String::from_utf8_lossy(self.name.bytes()))
            .finish_non_exhaustive()
    }
}
