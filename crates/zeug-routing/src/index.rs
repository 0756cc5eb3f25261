//! Which of a node's many dynamic edges a segment can take, by the literals they begin or end with. Takes nothing itself; a node with
//! few edges has no index.

use std::collections::HashMap;

use crate::mix::Fast;
use crate::scan::short_word;
use crate::segment::{Atom, Part};

/// A node with this many dynamic edges is searched in their order.
pub(crate) const FEW: usize = 4;
/// No more bytes of a literal are looked at: lists are as many as there are lengths.
const LONGEST: usize = 8;

/// The end of a segment that a literal stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Head,
    Tail,
}

/// A side, and the bytes there: how many, and which.
type Key = (Side, usize, u64);

/// The dynamic edges of one node by their literals.
#[derive(Debug, Default)]
pub(crate) struct Index {
    keyed: HashMap<Key, Vec<usize>, Fast>,
    /// Edges that any segment may take.
    others: Vec<usize>,
    /// The sides and lengths that there are.
    kinds: Vec<(Side, usize)>,
}

impl Index {
    /// The index of edges with these parts, in order.
    pub(crate) fn new<'p>(parts: impl Iterator<Item = &'p Part>) -> Self {
        let mut index = Self::default();
        for (number, part) in parts.enumerate() {
            let Some((side, len, word)) = key(part) else {
                index.others.push(number);
                continue;
            };
            if !index.kinds.contains(&(side, len)) {
                index.kinds.push((side, len));
            }
            index
                .keyed
                .entry((side, len, word))
                .or_default()
                .push(number);
        }
        index
    }

    /// The numbers of the edges that a segment may take, in order.
    pub(crate) fn candidates(&self, segment: &[u8]) -> Candidates<'_> {
        let mut lists: [&[usize]; 2 * LONGEST + 1] = [&[]; 2 * LONGEST + 1];
        let keyed = self.kinds.iter().filter_map(|&(side, len)| {
            let word = word(side, len, segment)?;
            self.keyed.get(&(side, len, word))
        });
        for (place, list) in lists.iter_mut().zip(keyed.chain([&self.others])) {
            *place = list;
        }
        Candidates(lists)
    }
}

/// The literal that a segment must have to be taken by a part.
fn key(part: &Part) -> Option<Key> {
    let (side, literal) = match &*part.atoms {
        [Atom::Literal(literal), ..] => (Side::Head, literal),
        // What is left of a path has its end elsewhere than the segment.
        [.., Atom::Literal(literal)] if !part.rest => (Side::Tail, literal),
        _ => return None,
    };
    let len = literal.len().min(LONGEST);
    Some((side, len, word(side, len, literal)?))
}

/// So many bytes at one end of a text, if it has them.
fn word(side: Side, len: usize, text: &[u8]) -> Option<u64> {
    let bytes = match side {
        Side::Head => text.get(..len),
        Side::Tail => text.get(text.len().checked_sub(len)?..),
    };
    bytes.map(short_word)
}

/// Numbers of edges in order, out of lists that are in order.
#[derive(Debug)]
pub(crate) struct Candidates<'i>([&'i [usize]; 2 * LONGEST + 1]);

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let lists = self.0.iter_mut();
        let firsts = lists.filter_map(|list| Some((*list.first()?, list)));
        let (number, list) = firsts.min_by_key(|(number, _)| *number)?;
        *list = list.get(1..).unwrap_or_default();
        Some(number)
    }
}
