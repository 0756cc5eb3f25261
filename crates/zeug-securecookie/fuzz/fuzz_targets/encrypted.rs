//! `cargo xtask fuzz encrypted`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_securecookie_fuzz::encrypted(bytes));
