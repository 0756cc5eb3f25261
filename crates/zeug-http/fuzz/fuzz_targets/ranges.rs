//! Fuzzes `bodies::ranges`: `cargo +nightly fuzz run ranges seeds/ranges`.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::ranges(bytes));
