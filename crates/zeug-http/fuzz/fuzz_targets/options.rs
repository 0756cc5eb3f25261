//! `cargo xtask fuzz options`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_http_fuzz::options(bytes));
