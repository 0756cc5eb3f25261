//! Rules with placeholders in their texts. Refuses placeholders for which no text is given.

use crate::error::{RoutingError, RoutingErrorKind};
use crate::group::Group;
use crate::rule::{RedirectTo, Rule};
use crate::value::Value;

/// Rules in which `$name` and `${name}` stand for texts given later; `$$` is a dollar sign.
///
/// Placeholders may stand in the rule's text, its endpoint, subdomain, host, textual defaults and redirect target.
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Rule, RuleTemplate, RoutingErrorKind};
///
/// let resource = RuleTemplate::new([
///     Rule::new("/$name/", "$name.list".to_owned()),
///     Rule::new("/$name/<int:id>", "$name.show".to_owned()),
/// ]);
/// let map = Map::builder().rules(resource.fill([("name", "user")])?).rules(resource.fill([("name", "page")])?).build()?;
/// assert_eq!(map.bind("example.org")?.url_for(&"page.show".to_owned()).arg("id", 5).build()?, "/page/5");
///
/// let error = resource.fill([("nome", "user")]).unwrap_err();
/// assert_eq!(error.kind(), RoutingErrorKind::MissingPlaceholder);
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RuleTemplate<E>(Vec<Rule<E>>);

impl<E: Clone + AsRef<str> + From<String>> RuleTemplate<E> {
    /// A template of rules or of a group's rules.
    pub fn new(rules: impl IntoIterator<Item = Rule<E>>) -> Self {
        Self(rules.into_iter().collect())
    }

    /// The rules with their placeholders replaced.
    ///
    /// # Errors
    ///
    /// [`MissingPlaceholder`](RoutingErrorKind::MissingPlaceholder) for a placeholder that is not among `texts`, or a `$` that begins none.
    pub fn fill<'t>(
        &self,
        texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Group<E>, RoutingError> {
        let texts: Vec<(&str, &str)> = texts.into_iter().collect();
        let option = |text: &Option<Box<str>>| {
            text.as_deref()
                .map(|t| replace(t, &texts).map(Into::into))
                .transpose()
        };
        let mut filled = Vec::with_capacity(self.0.len());
        for rule in &self.0 {
            let mut rule = rule.clone();
            rule.text = replace(&rule.text, &texts)?.into();
            rule.endpoint = replace(rule.endpoint.as_ref(), &texts)?.into();
            rule.subdomain = option(&rule.subdomain)?;
            rule.host = option(&rule.host)?;
            for (_, value) in &mut rule.defaults {
                if let Value::Text(text) = value {
                    *value = replace(text, &texts)?.into();
                }
            }
            if let Some(RedirectTo::Text(text)) = &rule.redirect_to {
                rule.redirect_to = Some(RedirectTo::Text(replace(text, &texts)?.into()));
            }
            filled.push(rule);
        }
        Ok(Group::new(filled))
    }
}

/// A text with its placeholders replaced.
fn replace(text: &str, texts: &[(&str, &str)]) -> Result<String, RoutingError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        let missing = || {
            RoutingError::at(
                RoutingErrorKind::MissingPlaceholder,
                text,
                text.len() - rest.len() + dollar,
            )
        };
        let after = &rest[dollar + 1..];
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = after.strip_prefix('{');
        let name_on = braced.unwrap_or(after);
        let end = name_on
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(name_on.len());
        let (name, mut after) = name_on.split_at(end);
        if braced.is_some() {
            after = after.strip_prefix('}').ok_or_else(missing)?;
        }
        let (_, replacement) = texts
            .iter()
            .find(|(other, _)| !name.is_empty() && *other == name)
            .ok_or_else(missing)?;
        out.push_str(replacement);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
