//! The iterators of `MultiDict`: pairs, keys, one key's values, and owned pairs.

use std::fmt;
use std::iter::FusedIterator;
use std::slice;
use std::vec;

use super::MultiDict;
use super::value::{DictValue, Span};

/// The pairs of a [`MultiDict`] in order.
pub struct MultiDictIter<'a, V: DictValue + ?Sized> {
    text: &'a str,
    pairs: slice::Iter<'a, (Span, V::Slot)>,
}

impl<'a, V: DictValue + ?Sized> MultiDictIter<'a, V> {
    pub(super) fn new(dict: &'a MultiDict<V>) -> Self {
        Self {
            text: &dict.text,
            pairs: dict.pairs.iter(),
        }
    }

    fn pair(&self, pair: &'a (Span, V::Slot)) -> (&'a str, &'a V) {
        (
            pair.0.get(self.text).unwrap_or_default(),
            V::view(&pair.1, self.text),
        )
    }
}

impl<'a, V: DictValue + ?Sized + 'a> Iterator for MultiDictIter<'a, V> {
    type Item = (&'a str, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let pair = self.pairs.next()?;
        Some(self.pair(pair))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl<'a, V: DictValue + ?Sized + 'a> DoubleEndedIterator for MultiDictIter<'a, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let pair = self.pairs.next_back()?;
        Some(self.pair(pair))
    }
}

impl<'a, V: DictValue + ?Sized + 'a> ExactSizeIterator for MultiDictIter<'a, V> {}
impl<'a, V: DictValue + ?Sized + 'a> FusedIterator for MultiDictIter<'a, V> {}

impl<V: DictValue + ?Sized> Clone for MultiDictIter<'_, V> {
    fn clone(&self) -> Self {
        Self {
            text: self.text,
            pairs: self.pairs.clone(),
        }
    }
}

impl<V: DictValue + ?Sized> fmt::Debug for MultiDictIter<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiDictIter")
            .field("left", &self.pairs.len())
            .finish()
    }
}

impl<'a, V: DictValue + ?Sized + 'a> IntoIterator for &'a MultiDict<V> {
    type Item = (&'a str, &'a V);
    type IntoIter = MultiDictIter<'a, V>;

    fn into_iter(self) -> MultiDictIter<'a, V> {
        self.iter()
    }
}

/// The different keys of a [`MultiDict`], in the order in which they were first seen.
pub struct MultiDictKeys<'a, V: DictValue + ?Sized> {
    dict: &'a MultiDict<V>,
    next: usize,
}

impl<'a, V: DictValue + ?Sized> MultiDictKeys<'a, V> {
    pub(super) fn new(dict: &'a MultiDict<V>) -> Self {
        Self { dict, next: 0 }
    }

    /// The next key, with the place of its first pair.
    pub(super) fn next_at(&mut self) -> Option<(usize, &'a str)> {
        let MultiDict {
            text, pairs, index, ..
        } = self.dict;
        let at = index.next_key(text, pairs, self.next)?;
        self.next = at + 1;
        Some((at, self.dict.key_at(at)?))
    }

    /// The key that was first seen last.
    pub(super) fn last_at(self) -> Option<(usize, &'a str)> {
        let MultiDict {
            text, pairs, index, ..
        } = self.dict;
        let at = (self.next..pairs.len()).rfind(|&at| index.is_first(text, pairs, at))?;
        Some((at, self.dict.key_at(at)?))
    }
}

impl<'a, V: DictValue + ?Sized + 'a> Iterator for MultiDictKeys<'a, V> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.next_at().map(|(_, key)| key)
    }
}

impl<'a, V: DictValue + ?Sized + 'a> FusedIterator for MultiDictKeys<'a, V> {}

impl<V: DictValue + ?Sized> Clone for MultiDictKeys<'_, V> {
    fn clone(&self) -> Self {
        Self {
            dict: self.dict,
            next: self.next,
        }
    }
}

impl<V: DictValue + ?Sized> fmt::Debug for MultiDictKeys<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The values of one key in a [`MultiDict`], in order.
pub struct MultiDictGetAll<'a, 'k, V: DictValue + ?Sized> {
    dict: &'a MultiDict<V>,
    key: &'k str,
    next: Option<usize>,
}

impl<'a, 'k, V: DictValue + ?Sized> MultiDictGetAll<'a, 'k, V> {
    pub(super) fn new(dict: &'a MultiDict<V>, key: &'k str, first: Option<usize>) -> Self {
        Self {
            dict,
            key,
            next: first,
        }
    }
}

impl<'a, V: DictValue + ?Sized + 'a> Iterator for MultiDictGetAll<'a, '_, V> {
    type Item = &'a V;

    fn next(&mut self) -> Option<&'a V> {
        let at = self.next?;
        let MultiDict {
            text, pairs, index, ..
        } = self.dict;
        self.next = index.next(text, pairs, self.key, at);
        self.dict.value_at(at)
    }
}

impl<'a, V: DictValue + ?Sized + 'a> FusedIterator for MultiDictGetAll<'a, '_, V> {}

impl<V: DictValue + ?Sized> Clone for MultiDictGetAll<'_, '_, V> {
    fn clone(&self) -> Self {
        Self {
            dict: self.dict,
            key: self.key,
            next: self.next,
        }
    }
}

impl<V: DictValue + fmt::Debug + ?Sized> fmt::Debug for MultiDictGetAll<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The pairs of a [`MultiDict`] that was given away, in order.
pub struct MultiDictIntoIter<V: DictValue + ?Sized> {
    text: String,
    pairs: vec::IntoIter<(Span, V::Slot)>,
}

impl<V: DictValue + ?Sized> Iterator for MultiDictIntoIter<V> {
    type Item = (String, V::Owned);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, slot) = self.pairs.next()?;
        Some((
            key.get(&self.text).unwrap_or_default().to_owned(),
            V::take(slot, &self.text),
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pairs.size_hint()
    }
}

impl<V: DictValue + ?Sized> ExactSizeIterator for MultiDictIntoIter<V> {}
impl<V: DictValue + ?Sized> FusedIterator for MultiDictIntoIter<V> {}

impl<V: DictValue + ?Sized> fmt::Debug for MultiDictIntoIter<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultiDictIntoIter")
            .field("left", &self.pairs.len())
            .finish()
    }
}

impl<V: DictValue + ?Sized> IntoIterator for MultiDict<V> {
    type Item = (String, V::Owned);
    type IntoIter = MultiDictIntoIter<V>;

    fn into_iter(self) -> MultiDictIntoIter<V> {
        MultiDictIntoIter {
            text: self.text,
            pairs: self.pairs.into_iter(),
        }
    }
}
