//! Fuzzes `bodies::request_head`: `cargo +nightly fuzz run request_head seeds/request_head`.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code, reason = "each target runs one body")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::request_head(bytes));
