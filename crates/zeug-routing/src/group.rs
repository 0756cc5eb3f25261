//! Rules taken together: mounted under a path, moved to a subdomain, their endpoints renamed. Keeps every option of a rule.

use crate::rule::Rule;

/// Rules that are changed together and then put into a map or another group.
///
/// Each step applies to the rules the group has so far; groups nest by being handed on as rules.
///
/// # Example
///
/// ```
/// use zeug_routing::{Group, Map, Outcome, Rule, RoutingErrorKind};
///
/// let shop = Group::new([Rule::new("/", "index".to_owned()), Rule::new("/item/<int:id>", "item".to_owned())])
///     .submount("/shop")
///     .namespace("shop");
/// let map = Map::builder().rule(Rule::new("/", "index".to_owned())).rules(shop).build()?;
/// let urls = map.bind("example.org")?;
/// assert_eq!(urls.url_for(&"shop.item".to_owned()).arg("id", 7).build()?, "/shop/item/7");
/// assert!(matches!(urls.match_path("/item/7", "GET"), Outcome::NotFound));
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Group<E>(Vec<Rule<E>>);

impl<E> Group<E> {
    /// A group of rules or of another group's rules.
    pub fn new(rules: impl IntoIterator<Item = Rule<E>>) -> Self {
        Self(rules.into_iter().collect())
    }

    /// Adds rules, or a group.
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule<E>>) -> Self {
        self.0.extend(rules);
        self
    }

    /// Puts a path before every rule; slashes at its end are dropped.
    #[must_use]
    #[doc(alias = "Submount")]
    pub fn submount(mut self, path: &str) -> Self {
        let path = path.trim_end_matches('/');
        for rule in &mut self.0 {
            rule.text = format!("{path}{}", rule.text).into();
        }
        self
    }

    /// Moves every rule to subdomains of that pattern.
    #[must_use]
    #[doc(alias = "Subdomain")]
    pub fn subdomain(mut self, pattern: &str) -> Self {
        for rule in &mut self.0 {
            rule.subdomain = Some(pattern.into());
        }
        self
    }

    /// Moves every rule to hosts of that pattern.
    #[must_use]
    pub fn host(mut self, pattern: &str) -> Self {
        for rule in &mut self.0 {
            rule.host = Some(pattern.into());
        }
        self
    }

    /// Changes every endpoint, for example from one part's own enum to the program's.
    #[must_use]
    pub fn map_endpoints<F>(self, mut change: impl FnMut(E) -> F) -> Group<F> {
        Group(
            self.0
                .into_iter()
                .map(|rule| change_endpoint(rule, &mut change))
                .collect(),
        )
    }
}

impl<E: AsRef<str> + From<String>> Group<E> {
    /// Puts a text before every endpoint.
    #[must_use]
    #[doc(alias = "EndpointPrefix")]
    pub fn endpoint_prefix(mut self, prefix: &str) -> Self {
        for rule in &mut self.0 {
            rule.endpoint = format!("{prefix}{}", rule.endpoint.as_ref()).into();
        }
        self
    }

    /// Puts a name and a point before every endpoint, so that two groups cannot collide: `item` in `shop` is `shop.item`.
    #[must_use]
    pub fn namespace(self, name: &str) -> Self {
        self.endpoint_prefix(&format!("{name}."))
    }
}

fn change_endpoint<E, F>(rule: Rule<E>, change: &mut impl FnMut(E) -> F) -> Rule<F> {
    Rule {
        text: rule.text,
        endpoint: change(rule.endpoint),
        defaults: rule.defaults,
        subdomain: rule.subdomain,
        host: rule.host,
        methods: rule.methods,
        trailing: rule.trailing,
        double: rule.double,
        build_only: rule.build_only,
        alias: rule.alias,
        websocket: rule.websocket,
        redirect_to: rule.redirect_to,
        policy: rule.policy,
    }
}

impl<E> IntoIterator for Group<E> {
    type Item = Rule<E>;
    type IntoIter = std::vec::IntoIter<Rule<E>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
