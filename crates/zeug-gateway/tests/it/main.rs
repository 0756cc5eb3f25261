//! The calling convention through its public names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod body;
mod compose;
mod parts;
mod spare;
