#![doc = include_str!("../README.md")]

#[cfg(debug_assertions)]
mod capture;
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
