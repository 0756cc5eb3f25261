//! Owns the search for the next delimiter in a chunk. Refuses a boundary that no delimiter is made of as it passes, so that a false one costs a few compares.

mod strides;

use memchr::memmem;

use self::strides::Strides;
use super::delimiter::{self, Suffix};

/// Positions looked at before a faster search is made: fields are short, and making it costs as much as finding them.
const NEAR: usize = 512;

/// Positions a block: the compiler turns the loop over it into two vector registers.
const BLOCK: usize = 32;

/// Finds delimiters: dashes and boundary, and what stands before and behind.
#[derive(Debug)]
pub(super) struct Search {
    needle: Box<[u8]>,
    far: Option<Far>,
}

/// How often the search may be fooled before it goes on in strides.
const ALARMS: u32 = 4;

/// How far on the next line has to be for a false alarm not to count: going there made up for it.
const CALM: usize = 1024;

/// The search for delimiters that are far away.
#[derive(Debug)]
struct Far {
    /// Bytes of the needle before those that are searched for.
    front: usize,
    /// The needle's last two bytes, so that what only looks like a needle shows as a false alarm and not as time; the whole of it where strides are no use.
    end: memmem::Finder<'static>,
    /// False alarms so far.
    alarms: u32,
    /// The search that took over, built when there had been enough alarms.
    strides: Option<Strides>,
}

/// What has to stand around a boundary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Line breaks are CRLF.
    pub(super) strict: bool,
    /// There is a line break before.
    pub(super) in_line: bool,
}

/// A delimiter, or what is one if the bytes to come make it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it begins, with its line break if it has one.
    pub(super) start: usize,
    /// Where its boundary ends.
    pub(super) end: usize,
    /// What follows; never `None`.
    pub(super) suffix: Suffix,
}

impl Search {
    /// A search for `needle`, which is at least 3 bytes long and holds no line break.
    pub(super) fn new(needle: Box<[u8]>) -> Self {
        Self { needle, far: None }
    }

    /// The dashes and the boundary.
    #[inline]
    pub(super) fn needle(&self) -> &[u8] {
        &self.needle
    }

    /// The first delimiter whose dashes and boundary are in `hay` as a whole.
    #[inline]
    pub(super) fn find(&mut self, hay: &[u8], wanted: Wanted) -> Option<Found> {
        let mut from = 0;
        if self.far.is_none() {
            match self.find_near(hay, wanted) {
                Ok(found) => return found,
                Err(next) => from = next,
            }
        }
        let needle = &*self.needle;
        let check = |at| is_delimiter(needle, hay, at, wanted);
        let far = self.far.get_or_insert_with(|| Far::new(needle));
        let at = loop {
            if let Some(strides) = &far.strides {
                break strides.find(hay, from, wanted.in_line, check)?;
            }
            let at = from + far.end.find(hay.get(from + far.front..)?)?;
            if check(at) {
                break at;
            }
            from = at + 1;
            let mut calm = false;
            if wanted.in_line {
                // the next delimiter comes behind the next line break
                let skipped = memchr::memchr2(b'\r', b'\n', &hay[at..])?;
                calm = skipped >= CALM;
                from = at + skipped + 1;
            }
            if !calm {
                far.alarm(needle);
            }
        };
        Some(self.found(hay, at, wanted))
    }

    /// The delimiter whose dashes begin at `at`.
    fn found(&self, hay: &[u8], at: usize, wanted: Wanted) -> Found {
        let end = at + self.needle.len();
        Found {
            start: delimiter::line_break_before(hay, at, wanted.strict).unwrap_or(at),
            end,
            suffix: delimiter::suffix(&hay[end..], wanted.strict),
        }
    }

    /// Looks at the first `NEAR` positions; `Err` is where to go on.
    #[inline]
    fn find_near(&self, hay: &[u8], wanted: Wanted) -> Result<Option<Found>, usize> {
        let skip = self.needle.len() - 2;
        let [.., x, y] = *self.needle else {
            return Ok(None);
        };
        let Some(ends) = hay.get(skip..) else {
            return Ok(None);
        };
        let find_pair = |block: &[u8], from: usize| {
            block
                .windows(2)
                .enumerate()
                .filter(|(_, pair)| pair[0] == x && pair[1] == y)
                .find_map(|(at, _)| delimiter_at(&self.needle, hay, from + at, wanted))
        };
        let mut at = 0;
        // the needle's last two bytes, wherever they may stand; block by block while one more byte follows the block
        while let Some(block) = ends.get(at..at + BLOCK + 1) {
            let mut hit = false;
            for (a, b) in block.iter().zip(&block[1..]) {
                hit |= (*a == x) & (*b == y);
            }
            if hit && let Some(found) = find_pair(block, at) {
                return Ok(Some(found));
            }
            at += BLOCK;
            if at >= NEAR {
                return Err(at);
            }
        }
        Ok(ends.get(at..).and_then(|block| find_pair(block, at)))
    }
}

impl Far {
    fn new(needle: &[u8]) -> Self {
        let front = if needle.len() < strides::SHORTEST {
            0
        } else {
            needle.len() - 2
        };
        Self {
            front,
            end: memmem::Finder::new(&needle[front..]).into_owned(),
            alarms: 0,
            strides: None,
        }
    }

    /// Counts a false alarm; after so many of them another search takes over.
    #[cold]
    fn alarm(&mut self, needle: &[u8]) {
        self.alarms = self.alarms.saturating_add(1);
        if self.alarms == ALARMS {
            self.strides = Strides::new(needle);
            if self.strides.is_none() {
                self.front = 0;
                self.end = memmem::Finder::new(needle).into_owned();
            }
        }
    }
}

/// The delimiter whose dashes begin at `at`, if one does, or may once more bytes have come. For what most likely is one.
#[inline]
fn delimiter_at(needle: &[u8], hay: &[u8], at: usize, wanted: Wanted) -> Option<Found> {
    let rest = hay.get(at..)?.strip_prefix(needle)?;
    let start = match delimiter::line_break_before(hay, at, wanted.strict) {
        Some(start) => start,
        None if wanted.in_line => return None,
        None => at,
    };
    let suffix = delimiter::suffix(rest, wanted.strict);
    (suffix != Suffix::None).then_some(Found {
        start,
        end: at + needle.len(),
        suffix,
    })
}

/// Whether a delimiter's dashes begin at `at`, or may once more bytes have come. Not part of the loops that ask, so that they stay small.
#[inline(never)]
fn is_delimiter(needle: &[u8], hay: &[u8], at: usize, wanted: Wanted) -> bool {
    let Some((boundary, rest)) = hay
        .get(at..)
        .and_then(|hay| hay.split_at_checked(needle.len()))
    else {
        return false;
    };
    same(boundary, needle)
        && delimiter::suffix(rest, wanted.strict) != Suffix::None
        && (!wanted.in_line || delimiter::line_break_before(hay, at, wanted.strict).is_some())
}

/// Whether two texts of one length are the same. Eight bytes at once and without a call: for so few bytes that costs more than they do.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    let (a_runs, a_rest) = a.as_chunks::<8>();
    let (b_runs, b_rest) = b.as_chunks::<8>();
    a_runs.iter().zip(b_runs).all(|(a, b)| a == b) && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first delimiter, looked for at every position.
    fn naive(needle: &[u8], hay: &[u8], wanted: Wanted) -> Option<Found> {
        (0..hay.len()).find_map(|at| {
            let before = delimiter::line_break_before(hay, at, wanted.strict);
            let rest = hay[at..].strip_prefix(needle)?;
            let suffix = delimiter::suffix(rest, wanted.strict);
            let found = Found {
                start: before.unwrap_or(at),
                end: at + needle.len(),
                suffix,
            };
            ((before.is_some() || !wanted.in_line) && suffix != Suffix::None).then_some(found)
        })
    }

    fn needles() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[a-c-]{1,6}",
            "-{0,8}[A-Za-z]{0,12}[0-9a-z]{1,50}",
            "(abc){3,20}",
            "-{20,30}[0-9a-f]{16}",
            "a{1,70}",
        ]
        .prop_map(|boundary| format!("--{boundary}").into_bytes())
    }

    /// Pieces of a needle by two indices each, and other bytes.
    fn hay(needle: &[u8], pieces: &[(u8, u8, u8)]) -> Vec<u8> {
        let mut hay = Vec::new();
        for (kind, a, b) in pieces {
            let at = |index: u8| usize::from(index) % (needle.len() + 1);
            match kind % 12 {
                0 => hay.extend_from_slice(b"\r\n"),
                1 => hay.push(*a),
                2 => hay.extend_from_slice(b"--"),
                3 => hay.extend_from_slice(b"\n"),
                4 => hay.resize(hay.len() + usize::from(*a), *b),
                5 | 6 => hay.extend_from_slice(&needle[at(*a).min(at(*b))..at(*a).max(at(*b))]),
                7 => hay.extend_from_slice(needle),
                8 => hay.extend_from_slice(b" "),
                9 => hay.extend_from_slice(&[b"\r\n", needle, b"x"].concat()),
                10 => hay.extend_from_slice(&[b"\r", needle, b"-"].concat()),
                _ => hay.extend_from_slice(&[b"\n", needle, b"\t\t?"].concat()),
            }
        }
        hay
    }

    proptest! {
        #[test]
        fn every_search_finds_the_first(
            needle in needles(),
            pieces in proptest::collection::vec(any::<(u8, u8, u8)>(), 0..60),
            strict: bool,
            in_line: bool,
            last: bool,
        ) {
            let wanted = Wanted { strict, in_line };
            let mut hay = hay(&needle, &pieces);
            if last {
                hay.extend_from_slice(&[b"\r\n", &*needle, b"\r\n"].concat());
            }
            let mut search = Search::new(needle.clone().into());
            let expected = naive(&needle, &hay, wanted);
            prop_assert_eq!(search.find(&hay, wanted), expected);
            // once as it is found in the end, once from the start
            prop_assert_eq!(search.find(&hay, wanted), expected);
            for alarms in [0, ALARMS] {
                let mut far = Far::new(&needle);
                (0..alarms).for_each(|_| far.alarm(&needle));
                search.far = Some(far);
                prop_assert_eq!(search.find(&hay, wanted), expected);
            }
            let end = memmem::Finder::new(&needle).into_owned();
            search.far = Some(Far { front: 0, end, alarms: 0, strides: None });
            prop_assert_eq!(search.find(&hay, wanted), expected);
        }
    }
}
