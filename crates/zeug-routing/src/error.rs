//! The crate's one error: why a rule, a map, a binding, a URL or an argument was refused, and where. Holds no endpoint and no request.

use std::fmt;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RoutingErrorKind {
    /// A rule that does not begin with a slash.
    MissingSlash,
    /// A `<` that does not begin a variable: `<name>`, `<converter:name>` or `<converter(arguments):name>`.
    MalformedVariable,
    /// Converter arguments that cannot be read, for example `min=0;max=5` or a negative number.
    MalformedArguments,
    /// A converter that nobody registered.
    UnknownConverter,
    /// Arguments that the converter does not take.
    BadConverterArgument,
    /// One variable twice in a rule and its host.
    DuplicateVariable,
    /// A host or subdomain pattern with a slash.
    SlashInHost,
    /// A WebSocket rule for a method other than `GET`, `HEAD` and `OPTIONS`.
    WebSocketMethod,
    /// More than 48 different methods beside the nine of HTTP in one map.
    TooManyMethods,
    /// More than 512 places on one rule's way where a search could turn.
    TooDeep,
    /// More rules than a map can hold.
    TooManyRules,
    /// A rule that an earlier rule hides entirely.
    DuplicateRule,
    /// A `$name` in a template for which no text was given.
    MissingPlaceholder,
    /// A default that its converter cannot write.
    BadDefault,
    /// A host name that has an empty label or one that is too long for the domain name system.
    BadHost,
    /// A subdomain given to a map that matches whole hosts.
    SubdomainWithHosts,
    /// An endpoint that no rule has.
    UnknownEndpoint,
    /// An endpoint whose rules all need values that were not given.
    MissingValue,
    /// An endpoint whose rules all exclude the method or the values that were given.
    NoSuitableRule,
    /// A value that the variable's converter cannot write.
    BadValue,
    /// An argument that the rule does not have.
    MissingArgument,
    /// An argument that does not fit the type asked for, for example a number too large for it.
    BadArgument,
}

/// A refusal: what, and where.
///
/// # Example
///
/// ```
/// use zeug_routing::{Pattern, RoutingErrorKind};
///
/// assert!(Pattern::parse("/user/<int:id>").is_ok());
/// let error = Pattern::parse("/user/<int id>").unwrap_err();
/// assert_eq!(error.kind(), RoutingErrorKind::MalformedVariable);
/// assert_eq!(error.offset(), Some(6));
/// assert_eq!(error.to_string(), "malformed variable at byte 6 of rule \"/user/<int id>\"");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RoutingError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: RoutingErrorKind,
    offset: Option<usize>,
    subject: String,
    names: Vec<String>,
    suggestion: Option<String>,
}

impl RoutingError {
    pub(crate) fn new(kind: RoutingErrorKind, subject: &str) -> Self {
        Self(Box::new(Inner {
            kind,
            offset: None,
            subject: shorten(subject),
            names: Vec::new(),
            suggestion: None,
        }))
    }

    pub(crate) fn at(kind: RoutingErrorKind, subject: &str, offset: usize) -> Self {
        let mut error = Self::new(kind, subject);
        error.0.offset = Some(offset);
        error
    }

    pub(crate) fn with_names(mut self, names: Vec<String>) -> Self {
        self.0.names = names;
        self
    }

    pub(crate) fn with_suggestion(mut self, suggestion: Option<String>) -> Self {
        self.0.suggestion = suggestion;
        self
    }

    /// What was refused.
    #[must_use]
    pub fn kind(&self) -> RoutingErrorKind {
        self.0.kind
    }

    /// The byte in the rule's text where the refusal begins, for errors that point into a rule.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The rule, host, endpoint or argument this is about, at most 200 bytes of it.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The names this is about: missing values, a converter's choices, the earlier of two equal rules.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names.iter().map(String::as_str)
    }

    /// The endpoint that comes nearest to one that does not exist.
    #[must_use]
    #[doc(alias = "suggested")]
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// The status to answer with: 404 for an argument or host that does not fit, 500 for a mistake of the program's.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        match self.0.kind {
            RoutingErrorKind::BadArgument => 404,
            RoutingErrorKind::BadHost => 400,
            _ => 500,
        }
    }
}

/// At most 200 bytes of a text.
fn shorten(text: &str) -> String {
    let mut end = text.len().min(200);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

impl fmt::Debug for RoutingError {
    /// The same text: a program whose rules are wrong mostly ends by `unwrap`, or by `main`, which show an error by this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for RoutingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RoutingErrorKind as K;
        let Inner {
            kind,
            offset,
            subject,
            names,
            suggestion,
        } = &*self.0;
        let what = match kind {
            K::MissingSlash => "no leading slash",
            K::MalformedVariable => "malformed variable",
            K::MalformedArguments => "malformed converter arguments",
            K::UnknownConverter => "unknown converter",
            K::BadConverterArgument => "argument that the converter does not take",
            K::DuplicateVariable => "variable used twice",
            K::SlashInHost => "slash in a host pattern",
            K::WebSocketMethod => "method that a websocket rule cannot have",
            K::TooManyMethods => "too many different methods (limit 48 beside the standard ones)",
            K::TooDeep => "too many branching places on the way (limit 512)",
            K::TooManyRules => "too many rules in the map",
            K::DuplicateRule => "duplicate rule",
            K::MissingPlaceholder => "placeholder without a text",
            K::BadDefault => "default that its converter cannot write",
            K::BadHost => "host name with an empty or too long label",
            K::SubdomainWithHosts => "subdomain given to a map that matches whole hosts",
            K::UnknownEndpoint => "no rule for endpoint",
            K::MissingValue => "missing values for endpoint",
            K::NoSuitableRule => "no rule fits the method and values for endpoint",
            K::BadValue => "value that the converter cannot write for",
            K::MissingArgument => "no argument named",
            K::BadArgument => "argument of the wrong type or range",
        };
        f.write_str(what)?;
        match offset {
            Some(offset) => write!(f, " at byte {offset} of rule {subject:?}")?,
            None => write!(f, " {subject:?}")?,
        }
        match kind {
            K::DuplicateRule => {
                for name in names {
                    write!(f, ", hidden by {name:?}")?;
                }
            }
            _ if !names.is_empty() => write!(f, ": {}", names.join(", "))?,
            _ => {}
        }
        match suggestion {
            Some(suggestion) => write!(f, ", did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RoutingError {}
