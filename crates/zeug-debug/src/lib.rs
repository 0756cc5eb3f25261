#![doc = include_str!("../README.md")]

#[cfg(debug_assertions)]
mod asked;
#[cfg(all(
    debug_assertions,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod attendant;
#[cfg(debug_assertions)]
mod capture;
#[cfg(debug_assertions)]
mod console;
mod debugger;
#[cfg(debug_assertions)]
mod desk;
#[cfg(debug_assertions)]
mod failure;
#[cfg(debug_assertions)]
mod guard;
#[cfg(debug_assertions)]
mod hidden;
#[cfg(debug_assertions)]
mod page;
#[cfg(debug_assertions)]
mod pin;
#[cfg(debug_assertions)]
mod report;
#[cfg(debug_assertions)]
mod source;
#[cfg(all(test, debug_assertions))]
mod tests;
#[cfg(debug_assertions)]
mod traceback;

// What reads a failed frame. Everywhere else `snapshot` says why it does not, and frames have no variables.
#[cfg(all(
    debug_assertions,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod dwarf;
#[cfg(all(
    debug_assertions,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod eval;
#[cfg(debug_assertions)]
#[cfg_attr(
    not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )),
    path = "snapshot_absent.rs"
)]
mod snapshot;
#[cfg(all(
    debug_assertions,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod system;
#[cfg(all(
    debug_assertions,
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod value;

pub use debugger::{Debugged, Debugger};
