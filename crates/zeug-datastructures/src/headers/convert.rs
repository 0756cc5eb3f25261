//! `Headers` from and to other collections: `http::HeaderMap` both ways without loss, pairs, and comparison.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Headers;
use crate::error::{HeaderError, HeaderErrorKind};
use crate::field::{FieldName, FieldValue};

/// Standard names in their usual spelling, others in lower case, as the map has them; values of the same name keep their order, and secrets their mark.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        map.iter().collect()
    }
}

/// As from a reference; the map's values are copied into one buffer and let go.
impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self::from(&map)
    }
}

/// Values of the same name keep their order; the spelling of names and the order among different names are not in a map.
///
/// The bytes are copied once; the values share them.
///
/// # Errors
///
/// [`TooManyFields`](HeaderErrorKind::TooManyFields) when the map takes no more (about 24,000 names).
impl TryFrom<&Headers> for HeaderMap {
    type Error = HeaderError;

    fn try_from(headers: &Headers) -> Result<Self, HeaderError> {
        to_map(headers, Bytes::copy_from_slice(&headers.text))
    }
}

/// As from a reference, but that the bytes are not copied.
impl TryFrom<Headers> for HeaderMap {
    type Error = HeaderError;

    fn try_from(mut headers: Headers) -> Result<Self, HeaderError> {
        let text = Bytes::from(std::mem::take(&mut headers.text));
        to_map(&headers, text)
    }
}

fn to_map(headers: &Headers, text: Bytes) -> Result<HeaderMap, HeaderError> {
    let full = |_| HeaderError::new(HeaderErrorKind::TooManyFields, None);
    let mut map = HeaderMap::try_with_capacity(headers.len()).map_err(full)?;
    for field in &headers.fields {
        let span = field.value as usize..(field.value + field.value_len) as usize;
        // The bytes were checked when they came in, by the rule that HeaderValue has.
        let mut value = HeaderValue::from_maybe_shared(text.slice(span))
            .unwrap_or(HeaderValue::from_static(""));
        value.set_sensitive(field.sensitive);
        map.try_append(HeaderName::from(field.name_in(&text)), value)
            .map_err(full)?;
    }
    Ok(map)
}

/// The pairs in order, each checked.
impl<const N: usize> TryFrom<[(&str, &str); N]> for Headers {
    type Error = HeaderError;

    fn try_from(pairs: [(&str, &str); N]) -> Result<Self, HeaderError> {
        Self::try_from_pairs(pairs)
    }
}

impl<'n, 'v, N: Into<FieldName<'n>>, V: Into<FieldValue<'v>>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let mut headers = Self::with_capacity(pairs.size_hint().0);
        headers.extend(pairs);
        headers
    }
}

/// Adds all pairs at the end.
impl<'n, 'v, N: Into<FieldName<'n>>, V: Into<FieldValue<'v>>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        for (name, value) in pairs {
            self.append(name, value);
        }
    }
}

/// Equal when each name, without case, has the same values in the same order.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (self.iter().eq(other) || self.by_name() == other.by_name())
    }
}

impl Eq for Headers {}

impl Headers {
    /// The fields sorted by name in lower case; fields of one name keep their order.
    fn by_name(&self) -> Vec<(String, FieldValue<'_>)> {
        let mut fields: Vec<_> = self
            .iter()
            .map(|(name, value)| (name.to_lowercase().into_owned(), value))
            .collect();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        fields
    }
}
