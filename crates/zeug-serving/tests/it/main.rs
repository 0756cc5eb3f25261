//! The server in this process, on free ports, spoken to through raw sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod counts;
mod front;
mod fronts;
mod places;
mod running;
mod smuggling;
mod threads;
mod time;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;
