#![doc = include_str!("../README.md")]

mod access_log;
mod connection;
mod date;
mod engine;
mod error;
mod server;
mod settings;
mod signals;
mod simple;
mod sync;

pub use error::{Result, ServeError, ServeErrorKind};
pub use server::{Server, Shutdown};
pub use settings::{AccessLog, Limits, Timeouts};
pub use simple::run_simple;
