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
    more: Vec<Span>,
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
        self.more.truncate(self.len as usize - INLINE);
        self.more.push(span);
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
        self.inline.get(i).or_else(|| self.more.get(i - INLINE)).copied()
    }
}

/// What one look over a path tells: where its first slashes are, and its last eight bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan {
    /// The slashes among the first 64 bytes.
    slashes: u64,
    /// The last eight bytes; a shorter path fills the upper ones.
    tail: u64,
    pub(crate) percent: bool,
}

/// The bytes of a word that equal a byte, as one bit each.
#[inline]
fn byte_mask(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let x = word ^ (u64::from(byte) * 0x0101_0101_0101_0101);
    let zeros = !(((x & LOW) + LOW) | x | LOW);
    (zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Scan {
    #[inline]
    pub(crate) fn new(text: &[u8]) -> Self {
        let tail = match text.last_chunk() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None if text.is_empty() => 0,
            None => short_word(text) << (8 * (8 - text.len())),
        };
        let (mut slashes, mut percent) = (0, 0);
        let (chunks, rest) = text.as_chunks::<8>();
        for (i, chunk) in chunks.iter().enumerate() {
            let word = u64::from_le_bytes(*chunk);
            if i < 8 {
                slashes |= byte_mask(word, b'/') << (8 * i);
            }
            percent |= byte_mask(word, b'%');
        }
        if !rest.is_empty() {
            let word = tail >> (8 * (8 - rest.len()));
            if chunks.len() < 8 {
                slashes |= byte_mask(word, b'/') << (8 * chunks.len());
            }
            percent |= byte_mask(word, b'%');
        }
        Self { slashes, tail, percent: percent != 0 }
    }
}

/// A search for one path.
#[derive(Debug)]
pub(crate) struct Search<'t> {
    tables: &'t Tables,
    text: &'t [u8],
    host: &'t [u8],
    slashes: u64,
    tail: u64,
    request: u64,
    pub(crate) spans: Spans,
    /// The methods of rules that fit but for the method.
    pub(crate) seen: u64,
    /// Whether a rule fits but for being, or not being, for WebSockets.
    pub(crate) mismatch: bool,
}

impl<'t> Search<'t> {
    #[inline]
    pub(crate) fn new(tables: &'t Tables, text: &'t [u8], host: &'t [u8], scan: Scan, request: u64) -> Self {
        Self { tables, text, host, slashes: scan.slashes, tail: scan.tail, request, spans: Spans::default(), seen: 0, mismatch: false }
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

    /// Whether two slashes follow each other at or after a byte.
    pub(crate) fn has_double_slash(&self, start: usize) -> bool {
        if start < 64 && (self.slashes & (self.slashes >> 1)) >> start != 0 {
            return true;
        }
        self.text.len() > 64 && self.text.get(start.max(63)..).is_some_and(|rest| rest.windows(2).any(|pair| pair == b"//"))
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

    /// The end of the segment that begins at a byte.
    #[inline]
    fn segment_end(&self, at: usize) -> usize {
        let n = self.text.len();
        if at < 64 {
            let ahead = self.slashes >> at;
            if ahead != 0 {
                return at + ahead.trailing_zeros() as usize;
            }
            if n <= 64 {
                return n;
            }
        }
        self.far_segment_end(at.max(64))
    }

    #[cold]
    fn far_segment_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.iter().position(|&b| b == b'/').unwrap_or(rest.len())
    }

    /// Eight bytes from a byte on, zeros after the text's end.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        match self.text.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => {
                let left = self.text.len().saturating_sub(at).min(8);
                self.tail.checked_shr(8 * (8 - left as u32)).unwrap_or(0)
            }
        }
    }

    /// The node that a static edge with that label leads to.
    #[inline]
    fn step(&self, node: NodeRef, start: usize, end: usize) -> NodeRef {
        let tables = self.tables;
        let len = end - start;
        let mut first = self.word(start);
        let mut last = 0;
        if len < 8 {
            first &= u64::MAX.checked_shr(64 - 8 * len as u32).unwrap_or(0);
        } else if len > 8 {
            last = self.word(end - 8);
            if len > 16 {
                last ^= middle(self.text.get(start..end).unwrap_or_default());
            }
        }
        let tag = u64::from(node.id()) | (len as u64) << 32;
        let mask = tables.edges.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits count")]
        let mut at = edge_hash(first, last, tag) as usize & mask;
        while let Some(edge) = tables.edges.get(at) {
            if edge.first == first && edge.last == last && edge.tag == tag {
                if len <= 16 || self.long_label_fits(edge.label, start, end) {
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
        let tables = self.tables;
        let n = self.text.len();
        loop {
            if at > n {
                return self.leaf(node);
            }
            let end = self.segment_end(at);
            let mut child = NodeRef::NONE;
            if node.has(NodeRef::STATIC) {
                child = if end > at { self.step(node, at, end) } else { self.slash_of(node) };
            }
            // Rules of this node count once more at the end: a slash too much is theirs to judge.
            let own = at == n && node.has(NodeRef::RULES);
            if !node.has(NodeRef::DYNAMIC) && !own {
                if child == NodeRef::NONE {
                    return NONE;
                }
                (node, at) = (child, end + 1);
                continue;
            }
            let kept = self.spans.len;
            if child != NodeRef::NONE {
                let rule = self.walk(child, end + 1);
                if rule != NONE {
                    return rule;
                }
                self.spans.truncate(kept);
            }
            if node.has(NodeRef::DYNAMIC) {
                let Some(info) = tables.nodes.get(node.id() as usize) else { return NONE };
                let from = info.dynamics as usize;
                let Some((last, others)) = tables.dynamics.get(from..from + info.dynamics_len as usize).and_then(<[_]>::split_last) else {
                    return NONE;
                };
                for dynamic in others {
                    if let Some(next) = self.take(dynamic, at, end) {
                        let rule = self.walk(dynamic.child, next);
                        if rule != NONE {
                            return rule;
                        }
                        self.spans.truncate(kept);
                    }
                }
                if let Some(next) = self.take(last, at, end) {
                    if !own {
                        (node, at) = (last.child, next);
                        continue;
                    }
                    let rule = self.walk(last.child, next);
                    if rule != NONE {
                        return rule;
                    }
                    self.spans.truncate(kept);
                }
            }
            return if own { self.lenient(node) } else { NONE };
        }
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
                let rest = self.text.get(at..)?;
                if !is_path(rest) {
                    return None;
                }
                self.spans.push(at, self.text.len(), 0);
                Some(self.text.len() + 1)
            }
            other => self.take_part(other, at, end),
        }
    }

    #[inline(never)]
    fn take_part(&mut self, step: Step, at: usize, end: usize) -> Option<usize> {
        let tables = self.tables;
        let n = self.text.len();
        let (id, end, next) = match step {
            Step::Segment(id) => (id, end, end + 1),
            Step::Rest(id) => (id, n, n + 1),
            _ => {
                let rest = self.text.get(at..)?;
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
