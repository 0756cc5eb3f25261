//! The field lines of a head or of a trailer section, byte by byte. It refuses every line end but CRLF, folding, space
//! before the colon, names that are not tokens and control bytes in values; it does not know what a field means.
//!
//! ```text
//!              CR                 LF
//!   LineStart ----> LastCr ------------> (end of the section)
//!     |   ^
//!     |   +------------------------------+
//!     | token byte                       | LF
//!     v         ":"            CR        |
//!    Name -----------> Value ---------> ValueCr
//! ```

use std::ops::Range;

use crate::error::{H1Error, H1ErrorKind};
use crate::syntax::{is_token, is_value, trim};

/// Where the name and the value of a field line are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    LineStart,
    Name,
    Value,
    ValueCr,
    LastCr,
}

/// Scans a field section that grows at its end; remembers how far it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldScanner {
    state: State,
    position: usize,
    line: usize,
    colon: usize,
    spans: Vec<Span>,
}

impl FieldScanner {
    /// A scanner whose section begins at `position` of the input.
    pub(crate) fn at(position: usize) -> Self {
        Self {
            position,
            ..Self::default()
        }
    }

    /// The lines found.
    pub(crate) fn into_spans(self) -> Vec<Span> {
        self.spans
    }

    /// Scans on; gives the index after the blank line once that is seen, and each complete line to `on_line`.
    pub(crate) fn scan(
        &mut self,
        input: &[u8],
        most: usize,
        mut on_line: impl FnMut(&Span) -> Result<(), H1Error>,
    ) -> Result<Option<usize>, H1Error> {
        while let Some(&byte) = input.get(self.position) {
            let at = self.position;
            match self.state {
                State::LineStart => {
                    self.state = match byte {
                        b'\r' => State::LastCr,
                        b'\n' => return Err(H1Error::new(H1ErrorKind::BareLf, at)),
                        b' ' | b'\t' => return Err(H1Error::new(H1ErrorKind::ObsFold, at)),
                        _ if !is_token(byte) => {
                            return Err(H1Error::new(H1ErrorKind::InvalidFieldName, at));
                        }
                        _ if self.spans.len() >= most => {
                            return Err(H1Error::new(
                                H1ErrorKind::TooManyFields { limit: most },
                                at,
                            ));
                        }
                        _ => State::Name,
                    };
                    self.line = at;
                    self.position += 1;
                }
                State::Name => match stop(input, at, is_token) {
                    (at, None) => self.position = at,
                    (at, Some(b':')) => {
                        self.colon = at;
                        self.position = at + 1;
                        self.state = State::Value;
                    }
                    (at, Some(b' ' | b'\t')) => {
                        return Err(H1Error::new(H1ErrorKind::SpaceBeforeColon, at));
                    }
                    (at, Some(_)) => return Err(H1Error::new(H1ErrorKind::InvalidFieldName, at)),
                },
                State::Value => match stop(input, at, is_value) {
                    (at, None) => self.position = at,
                    (at, Some(b'\r')) => {
                        self.position = at + 1;
                        self.state = State::ValueCr;
                    }
                    (at, Some(b'\n')) => return Err(H1Error::new(H1ErrorKind::BareLf, at)),
                    (at, Some(_)) => return Err(H1Error::new(H1ErrorKind::InvalidFieldValue, at)),
                },
                State::ValueCr => {
                    if byte != b'\n' {
                        return Err(H1Error::new(H1ErrorKind::BareCr, at - 1));
                    }
                    let (value, before) = trim(&input[self.colon + 1..at - 1]);
                    let start = self.colon + 1 + before;
                    let span = Span {
                        name: self.line..self.colon,
                        value: start..start + value.len(),
                    };
                    on_line(&span)?;
                    self.spans.push(span);
                    self.position += 1;
                    self.state = State::LineStart;
                }
                State::LastCr => {
                    if byte != b'\n' {
                        return Err(H1Error::new(H1ErrorKind::BareCr, at - 1));
                    }
                    return Ok(Some(at + 1));
                }
            }
        }
        Ok(None)
    }
}

/// The first index from `from` on whose byte is not of the class, and that byte where there is one.
fn stop(input: &[u8], from: usize, class: fn(u8) -> bool) -> (usize, Option<u8>) {
    let rest = &input[from..];
    match rest.iter().position(|&byte| !class(byte)) {
        Some(count) => (from + count, Some(rest[count])),
        None => (input.len(), None),
    }
}
