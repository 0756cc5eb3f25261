//! Owns the word that ends a compilation: by hand, or when its time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Ends what is being compiled: [`stop`](Self::stop) of any clone, or the end of its time. The compiler and all that it started are killed.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use zeug_console::Stop;
///
/// let stop = Stop::after(Duration::from_secs(30));
/// assert!(!stop.is_stopped());
/// stop.clone().stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Debug, Clone)]
pub struct Stop {
    stopped: Arc<AtomicBool>,
    deadline: Instant,
}

impl Stop {
    /// One that ends what runs longer than `limit` from now.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            stopped: Arc::default(),
            // A limit beyond what the clock can tell is a day.
            deadline: now
                .checked_add(limit)
                .unwrap_or(now + Duration::from_secs(24 * 60 * 60)),
        }
    }

    /// Ends it now.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it was ended, or its time is over.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }
}
