//! `Content-Security-Policy` (CSP Level 3): directives and their values. Checks no source expression.

use std::borrow::Cow;
use std::fmt;

use crate::macros::{borrowed_field, into_header_value};
use crate::ordered::OrderedMap;
use crate::text::{from, to, trim};

/// A content security policy: `default-src 'self'; script-src *; upgrade-insecure-requests`.
///
/// A directive without a value has the empty value. One given twice keeps its first place and takes the last value.
/// [CSP Level 3 section 2.2](https://www.w3.org/TR/CSP3/#framework-policy) describes the grammar.
///
/// # Deviations
///
/// Werkzeug loses directives that have no value, such as `upgrade-insecure-requests` or `sandbox`; here they are kept.
///
/// # Example
///
/// ```
/// use zeug_http::ContentSecurityPolicy;
///
/// let mut policy = ContentSecurityPolicy::parse("default-src 'self'; upgrade-insecure-requests;; img-src");
/// assert_eq!(policy.default_src(), Some("'self'"));
/// assert_eq!(policy.get("upgrade-insecure-requests"), Some(""));
/// policy.insert("script-src", "*");
/// policy.remove("img-src");
/// assert_eq!(policy.to_string(), "default-src 'self'; upgrade-insecure-requests; script-src *");
/// // A semicolon would begin another directive: no field value comes of it.
/// policy.insert("base-uri", "x;y");
/// assert!(http::HeaderValue::try_from(&policy).is_ok());
/// assert_eq!(policy.base_uri(), Some("x"));
/// ```
#[doc(alias = "parse_csp_header")]
#[doc(alias = "dump_csp_header")]
#[derive(Clone, Default, PartialEq)]
pub struct ContentSecurityPolicy<'a> {
    directives: OrderedMap<'a, Cow<'a, str>>,
}

macro_rules! directives {
    ($($get:ident, $name:literal;)*) => {$(
        #[doc = concat!("Returns the value of `", $name, "`, empty where it has none.")]
        #[must_use]
        pub fn $get(&self) -> Option<&str> {
            self.get($name)
        }
    )*};
}

impl<'a> ContentSecurityPolicy<'a> {
    /// Returns the directives of the policy.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut policy = Self::default();
        for directive in text.split(';') {
            let directive = trim(directive);
            if directive.is_empty() {
                continue;
            }
            let end = directive
                .bytes()
                .position(|byte| byte == b' ' || byte == b'\t')
                .unwrap_or(directive.len());
            policy.directives.insert(
                Cow::Borrowed(to(directive, end)),
                Cow::Borrowed(trim(from(directive, end))),
            );
        }
        policy
    }

    /// Returns the value of a directive, empty where it has none; `None` where it is absent.
    #[must_use]
    pub fn get(&self, directive: &str) -> Option<&str> {
        self.directives.get(directive).map(AsRef::as_ref)
    }

    /// Sets a directive; the empty value has it stand alone. What follows a semicolon in the value is dropped.
    pub fn insert(&mut self, directive: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        let mut value = value.into();
        if let Some(end) = value.find(';') {
            value = Cow::Owned(to(&value, end).to_owned());
        }
        self.directives.insert(directive.into(), value);
    }

    /// Removes a directive and returns whether it was there.
    pub fn remove(&mut self, directive: &str) -> bool {
        self.directives.remove(directive).is_some()
    }

    /// Returns whether there are no directives: then no field is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// Returns the directives with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.directives
            .iter()
            .map(|(directive, value)| (directive, value.as_ref()))
    }

    /// Returns the same policy with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ContentSecurityPolicy<'static> {
        let mut owned = ContentSecurityPolicy::default();
        for (directive, value) in self.directives.into_entries() {
            owned.directives.insert(
                Cow::Owned(directive.into_owned()),
                Cow::Owned(value.into_owned()),
            );
        }
        owned
    }

    directives! {
        base_uri, "base-uri";
        child_src, "child-src";
        connect_src, "connect-src";
        default_src, "default-src";
        font_src, "font-src";
        form_action, "form-action";
        frame_ancestors, "frame-ancestors";
        frame_src, "frame-src";
        img_src, "img-src";
        manifest_src, "manifest-src";
        media_src, "media-src";
        object_src, "object-src";
        report_to, "report-to";
        report_uri, "report-uri";
        require_trusted_types_for, "require-trusted-types-for";
        sandbox, "sandbox";
        script_src, "script-src";
        script_src_attr, "script-src-attr";
        script_src_elem, "script-src-elem";
        style_src, "style-src";
        style_src_attr, "style-src-attr";
        style_src_elem, "style-src-elem";
        trusted_types, "trusted-types";
        upgrade_insecure_requests, "upgrade-insecure-requests";
        worker_src, "worker-src";
    }
}

impl fmt::Display for ContentSecurityPolicy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (directive, value)) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            f.write_str(directive)?;
            if !value.is_empty() {
                f.write_str(" ")?;
                f.write_str(value)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ContentSecurityPolicy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Eq for ContentSecurityPolicy<'_> {}

borrowed_field!(ContentSecurityPolicy);
into_header_value!(ContentSecurityPolicy<'_>);
