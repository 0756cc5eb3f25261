//! `cargo xtask fuzz request_head`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_h1_fuzz::request_head(bytes));
