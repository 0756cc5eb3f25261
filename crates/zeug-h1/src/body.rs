//! A message's body, read: none, a known length, chunked, or all that comes. It gives out pieces of the caller's own bytes and
//! refuses to call a body complete before its end was seen.
//!
//! ```text
//!   None --------------------------------------------> End
//!   Fixed(n) --Data, n counts down--------- n = 0 ----> End
//!   Chunked --Data-- (see `chunked`) -- blank line ---> End, with trailers
//!   UntilClose --Data----------------------finish()---> End
//! ```

use zeug_datastructures::Headers;

use crate::chunked::{ChunkedDecoder, Step};
use crate::error::{H1Error, H1ErrorKind};
use crate::framing::BodyLength;
use crate::limits::Limits;

/// Decodes the body of one message; holds none of its bytes, but for the trailers.
///
/// # Limits
///
/// [`Limits::chunk_extensions`], [`Limits::trailers`] and, for trailers, [`Limits::fields`]. Nothing is allocated for a size that was merely
/// announced. How long a body may be is the caller's to say: the sizes are known before the data comes.
///
/// # Example
///
/// ```
/// use zeug_h1::{BodyDecoder, BodyEvent, BodyLength, H1ErrorKind, Limits};
///
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
/// let wire = b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\nGET";
///
/// // three bytes of size line, five of data
/// assert_eq!(decoder.decode(wire)?, (8, BodyEvent::Data(b"hello")));
/// // two bytes of line end, three of the last chunk, eleven of trailers, two of blank line; the next request stays
/// assert_eq!(decoder.decode(&wire[8..])?, (17, BodyEvent::End));
/// assert_eq!(decoder.trailers().get("x-sum").unwrap(), "1");
/// decoder.finish()?;
///
/// let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
/// let error = decoder.decode(b"5 \r\nhello").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (H1ErrorKind::InvalidChunkSize, 1));
/// # Ok::<(), zeug_h1::H1Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Fixed { left: u64, taken: u64 },
    Chunked(Box<ChunkedDecoder>),
    UntilClose { closed: bool },
}

/// What [`BodyDecoder::decode`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a reader has to act on each of the three"
)]
pub enum BodyEvent<'a> {
    /// All of the input was taken and the body goes on.
    NeedMore,
    /// A piece of the body, never empty; it lies in the input.
    Data(&'a [u8]),
    /// The body is complete; what is left of the input belongs to the next message.
    End,
}

impl BodyDecoder {
    /// A decoder for a body whose end is known like this.
    #[must_use]
    pub fn new(length: BodyLength, limits: Limits) -> Self {
        let state = match length {
            BodyLength::None => State::Fixed { left: 0, taken: 0 },
            BodyLength::Fixed(left) => State::Fixed { left, taken: 0 },
            BodyLength::Chunked => State::Chunked(Box::new(ChunkedDecoder::new(limits))),
            BodyLength::UntilClose => State::UntilClose { closed: false },
        };
        Self { state }
    }

    /// How many bytes of `input` were taken, and what they held last: data, the end, or not enough of either.
    ///
    /// `input` begins where the last call stopped taking. Data may follow data; call until `NeedMore` or `End`.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the chunked coding; the offset counts from the body's first byte. No further message can
    /// be had from the connection.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, BodyEvent<'a>), H1Error> {
        if self.is_complete() {
            return Ok((0, BodyEvent::End));
        }
        if input.is_empty() {
            return Ok((0, BodyEvent::NeedMore));
        }
        match &mut self.state {
            State::Fixed { left, taken } => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let data = &input[..most.min(input.len())];
                *left -= data.len() as u64;
                *taken += data.len() as u64;
                Ok((data.len(), BodyEvent::Data(data)))
            }
            State::Chunked(decoder) => {
                let (taken, step) = decoder.decode(input)?;
                let event = match step {
                    Step::NeedMore => BodyEvent::NeedMore,
                    Step::Data(data) => BodyEvent::Data(data),
                    Step::End => BodyEvent::End,
                };
                Ok((taken, event))
            }
            State::UntilClose { .. } => Ok((input.len(), BodyEvent::Data(input))),
        }
    }

    /// Says whether the input may end here.
    ///
    /// # Errors
    ///
    /// [`Truncated`](H1ErrorKind::Truncated) when the body has not come to its end.
    pub fn finish(&mut self) -> Result<(), H1Error> {
        if let State::UntilClose { closed } = &mut self.state {
            *closed = true;
        }
        if self.is_complete() {
            return Ok(());
        }
        let offset = match &self.state {
            State::Fixed { taken, .. } => *taken,
            State::Chunked(decoder) => decoder.offset(),
            State::UntilClose { .. } => 0,
        };
        Err(H1Error::in_body(H1ErrorKind::Truncated, offset))
    }

    /// Whether the body came to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.state {
            State::Fixed { left, .. } => *left == 0,
            State::Chunked(decoder) => decoder.is_complete(),
            State::UntilClose { closed } => *closed,
        }
    }

    /// How many bytes are still to come, where the head said so.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match &self.state {
            State::Fixed { left, .. } => Some(*left),
            State::Chunked(_) | State::UntilClose { .. } => None,
        }
    }

    /// The trailer fields: empty before the end and for every body that is not chunked. They are never merged into the
    /// head's fields ([RFC 9110 section 6.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1)).
    #[must_use]
    pub fn trailers(&self) -> &Headers {
        static NONE: std::sync::LazyLock<Headers> = std::sync::LazyLock::new(Headers::default);
        match &self.state {
            State::Chunked(decoder) => decoder.trailers(),
            _ => &NONE,
        }
    }

    /// The trailer fields by value.
    #[must_use]
    pub fn into_trailers(self) -> Headers {
        match self.state {
            State::Chunked(decoder) => decoder.into_trailers(),
            _ => Headers::default(),
        }
    }
}
