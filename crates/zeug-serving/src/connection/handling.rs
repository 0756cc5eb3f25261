//! Owns what a thread notes of the request whose handler runs: its first line for the log and for reports, and how long the handler takes. It calls none.

use std::time::{Duration, Instant};

use http::Uri;
use zeug_gateway::Request;

use crate::engine::{Shared, processor_time};

use super::Worker;
use super::exchange::Asked;

/// A handler that runs.
pub(super) struct Handling {
    asked: Asked,
    begun: Begun,
}

/// When a handler began.
struct Begun {
    /// Where its time is measured by the clock, and not by the watch's ticks alone.
    at: Option<Instant>,
    /// The processor's time that the thread had had, where it is asked for how long the handler waits.
    processor: Option<Duration>,
    /// By the watch's ticks.
    tick: u64,
}

/// Of how many requests handled in place one is timed by the clock: no round number, since requests come in patterns.
const SAMPLE: u32 = 17;

impl Worker {
    /// Notes method and target of the request that is handled next.
    pub(super) fn takes_up(&mut self, request: &Request) {
        self.line.clear();
        self.line
            .extend_from_slice(request.method().as_str().as_bytes());
        self.line.push(b' ');
        self.line
            .extend_from_slice(match request.received().target() {
                Some(target) => target,
                None => target_of(request.uri()),
            });
    }

    /// Takes note that a handler begins. Reading the clock is dear: for a kind that was quick, ticks are enough to see that it is quick no more, and add up to the same in the long
    /// run; and one in seventeen is timed, to see what waits for less than a tick.
    pub(super) fn begins(&mut self, asked: Asked, shared: &Shared) {
        let route = asked.route;
        self.turns = self.turns.wrapping_add(1);
        let closely = self.drives.is_none() || shared.routes.is_suspect(route);
        let exact = closely
            || shared.log.is_some()
            || self.turns.is_multiple_of(SAMPLE)
            || !shared.routes.is_quick(route);
        let begun = Begun {
            processor: closely.then(processor_time),
            at: exact.then(Instant::now),
            tick: shared.ticks(),
        };
        self.handling = Some(Handling { asked, begun });
    }

    /// Method and target of the request that is handled.
    pub(super) fn method_and_target(&self) -> (&[u8], &[u8]) {
        let space = self.line.iter().position(|&byte| byte == b' ');
        let (method, rest) = self.line.split_at(space.unwrap_or(self.line.len()));
        (method, rest.get(1..).unwrap_or_default())
    }

    /// Takes note that the handler that runs has ended: what was asked, and how long it took.
    pub(super) fn ended(&mut self, shared: &Shared) -> Option<(Asked, Duration)> {
        let Handling { asked, begun } = self.handling.take()?;
        let time = match begun.at {
            Some(at) => {
                let ended = Instant::now();
                self.now = Some(ended);
                ended.saturating_duration_since(at)
            }
            None if shared.ticks() == begun.tick => {
                self.counts.handled(Duration::ZERO);
                return Some((asked, Duration::ZERO));
            }
            None => {
                self.now = None;
                Duration::from_nanos(shared.ticks().saturating_sub(begun.tick))
            }
        };
        let waited = begun
            .processor
            .map(|had| time.saturating_sub(processor_time().saturating_sub(had)));
        match self.drives {
            Some(_) => shared.routes.ran_in_place(asked.route, time, waited),
            None => shared.routes.ran(asked.route, time, waited.unwrap_or(time)),
        }
        self.counts.handled(time);
        Some((asked, time))
    }
}

/// The target in origin form, as it came.
fn target_of(uri: &Uri) -> &[u8] {
    uri.path_and_query()
        .map_or(&b""[..], |target| target.as_str().as_bytes())
}
