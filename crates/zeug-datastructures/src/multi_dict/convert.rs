//! `MultiDict` from and to pairs, cloned, compared and shown.

use std::fmt;

use super::MultiDict;
use super::index::Index;
use super::value::{DictValue, IntoDictValue};

impl<V: DictValue + ?Sized> Default for MultiDict<V> {
    fn default() -> Self {
        Self {
            text: String::new(),
            dead: 0,
            pairs: Vec::new(),
            index: Index::default(),
        }
    }
}

impl<V: DictValue<Slot: Clone> + ?Sized> Clone for MultiDict<V> {
    fn clone(&self) -> Self {
        let Self {
            text, dead, pairs, ..
        } = self;
        Self {
            text: text.clone(),
            dead: *dead,
            pairs: pairs.clone(),
            index: Index::default(),
        }
    }
}

/// Equal when each key has the same values in the same order.
impl<V: DictValue + PartialEq + ?Sized> PartialEq for MultiDict<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (self.iter().eq(other)
                || self
                    .lists()
                    .all(|(key, values)| values.eq(other.get_all(key))))
    }
}

impl<V: DictValue + Eq + ?Sized> Eq for MultiDict<V> {}

/// A map of each key to its values.
impl<V: DictValue + fmt::Debug + ?Sized> fmt::Debug for MultiDict<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.lists()).finish()
    }
}

impl<K: AsRef<str>, I: IntoDictValue<str>, const N: usize> From<[(K, I); N]> for MultiDict {
    fn from(pairs: [(K, I); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<V: DictValue + ?Sized, K: AsRef<str>, I: IntoDictValue<V>> FromIterator<(K, I)>
    for MultiDict<V>
{
    fn from_iter<P: IntoIterator<Item = (K, I)>>(pairs: P) -> Self {
        let mut dict = Self::default();
        dict.extend(pairs);
        dict
    }
}

/// Adds all pairs; what is there stays.
impl<V: DictValue + ?Sized, K: AsRef<str>, I: IntoDictValue<V>> Extend<(K, I)> for MultiDict<V> {
    fn extend<P: IntoIterator<Item = (K, I)>>(&mut self, pairs: P) {
        let pairs = pairs.into_iter();
        self.pairs.reserve(pairs.size_hint().0);
        for (key, value) in pairs {
            self.append(key.as_ref(), value);
        }
    }
}
