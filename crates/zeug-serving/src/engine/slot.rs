//! Owns the place where a loop's core lies while its driver runs a handler, and the inbox through which others reach the loop.

use mio::Waker;

use crate::connection::{Connection, Next};
use crate::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use crate::sync::{Arc, Mutex, MutexGuard, lock};

use super::core::{Core, Newcomer};
use super::crew::Load;
use super::routes::{Overstay, Route};
use super::task;

/// One loop as all threads see it. Aligned so that two loops share no cache line.
#[repr(align(128))]
pub(super) struct Loop {
    slot: Mutex<Slot>,
    /// `seq << 1 | in handler`, for the watch: it locks the slot only on suspicion.
    state: AtomicU64,
    /// The kind of request whose handler runs, or ran last.
    route: AtomicU32,
    /// The thread that drives the loop, as the system numbers it.
    thread: AtomicI32,
    inbox: Mutex<Vec<Message>>,
    waker: Arc<Waker>,
    pub(super) connections: Load,
}

struct Slot {
    core: Option<Box<Core>>,
    seq: u64,
}

/// The slot while the driver has its core between two handlers: one lock for taking it up and for laying it down.
pub(super) struct Held<'a> {
    own: &'a Loop,
    slot: MutexGuard<'a, Slot>,
}

impl Held<'_> {
    /// Lays the core down again, for the next handler.
    pub(super) fn release(mut self, core: Box<Core>) -> u64 {
        self.slot.seq += 1;
        self.slot.core = Some(core);
        let seq = self.slot.seq;
        // Before the lock is given back, and with that before the driver looks whether the watch sleeps.
        self.own.state.store(seq << 1 | 1, Ordering::Relaxed);
        seq
    }
}

/// What others tell a loop.
pub(super) enum Message {
    /// A connection that another loop accepted.
    Accepted(Newcomer),
    /// A connection comes back from a driver that lost the core meanwhile.
    Returned {
        token: usize,
        connection: Box<Connection>,
        next: Next,
    },
}

impl Loop {
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        Self {
            slot: Mutex::new(Slot { core: None, seq: 0 }),
            state: AtomicU64::new(0),
            route: AtomicU32::new(0),
            thread: AtomicI32::new(0),
            inbox: Mutex::default(),
            waker,
            connections: Load::new(0),
        }
    }

    /// Lays the core down before a handler runs; what comes back is needed to take it up again.
    pub(super) fn release(&self, core: Box<Core>) -> u64 {
        let slot = lock(&self.slot);
        Held { own: self, slot }.release(core)
    }

    /// Takes the core up again; `None` where the watch has taken it meanwhile.
    pub(super) fn retake(&self, seq: u64) -> Option<(Held<'_>, Box<Core>)> {
        let mut slot = lock(&self.slot);
        if slot.seq != seq {
            return None;
        }
        let core = slot.core.take()?;
        self.state.store(seq << 1, Ordering::Relaxed);
        Some((Held { own: self, slot }, core))
    }

    /// Takes the core for another thread, if it lies there for the same handler still.
    pub(super) fn take(&self, seq: u64) -> Option<Box<Core>> {
        let mut slot = lock(&self.slot);
        if slot.seq == seq {
            slot.core.take()
        } else {
            None
        }
    }

    /// `seq << 1 | in handler`.
    pub(super) fn state(&self) -> u64 {
        self.state.load(Ordering::Relaxed)
    }

    /// As [`state`](Self::state), and what the caller has written before is seen by the driver before its next handler.
    pub(super) fn state_for_sure(&self) -> u64 {
        let _slot = lock(&self.slot);
        self.state()
    }

    /// Tells which kind of request is handled now.
    pub(super) fn runs(&self, route: Route) {
        self.route.store(route.number(), Ordering::Relaxed);
    }

    /// The kind of request that is handled, or was last.
    pub(super) fn route(&self) -> Route {
        Route::from_number(self.route.load(Ordering::Relaxed))
    }

    /// Says that the calling thread drives the loop from here on.
    pub(super) fn driven_here(&self) {
        self.thread.store(task::number(), Ordering::Relaxed);
    }

    /// What the driver does, as far as the system tells.
    pub(super) fn overstay(&self) -> Overstay {
        task::overstay(self.thread.load(Ordering::Relaxed))
    }

    /// Puts a message into the inbox and wakes the loop.
    pub(super) fn send(&self, message: Message) {
        let mut inbox = lock(&self.inbox);
        let first = inbox.is_empty();
        inbox.push(message);
        drop(inbox);
        if first {
            // The loop looks into its inbox at the next event, too.
            let _ = self.waker.wake();
        }
    }

    /// Takes all messages.
    pub(super) fn receive(&self) -> Vec<Message> {
        std::mem::take(&mut *lock(&self.inbox))
    }
}
