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
mod crew;
mod driver;
mod pool;
mod routes;
mod slot;
mod task;
mod watch;

use std::io::{self, Write};

use zeug_gateway::Handler;

use crate::access_log::Log;
use crate::listener::Listener;
use crate::metrics::Metrics;
use crate::settings::{Limits, Timeouts};
use crate::stream::{Socket, Stream};
use crate::sync::Arc;
#[cfg(feature = "tls")]
use crate::tls::Tls;

use self::core::Core;
use self::crew::Running;
pub(crate) use self::crew::Stop;
use self::pool::Pool;
pub(crate) use self::routes::Route;
use self::routes::Routes;
use self::slot::Loop;
pub(crate) use self::task::processor_time;
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
    running: Running,
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
        plan.stop.wakes(waker);
        cores.push(core);
    }
    drop(listeners);
    let shared = Arc::new(Shared {
        pool: Pool::new(plan.limits.threads, plan.loops, plan.limits.waiting),
        routes: Routes::default(),
        watch: Watch::default(),
        running: Running::new(cores.len()),
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
    let watch = shared.start(cores)?;
    shared.stop.wait();
    shared.finish(&watch);
    Ok(())
}

impl Shared {
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
}
