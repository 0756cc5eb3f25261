#![doc = include_str!("../README.md")]

mod args;
mod bind;
mod compile;
mod compiled;
mod converter;
mod endpoints;
mod error;
mod group;
mod host;
mod index;
mod map;
mod matching;
mod method;
mod mix;
mod options;
mod outcome;
mod parts;
mod path;
mod pattern;
mod redirect;
#[cfg(test)]
mod reference;
mod rule;
mod scan;
mod search;
mod segment;
#[cfg(feature = "serde")]
mod serde_args;
mod suggest;
mod table;
mod target;
mod template;
mod url_for;
mod value;
mod whole;

pub use args::{Arg, Args, FromArg, FromArgs};
pub use bind::Bound;
pub use converter::{Converter, ConverterArg, ConverterArgs};
pub use error::{RoutingError, RoutingErrorKind};
pub use group::Group;
pub use map::{Map, MapBuilder};
pub use options::{DoubleSlashes, HostPolicy, QueryOrder, Slashes, TrailingSlash};
pub use outcome::{Match, MethodSet, Outcome, Redirect};
pub use pattern::{Pattern, Piece, Variable};
pub use rule::Rule;
pub use target::{Incoming, Protocol, Target};
pub use template::RuleTemplate;
pub use url_for::UrlFor;
pub use value::Value;
