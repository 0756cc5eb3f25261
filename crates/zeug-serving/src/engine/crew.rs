//! Owns the threads of a server as a whole: how they begin, what they ask of each other, and how they end.

use std::io;
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, lock, thread};

use super::core::Core;
use super::pool::Drive;
use super::routes::Route;
use super::{Shared, driver, watch};

/// How many connections a loop has: shared for choosing the least loaded.
pub(super) type Load = AtomicUsize;

/// The wish to stop, also held by those who may wish it.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    asked: AtomicBool,
    wakers: Mutex<Vec<Arc<mio::Waker>>>,
    changed: Condvar,
}

impl Stop {
    /// Asks all loops to finish what is in flight and end. Asking twice changes nothing.
    pub(crate) fn ask(&self) {
        let wakers = lock(&self.wakers);
        self.asked.store(true, Ordering::SeqCst);
        for waker in wakers.iter() {
            // A loop that cannot be woken looks again at its next event or sweep.
            let _ = waker.wake();
        }
        drop(wakers);
        self.changed.notify_all();
    }

    /// Whether a stop was asked for.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Has a loop woken when a stop is asked for.
    pub(super) fn wakes(&self, waker: Arc<mio::Waker>) {
        lock(&self.wakers).push(waker);
    }

    /// Waits until a stop is asked for.
    pub(super) fn wait(&self) {
        let mut wakers = lock(&self.wakers);
        while !self.asked() {
            wakers = self
                .changed
                .wait(wakers)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The loops that have not ended.
pub(super) struct Running {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Running {
    pub(super) fn new(count: usize) -> Self {
        Self {
            count: Mutex::new(count),
            changed: Condvar::new(),
        }
    }

    fn one_ended(&self) {
        *lock(&self.count) -= 1;
        self.changed.notify_all();
    }

    /// Waits until all have ended, or for so long.
    fn wait(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut count = lock(&self.count);
        while *count > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            count = match self.changed.wait_timeout(count, left) {
                Ok((guard, _)) => guard,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Shared {
    /// Starts a thread for each loop, and the watch.
    pub(super) fn start(self: &Arc<Self>, cores: Vec<Core>) -> io::Result<thread::JoinHandle<()>> {
        for (index, core) in cores.into_iter().enumerate() {
            let (shared, core) = (Arc::clone(self), Box::new(core));
            thread::Builder::new()
                .name(format!("zeug-{index}"))
                .spawn(move || driver::work(&shared, Drive { index, core }))?;
        }
        let watched = Arc::clone(self);
        thread::Builder::new()
            .name("zeug-watch".into())
            .spawn(move || watch::watch(&watched))
    }

    /// Waits until what is in flight has ended, or the time for that is over, and lets the threads go.
    pub(super) fn finish(&self, watch: &thread::JoinHandle<()>) {
        self.running.wait(self.timeouts.shutdown);
        self.pool.close();
        self.watch.end(watch);
    }

    /// Whether the server finishes what is in flight and takes nothing new.
    pub(crate) fn stopping(&self) -> bool {
        self.stop.asked()
    }

    /// Whether the loop's own thread runs this handler, and not a spare one: then the watch is told which one it is.
    pub(crate) fn runs_in_place(&self, index: usize, route: Route) -> bool {
        // Without a reserve the loop stands still if the handler takes long: then only what was quick so far is run.
        let in_place =
            !self.routes.is_slow(route) && (self.pool.has_reserve() || self.routes.is_quick(route));
        if in_place {
            self.loops[index].runs(route);
        }
        in_place
    }

    /// Tells the watch what the loop's own thread does now: it sends the answer to such a request, whose body may take its time.
    pub(crate) fn sends(&self, index: usize, route: Route) {
        self.loops[index].runs(route);
    }

    /// Whether the loop's own thread runs this handler where no spare one is left and too many requests wait for one: what takes no longer than a tick is answered late, the rest is not.
    pub(crate) fn runs_if_quick(&self, index: usize, route: Route) -> bool {
        let in_place = self.routes.is_quick(route);
        if in_place {
            self.loops[index].runs(route);
        }
        in_place
    }

    /// A clock that goes while handlers run, and at each tick of the watch only: nanoseconds.
    pub(crate) fn ticks(&self) -> u64 {
        self.watch.ticks()
    }

    /// How many connections are open, on all loops.
    pub(super) fn connections(&self) -> usize {
        self.loops
            .iter()
            .map(|each| each.connections.load(Ordering::Relaxed))
            .sum()
    }

    /// The loop that has the fewest connections; `own` where it is one of them.
    pub(super) fn least_loaded(&self, own: usize) -> usize {
        let load = |index: usize| self.loops[index].connections.load(Ordering::Relaxed);
        (0..self.loops.len())
            .min_by_key(|&index| (load(index), index != own))
            .unwrap_or(own)
    }

    /// A loop has no connection left, and takes none.
    pub(super) fn loop_ended(&self) {
        self.running.one_ended();
    }
}
