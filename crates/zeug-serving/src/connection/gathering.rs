//! Owns a request whose body has not come whole with its head: it is waited for without a thread, until it is whole or so much of it has come that its handler
//! begins. It owns the pace too, at which a body has to come and an answer to be taken. It calls no handler.

use std::time::{Duration, Instant};

use bytes::Bytes;
use zeug_gateway::{Request, Trailers};
use zeug_h1::{BodyDecoder, H1Error};

use crate::Timeouts;

use super::buffer::ReadBuffer;
use super::exchange::Asked;
use super::incoming;

/// The pace at which a client has to send, or to take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    begun: Instant,
    patience: Duration,
    rate: u64,
}

impl Pace {
    /// That of a request's body.
    pub(super) fn of_body(timeouts: &Timeouts, begun: Instant) -> Self {
        Self {
            begun,
            patience: timeouts.body,
            rate: timeouts.rate,
        }
    }

    /// That of an answer.
    pub(super) fn of_answer(timeouts: &Timeouts, begun: Instant) -> Self {
        Self {
            begun,
            patience: timeouts.write,
            rate: timeouts.rate,
        }
    }

    /// Until when the next byte has to be there, after `count` bytes.
    pub(super) fn deadline(&self, count: u64, now: Instant) -> Instant {
        let next = now + self.patience;
        match count.checked_div(self.rate) {
            Some(earned) => next.min(self.begun + self.patience + Duration::from_secs(earned)),
            None => next,
        }
    }
}

/// A request that waits for its body.
pub(super) struct Gathering {
    pub(super) asked: Asked,
    pub(super) request: Request,
    /// At the body's begin.
    decoder: BodyDecoder,
    /// As far as it has come.
    ahead: BodyDecoder,
    bytes: Vec<u8>,
    trailers: Option<Trailers>,
    pace: Pace,
}

/// A body that is read from the connection.
pub(super) struct Coming {
    pub(super) decoder: BodyDecoder,
    /// What has come of it already.
    pub(super) begun: Vec<u8>,
    pub(super) trailers: Option<Trailers>,
}

/// How far a body has come.
pub(super) enum Progress {
    Whole,
    /// As much as is waited for.
    Enough,
    More,
}

impl Gathering {
    pub(super) fn new(
        asked: Asked,
        request: Request,
        decoder: BodyDecoder,
        trailers: Option<Trailers>,
        pace: Pace,
    ) -> Self {
        Self {
            asked,
            request,
            ahead: decoder.clone(),
            decoder,
            bytes: Vec::new(),
            trailers,
            pace,
        }
    }

    /// Takes what has come, up to `enough` bytes and one read.
    pub(super) fn take(
        &mut self,
        input: &mut ReadBuffer,
        enough: usize,
    ) -> Result<Progress, H1Error> {
        while !input.unread().is_empty() {
            let (used, _) = self.ahead.decode(input.unread())?;
            self.bytes
                .extend_from_slice(input.unread().get(..used).unwrap_or_default());
            input.consume(used);
            if self.ahead.is_complete() {
                return Ok(Progress::Whole);
            }
            if self.bytes.len() >= enough {
                return Ok(Progress::Enough);
            }
        }
        Ok(Progress::More)
    }

    /// Until when more has to come.
    pub(super) fn deadline(&self) -> Instant {
        self.pace.deadline(self.bytes.len() as u64, Instant::now())
    }

    /// The whole body; `None` where it is none.
    pub(super) fn whole(&self) -> Result<Option<Bytes>, H1Error> {
        let arrived = incoming::arrived(self.decoder.clone(), &self.bytes, self.trailers.as_ref())?;
        Ok(arrived.map(|(bytes, _)| bytes))
    }

    /// What goes on as a stream: the request, the body from its begin, and what of it has come.
    pub(super) fn into_parts(self) -> (Asked, Request, Coming) {
        let coming = Coming {
            decoder: self.decoder,
            begun: self.bytes,
            trailers: self.trailers,
        };
        (self.asked, self.request, coming)
    }
}
