#![doc = include_str!("../README.md")]

mod body;
mod body_encoder;
mod chunked;
mod error;
mod fields;
mod framing;
mod limits;
mod outline;
mod request;
mod response;
mod response_head;
mod start_line;
mod syntax;
mod target;

pub use body::{BodyDecoder, BodyEvent};
pub use body_encoder::BodyEncoder;
pub use error::{H1Error, H1ErrorKind};
pub use framing::{BodyLength, Expectation};
pub use limits::Limits;
pub use outline::{HeadOutline, HeadPlaces};
pub use request::{HeadDecoder, RequestHead, RequestParts};
pub use response::{
    BodySize, Exchange, Persistence, ResponseEncoder, ResponseFields, ResponseFraming,
};
pub use response_head::{ResponseHead, ResponseHeadDecoder, ResponseParts};
pub use target::{Target, TargetForm};
