//! Owns one readiness loop: its queue, its connections and their deadlines. The only file that knows mio.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};
use slab::Slab;

use crate::connection::{Connection, Next, Wake};
use crate::listener::Listener;
use crate::stream::Socket;
use crate::sync::atomic::Ordering;
use crate::sync::{Arc, Instant};

use super::Shared;
use super::slot::Message;

/// The waker's token; a listener's is `LISTENER - its index`; a connection's is its place in the slab.
const WAKER: Token = Token(usize::MAX - 1);
const LISTENER: usize = usize::MAX - 2;
/// How many events are taken from the system at once.
const EVENTS: usize = 1024;
/// How often deadlines are looked at: a time-out is late by so much at the most.
const SWEEP: Duration = Duration::from_millis(500);
/// How often while the server stops: nobody waits for a connection that says nothing.
const STOPPING_SWEEP: Duration = Duration::from_millis(10);
/// How long accepting pauses when the system has no file descriptor left: doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One readiness loop.
pub(crate) struct Core {
    poll: Poll,
    events: Events,
    ready: VecDeque<(usize, Wake)>,
    connections: Slab<Place>,
    /// None once the server stops.
    listeners: Option<Arc<Vec<Listener>>>,
    pause: Option<Pause>,
    /// A connection for which there was no room.
    held: Option<Newcomer>,
    next_sweep: Instant,
    /// When it last woke.
    woken: Instant,
}

struct Pause {
    until: Instant,
    length: Duration,
}

/// A connection's place in the loop.
struct Place {
    /// None while a thread serves it.
    connection: Option<Box<Connection>>,
    /// What happened while a thread served it.
    missed: Option<Wake>,
    deadline: Instant,
}

/// A connection that was accepted and has no place yet.
pub(super) struct Newcomer {
    socket: Socket,
    peer: Option<SocketAddr>,
}

/// A connection that is served next.
pub(super) struct Turn {
    pub(super) token: usize,
    pub(super) connection: Box<Connection>,
    pub(super) wake: Wake,
}

impl Core {
    /// A loop that accepts from `listeners`, and what wakes it.
    pub(super) fn new(listeners: Arc<Vec<Listener>>) -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        for (index, listener) in listeners.iter().enumerate() {
            poll.registry().register(
                &mut SourceFd(&listener.fd()),
                Token(LISTENER - index),
                Interest::READABLE,
            )?;
        }
        let core = Self {
            poll,
            events: Events::with_capacity(EVENTS),
            ready: VecDeque::new(),
            connections: Slab::new(),
            listeners: Some(listeners),
            pause: None,
            held: None,
            next_sweep: Instant::now(),
            woken: Instant::now(),
        };
        Ok((core, waker))
    }

    /// The next connection that is known to have something to do.
    pub(super) fn next_ready(&mut self) -> Option<Turn> {
        while let Some((token, wake)) = self.ready.pop_front() {
            if let Some(place) = self.connections.get_mut(token) {
                match place.connection.take() {
                    Some(connection) => {
                        return Some(Turn {
                            token,
                            connection,
                            wake,
                        });
                    }
                    None => place.missed = Some(place.missed.map_or(wake, |missed| missed | wake)),
                }
            }
        }
        None
    }

    /// Waits for the next connection that has something to do; `None` where nothing more comes: the server stops and no connection is left.
    pub(super) fn next(&mut self, shared: &Shared, own: usize) -> Option<Turn> {
        loop {
            if let Some(turn) = self.next_ready() {
                return Some(turn);
            }
            if shared.stopping() {
                self.stop_accepting(shared, own);
                if shared.loops[own].connections.load(Ordering::SeqCst) == 0 {
                    return None;
                }
            }
            self.wait(shared, own);
        }
    }

    /// Takes a connection back from the thread that served it.
    pub(super) fn put_back(
        &mut self,
        shared: &Shared,
        own: usize,
        token: usize,
        connection: Box<Connection>,
        next: Next,
    ) {
        let Some(place) = self.connections.get_mut(token) else {
            return;
        };
        match next {
            Next::Close => {
                self.connections.remove(token);
                shared.metrics.closed();
                shared.loops[own]
                    .connections
                    .fetch_sub(1, Ordering::Relaxed);
                // The descriptor may live on in a body that a handler keeps: it must not stay in the queue.
                let _ = self
                    .poll
                    .registry()
                    .deregister(&mut SourceFd(&connection.fd()));
                // Whoever waits to be accepted may have its place at once.
                if let Some(pause) = &mut self.pause {
                    pause.until = Instant::now();
                }
            }
            // A thread that has no loop handles every request itself.
            Next::Handle => debug_assert!(false, "a request comes back unhandled"),
            Next::Park { deadline } => {
                place.connection = Some(connection);
                place.deadline = deadline;
                if let Some(missed) = place.missed.take() {
                    self.ready.push_back((token, missed));
                }
            }
            Next::Again { deadline } => {
                place.connection = Some(connection);
                place.deadline = deadline;
                let missed = place.missed.take().unwrap_or_default();
                self.ready.push_back((token, missed));
            }
        }
    }

    /// When it last woke.
    pub(super) fn woken(&self) -> Instant {
        self.woken
    }

    /// Waits for events and turns them into what is ready.
    fn wait(&mut self, shared: &Shared, own: usize) {
        let timeout = self.timeout(shared);
        if let Err(error) = self.poll.poll(&mut self.events, timeout) {
            // A signal is no event; the queue itself does not fail otherwise.
            debug_assert_eq!(error.kind(), io::ErrorKind::Interrupted);
            return;
        }
        self.woken = Instant::now();
        let (mut accept, mut called) = (false, false);
        for event in &self.events {
            match event.token() {
                WAKER => called = true,
                Token(token) if token > LISTENER - 1024 => accept = true,
                Token(token) => {
                    let closed = event.is_read_closed() || event.is_error();
                    self.ready.push_back((
                        token,
                        Wake {
                            peer_ended: closed,
                            ..Wake::default()
                        },
                    ));
                }
            }
        }
        if called {
            self.receive(shared, own);
        }
        if accept
            || self
                .pause
                .as_ref()
                .is_some_and(|pause| pause.until <= Instant::now())
        {
            self.accept(shared, own);
        }
        self.sweep(shared);
    }

    /// Takes what others have sent.
    fn receive(&mut self, shared: &Shared, own: usize) {
        for message in shared.loops[own].receive() {
            match message {
                Message::Accepted(newcomer) => self.admit(shared, own, newcomer),
                Message::Returned {
                    token,
                    connection,
                    next,
                } => {
                    self.put_back(shared, own, token, connection, next);
                }
            }
        }
    }

    /// How long to wait: until the next sweep, and for ever where there is nothing to sweep.
    fn timeout(&self, shared: &Shared) -> Option<Duration> {
        if self.connections.is_empty() && self.pause.is_none() {
            return None;
        }
        let sweep = if shared.stopping() {
            STOPPING_SWEEP
        } else {
            SWEEP
        };
        let pause = self.pause.as_ref();
        let until = pause.map_or(sweep, |pause| {
            pause.until.saturating_duration_since(Instant::now())
        });
        Some(until.min(sweep))
    }

    /// Accepts all that wait, and gives each to the loop with the fewest connections.
    fn accept(&mut self, shared: &Shared, own: usize) {
        let Some(listeners) = self.listeners.clone() else {
            return;
        };
        let paused = self.pause.take();
        for listener in listeners.iter() {
            loop {
                let accepted = match self.held.take() {
                    Some(newcomer) => Ok(newcomer),
                    None => listener
                        .accept()
                        .map(|(socket, peer)| Newcomer { socket, peer }),
                };
                match accepted {
                    Ok(newcomer) => {
                        let full = shared.connections() >= shared.limits.connections;
                        if full && !self.make_room(shared, own) {
                            self.held = Some(newcomer);
                            self.pause(paused);
                            return;
                        }
                        shared.metrics.accepted();
                        // While the server stops the other loops may have ended.
                        let stopping = shared.stopping();
                        let target = if stopping {
                            own
                        } else {
                            shared.least_loaded(own)
                        };
                        shared.loops[target]
                            .connections
                            .fetch_add(1, Ordering::SeqCst);
                        if target == own {
                            self.admit(shared, own, newcomer);
                        } else {
                            shared.loops[target].send(Message::Accepted(newcomer));
                        }
                    }
                    Err(error) => match error.kind() {
                        io::ErrorKind::WouldBlock => break,
                        // The client is gone before it was accepted.
                        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => {}
                        _ => {
                            // No descriptor or no memory.
                            self.pause(paused);
                            return;
                        }
                    },
                }
            }
        }
    }

    /// Leaves what waits to be accepted for later, without spinning: a little longer than last time.
    fn pause(&mut self, last: Option<Pause>) {
        let length = last
            .map_or(FIRST_PAUSE, |pause| pause.length * 2)
            .min(LONGEST_PAUSE);
        self.pause = Some(Pause {
            until: Instant::now() + length,
            length,
        });
    }

    /// Closes the connection of this loop that has been idle for longest; `false` where none is.
    fn make_room(&mut self, shared: &Shared, own: usize) -> bool {
        let is_idle = |place: &Place| place.connection.as_ref().is_some_and(|one| one.is_idle());
        let idle = self.connections.iter().filter(|(_, place)| is_idle(place));
        let Some((token, _)) = idle.min_by_key(|(_, place)| place.deadline) else {
            return false;
        };
        if let Some(connection) = self.connections[token].connection.take() {
            self.put_back(shared, own, token, connection, Next::Close);
        }
        true
    }

    /// Gives a new connection its place. It has been counted already.
    fn admit(&mut self, shared: &Shared, own: usize, newcomer: Newcomer) {
        let Newcomer { socket, peer } = newcomer;
        let admitted = socket.prepare().and_then(|()| {
            let connection = Connection::new(shared.stream(socket)?, peer, shared);
            let place = self.connections.vacant_entry();
            self.poll.registry().register(
                &mut SourceFd(&connection.fd()),
                Token(place.key()),
                Interest::READABLE | Interest::WRITABLE,
            )?;
            place.insert(Place {
                deadline: connection.first_deadline(shared),
                connection: Some(Box::new(connection)),
                missed: None,
            });
            Ok(())
        });
        if admitted.is_err() {
            // The client is gone already.
            shared.metrics.closed();
            shared.loops[own]
                .connections
                .fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Wakes the connections whose time is over.
    fn sweep(&mut self, shared: &Shared) {
        let now = self.woken;
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now
            + if shared.stopping() {
                STOPPING_SWEEP
            } else {
                SWEEP
            };
        for (token, place) in &self.connections {
            if place.connection.is_some() && place.deadline <= now {
                self.ready.push_back((
                    token,
                    Wake {
                        expired: true,
                        ..Wake::default()
                    },
                ));
            }
        }
    }

    /// Once, when the server stops: takes what has connected already, closes the door, and looks at every connection again.
    fn stop_accepting(&mut self, shared: &Shared, own: usize) {
        if self.listeners.is_none() {
            return;
        }
        self.accept(shared, own);
        self.pause = None;
        for listener in self.listeners.take().iter().flat_map(|all| all.iter()) {
            let _ = self
                .poll
                .registry()
                .deregister(&mut SourceFd(&listener.fd()));
        }
        self.next_sweep = Instant::now();
        self.receive(shared, own);
        self.ready.extend(
            self.connections
                .iter()
                .map(|(token, _)| (token, Wake::default())),
        );
    }
}
