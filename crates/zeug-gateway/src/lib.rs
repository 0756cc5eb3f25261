#![doc = include_str!("../README.md")]

mod body;
mod error;
mod handler;
mod layer;
mod received;
mod response;
mod upgrade;

pub use body::Body;
pub use error::{BodyError, BodyErrorKind};
pub use handler::{FromRequest, Handler, HandlerExt, HandlerFn, IntoHandler};
pub use layer::{Around, AroundHandler, Layer, around};
pub use received::{Received, Scheme};
pub use response::IntoResponse;
pub use upgrade::{Upgrade, Upgraded};
