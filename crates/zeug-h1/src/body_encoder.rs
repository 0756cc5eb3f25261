//! A response's body, written: as announced, in chunks, or until the connection closes. It refuses to write more or less than the head said.
//!
//! ```text
//!   Fixed(n) --data, n counts down--> finish (n = 0)
//!   Chunked  --"SIZE CRLF" data "CRLF"--> finish: "0 CRLF" trailers "CRLF"
//!   UntilClose --data--> finish
//! ```

use zeug_datastructures::Headers;

use crate::chunked::is_forbidden_trailer;
use crate::error::{H1Error, H1ErrorKind};
use crate::framing::BodyLength;

/// Encodes the body of one response (or request) as its head announced it.
///
/// # Example
///
/// ```
/// use zeug_h1::{BodyEncoder, BodyLength, H1ErrorKind};
///
/// let mut out = Vec::new();
/// let mut encoder = BodyEncoder::new(BodyLength::Chunked);
/// encoder.data(b"hello", &mut out)?;
/// encoder.finish(&mut out)?;
/// assert_eq!(out, b"5\r\nhello\r\n0\r\n\r\n");
///
/// let mut encoder = BodyEncoder::new(BodyLength::Fixed(3));
/// assert_eq!(encoder.data(b"hello", &mut out).unwrap_err().kind(), H1ErrorKind::BodyLengthMismatch);
/// # Ok::<(), zeug_h1::H1Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyEncoder {
    length: BodyLength,
    written: u64,
    finished: bool,
}

impl BodyEncoder {
    /// An encoder for a body that was announced like this.
    #[must_use]
    pub const fn new(length: BodyLength) -> Self {
        Self {
            length,
            written: 0,
            finished: false,
        }
    }

    /// Appends a piece of the body to `out`, framed. An empty piece writes nothing.
    ///
    /// # Errors
    ///
    /// [`BodyLengthMismatch`](H1ErrorKind::BodyLengthMismatch) when the piece is more than was announced; nothing is written then, and the
    /// connection cannot be used any further.
    pub fn data(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), H1Error> {
        let suffix = self.prefix(data.len(), out)?;
        out.extend_from_slice(data);
        out.extend_from_slice(suffix);
        Ok(())
    }

    /// Appends what stands before a piece of `length` bytes, and gives what stands after it: for a caller that writes
    /// the piece from where it lies.
    ///
    /// # Errors
    ///
    /// As [`data`](Self::data).
    pub fn prefix(&mut self, length: usize, out: &mut Vec<u8>) -> Result<&'static [u8], H1Error> {
        if length == 0 {
            return Ok(b"");
        }
        let written = self.written.saturating_add(length as u64);
        let fits = match self.length {
            BodyLength::None => false,
            BodyLength::Fixed(announced) => written <= announced,
            BodyLength::Chunked | BodyLength::UntilClose => true,
        };
        if !fits || self.finished {
            return Err(H1Error::in_body(
                H1ErrorKind::BodyLengthMismatch,
                self.written,
            ));
        }
        self.written = written;
        if self.length == BodyLength::Chunked {
            write_size(length, out);
            return Ok(b"\r\n");
        }
        Ok(b"")
    }

    /// Appends what ends the body.
    ///
    /// # Errors
    ///
    /// [`BodyLengthMismatch`](H1ErrorKind::BodyLengthMismatch) when less was written than announced: the connection has to be closed.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), H1Error> {
        self.end(out, |_| ())
    }

    /// Appends what ends the body, with trailer fields; they are left out where the body is not chunked.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish), and [`ForbiddenTrailer`](H1ErrorKind::ForbiddenTrailer) for a field about framing, routing, credentials or how to
    /// read the body.
    pub fn finish_with_trailers(
        &mut self,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> Result<(), H1Error> {
        if trailers
            .iter()
            .any(|(name, _)| is_forbidden_trailer(name.as_bytes()))
        {
            return Err(H1Error::in_body(
                H1ErrorKind::ForbiddenTrailer,
                self.written,
            ));
        }
        self.end(out, |out| {
            for (name, value) in trailers {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(value.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        })
    }

    /// How many bytes are still to be written, where the head said so.
    #[must_use]
    pub const fn remaining(&self) -> Option<u64> {
        match self.length {
            BodyLength::None => Some(0),
            BodyLength::Fixed(announced) => Some(announced - self.written),
            BodyLength::Chunked | BodyLength::UntilClose => None,
        }
    }

    fn end(
        &mut self,
        out: &mut Vec<u8>,
        trailers: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), H1Error> {
        if self.remaining().is_some_and(|left| left > 0) {
            return Err(H1Error::in_body(
                H1ErrorKind::BodyLengthMismatch,
                self.written,
            ));
        }
        if self.length == BodyLength::Chunked && !self.finished {
            out.extend_from_slice(b"0\r\n");
            trailers(out);
            out.extend_from_slice(b"\r\n");
        }
        self.finished = true;
        Ok(())
    }
}

/// Writes the line before a chunk: its size in hexadecimal and CRLF.
fn write_size(size: usize, out: &mut Vec<u8>) {
    let mut line = *b"0000000000000000\r\n";
    let mut at = 16;
    let mut left = size;
    while left > 0 {
        at -= 1;
        line[at] = b"0123456789abcdef"[left & 15];
        left >>= 4;
    }
    out.extend_from_slice(&line[at..]);
}
