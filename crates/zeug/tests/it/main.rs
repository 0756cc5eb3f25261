//! The examples as real processes, called with curl and through raw sockets. Fails where an example was not built: `cargo build -p zeug --examples`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod curl;
mod files;
mod process;
mod restart;
mod stop;
mod wire;
