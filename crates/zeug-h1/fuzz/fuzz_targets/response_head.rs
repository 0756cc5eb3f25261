//! Fuzzes `bodies::response_head`: `cargo +nightly fuzz run response_head seeds/response_head`.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::response_head(bytes));
