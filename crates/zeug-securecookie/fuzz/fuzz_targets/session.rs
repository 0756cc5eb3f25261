//! `cargo xtask fuzz session`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_securecookie_fuzz::session(bytes));
