//! Feeds libFuzzer's bytes to the urlencoded body, which says what has to hold.
#![no_main]

#[path = "../bodies/urlencoded.rs"]
mod urlencoded;

libfuzzer_sys::fuzz_target!(|data: &[u8]| urlencoded::run(data));
