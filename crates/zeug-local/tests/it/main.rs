//! Contexts, locals and stacks through their public names; requests over real sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod contexts;
mod futures;
mod properties;
mod requests;
