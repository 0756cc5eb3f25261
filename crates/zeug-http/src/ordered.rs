//! A map that keeps its keys' first positions: a list when small, with a hash index when a peer sends many keys.

use std::borrow::Cow;
use std::collections::HashMap;

/// From this many slots on keys are found through the index. Up to here a scan is faster.
const SCANNED: usize = 16;

/// Insertion-ordered map from text. A key set twice keeps its first position and takes the last value.
#[derive(Clone)]
pub(crate) struct OrderedMap<'a, V> {
    slots: Vec<Option<(Cow<'a, str>, V)>>,
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<V> Default for OrderedMap<'_, V> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            index: None,
        }
    }
}

impl<'a, V> OrderedMap<'a, V> {
    fn slot(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self
                .slots
                .iter()
                .position(|slot| slot.as_ref().is_some_and(|(name, _)| name == key)),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let slot = self.slot(key)?;
        self.slots.get(slot)?.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let slot = self.slot(key)?;
        self.slots.get_mut(slot)?.as_mut().map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, key: Cow<'a, str>, value: V) -> Option<V> {
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        let slot = self.slots.len();
        if slot == 0 {
            self.slots.reserve(4);
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), slot);
        }
        self.slots.push(Some((key, value)));
        if self.index.is_none() && self.slots.len() > SCANNED {
            self.index = Some(
                self.slots
                    .iter()
                    .enumerate()
                    .filter_map(|(at, slot)| slot.as_ref().map(|(key, _)| (key.clone(), at)))
                    .collect(),
            );
        }
        None
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let slot = self.slot(key)?;
        if let Some(index) = &mut self.index {
            index.remove(key);
        }
        self.slots.get_mut(slot)?.take().map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.slots
            .iter()
            .flatten()
            .map(|(key, value)| (key.as_ref(), value))
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'a, str>, V)> {
        self.slots.into_iter().flatten()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.iter().flatten().next().is_none()
    }
}

impl<V: PartialEq> PartialEq for OrderedMap<'_, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
