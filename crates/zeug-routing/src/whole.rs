//! The table of rules that are one text each: a hit without a search. Knows no variables; a text that it lacks may still have a rule.

use crate::scan::{first_word, last_word, same, short_word};
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

impl Whole {
    /// Whether the rule is this text.
    #[inline(always)]
    fn is(&self, texts: &[u8], path: &[u8], root: u32) -> bool {
        let text = self.text as usize;
        self.len as usize == path.len()
            && self.root == root
            && texts
                .get(text..text + path.len())
                .is_some_and(|text| same(text, path))
    }

    /// The rule, if it takes the request.
    #[inline(always)]
    fn taking(&self, request: u64) -> Found {
        if self.mask & request == request {
            Found::Rule(self.rule)
        } else {
            Found::Perhaps
        }
    }
}

/// What the table says of a path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    /// The rule that is its text.
    Rule(u32),
    /// Nothing.
    Perhaps,
    /// No rule is this text, with a slash more or less at its end neither; but with single slashes one may be.
    Not,
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
        let mut slots = vec![EMPTY; if size == 1 { 1 } else { size * 2 }];
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

    /// Whether a path is short enough to have a rule here.
    #[inline(always)]
    pub(crate) fn may_have(&self, path: &[u8]) -> bool {
        path.len() <= self.limit
    }

    /// What of a path that has no rule here decides that it has none, if it is plain: as much of it as no text has.
    #[inline(always)]
    pub(crate) fn decisive<'p>(&self, path: &'p [u8]) -> &'p [u8] {
        path.get(..=self.limit).unwrap_or(path)
    }

    /// The first rule that is a path, if it takes the request.
    #[inline(always)]
    pub(crate) fn find(&self, path: &[u8], root: u32, request: impl FnOnce() -> u64) -> Found {
        // One text is compared without a hash.
        let only = if let [only] = &*self.slots {
            Some(only)
        } else {
            None
        };
        if let Some(only) = only.filter(|only| only.is(&self.texts, path, root)) {
            return only.taking(request());
        }
        let hash = hash(path, root);
        let (word, bit) = place(hash, self.filter.len());
        if self.filter.get(word).is_none_or(|word| word & bit == 0) {
            return Found::Not;
        }
        let mut at = slot(hash, self.slots.len());
        while let Some(slot) = self.slots.get(at).filter(|slot| slot.rule != NONE) {
            if slot.hash == hash && slot.is(&self.texts, path, root) {
                return slot.taking(request());
            }
            if only.is_some() {
                break;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        Found::Perhaps
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
