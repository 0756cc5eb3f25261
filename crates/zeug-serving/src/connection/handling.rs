//! Owns what a thread notes of the request whose handler runs: its first line for the log and for reports, and how long the handler takes. It calls none.

use std::time::{Duration, Instant};

use http::Uri;
use zeug_gateway::Request;

use crate::engine::{Route, Shared};

use super::Worker;
use super::exchange::Asked;

/// A handler that runs.
pub(super) struct Handling {
    pub(super) asked: Asked,
    pub(super) route: Route,
    /// When it began, where its time is measured by the clock, and not by the watch's ticks alone.
    pub(super) begun: Option<Instant>,
    /// The same by the watch's ticks.
    pub(super) tick: u64,
}

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

    /// Method and target of the request that is handled.
    pub(super) fn method_and_target(&self) -> (&[u8], &[u8]) {
        let space = self.line.iter().position(|&byte| byte == b' ');
        let (method, rest) = self.line.split_at(space.unwrap_or(self.line.len()));
        (method, rest.get(1..).unwrap_or_default())
    }

    /// Takes note that the handler that runs has ended: what was asked, and how long it took.
    pub(super) fn ended(&mut self, shared: &Shared) -> Option<(Asked, Duration)> {
        let Handling {
            asked,
            route,
            begun,
            tick,
        } = self.handling.take()?;
        let time = match begun {
            Some(begun) => {
                let ended = Instant::now();
                self.now = Some(ended);
                ended.saturating_duration_since(begun)
            }
            None if shared.ticks() == tick => {
                self.counts.handled(Duration::ZERO);
                return Some((asked, Duration::ZERO));
            }
            None => {
                self.now = None;
                Duration::from_nanos(shared.ticks().saturating_sub(tick))
            }
        };
        match self.drives {
            Some(_) => shared.routes.ran_in_place(route, time),
            None => shared.routes.ran(route, time),
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
