//! Feeds libFuzzer's bytes to the multipart body, which says what has to hold.
#![no_main]

#[path = "../bodies/multipart.rs"]
mod multipart;
#[path = "../../tests/it/walk.rs"]
mod walk;

libfuzzer_sys::fuzz_target!(|data: &[u8]| multipart::run(data));
