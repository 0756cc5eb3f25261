//! Owns the spare threads: those that wait to drive a loop whose driver is held up by a handler. It never makes more than its bound.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::sync::lock;

use super::core::Core;
use super::{Shared, driver};

/// How long a spare thread waits for work before it ends.
const SPARE: Duration = Duration::from_secs(10);

/// A loop to be driven.
pub(super) struct Job {
    pub(super) index: usize,
    pub(super) core: Box<Core>,
}

/// The spare threads and the loops that wait for one.
pub(super) struct Pool {
    state: Mutex<State>,
    filled: Condvar,
    most: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    idle: usize,
    /// Threads that were made here and live.
    total: usize,
    /// Idle or new threads that are promised a job which is not queued yet.
    reserved: usize,
    closed: bool,
}

/// The promise of a thread for one job.
pub(super) enum Reserved {
    /// A thread waits already.
    Idle,
    /// A thread may be made.
    New,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            most,
        }
    }

    /// Promises a thread for one job, or says that all are busy.
    pub(super) fn reserve(&self) -> Option<Reserved> {
        let mut state = lock(&self.state);
        if state.idle > state.queue.len() + state.reserved {
            state.reserved += 1;
            return Some(Reserved::Idle);
        }
        if state.total < self.most && !state.closed {
            state.total += 1;
            return Some(Reserved::New);
        }
        None
    }

    /// Gives a promise back unused.
    pub(super) fn give_back(&self, reserved: Reserved) {
        let mut state = lock(&self.state);
        match reserved {
            Reserved::Idle => state.reserved -= 1,
            Reserved::New => state.total -= 1,
        }
    }

    /// Has the job done by the promised thread.
    pub(super) fn hand_over(&self, shared: &Arc<Shared>, reserved: Reserved, job: Job) {
        if let Reserved::New = reserved {
            let server = Arc::clone(shared);
            let thread = thread::Builder::new()
                .name("zeug-spare".into())
                .spawn(move || driver::spare(&server));
            if thread.is_err() {
                // No thread is to be had: the job waits for the next that comes free.
                lock(&self.state).total -= 1;
            }
        }
        let mut state = lock(&self.state);
        if let Reserved::Idle = reserved {
            state.reserved -= 1;
        }
        state.queue.push_back(job);
        drop(state);
        self.filled.notify_one();
    }

    /// The next job for the calling thread; `None` where it shall end.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let (guard, waited) = match self.filled.wait_timeout(state, SPARE) {
                Ok(pair) => pair,
                Err(poisoned) => poisoned.into_inner(),
            };
            state = guard;
            state.idle -= 1;
            let promised = state.queue.len() + state.reserved;
            if waited.timed_out() && state.queue.is_empty() && state.idle >= promised {
                break;
            }
        }
        state.total = state.total.saturating_sub(1);
        None
    }

    /// Ends all threads that wait.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.filled.notify_all();
    }
}
