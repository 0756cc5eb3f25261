#![doc = include_str!("../README.md")]

mod error;
mod request;
mod response;

pub use error::{Chain, ErrorForm, HttpError};
#[cfg(feature = "forms")]
pub use request::FormOptions;
pub use request::{Request, Site};
pub use response::{BlankStatus, LocationForm, Response, Status};
