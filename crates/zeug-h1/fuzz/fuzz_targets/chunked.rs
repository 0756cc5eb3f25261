//! `cargo xtask fuzz chunked`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_h1_fuzz::chunked(bytes));
