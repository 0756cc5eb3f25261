//! Owns how connections come to threads: a readiness loop a core that runs the handler in place, and a watch that hands the loop to a spare thread
//! when a handler overstays. It knows nothing of HTTP: what a connection does is `connection`'s.
//!
//! ```text
//!  wait, accept               release(seq + 1)                 retake(seq): still there
//! [core OWNED by a driver] ------------------> [core IN SLOT] -------------------------> [OWNED by the same driver]
//!          ^                                        | the watch saw the same seq twice
//!          |  a spare thread drives it              v
//!          +--------------------------------- [core IN THE POOL'S QUEUE]
//!
//! A driver whose core was taken finishes its connection, sends it back through the loop's inbox, and becomes a spare thread.
//! ```
//!
//! To own the `Box<Core>` is the right to touch the loop: nothing else of it is shared but the inbox.

mod core;
mod driver;
mod pool;
mod routes;
mod slot;
mod watch;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use zeug_gateway::Handler;

use crate::access_log::Log;
use crate::listener::Listener;
use crate::metrics::Metrics;
use crate::settings::{Limits, Timeouts};
use crate::stream::{Socket, Stream};
use crate::sync::lock;
#[cfg(feature = "tls")]
use crate::tls::Tls;

use self::core::Core;
use self::pool::{Drive, Pool};
pub(crate) use self::routes::Route;
use self::routes::Routes;
use self::slot::Loop;
use self::watch::Watch;

/// What the threads of one server share.
pub(crate) struct Shared {
    pub(crate) app: Arc<dyn Handler>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) metrics: Metrics,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    stop: Arc<Stop>,
    pub(crate) routes: Routes,
    loops: Vec<Loop>,
    pool: Pool,
    watch: Watch,
    running: Mutex<usize>,
    ended: Condvar,
}

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

    fn wait(&self) {
        let mut wakers = lock(&self.wakers);
        while !self.asked() {
            wakers = self
                .changed
                .wait(wakers)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What a server is made of when it starts.
pub(crate) struct Plan {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) loops: usize,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) log: Option<Arc<Log>>,
    pub(crate) metrics: Metrics,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) app: Arc<dyn Handler>,
}

/// Runs a server until it is stopped and what was in flight has ended, or the time for that is over.
pub(crate) fn run(plan: Plan) -> io::Result<()> {
    let listeners = Arc::new(plan.listeners);
    let mut cores = Vec::new();
    let mut handles = Vec::new();
    for _ in 0..plan.loops {
        let (core, waker) = Core::new(Arc::clone(&listeners))?;
        handles.push(Loop::new(Arc::clone(&waker)));
        lock(&plan.stop.wakers).push(waker);
        cores.push(Box::new(core));
    }
    drop(listeners);
    let shared = Arc::new(Shared {
        pool: Pool::new(plan.limits.threads, plan.loops, plan.limits.waiting),
        routes: Routes::default(),
        watch: Watch::default(),
        running: Mutex::new(cores.len()),
        ended: Condvar::new(),
        loops: handles,
        app: plan.app,
        limits: plan.limits,
        timeouts: plan.timeouts,
        log: plan.log,
        metrics: plan.metrics,
        #[cfg(feature = "tls")]
        tls: plan.tls,
        stop: plan.stop,
    });
    for (index, core) in cores.into_iter().enumerate() {
        let shared = Arc::clone(&shared);
        thread::Builder::new()
            .name(format!("zeug-{index}"))
            .spawn(move || driver::work(&shared, Drive { index, core }))?;
    }
    let watched = Arc::clone(&shared);
    let watch = thread::Builder::new()
        .name("zeug-watch".into())
        .spawn(move || watch::watch(&watched))?;

    shared.stop.wait();
    let deadline = Instant::now() + shared.timeouts.shutdown;
    let mut running = lock(&shared.running);
    while *running > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        running = match shared.ended.wait_timeout(running, left) {
            Ok((guard, _)) => guard,
            Err(poisoned) => poisoned.into_inner().0,
        };
    }
    drop(running);
    shared.pool.close();
    shared.watch.end(&watch);
    Ok(())
}

impl Shared {
    /// Whether the server finishes what is in flight and takes nothing new.
    pub(crate) fn stopping(&self) -> bool {
        self.stop.asked()
    }

    /// Tells whoever runs the server of a failure that no client can be told of: through `log`, or standard error where the program has no logger.
    pub(crate) fn report(&self, message: &str) {
        log::warn!(target: "zeug::serving", "{message}");
        if log::max_level() == log::LevelFilter::Off {
            // There is nowhere else to say that standard error is gone.
            let _ = writeln!(io::stderr().lock(), "zeug: {message}");
        }
    }

    /// The stream of a connection that begins.
    #[cfg_attr(
        not(feature = "tls"),
        expect(clippy::unnecessary_wraps, reason = "TLS may fail")
    )]
    fn stream(&self, socket: Socket) -> io::Result<Stream> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Ok(tls.accept(socket)?.into());
        }
        Ok(socket.into())
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

    /// A clock that goes while handlers run, and at each tick of the watch only: nanoseconds.
    pub(crate) fn ticks(&self) -> u64 {
        self.watch.ticks()
    }

    /// How many connections are open, on all loops.
    fn connections(&self) -> usize {
        self.loops
            .iter()
            .map(|each| each.connections.load(Ordering::Relaxed))
            .sum()
    }

    /// The loop that has the fewest connections; `own` where it is one of them.
    fn least_loaded(&self, own: usize) -> usize {
        let load = |index: usize| self.loops[index].connections.load(Ordering::Relaxed);
        (0..self.loops.len())
            .min_by_key(|&index| (load(index), index != own))
            .unwrap_or(own)
    }

    fn loop_ended(&self) {
        *lock(&self.running) -= 1;
        self.ended.notify_all();
    }
}

/// How many connections a loop has: shared for choosing the least loaded.
type Load = AtomicUsize;
