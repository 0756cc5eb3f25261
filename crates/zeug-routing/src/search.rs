//! The search for a path's rule in the tables: depth first, static edges before dynamic ones, as Werkzeug's matcher orders them.
//! Allocates nothing where a rule has few variables; knows no endpoint, no redirect, no encoding.

use std::borrow::Cow;

use crate::scan::{find_byte, last_word, short_word};
use crate::segment::{is_digits, is_path, match_part};
use crate::table::{Dynamic, Leaf, NONE, NodeRef, Step, Tables, edge_hash, middle};

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

/// The number of the first byte that [`find_byte`] found.
#[inline(always)]
fn index(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

/// The bits of the bytes before the first that [`find_byte`] found.
#[inline(always)]
fn before(found: u64) -> u64 {
    (found ^ (found - 1)) >> 8
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
    /// The text's last eight bytes; a shorter text fills the upper ones.
    tail: u64,
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
        host: &'t Cow<'t, str>,
        request: u64,
    ) -> Self {
        let tail = match text.last_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None if text.is_empty() => 0,
            None => short_word(text) << (8 * (8 - text.len())),
        };
        Self {
            tables,
            text,
            host,
            tail,
            request,
        }
    }

    /// The rule for the path that begins at a byte of the text; one after the end for a path without even a slash.
    #[inline(always)]
    pub(crate) fn find(&self, trail: &mut Trail, root: Option<NodeRef>, start: usize) -> u32 {
        if let Some(root) = root {
            let rule = match self.text.get(start..) {
                // In place: most searches never come back to a choice.
                Some(rest) => self.walk_on(trail, root, rest),
                None => self.leaf(trail, root),
            };
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
                let rule = self.go(trail, dynamic.root, start);
                if rule != NONE {
                    return rule;
                }
            }
        }
        NONE
    }

    /// The segment that a rest of the text begins with: its length and its key words as edges have them.
    #[inline(always)]
    fn segment(&self, rest: &[u8]) -> (usize, u64, u64) {
        let first = self.word(rest);
        let slash = find_byte(first, b'/');
        if slash != 0 {
            return (index(slash), first & before(slash), 0);
        }
        let Some(left) = rest.get(8..).filter(|left| !left.is_empty()) else {
            return (rest.len(), first, 0);
        };
        let second = self.word(left);
        let slash = find_byte(second, b'/');
        if slash != 0 {
            return (8 + index(slash), first, second & before(slash));
        }
        if left.len() <= 8 {
            return (rest.len(), first, second);
        }
        let (len, second) = self.long_segment(rest, second);
        (len, first, second)
    }

    /// The same, but for the first key word, for a segment of more than sixteen bytes, or of sixteen before a slash.
    #[inline(never)]
    fn long_segment(&self, rest: &[u8], second: u64) -> (usize, u64) {
        let len = self.len(rest);
        let label = rest.get(..len).unwrap_or_default();
        let folded = last_word(label) ^ middle(label);
        (len, if len == 16 { second } else { folded })
    }

    /// The length of the segment that a rest of the text begins with.
    #[inline(always)]
    fn len(&self, rest: &[u8]) -> usize {
        let mut left = rest;
        loop {
            let slash = find_byte(self.word(left), b'/');
            if slash != 0 {
                return rest.len() - left.len() + index(slash);
            }
            match left.get(8..) {
                Some(next) => left = next,
                None => return rest.len(),
            }
        }
    }

    /// The first eight bytes of a rest of the text, zeros after its end.
    #[inline(always)]
    fn word(&self, rest: &[u8]) -> u64 {
        match rest.first_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            // Fewer than eight bytes are left, perhaps none: two shifts, as one by 64 is not allowed.
            None => (self.tail >> 1) >> (63 - 8 * (rest.len() & 7)),
        }
    }

    /// The node that a static edge with that label leads to.
    #[inline(always)]
    fn step(&self, node: NodeRef, rest: &[u8], label: (usize, u64, u64)) -> NodeRef {
        let edges = &*self.tables.edges;
        let (len, first, second) = label;
        let tag = u64::from(node.id()) | (len as u64) << 32;
        let mask = edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut slot = edge_hash(first, second, tag) as usize & mask;
        while let Some(edge) = edges.get(slot) {
            if (edge.first ^ first) | (edge.second ^ second) | (edge.tag ^ tag) == 0 {
                if len <= 16 || self.long_label_fits(edge.label, rest, len) {
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
    fn long_label_fits(&self, label: u32, rest: &[u8], len: usize) -> bool {
        let label = self.tables.texts.get(label as usize..label as usize + len);
        label.is_some() && label == rest.get(..len)
    }

    /// The rule below a node for what is left from a place on.
    #[inline]
    fn go(&self, trail: &mut Trail, node: NodeRef, at: usize) -> u32 {
        match self.text.get(at..) {
            Some(rest) => self.walk(trail, node, rest),
            None => self.leaf(trail, node),
        }
    }

    /// The rule below a node where a search may have to come back.
    fn walk(&self, trail: &mut Trail, node: NodeRef, rest: &'t [u8]) -> u32 {
        self.walk_on(trail, node, rest)
    }

    /// The rule below a node for the segments that are left; recursion only where a search may have to come back.
    #[inline(always)]
    fn walk_on(&self, trail: &mut Trail, mut node: NodeRef, mut rest: &'t [u8]) -> u32 {
        loop {
            let len;
            if node.has(NodeRef::STATIC) {
                let label = self.segment(rest);
                len = label.0;
                if len != 0 {
                    let child = self.step(node, rest, label);
                    if child == NodeRef::NONE {
                        if !node.has(NodeRef::DYNAMIC) {
                            return NONE;
                        }
                    } else if !node.has(NodeRef::DYNAMIC) {
                        node = child;
                        match rest.get(len + 1..) {
                            Some(next) => rest = next,
                            None => return self.leaf(trail, node),
                        }
                        continue;
                    } else {
                        let kept = trail.len;
                        let rule = match rest.get(len + 1..) {
                            Some(next) => self.walk(trail, child, next),
                            None => self.leaf(trail, child),
                        };
                        if rule != NONE {
                            return rule;
                        }
                        trail.len = kept;
                    }
                }
            } else {
                len = self.len(rest);
            }
            let at = self.text.len() - rest.len();
            if len != 0 && node.has(NodeRef::STRING | NodeRef::DIGITS) {
                if node.has(NodeRef::DIGITS) && !rest.get(..len).is_some_and(is_digits) {
                    return NONE;
                }
                trail.push(at, at + len, 0);
                node = self.only_of(node);
                match rest.get(len + 1..) {
                    Some(next) => rest = next,
                    None => return self.leaf(trail, node),
                }
                continue;
            }
            let turn = if len == 0 {
                self.empty(trail, node, at)
            } else {
                self.turn(trail, node, at, len, false)
            };
            match turn {
                Turn::Go(next, after) => {
                    node = next;
                    match self.text.get(after..) {
                        Some(next) => rest = next,
                        None => return self.leaf(trail, node),
                    }
                }
                Turn::End(rule) => return rule,
            }
        }
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
            let rule = self.go(trail, next, at + 1);
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
        if node.has(NodeRef::DYNAMIC) {
            let tables = self.tables;
            let Some(info) = tables.nodes.get(node.id() as usize) else {
                return Turn::End(NONE);
            };
            let from = info.dynamics as usize;
            let edges = tables
                .dynamics
                .get(from..from + info.dynamics_len as usize)
                .unwrap_or_default();
            let kept = trail.len;
            for (others, edge) in (0..edges.len()).rev().zip(edges) {
                let Some(after) = self.take(trail, edge, at, len) else {
                    continue;
                };
                if others == 0 && !own {
                    return Turn::Go(edge.child, after);
                }
                let rule = self.go(trail, edge.child, after);
                if rule != NONE {
                    return Turn::End(rule);
                }
                trail.len = kept;
            }
        }
        Turn::End(if own { self.lenient(trail, node) } else { NONE })
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
            Step::Int => is_digits(self.text.get(at..end)?).then_some(end)?,
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
