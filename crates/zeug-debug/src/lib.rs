#![doc = include_str!("../README.md")]

#[cfg(debug_assertions)]
mod asked;
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
#[path = ""]
mod reading {
    pub(crate) mod attendant;
    pub(crate) mod dwarf;
    pub(crate) mod eval;
    pub(crate) mod snapshot;
    pub(crate) mod system;
    pub(crate) mod value;
}
#[cfg(all(
    debug_assertions,
    not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))
))]
#[path = ""]
mod reading {
    #[path = "snapshot_absent.rs"]
    pub(crate) mod snapshot;
}
#[cfg(debug_assertions)]
use reading::*;

pub use debugger::{Debugged, Debugger};
