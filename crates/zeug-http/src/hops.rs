//! Which fields belong to one connection and which to the body (RFC 9110 section 7.6.1, RFC 9112), and taking them away.

use std::collections::HashSet;

use http::{HeaderMap, header};
use zeug_datastructures::{FieldName, Headers, names};

/// Fields that can be looked through and taken away by name: [`Headers`], [`HeaderMap`], and a list of pairs.
pub trait Fields: sealed::Sealed {
    /// Keeps the fields for whose name `keep` returns true.
    fn retain_names(&mut self, keep: &mut dyn FnMut(&str) -> bool);

    /// Takes away the fields that describe a body, but for those named in `kept`.
    fn remove_entity_fields(&mut self, kept: &[&str]) {
        self.retain_names(&mut |name| !is_entity_field(name) || is_in(kept, name));
    }

    /// Hands over the values of the fields of that name, given in lower case.
    fn each_value(&self, name: &str, see: &mut dyn FnMut(&[u8]));
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for zeug_datastructures::Headers {}
    impl Sealed for http::HeaderMap {}
    impl<N, V> Sealed for Vec<(N, V)> {}
}

impl Fields for Headers {
    fn retain_names(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        self.retain(|name, _| keep(name.as_str()));
    }

    fn remove_entity_fields(&mut self, kept: &[&str]) {
        // A standard name is told by its number, without looking at its text.
        self.retain(|name, _| !ENTITY.contains(&name) || kept.iter().any(|kept| name == **kept));
    }

    fn each_value(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.get_all(name).for_each(|value| see(value.as_bytes()));
    }
}

impl Fields for HeaderMap {
    fn retain_names(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        let gone: Vec<header::HeaderName> = self
            .keys()
            .filter(|name| !keep(name.as_str()))
            .cloned()
            .collect();
        for name in gone {
            self.remove(name);
        }
    }

    fn each_value(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.get_all(name)
            .iter()
            .for_each(|value| see(value.as_bytes()));
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Fields for Vec<(N, V)> {
    fn retain_names(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        self.retain(|(name, _)| keep(name.as_ref()));
    }

    fn each_value(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        for (other, value) in self {
            if other.as_ref().eq_ignore_ascii_case(name) {
                see(value.as_ref());
            }
        }
    }
}

/// The fields that belong to one connection, in lower case.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The fields that describe a body.
const ENTITY: [FieldName<'static>; 10] = [
    names::ALLOW,
    names::CONTENT_ENCODING,
    names::CONTENT_LANGUAGE,
    names::CONTENT_LENGTH,
    names::CONTENT_LOCATION,
    names::CONTENT_MD5,
    names::CONTENT_RANGE,
    names::CONTENT_TYPE,
    names::EXPIRES,
    names::LAST_MODIFIED,
];

fn is_in(names: &[&str], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// Returns whether a field of that name belongs to one connection and is not passed on; case does not matter.
///
/// # Example
///
/// ```
/// assert!(zeug_http::is_hop_by_hop("Transfer-Encoding"));
/// assert!(!zeug_http::is_hop_by_hop("Content-Type"));
/// ```
#[doc(alias = "is_hop_by_hop_header")]
#[must_use]
pub fn is_hop_by_hop(name: &str) -> bool {
    is_in(&HOP_BY_HOP, name)
}

/// Returns whether a field of that name describes the body of a message; case does not matter.
///
/// # Example
///
/// ```
/// assert!(zeug_http::is_entity_field("Content-Type"));
/// assert!(!zeug_http::is_entity_field("Host"));
/// ```
#[doc(alias = "is_entity_header")]
#[must_use]
pub fn is_entity_field(name: &str) -> bool {
    ENTITY.iter().any(|entity| *entity == name)
}

/// Takes away the fields that belong to one connection, and those that its `Connection` field names.
///
/// An intermediary does this before it passes a message on
/// ([RFC 9110 section 7.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)).
///
/// # Limits
///
/// Linear in the fields and in the names that `Connection` has, all of which count: none hides behind others.
///
/// # Deviations
///
/// Werkzeug leaves the fields that `Connection` names.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{FieldName, Headers, names};
///
/// let mut headers = Headers::try_from_pairs([("Connection", "x-trace"), ("X-Trace", "1"), ("Host", "a")])?;
/// zeug_http::remove_hop_by_hop(&mut headers);
/// assert!(!headers.contains("x-trace"));
/// // Fields for the other end stay.
/// assert!(headers.contains("host"));
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[doc(alias = "remove_hop_by_hop_headers")]
pub fn remove_hop_by_hop(headers: &mut impl Fields) {
    let mut named = HashSet::new();
    headers.each_value("connection", &mut |value| {
        // Tokens and nothing else: a quote groups nothing.
        let names = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        named.extend(
            names
                .filter(|name| !name.is_empty())
                .map(<[u8]>::to_ascii_lowercase),
        );
    });
    headers.retain_names(&mut |name| {
        !is_hop_by_hop(name)
            && (named.is_empty() || !named.contains(name.to_ascii_lowercase().as_bytes()))
    });
}

/// Takes away the fields that describe a body, but for those named in `kept`.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{FieldName, Headers, names};
///
/// let mut headers = Headers::try_from_pairs([("Content-Type", "a/b"), ("Expires", "0"), ("ETag", "\"x\"")])?;
/// zeug_http::remove_entity_fields(&mut headers, &zeug_http::KEPT_WITHOUT_BODY);
/// assert!(!headers.contains("content-type"));
/// assert!(headers.contains("expires") && headers.contains("etag"));
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[doc(alias = "remove_entity_headers")]
pub fn remove_entity_fields(headers: &mut impl Fields, kept: &[&str]) {
    headers.remove_entity_fields(kept);
}

/// The fields about a body that an answer without one, as 304, still carries.
pub const KEPT_WITHOUT_BODY: [&str; 2] = ["expires", "content-location"];
