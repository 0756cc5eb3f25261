//! Matching a text against literals and variables in a row: one segment, or all that is left of a path. Priorities are those of a
//! backtracking expression (strings take as much as they can, paths as little), the time is linear in the text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::converter::{Converter, Len};
use crate::path::INNER_SLASH;

/// A part of a rule that has variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) atoms: Box<[Atom]>,
    /// The rule goes on with a slash, which the text may lack.
    pub(crate) slash: bool,
    /// The part takes all that is left, slashes too.
    pub(crate) rest: bool,
}

/// A literal or a variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    Literal(Box<[u8]>),
    Variable(Shape),
}

/// The texts a variable takes, apart from what it refuses afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Str(Len),
    /// The items in order, and, where they are many, their numbers by text.
    Any(Box<[Box<[u8]>]>),
    Path,
    Int {
        signed: bool,
    },
    Float {
        signed: bool,
    },
    Uuid,
    Custom(u32),
}

/// How often a custom converter is asked about one part that has other variables.
const CUSTOM_CALLS: usize = 4096;
/// Parts with up to this many atoms are matched without allocating.
const INLINE: usize = 12;

/// Matches a part against a text. The places of the values are handed to `found`; the answer says whether a slash at the end was
/// taken by itself, or nothing where the part does not match.
pub(crate) fn match_part(
    part: &Part,
    text: &[u8],
    customs: &[Arc<dyn Converter>],
    mut found: impl FnMut(usize, usize),
) -> Option<bool> {
    let mut body = text;
    let mut slash = false;
    if part.slash {
        if let Some(rest) = text.strip_suffix(b"/") {
            (body, slash) = (rest, true);
        }
        if body.ends_with(b"/") {
            return None;
        }
    }
    let mut atoms = &*part.atoms;
    let mut from = 0;
    if let [Atom::Literal(literal), rest @ ..] = atoms {
        body.strip_prefix(&**literal)?;
        (from, atoms) = (literal.len(), rest);
    }
    let mut to = body.len();
    if let [rest @ .., Atom::Literal(literal)] = atoms {
        to -= literal.len().min(to);
        if from > to || !body.ends_with(literal) {
            return None;
        }
        atoms = rest;
    }
    let body = body.get(..to)?;
    match atoms {
        [] => (from == to).then_some(slash),
        [Atom::Variable(shape)] => {
            whole(shape, body.get(from..)?, customs).then(|| found(from, to))?;
            Some(slash)
        }
        [
            Atom::Variable(left),
            Atom::Literal(literal),
            Atom::Variable(right),
        ] if matches!(left, Shape::Str(_) | Shape::Int { .. })
            && matches!(right, Shape::Str(_) | Shape::Int { .. })
            && !part.rest =>
        {
            let (middle, after) = pair(left, literal, right, body, from)?;
            found(from, middle);
            found(after, to);
            Some(slash)
        }
        _ => {
            let ends = Backtrack {
                atoms,
                text: body,
                customs,
                rest: part.rest,
                slash: (0, 0),
                newline: (0, 0),
                calls: 0,
                memo: HashSet::new(),
            }
            .run(from)?;
            let mut at = from;
            for (atom, &end) in atoms.iter().zip(ends.as_slice()) {
                if matches!(atom, Atom::Variable(_)) {
                    found(at, end);
                }
                at = end;
            }
            Some(slash)
        }
    }
}

/// Two variables with a literal between them: the last place of the literal at which both fit.
fn pair(
    left: &Shape,
    literal: &[u8],
    right: &Shape,
    text: &[u8],
    from: usize,
) -> Option<(usize, usize)> {
    let first = *literal.first()?;
    let mut end = text.len();
    loop {
        let at = from + text.get(from..end)?.iter().rposition(|&b| b == first)?;
        let after = at + literal.len();
        if text.get(at..).is_some_and(|rest| rest.starts_with(literal))
            && whole(left, text.get(from..at)?, &[])
            && whole(right, text.get(after..)?, &[])
        {
            return Some((at, after));
        }
        end = at;
        // A left side of digits cannot fit earlier if it did not fit here only because of the right side: still, look on.
    }
}

/// Whether a variable takes the whole of a text.
fn whole(shape: &Shape, text: &[u8], customs: &[Arc<dyn Converter>]) -> bool {
    match shape {
        Shape::Str(len) => len.fits(text) && !text.contains(&b'/'),
        Shape::Any(items) => items.iter().any(|item| **item == *text),
        Shape::Path => is_path(text),
        Shape::Int { signed } => is_digits(unsigned(text, *signed)),
        Shape::Float { signed } => {
            let text = unsigned(text, *signed);
            let dot = text.iter().position(|&b| b == b'.').unwrap_or(text.len());
            is_digits(text.get(..dot).unwrap_or_default())
                && is_digits(text.get(dot + 1..).unwrap_or_default())
        }
        Shape::Uuid => is_uuid(text),
        Shape::Custom(id) => customs
            .get(*id as usize)
            .is_some_and(|custom| takes(&**custom, text)),
    }
}

/// Whether a text is a path's value: not empty, no slash at its beginning, no newline after its first character.
#[inline]
pub(crate) fn is_path(text: &[u8]) -> bool {
    match text {
        [] | [b'/' | INNER_SLASH, ..] => false,
        [_, rest @ ..] => !rest.contains(&b'\n'),
    }
}

/// Whether a text is one digit or more.
#[inline]
pub(crate) fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn unsigned(text: &[u8], signed: bool) -> &[u8] {
    if signed {
        text.strip_prefix(b"-").unwrap_or(text)
    } else {
        text
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(i, b)| {
            if matches!(i, 8 | 13 | 18 | 23) {
                *b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

fn takes(custom: &dyn Converter, text: &[u8]) -> bool {
    let text = if text.contains(&INNER_SLASH) {
        Cow::Owned(
            text.iter()
                .map(|&b| if b == INNER_SLASH { b'/' } else { b })
                .collect::<Vec<u8>>(),
        )
    } else {
        Cow::Borrowed(text)
    };
    std::str::from_utf8(&text).is_ok_and(|text| custom.matches(text))
}

/// Ends of atoms, or their state, up to [`INLINE`] of them in place.
struct Few<T> {
    inline: [T; INLINE],
    more: Vec<T>,
    len: usize,
}

impl<T: Copy> Few<T> {
    fn new(len: usize, value: T) -> Self {
        Self {
            inline: [value; INLINE],
            more: if len > INLINE {
                vec![value; len]
            } else {
                Vec::new()
            },
            len,
        }
    }

    fn as_slice(&self) -> &[T] {
        if self.len > INLINE {
            &self.more
        } else {
            self.inline.get(..self.len).unwrap_or_default()
        }
    }

    fn as_mut_slice(&mut self) -> &mut [T] {
        if self.len > INLINE {
            &mut self.more
        } else {
            self.inline.get_mut(..self.len).unwrap_or_default()
        }
    }
}

/// Where a variable stands in the search.
#[derive(Clone, Copy, Default)]
struct State {
    /// Where the value begins.
    start: usize,
    /// The ends that are possible, both included, and the next one to try.
    low: usize,
    high: usize,
    next: usize,
    /// No end is left.
    done: bool,
    /// Ends, both included, after which the rest is known not to match; empty while `bad_low > bad_high`.
    bad_low: usize,
    bad_high: usize,
    /// The last run of digits seen and the last one after a point: beginning and end.
    digits: (usize, usize),
    decimals: (usize, usize),
}

struct Backtrack<'a> {
    atoms: &'a [Atom],
    text: &'a [u8],
    customs: &'a [Arc<dyn Converter>],
    rest: bool,
    /// From where to where no slash stands, or no newline.
    slash: (usize, usize),
    newline: (usize, usize),
    calls: usize,
    /// Variables without a range of ends, and places from which they are known to lead nowhere.
    memo: HashSet<(usize, usize)>,
}

impl Backtrack<'_> {
    /// The ends of all atoms, if they match the text from a place to its end.
    fn run(mut self, from: usize) -> Option<Few<usize>> {
        let atoms = self.atoms;
        let mut ends = Few::new(atoms.len(), 0);
        let mut states = Few::new(
            atoms.len(),
            State {
                bad_low: 1,
                ..State::default()
            },
        );
        let (mut i, mut at) = (0, from);
        let mut enter = true;
        loop {
            let end = match atoms.get(i) {
                None if at == self.text.len() => return Some(ends),
                None => None,
                Some(Atom::Literal(literal)) if enter => self
                    .text
                    .get(at..)?
                    .starts_with(literal)
                    .then_some(at + literal.len()),
                Some(Atom::Literal(_)) => None,
                Some(Atom::Variable(shape)) => {
                    let state = states.as_mut_slice().get_mut(i)?;
                    if enter {
                        self.enter(i, shape, at, state);
                    }
                    self.next(i, shape, state)
                }
            };
            if let Some(end) = end {
                *ends.as_mut_slice().get_mut(i)? = end;
                (i, at, enter) = (i + 1, end, true);
            } else {
                (i, enter) = (i.checked_sub(1)?, false);
            }
        }
    }

    /// Finds the ends that a variable beginning here may have.
    fn enter(&mut self, i: usize, shape: &Shape, at: usize, state: &mut State) {
        let n = self.text.len();
        state.start = at;
        state.done = false;
        let range = match shape {
            Shape::Str(len) => {
                let limit = if self.rest { self.until(at, b'/') } else { n };
                chars(self.text, at, len.min, limit).map(|low| {
                    (
                        low,
                        len.max
                            .and_then(|max| chars(self.text, at, max, limit))
                            .unwrap_or(limit),
                    )
                })
            }
            Shape::Path => match self.text.get(at) {
                None | Some(b'/' | &INNER_SLASH) => None,
                Some(_) => chars(self.text, at, 1, n).map(|low| (low, self.until(low, b'\n'))),
            },
            Shape::Int { signed } => {
                let at = at + usize::from(*signed && self.text.get(at) == Some(&b'-'));
                let end = run_end(self.text, at, &mut state.digits);
                (end > at).then_some((at + 1, end))
            }
            Shape::Float { signed } => {
                let at = at + usize::from(*signed && self.text.get(at) == Some(&b'-'));
                let dot = run_end(self.text, at, &mut state.digits);
                let end = if dot > at && self.text.get(dot) == Some(&b'.') {
                    run_end(self.text, dot + 1, &mut state.decimals)
                } else {
                    0
                };
                (end > dot + 1).then_some((dot + 2, end))
            }
            Shape::Uuid => self
                .text
                .get(at..at + 36)
                .filter(|text| is_uuid(text))
                .map(|_| (at + 36, at + 36)),
            Shape::Any(items) => (!self.memo.contains(&(i, at)))
                .then_some((0, items.len().wrapping_sub(1)))
                .filter(|_| !items.is_empty()),
            Shape::Custom(_) => (!self.memo.contains(&(i, at)))
                .then(|| (at, if self.rest { n } else { self.until(at, b'/') })),
        };
        let Some((mut low, high)) = range.filter(|(low, high)| low <= high) else {
            state.done = true;
            return;
        };
        let last = i + 1 == self.atoms.len();
        if last && !matches!(shape, Shape::Any(_)) {
            if !(low..=high).contains(&n) {
                state.done = true;
                return;
            }
            low = n;
        }
        let high = if last && !matches!(shape, Shape::Any(_)) {
            n
        } else {
            high
        };
        (state.low, state.high) = (low, high);
        state.next = if matches!(shape, Shape::Any(_) | Shape::Path) {
            low
        } else {
            high
        };
    }

    /// The next end to try.
    fn next(&mut self, i: usize, shape: &Shape, state: &mut State) -> Option<usize> {
        let upward = matches!(shape, Shape::Any(_) | Shape::Path);
        while !state.done {
            let mut end = state.next;
            let ranged = !matches!(shape, Shape::Any(_) | Shape::Custom(_));
            let bad = ranged && (state.bad_low..=state.bad_high).contains(&end);
            let step_from = match (bad, upward) {
                (true, true) => state.bad_high,
                (true, false) => state.bad_low,
                _ => end,
            };
            if upward {
                state.done = step_from >= state.high;
                state.next = step_from + 1;
            } else {
                state.done = step_from <= state.low;
                state.next = step_from.saturating_sub(1);
            }
            if bad {
                continue;
            }
            let fits = match shape {
                Shape::Any(items) => items.get(end).is_some_and(|item| {
                    let text = self.text.get(state.start..).unwrap_or_default();
                    end = state.start + item.len();
                    text.starts_with(item)
                }),
                Shape::Custom(id) => {
                    self.calls += 1;
                    if self.calls > CUSTOM_CALLS {
                        state.done = true;
                        return None;
                    }
                    let text = self.text.get(state.start..end).unwrap_or_default();
                    self.customs
                        .get(*id as usize)
                        .is_some_and(|custom| takes(&**custom, text))
                }
                _ => is_boundary(self.text, end),
            };
            if fits {
                return Some(end);
            }
        }
        // Nothing was found after any of these ends: do not try them again.
        if matches!(shape, Shape::Any(_) | Shape::Custom(_)) {
            self.memo.insert((i, state.start));
        } else if state.low <= state.high {
            let joins = state.bad_low <= state.bad_high
                && state.low <= state.bad_high + 1
                && state.bad_low <= state.high + 1;
            (state.bad_low, state.bad_high) = if joins {
                (state.low.min(state.bad_low), state.high.max(state.bad_high))
            } else {
                (state.low, state.high)
            };
        }
        None
    }

    /// The next place of a byte from `at`, or the text's end.
    fn until(&mut self, at: usize, byte: u8) -> usize {
        let cache = if byte == b'/' {
            &mut self.slash
        } else {
            &mut self.newline
        };
        cached_end(self.text, at, cache, |b| b == byte)
    }
}

/// The end of the run of digits that `at` is in or begins.
fn run_end(text: &[u8], at: usize, cache: &mut (usize, usize)) -> usize {
    cached_end(text, at, cache, |b| !b.is_ascii_digit())
}

/// The first place from `at` on whose byte ends a run, or the text's end. The cache is a run known so far: from where, and its end; what
/// is known is not looked at again, from whichever side the next question comes.
fn cached_end(
    text: &[u8],
    at: usize,
    cache: &mut (usize, usize),
    ends: impl Fn(u8) -> bool,
) -> usize {
    if cache.1 > 0 && (cache.0..=cache.1).contains(&at) {
        return cache.1;
    }
    let limit = if cache.1 > 0 && at < cache.0 {
        cache.0
    } else {
        text.len()
    };
    let before = text.get(at..limit).unwrap_or_default();
    let end = match before.iter().position(|&b| ends(b)) {
        Some(end) => at + end,
        None if limit < text.len() => cache.1,
        None => text.len(),
    };
    *cache = (at, end);
    end
}

/// Where `count` characters from `at` end, if they end before the limit.
fn chars(text: &[u8], at: usize, count: usize, limit: usize) -> Option<usize> {
    let mut end = at;
    for _ in 0..count {
        if end >= limit {
            return None;
        }
        end += 1;
        while !is_boundary(text, end) {
            end += 1;
        }
    }
    Some(end)
}

/// Whether a character begins or the text ends here.
fn is_boundary(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| !(0x80..0xc0).contains(b))
}
