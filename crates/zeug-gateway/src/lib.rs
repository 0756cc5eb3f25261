#![doc = include_str!("../README.md")]

mod body;
mod cause;
mod error;
mod handler;
mod into_response;
mod layer;
mod received;
mod request;
mod response;
mod spare;
mod upgrade;

pub use body::Body;
pub use cause::Cause;
pub use error::{BodyError, BodyErrorKind};
pub use handler::{FromRequest, Handler, HandlerExt, HandlerFn, IntoHandler};
pub use into_response::IntoResponse;
pub use layer::{Around, AroundHandler, Layer, around};
pub use received::{Received, Scheme, Trailers};
pub use request::{Request, RequestParts};
pub use response::{Response, ResponseParts};
pub use spare::spare_headers;
pub use upgrade::{Upgrade, Upgraded};
