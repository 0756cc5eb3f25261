//! The table of rules that are one text each: a hit without a search. Knows no variables; a text that it lacks may still have a rule.

use crate::scan::{first_word, last_word, short_word};
use crate::table::{K0, K1, K2, NONE, mix};

/// A rule that is one text: its hash, mask and text.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Whole {
    hash: u64,
    mask: u64,
    rule: u32,
    root: u32,
    text: u32,
    len: u32,
}

const EMPTY: Whole = Whole {
    hash: 0,
    mask: 0,
    rule: NONE,
    root: 0,
    text: 0,
    len: 0,
};

/// The rules that are one text.
#[derive(Debug, Default)]
pub(crate) struct Wholes {
    /// Bits of the texts' keys, sixteen a text: what has none of them has no rule here, with a slash more or less neither.
    filter: Box<[u64]>,
    slots: Box<[Whole]>,
    texts: Box<[u8]>,
    /// The longest text's length and one more for a slash: no longer path has a rule here.
    limit: usize,
}

/// What a path is looked up by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'p> {
    root: u32,
    hash: u64,
    path: &'p [u8],
    body: &'p [u8],
}

/// A rule for the table: its root, its path, its number and its mask.
pub(crate) type Entry = (u32, String, u32, u64);

impl Wholes {
    pub(crate) fn new(rules: &[Entry]) -> Self {
        if rules.is_empty() {
            return Self::default();
        }
        let size = rules.len().next_power_of_two();
        let mut filter = vec![0u64; (size / 4).max(1)];
        let mut slots = vec![EMPTY; size * 2];
        let mut texts = Vec::new();
        let mut longest = 0;
        for (root, path, rule, mask) in rules {
            longest = longest.max(path.len());
            let body = path.trim_end_matches('/').as_bytes();
            let short = short_hash(body, *root);
            let (word, bit) = place(short, filter.len());
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
            let hash = long_hash(short, body, path.len());
            let mut at = slot(hash, slots.len());
            while slots.get(at).is_some_and(|slot| slot.rule != NONE) {
                at = (at + 1) & (slots.len() - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = Whole {
                    hash,
                    mask: *mask,
                    rule: *rule,
                    root: *root,
                    text: u32::try_from(texts.len()).unwrap_or(NONE),
                    len: u32::try_from(path.len()).unwrap_or(NONE),
                };
            }
            texts.extend_from_slice(path.as_bytes());
        }
        Self {
            filter: filter.into(),
            slots: slots.into(),
            texts: texts.into(),
            limit: longest + 1,
        }
    }

    /// What to look a path up by; nothing where no rule is this text, with a slash more or less at its end neither. Of a path with
    /// slashes in a row it says nothing.
    #[inline(always)]
    pub(crate) fn key<'p>(&self, path: &'p [u8], root: u32) -> Option<Key<'p>> {
        if path.len() > self.limit {
            return None;
        }
        let body = body(path);
        let hash = short_hash(body, root);
        let (word, bit) = place(hash, self.filter.len());
        (self.filter.get(word)? & bit != 0).then_some(Key {
            root,
            hash,
            path,
            body,
        })
    }

    /// The first rule that is this text, if it takes the request. Says nothing of two texts that share a hash but for one of them.
    #[inline(always)]
    pub(crate) fn find(&self, key: Key<'_>, request: u64) -> Option<u32> {
        let hash = long_hash(key.hash, key.body, key.path.len());
        let mut at = slot(hash, self.slots.len());
        let found = loop {
            let slot = self.slots.get(at)?;
            if slot.hash == hash {
                break slot;
            }
            if slot.rule == NONE {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        };
        let text = found.text as usize;
        let text = self.texts.get(text..text + found.len as usize)?;
        let fits = found.root == key.root && found.mask & request == request;
        (fits && same(text, key.path)).then_some(found.rule)
    }

    /// What of a path without a key decides that it has none, if it is plain: as much of it as no text has.
    #[inline(always)]
    pub(crate) fn decisive<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        path.get(..=self.limit).unwrap_or(path)
    }
}

/// Whether two texts are the same; up to 32 bytes without the call that comparing them means elsewhere.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0..8 => short_word(a) == short_word(b),
        8..16 => (first_word(a) ^ first_word(b)) | (last_word(a) ^ last_word(b)) == 0,
        16..=32 => {
            a.first_chunk::<16>() == b.first_chunk::<16>()
                && a.last_chunk::<16>() == b.last_chunk::<16>()
        }
        _ => a == b,
    }
}

/// A path without the slash at its end.
#[inline(always)]
fn body(path: &[u8]) -> &[u8] {
    match path {
        [body @ .., b'/'] => body,
        _ => path,
    }
}

/// A hash of the length and both ends of a path: all there is of up to sixteen bytes.
#[inline(always)]
fn short_hash(body: &[u8], root: u32) -> u64 {
    let seed = K0 ^ (u64::from(root) << 32 | body.len() as u64);
    if body.len() < 8 {
        mix(short_word(body) ^ K1, seed)
    } else {
        mix(first_word(body) ^ K1, last_word(body) ^ seed)
    }
}

/// A hash of all of a path, from that of its ends and the length with the slash.
#[inline(always)]
fn long_hash(short: u64, body: &[u8], len: usize) -> u64 {
    let short = short ^ len as u64;
    // The sixteen bytes at both ends; of up to 32 bytes that is all.
    let (Some(head), Some(tail)) = (body.first_chunk::<16>(), body.last_chunk::<16>()) else {
        return short;
    };
    let mut hash = mix(last_word(head) ^ K2, first_word(tail) ^ short);
    let mut rest = body.get(16..body.len() - 16).unwrap_or_default();
    while !rest.is_empty() {
        let word = rest
            .first_chunk()
            .map_or_else(|| short_word(rest), |c| u64::from_le_bytes(*c));
        hash = mix(word ^ K2, hash);
        rest = rest.get(8..).unwrap_or_default();
    }
    hash
}

/// The word and bit of the filter for a hash.
#[inline(always)]
fn place(hash: u64, words: usize) -> (usize, u64) {
    let word = (hash >> 6) as usize & words.wrapping_sub(1);
    (word, 1 << (hash & 63))
}

/// The first slot for a hash.
#[inline(always)]
fn slot(hash: u64, slots: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
    let at = (hash >> 32 ^ hash) as usize & slots.wrapping_sub(1);
    at
}
