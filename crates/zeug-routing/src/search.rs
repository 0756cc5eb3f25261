//! The search for a path's rule in the tables: depth first, static edges before dynamic ones, as Werkzeug's matcher orders them.
//! Allocates nothing where a rule has few variables; knows no endpoint, no redirect, no encoding.

use crate::segment::{is_digits, is_path, match_part};
use crate::table::{Dynamic, Leaf, NONE, Node, NodeRef, Step, Tables, edge_hash, middle, path_hash, short_word};

/// The rule is there, but with a slash at the end.
pub(crate) const SLASH: u32 = NONE - 1;

/// Where a value stands: its first byte and the byte after its last. The upper bit of the first marks places in the host.
pub(crate) type Span = (u32, u32);
/// Marks a place in the host.
pub(crate) const IN_HOST: u32 = 1 << 31;
/// Paths and hosts are shorter than this.
pub(crate) const MAX_LEN: usize = (1 << 31) - 2;

/// How many places are kept without allocating.
const INLINE: usize = 6;

/// The places of a rule's values, in the order of its variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spans {
    inline: [Span; INLINE],
    len: u32,
    more: Option<Box<Vec<Span>>>,
}

impl Spans {
    #[inline]
    fn push(&mut self, start: usize, end: usize, mark: u32) {
        #[expect(clippy::cast_possible_truncation, reason = "texts are shorter than MAX_LEN")]
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
        self.inline.get(i).or_else(|| self.more.as_ref()?.get(i - INLINE)).copied()
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// Not zero where one of a word's bytes equals a byte; the lowest bit that is set belongs to the first such byte.
#[inline]
fn find_byte(word: u64, byte: u8) -> u64 {
    let x = word ^ (u64::from(byte) * ONES);
    x.wrapping_sub(ONES) & !x & (ONES << 7)
}

/// A segment of the path: the byte after its last, and its key words as edges have them.
struct Segment {
    end: usize,
    first: u64,
    last: u64,
}

/// How a search goes on from a node with dynamic edges.
enum Turn {
    Go(NodeRef, usize),
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
        Self { tables, text, host, tail, request, spans: Spans::default(), seen: 0, mismatch: false, percent: 0, odd: false }
    }

    /// Whether the text that decided the answer has a percent sign. A rule's text without one is found without looking.
    #[inline]
    pub(crate) fn saw_percent(&self) -> bool {
        self.percent != 0
    }

    /// The rule for the path that begins at a byte of the text; one after the end for a path without even a slash.
    #[inline]
    pub(crate) fn find(&mut self, root: Option<NodeRef>, start: usize) -> u32 {
        if let Some(root) = root {
            let rule = self.whole(root, start);
            if rule != NONE {
                return rule;
            }
            let rule = self.walk(root, start);
            if rule != NONE {
                return rule;
            }
        }
        if self.tables.dynamic_hosts.is_empty() { NONE } else { self.dynamic_hosts(start) }
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
            if match_part(&dynamic.part, self.host, &tables.customs, |from, to| spans.push(from, to, IN_HOST)).is_some() {
                let rule = self.walk(dynamic.root, start);
                if rule != NONE {
                    return rule;
                }
            }
        }
        NONE
    }

    /// The first rule that is this text and takes the request.
    #[inline]
    fn whole(&self, root: NodeRef, start: usize) -> u32 {
        let tables = self.tables;
        let Some(path) = self.text.get(start..) else { return NONE };
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
                let text = tables.texts.get(slot.text as usize..slot.text as usize + slot.len as usize);
                if text == Some(path) {
                    return if slot.mask & self.request == self.request { slot.rule } else { NONE };
                }
            }
            at = (at + 1) & mask;
        }
        NONE
    }

    /// The segment that begins at a byte: its end and the words of its key.
    #[inline]
    fn segment(&self, at: usize) -> Segment {
        let word = self.word(at);
        let slash = find_byte(word, b'/');
        if slash != 0 {
            let before = (slash ^ (slash - 1)) >> 8;
            return Segment { end: at + slash.trailing_zeros() as usize / 8, first: word & before, last: 0 };
        }
        if self.text.len() - at <= 8 {
            return Segment { end: self.text.len(), first: word, last: 0 };
        }
        self.long_segment(at, word)
    }

    /// The same for a segment of more than eight bytes, or of eight before a slash.
    #[inline]
    fn long_segment(&self, at: usize, first: u64) -> Segment {
        let mut end = at + 8;
        loop {
            let slash = find_byte(self.word(end), b'/');
            if slash != 0 {
                end += slash.trailing_zeros() as usize / 8;
                break;
            }
            end += 8;
            if end >= self.text.len() {
                end = self.text.len();
                break;
            }
        }
        let last = match end - at {
            8 => 0,
            9..=16 => self.word(end - 8),
            _ => self.word(end - 8) ^ middle(self.text.get(at..end).unwrap_or_default()),
        };
        Segment { end, first, last }
    }

    /// Looks for a percent sign in a segment that no static edge takes.
    #[inline]
    fn note(&mut self, at: usize, segment: &Segment) {
        self.percent |= find_byte(segment.first, b'%');
        if segment.end - at > 8 {
            self.percent |= u64::from(self.text.get(at + 8..segment.end).is_some_and(|rest| rest.contains(&b'%')));
        }
    }

    /// Eight bytes from a byte on, zeros after the text's end.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        match self.text.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            // Fewer than eight bytes are left, perhaps none: two shifts, as one by 64 is not allowed.
            None => (self.tail >> 1) >> (63 - 8 * (self.text.len().saturating_sub(at) & 7)),
        }
    }

    /// The node that a static edge with that label leads to.
    #[inline]
    fn step(&self, node: NodeRef, start: usize, segment: &Segment) -> NodeRef {
        let edges = &self.tables.edges;
        let &Segment { end, first, last } = segment;
        let tag = u64::from(node.id()) | ((end - start) as u64) << 32;
        let mask = edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut at = edge_hash(first, last, tag) as usize & mask;
        while let Some(edge) = edges.get(at) {
            if (edge.first ^ first) | (edge.last ^ last) | (edge.tag ^ tag) == 0 {
                if end - start <= 16 || self.long_label_fits(edge.label, start, end) {
                    return edge.child;
                }
            } else if edge.child == NodeRef::NONE {
                return NodeRef::NONE;
            }
            at = (at + 1) & mask;
        }
        NodeRef::NONE
    }

    fn long_label_fits(&self, label: u32, start: usize, end: usize) -> bool {
        let label = self.tables.texts.get(label as usize..label as usize + (end - start));
        label.is_some() && label == self.text.get(start..end)
    }

    /// The rule below a node for the segments from a byte on; recursion only where a search may have to come back.
    fn walk(&mut self, mut node: NodeRef, mut at: usize) -> u32 {
        loop {
            if at > self.text.len() {
                return self.leaf(node);
            }
            let segment = self.segment(at);
            let child = self.static_child(node, at, &segment);
            // Rules of this node count once more at the end: a slash too much is theirs to judge.
            let own = node.has(NodeRef::RULES) && at == self.text.len();
            if node.has(NodeRef::DYNAMIC) || own {
                if child != NodeRef::NONE {
                    let kept = self.spans.len;
                    let rule = self.walk(child, segment.end + 1);
                    if rule != NONE {
                        return rule;
                    }
                    self.spans.truncate(kept);
                }
                self.note(at, &segment);
                match self.turn(node, at, &segment, own) {
                    Turn::Go(next, next_at) => (node, at) = (next, next_at),
                    Turn::End(rule) => return rule,
                }
            } else if child == NodeRef::NONE {
                self.note(at, &segment);
                return NONE;
            } else {
                (node, at) = (child, segment.end + 1);
            }
        }
    }

    /// The node after a segment that is written in rules.
    #[inline]
    fn static_child(&mut self, node: NodeRef, at: usize, segment: &Segment) -> NodeRef {
        if segment.end == at {
            self.odd |= at < self.text.len();
            return if node.has(NodeRef::STATIC) { self.slash_of(node) } else { NodeRef::NONE };
        }
        if node.has(NodeRef::STATIC) { self.step(node, at, segment) } else { NodeRef::NONE }
    }

    /// Tries the dynamic edges of a node, and its own rules if the segment is the empty one at the end. The last edge that takes the
    /// segment is not tried but gone on with, where nothing is left to come back to.
    #[inline]
    fn turn(&mut self, node: NodeRef, at: usize, segment: &Segment, own: bool) -> Turn {
        if node.has(NodeRef::DYNAMIC) {
            let tables = self.tables;
            let Some(info) = tables.nodes.get(node.id() as usize) else { return Turn::End(NONE) };
            let from = info.dynamics as usize;
            let edges = tables.dynamics.get(from..from + info.dynamics_len as usize).unwrap_or_default();
            let kept = self.spans.len;
            for (left, edge) in (0..edges.len()).rev().zip(edges) {
                let Some(next) = self.take(edge, at, segment.end) else { continue };
                if left == 0 && !own {
                    return Turn::Go(edge.child, next);
                }
                let rule = self.walk(edge.child, next);
                if rule != NONE {
                    return Turn::End(rule);
                }
                self.spans.truncate(kept);
            }
        }
        Turn::End(if own { self.lenient(node) } else { NONE })
    }

    #[inline]
    fn slash_of(&self, node: NodeRef) -> NodeRef {
        self.tables.nodes.get(node.id() as usize).map_or(NodeRef::NONE, |info| info.slash)
    }

    /// Takes what a dynamic edge takes and notes its values; the byte where the next segment begins.
    #[inline]
    fn take(&mut self, dynamic: &Dynamic, at: usize, end: usize) -> Option<usize> {
        match dynamic.step {
            Step::Str => {
                if end == at {
                    return None;
                }
                self.spans.push(at, end, 0);
                Some(end + 1)
            }
            Step::Int => {
                if !is_digits(self.text.get(at..end)?) {
                    return None;
                }
                self.spans.push(at, end, 0);
                Some(end + 1)
            }
            Step::Path => {
                let rest = self.rest(at)?;
                if !is_path(rest) {
                    return None;
                }
                self.spans.push(at, self.text.len(), 0);
                Some(self.text.len() + 1)
            }
            other => self.take_part(other, at, end),
        }
    }

    /// All that is left.
    fn rest(&mut self, at: usize) -> Option<&'t [u8]> {
        let rest = self.text.get(at..)?;
        self.odd = true;
        self.percent |= u64::from(rest.contains(&b'%'));
        Some(rest)
    }

    #[inline(never)]
    fn take_part(&mut self, step: Step, at: usize, end: usize) -> Option<usize> {
        let tables = self.tables;
        let n = self.text.len();
        let (id, end, next) = match step {
            Step::Segment(id) => (id, end, end + 1),
            Step::Rest(id) => {
                self.rest(at)?;
                (id, n, n + 1)
            }
            _ => {
                let rest = self.rest(at)?;
                let value = rest.strip_suffix(b"/").unwrap_or(rest);
                if !is_path(value) || value.ends_with(b"/") {
                    return None;
                }
                self.spans.push(at, at + value.len(), 0);
                return Some(if value.len() < rest.len() { n } else { n + 1 });
            }
        };
        let (kept, spans) = (self.spans.len, &mut self.spans);
        let slash = match_part(tables.parts.get(id as usize)?, self.text.get(at..end)?, &tables.customs, |from, to| {
            spans.push(at + from, at + to, 0);
        });
        match slash {
            Some(true) => Some(n),
            Some(false) => Some(next),
            None => {
                self.spans.truncate(kept);
                None
            }
        }
    }

    /// The rule that ends at a node, or [`SLASH`] if one ends after one more slash.
    #[inline]
    fn leaf(&mut self, node: NodeRef) -> u32 {
        let Some(info) = self.tables.nodes.get(node.id() as usize) else { return NONE };
        if info.mask & self.request == self.request {
            return info.rule;
        }
        self.leaves(*info)
    }

    #[inline(never)]
    fn leaves(&mut self, info: Node) -> u32 {
        let tables = self.tables;
        for leaf in leaves_of(tables, &info) {
            if self.fits(leaf) {
                return leaf.rule;
            }
        }
        if info.slash == NodeRef::NONE {
            return NONE;
        }
        let Some(info) = tables.nodes.get(info.slash.id() as usize) else { return NONE };
        for leaf in leaves_of(tables, info) {
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
        let Some(info) = tables.nodes.get(node.id() as usize) else { return NONE };
        for leaf in leaves_of(tables, info) {
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
                        let source = if start & IN_HOST != 0 { self.host } else { self.text };
                        source.get((start & !IN_HOST) as usize..end as usize)
                    });
                    span.and_then(|bytes| std::str::from_utf8(bytes).ok()).is_some_and(|text| kind.refuses(text))
                })
            })
    }
}

fn leaves_of<'t>(tables: &'t Tables, info: &Node) -> &'t [Leaf] {
    let from = info.leaves as usize;
    tables.leaves.get(from..from + info.leaves_len as usize).unwrap_or_default()
}
