//! A map that keeps its keys' first positions: two entries in place, a list, and a hash index when a peer sends many keys.

use std::borrow::Cow;
use std::collections::HashMap;

/// From this many slots on keys are found through the index. Up to here a scan is faster.
const SCANNED: usize = 16;

/// How many entries need no allocation: most fields have one or two parameters.
const NEAR: usize = 2;

type Slot<'a, V> = Option<(Cow<'a, str>, V)>;

/// Insertion-ordered map from text. A key set twice keeps its first position and takes the last value.
#[derive(Clone)]
pub(crate) struct OrderedMap<'a, V> {
    near: [Slot<'a, V>; NEAR],
    far: Vec<Slot<'a, V>>,
    /// How many slots were ever used; removed entries leave theirs empty.
    used: usize,
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<V> Default for OrderedMap<'_, V> {
    fn default() -> Self {
        Self {
            near: [const { None }; NEAR],
            far: Vec::new(),
            used: 0,
            index: None,
        }
    }
}

impl<'a, V> OrderedMap<'a, V> {
    fn slots(&self) -> impl Iterator<Item = &Slot<'a, V>> {
        self.near.iter().take(self.used).chain(&self.far)
    }

    fn slot(&self, at: usize) -> Option<&Slot<'a, V>> {
        match at.checked_sub(NEAR) {
            None => self.near.get(at),
            Some(at) => self.far.get(at),
        }
    }

    fn slot_mut(&mut self, at: usize) -> Option<&mut Slot<'a, V>> {
        match at.checked_sub(NEAR) {
            None => self.near.get_mut(at),
            Some(at) => self.far.get_mut(at),
        }
    }

    #[inline]
    fn find(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self
                .slots()
                .position(|slot| slot.as_ref().is_some_and(|(name, _)| name == key)),
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let at = self.find(key)?;
        self.slot(at)?.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let at = self.find(key)?;
        self.slot_mut(at)?.as_mut().map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn insert(&mut self, key: Cow<'a, str>, value: V) -> Option<V> {
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        let at = self.used;
        self.used += 1;
        if let Some(slot) = self.near.get_mut(at) {
            *slot = Some((key, value));
            return None;
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), at);
        }
        self.far.push(Some((key, value)));
        if self.index.is_none() && self.used > SCANNED {
            self.build_index();
        }
        None
    }

    #[cold]
    fn build_index(&mut self) {
        let index = self
            .slots()
            .enumerate()
            .filter_map(|(at, slot)| slot.as_ref().map(|(key, _)| (key.clone(), at)))
            .collect();
        self.index = Some(index);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let at = self.find(key)?;
        if let Some(index) = &mut self.index {
            index.remove(key);
        }
        let removed = self.slot_mut(at)?.take().map(|(_, value)| value);
        if at + 1 == self.used {
            // The last slot can be used again.
            self.used = at;
            self.far.truncate(at.saturating_sub(NEAR));
        }
        removed
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.slots()
            .flatten()
            .map(|(key, value)| (key.as_ref(), value))
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'a, str>, V)> {
        self.near.into_iter().chain(self.far).flatten()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots().flatten().next().is_none()
    }
}

impl<V: PartialEq> PartialEq for OrderedMap<'_, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
