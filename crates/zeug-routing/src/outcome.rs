//! What a search answers: a match, a redirect, methods, nothing. Never a response: that is the caller's.

use std::fmt;

use crate::args::Args;
use crate::method::METHODS;
use crate::rule::Rule;
use crate::table::OTHER_METHOD;

/// What a path and method lead to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'m, 'p, E> {
    /// A rule fits.
    Match(Match<'m, 'p, E>),
    /// Another URL is the right one.
    #[doc(alias = "RequestRedirect")]
    Redirect(Redirect),
    /// Rules fit, but for other methods: answer 405 with them as `Allow`.
    MethodNotAllowed(MethodSet<'m>),
    /// The only rule that fits is for WebSocket handshakes and this is none, or the other way round: answer 400.
    WebSocketMismatch,
    /// No rule fits: answer 404.
    NotFound,
}

impl<'m, 'p, E> Outcome<'m, 'p, E> {
    /// The match, if it is one.
    #[must_use]
    pub fn into_match(self) -> Option<Match<'m, 'p, E>> {
        match self {
            Self::Match(matched) => Some(matched),
            _ => None,
        }
    }

    /// The status to answer with: 200 for a match, else the redirect's, 405, 400 or 404.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        match self {
            Self::Match(_) => 200,
            Self::Redirect(redirect) => redirect.code(),
            Self::MethodNotAllowed(_) => 405,
            Self::WebSocketMismatch => 400,
            Self::NotFound => 404,
        }
    }
}

/// A rule that fits, and its arguments.
#[derive(Debug)]
pub struct Match<'m, 'p, E> {
    pub(crate) rule: &'m Rule<E>,
    pub(crate) args: Args<'m, 'p>,
}

impl<'m, 'p, E> Match<'m, 'p, E> {
    /// The rule's endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &'m E {
        &self.rule.endpoint
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> &'m Rule<E> {
        self.rule
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &Args<'m, 'p> {
        &self.args
    }
}

/// Another URL that is the right one: an absolute URL of the same host, but where a rule says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    pub(crate) location: String,
}

impl Redirect {
    /// The absolute URL, percent-encoded.
    #[must_use]
    #[doc(alias = "new_url")]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The status: 308, which keeps method and body ([RFC 9110, section 15.4.9](https://www.rfc-editor.org/rfc/rfc9110#section-15.4.9)).
    #[must_use]
    pub fn code(&self) -> u16 {
        308
    }
}

/// Methods that a path's rules take, for an `Allow` field.
#[derive(Clone, Copy)]
pub struct MethodSet<'m> {
    pub(crate) bits: u64,
    pub(crate) extra: &'m [Box<str>],
}

impl<'m> MethodSet<'m> {
    /// The methods in alphabetical order.
    #[doc(alias = "valid_methods")]
    pub fn iter(&self) -> impl Iterator<Item = &'m str> + use<'m> {
        let bits = self.bits & !OTHER_METHOD;
        let all = METHODS.into_iter().chain(self.extra.iter().map(|m| &**m));
        let mut names: Vec<&str> = all
            .enumerate()
            .filter(|(i, _)| bits >> i & 1 == 1)
            .map(|(_, name)| name)
            .collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits & !OTHER_METHOD == 0
    }
}

impl fmt::Display for MethodSet<'_> {
    /// The methods with commas between, as an `Allow` field has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for MethodSet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
