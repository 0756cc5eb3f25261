//! Which fields belong to one connection and which to the body (RFC 9110 section 7.6.1, RFC 9112), and taking them away.

use zeug_datastructures::Headers;

use crate::list::RawItems;
use crate::text::decode;

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

/// The fields that describe a body, in lower case.
const ENTITY: [&str; 10] = [
    "allow",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "expires",
    "last-modified",
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
    is_in(&ENTITY, name)
}

/// Takes away the fields that belong to one connection, and those that its `Connection` field names.
///
/// An intermediary does this before it passes a message on
/// ([RFC 9110 section 7.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)).
///
/// # Limits
///
/// Linear in the fields, times the names in `Connection`, of which the first 100 count.
///
/// # Deviations
///
/// Werkzeug leaves the fields that `Connection` names.
///
/// # Example
///
/// ```
/// use zeug_datastructures::Headers;
///
/// let mut headers = Headers::try_from_pairs([("Connection", "x-trace"), ("X-Trace", "1"), ("Host", "a")])?;
/// zeug_http::remove_hop_by_hop(&mut headers);
/// assert!(!headers.contains("x-trace"));
/// // Fields for the other end stay.
/// assert!(headers.contains("host"));
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[doc(alias = "remove_hop_by_hop_headers")]
pub fn remove_hop_by_hop(headers: &mut Headers) {
    const MOST: usize = 100;
    let fields: Vec<String> = headers
        .get_all("connection")
        .map(|value| decode(value.as_bytes()).into_owned())
        .collect();
    let named: Vec<&str> = fields
        .iter()
        .flat_map(|field| RawItems::new(field))
        .take(MOST)
        .collect();
    headers.retain(|name, _| !is_hop_by_hop(name.as_str()) && !is_in(&named, name.as_str()));
}

/// Takes away the fields that describe a body, but for those named in `kept`.
///
/// # Example
///
/// ```
/// use zeug_datastructures::Headers;
///
/// let mut headers = Headers::try_from_pairs([("Content-Type", "a/b"), ("Expires", "0"), ("ETag", "\"x\"")])?;
/// zeug_http::remove_entity_fields(&mut headers, &zeug_http::KEPT_WITHOUT_BODY);
/// assert!(!headers.contains("content-type"));
/// assert!(headers.contains("expires") && headers.contains("etag"));
/// # Ok::<(), zeug_datastructures::HeaderError>(())
/// ```
#[doc(alias = "remove_entity_headers")]
pub fn remove_entity_fields(headers: &mut Headers, kept: &[&str]) {
    headers.retain(|name, _| !is_entity_field(name.as_str()) || is_in(kept, name.as_str()));
}

/// The fields about a body that an answer without one, as 304, still carries.
pub const KEPT_WITHOUT_BODY: [&str; 2] = ["expires", "content-location"];
