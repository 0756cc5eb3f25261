//! The chunked coding, read: sizes, extensions, data, trailers. It refuses every line end but CRLF, spaces around a
//! size, sizes that overflow, and trailer fields that change how a message is read.
//!
//! ```text
//!           ";"                CR
//!   +------------> Extension ------+
//!   |                              v
//!  Size ---------CR-----------> SizeLf --LF, size 0--> Trailers --blank line--> End
//!   ^                              |
//!   |                              | LF
//!   +--LF-- DataLf <-CR- DataCr <- Data
//! ```

use zeug_datastructures::Headers;

use crate::error::{H1Error, H1ErrorKind};
use crate::fields::FieldScanner;
use crate::framing::{MOST_BYTES, is_spelling_of};
use crate::limits::Limits;
use crate::request::headers_of;
use crate::syntax::{is_token, is_value};

/// A size of more digits is refused even when the digits are zeros.
const MOST_DIGITS: u8 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Size,
    Extension(Extension),
    SizeLf,
    Data,
    DataCr,
    DataLf,
    Trailers,
    End,
}

/// Where in `;name=value` a byte stands (RFC 9112 section 7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extension {
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Token,
    Quoted,
    Escaped,
    AfterValue,
}

/// Reads one chunked body; see [`BodyDecoder`](crate::BodyDecoder).
#[derive(Clone, Debug)]
pub(crate) struct ChunkedDecoder {
    state: State,
    digits: u8,
    /// The size that is being read, then what is left of the chunk's data.
    size: u64,
    total: u64,
    /// Wire bytes taken so far.
    offset: u64,
    extension_bytes: usize,
    limits: Limits,
    trailers: Trailers,
}

/// The trailer section: its bytes, kept because the caller's buffer moves on.
#[derive(Clone, Debug, Default)]
struct Trailers {
    block: Vec<u8>,
    scanner: FieldScanner,
    headers: Headers,
}

/// What a step of the decoder came to.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    NeedMore,
    Data(&'a [u8]),
    End,
}

impl ChunkedDecoder {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            state: State::Size,
            digits: 0,
            size: 0,
            total: 0,
            offset: 0,
            extension_bytes: 0,
            limits,
            trailers: Trailers::default(),
        }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.state == State::End
    }

    pub(crate) fn trailers(&self) -> &Headers {
        &self.trailers.headers
    }

    pub(crate) fn into_trailers(self) -> Headers {
        self.trailers.headers
    }

    /// Reads up to the end of the next piece of data; gives the bytes taken and what they were.
    pub(crate) fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Step<'a>), H1Error> {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match self.state {
                State::Data => {
                    let rest = &input[at..];
                    let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                    let data = &rest[..left.min(rest.len())];
                    self.size -= data.len() as u64;
                    if self.size == 0 {
                        self.state = State::DataCr;
                    }
                    let taken = at + data.len();
                    self.offset += taken as u64;
                    return Ok((taken, Step::Data(data)));
                }
                State::Trailers => {
                    let taken = at + self.read_trailers(&input[at..], self.offset + at as u64)?;
                    self.offset += taken as u64;
                    let step = if self.state == State::End {
                        Step::End
                    } else {
                        Step::NeedMore
                    };
                    return Ok((taken, step));
                }
                State::End => break,
                State::DataCr if input[at..].starts_with(b"\r\n") => {
                    self.state = State::Size;
                    at += 2;
                    continue;
                }
                State::Size if self.digits == 0 => {
                    if let Some((size, length)) = plain_size_line(&input[at..]) {
                        self.size = size;
                        at += length;
                        let line_feed = self.offset + at as u64 - 1;
                        self.state = self
                            .end_size_line()
                            .map_err(|kind| H1Error::in_body(kind, line_feed))?;
                        continue;
                    }
                    self.take_framing(byte, at)?;
                }
                _ => self.take_framing(byte, at)?,
            }
            at += 1;
        }
        self.offset += at as u64;
        let step = if self.state == State::End {
            Step::End
        } else {
            Step::NeedMore
        };
        Ok((at, step))
    }

    /// Takes the byte of framing at this index of the input.
    fn take_framing(&mut self, byte: u8, at: usize) -> Result<(), H1Error> {
        self.take_byte(byte)
            .map_err(|kind| H1Error::in_body(kind, self.offset + at as u64))
    }

    /// Takes one byte of framing.
    fn take_byte(&mut self, byte: u8) -> Result<(), H1ErrorKind> {
        self.state = match (self.state, byte) {
            (State::Size, b'\r') if self.digits > 0 => State::SizeLf,
            (State::Size, b';') if self.digits > 0 => self.extension(Extension::BeforeName)?,
            (State::Size, _) => self.take_digit(byte)?,
            (State::Extension(place), _) => self.take_extension_byte(place, byte)?,
            (State::SizeLf, b'\n') => self.end_size_line()?,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            (State::SizeLf, _) => return Err(H1ErrorKind::BareCr),
            _ => return Err(H1ErrorKind::MissingChunkEnd),
        };
        Ok(())
    }

    fn take_digit(&mut self, byte: u8) -> Result<State, H1ErrorKind> {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b'\n' => return Err(H1ErrorKind::BareLf),
            _ => return Err(H1ErrorKind::InvalidChunkSize),
        };
        let wide = self.size << 4 | u64::from(digit);
        if self.digits == MOST_DIGITS || wide > MOST_BYTES || self.size > MOST_BYTES >> 4 {
            return Err(H1ErrorKind::ChunkSizeOverflow);
        }
        self.size = wide;
        self.digits += 1;
        Ok(State::Size)
    }

    /// Counts one byte of extension and goes on in `place`.
    fn extension(&mut self, place: Extension) -> Result<State, H1ErrorKind> {
        self.extension_bytes += 1;
        if self.extension_bytes > self.limits.chunk_extensions {
            return Err(H1ErrorKind::ChunkExtensionsTooLong {
                limit: self.limits.chunk_extensions,
            });
        }
        Ok(State::Extension(place))
    }

    fn take_extension_byte(&mut self, place: Extension, byte: u8) -> Result<State, H1ErrorKind> {
        use Extension::{
            AfterName, AfterValue, BeforeName, BeforeValue, Escaped, Name, Quoted, Token,
        };
        let next = match (place, byte) {
            (Name | Token | AfterValue, b'\r') => return Ok(State::SizeLf),
            (_, b'\n') => return Err(H1ErrorKind::BareLf),
            (Quoted, b'"') => AfterValue,
            (Quoted, b'\\') => Escaped,
            (Quoted | Escaped, _) if is_value(byte) => Quoted,
            (BeforeName | BeforeValue | AfterName, b' ' | b'\t') => place,
            (Name, b' ' | b'\t') => AfterName,
            (Name | AfterName | Token | AfterValue, b';') => BeforeName,
            (Name | AfterName, b'=') => BeforeValue,
            (BeforeValue, b'"') => Quoted,
            (BeforeName | Name, _) if is_token(byte) => Name,
            (BeforeValue | Token, _) if is_token(byte) => Token,
            _ => return Err(H1ErrorKind::InvalidChunkExtension),
        };
        self.extension(next)
    }

    fn end_size_line(&mut self) -> Result<State, H1ErrorKind> {
        self.digits = 0;
        if self.size == 0 {
            return Ok(State::Trailers);
        }
        self.total = self.total.saturating_add(self.size);
        if self.total > MOST_BYTES {
            return Err(H1ErrorKind::ChunkSizeOverflow);
        }
        Ok(State::Data)
    }

    /// Takes bytes of the trailer section; `offset` is where on the wire `input` begins.
    fn read_trailers(&mut self, input: &[u8], offset: u64) -> Result<usize, H1Error> {
        let Trailers {
            block,
            scanner,
            headers,
        } = &mut self.trailers;
        if block.is_empty() && input.starts_with(b"\r\n") {
            self.state = State::End;
            return Ok(2);
        }
        let before = block.len();
        let section = offset - before as u64;
        let limit = self.limits.trailers;
        let taken = &input[..input.len().min(limit.saturating_sub(before))];
        block.extend_from_slice(taken);
        let in_body = |error: H1Error| H1Error::in_body(error.kind(), section + error.offset());
        let end = scanner.scan(block, self.limits.fields, |span| {
            if is_forbidden_trailer(&block[span.name.clone()]) {
                return Err(H1Error::new(H1ErrorKind::ForbiddenTrailer, span.name.start));
            }
            Ok(())
        });
        let Some(end) = end.map_err(in_body)? else {
            if block.len() >= limit {
                return Err(H1Error::in_body(
                    H1ErrorKind::TrailersTooLarge { limit },
                    section + limit as u64,
                ));
            }
            return Ok(taken.len());
        };
        let spans = std::mem::take(scanner).into_spans();
        *headers = headers_of(
            block,
            0..end,
            spans.into_iter().map(|span| (span.name, span.value)),
        )
        .map_err(in_body)?;
        self.state = State::End;
        Ok(end - before)
    }
}

/// The size and the length of a size line that is whole, short and without extension; every other goes byte by byte.
fn plain_size_line(input: &[u8]) -> Option<(u64, usize)> {
    let mut size = 0;
    for (at, &byte) in input.iter().take(9).enumerate() {
        match char::from(byte).to_digit(16) {
            Some(digit) => size = size << 4 | u64::from(digit),
            None if at > 0 && input[at..].starts_with(b"\r\n") => return Some((size, at + 2)),
            None => return None,
        }
    }
    None
}

/// The fields that change how a message is framed, routed or read, or who sent it (RFC 9110 section 6.5.1).
const FORBIDDEN_TRAILERS: [&[u8]; 30] = [
    b"authorization",
    b"cache-control",
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"cookie",
    b"expect",
    b"forwarded",
    b"host",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"keep-alive",
    b"max-forwards",
    b"pragma",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"range",
    b"set-cookie",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"www-authenticate",
    b"x-forwarded-for",
    b"x-forwarded-host",
];

/// Whether a field may not stand in a trailer section.
pub(crate) fn is_forbidden_trailer(name: &[u8]) -> bool {
    FORBIDDEN_TRAILERS
        .iter()
        .any(|forbidden| name.eq_ignore_ascii_case(forbidden))
        || is_spelling_of(name, b"content-length", 0).is_err()
        || is_spelling_of(name, b"transfer-encoding", 0).is_err()
}
