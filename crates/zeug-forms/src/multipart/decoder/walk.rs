//! Owns the decoder's steps from state to state. Decides where bytes belong; checks no limits but the head's, which it has to hold.

use super::{
    super::{
        delimiter::{self, Suffix},
        search::{Found, Wanted},
    },
    Bytes, Events, State, Step,
};
use crate::{FormError, FormErrorKind};

impl<'c> Events<'_, 'c> {
    /// Finds the next event.
    pub(super) fn step(&mut self) -> Result<Step<'c>, FormError> {
        loop {
            self.decoder.drop_spent();
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
            let Some(found) = found else {
                self.take(text);
                self.decoder.held.extend_from_slice(self.chunk);
                self.take(self.chunk.len());
                return Ok((text > 0).then_some(Step::Preamble(Bytes::Chunk(bytes), false)));
            };
            if found.suffix == Suffix::TooLong {
                return Err(FormError::new(
                    FormErrorKind::DelimiterTooLong,
                    d.offset + found.end as u64,
                ));
            }
            self.pass(found.end + found.suffix.len(), found.suffix);
            return Ok(Some(Step::Preamble(Bytes::Chunk(bytes), true)));
        }
        // the held bytes once more, with as much of the chunk as decides about each of them
        let reach = d.search.needle().len() + 4;
        let mut more = 0;
        for reach in [reach, reach + delimiter::PADDING] {
            let next = self.chunk.len().min(reach);
            d.held.extend_from_slice(&self.chunk[more..next]);
            more = next;
            let window = std::mem::take(&mut d.held);
            let (text, found) = first_delimiter(d, &window);
            d.held = window;
            if text >= before || found.is_none() && text > 0 {
                d.held.truncate(before);
                d.spent = text.min(before);
                return Ok(Some(Step::Preamble(Bytes::Held(0..d.spent), false)));
            }
            match found {
                None if more < self.chunk.len() => {}
                None => break,
                Some(found) if found.suffix == Suffix::TooLong => {
                    return Err(FormError::new(
                        FormErrorKind::DelimiterTooLong,
                        d.offset - before as u64 + found.end as u64,
                    ));
                }
                Some(found) => {
                    d.spent = d.held.len();
                    self.pass(found.end + found.suffix.len() - before, found.suffix);
                    return Ok(Some(Step::Preamble(Bytes::Held(0..text), true)));
                }
            }
        }
        self.take(more);
        Ok(None)
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
        let wanted = Wanted {
            strict: d.strict,
            in_line: true,
        };
        let Some(found) = d.search.find(self.chunk, wanted) else {
            let start = delimiter::tail(self.chunk, d.search.needle(), d.strict);
            return Ok(self.hold(start));
        };
        match found.suffix {
            Suffix::More => Ok(self.hold(found.start)),
            Suffix::TooLong => Err(FormError::new(
                FormErrorKind::DelimiterTooLong,
                d.offset + found.end as u64,
            )),
            suffix => {
                let bytes = &self.chunk[..found.start];
                self.pass(found.end + suffix.len(), suffix);
                Ok(Some(Step::Data(Bytes::Chunk(bytes), true)))
            }
        }
    }

    /// Gives out the chunk up to `start` and holds the rest.
    fn hold(&mut self, start: usize) -> Option<Step<'c>> {
        let bytes = self.take(start);
        if !self.chunk.is_empty() {
            self.decoder.held.extend_from_slice(self.chunk);
            self.take(self.chunk.len());
        }
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
                // half a line break is none, once something else follows
                _ if d.strict && line_break < 2 && !rest.is_empty() => Suffix::None,
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
            _ => match delimiter::padding(self.chunk) {
                0 => d.state = State::Epilogue,
                count => {
                    self.take(count);
                }
            },
        }
        None
    }
}

/// How much text stands before the first delimiter, and that delimiter; none if it is not complete, or does not even begin.
fn first_delimiter(d: &mut super::MultipartDecoder, bytes: &[u8]) -> (usize, Option<Found>) {
    let wanted = Wanted {
        strict: d.strict,
        in_line: false,
    };
    match d.search.find(bytes, wanted) {
        Some(found) => (
            found.start,
            Some(found).filter(|found| found.suffix != Suffix::More),
        ),
        None => (delimiter::first_tail(bytes, d.search.needle()), None),
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
