//! The engine's own files, and around them as much of a server as they ask for.

#[path = "../../src/engine/core.rs"]
mod core;
#[path = "../../src/engine/crew.rs"]
mod crew;
#[path = "../../src/engine/driver.rs"]
mod driver;
#[path = "../../src/engine/pool.rs"]
mod pool;
#[path = "../../src/engine/routes.rs"]
mod routes;
#[path = "../../src/engine/slot.rs"]
mod slot;
#[path = "../../src/engine/watch.rs"]
mod watch;

use std::io;

use crate::listener::Listener;
use crate::settings::{Limits, Metrics, Timeouts};
use crate::stream::{Socket, Stream};
use crate::sync::{Arc, thread};
use crate::system::system;

use self::core::Core;
use self::crew::{Running, Stop};
use self::pool::Pool;
pub(crate) use self::routes::Route;
use self::routes::Routes;
use self::slot::Loop;
use self::watch::Watch;

/// What the system tells of a thread: in the model it is drawn.
mod task {
    use shuttle::rand::{Rng, thread_rng};

    use super::routes::Overstay;

    pub(super) fn number() -> i32 {
        0
    }

    pub(super) fn overstay(_: i32) -> Overstay {
        if thread_rng().gen_bool(0.5) {
            Overstay::Waits
        } else {
            Overstay::Runs
        }
    }
}

/// As in `src/engine.rs`, without what no schedule depends on.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) metrics: Metrics,
    stop: Arc<Stop>,
    pub(crate) routes: Routes,
    loops: Vec<Loop>,
    pool: Pool,
    watch: Watch,
    running: Running,
}

impl Shared {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as in src/engine.rs"
    )]
    fn stream(&self, socket: Socket) -> io::Result<Stream> {
        Ok(Stream(socket))
    }
}

/// A server that runs.
pub(crate) struct Server {
    stop: Arc<Stop>,
    thread: thread::JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(loops: usize, limits: Limits, timeouts: Timeouts) -> Self {
        let stop = Arc::new(Stop::default());
        let listeners = Arc::new(vec![Listener::new()]);
        let (mut cores, mut handles) = (Vec::new(), Vec::new());
        for _ in 0..loops {
            let (core, waker) = Core::new(Arc::clone(&listeners)).unwrap();
            handles.push(Loop::new(Arc::clone(&waker)));
            stop.wakes(waker);
            cores.push(core);
        }
        let shared = Arc::new(Shared {
            pool: Pool::new(limits.threads, loops, limits.waiting),
            routes: Routes::default(),
            watch: Watch::default(),
            running: Running::new(loops),
            loops: handles,
            limits,
            timeouts,
            metrics: Metrics,
            stop: Arc::clone(&stop),
        });
        let thread = thread::spawn(move || {
            let watch = shared.start(cores).unwrap();
            shared.stop.wait();
            shared.finish(&watch);
        });
        Self { stop, thread }
    }

    pub(crate) fn stop(&self) {
        self.stop.ask();
    }

    /// Waits for the server's end, and looks at what it leaves behind.
    pub(crate) fn join(self) {
        self.thread.join().unwrap();
        system().wait_for_threads();
        system().look_back();
    }
}
