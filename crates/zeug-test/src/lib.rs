#![doc = include_str!("../README.md")]

mod assertions;
mod body;
mod builder;
mod client;
mod cookie;
mod error;
mod file_part;
mod jar;
#[cfg(feature = "live")]
mod live;
mod outgoing;
mod redirect;
mod response;
mod show;
mod url;
#[cfg(feature = "live")]
mod wire;

pub use builder::RequestBuilder;
pub use client::Client;
pub use cookie::Cookie;
pub use error::{TestError, TestErrorKind};
pub use file_part::FilePart;
#[cfg(feature = "live")]
pub use live::LiveServer;
pub use response::TestResponse;
