//! Owns `BodyStream`: a blocking body as one that is polled. It reads a piece only when it is asked for one, and holds a thread only while it reads.

use std::fmt;
use std::io::{self, Read};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use zeug_gateway::{Body, BodyError, BodyErrorKind};

use crate::pool::{Pool, Refused};

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A [`Body`] as an [`http_body::Body`]: of an answer on its way to hyper, or of a request on its way to an async service.
///
/// What is in memory is one frame, without a copy. Of anything else a piece of at most 64 KiB is read when it is polled, on a thread that may block; while nobody
/// polls, nothing is read and no thread is held. One frame never joins two chunks of the body, so what a handler sends piece by piece arrives so.
///
/// # Errors
///
/// Those of the body, as [`BodyError`].
pub struct BodyStream {
    state: State,
    pool: Pool,
    len: Option<u64>,
}

type Reading =
    Pin<Box<dyn Future<Output = Result<(Body, BytesMut, io::Result<Bytes>), Refused>> + Send>>;

enum State {
    Whole(Bytes),
    Idle(Body, BytesMut),
    Reading(Reading),
    Over,
}

impl BodyStream {
    pub(crate) fn new(body: Body, pool: &Pool) -> Self {
        let len = body.len();
        let state = match body.as_bytes().map(<[u8]>::len) {
            Some(0) => State::Over,
            Some(len) => body.into_bytes(len).map_or(State::Over, State::Whole),
            None => State::Idle(body, BytesMut::new()),
        };
        let pool = pool.clone();
        Self { state, pool, len }
    }
}

/// The next bytes of the body; none at its end.
fn read(body: &mut Body, buffer: &mut BytesMut) -> io::Result<Bytes> {
    buffer.resize(PIECE, 0);
    loop {
        match body.read(buffer) {
            Ok(count) => return Ok(buffer.split_to(count).freeze()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl http_body::Body for BodyStream {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            match mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Whole(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                State::Idle(mut body, mut buffer) => {
                    let pool = self.pool.clone();
                    self.state = State::Reading(Box::pin(async move {
                        pool.run(move || {
                            let bytes = read(&mut body, &mut buffer);
                            (body, buffer, bytes)
                        })
                        .await
                    }));
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(read) = reading.as_mut().poll(task) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    return Poll::Ready(match read {
                        Ok((_, _, Ok(bytes))) if bytes.is_empty() => None,
                        Ok((body, buffer, Ok(bytes))) => {
                            self.len = self.len.map(|len| len.saturating_sub(bytes.len() as u64));
                            self.state = State::Idle(body, buffer);
                            Some(Ok(Frame::data(bytes)))
                        }
                        Ok((_, _, Err(error))) => Some(Err(error.into())),
                        Err(_) => Some(Err(BodyError::new(BodyErrorKind::Io))),
                    });
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Over)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.state, self.len) {
            (State::Over, _) => SizeHint::with_exact(0),
            (_, Some(len)) => SizeHint::with_exact(len),
            (_, None) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for BodyStream {
    /// How much is left, where that is known; no bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
