//! Finding a key: a scan while the map is small or seldom asked, an index with a random hash key when it is large and asked often.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::value::Span;

/// Up to this many pairs a scan is faster than a hash.
const SMALL: usize = 32;
/// So many scans of a large map cost about as much as building its index.
const PATIENCE: u32 = 48;
/// The link that leads nowhere.
const NONE: u32 = u32::MAX;

/// The index, built when it pays.
#[derive(Default)]
pub(super) struct Index {
    /// How many look-ups a large map had without an index. Lost counts do no harm.
    scans: AtomicU32,
    chains: OnceLock<Box<Chains>>,
}

/// For each hash the pairs whose keys have it, linked in order.
struct Chains {
    random: RandomState,
    ends: HashMap<u64, Ends, BuildHasherDefault<Passed>>,
    links: Vec<Link>,
}

#[derive(Clone, Copy)]
struct Ends {
    first: u32,
    last: u32,
}

#[derive(Clone, Copy)]
struct Link {
    /// The next pair whose key has the same hash, nearly always the same key.
    next: u32,
    /// Whether no pair before has the same key.
    first: bool,
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
            Some(chains) => chains.follow(text, pairs, key, chains.links.get(at)?.next),
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
                .is_some_and(|link| link.first);
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
        self.chains.get_or_init(|| {
            let mut chains = Box::new(Chains {
                random: RandomState::new(),
                ends: HashMap::with_capacity_and_hasher(pairs.len(), BuildHasherDefault::default()),
                links: Vec::with_capacity(pairs.len()),
            });
            for count in 1..=pairs.len() {
                chains.add(text, pairs.get(..count).unwrap_or_default());
            }
            chains
        })
    }
}

impl Chains {
    fn add<S>(&mut self, text: &str, pairs: &[(Span, S)]) {
        let at = self.links.len();
        let key = key_at(text, pairs, at);
        let hash = self.random.hash_one(key);
        let first = self.find_hash(text, pairs, key, hash).is_none();
        let at = u32::try_from(at).unwrap_or(NONE);
        self.links.push(Link { next: NONE, first });
        match self.ends.get_mut(&hash) {
            Some(ends) => {
                if let Some(link) = self.links.get_mut(ends.last as usize) {
                    link.next = at;
                }
                ends.last = at;
            }
            None => drop(self.ends.insert(
                hash,
                Ends {
                    first: at,
                    last: at,
                },
            )),
        }
    }

    fn find<S>(&self, text: &str, pairs: &[(Span, S)], key: &str) -> Option<usize> {
        self.find_hash(text, pairs, key, self.random.hash_one(key))
    }

    fn find_hash<S>(&self, text: &str, pairs: &[(Span, S)], key: &str, hash: u64) -> Option<usize> {
        self.follow(text, pairs, key, self.ends.get(&hash)?.first)
    }

    /// The pair with this key at `at` or along its links.
    fn follow<S>(&self, text: &str, pairs: &[(Span, S)], key: &str, mut at: u32) -> Option<usize> {
        while at != NONE {
            if key_at(text, pairs, at as usize) == key {
                return Some(at as usize);
            }
            at = self.links.get(at as usize)?.next;
        }
        None
    }
}

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

/// Passes a hash on as it is: the keys of `ends` are hashes already.
#[derive(Default)]
struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
