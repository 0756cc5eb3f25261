//! Comma-separated `key=value` items as an ordered map, and the one writer of such items. Knows no directive.

use std::borrow::Cow;
use std::fmt;

use crate::charset::{decode_percent, split_charset};
use crate::list::{RawItems, pair};
use crate::macros::{borrowed_field, into_header_value};
use crate::ordered::OrderedMap;
use crate::quote::{push_value, unquote, unquote_cow};
use crate::text::{find, find_any, from, to, trim};

/// A field value that is a list of `key=value` and bare `key` items: `max-age=3, private`.
///
/// Reading is lenient: an item without a key is left out, a key set twice keeps its first place and its last value, and
/// `key*=charset'language'percent-encoded` is stored under `key`, decoded, where the charset is ASCII, UTF-8 or
/// ISO-8859-1 ([RFC 8187 section 3.2](https://www.rfc-editor.org/rfc/rfc8187#section-3.2)). Keys keep their case.
///
/// # Limits
///
/// Linear in the field's length whatever it holds; the field's size is the caller's limit.
///
/// # Example
///
/// ```
/// use zeug_http::FieldDict;
///
/// let dict = FieldDict::parse(r#"a=b, c="d, e", f"#);
/// assert_eq!(dict.get("c"), Some(Some("d, e")));
/// assert_eq!(dict.get("f"), Some(None));
/// assert_eq!(dict.get("g"), None);
/// // An unclosed quote makes the whole field unreadable.
/// assert!(FieldDict::parse(r#"a="b"#).is_empty());
/// ```
#[doc(alias = "parse_dict_header")]
#[doc(alias = "dump_header")]
#[derive(Clone, Default, PartialEq)]
pub struct FieldDict<'a> {
    map: OrderedMap<'a, Option<Cow<'a, str>>>,
}

impl<'a> FieldDict<'a> {
    /// Returns the items of the field; none where a quote is never closed.
    #[inline]
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut dict = Self::default();
        if find(text, b'"').is_none() {
            dict.insert_plain(text);
        } else {
            dict.insert_quoted(text);
        }
        dict
    }

    fn insert_quoted(&mut self, text: &'a str) {
        for item in RawItems::new(text) {
            let Some((key, value)) = pair(unquote(item)) else {
                continue;
            };
            if value.is_some() && key.ends_with('*') {
                let item = unquote(item);
                let raw = item.split_once('=').map_or("", |(_, value)| value);
                self.insert_extended(trim(raw), key);
            } else {
                self.map.insert(key, value);
            }
        }
    }

    /// The items of a field without quotes, which is almost all there are.
    fn insert_plain(&mut self, text: &'a str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = find_any(rest, [b',', b'=']).unwrap_or(rest.len());
            let key = trim(to(rest, end));
            let mut value = None;
            if rest.as_bytes().get(end) == Some(&b'=') {
                let behind = from(rest, end + 1);
                let len = find(behind, b',').unwrap_or(behind.len());
                value = Some(trim(to(behind, len)));
                rest = from(behind, len + 1);
            } else {
                rest = from(rest, end + 1);
            }
            match value {
                _ if key.is_empty() => {}
                Some(value) if key.ends_with('*') => {
                    self.insert_extended(value, Cow::Borrowed(key));
                }
                _ => {
                    self.map
                        .insert(Cow::Borrowed(key), value.map(Cow::Borrowed));
                }
            }
        }
    }

    /// A `key*=value` item, whose value must be looked at before it is unquoted.
    fn insert_extended(&mut self, raw: &str, mut key: Cow<'a, str>) {
        let value = match split_charset(raw) {
            Some((charset, encoded)) => decode_percent(charset, encoded)
                .unwrap_or_else(|| Cow::Owned(encoded.to_owned()))
                .into_owned(),
            None => raw.to_owned(),
        };
        match &mut key {
            Cow::Borrowed(key) => *key = key.strip_suffix('*').unwrap_or(key),
            Cow::Owned(key) => {
                key.pop();
            }
        }
        self.map.insert(key, Some(unquote_cow(Cow::Owned(value))));
    }

    /// Returns the key's value: `None` where the key is absent, `Some(None)` where it stands alone.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Option<&str>> {
        self.map.get(key).map(|value| value.as_deref())
    }

    /// Returns whether the key is there, with or without a value.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.map.get(key).is_some()
    }

    /// Sets the key to a value, or to none; a key that is there keeps its place.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: Option<Cow<'a, str>>) {
        self.map.insert(key.into(), value);
    }

    /// Removes the key and returns whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.map.remove(key).is_some()
    }

    /// Returns whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Returns the keys with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.map.iter().map(|(key, value)| (key, value.as_deref()))
    }

    /// The items by value, for moving them elsewhere.
    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'a, str>, Option<Cow<'a, str>>)> {
        self.map.into_entries()
    }

    /// Returns the same items with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> FieldDict<'static> {
        let mut owned = FieldDict::default();
        for (key, value) in self.map.into_entries() {
            owned.map.insert(
                Cow::Owned(key.into_owned()),
                value.map(|value| Cow::Owned(value.into_owned())),
            );
        }
        owned
    }

    /// Appends the items as they stand in a field.
    pub(crate) fn push_to(&self, out: &mut String) {
        for (at, (key, value)) in self.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            push_parameter(out, key, value);
        }
    }
}

/// Appends `key`, or `key=value` with the value quoted where needed; a key that ends in `*` has its value as it is.
pub(crate) fn push_parameter(out: &mut String, key: &str, value: Option<&str>) {
    out.push_str(key);
    if let Some(value) = value {
        out.push('=');
        if key.ends_with('*') {
            out.push_str(value);
        } else {
            push_value(out, value);
        }
    }
}

impl fmt::Display for FieldDict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.push_to(&mut out);
        f.write_str(&out)
    }
}

impl fmt::Debug for FieldDict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Eq for FieldDict<'_> {}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Cow<'a, str>>> FromIterator<(K, Option<V>)>
    for FieldDict<'a>
{
    fn from_iter<I: IntoIterator<Item = (K, Option<V>)>>(items: I) -> Self {
        let mut dict = Self::default();
        for (key, value) in items {
            dict.insert(key, value.map(Into::into));
        }
        dict
    }
}

borrowed_field!(FieldDict);
into_header_value!(FieldDict<'_>);
