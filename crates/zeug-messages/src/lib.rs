#![doc = include_str!("../README.md")]

mod error;
mod media_type;
mod request;
mod response;

pub use error::{Chain, ErrorForm, HttpError};
pub use media_type::with_charset;
pub use request::Request;
pub use response::{BlankStatus, Conditional, LocationForm, Response, Status};
