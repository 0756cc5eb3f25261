//! Owns the spare threads: they drive a loop whose driver is held up by a handler, and run the requests that are known to take long. It never makes more than
//! its bound, and keeps a thread in reserve for every loop, so that quick requests are answered while all other threads wait.

use std::collections::VecDeque;
use std::time::Duration;

use crate::connection::Connection;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, lock, thread};

use super::core::Core;
use super::{Shared, driver};

/// How long a spare thread waits for work before it ends.
const SPARE: Duration = Duration::from_secs(10);

/// A loop to be driven.
pub(super) struct Drive {
    pub(super) index: usize,
    pub(super) core: Box<Core>,
}

/// A connection whose request is to be handled on a spare thread.
pub(super) struct Waiting {
    pub(super) index: usize,
    pub(super) token: usize,
    pub(super) connection: Box<Connection>,
}

/// What one spare thread waits on, and no other.
pub(super) type Seat = Arc<Condvar>;

/// What a spare thread does next.
pub(super) enum Job {
    Drive(Drive),
    Handle(Waiting),
}

/// The spare threads and what waits for one.
pub(super) struct Pool {
    state: Mutex<State>,
    /// The most threads, the loops' own among them.
    most: usize,
    loops: usize,
    /// How many requests may wait.
    waiting: usize,
    /// How many threads are free to take a loop over, for the drivers to look at.
    free: AtomicUsize,
}

#[derive(Default)]
struct State {
    drives: VecDeque<Drive>,
    waiting: VecDeque<Waiting>,
    /// The threads that wait and were not called, the one that came last at the end. It is called first: its memory is the warmest, and those that a burst has made
    /// end when it is over, with the memory that each thread's handlers have had.
    seats: Vec<Seat>,
    /// The threads that wait, with those that were called and have not come yet.
    idle: usize,
    total: usize,
    /// Idle or new threads that are promised a loop which is not queued yet.
    reserved: usize,
    closed: bool,
}

/// The promise of a thread for one loop.
pub(super) enum Reserved {
    /// A thread waits already.
    Idle,
    /// A thread may be made.
    New,
}

impl Pool {
    /// A pool of at most `spare` threads beside the loops' own, and of one a loop at the least.
    pub(super) fn new(spare: usize, loops: usize, waiting: usize) -> Self {
        let most = loops + spare.max(loops + 1);
        let state = State {
            total: loops,
            ..State::default()
        };
        let free = AtomicUsize::new(state.free(most));
        Self {
            state: Mutex::new(state),
            most,
            loops,
            waiting,
            free,
        }
    }

    /// Whether a thread is left for every loop, so that a handler may run in place.
    pub(super) fn has_reserve(&self) -> bool {
        self.free.load(Ordering::Relaxed) >= self.loops
    }

    /// Ends a change: tells the drivers how many threads are free.
    fn publish(&self, state: &MutexGuard<'_, State>) {
        self.free.store(state.free(self.most), Ordering::Relaxed);
    }

    /// Promises a thread for one loop, or says that all are busy.
    pub(super) fn reserve(&self) -> Option<Reserved> {
        let mut state = lock(&self.state);
        let spare = state.idle > state.drives.len() + state.reserved;
        // A request that waits has been promised an idle thread, too: the loop has it only where no other can be made.
        let wanted = state.idle < state.promised() + 1;
        let may_grow = state.total < self.most && !state.closed;
        let reserved = if spare && !(wanted && may_grow) {
            state.reserved += 1;
            Some(Reserved::Idle)
        } else if may_grow {
            state.total += 1;
            Some(Reserved::New)
        } else {
            None
        };
        self.publish(&state);
        reserved
    }

    /// Gives a promise back unused.
    pub(super) fn give_back(&self, shared: &Arc<Shared>, reserved: Reserved) {
        let mut state = lock(&self.state);
        match reserved {
            Reserved::Idle => state.reserved -= 1,
            Reserved::New => state.total -= 1,
        }
        // It may be what a request waits for, which saw that no thread was left beside the promised one.
        self.serve_waiting(shared, state);
    }

    /// Has the loop driven by the promised thread.
    pub(super) fn hand_over(&self, shared: &Arc<Shared>, reserved: Reserved, drive: Drive) {
        let mut state = lock(&self.state);
        if matches!(reserved, Reserved::Idle) {
            state.reserved -= 1;
        }
        // Before the thread is made: one that finds nothing to do may end.
        state.drives.push_back(drive);
        self.publish(&state);
        call(state);
        if matches!(reserved, Reserved::New) && !spawn(shared) {
            // No thread is to be had: the loop waits for the next that comes free.
            let mut state = lock(&self.state);
            state.total -= 1;
            self.publish(&state);
        }
    }

    /// Has a request handled by a spare thread; gives it back where too many wait already.
    pub(super) fn queue(&self, shared: &Arc<Shared>, waiting: Waiting) -> Result<(), Waiting> {
        let mut state = lock(&self.state);
        if state.waiting.len() >= self.waiting {
            return Err(waiting);
        }
        state.waiting.push_back(waiting);
        self.serve_waiting(shared, state);
        Ok(())
    }

    /// Ends a change after which a request that waits may have a thread: wakes one, or makes one where that leaves the loops their reserve.
    fn serve_waiting(&self, shared: &Arc<Shared>, mut state: MutexGuard<'_, State>) {
        let wanted = !state.waiting.is_empty();
        let grow = wanted
            && state.idle < state.promised()
            && state.total < self.most
            && state.free(self.most) > self.loops;
        state.total += usize::from(grow);
        self.publish(&state);
        if wanted {
            call(state);
        } else {
            drop(state);
        }
        if grow && !spawn(shared) {
            let mut state = lock(&self.state);
            state.total -= 1;
            self.publish(&state);
        }
    }

    /// The next job for the calling thread, which waits for it on its own seat; `None` where it shall end.
    pub(super) fn next(&self, shared: &Arc<Shared>, seat: &Seat) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if let Some(drive) = state.drives.pop_front() {
                // A loop that has its thread needs none in reserve: what saw that none was left may have one now.
                self.serve_waiting(shared, state);
                return Some(Job::Drive(drive));
            }
            // This thread is not idle any more: the reserve is what is left without it.
            if (state.free(self.most) >= self.loops || state.closed)
                && let Some(waiting) = state.waiting.pop_front()
            {
                self.publish(&state);
                return Some(Job::Handle(waiting));
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            state.seats.push(Arc::clone(seat));
            self.publish(&state);
            let (guard, waited) = match seat.wait_timeout(state, SPARE) {
                Ok(pair) => pair,
                Err(poisoned) => poisoned.into_inner(),
            };
            state = guard;
            state.idle -= 1;
            // Unless it was called, it is there still.
            state.seats.retain(|other| !Arc::ptr_eq(other, seat));
            if waited.timed_out() && state.promised() == 0 {
                break;
            }
        }
        state.total -= 1;
        self.publish(&state);
        None
    }

    /// Ends all threads that wait.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        for seat in state.seats.drain(..) {
            seat.notify_one();
        }
    }
}

impl State {
    /// How many threads are wanted, or will be.
    fn promised(&self) -> usize {
        self.drives.len() + self.waiting.len() + self.reserved
    }

    /// How many threads are free to take a loop over.
    fn free(&self, most: usize) -> usize {
        (most.saturating_sub(self.total) + self.idle)
            .saturating_sub(self.reserved + self.drives.len())
    }
}

/// Calls the thread that began to wait last, if one waits.
fn call(mut state: MutexGuard<'_, State>) {
    let seat = state.seats.pop();
    drop(state);
    if let Some(seat) = seat {
        seat.notify_one();
    }
}

/// Makes a spare thread; says whether there is one.
fn spawn(shared: &Arc<Shared>) -> bool {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("zeug-spare".into())
        .spawn(move || driver::spare(&shared))
        .is_ok()
}
