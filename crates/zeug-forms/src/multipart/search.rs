//! Owns the search for a delimiter's dashes and boundary. Knows nothing of line breaks: who asks looks at what stands around a hit.

use memchr::memmem;

/// Positions looked at one block at a time before the vector search is built: fields are short, and building it costs as much as finding them.
const NEAR: usize = 512;

/// Positions a block: the compiler turns the loop over it into two vector registers.
const BLOCK: usize = 32;

/// Bytes at the needle's end that the vector search compares; the rest is compared at a hit. `memchr` searches so short a needle by a pair of bytes alone.
const TAIL: usize = 16;

/// Finds `--boundary`.
#[derive(Debug)]
pub(super) struct Search {
    needle: Box<[u8]>,
    far: Option<memmem::Finder<'static>>,
}

impl Search {
    /// A search for `needle`, which is at least 3 bytes long.
    pub(super) fn new(needle: Box<[u8]>) -> Self {
        Self { needle, far: None }
    }

    /// What is searched for.
    pub(super) fn needle(&self) -> &[u8] {
        &self.needle
    }

    /// The first position of the needle in `hay`.
    #[inline]
    pub(super) fn find(&mut self, hay: &[u8]) -> Option<usize> {
        match self.find_near(hay) {
            Ok(found) => found,
            Err(from) => self.find_far(&hay[from..]).map(|at| from + at),
        }
    }

    /// Looks at the first `NEAR` positions; `Err` is where to go on.
    #[inline]
    fn find_near(&self, hay: &[u8]) -> Result<Option<usize>, usize> {
        let skip = self.needle.len() - 2;
        let [.., x, y] = *self.needle else { return Ok(None) };
        let Some(ends) = hay.get(skip..) else { return Ok(None) };
        let mut at = 0;
        // the needle's last two bytes, wherever they may stand; block by block while one more byte follows the block
        while let Some(block) = ends.get(at..at + BLOCK + 1) {
            let mut hit = false;
            for (a, b) in block.iter().zip(&block[1..]) {
                hit |= (*a == x) & (*b == y);
            }
            if hit {
                if let Some(found) = self.scan(hay, at, at + BLOCK) {
                    return Ok(Some(found));
                }
            }
            at += BLOCK;
            if at >= NEAR {
                return Err(at);
            }
        }
        Ok(self.scan(hay, at, ends.len()))
    }

    /// The needle at one of the positions `from..to`, compared one by one.
    #[inline]
    fn scan(&self, hay: &[u8], from: usize, to: usize) -> Option<usize> {
        (from..to).find(|&at| hay[at..].starts_with(&self.needle))
    }

    /// The vector search, built when it is first needed.
    fn find_far(&mut self, hay: &[u8]) -> Option<usize> {
        let before = self.needle.len().saturating_sub(TAIL);
        let (front, tail) = self.needle.split_at(before);
        let far = self.far.get_or_insert_with(|| {
            let rank = Rank { last: tail.last().copied().unwrap_or_default() };
            memmem::FinderBuilder::new().build_forward_with_ranker(rank, tail).into_owned()
        });
        let mut from = before;
        loop {
            let at = from + far.find(hay.get(from..)?)?;
            if hay[..at].ends_with(front) {
                return Some(at - before);
            }
            from = at + 1;
        }
    }
}

/// Which byte of the needle is searched for first: its last, so that text which only begins like a delimiter costs nothing, with the rarest of the others.
struct Rank {
    last: u8,
}

impl memchr::arch::all::packedpair::HeuristicFrequencyRank for Rank {
    fn rank(&self, byte: u8) -> u8 {
        match byte {
            _ if byte == self.last => 0,
            b'-' | b' ' => 255,
            b'a'..=b'z' => 200,
            b'0'..=b'9' => 150,
            b'A'..=b'Z' => 100,
            _ => 50,
        }
    }
}
