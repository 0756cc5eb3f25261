#![doc = include_str!("../README.md")]

#[cfg(debug_assertions)]
mod asked;
#[cfg(debug_assertions)]
mod capture;
mod debugger;
#[cfg(debug_assertions)]
mod desk;
#[cfg(debug_assertions)]
mod dwarf;
#[cfg(debug_assertions)]
mod eval;
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
mod snapshot;
#[cfg(debug_assertions)]
mod source;
#[cfg(debug_assertions)]
mod system;
#[cfg(all(test, debug_assertions))]
mod tests;
#[cfg(debug_assertions)]
mod traceback;
#[cfg(debug_assertions)]
mod value;

pub use debugger::{Debugged, Debugger};
