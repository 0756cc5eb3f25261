#![doc = include_str!("../README.md")]

#[cfg(feature = "iri")]
mod authority;
mod body;
#[cfg(feature = "iri")]
mod current;
mod error;
mod escape;
mod host;
#[cfg(feature = "iri")]
mod iri;
mod join;
mod query;
mod split;

pub use body::{InputOptions, InputStream, LimitedReader, content_length, input_stream};
#[cfg(feature = "iri")]
pub use current::current_url;
pub use error::{UrlError, UrlErrorKind};
pub use host::{Host, TrustedHosts, request_host};
#[cfg(feature = "iri")]
pub use iri::{iri_to_uri, uri_to_iri};
pub use join::join;
pub use query::{PairDecoder, QueryLimits, encode_query, parse_query};
