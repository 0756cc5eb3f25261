//! Numbers that look random and are the same each time.
#![allow(dead_code, reason = "which of them are used depends on the features")]

/// Marsaglia's xorshift.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Text with all that gets escaped somewhere.
    pub(crate) fn text(&mut self, longest: usize) -> String {
        let characters: Vec<char> = "abcXYZ 019._-:!=\"\\\n\t/<>&é☃😀ß\u{7f}\u{1}"
            .chars()
            .collect();
        (0..self.below(longest + 1))
            .map(|_| *self.pick(&characters))
            .collect()
    }
}
