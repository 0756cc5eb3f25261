#![doc = include_str!("../README.md")]

mod capture;
mod dwarf;
mod eval;
mod snapshot;
mod system;
mod traceback;
mod value;
