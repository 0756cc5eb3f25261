//! Paths and names, as tables and as properties.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod names;
mod paths;
mod properties;
