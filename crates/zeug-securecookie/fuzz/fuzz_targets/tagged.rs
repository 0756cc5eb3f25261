//! `cargo xtask fuzz tagged`: see `../bodies.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| zeug_securecookie_fuzz::tagged(bytes));
