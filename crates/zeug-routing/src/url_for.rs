//! Building URLs: the first rule of an endpoint that the values fit, its text with the values in it, the rest as a query. Refuses values
//! that no rule takes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::Hash;

use crate::bind::Bound;
use crate::compiled::{Compiled, Op};
use crate::error::{RoutingError, RoutingErrorKind};
use crate::options::{HostPolicy, QueryOrder};
use crate::path;
use crate::scan::same;
use crate::suggest::nearest;
use crate::target::Protocol;
use crate::value::Value;

/// A rule and its host, if one fits.
type Chosen<'s, E> = Option<(&'s Compiled<E>, Cow<'s, str>)>;

/// Names and values.
pub(crate) type Pairs<'v> = Vec<(Cow<'v, str>, Value<'v>)>;

/// What a URL should be, apart from its values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'v> {
    pub(crate) method: Option<&'v str>,
    pub(crate) external: bool,
    pub(crate) scheme: Option<&'v str>,
    pub(crate) drop_unknown: bool,
    pub(crate) anchor: Option<&'v str>,
}

/// A URL in the making: [`Bound::url_for`].
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Rule, RoutingErrorKind};
///
/// let map = Map::builder().rule(Rule::new("/user/<int:id>", "user")).build()?;
/// let urls = map.bind("example.org")?;
/// assert_eq!(urls.url_for(&"user").arg("id", 7).arg("tab", "a b").build()?, "/user/7?tab=a+b");
/// assert_eq!(urls.url_for(&"user").arg("id", 7).external().anchor("top").build()?, "http://example.org/user/7#top");
///
/// let error = urls.url_for(&"user").build().unwrap_err();
/// assert_eq!(error.kind(), RoutingErrorKind::MissingValue);
/// assert_eq!(error.names().collect::<Vec<_>>(), ["id"]);
/// let error = urls.url_for(&"users").build().unwrap_err();
/// assert_eq!(error.suggestion(), Some("\"user\""));
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct UrlFor<'v, 'a, E> {
    bound: &'v Bound<'a, E>,
    endpoint: &'v E,
    values: Pairs<'v>,
    wanted: Wanted<'v>,
}

impl<'a, E> Bound<'a, E> {
    /// A URL for an endpoint.
    #[doc(alias = "build")]
    #[inline(always)]
    pub fn url_for<'v>(&'v self, endpoint: &'v E) -> UrlFor<'v, 'a, E> {
        UrlFor {
            bound: self,
            endpoint,
            values: Vec::with_capacity(4),
            wanted: Wanted::default(),
        }
    }
}

impl<'v, E> UrlFor<'v, '_, E> {
    /// Gives a value to a variable, or to the query where the rule has no such variable.
    ///
    /// A name given twice is a list, for the query. [`Value::Null`] counts as not given.
    #[inline(always)]
    pub fn arg(mut self, name: impl Into<Cow<'v, str>>, value: impl Into<Value<'v>>) -> Self {
        let (name, value) = (name.into(), value.into());
        let has_name =
            |pair: &&mut (Cow<'_, str>, Value<'_>)| same(pair.0.as_bytes(), name.as_bytes());
        match self.values.iter_mut().find(has_name) {
            Some((_, Value::List(list))) => list.push(value),
            Some((_, known)) => {
                *known = Value::List(vec![std::mem::replace(known, Value::Null), value])
            }
            None => self.values.push((name, value)),
        }
        self
    }

    /// Gives several values.
    pub fn args<N: Into<Cow<'v, str>>, V: Into<Value<'v>>>(
        self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        values
            .into_iter()
            .fold(self, |url, (name, value)| url.arg(name, value))
    }

    /// Takes only rules for that method. Without, rules for the binding's default method go before others.
    pub fn method(mut self, method: &'v str) -> Self {
        self.wanted.method = Some(method);
        self
    }

    /// Makes the URL absolute. It is anyway where the rule is for another host or for WebSockets.
    #[doc(alias = "force_external")]
    pub fn external(mut self) -> Self {
        self.wanted.external = true;
        self
    }

    /// Sets the scheme of an absolute URL; an empty one leaves it out (`//host/path`).
    #[doc(alias = "url_scheme")]
    pub fn scheme(mut self, scheme: &'v str) -> Self {
        self.wanted.scheme = Some(scheme);
        self
    }

    /// Drops values that the rule has no variables for, instead of making a query of them.
    #[doc(alias = "append_unknown")]
    pub fn drop_unknown(mut self) -> Self {
        self.wanted.drop_unknown = true;
        self
    }

    /// Sets the fragment.
    pub fn anchor(mut self, anchor: &'v str) -> Self {
        self.wanted.anchor = Some(anchor);
        self
    }
}

impl<E: Eq + Hash + Debug> UrlFor<'_, '_, E> {
    /// The URL: a path where the rule is for the binding's host, else absolute.
    ///
    /// Of an endpoint's rules, those with more variables go before others, then those with more defaults; aliases are last. A rule fits if
    /// each of its variables has a value or default, and no value differs from its default.
    ///
    /// # Errors
    ///
    /// [`UnknownEndpoint`](RoutingErrorKind::UnknownEndpoint) with a suggestion, [`MissingValue`](RoutingErrorKind::MissingValue) with the names,
    /// [`NoSuitableRule`](RoutingErrorKind::NoSuitableRule) where the method or a default excludes all rules,
    /// [`BadValue`](RoutingErrorKind::BadValue) for a value that its converter cannot write, such as `x` for an `int`.
    ///
    /// # Limits
    ///
    /// A suggestion looks at the first 4096 endpoints.
    pub fn build(self) -> Result<String, RoutingError> {
        let map = self.bound.map;
        let group = map
            .endpoints
            .find(self.endpoint, &map.compiled)
            .unwrap_or_default();
        if let Some(url) = self.bound.build_from(group, &self.values, &self.wanted)? {
            return Ok(url);
        }
        Err(self.refusal(group))
    }

    /// Why no rule of the endpoint fits.
    #[cold]
    fn refusal(&self, group: &[u32]) -> RoutingError {
        let map = self.bound.map;
        let endpoint = format!("{:?}", self.endpoint);
        if group.is_empty() {
            let others = map
                .endpoints
                .firsts()
                .take(4096)
                .filter_map(|id| map.compiled.get(id as usize));
            let suggestion = nearest(&endpoint, others.map(|c| format!("{:?}", c.rule.endpoint)));
            return RoutingError::new(RoutingErrorKind::UnknownEndpoint, &endpoint)
                .with_suggestion(suggestion);
        }
        let given = |name: &str| value_of(&self.values, name, 0).is_some();
        let missing = group
            .iter()
            .filter_map(|&id| map.compiled.get(id as usize))
            .filter(|rule| rule.takes_method(self.wanted.method))
            .map(|rule| {
                let names = rule
                    .info
                    .vars
                    .iter()
                    .map(|var| &*var.name)
                    .filter(|name| rule.default(name).is_none() && !given(name));
                names.map(str::to_owned).collect::<Vec<_>>()
            });
        match missing
            .filter(|names| !names.is_empty())
            .min_by_key(Vec::len)
        {
            Some(names) => {
                RoutingError::new(RoutingErrorKind::MissingValue, &endpoint).with_names(names)
            }
            None => RoutingError::new(RoutingErrorKind::NoSuitableRule, &endpoint),
        }
    }
}

/// The value of that name, if it is one; looked for first where values are given in the order of the variables.
#[inline]
fn value_of<'p, 'v>(
    values: &'p [(Cow<'v, str>, Value<'v>)],
    name: &str,
    guess: usize,
) -> Option<&'p Value<'v>> {
    let has_name = |pair: &&(Cow<'_, str>, Value<'_>)| same(pair.0.as_bytes(), name.as_bytes());
    let guessed = values.get(guess).filter(has_name);
    let (_, value) = guessed.or_else(|| values.iter().find(has_name))?;
    (!matches!(value, Value::Null)).then_some(value)
}

impl<E> Compiled<E> {
    fn takes_method(&self, method: Option<&str>) -> bool {
        match (method, &self.rule.methods) {
            (Some(method), Some(methods)) => methods
                .iter()
                .any(|known| same(known.as_bytes(), method.as_bytes())),
            _ => true,
        }
    }

    /// Whether the rule takes the method, has values or defaults for all variables, and no default that differs from a value.
    pub(crate) fn is_suitable(
        &self,
        values: &[(Cow<'_, str>, Value<'_>)],
        method: Option<&str>,
    ) -> bool {
        self.takes_method(method)
            && self.info.vars.iter().enumerate().all(|(i, var)| {
                value_of(values, &var.name, i).is_some() || self.default(&var.name).is_some()
            })
            && self.info.defaults.iter().all(|(name, default)| {
                value_of(values, name, 0).is_none_or(|value| value == default)
            })
    }
}

impl<E> Bound<'_, E> {
    /// The URL of the first rule that fits; nothing where none does.
    ///
    /// # Errors
    ///
    /// A value that its converter cannot write.
    pub(crate) fn build_from(
        &self,
        group: &[u32],
        values: &[(Cow<'_, str>, Value<'_>)],
        wanted: &Wanted<'_>,
    ) -> Result<Option<String>, RoutingError> {
        let first = match wanted.method {
            None => self.choose(group, values, Some(&self.default_method))?,
            method => self.choose(group, values, method)?,
        };
        let chosen = match first {
            None if wanted.method.is_none() => self.choose(group, values, None)?,
            chosen => chosen,
        };
        let Some((rule, host)) = chosen else {
            return Ok(None);
        };
        let mut url = String::with_capacity(self.script_root.len() + rule.rule.text.len() + 32);
        let same_host = match self.map.options.hosts {
            HostPolicy::Host => same(host.as_bytes(), self.server_name.as_bytes()),
            HostPolicy::Subdomain => {
                let own = self.subdomain.as_deref();
                own.is_some_and(|own| same(host.as_bytes(), own.as_bytes()))
            }
            HostPolicy::Ignore => true,
        };
        if wanted.external || rule.rule.websocket || !same_host {
            let given = wanted.scheme.unwrap_or(&self.scheme);
            let secure = matches!(given, "https" | "wss");
            let scheme = match (rule.rule.websocket, given, secure) {
                (true, _, true) => "wss:",
                (true, _, false) => "ws:",
                (false, "", _) => "",
                (false, _, true) => "https:",
                (false, _, false) => "http:",
            };
            let host = if self.map.options.hosts == HostPolicy::Ignore {
                self.server_name.to_string()
            } else {
                self.host_for(Some(&host))
            };
            url.extend([
                scheme,
                "//",
                &host,
                self.script_root
                    .strip_suffix('/')
                    .unwrap_or(&self.script_root),
            ]);
        } else {
            url.push_str(self.script_root.trim_end_matches('/'));
        }
        let from = url.len();
        self.write_path(rule, values, &mut url)?;
        // One slash, whatever a rule or a value begins with.
        let path = url.as_bytes().get(from..).unwrap_or_default();
        match path.iter().take_while(|&&b| b == b'/').count() {
            0 => url.insert(from, '/'),
            1 => {}
            slashes => url.replace_range(from..from + slashes - 1, ""),
        }
        // With no defaults each variable has a value: as many values as variables are just these.
        let all_known = rule.info.defaults.is_empty() && values.len() == rule.info.vars.len();
        if !wanted.drop_unknown && !all_known {
            self.write_query(rule, values, &mut url);
        }
        if let Some(anchor) = wanted.anchor {
            url.push('#');
            path::encode_fragment(anchor, &mut url);
        }
        Ok(Some(url))
    }

    /// The first rule that fits, with its host; among hosts, the binding's own goes first.
    fn choose<'s>(
        &'s self,
        group: &[u32],
        values: &[(Cow<'_, str>, Value<'_>)],
        method: Option<&str>,
    ) -> Result<Chosen<'s, E>, RoutingError> {
        let mut first = None;
        for rule in group
            .iter()
            .filter_map(|&id| self.map.compiled.get(id as usize))
        {
            if !rule.is_suitable(values, method) {
                continue;
            }
            let host = self.host_of(rule, values)?;
            if self.map.options.hosts != HostPolicy::Host
                || same(host.as_bytes(), self.server_name.as_bytes())
            {
                return Ok(Some((rule, host)));
            }
            first = first.or(Some((rule, host)));
        }
        Ok(first)
    }

    /// The rule's host or subdomain with the values in it.
    pub(crate) fn host_of<'s>(
        &'s self,
        rule: &'s Compiled<E>,
        values: &[(Cow<'_, str>, Value<'_>)],
    ) -> Result<Cow<'s, str>, RoutingError> {
        match &*rule.host_ops {
            [] => Ok(Cow::Borrowed("")),
            [Op::Text(text)] => Ok(Cow::Borrowed(text)),
            ops => {
                let mut host = String::new();
                self.write_ops(ops, rule, values, &mut host)?;
                Ok(Cow::Owned(host))
            }
        }
    }

    /// Appends the rule's path with the values in it.
    pub(crate) fn write_path(
        &self,
        rule: &Compiled<E>,
        values: &[(Cow<'_, str>, Value<'_>)],
        out: &mut String,
    ) -> Result<(), RoutingError> {
        self.write_ops(&rule.path_ops, rule, values, out)
    }

    fn write_ops(
        &self,
        ops: &[Op],
        rule: &Compiled<E>,
        values: &[(Cow<'_, str>, Value<'_>)],
        out: &mut String,
    ) -> Result<(), RoutingError> {
        for op in ops {
            match op {
                Op::Text(text) => out.push_str(text),
                Op::Var(i) => {
                    let Some(var) = rule.info.vars.get(*i as usize) else {
                        continue;
                    };
                    let value = value_of(values, &var.name, *i as usize).unwrap_or(&Value::Null);
                    let bad = || {
                        RoutingError::new(RoutingErrorKind::BadValue, &var.name)
                            .with_names(var.kind.choices())
                    };
                    var.kind
                        .write(value, self.map.options.slashes, out)
                        .ok_or_else(bad)?;
                }
            }
        }
        Ok(())
    }

    /// Appends the values that the rule has no variables for.
    fn write_query(
        &self,
        rule: &Compiled<E>,
        values: &[(Cow<'_, str>, Value<'_>)],
        out: &mut String,
    ) {
        let unknown = values.iter().filter(|(name, _)| !rule.knows(name));
        let mut first = true;
        if matches!(self.map.options.query_order, QueryOrder::AsGiven) {
            for (name, value) in unknown {
                path::append_query(name, value, &mut first, out);
            }
            return;
        }
        let mut pairs: Vec<(&str, &Value<'_>)> = Vec::new();
        for (name, value) in unknown {
            match value {
                Value::List(list) => pairs.extend(list.iter().map(|item| (&**name, item))),
                other => pairs.push((name, other)),
            }
        }
        match &self.map.options.query_order {
            QueryOrder::By(compare) => pairs.sort_by(|a, b| compare(*a, *b)),
            _ => pairs.sort_by(|a, b| a.0.cmp(b.0).then_with(|| compare_values(a.1, b.1))),
        }
        for (name, value) in pairs {
            path::append_query(name, value, &mut first, out);
        }
    }

    /// Whether the binding is for WebSocket handshakes.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.protocol() == Protocol::WebSocket
    }
}

fn compare_values(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => match (a.number(), b.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.to_string().cmp(&b.to_string()),
        },
    }
}
