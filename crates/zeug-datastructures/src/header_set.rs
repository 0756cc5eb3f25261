//! `HeaderSet`, the ordered set of tokens that fields such as `Vary` and `Allow` hold. Taking a field value apart is not done here.

use std::collections::HashSet;
use std::fmt;
use std::slice;

use http::HeaderValue;

use crate::error::HeaderError;
use crate::field::FieldValue;
use crate::quote::quoted;

/// An ordered set of names, compared without ASCII case, each kept as it was first spelled: `Vary`, `Allow`, `Content-Language`.
///
/// Two sets are equal when they hold the same names in any order and case.
///
/// # Limits
///
/// Up to 16 names a look-up is a scan, beyond it a hash look-up with a random key.
///
/// # Deviations
///
/// Werkzeug leaves a name in the list when it is removed in another spelling, and can hold a name twice; here neither happens. Its callback at each change
/// is not needed where a set is a value that is put back into its field.
///
/// # Example
///
/// ```
/// use zeug_datastructures::HeaderSet;
///
/// let mut vary = HeaderSet::from(["Accept", "Cookie"]);
/// assert!(!vary.add("accept"));
/// assert!(vary.add("a b"));
/// assert!(vary.contains("COOKIE"));
/// assert_eq!(vary.to_string(), "Accept, Cookie, \"a b\"");
///
/// vary.add("no\nbreak");
/// assert!(http::HeaderValue::try_from(&vary).is_err());
/// ```
#[derive(Clone, Default)]
pub struct HeaderSet {
    items: Vec<String>,
    /// All items in lower case, while there are more than `SMALL`; else empty.
    seen: HashSet<String>,
}

const SMALL: usize = 16;

impl HeaderSet {
    /// An empty set; nothing is allocated.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the name is there.
    pub fn contains(&self, name: &str) -> bool {
        if self.seen.is_empty() {
            self.position(name).is_some()
        } else {
            self.seen.contains(&name.to_ascii_lowercase())
        }
    }

    /// The place of the name.
    #[doc(alias = "find")]
    #[doc(alias = "index")]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.items
            .iter()
            .position(|item| item.eq_ignore_ascii_case(name))
    }

    /// The name at `index`, as it was spelled.
    #[doc(alias = "__getitem__")]
    pub fn get(&self, index: usize) -> Option<&str> {
        self.items.get(index).map(String::as_str)
    }

    /// The names in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.items.iter().map(String::as_str)
    }

    /// Adds the name at the end; whether it is new.
    pub fn add(&mut self, name: impl Into<String>) -> bool {
        let name = name.into();
        if self.contains(&name) {
            return false;
        }
        self.items.push(name);
        self.note_last();
        true
    }

    /// Removes the name; whether it was there.
    #[doc(alias = "discard")]
    pub fn remove(&mut self, name: &str) -> bool {
        self.position(name)
            .and_then(|index| self.remove_at(index))
            .is_some()
    }

    /// Removes the name at `index`, which comes back.
    #[doc(alias = "__delitem__")]
    pub fn remove_at(&mut self, index: usize) -> Option<String> {
        if index >= self.items.len() {
            return None;
        }
        let name = self.items.remove(index);
        self.seen.remove(&name.to_ascii_lowercase());
        if self.items.len() <= SMALL {
            self.seen.clear();
        }
        Some(name)
    }

    /// Puts a name in the place of the one at `index`, which comes back; `None`, and no change, when there is none. Should the name stand in another place,
    /// it is taken away there.
    #[doc(alias = "__setitem__")]
    pub fn replace(&mut self, index: usize, name: impl Into<String>) -> Option<String> {
        let item = self.items.get_mut(index)?;
        let name = name.into();
        let lower = name.to_ascii_lowercase();
        let old = std::mem::replace(item, name);
        if !old.eq_ignore_ascii_case(&lower) {
            let twin =
                |(at, item): (usize, &String)| at != index && item.eq_ignore_ascii_case(&lower);
            if let Some(at) = self.items.iter().enumerate().position(twin) {
                self.items.remove(at);
            }
            if !self.seen.is_empty() {
                self.seen.remove(&old.to_ascii_lowercase());
                self.seen.insert(lower);
            }
        }
        Some(old)
    }

    /// Removes all names.
    pub fn clear(&mut self) {
        self.items.clear();
        self.seen.clear();
    }

    /// Brings `seen` up to date after an item was pushed.
    fn note_last(&mut self) {
        let known = self.seen.len();
        if self.items.len() > SMALL {
            self.seen.extend(
                self.items
                    .iter()
                    .skip(known)
                    .map(|item| item.to_ascii_lowercase()),
            );
        }
    }
}

impl PartialEq for HeaderSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|name| other.contains(name))
    }
}

impl Eq for HeaderSet {}

/// The names as a field value: separated by a comma and a space, quoted where they are no tokens.
impl fmt::Display for HeaderSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(&quoted(name))?;
        }
        Ok(())
    }
}

impl fmt::Debug for HeaderSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// # Errors
///
/// [`InvalidValueByte`](crate::HeaderErrorKind::InvalidValueByte) when a name holds a control byte.
impl TryFrom<&HeaderSet> for HeaderValue {
    type Error = HeaderError;

    fn try_from(set: &HeaderSet) -> Result<Self, HeaderError> {
        FieldValue::parse(&set.to_string()).map(HeaderValue::from)
    }
}

impl<T: Into<String>> Extend<T> for HeaderSet {
    fn extend<I: IntoIterator<Item = T>>(&mut self, names: I) {
        for name in names {
            self.add(name);
        }
    }
}

impl<T: Into<String>> FromIterator<T> for HeaderSet {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let mut set = Self::new();
        set.extend(names);
        set
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for HeaderSet {
    fn from(names: [T; N]) -> Self {
        names.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a HeaderSet {
    type Item = &'a str;
    type IntoIter = std::iter::Map<slice::Iter<'a, String>, fn(&String) -> &str>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter().map(String::as_str)
    }
}
