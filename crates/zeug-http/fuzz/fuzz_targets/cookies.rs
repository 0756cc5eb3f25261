//! `cargo xtask fuzz cookies`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_http_fuzz::cookies(bytes));
