//! The table of rules that are one text each: a hit without a search. Knows no variables; a text that it lacks may still have a rule.

use crate::scan::{first_word, last_word, short_word};
use crate::table::{K0, K1, NONE, mix};

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

/// How many texts of one hash the table takes; others are found by the search.
const SAME_HASH: usize = 8;

/// The rules that are one text.
#[derive(Debug, Default)]
pub(crate) struct Wholes {
    /// Bits of the texts' hashes, sixteen a text: what has none of them has no rule here, with a slash more or less neither.
    filter: Box<[u64]>,
    slots: Box<[Whole]>,
    texts: Box<[u8]>,
    /// The longest text's length and one more for a slash: no longer path has a rule here.
    limit: usize,
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
            let hash = hash(path.as_bytes(), *root);
            let (word, bit) = place(hash, filter.len());
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
            let mut at = slot(hash, slots.len());
            let mut same = 0;
            while let Some(other) = slots.get(at).filter(|slot| slot.rule != NONE) {
                same += usize::from(other.hash == hash);
                at = (at + 1) & (slots.len() - 1);
            }
            if let Some(slot) = slots.get_mut(at).filter(|_| same < SAME_HASH) {
                *slot = Whole {
                    hash,
                    mask: *mask,
                    rule: *rule,
                    root: *root,
                    text: u32::try_from(texts.len()).unwrap_or(NONE),
                    len: u32::try_from(path.len()).unwrap_or(NONE),
                };
                texts.extend_from_slice(path.as_bytes());
            }
        }
        Self {
            filter: filter.into(),
            slots: slots.into(),
            texts: texts.into(),
            limit: longest + 1,
        }
    }

    /// What of a path is more than any rule here has, where it is that long.
    #[inline(always)]
    pub(crate) fn beyond<'p>(&self, path: &'p [u8]) -> Option<&'p [u8]> {
        path.get(..=self.limit)
    }

    /// What to look a path up by; nothing where no rule is this text, with a slash more or less at its end neither. Of a path with
    /// slashes in a row it says nothing.
    #[inline(always)]
    pub(crate) fn key(&self, path: &[u8], root: u32) -> Option<u64> {
        let hash = hash(path, root);
        let (word, bit) = place(hash, self.filter.len());
        (self.filter.get(word)? & bit != 0).then_some(hash)
    }

    /// The first rule that is this text, if it takes the request.
    #[inline(always)]
    pub(crate) fn find(&self, key: u64, path: &[u8], root: u32, request: u64) -> Option<u32> {
        let mut at = slot(key, self.slots.len());
        loop {
            let slot = self.slots.get(at)?;
            if slot.hash == key && slot.len as usize == path.len() && slot.root == root {
                let text = slot.text as usize;
                let text = self.texts.get(text..text + path.len())?;
                if same(text, path) {
                    return (slot.mask & request == request).then_some(slot.rule);
                }
            }
            if slot.rule == NONE {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Whether two texts of one length are the same; up to 64 bytes without the call that comparing them means elsewhere.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        0..8 => short_word(a) == short_word(b),
        8..16 => (first_word(a) ^ first_word(b)) | (last_word(a) ^ last_word(b)) == 0,
        n @ 16..=64 => {
            // Always four windows: how long a path is, no processor can foresee.
            let last = n - 16;
            let mut different = false;
            for at in [0, last.min(16), last.min(32), last] {
                let window = |text: &[u8]| {
                    text.get(at..)
                        .and_then(|rest| rest.first_chunk::<16>())
                        .copied()
                };
                different |= window(a) != window(b);
            }
            !different
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

/// A hash of the length, the ends and the middle of a path without the slash at its end. Texts that differ elsewhere are told apart when
/// they are compared.
#[inline(always)]
fn hash(path: &[u8], root: u32) -> u64 {
    let body = body(path);
    let seed = K0 ^ (u64::from(root) << 32 | body.len() as u64);
    if body.len() < 8 {
        return mix(short_word(body) ^ K1, seed);
    }
    let middle = first_word(body.get((body.len() - 8) / 2..).unwrap_or_default());
    mix(
        first_word(body) ^ K1,
        last_word(body) ^ seed ^ middle.rotate_left(29),
    )
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
