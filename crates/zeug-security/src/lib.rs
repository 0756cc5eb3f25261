#![doc = include_str!("../README.md")]

mod compare;
mod device;
mod error;
mod file_name;
#[cfg(feature = "passwords")]
mod password;
mod safe_join;
mod token;

pub use compare::constant_time_eq;
pub use error::{SecurityError, SecurityErrorKind};
pub use file_name::secure_file_name;
#[cfg(feature = "passwords")]
pub use password::{PasswordDigest, PasswordHash, PasswordLimits, PasswordMethod, Passwords};
pub use safe_join::safe_join;
pub use token::{random_alphanumeric, random_bytes, random_hex, random_url_safe};
