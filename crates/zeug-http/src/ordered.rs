//! A map that keeps its keys' first positions: four entries in place, a list, and a hash index when a peer sends many keys.

use std::borrow::Cow;
use std::collections::HashMap;

/// From this many slots on keys are found through the index. Up to here a scan is faster.
const SCANNED: usize = 16;

/// How many entries need no allocation: most fields have one or two parameters, few more than four directives.
const NEAR: usize = 4;

type Slot<'a, V> = Option<(Cow<'a, str>, V)>;

/// Insertion-ordered map from text. A key set twice keeps its first position and takes the last value.
#[derive(Clone)]
pub(crate) struct OrderedMap<'a, V> {
    near: [Slot<'a, V>; NEAR],
    far: Option<Box<Far<'a, V>>>,
    /// How many slots were ever used; removed entries leave theirs empty.
    used: usize,
}

/// The entries that have no room in the map itself.
#[derive(Clone)]
struct Far<'a, V> {
    slots: Vec<Slot<'a, V>>,
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

impl<V> Default for OrderedMap<'_, V> {
    #[inline]
    fn default() -> Self {
        Self {
            near: [const { None }; NEAR],
            far: None,
            used: 0,
        }
    }
}

impl<'a, V> OrderedMap<'a, V> {
    fn slots(&self) -> impl Iterator<Item = &Slot<'a, V>> {
        let far = self.far.as_deref().map(|far| &far.slots);
        self.near
            .iter()
            .take(self.used)
            .chain(far.into_iter().flatten())
    }

    #[inline]
    fn slot_mut(&mut self, at: usize) -> Option<&mut Slot<'a, V>> {
        match at.checked_sub(NEAR) {
            None => self.near.get_mut(at),
            Some(at) => self.far.as_mut()?.slots.get_mut(at),
        }
    }

    #[inline]
    fn find(&self, key: &str) -> Option<usize> {
        let is_key = |slot: &Slot<'a, V>| matches!(slot, Some((name, _)) if name == key);
        let mut near = self.near.iter().take(self.used);
        match near.position(is_key) {
            None => self.far.as_deref()?.find(key),
            found => found,
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        let at = self.find(key)?;
        let slot = match at.checked_sub(NEAR) {
            None => self.near.get(at),
            Some(at) => self.far.as_ref()?.slots.get(at),
        };
        slot?.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let at = self.find(key)?;
        self.slot_mut(at)?.as_mut().map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn insert(&mut self, key: Cow<'a, str>, value: V) -> Option<V> {
        if let Some(at) = self.find(&key) {
            let (_, old) = self.slot_mut(at)?.as_mut()?;
            return Some(std::mem::replace(old, value));
        }
        let at = self.used;
        self.used += 1;
        match self.near.get_mut(at) {
            Some(slot) => *slot = Some((key, value)),
            None => self.far.get_or_insert_default().push(key, value),
        }
        None
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let at = self.find(key)?;
        if let Some(index) = self.far.as_mut().and_then(|far| far.index.as_mut()) {
            index.remove(key);
        }
        let removed = self.slot_mut(at)?.take().map(|(_, value)| value);
        if at + 1 == self.used {
            // The last slot can be used again.
            self.used = at;
            if let Some(far) = &mut self.far {
                far.slots.truncate(at.saturating_sub(NEAR));
            }
        }
        removed
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.slots()
            .flatten()
            .map(|(key, value)| (key.as_ref(), value))
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'a, str>, V)> {
        let far = self.far.map(|far| far.slots);
        self.near
            .into_iter()
            .chain(far.into_iter().flatten())
            .flatten()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0 || self.slots().flatten().next().is_none()
    }
}

impl<V> Default for Far<'_, V> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            index: None,
        }
    }
}

impl<'a, V> Far<'a, V> {
    /// The place of a key, counted from the first slot of the whole map.
    fn find(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self
                .slots
                .iter()
                .position(|slot| matches!(slot, Some((name, _)) if name == key))
                .map(|at| at + NEAR),
        }
    }

    #[inline(never)]
    fn push(&mut self, key: Cow<'a, str>, value: V) {
        let at = self.slots.len() + NEAR;
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), at);
        }
        self.slots.push(Some((key, value)));
        if self.index.is_none() && at >= SCANNED {
            let slots = self.slots.iter().enumerate();
            let keys = slots.filter_map(|(at, slot)| Some((slot.as_ref()?.0.clone(), at + NEAR)));
            self.index = Some(keys.collect());
        }
    }
}

impl<V: PartialEq> PartialEq for OrderedMap<'_, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
