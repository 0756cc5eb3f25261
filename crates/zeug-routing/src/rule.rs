//! One rule: its text, its endpoint and its options. Takes everything; the map that is built of it refuses.

use std::fmt;
use std::sync::Arc;

use crate::args::Args;
use crate::error::RoutingError;
use crate::options::{DoubleSlashes, HostPolicy, TrailingSlash};
use crate::pattern::Pattern;
use crate::value::Value;

/// A URL pattern with an endpoint and options.
///
/// The text is described at [`Pattern`]. A rule that ends in a slash is a branch: a request without that slash is redirected to it
/// ([`TrailingSlash`]). Rules are put into a [`Map`](crate::Map), which checks them.
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Rule, RoutingErrorKind};
///
/// let rule = Rule::new("/user/<int:id>", "user").methods(["GET", "PUT"]);
/// assert!(Map::builder().rule(rule).build().is_ok());
///
/// let error = Map::builder().rule(Rule::new("/user/<number:id>", "user")).build().unwrap_err();
/// assert_eq!(error.kind(), RoutingErrorKind::UnknownConverter);
/// ```
#[derive(Clone)]
pub struct Rule<E> {
    pub(crate) text: Box<str>,
    pub(crate) endpoint: E,
    pub(crate) defaults: Vec<(Box<str>, Value<'static>)>,
    pub(crate) subdomain: Option<Box<str>>,
    pub(crate) host: Option<Box<str>>,
    pub(crate) methods: Option<Vec<Box<str>>>,
    pub(crate) trailing: Option<TrailingSlash>,
    pub(crate) double: Option<DoubleSlashes>,
    pub(crate) build_only: bool,
    pub(crate) alias: bool,
    pub(crate) websocket: bool,
    pub(crate) redirect_to: Option<RedirectTo>,
    /// Which of host and subdomain counts; the map's, once there is one.
    pub(crate) policy: HostPolicy,
}

/// Where a rule redirects to.
#[derive(Clone)]
pub(crate) enum RedirectTo {
    Text(Box<str>),
    With(Arc<dyn Fn(&Args<'_, '_>) -> String + Send + Sync>),
}

impl<E> Rule<E> {
    /// A rule for all methods, with the map's options.
    pub fn new(text: impl Into<Box<str>>, endpoint: E) -> Self {
        Self {
            text: text.into(),
            endpoint,
            defaults: Vec::new(),
            subdomain: None,
            host: None,
            methods: None,
            trailing: None,
            double: None,
            build_only: false,
            alias: false,
            websocket: false,
            redirect_to: None,
            policy: HostPolicy::default(),
        }
    }

    /// Limits the rule to methods, upper case or not; `GET` brings `HEAD`.
    #[must_use]
    pub fn methods<M: AsRef<str>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        let mut list: Vec<Box<str>> = methods
            .into_iter()
            .map(|m| m.as_ref().to_ascii_uppercase().into())
            .collect();
        if list.iter().any(|m| &**m == "GET") {
            list.push("HEAD".into());
        }
        list.sort_unstable();
        list.dedup();
        self.methods = Some(list);
        self
    }

    /// Gives a variable that the text does not have a value, or a variable that it has its only value.
    ///
    /// Two rules of one endpoint, `/all/` with the default `page = 1` and `/all/<int:page>`, give each page one URL: `/all/1` is
    /// redirected to `/all/`, and page 1 is built as `/all/`.
    #[must_use]
    pub fn default(mut self, name: impl Into<Box<str>>, value: impl Into<Value<'static>>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.defaults.retain(|(other, _)| *other != name);
        self.defaults.push((name, value));
        self
    }

    /// Makes the rule match only on subdomains of that pattern, for example `<lang>`.
    #[must_use]
    pub fn subdomain(mut self, pattern: impl Into<Box<str>>) -> Self {
        self.subdomain = Some(pattern.into());
        self
    }

    /// Makes the rule match only on hosts of that pattern, in a map with [`HostPolicy::Host`](crate::HostPolicy::Host).
    #[must_use]
    pub fn host(mut self, pattern: impl Into<Box<str>>) -> Self {
        self.host = Some(pattern.into());
        self
    }

    /// Says what happens where a slash at the end is missing or too much, for this rule.
    #[must_use]
    #[doc(alias = "strict_slashes")]
    pub fn trailing_slash(mut self, policy: TrailingSlash) -> Self {
        self.trailing = Some(policy);
        self
    }

    /// Says what happens to several slashes in a row, for this rule.
    #[must_use]
    #[doc(alias = "merge_slashes")]
    pub fn double_slashes(mut self, policy: DoubleSlashes) -> Self {
        self.double = Some(policy);
        self
    }

    /// Makes the rule only build URLs, never match: for what another server answers.
    #[must_use]
    pub fn build_only(mut self) -> Self {
        self.build_only = true;
        self
    }

    /// Makes the rule another way to the endpoint: it matches, and is redirected to the endpoint's own rule; it is never built.
    #[must_use]
    pub fn alias(mut self) -> Self {
        self.alias = true;
        self
    }

    /// Makes the rule match WebSocket handshakes and nothing else.
    #[must_use]
    pub fn websocket(mut self) -> Self {
        self.websocket = true;
        self
    }

    /// Redirects every match to a URL, in which `<name>` stands for the variable's value; relative to the script root.
    ///
    /// A target that begins with a scheme or `//` may lead to another host; values cannot.
    #[must_use]
    pub fn redirect_to(mut self, target: impl Into<Box<str>>) -> Self {
        self.redirect_to = Some(RedirectTo::Text(target.into()));
        self
    }

    /// Redirects every match to the URL a function makes of the arguments; relative to the script root.
    ///
    /// The function answers for the URL: text of the request in it should be percent-encoded, and should not begin it.
    #[must_use]
    pub fn redirect_with(
        mut self,
        target: impl Fn(&Args<'_, '_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.redirect_to = Some(RedirectTo::With(Arc::new(target)));
        self
    }

    /// The rule's text.
    #[must_use]
    #[doc(alias = "rule")]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The rule's text taken apart.
    ///
    /// # Errors
    ///
    /// As [`Pattern::parse`]; never for a rule of a map that was built.
    pub fn pattern(&self) -> Result<Pattern, RoutingError> {
        Pattern::parse(&self.text)
    }

    /// The endpoint.
    pub fn endpoint(&self) -> &E {
        &self.endpoint
    }

    /// The methods in alphabetical order, `HEAD` added to `GET`; nothing for a rule that takes every method.
    pub fn allowed_methods(&self) -> Option<impl Iterator<Item = &str>> {
        self.methods.as_ref().map(|list| list.iter().map(|m| &**m))
    }

    /// The defaults, in the order given.
    pub fn defaults(&self) -> impl Iterator<Item = (&str, &Value<'static>)> {
        self.defaults.iter().map(|(name, value)| (&**name, value))
    }

    /// The names of all variables and defaults, in alphabetical order.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let host = match self.policy {
            HostPolicy::Subdomain => self.subdomain.as_deref(),
            HostPolicy::Host => self.host.as_deref(),
            HostPolicy::Ignore => None,
        };
        let host = host.and_then(|text| Pattern::parse_host(text).ok());
        let patterns: Vec<Pattern> = host.into_iter().chain(self.pattern()).collect();
        let variables = patterns
            .iter()
            .flat_map(Pattern::variables)
            .map(|v| v.name().to_owned());
        let mut names: Vec<String> = variables
            .chain(self.defaults.iter().map(|(name, _)| name.to_string()))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The subdomain's pattern; a map that was built fills in its default.
    #[must_use]
    pub fn subdomain_pattern(&self) -> Option<&str> {
        self.subdomain.as_deref()
    }

    /// The host's pattern.
    #[must_use]
    pub fn host_pattern(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// What happens to a slash at the end; a map that was built fills in its own policy.
    #[must_use]
    pub fn trailing_slash_policy(&self) -> Option<TrailingSlash> {
        self.trailing
    }

    /// What happens to several slashes in a row; a map that was built fills in its own policy.
    #[must_use]
    pub fn double_slashes_policy(&self) -> Option<DoubleSlashes> {
        self.double
    }

    /// Whether the rule ends in a slash.
    #[must_use]
    #[doc(alias = "is_leaf")]
    pub fn is_branch(&self) -> bool {
        self.text.ends_with('/')
    }

    /// Whether the rule never matches.
    #[must_use]
    pub fn is_build_only(&self) -> bool {
        self.build_only
    }

    /// Whether the rule is another way to its endpoint.
    #[must_use]
    pub fn is_alias(&self) -> bool {
        self.alias
    }

    /// Whether the rule is for WebSocket handshakes.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.websocket
    }

    /// Whether every match is redirected.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        self.redirect_to.is_some()
    }
}

impl<E: fmt::Debug> fmt::Debug for Rule<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Rule {:?}", self.text)?;
        if let Some(methods) = &self.methods {
            write!(f, " ({})", methods.join(", "))?;
        }
        write!(f, " -> {:?}>", self.endpoint)
    }
}
