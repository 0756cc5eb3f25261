//! The model's system: sockets, readiness queues, time, and the gate at which handlers wait. All of one schedule's threads are coroutines of one thread of the
//! system below, so that its state needs no lock; a call ends before another thread runs, unless it says that it waits.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::os::fd::RawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, Thread, ThreadId};

use crate::readiness::{Event, Token};

/// How often something happened, in all schedules of the process.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) spare_threads: AtomicUsize,
    pub(crate) spare_requests: AtomicUsize,
    pub(crate) sleeps: AtomicUsize,
    pub(crate) refused: AtomicUsize,
    pub(crate) timeouts: AtomicUsize,
}

pub(crate) static COUNTS: Counts = Counts {
    spare_threads: AtomicUsize::new(0),
    spare_requests: AtomicUsize::new(0),
    sleeps: AtomicUsize::new(0),
    refused: AtomicUsize::new(0),
    timeouts: AtomicUsize::new(0),
};

/// Whether time-outs end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// None but the watch's ticks.
    Stands,
    /// Each may, at any moment.
    Flows,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Quick,
    Other,
    /// Gives its processor up a few times.
    Works,
    /// Waits at the gate.
    Waits,
}

impl Kind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Quick => "/quick",
            Self::Other => "/other",
            Self::Works => "/works",
            Self::Waits => "/waits",
        }
    }
}

pub(crate) enum Read {
    Request(Kind),
    Nothing,
    End,
}

/// A connection, seen from both ends.
#[derive(Default)]
struct Pair {
    requests: VecDeque<Kind>,
    answers: VecDeque<u16>,
    client_closed: bool,
    server_closed: bool,
    client: Option<Thread>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<(Token, Option<RawFd>)>,
    /// Who waits, and whether a time-out may end it.
    waiter: Option<(Thread, bool)>,
    expired: bool,
}

/// A condition variable whose waiters' time may be over.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    pub(crate) changed: shuttle::sync::Condvar,
    fired: AtomicUsize,
}

/// A wait of a [`Timer`].
pub(crate) struct Waiting {
    timer: Arc<Timer>,
    fired: usize,
}

impl Waiting {
    /// Whether its time was over.
    pub(crate) fn end(self) -> bool {
        let over = self.timer.fired.load(Ordering::Relaxed) != self.fired;
        let here = system();
        let mut timers = here.timers.borrow_mut();
        if let Some(at) = timers.iter().position(|one| Arc::ptr_eq(one, &self.timer)) {
            timers.swap_remove(at);
        }
        over
    }
}

pub(crate) struct System {
    now: Cell<Duration>,
    pairs: RefCell<BTreeMap<RawFd, Pair>>,
    next_fd: Cell<RawFd>,
    backlog: RefCell<VecDeque<RawFd>>,
    listens: Cell<bool>,
    queues: RefCell<Vec<Queue>>,
    registered: RefCell<Vec<(RawFd, usize, Token)>>,
    timers: RefCell<Vec<Arc<Timer>>>,
    gate: Cell<bool>,
    at_gate: RefCell<Vec<Thread>>,
    tokens: RefCell<Vec<ThreadId>>,
    threads: Cell<usize>,
    end: RefCell<Option<Thread>>,
    over: Cell<bool>,
    read: Cell<usize>,
    answered: Cell<usize>,
}

/// The listener's descriptor.
const LISTENER: RawFd = 3;

thread_local! {
    static SYSTEM: RefCell<Option<Rc<System>>> = const { RefCell::new(None) };
}

/// The system of the schedule that runs.
pub(crate) fn system() -> Rc<System> {
    SYSTEM.with(|system| Rc::clone(system.borrow().as_ref().expect("a schedule runs")))
}

/// Lets another thread run.
pub(crate) fn switch() {
    thread::sleep(Duration::ZERO);
}

/// A new schedule.
pub(crate) fn begin(time: Time) {
    let new = System {
        now: Cell::new(Duration::from_secs(1)),
        pairs: RefCell::default(),
        next_fd: Cell::new(LISTENER + 1),
        backlog: RefCell::default(),
        listens: Cell::new(false),
        queues: RefCell::default(),
        registered: RefCell::default(),
        timers: RefCell::default(),
        gate: Cell::new(false),
        at_gate: RefCell::default(),
        tokens: RefCell::default(),
        threads: Cell::new(0),
        end: RefCell::default(),
        over: Cell::new(false),
        read: Cell::new(0),
        answered: Cell::new(0),
    };
    SYSTEM.with(|system| *system.borrow_mut() = Some(Rc::new(new)));
    if time == Time::Flows {
        thread::spawn(|| {
            while !system().over.get() {
                thread::yield_now();
                system().let_time_pass();
            }
        });
    }
}

impl System {
    // Time.

    pub(crate) fn now(&self) -> Duration {
        self.now.get()
    }

    /// The watch's tick: that it comes is not in question.
    pub(crate) fn tick(&self, time: Duration) {
        self.now.set(self.now() + time);
    }

    pub(crate) fn await_timer(&self, timer: &Arc<Timer>) -> Waiting {
        self.timers.borrow_mut().push(Arc::clone(timer));
        Waiting {
            timer: Arc::clone(timer),
            fired: timer.fired.load(Ordering::Relaxed),
        }
    }

    /// One of those whose wait may end by a time-out has waited for so long, or nobody has.
    fn let_time_pass(&self) {
        let mut lot = thread_rng();
        self.tick(Duration::from_millis(lot.gen_range(0..20_000)));
        let timers = self.timers.borrow().clone();
        let count = timers.len() + self.queues.borrow().len();
        let at = lot.gen_range(0..count + 4);
        if let Some(timer) = timers.get(at) {
            COUNTS.timeouts.fetch_add(1, Ordering::Relaxed);
            timer.fired.fetch_add(1, Ordering::Relaxed);
            timer.changed.notify_one();
        } else {
            let mut queues = self.queues.borrow_mut();
            let waiter = queues
                .get_mut(at - timers.len())
                .filter(|queue| matches!(queue.waiter, Some((_, true))))
                .and_then(|queue| {
                    COUNTS.timeouts.fetch_add(1, Ordering::Relaxed);
                    queue.expired = true;
                    queue.waiter.take()
                });
            drop(queues);
            call(waiter.map(|(thread, _)| thread));
        }
    }

    // Readiness queues.

    pub(crate) fn new_poll(&self) -> usize {
        self.queues.borrow_mut().push(Queue::default());
        self.queues.borrow().len() - 1
    }

    pub(crate) fn register(&self, poll: usize, fd: RawFd, token: Token) {
        self.registered.borrow_mut().push((fd, poll, token));
        // An edge-triggered queue tells at once of what is there already.
        self.raise(fd);
    }

    pub(crate) fn deregister(&self, poll: usize, fd: RawFd) {
        self.registered
            .borrow_mut()
            .retain(|&(there, at, _)| (there, at) != (fd, poll));
        self.queues.borrow_mut()[poll]
            .events
            .retain(|&(_, source)| source != Some(fd));
    }

    pub(crate) fn wake(&self, poll: usize, token: Token) {
        self.put(poll, token, None);
    }

    fn put(&self, poll: usize, token: Token, source: Option<RawFd>) {
        let mut queues = self.queues.borrow_mut();
        let queue = &mut queues[poll];
        if !queue.events.contains(&(token, source)) {
            queue.events.push_back((token, source));
        }
        let waiter = queue.waiter.take();
        drop(queues);
        call(waiter.map(|(thread, _)| thread));
    }

    fn raise(&self, fd: RawFd) {
        let ready = if fd == LISTENER {
            !self.backlog.borrow().is_empty()
        } else {
            let pairs = self.pairs.borrow();
            let pair = &pairs[&fd];
            pair.client_closed || !pair.requests.is_empty()
        };
        if ready {
            let registered = self.registered.borrow().clone();
            for (_, poll, token) in registered.into_iter().filter(|&(there, ..)| there == fd) {
                self.put(poll, token, Some(fd));
            }
        }
    }

    /// Waits for events; a wait that may end by a time-out does so where time flows.
    pub(crate) fn poll(&self, poll: usize, may_end: bool) -> Vec<Event> {
        loop {
            {
                let queue = &mut self.queues.borrow_mut()[poll];
                let expired = std::mem::take(&mut queue.expired);
                if expired || !queue.events.is_empty() {
                    let pairs = self.pairs.borrow();
                    let events = queue.events.drain(..);
                    return events
                        .map(|(token, source)| Event {
                            token,
                            ended: source
                                .and_then(|fd| pairs.get(&fd))
                                .is_some_and(|pair| pair.client_closed),
                        })
                        .collect();
                }
                queue.waiter = Some((thread::current(), may_end));
            }
            thread::park();
        }
    }

    // The server's end.

    pub(crate) fn listen(&self) -> RawFd {
        self.listens.set(true);
        LISTENER
    }

    pub(crate) fn accept(&self) -> Option<RawFd> {
        self.backlog.borrow_mut().pop_front()
    }

    pub(crate) fn close_listener(&self) {
        self.listens.set(false);
        let waiting: Vec<RawFd> = self.backlog.borrow_mut().drain(..).collect();
        for fd in waiting {
            self.close_server_end(fd);
        }
    }

    pub(crate) fn read(&self, fd: RawFd) -> Read {
        let mut pairs = self.pairs.borrow_mut();
        let pair = pairs.get_mut(&fd).expect("an open connection");
        assert!(!pair.server_closed, "read after its end");
        match pair.requests.pop_front() {
            Some(kind) => {
                self.read.set(self.read.get() + 1);
                Read::Request(kind)
            }
            None if pair.client_closed => Read::End,
            None => Read::Nothing,
        }
    }

    pub(crate) fn write(&self, fd: RawFd, status: u16) {
        self.answered.set(self.answered.get() + 1);
        let mut pairs = self.pairs.borrow_mut();
        let pair = pairs.get_mut(&fd).expect("an open connection");
        assert!(!pair.server_closed, "written after its end");
        pair.answers.push_back(status);
        let waiter = pair.client.take();
        drop(pairs);
        call(waiter);
    }

    pub(crate) fn close_server_end(&self, fd: RawFd) {
        let mut pairs = self.pairs.borrow_mut();
        let pair = pairs.get_mut(&fd).expect("a connection");
        assert!(
            !pair.server_closed || std::thread::panicking(),
            "closed twice"
        );
        pair.server_closed = true;
        let waiter = pair.client.take();
        drop(pairs);
        call(waiter);
    }

    // Handlers that wait.

    pub(crate) fn open_gate(&self) {
        self.gate.set(true);
        for thread in self.at_gate.take() {
            thread.unpark();
        }
    }

    pub(crate) fn wait_at_gate(&self) {
        switch();
        while !self.gate.get() {
            self.at_gate.borrow_mut().push(thread::current());
            thread::park();
        }
    }

    // Who was called while it was parked, or before.

    pub(crate) fn give_token(&self, thread: ThreadId) {
        self.tokens.borrow_mut().push(thread);
    }

    pub(crate) fn take_token(&self, thread: ThreadId) -> bool {
        let mut tokens = self.tokens.borrow_mut();
        let before = tokens.len();
        tokens.retain(|&there| there != thread);
        tokens.len() < before
    }

    // The end.

    pub(crate) fn thread_begins(&self) {
        self.threads.set(self.threads.get() + 1);
    }

    pub(crate) fn thread_ends(&self) {
        self.threads.set(self.threads.get() - 1);
        if self.threads.get() == 0 {
            call(self.end.take());
        }
    }

    /// Waits until the server has no thread left.
    pub(crate) fn wait_for_threads(&self) {
        while self.threads.get() > 0 {
            *self.end.borrow_mut() = Some(thread::current());
            thread::park();
        }
        self.over.set(true);
    }

    /// What was read was answered, and what was accepted is closed.
    pub(crate) fn look_back(&self) {
        assert_eq!(self.read.get(), self.answered.get(), "read and answered");
        assert!(!self.listens.get(), "it still listens");
        let open = self
            .pairs
            .borrow()
            .values()
            .filter(|pair| !pair.server_closed)
            .count();
        assert_eq!(open, 0, "connections left open");
        self.timers.borrow_mut().clear();
    }
}

fn call(waiter: Option<Thread>) {
    if let Some(thread) = waiter {
        thread.unpark();
    }
}

/// The client's end of a connection; it closes when dropped.
pub(crate) struct Client(RawFd);

impl Client {
    /// `None` where nobody listens.
    pub(crate) fn connect() -> Option<Self> {
        switch();
        let here = system();
        if !here.listens.get() {
            return None;
        }
        let fd = here.next_fd.get();
        here.next_fd.set(fd + 1);
        here.pairs.borrow_mut().insert(fd, Pair::default());
        here.backlog.borrow_mut().push_back(fd);
        here.raise(LISTENER);
        Some(Self(fd))
    }

    pub(crate) fn send(&self, kind: Kind) {
        switch();
        let here = system();
        if let Some(pair) = here.pairs.borrow_mut().get_mut(&self.0) {
            pair.requests.push_back(kind);
        }
        here.raise(self.0);
    }

    /// Waits for an answer; `None` where the server has closed the connection.
    pub(crate) fn answer(&self) -> Option<u16> {
        switch();
        let here = system();
        loop {
            {
                let mut pairs = here.pairs.borrow_mut();
                let pair = pairs.get_mut(&self.0)?;
                if let Some(status) = pair.answers.pop_front() {
                    return Some(status);
                }
                if pair.server_closed {
                    return None;
                }
                pair.client = Some(thread::current());
            }
            thread::park();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let here = system();
        if let Some(pair) = here.pairs.borrow_mut().get_mut(&self.0) {
            pair.client_closed = true;
        }
        here.raise(self.0);
    }
}
