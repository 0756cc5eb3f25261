//! The search for a path's rule in the tables: depth first, static edges before dynamic ones, as Werkzeug's matcher orders them.
//! Allocates nothing where a rule has few variables; knows no endpoint, no redirect, no encoding.

use std::borrow::Cow;

use crate::index::FEW;
use crate::scan::{Marks, find_other_than_digit, short_word};
use crate::segment::{is_digits, is_path, match_part};
use crate::table::{Dynamic, Leaf, NONE, NodeRef, Step, Tables, edge_hash, label_words};

/// The rule is there, but with a slash at the end.
pub(crate) const SLASH: u32 = NONE - 1;

/// Where a value stands: its first byte and the byte after its last. The upper bit of the first marks places in the host.
pub(crate) type Span = (u32, u32);
/// Marks a place in the host.
pub(crate) const IN_HOST: u32 = 1 << 31;
/// Paths and hosts are shorter than this.
pub(crate) const MAX_LEN: usize = (1 << 31) - 2;

/// How many places are kept without allocating.
const INLINE: usize = 4;

/// The places of a rule's values, in the order of its variables: as many as it has, what stands after them means nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    inline: [Span; INLINE],
    more: Option<Box<More>>,
}

/// What few matches have.
#[derive(Debug, Clone, Default)]
struct More {
    /// The places beyond the inline ones.
    spans: Vec<Span>,
    /// The decoded path that the places are in.
    text: Option<String>,
}

impl Spans {
    #[cold]
    fn spill(&mut self, i: usize, span: Span) {
        let more = &mut self.more.get_or_insert_default().spans;
        more.truncate(i - INLINE);
        more.push(span);
    }

    /// The places in a path that was decoded.
    pub(crate) fn in_text(mut self, text: String) -> Self {
        self.more.get_or_insert_default().text = Some(text);
        self
    }

    /// The decoded path that the places are in; nothing where they are in the path as it was given.
    #[inline]
    pub(crate) fn text(&self) -> Option<&str> {
        self.more.as_ref()?.text.as_deref()
    }

    /// The place of the rule's variable with that number.
    pub(crate) fn get(&self, i: usize) -> Option<Span> {
        self.inline
            .get(i)
            .or_else(|| self.more.as_ref()?.spans.get(i - INLINE))
            .copied()
    }
}

/// What of two words in a row belongs to a label: at its length the second word's bytes, eight further the first's.
const KEPT: [u64; 25] = {
    let mut kept = [0; 25];
    let mut n = 9;
    while n < 25 {
        kept[n] = if n < 16 {
            (1 << (8 * (n - 8))) - 1
        } else {
            u64::MAX
        };
        n += 1;
    }
    kept
};

/// The mask of [`KEPT`] for a length, or for eight more.
#[inline(always)]
fn kept(n: usize) -> u64 {
    KEPT.get(n).copied().unwrap_or(0)
}

/// How a search goes on from a node with dynamic edges.
enum Turn {
    /// With what is left from a byte on.
    Go(NodeRef, usize),
    End(u32),
}

/// A search for one path. Places in the path are bytes where a segment begins; one after the path's end where no segment is left, not
/// even an empty one.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    tables: &'t Tables,
    text: &'t [u8],
    host: &'t Cow<'t, str>,
    /// Its slashes and its end, as [`Marks`] has them.
    slashes: u64,
    /// Where the last eight bytes begin.
    last: usize,
    /// The text, if it has fewer than eight bytes.
    short: u64,
    request: u64,
}

/// What a search leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(crate) spans: Spans,
    /// How many values have been found.
    len: usize,
    /// The methods of rules that fit but for the method.
    pub(crate) seen: u64,
    /// Whether a rule fits but for being, or not being, for WebSockets.
    pub(crate) mismatch: bool,
    /// Whether an empty segment, or all that is left, was looked at: with single slashes the search could have gone elsewhere.
    pub(crate) odd: bool,
}

impl Trail {
    #[inline]
    fn push(&mut self, start: usize, end: usize, mark: u32) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "texts are shorter than MAX_LEN"
        )]
        let span = (start as u32 | mark, end as u32);
        match self.spans.inline.get_mut(self.len) {
            Some(place) => *place = span,
            None => self.spans.spill(self.len, span),
        }
        self.len += 1;
    }

    /// Whether nothing about the path but its being unknown decided the answer.
    #[inline]
    pub(crate) fn is_plain_miss(&self, id: u32) -> bool {
        id == NONE && !self.odd && !self.mismatch && self.seen == 0
    }
}

impl<'t> Search<'t> {
    #[inline]
    pub(crate) fn new(
        tables: &'t Tables,
        text: &'t [u8],
        marks: Marks,
        host: &'t Cow<'t, str>,
        request: u64,
    ) -> Self {
        Self {
            tables,
            text,
            host,
            slashes: marks.slashes,
            last: text.len().saturating_sub(8),
            short: if text.len() < 8 { short_word(text) } else { 0 },
            request,
        }
    }

    /// The rule for the path that begins at a byte of the text; one after the end for a path without even a slash.
    #[inline(always)]
    pub(crate) fn find(&self, trail: &mut Trail, root: Option<NodeRef>, start: usize) -> u32 {
        if let Some(root) = root {
            // In place: most searches never come back to a choice.
            let rule = self.walk_on(trail, root, start);
            if rule != NONE {
                return rule;
            }
        }
        if self.tables.dynamic_hosts.is_empty() {
            NONE
        } else {
            self.dynamic_hosts(trail, start)
        }
    }

    #[cold]
    fn dynamic_hosts(&self, trail: &mut Trail, start: usize) -> u32 {
        let tables = self.tables;
        for dynamic in &tables.dynamic_hosts {
            trail.len = 0;
            if match_part(
                &dynamic.part,
                self.host.as_bytes(),
                &tables.customs,
                |from, to| {
                    trail.push(from, to, IN_HOST);
                },
            )
            .is_some()
            {
                let rule = self.walk(trail, dynamic.root, start);
                if rule != NONE {
                    return rule;
                }
            }
        }
        NONE
    }

    /// The length of the segment that begins at a place.
    #[inline(always)]
    fn len(&self, at: usize) -> usize {
        match self.slashes >> (at & 63) {
            found if at < 64 && found != 0 => found.trailing_zeros() as usize,
            _ => self.far_len(at),
        }
    }

    /// The same where the segment's end is not among the first 64 bytes.
    #[inline(never)]
    fn far_len(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.iter().position(|&b| b == b'/').unwrap_or(rest.len())
    }

    /// A label's key words as edges have them.
    #[inline(always)]
    fn words(&self, at: usize, len: usize) -> (u64, u64) {
        if len > 16 {
            return self.long_words(at, len);
        }
        // No condition on the length: which it is, no processor can foresee.
        (self.word(at) & kept(len + 8), self.word(at + 8) & kept(len))
    }

    /// Whether a segment that is not empty has nothing but digits.
    #[inline(always)]
    fn digits(&self, at: usize, len: usize) -> bool {
        if len > 16 {
            return self.text.get(at..at + len).is_some_and(is_digits);
        }
        let first = find_other_than_digit(self.word(at)) & kept(len + 8);
        let second = find_other_than_digit(self.word(at + 8)) & kept(len);
        first | second == 0
    }

    #[inline(never)]
    fn long_words(&self, at: usize, len: usize) -> (u64, u64) {
        label_words(self.text.get(at..at + len).unwrap_or_default())
    }

    /// The eight bytes from a place on, zeros after the text's end; anything where the place itself is after it.
    #[inline(always)]
    fn word(&self, at: usize) -> u64 {
        // The text's last eight bytes hold those that follow a place near its end.
        let from = at.min(self.last);
        let word = self.text.get(from..).and_then(|rest| rest.first_chunk());
        let word = word.map_or(self.short, |c| u64::from_le_bytes(*c));
        word >> ((8 * (at - from)) & 63)
    }

    /// The node that a static edge with that label leads to.
    #[inline(always)]
    fn step(&self, node: NodeRef, at: usize, len: usize) -> NodeRef {
        let edges = &*self.tables.edges;
        let (first, second) = self.words(at, len);
        let tag = u64::from(node.id()) | (len as u64) << 32;
        let mask = edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut slot = edge_hash(first, second, tag) as usize & mask;
        while let Some(edge) = edges.get(slot) {
            if (edge.first ^ first) | (edge.second ^ second) | (edge.tag ^ tag) == 0 {
                if len <= 16 || self.long_label_fits(edge.label, at, len) {
                    return edge.child;
                }
            } else if edge.child == NodeRef::NONE {
                return NodeRef::NONE;
            }
            slot = (slot + 1) & mask;
        }
        NodeRef::NONE
    }

    #[inline(never)]
    fn long_label_fits(&self, label: u32, at: usize, len: usize) -> bool {
        let label = self.tables.texts.get(label as usize..label as usize + len);
        label.is_some() && label == self.text.get(at..at + len)
    }

    /// The rule below a node where a search may have to come back.
    fn walk(&self, trail: &mut Trail, node: NodeRef, at: usize) -> u32 {
        self.walk_on(trail, node, at)
    }

    /// The rule below a node for the segments that are left; recursion only where a search may have to come back.
    #[inline(always)]
    fn walk_on(&self, trail: &mut Trail, mut node: NodeRef, mut at: usize) -> u32 {
        while at <= self.text.len() {
            let len = self.len(at);
            if len != 0 {
                let next = at + len + 1;
                if node.has(NodeRef::STATIC) {
                    let child = self.step(node, at, len);
                    if !node.has(NodeRef::DYNAMIC) {
                        if child == NodeRef::NONE {
                            return NONE;
                        }
                        (node, at) = (child, next);
                        continue;
                    }
                    if child != NodeRef::NONE {
                        let kept = trail.len;
                        let rule = self.walk(trail, child, next);
                        if rule != NONE {
                            return rule;
                        }
                        trail.len = kept;
                    }
                }
                if node.has(NodeRef::STRING | NodeRef::DIGITS) {
                    if node.has(NodeRef::DIGITS) && !self.digits(at, len) {
                        return NONE;
                    }
                    trail.push(at, at + len, 0);
                    (node, at) = (self.only_of(node), next);
                    continue;
                }
            }
            let turn = if len == 0 {
                self.empty(trail, node, at)
            } else {
                self.turn(trail, node, at, len, false)
            };
            match turn {
                Turn::Go(next, after) => (node, at) = (next, after),
                Turn::End(rule) => return rule,
            }
        }
        self.leaf(trail, node)
    }

    /// How a search goes on at an empty segment.
    #[inline(never)]
    fn empty(&self, trail: &mut Trail, node: NodeRef, at: usize) -> Turn {
        let last = at == self.text.len();
        trail.odd |= !last;
        // Rules of this node count once more at the end: a slash too much is theirs to judge.
        let own = last && node.has(NodeRef::RULES);
        let next = self.slash_of(node);
        if next != NodeRef::NONE {
            if !own && !node.has(NodeRef::DYNAMIC) {
                return Turn::Go(next, at + 1);
            }
            let kept = trail.len;
            let rule = self.walk(trail, next, at + 1);
            if rule != NONE {
                return Turn::End(rule);
            }
            trail.len = kept;
        }
        self.turn(trail, node, at, 0, own)
    }

    /// Tries the dynamic edges of a node, and its own rules if the segment is the empty one at the end. The last edge is not tried but
    /// gone on with, where nothing is left to come back to: a rule may have thousands of variables.
    #[inline(never)]
    fn turn(&self, trail: &mut Trail, node: NodeRef, at: usize, len: usize, own: bool) -> Turn {
        let tables = self.tables;
        let info = tables.nodes.get(node.id() as usize);
        let Some(info) = info.filter(|_| node.has(NodeRef::DYNAMIC)) else {
            return Turn::End(if own { self.lenient(trail, node) } else { NONE });
        };
        let from = info.dynamics as usize;
        let edges = tables
            .dynamics
            .get(from..from + info.dynamics_len as usize)
            .unwrap_or_default();
        let index = match edges.len() {
            0..=FEW => None,
            _ => tables.indexes.get(&node.id()),
        };
        let turned = match index {
            Some(index) => {
                let segment = self.text.get(at..at + len).unwrap_or_default();
                self.edges(trail, edges, index.candidates(segment), at, len, own)
            }
            None => self.edges(trail, edges, 0..edges.len(), at, len, own),
        };
        match turned {
            Turn::End(NONE) if own => Turn::End(self.lenient(trail, node)),
            turned => turned,
        }
    }

    /// Tries the dynamic edges with these numbers.
    #[inline(always)]
    fn edges(
        &self,
        trail: &mut Trail,
        edges: &[Dynamic],
        numbers: impl Iterator<Item = usize>,
        at: usize,
        len: usize,
        own: bool,
    ) -> Turn {
        let kept = trail.len;
        let mut numbers = numbers.peekable();
        while let Some(edge) = numbers.next().and_then(|number| edges.get(number)) {
            let Some(after) = self.take(trail, edge, at, len) else {
                continue;
            };
            if numbers.peek().is_none() && !own {
                return Turn::Go(edge.child, after);
            }
            let rule = self.walk(trail, edge.child, after);
            if rule != NONE {
                return Turn::End(rule);
            }
            trail.len = kept;
        }
        Turn::End(NONE)
    }

    #[inline(always)]
    fn slash_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.slash)
    }

    #[inline(always)]
    fn only_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.only)
    }

    /// Takes what a dynamic edge takes and notes its values; the place after it.
    #[inline]
    fn take(&self, trail: &mut Trail, dynamic: &Dynamic, at: usize, len: usize) -> Option<usize> {
        let end = at + len;
        let end = match dynamic.step {
            Step::Str => (len > 0).then_some(end)?,
            Step::Int => (len > 0 && self.digits(at, len)).then_some(end)?,
            Step::Path => {
                trail.odd = true;
                is_path(self.text.get(at..)?).then_some(self.text.len())?
            }
            other => return self.take_part(trail, other, at, len),
        };
        trail.push(at, end, 0);
        Some(end + 1)
    }

    #[inline(never)]
    fn take_part(&self, trail: &mut Trail, step: Step, at: usize, len: usize) -> Option<usize> {
        let tables = self.tables;
        let (id, end) = match step {
            Step::Segment(id) => (id, at + len),
            Step::Rest(id) => {
                trail.odd = true;
                (id, self.text.len())
            }
            _ => {
                trail.odd = true;
                let left = self.text.get(at..)?;
                let value = left.strip_suffix(b"/").unwrap_or(left);
                if !is_path(value) || value.ends_with(b"/") {
                    return None;
                }
                let end = at + value.len();
                trail.push(at, end, 0);
                return Some(end + 1);
            }
        };
        let kept = trail.len;
        let slash = match_part(
            tables.parts.get(id as usize)?,
            self.text.get(at..end)?,
            &tables.customs,
            |from, to| trail.push(at + from, at + to, 0),
        );
        match slash {
            // The slash at the end is an empty segment of its own.
            Some(true) => Some(end),
            Some(false) => Some(end + 1),
            None => {
                trail.len = kept;
                None
            }
        }
    }

    /// The rule that ends at a node, or [`SLASH`] if one ends after one more slash.
    #[inline(always)]
    fn leaf(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let Some(info) = self.tables.nodes.get(node.id() as usize) else {
            return NONE;
        };
        if info.mask & self.request == self.request {
            return info.rule;
        }
        self.leaves(trail, node)
    }

    #[inline(never)]
    fn leaves(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if self.fits(trail, leaf) {
                return leaf.rule;
            }
        }
        for leaf in tables.leaves_of(self.slash_of(node)) {
            if leaf.mask & self.request == self.request && !self.refuses(trail, leaf) {
                return if leaf.strict { SLASH } else { leaf.rule };
            }
        }
        NONE
    }

    /// The rule of a node that does not mind a slash too much.
    #[inline(never)]
    fn lenient(&self, trail: &mut Trail, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if !leaf.strict && self.fits(trail, leaf) {
                return leaf.rule;
            }
        }
        NONE
    }

    /// Whether a rule takes the request; notes why not.
    fn fits(&self, trail: &mut Trail, leaf: &Leaf) -> bool {
        let method = self.request & crate::table::ALL_METHODS;
        if leaf.mask & method == 0 {
            trail.seen |= leaf.mask & crate::table::ALL_METHODS;
            false
        } else if leaf.mask & self.request != self.request {
            trail.mismatch = true;
            false
        } else {
            !self.refuses(trail, leaf)
        }
    }

    /// Whether a variable of the rule refuses its value.
    fn refuses(&self, trail: &Trail, leaf: &Leaf) -> bool {
        leaf.constrained
            && self.tables.constraints.get(&leaf.rule).is_some_and(|list| {
                list.iter().any(|(i, kind)| {
                    let span = trail.spans.get(*i).and_then(|(start, end)| {
                        let source = if start & IN_HOST != 0 {
                            self.host.as_bytes()
                        } else {
                            self.text
                        };
                        source.get((start & !IN_HOST) as usize..end as usize)
                    });
                    span.and_then(|bytes| std::str::from_utf8(bytes).ok())
                        .is_some_and(|text| kind.refuses(text))
                })
            })
    }
}
