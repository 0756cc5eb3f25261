#![doc = include_str!("../README.md")]

mod access_log;
mod connection;
mod date;
mod engine;
mod error;
mod listener;
mod metrics;
#[cfg(feature = "reloader")]
mod reloader;
mod server;
mod settings;
mod signals;
mod simple;
mod stream;
mod sync;
#[cfg(feature = "tls")]
mod tls;

pub use error::{Result, ServeError, ServeErrorKind};
pub use metrics::{Metrics, Snapshot};
#[cfg(feature = "reloader")]
pub use reloader::Reloader;
pub use server::{Server, Shutdown};
pub use settings::{AccessLog, Limits, Timeouts};
pub use simple::run_simple;
#[cfg(feature = "tls")]
pub use tls::Tls;
#[cfg(feature = "adhoc")]
pub use tls::adhoc::make_dev_certificate;
