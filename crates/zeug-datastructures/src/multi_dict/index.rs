//! Finding a key: a scan while the map is small or seldom asked, an index with a random hash key when it is large and asked often.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::hash::Hash;
use super::value::Span;

/// Up to this many pairs a scan is as fast as a hash.
const SMALL: usize = 8;
/// So many scans of a map cost about as much as building its index.
const PATIENCE: u32 = 16;
/// The link that leads nowhere.
const NONE: u32 = u32::MAX;
/// A key that is so many slots from its place was chosen, or the table is unlucky beyond reason.
const FAR: usize = 128;

/// The index, built when it pays.
#[derive(Default)]
pub(super) struct Index {
    /// How many look-ups a large map had without an index. Lost counts do no harm.
    scans: AtomicU32,
    chains: OnceLock<Box<Chains>>,
}

/// The first pair of each key, in a table by the key's hash, and from there the key's other pairs, linked in order.
struct Chains {
    hash: Hash,
    /// A power of two, at least twice as many as there are keys.
    slots: Vec<Slot>,
    keys: usize,
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    /// The first pair of the key; `NONE` where the slot is free.
    first: u32,
}

#[derive(Clone, Copy)]
struct Link {
    /// The next pair of the same key.
    next: u32,
    /// The last pair of the same key, where this is the first; else `NONE`.
    last: u32,
}

/// Where a key is in the table, or would be.
enum Place {
    Taken { first: u32 },
    Free { slot: usize, steps: usize },
}

impl Index {
    /// The first pair with this key.
    #[inline]
    pub(super) fn find<S>(&self, text: &str, pairs: &[(Span, S)], key: &str) -> Option<usize> {
        match self.chains(text, pairs) {
            None => scan(text, pairs, key, 0),
            Some(chains) => chains.find(text, pairs, key),
        }
    }

    /// The pair with this key that follows the one at `at`.
    pub(super) fn next<S>(
        &self,
        text: &str,
        pairs: &[(Span, S)],
        key: &str,
        at: usize,
    ) -> Option<usize> {
        match self.chains.get() {
            None => scan(text, pairs, key, at + 1),
            Some(chains) => chains.next(at),
        }
    }

    /// The pair at `from` or behind whose key was not seen before it.
    pub(super) fn next_key<S>(
        &self,
        text: &str,
        pairs: &[(Span, S)],
        from: usize,
    ) -> Option<usize> {
        (from..pairs.len()).find(|&at| self.is_first(text, pairs, at))
    }

    /// Whether no pair before `at` has the same key. In a large map this builds the index: the caller is about to ask it of all pairs.
    pub(super) fn is_first<S>(&self, text: &str, pairs: &[(Span, S)], at: usize) -> bool {
        if pairs.len() > SMALL {
            return self
                .build(text, pairs)
                .links
                .get(at)
                .is_some_and(|link| link.last != NONE);
        }
        let key = key_at(text, pairs, at);
        scan(text, pairs, key, 0) == Some(at)
    }

    /// Takes note of the last pair, which is new.
    #[inline]
    pub(super) fn added<S>(&mut self, text: &str, pairs: &[(Span, S)]) {
        if let Some(chains) = self.chains.get_mut() {
            chains.add(text, pairs);
        }
    }

    /// Drops the index: pairs were removed.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The index if there is one, or if it is time for one.
    #[inline]
    fn chains<S>(&self, text: &str, pairs: &[(Span, S)]) -> Option<&Chains> {
        if pairs.len() <= SMALL {
            return None;
        }
        if let Some(chains) = self.chains.get() {
            return Some(chains);
        }
        let scans = self.scans.load(Ordering::Relaxed);
        if scans < PATIENCE {
            self.scans.store(scans + 1, Ordering::Relaxed);
            return None;
        }
        Some(self.build(text, pairs))
    }

    fn build<S>(&self, text: &str, pairs: &[(Span, S)]) -> &Chains {
        self.chains
            .get_or_init(|| Box::new(Chains::new(Hash::random(), text, pairs)))
    }
}

impl Chains {
    fn new<S>(hash: Hash, text: &str, pairs: &[(Span, S)]) -> Self {
        let mut chains = Self {
            hash,
            slots: vec![FREE; (pairs.len() * 2).next_power_of_two()],
            keys: 0,
            links: Vec::with_capacity(pairs.len()),
        };
        for count in 1..=pairs.len() {
            chains.add(text, pairs.get(..count).unwrap_or_default());
        }
        chains
    }

    /// Takes the last of the pairs in.
    fn add<S>(&mut self, text: &str, pairs: &[(Span, S)]) {
        let at = self.links.len();
        let key = key_at(text, pairs, at);
        let hash = self.hash.of(key);
        let place = self.place(text, pairs, key, hash);
        let at = u32::try_from(at).unwrap_or(NONE);
        match place {
            Place::Taken { first } => {
                self.links.push(Link {
                    next: NONE,
                    last: NONE,
                });
                let last = self
                    .links
                    .get_mut(first as usize)
                    .map_or(NONE, |link| std::mem::replace(&mut link.last, at));
                if let Some(link) = self.links.get_mut(last as usize) {
                    link.next = at;
                }
            }
            Place::Free { slot, steps } => {
                self.links.push(Link {
                    next: NONE,
                    last: at,
                });
                if let Some(slot) = self.slots.get_mut(slot) {
                    *slot = Slot { hash, first: at };
                }
                self.keys += 1;
                if steps > FAR && !self.hash.is_careful() {
                    *self = Self::new(Hash::careful(), text, pairs);
                } else if self.keys * 2 > self.slots.len() {
                    self.grow();
                }
            }
        }
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for entry in old.into_iter().filter(|entry| entry.first != NONE) {
            let mut at = entry.hash as usize;
            loop {
                at &= size - 1;
                match self.slots.get_mut(at) {
                    Some(slot) if slot.first == NONE => break *slot = entry,
                    _ => at += 1,
                }
            }
        }
    }

    fn find<S>(&self, text: &str, pairs: &[(Span, S)], key: &str) -> Option<usize> {
        match self.place(text, pairs, key, self.hash.of(key)) {
            Place::Taken { first } => Some(first as usize),
            Place::Free { .. } => None,
        }
    }

    /// The pair of the same key that follows the one at `at`.
    fn next(&self, at: usize) -> Option<usize> {
        let next = self.links.get(at)?.next;
        (next != NONE).then_some(next as usize)
    }

    #[inline]
    fn place<S>(&self, text: &str, pairs: &[(Span, S)], key: &str, hash: u32) -> Place {
        let (text, key) = (text.as_bytes(), key.as_bytes());
        let mut steps = 0;
        // At least half of the slots are free, so that this ends.
        loop {
            let at = (hash as usize).wrapping_add(steps) & (self.slots.len() - 1);
            let Some(slot) = self.slots.get(at).filter(|slot| slot.first != NONE) else {
                return Place::Free { slot: at, steps };
            };
            if slot.hash == hash
                && let Some((span, _)) = pairs.get(slot.first as usize)
                && text.get(span.start()..span.end()) == Some(key)
            {
                return Place::Taken { first: slot.first };
            }
            steps += 1;
        }
    }
}

const FREE: Slot = Slot {
    hash: 0,
    first: NONE,
};

/// The pair with this key at `from` or behind. Length and last byte tell most keys apart without a comparison.
#[inline]
fn scan<S>(text: &str, pairs: &[(Span, S)], key: &str, from: usize) -> Option<usize> {
    let (text, key) = (text.as_bytes(), key.as_bytes());
    let last = key.len().checked_sub(1).and_then(|at| key.get(at));
    let is_key = |(span, _): &(Span, S)| {
        span.len() == key.len()
            && (last.is_none() || text.get(span.end().wrapping_sub(1)) == last)
            && text.get(span.start()..span.end()) == Some(key)
    };
    let found = pairs.get(from..)?.iter().position(is_key);
    found.map(|at| at + from)
}

fn key_at<'a, S>(text: &'a str, pairs: &[(Span, S)], at: usize) -> &'a str {
    pairs
        .get(at)
        .and_then(|(span, _)| span.get(text))
        .unwrap_or_default()
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("built", &self.chains.get().is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_chosen_keys_would_slow_down_changes_its_hash() {
        // With this hash, whose keys are known, all of these keys fall together.
        let text: String = (0..1000)
            .map(|n| format!("\0\0\0\0\0\0\0\0{n:08}"))
            .collect();
        let pairs: Vec<_> = (0..1000u32)
            .map(|n| (Span::new(n * 16, n * 16 + 16), ()))
            .collect();
        let chains = Chains::new(Hash::known(), &text, &pairs);
        assert!(chains.hash.is_careful());
        for at in 0..1000 {
            assert_eq!(
                chains.find(&text, &pairs, key_at(&text, &pairs, at)),
                Some(at)
            );
        }
    }
}
