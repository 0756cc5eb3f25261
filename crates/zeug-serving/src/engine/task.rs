//! Owns what the system tells of a thread: its number, whether it waits, and how long it has run.

use std::time::Duration;

use cpu_time::ThreadTime;

use super::routes::Overstay;

/// For how long the calling thread has had a processor; nothing where the system does not tell. A system call: rustix reads this clock without one, in a way that valgrind ends.
pub(crate) fn processor_time() -> Duration {
    ThreadTime::try_now().map_or(Duration::ZERO, |time| time.as_duration())
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
