//! `cargo xtask fuzz query`: see `../query.rs`.
#![no_main]

#[path = "../query.rs"]
mod query;

libfuzzer_sys::fuzz_target!(|input: &[u8]| query::check(input));
