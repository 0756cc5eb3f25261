#![doc = include_str!("../README.md")]

mod args;
mod bind;
mod compile;
mod converter;
mod endpoints;
mod error;
mod group;
mod host;
mod map;
mod outcome;
mod path;
mod pattern;
mod redirect;
#[cfg(test)]
mod reference;
mod rule;
mod search;
mod segment;
#[cfg(feature = "serde")]
mod serde_args;
mod suggest;
mod table;
mod template;
mod url_for;
mod value;

pub use args::{Arg, Args, FromArg, FromArgs};
pub use bind::{Bound, Incoming, Protocol, Target};
pub use converter::{Converter, ConverterArg, ConverterArgs};
pub use error::{RoutingError, RoutingErrorKind};
pub use group::Group;
pub use map::{DoubleSlashes, HostPolicy, Map, MapBuilder, QueryOrder, Slashes, TrailingSlash};
pub use outcome::{Match, MethodSet, Outcome, Redirect};
pub use pattern::{Pattern, Piece, Variable};
pub use rule::Rule;
pub use template::RuleTemplate;
pub use url_for::UrlFor;
pub use value::Value;
