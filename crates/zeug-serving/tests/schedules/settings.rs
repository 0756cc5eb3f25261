//! The settings that the engine reads, and counters that count nothing.

use std::time::Duration;

pub(crate) struct Limits {
    pub(crate) threads: usize,
    pub(crate) waiting: usize,
    pub(crate) connections: usize,
}

pub(crate) struct Timeouts {
    pub(crate) shutdown: Duration,
    pub(crate) idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            shutdown: Duration::from_secs(30),
            idle: Duration::from_secs(15),
        }
    }
}

pub(crate) struct Metrics;

impl Metrics {
    #[expect(clippy::unused_self, reason = "as in src/metrics.rs")]
    pub(crate) fn accepted(&self) {}

    #[expect(clippy::unused_self, reason = "as in src/metrics.rs")]
    pub(crate) fn closed(&self) {}
}
