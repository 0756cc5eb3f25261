//! Where a match leads on to: an alias's own URL, a rule whose defaults the values are, a rule's redirect target. Values of a request never
//! choose the host.

use crate::args::Args;
use crate::bind::Bound;
use crate::compiled::Compiled;
use crate::options::Slashes;
use crate::outcome::Redirect;
use crate::path;
use crate::rule::RedirectTo;
use crate::url_for::{Pairs, Wanted};
use crate::value::Value;

impl<E> Bound<'_, E> {
    /// Where a match leads on to, if it does.
    pub(crate) fn leads_to(
        &self,
        id: u32,
        compiled: &Compiled<E>,
        args: &Args<'_, '_>,
        method: &str,
        query: Option<&str>,
    ) -> Option<Redirect> {
        let query = query.unwrap_or(self.bound_query());
        let location = if self.map.options.keep_defaults {
            None
        } else if compiled.rule.alias {
            self.alias_url(id, args, method, query)
        } else {
            self.default_url(id, args, method, query)
        };
        let target = compiled.rule.redirect_to.as_ref();
        let location = location.or_else(|| target.map(|target| self.target_url(target, args)))?;
        Some(Redirect { location })
    }

    /// The URL of the endpoint's own rule; nothing where there is none that takes the values.
    fn alias_url(&self, id: u32, args: &Args<'_, '_>, method: &str, query: &str) -> Option<String> {
        let values: Pairs<'_> = args
            .iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        let is_own = |id: &u32| {
            self.map
                .compiled
                .get(*id as usize)
                .is_some_and(|c| !c.rule.alias)
        };
        let own: Vec<u32> = self
            .map
            .endpoints
            .siblings(id)
            .iter()
            .copied()
            .filter(is_own)
            .collect();
        let method = method.to_ascii_uppercase();
        let wanted = Wanted {
            method: Some(&method),
            external: true,
            drop_unknown: true,
            ..Wanted::default()
        };
        let mut url = self.build_from(&own, &values, &wanted).ok()??;
        if !query.is_empty() {
            url.push('?');
            url.push_str(query);
        }
        Some(url)
    }

    /// The URL of an earlier rule of the endpoint that has the values as defaults.
    fn default_url(
        &self,
        id: u32,
        args: &Args<'_, '_>,
        method: &str,
        query: &str,
    ) -> Option<String> {
        let providers = self.map.endpoints.defaults_for(id);
        if providers.is_empty() {
            return None;
        }
        let mut values: Pairs<'_> = args
            .iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        let method = method.to_ascii_uppercase();
        let provider = providers
            .iter()
            .filter_map(|&other| self.map.compiled.get(other as usize));
        let provider = provider
            .into_iter()
            .find(|rule| rule.is_suitable(&values, Some(&method)))?;
        for (name, value) in &provider.info.defaults {
            values.retain(|(other, _)| **other != **name);
            values.push((name.as_ref().into(), value.clone()));
        }
        let host = self.host_of(provider, &values).ok()?;
        let mut path = String::new();
        self.write_path(provider, &values, &mut path).ok()?;
        Some(self.redirect_url(Some(&host), &path, query))
    }

    /// The URL that a rule redirects to, with the values in it.
    fn target_url(&self, target: &RedirectTo, args: &Args<'_, '_>) -> String {
        let (text, literal) = match target {
            RedirectTo::Text(text) => (fill(text, args), &**text),
            RedirectTo::With(make) => (make(args), ""),
        };
        let literal = if literal.is_empty() { &text } else { literal };
        let scheme = if self.scheme.is_empty() {
            "http"
        } else {
            &self.scheme
        };
        if has_scheme(literal) {
            return text;
        }
        if literal.starts_with("//") {
            return format!("{scheme}:{text}");
        }
        let host = match self.subdomain.as_deref() {
            None | Some("") => self.server_name.to_string(),
            Some(subdomain) => format!("{subdomain}.{}", self.server_name),
        };
        format!(
            "{scheme}://{host}{}",
            path::join_path(&self.script_root, &text)
        )
    }

    /// An absolute URL for a redirect: a host part (the binding's own unless given), a percent-encoded path and a query.
    pub(crate) fn redirect_url(&self, host: Option<&str>, path: &str, query: &str) -> String {
        let scheme = if self.scheme.is_empty() {
            "http"
        } else {
            &self.scheme
        };
        let host = self.host_for(host);
        let root = self.script_root.trim_matches('/');
        let path = path.trim_start_matches('/');
        let mut url = String::with_capacity(
            scheme.len() + host.len() + root.len() + path.len() + query.len() + 8,
        );
        url.extend([
            scheme,
            "://",
            &host,
            "/",
            root,
            if root.is_empty() { "" } else { "/" },
            path,
        ]);
        if !query.is_empty() {
            url.extend([if url.contains('?') { "&" } else { "?" }, query]);
        }
        url
    }
}

/// A redirect's text with the values in it, percent-encoded.
fn fill(text: &str, args: &Args<'_, '_>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        if let Some((_, value)) = args.iter().find(|(other, _)| *other == name) {
            write_value(name, &value, args, &mut out);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn write_value(name: &str, value: &Value<'_>, args: &Args<'_, '_>, out: &mut String) {
    let var = args.info.vars.iter().find(|var| *var.name == *name);
    let written = var.and_then(|var| var.kind.write(value, Slashes::Encoded, out));
    if written.is_none() {
        path::encode_segment(&value.to_string(), Slashes::Encoded, out);
    }
}

/// Whether a text begins with a scheme and a colon.
fn has_scheme(text: &str) -> bool {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '.' | '-'))
        .unwrap_or(text.len());
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text[end..].starts_with(':')
}
