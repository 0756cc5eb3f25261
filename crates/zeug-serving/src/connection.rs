//! Owns one connection: what it is doing, what it has not sent yet, and how it goes on. It never waits: where the socket has nothing, it is
//! parked; only a handler that reads a body, and nobody else, is held up by a client.
//!
//! ```text
//!            head complete            answer sent                 rest of the body read
//!  [HEAD] -+----------------> [ASKED] -----> [SENDING] -----------> [DRAINING] --------------------------> [HEAD]
//!    |                          |                       | too much is left
//!    | refused, or last answer  v                       v
//!    +--------------------> [LINGERING: nothing more is sent, what comes is dropped] ---> closed
//! ```

mod buffer;
mod exchange;
mod gathering;
mod handling;
mod incoming;
mod outgoing;
mod upgraded;

use std::io;
use std::net::SocketAddr;
use std::ops::BitOr;
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zeug_gateway::Request;
use zeug_h1::{BodyDecoder, HeadDecoder, HeadPlaces};

use crate::date::DateCache;
use crate::engine::Shared;
use crate::metrics::Counts;
use crate::stream::Stream;

use self::buffer::{Fill, ReadBuffer};
use self::exchange::Prepared;
use self::gathering::Gathering;
use self::handling::Handling;
use self::incoming::Incoming;
use self::outgoing::{Flow, Sending};

/// How many requests of a pipeline are answered before other connections have their turn.
const TURN: u32 = 256;
/// How many times a connection that lingers is read from before others have their turn.
const LINGERING_TURN: u32 = 16;
/// How long a connection that has said nothing may live when the server stops: a request may be on its way.
const STOPPING_GRACE: Duration = Duration::from_millis(50);

/// Why a connection is served.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wake {
    /// The other side sends nothing more, or the connection broke.
    pub(crate) peer_ended: bool,
    /// The deadline is over.
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

/// How a connection goes on after it was served.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// Wait for the socket, until the deadline.
    Park {
        /// When it is served again with `expired`.
        deadline: Instant,
    },
    /// There is more to do: serve again when the others had their turn.
    Again {
        /// As above.
        deadline: Instant,
    },
    /// Its request is to be handled on a spare thread.
    Handle,
    /// It is over.
    Close,
}

/// What a thread has for serving: reused from one connection to the next.
pub(crate) struct Worker {
    /// The loop that waits meanwhile; none where the thread may take its time.
    drives: Option<usize>,
    input: ReadBuffer,
    /// For the answers; with the connection while it is served, and kept by it where something could not be sent.
    output: Vec<u8>,
    scratch: Vec<u8>,
    /// Method and target of the request that is handled, for the log and for reports.
    line: Vec<u8>,
    handling: Option<Handling>,
    /// How many handlers have begun.
    turns: u32,
    date: DateCache,
    /// The time, as it was last read: by the loop when it woke, or since.
    now: Option<Instant>,
    pub(crate) counts: Arc<Counts>,
}

impl Worker {
    pub(crate) fn new(shared: &Shared) -> Self {
        Self {
            drives: None,
            input: ReadBuffer::default(),
            output: Vec::new(),
            scratch: Vec::new(),
            line: Vec::new(),
            handling: None,
            turns: 0,
            now: None,
            date: DateCache::default(),
            counts: shared.metrics.thread(),
        }
    }

    /// The time, but for what was done since the loop woke or the watch last ticked.
    fn now(&mut self) -> Instant {
        *self.now.get_or_insert_with(Instant::now)
    }

    /// Says which loop waits while the thread serves, and when it woke.
    pub(crate) fn drives(&mut self, index: usize, woken: Instant) {
        self.drives = Some(index);
        self.now = Some(woken);
    }

    /// Says that no loop waits while the thread serves.
    pub(crate) fn drives_nothing(&mut self) {
        self.drives = None;
        self.now = None;
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: Arc<Stream>,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    phase: Phase,
    head: HeadDecoder,
    /// Bytes that were read and not used yet; empty but for a partial head or a pipeline that waits.
    unread: Vec<u8>,
    /// Bytes of answers that the socket did not take yet.
    output: Vec<u8>,
    /// The body of the request that is being answered, where it did not come whole with its head.
    incoming: Option<Arc<Mutex<Incoming>>>,
    /// Since when a head is waited for: set for a new connection, and where a head has come in part.
    since: Option<Instant>,
    requests: u64,
    /// The other side sends nothing more.
    ended: bool,
    /// The system has said that it sends nothing more: read until that shows.
    ending: bool,
}

enum Phase {
    Head,
    /// A request that waits for its body.
    Gathering(Box<Gathering>),
    /// A request that waits for its handler.
    Asked(Box<Prepared>),
    Sending(Box<Sending>),
    Draining {
        body: Box<BodyDecoder>,
        left: u64,
    },
    Lingering {
        until: Instant,
        shut: bool,
    },
    /// Only what is in `output` is still sent.
    Closing,
}

/// What a step of a connection comes to.
enum Step {
    Continue,
    Stop(Next),
}

impl Connection {
    /// A connection that was accepted; its socket does not block.
    pub(crate) fn new(stream: Stream, peer: Option<SocketAddr>, shared: &Shared) -> Self {
        Self {
            local: stream.local_addr(),
            stream: Arc::new(stream),
            peer,
            phase: Phase::Head,
            head: HeadDecoder::new(shared.limits.head),
            unread: Vec::new(),
            output: Vec::new(),
            incoming: None,
            since: Some(Instant::now()),
            requests: 0,
            ended: false,
            ending: false,
        }
    }

    /// The socket's descriptor, for the readiness queue.
    pub(crate) fn fd(&self) -> RawFd {
        self.stream.fd()
    }

    /// Whether it waits for a request of which nothing has come: then it may be closed without loss.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Head)
            && self.unread.is_empty()
            && self.output.is_empty()
            && self.requests > 0
    }

    /// Until when the first request's head must be there.
    pub(crate) fn first_deadline(&self, shared: &Shared) -> Instant {
        self.since.unwrap_or_else(Instant::now) + shared.timeouts.head
    }

    /// Goes on as far as the socket allows.
    pub(crate) fn serve(&mut self, wake: Wake, worker: &mut Worker, shared: &Shared) -> Next {
        self.ending |= wake.peer_ended;
        if wake.expired
            && let Step::Stop(next) = self.expire(worker, shared)
        {
            return next;
        }
        worker.input.load(&mut self.unread);
        if self.output.is_empty() {
            std::mem::swap(&mut self.output, &mut worker.output);
        }
        let next = loop {
            let served = catch_unwind(AssertUnwindSafe(|| self.go_on(worker, shared)));
            match served {
                Ok(next) => break next,
                Err(_) if self.panicked(worker, shared) => {}
                // It comes from dropping what a handler has made.
                Err(_) => return Next::Close,
            }
        };
        let (received, sent) = self.stream.take_traffic();
        worker.counts.received(received);
        worker.counts.sent(sent);
        worker.input.save(&mut self.unread);
        if self.output.is_empty() {
            std::mem::swap(&mut self.output, &mut worker.output);
        }
        match (&mut self.phase, next) {
            (Phase::Sending(sending), Next::Park { deadline }) => Next::Park {
                deadline: deadline.min(sending.deadline(sent)),
            },
            (_, next) => next,
        }
    }

    /// Goes on until the socket has nothing more, or takes no more.
    fn go_on(&mut self, worker: &mut Worker, shared: &Shared) -> Next {
        // Whether the socket is known to hold nothing more for now.
        let mut empty = false;
        let mut turn = 0;
        loop {
            let step = match &mut self.phase {
                Phase::Head => self.read_head(worker, shared, &mut empty, &mut turn),
                Phase::Gathering(_) => self.gather(worker, shared, &mut empty),
                Phase::Asked(_) => self.resume(worker, shared),
                Phase::Sending(_) => self.send(worker, shared),
                Phase::Draining { .. } => self.drain(worker, shared, &mut empty),
                Phase::Lingering { .. } => self.linger(worker, shared, &mut empty, &mut turn),
                Phase::Closing => self.flush_and_close(shared),
            };
            if let Step::Stop(next) = step {
                return next;
            }
        }
    }

    /// Reads and answers one request, if its head is there.
    fn read_head(
        &mut self,
        worker: &mut Worker,
        shared: &Shared,
        empty: &mut bool,
        turn: &mut u32,
    ) -> Step {
        let mut request = None;
        let decoded = match worker.input.unread() {
            [] => Ok(None),
            unread => self
                .head
                .decode_into(unread, places(request.insert(Request::default()))),
        };
        match decoded {
            Ok(Some(outline)) => {
                let request = request.unwrap_or_default();
                let unread = worker.input.unread();
                worker.line.clear();
                worker
                    .line
                    .extend_from_slice(unread.get(outline.method_and_target()).unwrap_or_default());
                worker.input.consume(outline.consumed());
                self.since = None;
                self.requests += 1;
                if let Step::Stop(next) = self.exchange(&outline, request, worker, shared) {
                    return Step::Stop(next);
                }
                *turn += 1;
                if turn.is_multiple_of(TURN) {
                    // What is unread counts as a head that has begun: it is answered next.
                    return Step::Stop(Next::Again {
                        deadline: Instant::now() + shared.timeouts.write,
                    });
                }
                Step::Continue
            }
            Ok(None) if self.ended => match self.head.finish(worker.input.unread()) {
                Ok(()) => self.flush_and_close(shared),
                Err(error) => {
                    self.refuse(worker, shared, error.status_hint(), &error.to_string());
                    Step::Continue
                }
            },
            Ok(None) => match self.flush(shared) {
                Flushed::Blocked(deadline) => Step::Stop(Next::Park { deadline }),
                Flushed::Broken => Step::Stop(Next::Close),
                Flushed::Done if *empty => Step::Stop(self.park(worker, shared)),
                Flushed::Done => self.fill(worker, empty),
            },
            Err(error) => {
                self.refuse(worker, shared, error.status_hint(), &error.to_string());
                Step::Continue
            }
        }
    }

    /// Where a connection that waits for a request is parked.
    fn park(&mut self, worker: &mut Worker, shared: &Shared) -> Next {
        let now = worker.now();
        if !worker.input.unread().is_empty() {
            return Next::Park {
                deadline: *self.since.get_or_insert(now) + shared.timeouts.head,
            };
        }
        let deadline = match self.since {
            Some(accepted) => accepted + shared.timeouts.head,
            None => now + shared.timeouts.idle,
        };
        let soon = if shared.stopping() {
            now + STOPPING_GRACE
        } else {
            deadline
        };
        Next::Park {
            deadline: deadline.min(soon),
        }
    }

    /// Reads what the socket has.
    fn fill(&mut self, worker: &mut Worker, empty: &mut bool) -> Step {
        match worker.input.fill(&self.stream) {
            Fill::Whole => {}
            // Data and the end may have come as one event: then the end is still to be read.
            Fill::Part => *empty = !self.ending,
            Fill::Nothing => *empty = true,
            Fill::End => self.ended = true,
            Fill::Broken => return Step::Stop(Next::Close),
        }
        Step::Continue
    }

    /// Sends more of the answer.
    fn send(&mut self, worker: &mut Worker, shared: &Shared) -> Step {
        let Phase::Sending(sending) = &mut self.phase else {
            return Step::Continue;
        };
        if let Some(index) = worker.drives {
            shared.sends(index, sending.route);
        }
        match sending.pump(&self.stream, &mut self.output, &mut worker.scratch, shared) {
            Flow::Blocked => Step::Stop(Next::Park {
                deadline: Instant::now() + shared.timeouts.write,
            }),
            Flow::Broken => Step::Stop(Next::Close),
            Flow::Done => {
                let persist = sending.persist;
                // What made the body may have taken its time.
                worker.now = None;
                self.finish_exchange(persist, worker, shared);
                Step::Continue
            }
        }
    }

    /// Drops what the handler left of a body.
    fn drain(&mut self, worker: &mut Worker, shared: &Shared, empty: &mut bool) -> Step {
        let Phase::Draining { body, left } = &mut self.phase else {
            return Step::Continue;
        };
        match incoming::skip(body, &mut worker.input, left) {
            incoming::Skipped::All => {
                self.phase = Phase::Head;
                Step::Continue
            }
            incoming::Skipped::TooMuch | incoming::Skipped::Bad => {
                self.begin_linger(shared);
                Step::Continue
            }
            incoming::Skipped::NeedsMore if self.ended => self.flush_and_close(shared),
            incoming::Skipped::NeedsMore => match self.flush(shared) {
                Flushed::Blocked(deadline) => Step::Stop(Next::Park { deadline }),
                Flushed::Broken => Step::Stop(Next::Close),
                Flushed::Done if *empty => Step::Stop(Next::Park {
                    deadline: Instant::now() + shared.timeouts.body,
                }),
                Flushed::Done => self.fill(worker, empty),
            },
        }
    }

    /// Sends the rest, says that nothing more comes, and drops what the other side still sends, so that it can read the last answer: closing a
    /// socket with unread bytes resets the connection.
    fn linger(
        &mut self,
        worker: &mut Worker,
        shared: &Shared,
        empty: &mut bool,
        turn: &mut u32,
    ) -> Step {
        if !self.output.is_empty() {
            match self.flush(shared) {
                Flushed::Blocked(deadline) => return Step::Stop(Next::Park { deadline }),
                Flushed::Broken => return Step::Stop(Next::Close),
                Flushed::Done => {}
            }
        }
        let Phase::Lingering { until, shut } = &mut self.phase else {
            return Step::Continue;
        };
        if !*shut {
            *shut = true;
            // Where this fails the other side is gone, which the next read shows.
            let _ = self.stream.shutdown();
        }
        let count = worker.input.unread().len();
        worker.input.consume(count);
        if self.ended {
            return Step::Stop(Next::Close);
        }
        let deadline = *until;
        if *empty {
            return Step::Stop(Next::Park { deadline });
        }
        // A client that sends on and on is read as long as one that waits, and has its turn with the others.
        *turn += 1;
        if turn.is_multiple_of(LINGERING_TURN) {
            if Instant::now() >= deadline {
                return Step::Stop(Next::Close);
            }
            return Step::Stop(Next::Again { deadline });
        }
        self.fill(worker, empty)
    }

    fn begin_linger(&mut self, shared: &Shared) {
        self.phase = Phase::Lingering {
            until: Instant::now() + shared.timeouts.linger,
            shut: false,
        };
    }

    /// Sends what is left, then ends: for a connection whose other side has ended first.
    fn flush_and_close(&mut self, shared: &Shared) -> Step {
        match self.flush(shared) {
            Flushed::Blocked(deadline) => Step::Stop(Next::Park { deadline }),
            Flushed::Broken => Step::Stop(Next::Close),
            Flushed::Done => {
                self.stream.finish();
                Step::Stop(Next::Close)
            }
        }
    }

    /// The deadline is over.
    fn expire(&mut self, worker: &mut Worker, shared: &Shared) -> Step {
        let waits_for_head = matches!(self.phase, Phase::Head) && self.output.is_empty();
        if waits_for_head && !self.unread.is_empty() {
            self.unread.clear();
            self.refuse(worker, shared, 408, "request head did not arrive in time");
            return Step::Continue;
        }
        if matches!(self.phase, Phase::Gathering(_)) {
            self.refuse(worker, shared, 408, "request body did not arrive in time");
            return Step::Continue;
        }
        Step::Stop(Next::Close)
    }

    /// Sends what waits to be sent.
    fn flush(&mut self, shared: &Shared) -> Flushed {
        if self.output.is_empty() && !self.stream.keeps_unsent() {
            return Flushed::Done;
        }
        match write_out(&self.stream, &mut self.output) {
            Ok(true) => Flushed::Done,
            Ok(false) => Flushed::Blocked(Instant::now() + shared.timeouts.write),
            Err(_) => Flushed::Broken,
        }
    }
}

/// Where the head of a request is written.
fn places(request: &mut Request) -> HeadPlaces<'_> {
    let parts = request.parts_mut();
    HeadPlaces {
        method: &mut parts.method,
        uri: &mut parts.uri,
        version: &mut parts.version,
        headers: &mut parts.headers,
    }
}

enum Flushed {
    Done,
    Blocked(Instant),
    Broken,
}

/// Writes `output`; `false` where the socket takes no more for now. What is left stays.
fn write_out(stream: &Stream, output: &mut Vec<u8>) -> io::Result<bool> {
    let mut done = 0;
    let result = loop {
        let result = if done == output.len() {
            match stream.flush() {
                Ok(()) => break Ok(true),
                Err(error) => Err(error),
            }
        } else {
            stream.write(&output[done..])
        };
        match result {
            Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(false),
            Err(error) => break Err(error),
        }
    };
    if done == output.len() {
        output.clear();
    } else {
        output.drain(..done);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::Connection;

    /// With its socket and its places in a loop's tables an idle connection stays below 512 bytes.
    #[test]
    fn a_connection_is_small() {
        assert!(
            size_of::<Connection>() <= 288,
            "{}",
            size_of::<Connection>()
        );
    }
}
