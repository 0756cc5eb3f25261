#![doc = include_str!("../README.md")]

mod error;
mod escape;
mod media_type;
mod redirect;
mod request;
mod response;
mod send_file;
#[cfg(feature = "session")]
mod session;

pub use error::{Chain, Conversion, ErrorForm, HttpError, on_conversion};
pub use escape::push_escaped;
pub use media_type::{GuessedType, guess_type, with_charset};
pub use redirect::{append_slash_redirect, redirect};
#[cfg(feature = "forms")]
pub use request::FormOptions;
pub use request::{Request, Site};
pub use response::{BlankStatus, Conditional, LocationForm, Response, Status};
pub use send_file::SendFile;
#[cfg(feature = "session")]
pub use session::{SessionHandler, SessionLayer, SharedSession, WithSession, with_session};
