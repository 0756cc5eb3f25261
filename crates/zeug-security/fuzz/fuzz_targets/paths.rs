//! `cargo xtask fuzz paths`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_security_fuzz::paths(bytes));
