//! Owns the watch: a thread that sees when a handler overstays and hands the loop on. It sleeps while nothing happens.

use std::sync::OnceLock;
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::thread::{self, JoinHandle, Thread};
use crate::sync::{Arc, Instant};

use super::Shared;
use super::pool::Drive;
use super::routes::Overstay;
use super::slot::Loop;

/// A handler that is still the same after one to two of these has overstayed.
pub(super) const TICK: Duration = Duration::from_millis(2);
/// The tick while handlers overstay: without it each of them stalls a loop for a whole tick.
const FAST_TICK: Duration = Duration::from_micros(100);
/// How many fast ticks follow a hand-over.
const FAST_TICKS: u32 = 1000;
/// How long a handler that does not wait may run on: it may have lost its processor for a moment, and another thread would not have more of it.
const PATIENCE: Duration = Duration::from_millis(8);
/// How many ticks without any handler before the watch sleeps until it is called.
const QUIET_TICKS: u32 = 50;

/// The watch as the drivers see it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    sleeps: AtomicBool,
    ended: AtomicBool,
    /// How long it has been awake, in nanoseconds, as of its last tick.
    ticks: AtomicU64,
    thread: OnceLock<Thread>,
}

impl Watch {
    /// Wakes the watch if it sleeps; called after a driver has published that it runs a handler.
    pub(super) fn call(&self) {
        if self.sleeps.load(Ordering::Relaxed)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    /// A clock that goes while handlers run, and at each tick only: nanoseconds.
    pub(super) fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// Ends the watch.
    pub(super) fn end(&self, thread: &JoinHandle<()>) {
        self.ended.store(true, Ordering::SeqCst);
        thread.thread().unpark();
    }
}

/// What the watch saw of a loop at its last tick.
struct Seen {
    /// As the loop publishes it.
    state: u64,
    /// Since when its handler is the same.
    since: Instant,
}

/// The watch's thread.
pub(super) fn watch(shared: &Arc<Shared>) {
    let watch = &shared.watch;
    let _ = watch.thread.set(thread::current());
    let look = |each: &Loop| Seen {
        state: each.state(),
        since: Instant::now(),
    };
    let mut seen: Vec<Seen> = shared.loops.iter().map(look).collect();
    let (mut quiet, mut fast) = (0u32, 0u32);
    let mut last = Instant::now();
    while !watch.ended.load(Ordering::SeqCst) {
        if quiet > QUIET_TICKS {
            watch.sleeps.store(true, Ordering::Relaxed);
            // Under the loop's lock: either its next handler is seen here, or its driver sees that the watch sleeps.
            if shared
                .loops
                .iter()
                .zip(&seen)
                .all(|(each, seen)| each.state_for_sure() == seen.state)
            {
                thread::park();
                last = Instant::now();
            }
            watch.sleeps.store(false, Ordering::Relaxed);
            quiet = 0;
        }
        thread::park_timeout(if fast > 0 { FAST_TICK } else { TICK });
        fast = fast.saturating_sub(1);
        let now = Instant::now();
        let passed = u64::try_from(now.duration_since(last).as_nanos());
        let ticks = &watch.ticks;
        let sum = ticks
            .load(Ordering::Relaxed)
            .saturating_add(passed.unwrap_or(0));
        ticks.store(sum, Ordering::Relaxed);
        last = now;
        let mut busy = false;
        for (index, seen) in seen.iter_mut().enumerate() {
            let state = shared.loops[index].state();
            let (same, in_handler) = (state == seen.state, state & 1 == 1);
            seen.state = state;
            busy |= in_handler || !same;
            if !(same && in_handler) {
                seen.since = now;
                continue;
            }
            // Asked before the loop is handed on: afterwards its driver is another thread.
            let how = shared.loops[index].overstay();
            let waits = how == Overstay::Waits;
            let overdue = waits || now.duration_since(seen.since) >= PATIENCE;
            if overdue && hand_on(shared, index, state >> 1, how) && waits {
                fast = FAST_TICKS;
            }
        }
        quiet = if busy { 0 } else { quiet + 1 };
    }
}

/// Hands a loop to a spare thread; `false` where its driver is back already, or all threads are busy.
fn hand_on(shared: &Arc<Shared>, index: usize, seq: u64, how: Overstay) -> bool {
    let Some(reserved) = shared.pool.reserve() else {
        return false;
    };
    match shared.loops[index].take(seq) {
        Some(core) => {
            // Marked now and not when the handler returns: others like it may come until then.
            shared.routes.overstayed(shared.loops[index].route(), how);
            shared
                .pool
                .hand_over(shared, reserved, Drive { index, core });
            true
        }
        None => {
            shared.pool.give_back(shared, reserved);
            false
        }
    }
}
