//! `cargo xtask fuzz addresses`: see `../addresses.rs`.
#![no_main]

#[path = "../addresses.rs"]
mod addresses;

libfuzzer_sys::fuzz_target!(|input: &[u8]| addresses::check(input));
