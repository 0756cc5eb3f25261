//! Owns the server's ceilings and time-outs. Each has a finite default; nothing here is read from the environment.

use std::time::Duration;

/// The server's ceilings.
///
/// ```
/// use zeug_serving::Limits;
///
/// let limits = Limits::default().body(Some(64 * 1024 * 1024)).requests_per_connection(100);
/// assert_eq!(limits.body_limit(), Some(64 * 1024 * 1024));
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    pub(crate) head: zeug_h1::Limits,
    pub(crate) body: Option<u64>,
    pub(crate) gathered: usize,
    pub(crate) drain: u64,
    pub(crate) requests: u64,
    pub(crate) threads: usize,
    pub(crate) waiting: usize,
    pub(crate) connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: zeug_h1::Limits::default(),
            // axum's default; actix has 256 KiB, nginx 1 MiB.
            body: Some(2 * 1024 * 1024),
            // Most forms are smaller.
            gathered: 64 * 1024,
            // Go's net/http drains as much.
            drain: 256 * 1024,
            // nginx's keepalive_requests.
            requests: 1000,
            // tokio's blocking pool.
            threads: 512,
            // As many as connections that wait to be accepted, gunicorn's backlog being 2048.
            waiting: 1024,
            // actix's default a worker.
            connections: 25_000,
        }
    }
}

impl Limits {
    /// Sets the ceilings of a request's head: line, fields, their count.
    #[must_use]
    pub fn head(mut self, limits: zeug_h1::Limits) -> Self {
        self.head = limits;
        self
    }

    /// Sets how many bytes of body a handler may read, unless it sets another limit on that body itself; `None` for no limit.
    ///
    /// Default: 2 MiB. Reading more is an error of which `status_hint()` is 413.
    #[must_use]
    pub fn body(mut self, bytes: Option<u64>) -> Self {
        self.body = bytes;
        self
    }

    /// Sets how many bytes of a body are waited for before the handler is called. Default: 64 KiB; with 0 it is called as soon as the head is there.
    ///
    /// A client that sends slowly costs no thread meanwhile. A body that is announced as larger than [`body`](Self::body) is not waited for, and neither is one
    /// whose client waits for `100 Continue`: the handler may refuse it first.
    #[must_use]
    pub fn gathered(mut self, bytes: usize) -> Self {
        self.gathered = bytes;
        self
    }

    /// Sets how many bytes of a body that the handler left unread are read and dropped so that the connection can live on.
    ///
    /// Default: 256 KiB. With more left the connection is closed after the answer.
    #[must_use]
    pub fn drain(mut self, bytes: u64) -> Self {
        self.drain = bytes;
        self
    }

    /// Sets how many requests one connection may make. Default: 1000.
    #[must_use]
    pub fn requests_per_connection(mut self, count: u64) -> Self {
        self.requests = count.max(1);
        self
    }

    /// Sets how many threads there may be for handlers that wait or take long, all loops together. Default: 512.
    ///
    /// A kind of requests (method and path, digits aside) is learned to wait where its handler, or a piece of its answer's body, waits for more than 50 µs on average.
    /// One thread a loop is kept in reserve, so that quick requests are answered while the others wait: it is at least one more than there are
    /// loops. When all are busy, requests that are known to wait or to take long wait for a thread: see [`waiting`](Self::waiting).
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = count;
        self
    }

    /// Sets how many requests may wait for a thread. Default: 1024. Beyond, a request is handled by its loop's own thread if its kind took at most 2 ms last time;
    /// otherwise the answer is 503 with `Retry-After`, at once.
    #[must_use]
    pub fn waiting(mut self, count: usize) -> Self {
        self.waiting = count;
        self
    }

    /// Sets how many connections may be open. Default: 25,000.
    ///
    /// With as many open, the one that has been idle for longest makes room for a new one; where none is idle, new ones wait to be accepted.
    #[must_use]
    pub fn connections(mut self, count: usize) -> Self {
        self.connections = count.max(1);
        self
    }

    /// The body limit, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> Option<u64> {
        self.body
    }
}

/// The server's time-outs.
///
/// ```
/// use std::time::Duration;
/// use zeug_serving::Timeouts;
///
/// let timeouts = Timeouts::default().idle(Duration::from_secs(5));
/// assert_ne!(format!("{timeouts:?}"), format!("{:?}", Timeouts::default()));
/// ```
#[derive(Clone, Debug)]
pub struct Timeouts {
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
    pub(crate) body: Duration,
    pub(crate) write: Duration,
    pub(crate) rate: u64,
    pub(crate) linger: Duration,
    pub(crate) shutdown: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            // A third of hyper's 30 s and gunicorn's; nginx has 60 s.
            head: Duration::from_secs(10),
            // Between gunicorn's 2 s and nginx's 75 s.
            idle: Duration::from_secs(15),
            // Half of nginx's 60 s between two reads, and two writes.
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            // IIS's minBytesPerSecond, and Apache's mod_reqtimeout is near.
            rate: 240,
            // nginx's lingering_timeout is 5 s.
            linger: Duration::from_secs(2),
            // gunicorn's graceful_timeout.
            shutdown: Duration::from_secs(30),
        }
    }
}

impl Timeouts {
    /// Sets how long a request's head may take from its first byte (a connection's first: from the connection on). Default: 10 s.
    ///
    /// After that the answer is 408 where a part of a head has come, and the connection is closed.
    #[must_use]
    pub fn head(mut self, time: Duration) -> Self {
        self.head = time;
        self
    }

    /// Sets how long a connection may stay open between two requests. Default: 15 s.
    #[must_use]
    pub fn idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// Sets how long the next bytes of a request's body may take. Default: 30 s.
    #[must_use]
    pub fn body(mut self, time: Duration) -> Self {
        self.body = time;
        self
    }

    /// Sets how long a client may take nothing of an answer. Default: 30 s.
    #[must_use]
    pub fn write(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// Sets how many bytes a second a client has to send of a body, or to take of an answer, after the first [`body`](Self::body) or [`write`](Self::write) time.
    /// Default: 240; with 0 there is no such rate.
    ///
    /// It is counted over the whole body, so that pauses are no fault: a client that trickles is.
    #[must_use]
    pub fn min_rate(mut self, bytes_a_second: u64) -> Self {
        self.rate = bytes_a_second;
        self
    }

    /// Sets how long a closed connection is still read from, so that the client sees the last answer. Default: 2 s.
    #[must_use]
    pub fn linger(mut self, time: Duration) -> Self {
        self.linger = time;
        self
    }

    /// Sets how long requests in flight may take after a shutdown was asked for. Default: 30 s.
    #[must_use]
    pub fn shutdown(mut self, time: Duration) -> Self {
        self.shutdown = time;
        self
    }
}

/// Whether there is an access log, and how a line of it looks. Lines go to standard error, a request each.
///
/// What a client sent is escaped as `\xNN` where it is not printable ASCII. On a terminal the status has a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLog {
    /// None.
    #[default]
    Off,
    /// `127.0.0.1 - - [22/Nov/2026:17:28:00 +0000] "GET / HTTP/1.1" 200 12`
    Common,
    /// As [`Common`](Self::Common), with the quoted `Referer` and `User-Agent` behind.
    Combined,
    /// `{"time":1795368480,"peer":"127.0.0.1","method":"GET","target":"/","version":"HTTP/1.1","status":200,"length":12,"micros":85,...}`
    Json,
}
