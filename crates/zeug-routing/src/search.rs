//! The search for a path's rule in the tables: depth first, static edges before dynamic ones, as Werkzeug's matcher orders them.
//! Allocates nothing where a rule has few variables; knows no endpoint, no redirect, no encoding.

use crate::segment::{is_digits, is_path, match_part};
use crate::table::{
    Dynamic, Leaf, NONE, NodeRef, Step, Tables, edge_hash, middle, path_hash, short_word,
};

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

/// The places of a rule's values, in the order of its variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    inline: [Span; INLINE],
    len: u32,
    #[expect(
        clippy::box_collection,
        reason = "eight bytes in each match instead of 24, for the few that need it"
    )]
    more: Option<Box<Vec<Span>>>,
}

impl Spans {
    #[inline]
    fn push(&mut self, start: usize, end: usize, mark: u32) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "texts are shorter than MAX_LEN"
        )]
        let span = (start as u32 | mark, end as u32);
        match self.inline.get_mut(self.len as usize) {
            Some(place) => *place = span,
            None => self.spill(span),
        }
        self.len += 1;
    }

    #[cold]
    fn spill(&mut self, span: Span) {
        let more = self.more.get_or_insert_default();
        more.truncate(self.len as usize - INLINE);
        more.push(span);
    }

    #[inline]
    fn truncate(&mut self, len: u32) {
        self.len = len;
    }

    /// The place of the variable with that number.
    pub(crate) fn get(&self, i: usize) -> Option<Span> {
        if i >= self.len as usize {
            return None;
        }
        self.inline
            .get(i)
            .or_else(|| self.more.as_ref()?.get(i - INLINE))
            .copied()
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// Not zero where one of a word's bytes equals a byte; the lowest bit that is set belongs to the first such byte.
#[inline]
fn find_byte(word: u64, byte: u8) -> u64 {
    let x = word ^ (u64::from(byte) * ONES);
    x.wrapping_sub(ONES) & !x & (ONES << 7)
}

/// The first segment of what is left of a path: its length, its key words as edges have them, and whether it has a percent sign after
/// its first eight bytes.
struct Segment {
    len: usize,
    first: u64,
    last: u64,
    percent: u64,
}

/// What is left of a path: segments, or nothing, not even an empty one.
type Left<'t> = Option<&'t [u8]>;

/// How a search goes on from a node with dynamic edges.
enum Turn<'t> {
    Go(NodeRef, Left<'t>),
    End(u32),
}

/// A search for one path.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    tables: &'t Tables,
    text: &'t [u8],
    host: &'t [u8],
    /// The text's last eight bytes; a shorter text fills the upper ones.
    tail: u64,
    request: u64,
    pub(crate) spans: Spans,
    /// The methods of rules that fit but for the method.
    pub(crate) seen: u64,
    /// Whether a rule fits but for being, or not being, for WebSockets.
    pub(crate) mismatch: bool,
    /// Not zero if a percent sign was among the bytes that were looked at.
    percent: u64,
    /// Whether an empty segment, or all that is left, was looked at: with single slashes the search could have gone elsewhere.
    pub(crate) odd: bool,
}

impl<'t> Search<'t> {
    #[inline]
    pub(crate) fn new(tables: &'t Tables, text: &'t [u8], host: &'t [u8], request: u64) -> Self {
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
            spans: Spans::default(),
            seen: 0,
            mismatch: false,
            percent: 0,
            odd: false,
        }
    }

    /// Whether nothing about the path but its being unknown decided the answer.
    #[inline]
    pub(crate) fn is_plain_miss(&self, id: u32) -> bool {
        id == NONE && !self.odd && !self.mismatch && self.seen == 0
    }

    /// Whether the text that decided the answer has a percent sign. A rule's text without one is found without looking.
    #[inline]
    pub(crate) fn saw_percent(&self) -> bool {
        self.percent != 0
    }

    /// The rule for the path that begins at a byte of the text; one after the end for a path without even a slash.
    #[inline(always)]
    pub(crate) fn find(&mut self, root: Option<NodeRef>, start: usize) -> u32 {
        if let Some(root) = root {
            let rule = self.whole(root, start);
            if rule != NONE {
                return rule;
            }
            let rule = self.go(root, self.text.get(start..));
            if rule != NONE {
                return rule;
            }
        }
        if self.tables.dynamic_hosts.is_empty() {
            NONE
        } else {
            self.dynamic_hosts(start)
        }
    }

    /// The method and protocol looked for.
    pub(crate) fn request(&self) -> u64 {
        self.request
    }

    #[cold]
    fn dynamic_hosts(&mut self, start: usize) -> u32 {
        let tables = self.tables;
        for dynamic in &tables.dynamic_hosts {
            self.spans.truncate(0);
            let spans = &mut self.spans;
            if match_part(&dynamic.part, self.host, &tables.customs, |from, to| {
                spans.push(from, to, IN_HOST)
            })
            .is_some()
            {
                let rule = self.go(dynamic.root, self.text.get(start..));
                if rule != NONE {
                    return rule;
                }
            }
        }
        NONE
    }

    /// The first rule that is this text and takes the request.
    #[inline(always)]
    fn whole(&self, root: NodeRef, start: usize) -> u32 {
        let tables = self.tables;
        let Some(path) = self.text.get(start..) else {
            return NONE;
        };
        let length = path.len().min(255);
        let lengths = tables.whole_lengths.get(length / 64).copied().unwrap_or(0);
        if lengths >> (length % 64) & 1 == 0 {
            return NONE;
        }
        let hash = path_hash(path, root.id());
        let mask = tables.wholes.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut at = hash as usize & mask;
        while let Some(slot) = tables.wholes.get(at) {
            if slot.rule == NONE {
                return NONE;
            }
            if slot.hash == hash && slot.root == root.id() {
                let text = tables
                    .texts
                    .get(slot.text as usize..slot.text as usize + slot.len as usize);
                if text == Some(path) {
                    return if slot.mask & self.request == self.request {
                        slot.rule
                    } else {
                        NONE
                    };
                }
            }
            at = (at + 1) & mask;
        }
        NONE
    }

    /// The first segment of what is left.
    #[inline(always)]
    fn segment(&self, left: &[u8]) -> Segment {
        let word = self.word(left);
        let slash = find_byte(word, b'/');
        if slash != 0 {
            let before = (slash ^ (slash - 1)) >> 8;
            return Segment {
                len: slash.trailing_zeros() as usize / 8,
                first: word & before,
                last: 0,
                percent: 0,
            };
        }
        if left.len() <= 8 {
            return Segment {
                len: left.len(),
                first: word,
                last: 0,
                percent: 0,
            };
        }
        self.long_segment(left, word)
    }

    /// The same for a segment of more than eight bytes, or of eight before a slash.
    #[inline]
    fn long_segment(&self, left: &[u8], first: u64) -> Segment {
        let mut len = 8;
        let mut percent = 0;
        loop {
            let word = self.word(left.get(len..).unwrap_or_default());
            let slash = find_byte(word, b'/');
            percent |= find_byte(word, b'%');
            if slash != 0 {
                len += slash.trailing_zeros() as usize / 8;
                break;
            }
            len += 8;
            if len >= left.len() {
                len = left.len();
                break;
            }
        }
        let last = match len {
            8 => 0,
            9..=16 => self.word(left.get(len - 8..).unwrap_or_default()),
            _ => {
                self.word(left.get(len - 8..).unwrap_or_default())
                    ^ middle(left.get(..len).unwrap_or_default())
            }
        };
        Segment {
            len,
            first,
            last,
            percent,
        }
    }

    /// The first eight bytes of what is left, zeros after the text's end.
    #[inline(always)]
    fn word(&self, left: &[u8]) -> u64 {
        match left.first_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            // Fewer than eight bytes are left, perhaps none: two shifts, as one by 64 is not allowed.
            None => (self.tail >> 1) >> (63 - 8 * (left.len() & 7)),
        }
    }

    /// Looks for a percent sign in a segment that no static edge takes.
    #[inline(always)]
    fn note(&mut self, segment: &Segment) {
        self.percent |= find_byte(segment.first, b'%') | segment.percent;
    }

    /// The node that a static edge with that label leads to.
    #[inline(always)]
    fn step(&self, node: NodeRef, left: &[u8], segment: &Segment) -> NodeRef {
        let edges = &*self.tables.edges;
        let &Segment {
            len, first, last, ..
        } = segment;
        let tag = u64::from(node.id()) | (len as u64) << 32;
        let mask = edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut at = edge_hash(first, last, tag) as usize & mask;
        while let Some(edge) = edges.get(at) {
            if (edge.first ^ first) | (edge.last ^ last) | (edge.tag ^ tag) == 0 {
                if len <= 16 || self.long_label_fits(edge.label, left, len) {
                    return edge.child;
                }
            } else if edge.child == NodeRef::NONE {
                return NodeRef::NONE;
            }
            at = (at + 1) & mask;
        }
        NodeRef::NONE
    }

    #[inline(never)]
    fn long_label_fits(&self, label: u32, left: &[u8], len: usize) -> bool {
        let label = self.tables.texts.get(label as usize..label as usize + len);
        label.is_some() && label == left.get(..len)
    }

    /// The rule below a node for what is left.
    #[inline]
    fn go(&mut self, node: NodeRef, left: Left<'t>) -> u32 {
        match left {
            Some(left) => self.walk(node, left),
            None => self.leaf(node),
        }
    }

    /// The rule below a node for the segments that are left; recursion only where a search may have to come back.
    fn walk(&mut self, mut node: NodeRef, mut left: &'t [u8]) -> u32 {
        loop {
            let segment = self.segment(left);
            let mut next = NodeRef::NONE;
            if segment.len == 0 {
                self.odd |= !left.is_empty();
                if node.has(NodeRef::STATIC) {
                    next = self.slash_of(node);
                }
            } else if node.has(NodeRef::STATIC) {
                next = self.step(node, left, &segment);
            }
            let after = left.get(segment.len + 1..);
            // Rules of this node count once more at the end: a slash too much is theirs to judge.
            let own = left.is_empty() && node.has(NodeRef::RULES);
            if node.has(NodeRef::DYNAMIC) || own {
                if next != NodeRef::NONE {
                    let kept = self.spans.len;
                    let rule = self.go(next, after);
                    if rule != NONE {
                        return rule;
                    }
                    self.spans.truncate(kept);
                }
                self.note(&segment);
                let string = if own {
                    NodeRef::NONE
                } else {
                    self.string_of(node)
                };
                if string == NodeRef::NONE {
                    match self.turn(node, left, &segment, own) {
                        Turn::Go(next, Some(after)) => (node, left) = (next, after),
                        Turn::Go(next, None) => return self.leaf(next),
                        Turn::End(rule) => return rule,
                    }
                    continue;
                }
                if segment.len == 0 {
                    return NONE;
                }
                self.keep(left, segment.len);
                next = string;
            } else if next == NodeRef::NONE {
                self.note(&segment);
                return NONE;
            }
            match after {
                Some(after) => (node, left) = (next, after),
                None => return self.leaf(next),
            }
        }
    }

    /// Tries the dynamic edges of a node, and its own rules if the segment is the empty one at the end. The last edge is not tried but
    /// gone on with, where nothing is left to come back to: a rule may have thousands of variables.
    #[inline(never)]
    fn turn(&mut self, node: NodeRef, left: &'t [u8], segment: &Segment, own: bool) -> Turn<'t> {
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
            let kept = self.spans.len;
            for (others, edge) in (0..edges.len()).rev().zip(edges) {
                let Some(after) = self.take(edge, left, segment.len) else {
                    continue;
                };
                if others == 0 && !own {
                    return Turn::Go(edge.child, after);
                }
                let rule = self.go(edge.child, after);
                if rule != NONE {
                    return Turn::End(rule);
                }
                self.spans.truncate(kept);
            }
        }
        Turn::End(if own { self.lenient(node) } else { NONE })
    }

    #[inline(always)]
    fn slash_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.slash)
    }

    #[inline(always)]
    fn string_of(&self, node: NodeRef) -> NodeRef {
        self.tables
            .nodes
            .get(node.id() as usize)
            .map_or(NodeRef::NONE, |info| info.string)
    }

    /// Notes the first bytes of what is left as a value.
    #[inline(always)]
    fn keep(&mut self, left: &[u8], len: usize) {
        let start = self.text.len() - left.len();
        self.spans.push(start, start + len, 0);
    }

    /// Takes what a dynamic edge takes and notes its values; what is left after it.
    #[inline]
    fn take(&mut self, dynamic: &Dynamic, left: &'t [u8], len: usize) -> Option<Left<'t>> {
        let end = match dynamic.step {
            Step::Str => (len > 0).then_some(len)?,
            Step::Int => is_digits(left.get(..len)?).then_some(len)?,
            Step::Path => {
                self.see_all(left);
                is_path(left).then_some(left.len())?
            }
            other => return self.take_part(other, left, len),
        };
        self.keep(left, end);
        Some(left.get(end + 1..))
    }

    /// Notes that all that is left is looked at.
    fn see_all(&mut self, left: &[u8]) {
        self.odd = true;
        self.percent |= u64::from(left.contains(&b'%'));
    }

    #[inline(never)]
    fn take_part(&mut self, step: Step, left: &'t [u8], len: usize) -> Option<Left<'t>> {
        let tables = self.tables;
        let (id, end) = match step {
            Step::Segment(id) => (id, len),
            Step::Rest(id) => {
                self.see_all(left);
                (id, left.len())
            }
            _ => {
                self.see_all(left);
                let value = left.strip_suffix(b"/").unwrap_or(left);
                if !is_path(value) || value.ends_with(b"/") {
                    return None;
                }
                self.keep(left, value.len());
                return Some(left.get(value.len() + 1..));
            }
        };
        let start = self.text.len() - left.len();
        let (kept, spans) = (self.spans.len, &mut self.spans);
        let slash = match_part(
            tables.parts.get(id as usize)?,
            left.get(..end)?,
            &tables.customs,
            |from, to| {
                spans.push(start + from, start + to, 0);
            },
        );
        match slash {
            // The slash at the end is an empty segment of its own.
            Some(true) => Some(left.get(end..)),
            Some(false) => Some(left.get(end + 1..)),
            None => {
                self.spans.truncate(kept);
                None
            }
        }
    }

    /// The rule that ends at a node, or [`SLASH`] if one ends after one more slash.
    #[inline(always)]
    fn leaf(&mut self, node: NodeRef) -> u32 {
        let Some(info) = self.tables.nodes.get(node.id() as usize) else {
            return NONE;
        };
        if info.mask & self.request == self.request {
            return info.rule;
        }
        self.leaves(node)
    }

    #[inline(never)]
    fn leaves(&mut self, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if self.fits(leaf) {
                return leaf.rule;
            }
        }
        for leaf in tables.leaves_of(self.slash_of(node)) {
            if leaf.mask & self.request == self.request && !self.refuses(leaf) {
                return if leaf.strict { SLASH } else { leaf.rule };
            }
        }
        NONE
    }

    /// The rule of a node that does not mind a slash too much.
    #[inline(never)]
    fn lenient(&mut self, node: NodeRef) -> u32 {
        let tables = self.tables;
        for leaf in tables.leaves_of(node) {
            if !leaf.strict && self.fits(leaf) {
                return leaf.rule;
            }
        }
        NONE
    }

    /// Whether a rule takes the request; notes why not.
    fn fits(&mut self, leaf: &Leaf) -> bool {
        let method = self.request & crate::table::ALL_METHODS;
        if leaf.mask & method == 0 {
            self.seen |= leaf.mask & crate::table::ALL_METHODS;
            false
        } else if leaf.mask & self.request != self.request {
            self.mismatch = true;
            false
        } else {
            !self.refuses(leaf)
        }
    }

    /// Whether a variable of the rule refuses its value.
    fn refuses(&self, leaf: &Leaf) -> bool {
        leaf.constrained
            && self.tables.constraints.get(&leaf.rule).is_some_and(|list| {
                list.iter().any(|(i, kind)| {
                    let span = self.spans.get(*i).and_then(|(start, end)| {
                        let source = if start & IN_HOST != 0 {
                            self.host
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
