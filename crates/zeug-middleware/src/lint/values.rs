//! Owns the rules for the values of an answer's fields, each field by itself. What fields mean together is `rules`'.

use zeug_datastructures::{FieldName, Headers, names};
use zeug_http::{Age, ContentRange, ContentType, FieldList, HttpDate, RetryAfter, WwwAuthenticate};

use super::Teller;

/// A field, its name in lower case, what is wrong with a value and by which section, and which values are right.
type Rule = (
    FieldName<'static>,
    &'static str,
    &'static str,
    &'static str,
    fn(&str) -> bool,
);

const RULES: [Rule; 17] = [
    (
        names::ETAG,
        "etag",
        "the weak mark is an upper case W",
        "RFC 9110 section 8.8.3",
        |value| !value.starts_with("w/"),
    ),
    (
        names::ETAG,
        "etag",
        "not in double quotes",
        "RFC 9110 section 8.8.3",
        |value| {
            let opaque = opaque(value);
            opaque.len() >= 2 && opaque.starts_with('"') && opaque.ends_with('"')
        },
    ),
    (
        names::ETAG,
        "etag",
        "a quote, a blank or a control character in it",
        "RFC 9110 section 8.8.3",
        |value| {
            let inner = opaque(value)
                .get(1..)
                .unwrap_or_default()
                .trim_end_matches('"');
            inner
                .bytes()
                .all(|byte| byte > b' ' && !matches!(byte, b'"' | 0x7f))
        },
    ),
    (
        names::DATE,
        "date",
        "not a date",
        "RFC 9110 section 6.6.1",
        is_date,
    ),
    (
        names::LAST_MODIFIED,
        "last-modified",
        "not a date",
        "RFC 9110 section 8.8.2",
        is_date,
    ),
    (
        names::LOCATION,
        "location",
        "not a URL in ASCII",
        "RFC 9110 section 10.2.2",
        is_url,
    ),
    (
        names::CONTENT_LOCATION,
        "content-location",
        "not a URL in ASCII",
        "RFC 9110 section 8.7",
        is_url,
    ),
    (
        names::CONTENT_TYPE,
        "content-type",
        "not a media type",
        "RFC 9110 section 8.3.1",
        |value| ContentType::parse(value).is_valid(),
    ),
    (
        names::CONTENT_TYPE,
        "content-type",
        "multipart without a boundary",
        "RFC 2046 section 5.1.1",
        |value| {
            let field = ContentType::parse(value);
            !field
                .essence()
                .to_ascii_lowercase()
                .starts_with("multipart/")
                || field.boundary().is_some()
        },
    ),
    (
        names::CONTENT_ENCODING,
        "content-encoding",
        "not a list of codings",
        "RFC 9110 section 8.4",
        is_tokens,
    ),
    (
        names::CONTENT_ENCODING,
        "content-encoding",
        "identity is no coding of a body",
        "RFC 9110 section 8.4.1",
        |value| {
            !FieldList::parse(value)
                .iter()
                .any(|coding| coding.eq_ignore_ascii_case("identity"))
        },
    ),
    (
        names::CONTENT_RANGE,
        "content-range",
        "malformed",
        "RFC 9110 section 14.4",
        |value| ContentRange::parse(value).is_ok(),
    ),
    (
        names::RETRY_AFTER,
        "retry-after",
        "neither seconds nor a date",
        "RFC 9110 section 10.2.3",
        |value| RetryAfter::parse(value).is_ok(),
    ),
    (
        names::AGE,
        "age",
        "not a number of seconds",
        "RFC 9111 section 5.1",
        |value| Age::parse(value).is_ok(),
    ),
    (
        names::ALLOW,
        "allow",
        "not a list of methods",
        "RFC 9110 section 10.2.1",
        |value| value.is_empty() || is_tokens(value),
    ),
    (
        names::VARY,
        "vary",
        "not a list of field names",
        "RFC 9110 section 12.5.5",
        is_tokens,
    ),
    (
        names::WWW_AUTHENTICATE,
        "www-authenticate",
        "no challenge",
        "RFC 9110 section 11.6.1",
        |value| WwwAuthenticate::parse(value).is_ok_and(|challenge| is_token(challenge.scheme())),
    ),
];

/// Directives of caches whose argument is a number of seconds.
const SECONDS: [&str; 4] = [
    "max-age",
    "s-maxage",
    "stale-while-revalidate",
    "stale-if-error",
];

/// Holds the fields against the rules; the first that a field breaks is told, of each of its rules' places.
pub(super) fn values(fields: &Headers, teller: &Teller) {
    for (field, name, message, rule, is_right) in RULES {
        if let Some(value) = fields.get(field)
            && !is_right(&value.to_utf8_lossy())
        {
            teller.warn(name, message, rule);
        }
    }
    for value in fields.get_all(names::CACHE_CONTROL) {
        for directive in value.to_utf8_lossy().split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim().to_ascii_lowercase();
            let argument = argument.trim().trim_matches('"');
            let is_number = !argument.is_empty() && argument.bytes().all(|b| b.is_ascii_digit());
            if SECONDS.contains(&&*name) && !is_number {
                let message = format!("{name} without a number of seconds");
                teller.warn("cache-control", message, "RFC 9111 section 1.2.2");
            }
        }
    }
    for (name, value) in fields {
        if !value.as_bytes().is_ascii() {
            let message = format!("{} has bytes that are not ASCII", name.to_lowercase());
            teller.warn("fields", message, "RFC 9110 section 5.5");
        }
    }
}

/// The tag without its weak mark.
fn opaque(tag: &str) -> &str {
    let opaque = tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/"));
    opaque.unwrap_or(tag)
}

fn is_date(value: &str) -> bool {
    HttpDate::parse(value).is_ok()
}

fn is_url(value: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\');
    !value.is_empty() && value.bytes().all(fits)
}

fn is_token(value: &str) -> bool {
    FieldName::parse(value).is_ok()
}

/// At least one token, and nothing else between commas.
fn is_tokens(value: &str) -> bool {
    let mut items = value.split(',').map(str::trim);
    items.all(|item| item.is_empty() || is_token(item)) && value.bytes().any(|byte| byte != b',')
}
