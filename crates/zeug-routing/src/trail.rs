//! What a search leaves behind: where values stand, and what the answer may depend on. Decides nothing.

use crate::table::NONE;

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

/// What a search leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(crate) spans: Spans,
    /// How many values have been found.
    pub(crate) len: usize,
    /// The methods of rules that fit but for the method.
    pub(crate) seen: u64,
    /// Whether a rule fits but for being, or not being, for WebSockets.
    pub(crate) mismatch: bool,
    /// Whether an empty segment, or all that is left, was looked at: with single slashes the search could have gone elsewhere.
    pub(crate) odd: bool,
}

impl Trail {
    /// Notes a value.
    #[inline]
    pub(crate) fn push(&mut self, start: usize, end: usize, mark: u32) {
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
