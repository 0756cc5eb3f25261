//! Owns the search for a delimiter's dashes and boundary. Knows nothing of what makes a hit a delimiter, but that one behind a line break is wanted.

use memchr::memmem;

/// Positions looked at before the vector search is built: fields are short, and building it costs as much as finding them.
const NEAR: usize = 512;

/// Positions a block: the compiler turns the loop over it into two vector registers.
const BLOCK: usize = 32;

/// Most bytes at the needle's end that the vector search compares; the rest is compared at a hit. `memchr` searches so short a needle by a pair of bytes alone.
const TAIL: usize = 16;

/// Finds `--boundary`.
#[derive(Debug)]
pub(super) struct Search {
    needle: Box<[u8]>,
    far: Option<Far>,
}

/// The vector search for the needle's end.
#[derive(Debug)]
struct Far {
    /// Bytes of the needle before the end that is searched for.
    front: usize,
    end: memmem::Finder<'static>,
}

impl Search {
    /// A search for `needle`, which is at least 3 bytes long and holds no line break.
    pub(super) fn new(needle: Box<[u8]>) -> Self {
        Self { needle, far: None }
    }

    /// What is searched for.
    #[inline]
    pub(super) fn needle(&self) -> &[u8] {
        &self.needle
    }

    /// The first position of the needle in `hay`, or a later one if no line break ends right before the first.
    #[inline]
    pub(super) fn find_in_line(&mut self, hay: &[u8]) -> Option<usize> {
        if self.far.is_some() {
            return self.find_far(hay, 0, true);
        }
        match self.find_near(hay) {
            Ok(Some(at)) if !matches!(hay[..at], [] | [.., b'\r' | b'\n']) => {
                self.find_far(hay, at, true)
            }
            Ok(found) => found,
            Err(from) => self.find_far(hay, from, true),
        }
    }

    /// The first position of the needle in `hay`.
    pub(super) fn find(&mut self, hay: &[u8]) -> Option<usize> {
        if self.far.is_some() {
            return self.find_far(hay, 0, false);
        }
        match self.find_near(hay) {
            Ok(found) => found,
            Err(from) => self.find_far(hay, from, false),
        }
    }

    /// Looks at the first `NEAR` positions; `Err` is where to go on.
    #[inline]
    fn find_near(&self, hay: &[u8]) -> Result<Option<usize>, usize> {
        let skip = self.needle.len() - 2;
        let [.., x, y] = *self.needle else {
            return Ok(None);
        };
        let Some(ends) = hay.get(skip..) else {
            return Ok(None);
        };
        let mut at = 0;
        // the needle's last two bytes, wherever they may stand; block by block while one more byte follows the block
        while let Some(block) = ends.get(at..at + BLOCK + 1) {
            let mut hit = false;
            for (a, b) in block.iter().zip(&block[1..]) {
                hit |= (*a == x) & (*b == y);
            }
            if hit && let Some(found) = self.find_pair(hay, block, at) {
                return Ok(Some(found));
            }
            at += BLOCK;
            if at >= NEAR {
                return Err(at);
            }
        }
        Ok(ends
            .get(at..)
            .and_then(|block| self.find_pair(hay, block, at)))
    }

    /// The needle in `hay` where its last two bytes stand in `block`, which may follow the needle's others at `from`.
    #[inline]
    fn find_pair(&self, hay: &[u8], block: &[u8], from: usize) -> Option<usize> {
        let [.., x, y] = *self.needle else {
            return None;
        };
        block
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[0] == x && pair[1] == y)
            .map(|(at, _)| from + at)
            .find(|at| hay[*at..].starts_with(&self.needle))
    }

    /// Looks at the positions from `from` on with the vector search, built when it is first needed.
    fn find_far(&mut self, hay: &[u8], from: usize, in_line: bool) -> Option<usize> {
        let needle = &self.needle;
        let far = self.far.get_or_insert_with(|| Far::new(needle));
        let mut from = from + far.front;
        loop {
            let at = from + far.end.find(hay.get(from..)?)?;
            let start = at - far.front;
            let whole = hay[start..].starts_with(&needle[..far.front]);
            let line = matches!(hay[..start], [] | [.., b'\r' | b'\n']);
            if whole && (line || !in_line) {
                return Some(start);
            }
            from = at + 1;
            if in_line {
                // the next delimiter comes behind the next line break
                let next = start + memchr::memchr2(b'\r', b'\n', &hay[start..])?;
                from = from.max(next + 1 + far.front);
            }
        }
    }
}

impl Far {
    /// The search for the end of `needle` in which its last byte stands only once. That byte is searched for first, so that text which only begins like a
    /// delimiter costs nothing.
    fn new(needle: &[u8]) -> Self {
        let tail = &needle[needle.len().saturating_sub(TAIL)..];
        let (before, last) = tail.split_at(tail.len() - 1);
        let once = last
            .first()
            .and_then(|last| memchr::memrchr(*last, before))
            .map_or(0, |at| at + 1);
        let tail = if tail.len() - once < 2 {
            tail
        } else {
            &tail[once..]
        };
        let rank = Rank {
            last: tail.last().copied().unwrap_or_default(),
        };
        let end = memmem::FinderBuilder::new()
            .build_forward_with_ranker(rank, tail)
            .into_owned();
        Self {
            front: needle.len() - tail.len(),
            end,
        }
    }
}

/// Which byte of the needle is searched for first: its last, with the rarest of the others.
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
