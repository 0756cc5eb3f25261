//! Owns the body of another server's answer, read as it comes. The connection goes back to the pool only at the body's end, and only if nothing came behind it.

use std::io::{self, Read};
use std::sync::Arc;

use zeug_gateway::{BodyError, BodyErrorKind, Trailers};
use zeug_h1::{BodyDecoder, BodyEvent};

use super::exchange::is_late;
use super::link::Link;
use super::pool::Pool;

/// How much is read at once of a body in chunks.
const PIECE: usize = 16 * 1024;

pub(super) struct Answer {
    /// `None` once the body ended or failed.
    link: Option<Link>,
    /// What was read and not yet decoded, from `at` on.
    input: Vec<u8>,
    at: usize,
    decoder: BodyDecoder,
    /// Where its trailers are laid, if they are wanted.
    trailers: Option<Trailers>,
    /// Where the connection goes afterwards, if it is to live on.
    pool: Option<Arc<Pool>>,
}

impl Answer {
    pub(super) fn new(
        link: Link,
        input: Vec<u8>,
        decoder: BodyDecoder,
        trailers: Option<Trailers>,
        pool: Option<Arc<Pool>>,
    ) -> Self {
        let mut answer = Self {
            link: Some(link),
            input,
            at: 0,
            decoder,
            trailers,
            pool,
        };
        answer.release();
        answer
    }

    /// Gives the connection back where the body is at its end.
    fn release(&mut self) {
        if !self.decoder.is_complete() {
            return;
        }
        if let Some(place) = self.trailers.take()
            && !self.decoder.trailers().is_empty()
        {
            place.set(self.decoder.trailers().clone());
        }
        if let (Some(link), Some(pool)) = (self.link.take(), self.pool.take())
            && self.at == self.input.len()
        {
            pool.put(link);
        }
    }

    /// Reads from the connection; its end is an error unless the body ends with it.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut link) = self.link.as_ref() else {
            return Err(BodyError::new(BodyErrorKind::Disconnected).into());
        };
        let kind = match link.read(buffer) {
            Ok(0) => {
                self.link = None;
                match self.decoder.finish() {
                    Ok(()) => return Ok(0),
                    Err(_) => BodyErrorKind::Disconnected,
                }
            }
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) if is_late(&error) => BodyErrorKind::TimedOut,
            Err(_) => BodyErrorKind::Disconnected,
        };
        self.link = None;
        Err(BodyError::new(kind).into())
    }
}

impl Read for Answer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let left = self.input.len() - self.at;
            if self.decoder.is_complete() {
                self.release();
                return Ok(0);
            }
            if left == 0
                && let Some(remaining) = self.decoder.remaining()
            {
                // A body of known length needs no decoding: it is read where it is wanted.
                let most = usize::try_from(remaining).unwrap_or(usize::MAX);
                let most = most.min(buffer.len());
                let Some(wanted) = buffer.get_mut(..most) else {
                    return Ok(0);
                };
                let count = self.receive(wanted)?;
                let _ = self
                    .decoder
                    .decode(wanted.get(..count).unwrap_or_default())
                    .map_err(malformed)?;
                self.release();
                return Ok(count);
            }
            if left == 0 {
                let mut input = std::mem::take(&mut self.input);
                input.resize(PIECE, 0);
                let received = self.receive(&mut input);
                input.truncate(*received.as_ref().unwrap_or(&0));
                self.input = input;
                self.at = 0;
                if received? == 0 {
                    return Ok(0);
                }
            }
            let end = self.input.len().min(self.at.saturating_add(buffer.len()));
            let input = self.input.get(self.at..end).unwrap_or_default();
            let (taken, event) = match self.decoder.decode(input) {
                Ok(decoded) => decoded,
                Err(error) => {
                    self.link = None;
                    return Err(malformed(error));
                }
            };
            let mut count = 0;
            if let BodyEvent::Data(data) = event
                && let Some(place) = buffer.get_mut(..data.len())
            {
                place.copy_from_slice(data);
                count = data.len();
            }
            self.at += taken;
            if count > 0 {
                self.release();
                return Ok(count);
            }
        }
    }
}

fn malformed(_: zeug_h1::H1Error) -> io::Error {
    BodyError::new(BodyErrorKind::Malformed).into()
}
