#![doc = include_str!("../README.md")]

mod device;
mod error;
mod file_name;
mod safe_join;

pub use error::{SecurityError, SecurityErrorKind};
pub use file_name::secure_file_name;
pub use safe_join::safe_join;
