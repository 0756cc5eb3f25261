//! A connection that reads requests, has them handled here or on a spare thread, and answers: what it tells the engine is what `src/connection.rs` tells it.

use std::net::SocketAddr;
use std::ops::BitOr;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;

use crate::engine::{Route, Shared};
use crate::stream::Stream;
use crate::sync::{Instant, thread};
use crate::system::{COUNTS, Kind, Read, switch, system};

/// As in `src/connection.rs`.
const STOPPING_GRACE: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Default)]
pub(crate) struct Wake {
    pub(crate) peer_ended: bool,
    pub(crate) expired: bool,
}

impl BitOr for Wake {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            peer_ended: self.peer_ended | other.peer_ended,
            expired: self.expired | other.expired,
        }
    }
}

pub(crate) enum Next {
    Park { deadline: Instant },
    Again { deadline: Instant },
    Handle,
    Close,
}

pub(crate) struct Worker {
    drives: Option<usize>,
}

impl Worker {
    pub(crate) fn new(shared: &Shared) -> Self {
        // The model measures no handler.
        let _ = shared.ticks();
        Self { drives: None }
    }

    pub(crate) fn drives(&mut self, index: usize, _: crate::sync::Instant) {
        self.drives = Some(index);
    }

    pub(crate) fn drives_nothing(&mut self) {
        self.drives = None;
    }
}

pub(crate) struct Connection {
    stream: Stream,
    asked: Option<(Kind, Route)>,
    overloaded: bool,
}

impl Connection {
    pub(crate) fn new(stream: Stream, _: Option<SocketAddr>, _: &Shared) -> Self {
        Self {
            stream,
            asked: None,
            overloaded: false,
        }
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.stream.0.0
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.asked.is_none()
    }

    pub(crate) fn first_deadline(&self, shared: &Shared) -> Instant {
        Instant::now() + shared.timeouts.idle
    }

    pub(crate) fn overloaded(&mut self) {
        self.overloaded = true;
    }

    pub(crate) fn serve(&mut self, wake: Wake, worker: &mut Worker, shared: &Shared) -> Next {
        let mut served = 0;
        loop {
            if let Some((kind, route)) = self.asked.take() {
                let last = shared.stopping();
                self.handle(kind, route, worker, shared);
                if last {
                    return Next::Close;
                }
                served += 1;
                if served == 2 {
                    let deadline = Instant::now() + shared.timeouts.idle;
                    return Next::Again { deadline };
                }
            }
            switch();
            match system().read(self.fd()) {
                Read::Request(kind) => {
                    let route = Route::of(&Method::GET, kind.path());
                    self.asked = Some((kind, route));
                    let elsewhere = worker
                        .drives
                        .is_some_and(|index| !shared.runs_in_place(index, route));
                    if elsewhere {
                        return Next::Handle;
                    }
                }
                Read::End => return Next::Close,
                Read::Nothing if wake.expired => return Next::Close,
                Read::Nothing => {
                    let patience = if shared.stopping() {
                        STOPPING_GRACE
                    } else {
                        shared.timeouts.idle
                    };
                    let deadline = Instant::now() + patience;
                    return Next::Park { deadline };
                }
            }
        }
    }

    fn handle(&mut self, kind: Kind, route: Route, worker: &Worker, shared: &Shared) {
        let in_place = |index| shared.runs_if_quick(index, route);
        if std::mem::take(&mut self.overloaded) && !worker.drives.is_some_and(in_place) {
            COUNTS.refused.fetch_add(1, Ordering::Relaxed);
            return system().write(self.fd(), 503);
        }
        let begun = Instant::now();
        match kind {
            Kind::Quick | Kind::Other => switch(),
            Kind::Works => (0..6).for_each(|_| thread::yield_now()),
            Kind::Waits => system().wait_at_gate(),
        }
        let time = Instant::now().saturating_duration_since(begun);
        match worker.drives {
            Some(_) => shared.routes.ran_in_place(route, time, None),
            None => {
                COUNTS.spare_requests.fetch_add(1, Ordering::Relaxed);
                shared.routes.ran(route, time, time);
            }
        }
        // A body of one piece.
        if let Some(index) = worker.drives {
            shared.sends(index, route);
        }
        let begun = Instant::now();
        switch();
        let time = Instant::now().saturating_duration_since(begun);
        shared.routes.waited_for_piece(route, time);
        system().write(self.fd(), 200);
    }
}
