//! Owns the bound on blocking work: how many threads of the runtime's may run it, and how much may wait. The threads are tokio's.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task;

/// Why work was not done.
pub(crate) enum Refused {
    /// As much is waiting already as may.
    Full,
    /// It panicked, with that.
    Panicked(Box<dyn Any + Send>),
    /// The runtime is going down.
    Stopped,
}

/// Shared by all that is bound together.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    threads: Arc<Semaphore>,
    /// One permit for each piece of work that runs or waits.
    places: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(threads: usize, waiting: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS);
        let places = threads.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// What `work` gives, on a thread that may block; it waits for one where all are taken.
    ///
    /// Once begun, work goes on to its end, also when this is dropped.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Refused> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Refused::Full)?;
        let thread = Arc::clone(&self.threads).acquire_owned().await;
        let done = task::spawn_blocking(move || {
            let _held = (place, thread);
            work()
        });
        done.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => Refused::Panicked(panic),
            Err(_) => Refused::Stopped,
        })
    }
}
