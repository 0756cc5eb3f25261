//! What can be said about a map and its rules: slashes, hosts, queries. Decides nothing itself.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::value::Value;

/// What happens where a request lacks the slash at a rule's end, or has one too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TrailingSlash {
    /// A missing slash is redirected to the rule's URL; one too much is not found.
    #[default]
    Strict,
    /// Both match.
    Lenient,
}

/// What happens to several slashes in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DoubleSlashes {
    /// A path that matches nothing but would with single slashes is redirected to that. Slashes in a variable's value stay.
    #[default]
    Merge,
    /// They are empty segments.
    Keep,
}

/// What of a request's host decides which rules fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HostPolicy {
    /// The part before the server's name: [`Rule::subdomain`](crate::Rule::subdomain).
    #[default]
    Subdomain,
    /// The whole host, with a port that is not the scheme's own: [`Rule::host`](crate::Rule::host).
    Host,
    /// Nothing.
    Ignore,
}

/// How slashes are written in the value of a variable that cannot have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Slashes {
    /// As `%2F`, so that the URL leads back to the same rule and value.
    #[default]
    Encoded,
    /// Bare, as Werkzeug does, whose gateway cannot tell the two apart.
    Raw,
}

/// A comparison of two pairs of a query.
type Compare = Arc<dyn Fn((&str, &Value<'_>), (&str, &Value<'_>)) -> Ordering + Send + Sync>;

/// The order of the query that is made of values without a variable.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum QueryOrder {
    /// As the values were given.
    #[default]
    AsGiven,
    /// By name, then by value: numbers as numbers, all else as text.
    #[doc(alias = "sort_parameters")]
    Sorted,
    /// By a comparison.
    #[doc(alias = "sort_key")]
    By(Compare),
}

impl fmt::Debug for QueryOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsGiven => "AsGiven",
            Self::Sorted => "Sorted",
            Self::By(_) => "By(..)",
        })
    }
}

/// What holds for the whole map.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) default_subdomain: Box<str>,
    pub(crate) trailing: TrailingSlash,
    pub(crate) double: DoubleSlashes,
    pub(crate) keep_defaults: bool,
    pub(crate) query_order: QueryOrder,
    pub(crate) hosts: HostPolicy,
    pub(crate) slashes: Slashes,
}
