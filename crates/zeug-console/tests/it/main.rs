//! Owns the tests that build a program, stop it, and run lines in its frames.
#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]

mod costs;
mod lines;
mod records;
mod stopped;
