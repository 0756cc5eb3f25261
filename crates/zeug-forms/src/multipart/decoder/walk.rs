//! Owns the decoder's steps from state to state. Decides where bytes belong; checks no limits but the head's, which it has to hold.

use super::{
    super::delimiter::{self, Suffix},
    Bytes, Events, State, Step,
};
use crate::{FormError, FormErrorKind};

impl<'c> Events<'_, 'c> {
    /// Finds the next event.
    pub(super) fn step(&mut self) -> Result<Step<'c>, FormError> {
        loop {
            if self.decoder.spent > 0 {
                self.decoder.held.drain(..self.decoder.spent);
                self.decoder.spent = 0;
            }
            let step = match self.decoder.state {
                State::Ending => {
                    self.decoder.state = State::Closing;
                    Some(Step::End)
                }
                _ if self.chunk.is_empty() => Some(Step::More),
                State::Preamble => self.preamble()?,
                State::Head => self.head()?,
                State::Start => self.start()?,
                State::Data => self.data()?,
                State::Closing => self.closing(),
                State::Epilogue => Some(Step::Epilogue(self.take(self.chunk.len()))),
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    /// Takes `count` bytes off the chunk.
    #[inline]
    fn take(&mut self, count: usize) -> &'c [u8] {
        let (taken, rest) = self.chunk.split_at(count);
        self.chunk = rest;
        self.decoder.offset += count as u64;
        taken
    }

    /// Goes past a delimiter that takes `count` bytes of the chunk.
    fn pass(&mut self, count: usize, found: Suffix) {
        self.take(count);
        let d = &mut *self.decoder;
        d.state = match found {
            Suffix::Part { open, .. } => {
                d.after_cr = open;
                State::Head
            }
            Suffix::Last => {
                d.after_cr = false;
                State::Ending
            }
            // who found no delimiter does not go past it
            _ => d.state,
        };
    }

    /// Text up to the first delimiter, which needs no line break before it.
    fn preamble(&mut self) -> Result<Option<Step<'c>>, FormError> {
        let d = &mut *self.decoder;
        let before = d.held.len();
        if before == 0 {
            let (text, found) = first_delimiter(d, self.chunk);
            let bytes = &self.chunk[..text];
            if matches!(found, Suffix::None | Suffix::More) {
                self.take(text);
                self.decoder.held.extend_from_slice(self.chunk);
                self.take(self.chunk.len());
                return Ok((text > 0).then_some(Step::Preamble(Bytes::Chunk(bytes), false)));
            }
            let line_break = delimiter::line_break(&self.chunk[text..]);
            let end = text + line_break + d.search.needle().len();
            if found == Suffix::TooLong {
                return Err(FormError::new(
                    FormErrorKind::DelimiterTooLong,
                    d.offset + end as u64,
                ));
            }
            self.pass(end + found.len(), found);
            return Ok(Some(Step::Preamble(Bytes::Chunk(bytes), true)));
        }
        // the held bytes once more, with as much of the chunk as decides about each of them
        let reach = d.search.needle().len() + delimiter::PADDING + 4;
        let more = self.chunk.len().min(reach);
        d.held.extend_from_slice(&self.chunk[..more]);
        let window = std::mem::take(&mut d.held);
        let (text, found) = first_delimiter(d, &window);
        d.held = window;
        if text >= before || found == Suffix::More && text > 0 {
            d.held.truncate(before);
            d.spent = text.min(before);
            return Ok(Some(Step::Preamble(Bytes::Held(0..d.spent), false)));
        }
        if found == Suffix::More {
            self.take(more);
            return Ok(None);
        }
        let line_break = delimiter::line_break(&d.held[text..]);
        let end = text + line_break + d.search.needle().len();
        if found == Suffix::TooLong {
            return Err(FormError::new(
                FormErrorKind::DelimiterTooLong,
                d.offset - before as u64 + end as u64,
            ));
        }
        d.spent = d.held.len();
        self.pass(end + found.len() - before, found);
        Ok(Some(Step::Preamble(Bytes::Held(0..text), true)))
    }

    /// The header block of a part, up to its empty line. The line break of the empty line stays, since a delimiter may begin with it.
    fn head(&mut self) -> Result<Option<Step<'c>>, FormError> {
        if self.decoder.after_cr {
            self.decoder.after_cr = false;
            if self.chunk[0] == b'\n' {
                self.take(1);
                return Ok(None);
            }
        }
        let d = &mut *self.decoder;
        if d.held.is_empty() {
            d.begin = d.offset;
        }
        let limit = d.limits.head;
        // a head as long as allowed, its line break and the empty line
        let reach = limit.saturating_add(4);
        let before = d.held.len();
        let more = self.chunk.len().min(reach.saturating_sub(before));
        let (found, line_break) = if before == 0 {
            empty_line(&self.chunk[..more], d.strict)
        } else {
            d.held.extend_from_slice(&self.chunk[..more]);
            let from = before.saturating_sub(3);
            let (found, line_break) = empty_line(&d.held[from..], d.strict);
            (found.map(|at| from + at), line_break)
        };
        let Some(end) = found.filter(|end| *end <= limit) else {
            if before + more > limit.saturating_add(3) {
                return Err(FormError::new(
                    FormErrorKind::HeadTooLarge { limit },
                    d.begin,
                ));
            }
            if before == 0 {
                d.held.extend_from_slice(self.chunk);
            }
            self.take(more);
            return Ok(None);
        };
        d.state = State::Start;
        let past = end + line_break;
        if before == 0 {
            let head = &self.chunk[..end];
            self.take(past);
            return Ok(Some(Step::Head(Bytes::Chunk(head))));
        }
        // what is held past the head is a CR that belongs to the empty line
        d.held.truncate(past.max(before));
        d.spent = past;
        self.take(past.saturating_sub(before));
        Ok(Some(Step::Head(Bytes::Held(0..end))))
    }

    /// The line break between a part's head and its bytes, which may begin a delimiter already.
    fn start(&mut self) -> Result<Option<Step<'c>>, FormError> {
        let d = &mut *self.decoder;
        let needle = d.search.needle();
        if d.held.is_empty() && self.chunk.len() >= needle.len() + 2 {
            let line_break = delimiter::line_break(self.chunk);
            if !self.chunk[line_break..].starts_with(needle) {
                d.state = State::Data;
                self.take(line_break);
                self.decoder.begin = self.decoder.offset;
                return Ok(None);
            }
        }
        self.resolve()
    }

    /// Bytes of a part, up to what may become a delimiter.
    fn data(&mut self) -> Result<Option<Step<'c>>, FormError> {
        if !self.decoder.held.is_empty() {
            return self.resolve();
        }
        let d = &mut *self.decoder;
        let mut from = 0;
        while let Some(at) = d.search.find_in_line(&self.chunk[from..]) {
            let end = from + at + d.search.needle().len();
            // a boundary holds no line break, so the next delimiter begins after this hit
            let start = delimiter::line_break_before(self.chunk, from + at, d.strict);
            from = end;
            let Some(start) = start else { continue };
            let found = delimiter::suffix(&self.chunk[end..], d.strict);
            match found {
                Suffix::None => {}
                Suffix::More => return Ok(self.hold(start)),
                Suffix::TooLong => {
                    return Err(FormError::new(
                        FormErrorKind::DelimiterTooLong,
                        d.offset + end as u64,
                    ));
                }
                Suffix::Part { .. } | Suffix::Last => {
                    let bytes = &self.chunk[..start];
                    self.pass(end + found.len(), found);
                    return Ok(Some(Step::Data(Bytes::Chunk(bytes), true)));
                }
            }
        }
        let start = delimiter::tail(&self.chunk[from..], d.search.needle(), d.strict);
        Ok(self.hold(from + start))
    }

    /// Gives out the chunk up to `start` and holds the rest.
    fn hold(&mut self, start: usize) -> Option<Step<'c>> {
        let bytes = self.take(start);
        self.decoder.held.extend_from_slice(self.chunk);
        self.take(self.chunk.len());
        (!bytes.is_empty()).then_some(Step::Data(Bytes::Chunk(bytes), false))
    }

    /// Decides whether the held bytes, which begin with a line break, begin a delimiter.
    fn resolve(&mut self) -> Result<Option<Step<'c>>, FormError> {
        let d = &mut *self.decoder;
        let needle = d.search.needle();
        let before = d.held.len();
        let mut more = 0;
        for reach in [needle.len() + 4, needle.len() + delimiter::PADDING + 5] {
            let next = self.chunk.len().min(reach);
            d.held.extend_from_slice(&self.chunk[more..next]);
            more = next;
            let line_break = delimiter::line_break(&d.held);
            let rest = &d.held[line_break..];
            let found = match rest.strip_prefix(needle) {
                Some(_) if d.strict && line_break < 2 => Suffix::None,
                Some(rest) => delimiter::suffix(rest, d.strict),
                None if needle.starts_with(rest) => Suffix::More,
                None => Suffix::None,
            };
            match found {
                Suffix::More if more < self.chunk.len() => {}
                Suffix::More => {
                    self.take(more);
                    return Ok(None);
                }
                Suffix::None => {
                    d.held.truncate(before);
                    d.spent = before;
                    if d.state == State::Data {
                        return Ok(Some(Step::Data(Bytes::Held(0..before), false)));
                    }
                    // the line break still belongs to the head, also the LF of a CRLF that was cut in two
                    d.state = State::Data;
                    d.begin = d.offset - before as u64 + line_break as u64;
                    self.take(line_break.saturating_sub(before));
                    return Ok((line_break < before)
                        .then_some(Step::Data(Bytes::Held(line_break..before), false)));
                }
                Suffix::TooLong => break,
                Suffix::Part { .. } | Suffix::Last => {
                    let length = line_break + needle.len() + found.len();
                    d.held.clear();
                    self.pass(length - before, found);
                    return Ok(Some(Step::Data(Bytes::Chunk(&[]), true)));
                }
            }
        }
        let end = delimiter::line_break(&d.held) + d.search.needle().len();
        Err(FormError::new(
            FormErrorKind::DelimiterTooLong,
            d.offset - before as u64 + end as u64,
        ))
    }

    /// Padding and a line break after the last delimiter.
    fn closing(&mut self) -> Option<Step<'c>> {
        let first = self.chunk[0];
        let d = &mut *self.decoder;
        match first {
            b'\n' if d.after_cr => {
                d.state = State::Epilogue;
                self.take(1);
            }
            _ if d.after_cr => d.state = State::Epilogue,
            b'\r' => {
                d.after_cr = true;
                self.take(1);
            }
            b'\n' => {
                d.state = State::Epilogue;
                self.take(1);
            }
            byte if delimiter::is_padding(byte) => {
                let count = self
                    .chunk
                    .iter()
                    .take_while(|byte| delimiter::is_padding(**byte))
                    .count();
                self.take(count);
            }
            _ => d.state = State::Epilogue,
        }
        None
    }
}

/// How much text stands before the first delimiter, and how the delimiter ends; `None` if there is not even the beginning of one.
fn first_delimiter(d: &mut super::MultipartDecoder, bytes: &[u8]) -> (usize, Suffix) {
    let mut from = 0;
    while let Some(at) = d.search.find(&bytes[from..]) {
        let at = from + at;
        let found = delimiter::suffix(&bytes[at + d.search.needle().len()..], d.strict);
        if found != Suffix::None {
            return (
                delimiter::line_break_before(bytes, at, d.strict).unwrap_or(at),
                found,
            );
        }
        from = at + 1;
    }
    let needle = d.search.needle();
    let first = bytes.len().saturating_sub(needle.len() + 1);
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        needle.starts_with(rest) || needle.starts_with(&rest[delimiter::line_break(rest)..])
    };
    let mut starts = memchr::memchr3_iter(b'-', b'\r', b'\n', &bytes[first..]).map(|at| first + at);
    match starts.find(begins) {
        Some(at) => (at, Suffix::More),
        None => (bytes.len(), Suffix::None),
    }
}

/// Where a header block ends, and how long the line break is that ends its last line: two CRLF, two LF or two CR (strict: two CRLF).
fn empty_line(bytes: &[u8], strict: bool) -> (Option<usize>, usize) {
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        match &bytes[at..] {
            [b'\r', b'\n', b'\r', b'\n', ..] => return (Some(at), 2),
            [b'\r', b'\r', ..] | [b'\n', b'\n', ..] if !strict => return (Some(at), 1),
            _ => {}
        }
    }
    (None, 0)
}
