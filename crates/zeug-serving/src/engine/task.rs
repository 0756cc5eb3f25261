//! Owns what the system tells of a thread: its number, and whether it waits.

use super::routes::Overstay;

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
