//! Owns the search in strides: it looks at eight bytes, and steps as far as no boundary can be passed over. Refuses boundaries that make steps short.
//!
//! A needle of `n` bytes holds `n - 7` runs of eight bytes. Whoever looks at one run of the text every `n - 7` bytes looks into every needle there is, and
//! which run of the needle it sees says where that needle begins. So the text decides nothing about where to look: nothing in it makes the search slower
//! than one check a step.

use crate::multipart::delimiter;

/// Bytes that are looked at together.
const RUN: usize = 8;

/// Slots of the table, as a power of two. With that many a run of arbitrary bytes hardly ever meets a slot that is taken.
const BITS: u32 = 11;

/// Shortest step that is worth while: with shorter ones a search for the whole needle is quicker in usual text.
const STRIDE: usize = 16;

/// Shortest needle that can have such steps.
pub(super) const SHORTEST: usize = STRIDE + RUN - 1;

/// What spreads runs over the slots: the first under which no two runs of a needle share a slot, or else the one that leaves the longest step.
const SPREADS: [u64; 4] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xd6e8_feb8_6659_fd93,
];

/// Where each run stands in the end of the needle.
pub(super) struct Strides {
    /// Bytes of the needle before the end in which all runs differ.
    front: usize,
    /// How many runs that end has, and so how long a step is.
    stride: usize,
    spread: u64,
    edges: Edges,
    /// One more than the run's place in the needle; 0 for runs that are not in that end of it.
    slots: Box<[u8; 1 << BITS]>,
}

impl Strides {
    /// The search for that needle, unless its steps would be too short.
    pub(super) fn new(needle: &[u8]) -> Option<Self> {
        let mut best: Option<Self> = None;
        for spread in SPREADS {
            let (strides, repeats) = Self::spread(needle, spread);
            if best
                .as_ref()
                .is_none_or(|best| best.stride < strides.stride)
            {
                best = Some(strides);
            }
            if repeats {
                break;
            }
        }
        best.filter(|best| best.stride >= STRIDE)
    }

    /// The search with this spread, and whether no other has longer steps.
    fn spread(needle: &[u8], spread: u64) -> (Self, bool) {
        let mut strides = Self {
            front: needle.len(),
            stride: 0,
            spread,
            edges: Edges::new(needle),
            slots: Box::new([0; 1 << BITS]),
        };
        let runs = || needle.windows(RUN).rev();
        for (count, run) in runs().enumerate() {
            let Some(slot) = strides.slot_of(run) else {
                break;
            };
            // how many runs before stood there, counted from the needle's end
            if strides.slots[slot] != 0 {
                let other = runs().nth(usize::from(strides.slots[slot]) - 1);
                let stays = other == Some(run);
                return (strides.turned(), stays);
            }
            // a needle has 72 bytes at most
            strides.slots[slot] = u8::try_from(count + 1).unwrap_or(u8::MAX);
            strides.stride = count + 1;
            strides.front = needle.len() - RUN - count;
        }
        (strides.turned(), true)
    }

    /// The places of the runs counted from the needle's front, as the search needs them.
    fn turned(mut self) -> Self {
        let all = u8::try_from(self.front + self.stride + 1).unwrap_or(u8::MAX);
        for place in self.slots.iter_mut().filter(|place| **place != 0) {
            *place = all - *place;
        }
        self
    }

    /// The slot of the run at the start of `bytes`; none if they are too short for one.
    #[inline(always)]
    fn slot_of(&self, bytes: &[u8]) -> Option<usize> {
        let run = u64::from_le_bytes(*bytes.first_chunk()?);
        Some((run.wrapping_mul(self.spread) >> (u64::BITS - BITS)) as usize)
    }

    /// Where the first needle begins, at `from` or behind, that passes `check`.
    #[inline(never)]
    pub(super) fn find(
        &self,
        hay: &[u8],
        from: usize,
        in_line: bool,
        check: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let stride = self.stride;
        let edges = self.edges.looked_for(in_line);
        // the last run of the first needle that may be there
        let mut at = from + self.front + stride - 1;
        // four at once, since they wait for nothing but the memory
        while let Some(four) = hay.get(at..at + 3 * stride + RUN) {
            let places = [
                self.place(four)?,
                self.place(&four[stride..])?,
                self.place(&four[2 * stride..])?,
                self.place(&four[3 * stride..])?,
            ];
            if places != [0; 4] {
                // hidden, or else the compiler keeps in registers what only this block needs, and the loop gets none
                let at = std::hint::black_box(at);
                for (step, place) in places.into_iter().enumerate() {
                    // the run is that of the needle which begins here
                    let begin = (at + step * stride + 1).wrapping_sub(usize::from(place));
                    if place != 0 && edges.fit(hay, begin) && check(begin) {
                        return Some(begin);
                    }
                }
            }
            at += 4 * stride;
        }
        while let Some(run) = hay.get(at..at + RUN) {
            let place = self.place(run)?;
            let begin = (at + 1).wrapping_sub(usize::from(place));
            if place != 0 && check(begin) {
                return Some(begin);
            }
            at += stride;
        }
        None
    }

    /// The place of the run at the start of `bytes`.
    #[inline(always)]
    fn place(&self, bytes: &[u8]) -> Option<u8> {
        Some(self.slots[self.slot_of(bytes)?])
    }
}

/// What stands at both edges of a needle, to be compared with two numbers: a byte and the first seven, and the last six and two bytes.
#[derive(Debug, Clone, Copy)]
struct Edges {
    length: usize,
    front: u64,
    front_mask: u64,
    back: u64,
}

impl Edges {
    /// Bits of `back` that are compared: not those of the two bytes behind the needle.
    const BACK_MASK: u64 = u64::MAX >> 16;

    fn new(needle: &[u8]) -> Self {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        Self {
            length: needle.len(),
            front: number(&needle[..needle.len().min(7)]) << 8,
            front_mask: 0,
            back: number(&needle[needle.len().saturating_sub(6)..]),
        }
    }

    /// The edges of a needle that begins a line, or one that may stand anywhere.
    fn looked_for(mut self, in_line: bool) -> Self {
        self.front_mask = u64::MAX << 8;
        if in_line {
            // CR and LF are two of the eight bytes that begin like this
            self.front |= 0x08;
            self.front_mask |= 0xf8;
        }
        self
    }

    /// Whether the edges of what begins at `at` are those of the needle, and what follows may follow. Yes where that cannot be told.
    #[inline(always)]
    fn fit(&self, hay: &[u8], at: usize) -> bool {
        let Some(around) = hay
            .get(at.wrapping_sub(1)..)
            .and_then(|hay| hay.get(..self.length + 3))
        else {
            return true;
        };
        let (Some(front), Some(back)) = (around.first_chunk(), around.last_chunk()) else {
            return true;
        };
        let front = (u64::from_le_bytes(*front) ^ self.front) & self.front_mask;
        let back_number = u64::from_le_bytes(*back);
        let differ = (back_number ^ self.back) & Self::BACK_MASK;
        let [.., first, second] = *back;
        front | differ == 0 && delimiter::may_follow(first, second)
    }
}

impl std::fmt::Debug for Strides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Strides")
            .field("front", &self.front)
            .field("stride", &self.stride)
            .finish_non_exhaustive()
    }
}
