//! Owns an answer's body on its way to the socket: as much at a time as the socket takes. It refuses to send more or less than the head announced: then the
//! connection is cut, so that the client sees it.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use zeug_gateway::{Body, BodyError, BodyErrorKind, Trailers};
use zeug_h1::BodyEncoder;

use crate::engine::{Route, Shared};
use crate::stream::Stream;

use super::gathering::Pace;
use super::write_out;

/// Bodies in memory up to this size are copied behind their head: one write, and no system call with two parts.
pub(super) const COPIED: usize = 16 * 1024;
/// How much of a body is read at once.
const PIECE: usize = 32 * 1024;

/// An answer's body that is being sent.
pub(super) struct Sending {
    body: Body,
    encoder: BodyEncoder,
    /// Where the body lays what follows it.
    trailers: Option<Trailers>,
    /// How much of a body in memory is sent.
    sent: usize,
    ended: bool,
    pace: Pace,
    /// How many bytes the client has taken.
    taken: u64,
    /// Whether the connection lives on afterwards.
    pub(super) persist: bool,
    /// What kind of request is answered.
    pub(super) route: Route,
}

/// How far a body was sent.
pub(super) enum Flow {
    /// The socket takes no more for now.
    Blocked,
    /// The connection broke, or the body did.
    Broken,
    /// All of it.
    Done,
}

impl Sending {
    pub(super) fn new(
        body: Body,
        encoder: BodyEncoder,
        trailers: Option<Trailers>,
        persist: bool,
        pace: Pace,
        route: Route,
    ) -> Self {
        Self {
            body,
            encoder,
            trailers,
            sent: 0,
            ended: false,
            pace,
            taken: 0,
            persist,
            route,
        }
    }

    /// Until when the client has to take more, now that it has taken `count` bytes more.
    pub(super) fn deadline(&mut self, count: u64) -> Instant {
        self.taken += count;
        self.pace.deadline(self.taken, Instant::now())
    }

    /// Sends as much as the socket takes; `output` holds what was framed and not sent yet.
    pub(super) fn pump(
        &mut self,
        stream: &Stream,
        output: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
        shared: &Shared,
    ) -> Flow {
        loop {
            let written = match self.body.as_bytes() {
                Some(bytes) if !self.ended && !bytes.is_empty() => {
                    match write_both(stream, output, bytes, &mut self.sent) {
                        Ok(true) => {
                            self.ended = true;
                            Ok(true)
                        }
                        other => other,
                    }
                }
                _ => write_out(stream, output),
            };
            match written {
                Ok(true) if self.ended => return Flow::Done,
                Ok(true) => {}
                Ok(false) => return Flow::Blocked,
                Err(_) => return Flow::Broken,
            }
            match self.send_file(stream) {
                Some(Ok(())) => continue,
                Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Flow::Blocked;
                }
                Some(Err(error)) => {
                    shared.report(&format!("answer cut short: {error}"));
                    return Flow::Broken;
                }
                None => {}
            }
            let asked = Instant::now();
            let piece = self.next_piece(output, scratch);
            shared.routes.waited_for_piece(self.route, asked.elapsed());
            if let Err(reason) = piece {
                shared.report(&format!("answer cut short: {reason}"));
                return Flow::Broken;
            }
        }
    }

    /// Has the system send from the body's file; `None` where the body is none, or is to be framed on its way.
    fn send_file(&mut self, stream: &Stream) -> Option<io::Result<()>> {
        let (file, left) = self.body.as_file().filter(|(_, left)| *left > 0)?;
        self.encoder.remaining()?;
        let result = loop {
            match stream.send_file(file, left)? {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        Some(result.and_then(|count| {
            if count == 0 {
                return Err(BodyError::new(BodyErrorKind::Disconnected).into());
            }
            self.body.advance(count as u64);
            // A length that was announced is written as it is: nothing stands before or behind a piece.
            self.encoder
                .prefix(count, &mut Vec::new())
                .map(drop)
                .map_err(io::Error::other)
        }))
    }

    /// Frames the next piece, or the end.
    fn next_piece(&mut self, output: &mut Vec<u8>, scratch: &mut Vec<u8>) -> Result<(), String> {
        scratch.resize(PIECE, 0);
        let body = &mut self.body;
        let read = catch_unwind(AssertUnwindSafe(|| {
            loop {
                match body.read(scratch) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => return other,
                }
            }
        }));
        match read {
            Ok(Ok(0)) => {
                self.ended = true;
                match self.trailers.as_ref().and_then(Trailers::get) {
                    Some(fields) => self.encoder.finish_with_trailers(fields, output),
                    None => self.encoder.finish(output),
                }
                .map_err(|error| error.to_string())
            }
            Ok(Ok(count)) => self
                .encoder
                .data(&scratch[..count], output)
                .map_err(|error| error.to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("its body panicked".to_owned()),
        }
    }
}

/// Writes what is framed and then `bytes` from `sent` on, without copying them; `false` where the socket takes no more.
fn write_both(
    stream: &Stream,
    output: &mut Vec<u8>,
    bytes: &[u8],
    sent: &mut usize,
) -> io::Result<bool> {
    while *sent < bytes.len() {
        let rest = &bytes[*sent..];
        match stream.write_both(output, rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                let head = count.min(output.len());
                output.drain(..head);
                *sent += count - head;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
