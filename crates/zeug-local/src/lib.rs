#![doc = include_str!("../README.md")]

mod context;
mod error;
mod future;
mod local;
mod quick;
#[cfg(feature = "gateway")]
mod scope;
mod stack;

pub use context::Context;
pub use error::{LocalError, LocalErrorKind};
pub use future::InContext;
pub use local::{Current, Local};
#[cfg(feature = "gateway")]
pub use scope::{RequestScope, Scoped};
pub use stack::LocalStack;
