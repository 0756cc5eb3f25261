#![doc = include_str!("../README.md")]

mod request;
mod response;

pub use request::Request;
pub use response::Response;
