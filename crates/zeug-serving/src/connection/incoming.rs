//! Owns the body of a request that did not come whole with its head: a reader for the handler, over the connection's socket. It gives no byte that is
//! not the body's, and says by its error whether the client stopped, was late, or broke the framing.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeug_datastructures::Headers;
use zeug_gateway::{Body, BodyError, BodyErrorKind, Trailers};
use zeug_h1::{BodyDecoder, BodyEvent, H1Error};

use crate::stream::Stream;
use crate::sync::lock;

use crate::Timeouts;

use super::buffer::ReadBuffer;
use super::gathering::{Coming, Pace};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// How much is read from the socket at once.
const READ: usize = 64 * 1024;
/// Whoever asks for as much is given it without a copy between; small reads are served from a buffer.
const DIRECT: usize = 4 * 1024;

/// A body that is still coming.
pub(super) struct Incoming {
    stream: Arc<Stream>,
    decoder: BodyDecoder,
    /// Read from the socket and not decoded yet: `buffer[from..end]`.
    buffer: Vec<u8>,
    from: usize,
    end: usize,
    /// The client waits for a word before it sends.
    expects_continue: bool,
    patience: Duration,
    pace: Pace,
    received: u64,
    trailers: Option<Trailers>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
    /// Nothing more can be read: the connection goes on without it, or not at all.
    Failed(BodyErrorKind),
}

/// What is left of a body after the handler has answered.
pub(super) enum Left {
    /// Nothing.
    Nothing,
    /// The client still waits for `100 Continue` and may or may not send: the connection cannot live on.
    Unasked,
    /// This much is known to be missing, or it is not known how much.
    Some(Option<u64>),
    /// The body broke.
    Broken,
}

impl Incoming {
    pub(super) fn new(
        stream: Arc<Stream>,
        coming: Coming,
        expects_continue: bool,
        timeouts: &Timeouts,
    ) -> Self {
        let Coming {
            decoder,
            begun: buffer,
            trailers,
        } = coming;
        let received = buffer.len() as u64;
        let expects_continue = expects_continue && buffer.is_empty();
        Self {
            stream,
            decoder,
            end: buffer.len(),
            buffer,
            from: 0,
            expects_continue,
            patience: timeouts.body,
            pace: Pace::of_body(timeouts, Instant::now()),
            received,
            trailers,
            state: State::Open,
        }
    }

    /// What is left to be read.
    pub(super) fn left(&self) -> Left {
        match self.state {
            State::Done => Left::Nothing,
            State::Failed(_) => Left::Broken,
            State::Open if self.expects_continue => Left::Unasked,
            State::Open => Left::Some(self.decoder.remaining()),
        }
    }

    /// Ends the handler's reading: gives back the decoder where the body is not read to its end, and the bytes that were read beyond.
    pub(super) fn detach(&mut self) -> (Option<BodyDecoder>, Vec<u8>) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.truncate(std::mem::take(&mut self.end));
        buffer.drain(..std::mem::take(&mut self.from));
        let open = self.state == State::Open;
        if open {
            self.state = State::Failed(BodyErrorKind::Disconnected);
        }
        (open.then(|| self.decoder.clone()), buffer)
    }

    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::Done => return Ok(0),
                State::Failed(kind) => return Err(BodyError::new(kind).into()),
                State::Open => {}
            }
            if self.from == self.end {
                match self.decoder.remaining() {
                    // All that comes of such a body is data: it is read to where it is wanted.
                    Some(left) if target.len() >= DIRECT && left > 0 => {
                        let room = usize::try_from(left).unwrap_or(usize::MAX);
                        let room = room.min(target.len());
                        let count = self.receive(&mut target[..room]);
                        if count > 0 && self.decoder.decode(&target[..count]).is_err() {
                            self.state = State::Failed(BodyErrorKind::Malformed);
                        } else if self.decoder.is_complete() {
                            self.state = State::Done;
                        }
                        if count > 0 {
                            return Ok(count);
                        }
                    }
                    _ => {
                        let mut buffer = std::mem::take(&mut self.buffer);
                        buffer.resize(READ, 0);
                        self.from = 0;
                        self.end = self.receive(&mut buffer);
                        self.buffer = buffer;
                    }
                }
                if self.state != State::Open {
                    continue;
                }
            }
            // Never more than the target holds: data is no longer than what is decoded.
            let window = &self.buffer[self.from..self.end];
            let window = &window[..window.len().min(target.len())];
            let (used, count, event) = match self.decoder.decode(window) {
                Ok((used, BodyEvent::Data(data))) => {
                    target[..data.len()].copy_from_slice(data);
                    (used, data.len(), State::Open)
                }
                Ok((used, BodyEvent::End)) => (used, 0, State::Done),
                Ok((used, BodyEvent::NeedMore)) => (used, 0, State::Open),
                Err(_) => (0, 0, State::Failed(BodyErrorKind::Malformed)),
            };
            self.from += used;
            self.state = event;
            if self.decoder.is_complete() {
                self.state = State::Done;
                lay(self.trailers.as_ref(), self.decoder.trailers());
            }
            if count > 0 {
                return Ok(count);
            }
        }
    }

    /// Waits for more from the client; what goes wrong becomes the state, and nothing is read then.
    fn receive(&mut self, target: &mut [u8]) -> usize {
        if self.expects_continue {
            self.expects_continue = false;
            if send_all(&self.stream, CONTINUE, self.patience).is_err() {
                self.state = State::Failed(BodyErrorKind::Disconnected);
                return 0;
            }
        }
        let result = loop {
            match self.stream.read(target) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let now = Instant::now();
                    let left = self.pace.deadline(self.received, now) - now;
                    if let Err(error) = wait(&self.stream, PollFlags::IN, Some(left)) {
                        break Err(error);
                    }
                }
                other => break other,
            }
        };
        match result {
            Ok(0) => {
                self.state = State::Failed(BodyErrorKind::Disconnected);
                0
            }
            Ok(count) => {
                self.received += count as u64;
                count
            }
            Err(error) => {
                self.state = State::Failed(BodyError::from(error).kind());
                0
            }
        }
    }
}

/// Lays what followed a body where the handler looks for it.
fn lay(place: Option<&Trailers>, trailers: &Headers) {
    if let Some(place) = place
        && !trailers.is_empty()
    {
        place.set(trailers.clone());
    }
}

/// The whole body and the bytes that it took, where all of it has come; an error where it is seen to be broken.
pub(super) fn arrived(
    mut decoder: BodyDecoder,
    input: &[u8],
    trailers: Option<&Trailers>,
) -> Result<Option<(Bytes, usize)>, H1Error> {
    if decoder
        .remaining()
        .is_some_and(|length| length > input.len() as u64)
    {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut from = 0;
    loop {
        let (used, event) = decoder.decode(&input[from..])?;
        from += used;
        match event {
            BodyEvent::Data(data) => bytes.extend_from_slice(data),
            BodyEvent::End => {
                lay(trailers, decoder.trailers());
                return Ok(Some((bytes.into(), from)));
            }
            BodyEvent::NeedMore => return Ok(None),
        }
    }
}

/// The handler's side of a body that is still coming.
struct Reader(Arc<Mutex<Incoming>>);

impl Read for Reader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(target)
    }
}

/// The body as the handler gets it.
pub(super) fn body(incoming: &Arc<Mutex<Incoming>>) -> Body {
    let length = lock(incoming).decoder.remaining();
    let reader = Reader(Arc::clone(incoming));
    match length {
        Some(length) => Body::sized_reader(reader, length),
        None => Body::reader(reader),
    }
}

/// What became of dropping the rest of a body.
pub(super) enum Skipped {
    All,
    NeedsMore,
    TooMuch,
    Bad,
}

/// Drops what has come of a body's rest.
pub(super) fn skip(decoder: &mut BodyDecoder, input: &mut ReadBuffer, left: &mut u64) -> Skipped {
    loop {
        if decoder.is_complete() {
            return Skipped::All;
        }
        let used = match decoder.decode(input.unread()) {
            Ok((_, BodyEvent::NeedMore)) if input.unread().is_empty() => return Skipped::NeedsMore,
            Ok((used, _)) => used,
            Err(_) => return Skipped::Bad,
        };
        input.consume(used);
        match left.checked_sub(used as u64) {
            Some(rest) => *left = rest,
            None => return Skipped::TooMuch,
        }
    }
}

/// Waits until the socket is ready, at most `patience`; for ever without it.
pub(super) fn wait(
    stream: &Stream,
    flags: PollFlags,
    patience: Option<Duration>,
) -> io::Result<()> {
    let deadline = patience.map(|patience| Instant::now() + patience);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left
            .map(Timespec::try_from)
            .transpose()
            .map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(stream, flags)], timeout.as_ref()) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Sends all of `bytes`, waiting for the client: for the little that must be sent while a handler reads.
pub(super) fn send_all(stream: &Stream, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    loop {
        let result = if bytes.is_empty() {
            match stream.flush() {
                Ok(()) => return Ok(()),
                Err(error) => Err(error),
            }
        } else {
            stream.write(bytes)
        };
        match result {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => wait(stream, PollFlags::OUT, Some(patience))?,
                _ => return Err(error),
            },
        }
    }
}
