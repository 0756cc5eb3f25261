//! The map: options, rules checked and compiled, endpoints in order. Refuses rules that cannot be read, searched for or told apart.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use crate::compiled::{Compiled, Maker, hides};
use crate::converter::{Converter, ConverterArgs};
use crate::endpoints::Endpoints;
use crate::error::{RoutingError, RoutingErrorKind as Error};
use crate::method::{self, METHODS};
use crate::options::{DoubleSlashes, HostPolicy, Options, QueryOrder, Slashes, TrailingSlash};
use crate::rule::Rule;
use crate::table::{NodeRef, OTHER_METHOD, Tables};

/// Makes a converter of its arguments; nothing for arguments that it does not take.
pub(crate) type Factory = Box<dyn Fn(&ConverterArgs) -> Option<Arc<dyn Converter>>>;

/// A map in the making: rules and options.
pub struct MapBuilder<E> {
    rules: Vec<Rule<E>>,
    converters: HashMap<Box<str>, Factory>,
    options: Options,
    allow_duplicates: bool,
}

impl<E> Default for MapBuilder<E> {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            converters: HashMap::new(),
            options: Options::default(),
            allow_duplicates: false,
        }
    }
}

impl<E> fmt::Debug for MapBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapBuilder")
            .field("rules", &self.rules.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
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
    /// 48 methods beside HTTP's nine; 2^27 nodes of the search tree; 512 places on one way where a search can turn.
    pub fn build(self) -> Result<Map<E>, RoutingError> {
        let Self {
            rules,
            converters,
            options,
            allow_duplicates,
        } = self;
        if rules.len() >= NodeRef::LIMIT {
            return Err(RoutingError::new(Error::TooManyRules, "map"));
        }
        let mut maker = Maker::new(converters, rules.len());
        let mut compiled: Vec<Compiled<E>> = Vec::with_capacity(rules.len());
        for rule in rules {
            let id = u32::try_from(compiled.len()).unwrap_or(u32::MAX);
            let (rule, node) = maker.compile(id, rule, &options)?;
            if let Some(node) = node.filter(|_| !allow_duplicates) {
                let earlier = maker.tree.rules_at(node).filter(|&other| other != id);
                if let Some(hiding) = earlier
                    .filter_map(|other| compiled.get(other as usize))
                    .find(|other| hides(other, &rule))
                {
                    let error = RoutingError::new(Error::DuplicateRule, &rule.rule.text);
                    return Err(error.with_names(vec![hiding.rule.text.to_string()]));
                }
            }
            compiled.push(rule);
        }
        let endpoints = Endpoints::new(&mut compiled);
        let names_methods = compiled.iter().any(|rule| rule.rule.methods.is_some());
        Ok(Map {
            tables: maker
                .tree
                .finish(|id| compiled.get(id as usize).is_some_and(|rule| rule.leads_on))?,
            compiled: compiled.into(),
            endpoints,
            extra: maker.extra.into(),
            names_methods,
            options,
        })
    }
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
    /// Whether a rule names methods; if none does, all methods are one.
    names_methods: bool,
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
        Some(
            group
                .iter()
                .filter_map(|&id| self.compiled.get(id as usize))
                .map(|compiled| &compiled.rule),
        )
    }

    /// Whether a rule of the endpoint has all these names as variables or defaults; nothing for an endpoint that no rule has.
    #[must_use]
    pub fn is_endpoint_expecting(&self, endpoint: &E, names: &[&str]) -> Option<bool> {
        let group = self.endpoints.find(endpoint, &self.compiled)?;
        let mut rules = group
            .iter()
            .filter_map(|&id| self.compiled.get(id as usize));
        Some(rules.any(|compiled| names.iter().all(|name| compiled.knows(name))))
    }
}

impl<E> Map<E> {
    /// All rules, those of one endpoint together, endpoints in the order of their first rule.
    #[doc(alias = "iter_rules")]
    pub fn rules(&self) -> impl Iterator<Item = &Rule<E>> {
        self.endpoints
            .all()
            .filter_map(|id| self.compiled.get(id as usize))
            .map(|compiled| &compiled.rule)
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
        if !self.names_methods {
            return OTHER_METHOD;
        }
        method::bit(method).unwrap_or_else(|| self.rare_method_bit(method))
    }

    #[inline(never)]
    fn rare_method_bit(&self, method: &str) -> u64 {
        let known = METHODS
            .iter()
            .copied()
            .chain(self.extra.iter().map(|m| &**m));
        known
            .enumerate()
            .find(|(_, m)| m.eq_ignore_ascii_case(method))
            .map_or(OTHER_METHOD, |(i, _)| 1 << i)
    }
}

impl<E: fmt::Debug> fmt::Debug for Map<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Map ")?;
        f.debug_list().entries(self.rules()).finish()
    }
}
