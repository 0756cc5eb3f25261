//! The reloader as a user has it: packages are made in a temporary folder, built by the real cargo, started, changed and asked over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod browser;
mod building;
mod ending;
mod measure;
mod project;
mod saving;
