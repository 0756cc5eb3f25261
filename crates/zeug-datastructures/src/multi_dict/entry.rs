//! A key's place in a `MultiDict`, looked up once. It refuses nothing.

use std::fmt;

use super::value::{DictValue, IntoDictValue};
use super::{MultiDict, MultiDictGetAll};

/// A key's place in a [`MultiDict`], from [`MultiDict::entry`].
///
/// # Example
///
/// ```
/// use zeug_datastructures::MultiDict;
///
/// let mut args = MultiDict::from([("page", "2")]);
/// assert_eq!(args.entry("page").or_insert("1"), "2");
/// assert_eq!(args.entry("size").or_insert("10"), "10");
/// assert_eq!(args.entry("page").or_insert_all(["1", "3"]).count(), 1);
/// assert!(!args.entry("name").is_present());
/// ```
pub struct MultiDictEntry<'a, 'k, V: DictValue + ?Sized> {
    dict: &'a mut MultiDict<V>,
    key: &'k str,
    at: Option<usize>,
}

impl<'a, 'k, V: DictValue + ?Sized> MultiDictEntry<'a, 'k, V> {
    pub(super) fn new(dict: &'a mut MultiDict<V>, key: &'k str, at: Option<usize>) -> Self {
        Self { dict, key, at }
    }

    /// Whether the key has values.
    pub fn is_present(&self) -> bool {
        self.at.is_some()
    }

    /// The key.
    pub fn key(&self) -> &'k str {
        self.key
    }

    /// The first value, after adding `value` when there was none.
    #[doc(alias = "setdefault")]
    pub fn or_insert(self, value: impl IntoDictValue<V>) -> &'a V {
        self.or_insert_with(|| value)
    }

    /// The first value, after adding what `value` makes when there was none.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the pair was found or has just been added"
    )]
    pub fn or_insert_with<I: IntoDictValue<V>>(self, value: impl FnOnce() -> I) -> &'a V {
        let at = self.at.unwrap_or_else(|| {
            self.dict.append(self.key, value());
            self.dict.len() - 1
        });
        self.dict.value_at(at).expect("the pair is there")
    }

    /// All values, after adding `values` when there were none.
    #[doc(alias = "setlistdefault")]
    pub fn or_insert_all(
        self,
        values: impl IntoIterator<Item: IntoDictValue<V>>,
    ) -> MultiDictGetAll<'a, 'k, V> {
        if self.at.is_none() {
            self.dict.set_all(self.key, values);
        }
        let dict: &'a MultiDict<V> = self.dict;
        dict.get_all(self.key)
    }
}

impl<V: DictValue + ?Sized> fmt::Debug for MultiDictEntry<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiDictEntry")
            .field("key", &self.key)
            .field("present", &self.is_present())
            .finish_non_exhaustive()
    }
}
