//! The crate's integration tests, in one binary.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod api;
