#![doc = include_str!("../README.md")]

mod convert;

pub use convert::{push_escaped, strip, to_html};
