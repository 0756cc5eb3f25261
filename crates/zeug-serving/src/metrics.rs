//! Owns the server's counters: each thread counts for itself, a snapshot adds them up. It keeps no history and names no client.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;

use crate::sync::lock;

/// The counters of a running server; cheap to clone, may be kept after the server has ended.
///
/// ```
/// use zeug_serving::Server;
///
/// let server = Server::bind("127.0.0.1:0")?;
/// let metrics = server.metrics();
/// assert_eq!(metrics.snapshot().requests(), 0);
/// assert!(metrics.snapshot().to_prometheus().contains("zeug_requests_total 0\n"));
/// # Ok::<(), zeug_serving::ServeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    shared: Arc<Registry>,
}

/// What was counted until a moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    accepted: u64,
    closed: u64,
    counts: Sums,
}

#[derive(Debug, Default)]
struct Registry {
    accepted: AtomicU64,
    closed: AtomicU64,
    threads: Mutex<Vec<Arc<Counts>>>,
}

/// What one thread counts. Aligned so that two threads share no cache line.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counts {
    requests: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    /// Answers by the first digit of their status; 0 for none.
    answers: [AtomicU64; 6],
    panics: AtomicU64,
    handling: AtomicU64,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    requests: u64,
    received: u64,
    sent: u64,
    answers: [u64; 6],
    panics: u64,
    handling: u64,
}

/// Adds to a counter that this thread alone writes.
fn add(counter: &AtomicU64, count: u64) {
    counter.store(counter.load(Ordering::Relaxed) + count, Ordering::Relaxed);
}

impl Counts {
    /// A request was handled for so long.
    pub(crate) fn handled(&self, time: Duration) {
        add(&self.requests, 1);
        add(
            &self.handling,
            u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        );
    }

    /// An answer of this status was made.
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(class) = self.answers.get(usize::from(status.as_u16() / 100)) {
            add(class, 1);
        }
    }

    /// A handler panicked.
    pub(crate) fn panicked(&self) {
        add(&self.panics, 1);
    }

    /// Bytes were read from a client.
    pub(crate) fn received(&self, bytes: u64) {
        add(&self.received, bytes);
    }

    /// Bytes were written to a client.
    pub(crate) fn sent(&self, bytes: u64) {
        add(&self.sent, bytes);
    }
}

impl Metrics {
    /// The counters of a thread that begins; a thread that ended leaves its own to the next.
    pub(crate) fn thread(&self) -> Arc<Counts> {
        let mut threads = lock(&self.shared.threads);
        if let Some(left) = threads.iter().find(|counts| Arc::strong_count(counts) == 1) {
            return Arc::clone(left);
        }
        let counts = Arc::<Counts>::default();
        threads.push(Arc::clone(&counts));
        counts
    }

    pub(crate) fn accepted(&self) {
        self.shared.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.shared.closed.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted until now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut counts = Sums::default();
        for thread in lock(&self.shared.threads).iter() {
            let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            counts.requests += get(&thread.requests);
            counts.received += get(&thread.received);
            counts.sent += get(&thread.sent);
            counts.panics += get(&thread.panics);
            counts.handling = counts.handling.saturating_add(get(&thread.handling));
            for (sum, one) in counts.answers.iter_mut().zip(&thread.answers) {
                *sum += get(one);
            }
        }
        // In this order: a connection that closes meanwhile is not counted below zero.
        let closed = self.shared.closed.load(Ordering::Relaxed);
        Snapshot {
            accepted: self.shared.accepted.load(Ordering::Relaxed),
            closed,
            counts,
        }
    }
}

impl Snapshot {
    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.accepted
    }

    /// How many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        self.accepted.saturating_sub(self.closed)
    }

    /// How many requests were handled.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.counts.requests
    }

    /// How many answers had a status of this class: 2 for 200 to 299. Those that refuse what is no request are among them.
    #[must_use]
    pub fn answers(&self, class: u8) -> u64 {
        self.counts
            .answers
            .get(usize::from(class))
            .copied()
            .unwrap_or(0)
    }

    /// How many handlers panicked.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.counts.panics
    }

    /// How many bytes were read from clients, heads and encryption's plain text included.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.counts.received
    }

    /// How many bytes were written to clients, as above.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.counts.sent
    }

    /// How long handlers have run, all together. Those that are known to be quick are measured in ticks of about 2 ms, which are right in the sum and not for one
    /// request, unless there is an access log.
    #[must_use]
    pub fn handling_time(&self) -> Duration {
        Duration::from_nanos(self.counts.handling)
    }

    /// The counters in Prometheus' [text format](https://prometheus.io/docs/instrumenting/exposition_formats/).
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut text = String::new();
        let mut counter = |name: &str, kind: &str, help: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "# HELP zeug_{name} {help}\n# TYPE zeug_{name} {kind}\nzeug_{name} {value}"
            );
        };
        counter(
            "connections_total",
            "counter",
            "Connections accepted.",
            self.connections().to_string(),
        );
        counter(
            "connections_open",
            "gauge",
            "Connections open now.",
            self.open_connections().to_string(),
        );
        counter(
            "requests_total",
            "counter",
            "Requests handled.",
            self.requests().to_string(),
        );
        counter(
            "handler_panics_total",
            "counter",
            "Handlers that panicked.",
            self.panics().to_string(),
        );
        counter(
            "received_bytes_total",
            "counter",
            "Bytes read from clients.",
            self.received_bytes().to_string(),
        );
        counter(
            "sent_bytes_total",
            "counter",
            "Bytes written to clients.",
            self.sent_bytes().to_string(),
        );
        let seconds = format!("{:.6}", self.handling_time().as_secs_f64());
        counter(
            "handler_seconds_total",
            "counter",
            "Time that handlers have run.",
            seconds,
        );
        text.push_str("# HELP zeug_answers_total Answers by class of status.\n# TYPE zeug_answers_total counter\n");
        for class in 2..=5 {
            let _ = writeln!(
                text,
                "zeug_answers_total{{class=\"{class}xx\"}} {}",
                self.answers(class)
            );
        }
        text
    }
}
