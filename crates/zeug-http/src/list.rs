//! Comma-separated field values (RFC 9110 section 5.6.1): cutting into items, and the list as a value. Items are not looked into.

use std::borrow::Cow;
use std::fmt;

use crate::macros::{borrowed_field, into_header_value};
use crate::quote::{quoted, unquote, unquote_cow, write_value};
use crate::text::{find, from, to, trim, trim_cow};

/// The items of a list as they stand in the field: blanks around them cut off, empty ones left out, quotes kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawItems<'a> {
    rest: Option<&'a str>,
    quotes: bool,
}

impl<'a> RawItems<'a> {
    /// Items of `text`; none at all where a quote is never closed.
    #[inline]
    pub(crate) fn new(text: &'a str) -> Self {
        let quotes = find(text, b'"').is_some();
        Self {
            rest: (!quotes || closed(text)).then_some(text),
            quotes,
        }
    }
}

impl<'a> Iterator for RawItems<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        while let Some(rest) = self.rest {
            let end = if self.quotes {
                item_end(rest)
            } else {
                find(rest, b',')
            };
            let item = match end {
                Some(end) => {
                    self.rest = Some(from(rest, end + 1));
                    to(rest, end)
                }
                None => {
                    self.rest = None;
                    rest
                }
            };
            let item = trim(item);
            if !item.is_empty() {
                return Some(item);
            }
        }
        None
    }
}

/// Where the first item ends: at the first comma outside of quotes.
fn item_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    text.bytes().position(|byte| {
        if escaped {
            escaped = false;
        } else if quoted && byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        byte == b',' && !quoted
    })
}

/// Whether each quote that opens is closed.
pub(crate) fn closed(text: &str) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if escaped {
            escaped = false;
        } else if quoted && byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
    }
    !quoted
}

/// A field value that is a list: `token, "quoted value"`.
///
/// Reading is lenient, as [RFC 9110 section 5.6.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2) asks of
/// recipients: empty items are left out, blanks around items too, items that are quoted as a whole lose their quotes.
/// A comma inside quotes separates nothing. Items borrow from the field where no escape had to be removed.
///
/// # Limits
///
/// A list that was read keeps the field and is cut anew each time it is walked, so that its items take no memory; one with escapes, and one
/// from which items were removed, holds each. All is linear in the field's size, which is the caller's limit.
///
/// # Example
///
/// ```
/// use zeug_http::FieldList;
///
/// let list = FieldList::parse(r#"a, ,"b, c""#);
/// assert_eq!(list.iter().collect::<Vec<_>>(), ["a", "b, c"]);
/// assert_eq!(list.to_string(), r#"a, "b, c""#);
/// // A quote that is never closed makes the whole list unreadable.
/// assert!(FieldList::parse(r#"a, "b"#).is_empty());
/// ```
#[doc(alias = "parse_list_header")]
#[doc(alias = "dump_header")]
#[derive(Clone, Default)]
pub struct FieldList<'a> {
    /// The items as they stand in the field, none with an escape.
    raw: RawItems<'a>,
    /// The items behind them.
    more: Vec<Cow<'a, str>>,
}

impl<'a> FieldList<'a> {
    /// Returns the items of the list; none where a quote is never closed.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let raw = RawItems::new(text);
        if raw.quotes && find(text, b'\\').is_some() {
            return Self {
                raw: RawItems::default(),
                more: raw.map(unquote).collect(),
            };
        }
        Self {
            raw,
            more: Vec::new(),
        }
    }

    /// Returns how many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.clone().count() + self.more.len()
    }

    /// Returns whether there are no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Returns the items in order, unquoted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let raw = self.raw.clone();
        raw.map(|item| quoted(item).unwrap_or(item))
            .chain(self.more.iter().map(AsRef::as_ref))
    }

    /// Returns whether an item equals `item`, with regard to case.
    #[must_use]
    pub fn contains(&self, item: &str) -> bool {
        self.iter().any(|other| other == item)
    }

    /// Adds an item at the end.
    pub fn push(&mut self, item: impl Into<Cow<'a, str>>) {
        self.more.push(item.into());
    }

    /// Keeps the items for which `keep` returns true.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        let all = std::mem::take(self).into_iter();
        *self = all.filter(|item| keep(item)).collect();
    }

    /// Returns the same list with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> FieldList<'static> {
        self.into_iter().map(Cow::into_owned).collect()
    }
}

impl PartialEq for FieldList<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for FieldList<'_> {}

impl fmt::Debug for FieldList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for FieldList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write_value(f, item)?;
        }
        Ok(())
    }
}

impl<'a, S: Into<Cow<'a, str>>> FromIterator<S> for FieldList<'a> {
    fn from_iter<I: IntoIterator<Item = S>>(items: I) -> Self {
        Self {
            raw: RawItems::default(),
            more: items.into_iter().map(Into::into).collect(),
        }
    }
}

impl<'a> IntoIterator for FieldList<'a> {
    type Item = Cow<'a, str>;
    type IntoIter = std::vec::IntoIter<Cow<'a, str>>;

    fn into_iter(self) -> Self::IntoIter {
        let mut all: Vec<_> = self.raw.map(unquote).collect();
        all.extend(self.more);
        all.into_iter()
    }
}

borrowed_field!(FieldList);
into_header_value!(FieldList<'_>);

/// A `key=value` item cut at its first `=`, blanks removed; the value is unquoted by the caller.
pub(crate) fn pair(item: Cow<'_, str>) -> Option<(Cow<'_, str>, Option<Cow<'_, str>>)> {
    let (key, value) = match item {
        Cow::Borrowed(item) => match item.split_once('=') {
            Some((key, value)) => (Cow::Borrowed(trim(key)), Some(Cow::Borrowed(trim(value)))),
            None => (Cow::Borrowed(trim(item)), None),
        },
        Cow::Owned(item) => match item.split_once('=') {
            Some((key, value)) => (
                Cow::Owned(trim(key).to_owned()),
                Some(Cow::Owned(trim(value).to_owned())),
            ),
            None => (trim_cow(Cow::Owned(item)), None),
        },
    };
    (!key.is_empty()).then(|| (key, value.map(unquote_cow)))
}
