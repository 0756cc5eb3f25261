//! The map: options, rules checked and compiled, endpoints in order. Refuses rules that cannot be read, searched for or told apart.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::args::{Info, Var};
use crate::compile::{self, Input, RulePart, Tree};
use crate::converter::{Converter, ConverterArgs, Kind};
use crate::endpoints::Endpoints;
use crate::error::{RoutingError, RoutingErrorKind as Error};
use crate::outcome::METHODS;
use crate::path;
use crate::pattern::{Pattern, Piece, Variable};
use crate::rule::Rule;
use crate::segment::Shape;
use crate::table::{ALL_METHODS, HTTP, NodeRef, OTHER_METHOD, Tables, WEBSOCKET};
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
    /// The part before the server's name: [`Rule::subdomain`].
    #[default]
    Subdomain,
    /// The whole host, with a port that is not the scheme's own: [`Rule::host`].
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

/// Makes a converter of its arguments; nothing for arguments that it does not take.
type Factory = Box<dyn Fn(&ConverterArgs) -> Option<Arc<dyn Converter>>>;

/// A map in the making: rules and options.
pub struct MapBuilder<E> {
    rules: Vec<Rule<E>>,
    converters: HashMap<Box<str>, Factory>,
    options: Options,
    allow_duplicates: bool,
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

impl<E> Default for MapBuilder<E> {
    fn default() -> Self {
        Self { rules: Vec::new(), converters: HashMap::new(), options: Options::default(), allow_duplicates: false }
    }
}

impl<E> fmt::Debug for MapBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapBuilder").field("rules", &self.rules.len()).field("options", &self.options).finish_non_exhaustive()
    }
}

impl<E: Eq + Hash> MapBuilder<E> {
    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule<E>) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules, or a [`Group`](crate::Group).
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule<E>>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Adds a converter, or replaces a built-in one; `default` is the one of variables that name none.
    ///
    /// The function makes it of the arguments in the rule, and answers nothing for arguments that it does not take.
    #[must_use]
    pub fn converter(
        mut self,
        name: impl Into<Box<str>>,
        factory: impl Fn(&ConverterArgs) -> Option<Arc<dyn Converter>> + 'static,
    ) -> Self {
        self.converters.insert(name.into(), Box::new(factory));
        self
    }

    /// Sets the subdomain of rules that name none; empty unless set.
    #[must_use]
    pub fn default_subdomain(mut self, subdomain: impl Into<Box<str>>) -> Self {
        self.options.default_subdomain = subdomain.into();
        self
    }

    /// Says what happens where a slash at the end is missing or too much, for rules that do not say it themselves.
    #[must_use]
    #[doc(alias = "strict_slashes")]
    pub fn trailing_slash(mut self, policy: TrailingSlash) -> Self {
        self.options.trailing = policy;
        self
    }

    /// Says what happens to several slashes in a row.
    #[must_use]
    #[doc(alias = "merge_slashes")]
    pub fn double_slashes(mut self, policy: DoubleSlashes) -> Self {
        self.options.double = policy;
        self
    }

    /// Answers URLs whose values are another rule's defaults, and aliases, themselves instead of redirecting them.
    #[must_use]
    #[doc(alias = "redirect_defaults")]
    pub fn keep_defaults(mut self) -> Self {
        self.options.keep_defaults = true;
        self
    }

    /// Sets the order of queries.
    #[must_use]
    pub fn query_order(mut self, order: QueryOrder) -> Self {
        self.options.query_order = order;
        self
    }

    /// Says what of the host decides.
    #[must_use]
    #[doc(alias = "host_matching")]
    #[doc(alias = "subdomain_matching")]
    pub fn hosts(mut self, policy: HostPolicy) -> Self {
        self.options.hosts = policy;
        self
    }

    /// Says how slashes are written in the value of a variable that cannot have any.
    #[must_use]
    pub fn slashes_in_values(mut self, slashes: Slashes) -> Self {
        self.options.slashes = slashes;
        self
    }

    /// Takes rules that an earlier rule hides entirely.
    #[must_use]
    pub fn allow_duplicates(mut self) -> Self {
        self.allow_duplicates = true;
        self
    }

    /// The map.
    ///
    /// # Errors
    ///
    /// Of a rule's text: [`MissingSlash`](Error::MissingSlash), [`MalformedVariable`](Error::MalformedVariable),
    /// [`MalformedArguments`](Error::MalformedArguments), [`UnknownConverter`](Error::UnknownConverter),
    /// [`BadConverterArgument`](Error::BadConverterArgument), [`DuplicateVariable`](Error::DuplicateVariable),
    /// [`SlashInHost`](Error::SlashInHost). Of its options: [`WebSocketMethod`](Error::WebSocketMethod), [`BadDefault`](Error::BadDefault).
    /// Of rules together: [`DuplicateRule`](Error::DuplicateRule), [`TooManyMethods`](Error::TooManyMethods), [`TooDeep`](Error::TooDeep),
    /// [`TooManyRules`](Error::TooManyRules).
    ///
    /// # Limits
    ///
    /// 48 methods beside HTTP's nine; 2^29 nodes of the search tree; 512 places on one way where a search can turn.
    pub fn build(self) -> Result<Map<E>, RoutingError> {
        let Self { rules, converters, options, allow_duplicates } = self;
        if rules.len() >= NodeRef::LIMIT {
            return Err(RoutingError::new(Error::TooManyRules, "map"));
        }
        let mut maker = Maker { converters, customs: HashMap::new(), tree: Tree::default(), extra: Vec::new() };
        let mut compiled: Vec<Compiled<E>> = Vec::with_capacity(rules.len());
        for rule in rules {
            let id = u32::try_from(compiled.len()).unwrap_or(u32::MAX);
            let (rule, input) = maker.compile(rule, &options)?;
            let node = if rule.rule.build_only { None } else { maker.tree.add(id, input) };
            if let Some(node) = node.filter(|_| !allow_duplicates) {
                let earlier = maker.tree.rules_at(node).iter().filter(|&&other| other != id);
                if let Some(hiding) = earlier.filter_map(|&other| compiled.get(other as usize)).find(|other| hides(other, &rule)) {
                    let error = RoutingError::new(Error::DuplicateRule, &rule.rule.text);
                    return Err(error.with_names(vec![hiding.rule.text.to_string()]));
                }
            }
            compiled.push(rule);
        }
        let endpoints = Endpoints::new(&mut compiled);
        Ok(Map { tables: maker.tree.finish()?, compiled: compiled.into(), endpoints, extra: maker.extra.into(), options })
    }
}

/// Whether a later rule at the same node can never be reached.
fn hides<E>(earlier: &Compiled<E>, later: &Compiled<E>) -> bool {
    let refusals = |rule: &Compiled<E>| -> Vec<String> {
        let constrained = rule.info.vars.iter().filter(|var| var.kind.is_constrained());
        constrained.map(|var| format!("{:?}", var.kind)).collect()
    };
    let methods = match (&earlier.rule.methods, &later.rule.methods) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(a), Some(b)) => a == b || a.iter().any(|m| !matches!(&**m, "HEAD" | "OPTIONS") && b.contains(m)),
    };
    methods && earlier.rule.websocket == later.rule.websocket && refusals(earlier) == refusals(later)
}

/// A step of building a rule's URL.
#[derive(Debug)]
pub(crate) enum Op {
    /// Text, percent-encoded.
    Text(Box<str>),
    /// The variable with that number.
    Var(u32),
}

/// A rule with what matching and building need.
#[derive(Debug)]
pub(crate) struct Compiled<E> {
    pub(crate) rule: Rule<E>,
    pub(crate) info: Info,
    pub(crate) host_ops: Box<[Op]>,
    pub(crate) path_ops: Box<[Op]>,
    /// Whether a match may lead on: an alias, a redirect, or a rule whose defaults another rule has.
    pub(crate) leads_on: bool,
}

impl<E> Compiled<E> {
    pub(crate) fn default(&self, name: &str) -> Option<&Value<'static>> {
        self.info.defaults.iter().find(|(other, _)| **other == *name).map(|(_, value)| value)
    }

    /// Whether the rule has a variable or default of that name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.info.vars.iter().any(|var| *var.name == *name) || self.default(name).is_some()
    }

    /// The names of variables and defaults.
    pub(crate) fn names(&self) -> HashSet<&str> {
        self.info.vars.iter().map(|var| &*var.name).chain(self.info.defaults.iter().map(|(name, _)| &**name)).collect()
    }
}

/// What is needed while rules are compiled.
struct Maker {
    converters: HashMap<Box<str>, Factory>,
    /// Custom converters by name and arguments: one place in the tree each.
    customs: HashMap<(Box<str>, ConverterArgs), (u32, Arc<dyn Converter>)>,
    tree: Tree,
    extra: Vec<Box<str>>,
}

impl Maker {
    fn compile<E>(&mut self, mut rule: Rule<E>, options: &Options) -> Result<(Compiled<E>, Input), RoutingError> {
        rule.policy = options.hosts;
        rule.trailing = rule.trailing.or(Some(options.trailing));
        rule.double = rule.double.or(Some(options.double));
        rule.subdomain = rule.subdomain.or_else(|| Some(options.default_subdomain.clone()));
        let methods = rule.methods.as_deref().unwrap_or_default();
        if rule.websocket && methods.iter().any(|m| !matches!(&**m, "GET" | "HEAD" | "OPTIONS")) {
            return Err(RoutingError::new(Error::WebSocketMethod, &rule.text));
        }
        let mask = self.mask(&rule)?;
        let host_text = match options.hosts {
            HostPolicy::Subdomain => rule.subdomain.as_deref(),
            HostPolicy::Host => rule.host.as_deref(),
            HostPolicy::Ignore => None,
        };
        let host = Pattern::parse_host(host_text.unwrap_or_default())?;
        let merged = merge(&rule.text).filter(|_| rule.double == Some(DoubleSlashes::Merge));
        let path = Pattern::parse(merged.as_deref().unwrap_or(&rule.text))?;
        let mut vars: Vec<Var> = Vec::new();
        let mut shapes = Vec::new();
        for (pattern, variable) in host.variables().map(|v| (&host, v)).chain(path.variables().map(|v| (&path, v))) {
            let (kind, shape) = self.kind(pattern, variable)?;
            shapes.push((shape, kind.weight(), kind.spans_segments()));
            vars.push(Var { name: variable.name().into(), kind });
        }
        for variable in path.variables() {
            if host.variables().any(|other| other.name() == variable.name()) {
                return Err(RoutingError::at(Error::DuplicateVariable, path.as_str(), variable.offset()));
            }
        }
        let in_host = host.variables().count();
        let shape_of = |i: usize| shapes.get(i).cloned().unwrap_or((Shape::Path, 0, true));
        let input = Input {
            host: if host.as_str().is_empty() { vec![RulePart::Static("".into())] } else { compile::parts(&host, shape_of) },
            path: compile::parts(&path, |i| shape_of(in_host + i)),
            mask,
            strict: rule.trailing == Some(TrailingSlash::Strict),
            constraints: vars.iter().enumerate().filter(|(_, v)| v.kind.is_constrained()).map(|(i, v)| (i, v.kind.clone())).collect(),
        };
        let host_ops = ops(&host, &vars, 0, &rule)?;
        let path_ops = ops(&path, &vars, in_host, &rule)?;
        let leads_on = rule.alias && !options.keep_defaults || rule.redirect_to.is_some();
        let info = Info { vars: vars.into(), defaults: rule.defaults.clone().into() };
        Ok((Compiled { rule, info, host_ops, path_ops, leads_on }, input))
    }

    /// The methods and the protocol that a rule takes.
    fn mask<E>(&mut self, rule: &Rule<E>) -> Result<u64, RoutingError> {
        let protocol = if rule.websocket { WEBSOCKET } else { HTTP };
        let Some(methods) = &rule.methods else { return Ok(protocol | ALL_METHODS) };
        let mut mask = protocol;
        for method in methods {
            let known = METHODS.iter().position(|m| **m == **method);
            let known = known.or_else(|| self.extra.iter().position(|m| m == method).map(|i| METHODS.len() + i));
            let bit = known.unwrap_or_else(|| {
                self.extra.push(method.clone());
                METHODS.len() + self.extra.len() - 1
            });
            if self.extra.len() > 48 {
                return Err(RoutingError::new(Error::TooManyMethods, &rule.text));
            }
            mask |= 1 << bit;
        }
        Ok(mask)
    }

    /// A variable's kind and shape.
    fn kind(&mut self, pattern: &Pattern, variable: &Variable) -> Result<(Kind, Shape), RoutingError> {
        let name = variable.converter();
        let refuse = |kind| RoutingError::at(kind, pattern.as_str(), variable.offset());
        if let Some(factory) = self.converters.get(name) {
            let key = (name.into(), variable.args().clone());
            let (id, custom) = if let Some(known) = self.customs.get(&key) {
                known.clone()
            } else {
                let custom = factory(variable.args()).ok_or_else(|| refuse(Error::BadConverterArgument))?;
                let id = u32::try_from(self.tree.customs.len()).unwrap_or(u32::MAX);
                self.tree.customs.push(Arc::clone(&custom));
                self.customs.insert(key, (id, Arc::clone(&custom)));
                (id, custom)
            };
            let kind = Kind::Custom(custom);
            let shape = compile::shape(&kind, id);
            return Ok((kind, shape));
        }
        let kind = Kind::builtin(name, variable.args()).ok_or_else(|| refuse(Error::UnknownConverter))?;
        let kind = kind.map_err(|()| refuse(Error::BadConverterArgument))?;
        let shape = compile::shape(&kind, 0);
        Ok((kind, shape))
    }
}

/// A text with single slashes, if it has others.
fn merge(text: &str) -> Option<String> {
    text.contains("//").then(|| {
        let mut merged = String::with_capacity(text.len());
        for c in text.chars() {
            if c != '/' || !merged.ends_with('/') {
                merged.push(c);
            }
        }
        merged
    })
}

/// The steps of building a pattern: literals encoded, defaults written out, neighbours joined.
fn ops<E>(pattern: &Pattern, vars: &[Var], first: usize, rule: &Rule<E>) -> Result<Box<[Op]>, RoutingError> {
    let mut ops = Vec::new();
    let mut text = String::new();
    let mut number = first;
    for piece in pattern.pieces() {
        match piece {
            Piece::Slash => text.push('/'),
            Piece::Literal(literal) => path::encode_path(literal, &mut text),
            Piece::Variable(variable) => {
                let default = rule.defaults.iter().find(|(name, _)| **name == *variable.name());
                match (vars.get(number), default) {
                    (Some(var), Some((_, value))) => {
                        let bad = || RoutingError::at(Error::BadDefault, pattern.as_str(), variable.offset());
                        var.kind.write(value, Slashes::Encoded, &mut text).ok_or_else(bad)?;
                    }
                    _ => {
                        if !text.is_empty() {
                            ops.push(Op::Text(std::mem::take(&mut text).into()));
                        }
                        ops.push(Op::Var(u32::try_from(number).unwrap_or(u32::MAX)));
                    }
                }
                number += 1;
            }
        }
    }
    if !text.is_empty() {
        ops.push(Op::Text(text.into()));
    }
    Ok(ops.into())
}

/// Rules, compiled: finds the rule for a path, and the URL for an endpoint.
///
/// A map is immutable and can be shared between threads. It is bound to a host before it is used: [`bind`](Self::bind).
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Outcome, Rule, RoutingErrorKind};
///
/// #[derive(Debug, PartialEq, Eq, Hash)]
/// enum Page { Index, User }
///
/// let map = Map::builder().rule(Rule::new("/", Page::Index)).rule(Rule::new("/user/<int:id>", Page::User)).build()?;
/// let urls = map.bind("example.org")?;
/// let Outcome::Match(user) = urls.match_path("/user/7", "GET") else { panic!() };
/// assert_eq!((user.endpoint(), user.args().get::<u32>("id")?), (&Page::User, 7));
/// assert!(matches!(urls.match_path("/user/seven", "GET"), Outcome::NotFound));
/// assert_eq!(urls.url_for(&Page::User).arg("id", 7).build()?, "/user/7");
///
/// let twice = Map::builder().rule(Rule::new("/<a>", 1)).rule(Rule::new("/<b>", 2)).build();
/// assert_eq!(twice.unwrap_err().kind(), RoutingErrorKind::DuplicateRule);
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
pub struct Map<E> {
    pub(crate) tables: Tables,
    pub(crate) compiled: Box<[Compiled<E>]>,
    pub(crate) endpoints: Endpoints,
    pub(crate) extra: Box<[Box<str>]>,
    pub(crate) options: Options,
}

impl<E: Eq + Hash> Map<E> {
    /// An empty map in the making.
    #[must_use]
    pub fn builder() -> MapBuilder<E> {
        MapBuilder::default()
    }

    /// The rules of an endpoint, in the order in which they are tried for building; nothing for an endpoint that no rule has.
    pub fn rules_of(&self, endpoint: &E) -> Option<impl Iterator<Item = &Rule<E>>> {
        let group = self.endpoints.find(endpoint, &self.compiled)?;
        Some(group.iter().filter_map(|&id| self.compiled.get(id as usize)).map(|compiled| &compiled.rule))
    }

    /// Whether a rule of the endpoint has all these names as variables or defaults; nothing for an endpoint that no rule has.
    #[must_use]
    pub fn is_endpoint_expecting(&self, endpoint: &E, names: &[&str]) -> Option<bool> {
        let group = self.endpoints.find(endpoint, &self.compiled)?;
        let mut rules = group.iter().filter_map(|&id| self.compiled.get(id as usize));
        Some(rules.any(|compiled| names.iter().all(|name| compiled.knows(name))))
    }
}

impl<E> Map<E> {
    /// All rules, those of one endpoint together, endpoints in the order of their first rule.
    #[doc(alias = "iter_rules")]
    pub fn rules(&self) -> impl Iterator<Item = &Rule<E>> {
        self.endpoints.all().filter_map(|id| self.compiled.get(id as usize)).map(|compiled| &compiled.rule)
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.compiled.len()
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.compiled.is_empty()
    }

    /// A method's bit; the bit of unnamed methods for one that no rule names. Case does not matter.
    #[inline]
    pub(crate) fn method_bit(&self, method: &str) -> u64 {
        match method {
            "GET" => 1,
            "POST" => 1 << 2,
            other => self.rare_method_bit(other),
        }
    }

    #[inline(never)]
    fn rare_method_bit(&self, method: &str) -> u64 {
        let known = METHODS.iter().copied().chain(self.extra.iter().map(|m| &**m));
        known.enumerate().find(|(_, m)| m.eq_ignore_ascii_case(method)).map_or(OTHER_METHOD, |(i, _)| 1 << i)
    }
}

impl<E: fmt::Debug> fmt::Debug for Map<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Map ")?;
        f.debug_list().entries(self.rules()).finish()
    }
}
