//! Fuzzes `bodies::cookies`: `cargo +nightly fuzz run cookies seeds/cookies`.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::cookies(bytes));
