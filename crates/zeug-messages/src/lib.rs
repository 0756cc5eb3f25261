#![doc = include_str!("../README.md")]

mod error;
mod request;
mod response;

pub use error::{Chain, ErrorForm, HttpError};
pub use request::Request;
pub use response::Response;
