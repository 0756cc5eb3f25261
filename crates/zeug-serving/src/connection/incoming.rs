//! Owns the body of a request that did not come whole with its head: a reader for the handler, over the connection's socket. It gives no byte that is
//! not the body's, and says by its error whether the client stopped, was late, or broke the framing.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeug_gateway::{Body, BodyError, BodyErrorKind};
use zeug_h1::{BodyDecoder, BodyEvent};

use crate::sync::lock;

use super::buffer::ReadBuffer;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// How much is read from the socket at once.
const READ: usize = 64 * 1024;

/// A body that is still coming.
pub(super) struct Incoming {
    stream: Arc<TcpStream>,
    decoder: BodyDecoder,
    /// Read from the socket and not decoded yet: `buffer[from..]`.
    buffer: Vec<u8>,
    from: usize,
    /// The client waits for a word before it sends.
    expects_continue: bool,
    patience: Duration,
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
        stream: Arc<TcpStream>,
        decoder: BodyDecoder,
        buffer: Vec<u8>,
        expects_continue: bool,
        patience: Duration,
    ) -> Self {
        let expects_continue = expects_continue && buffer.is_empty();
        Self { stream, decoder, buffer, from: 0, expects_continue, patience, state: State::Open }
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
            match self.decoder.decode(&self.buffer[self.from..]) {
                Ok((used, event)) => match event {
                    BodyEvent::Data(data) => {
                        let count = data.len().min(target.len());
                        target[..count].copy_from_slice(&data[..count]);
                        if count == data.len() {
                            self.from += used;
                        } else {
                            // The decoder counts what it gave: what did not fit is kept as plain bytes in front.
                            return Ok(self.keep_rest(used, count, target.len()));
                        }
                        return Ok(count);
                    }
                    BodyEvent::End { .. } => {
                        self.from += used;
                        self.state = State::Done;
                    }
                    BodyEvent::NeedsMore => {
                        self.from += used;
                        self.more()?;
                    }
                },
                Err(_) => self.state = State::Failed(BodyErrorKind::Malformed),
            }
        }
    }
}
