//! Owns what the system tells of a thread: its number, whether it waits, and how long it has run.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::routes::Overstay;

/// For how long the calling thread has had a processor.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// The calling thread's number.
#[cfg(target_os = "linux")]
pub(super) fn number() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Linux tells whether a thread sleeps: `/proc/self/task/N/stat` has `N (name) S ...`.
#[cfg(target_os = "linux")]
pub(super) fn overstay(thread: i32) -> Overstay {
    let stat =
        std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    match stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim_start().chars().next())
    {
        Some('R') => Overstay::Runs,
        _ => Overstay::Waits,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn number() -> i32 {
    0
}

#[cfg(not(target_os = "linux"))]
pub(super) fn overstay(_: i32) -> Overstay {
    Overstay::Waits
}
