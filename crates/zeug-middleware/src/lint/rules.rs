//! Owns the rules that a head and a body in memory are held against, each with the section that states it.

use std::collections::BTreeSet;

use zeug_datastructures::{FieldName, Headers, names};
use zeug_gateway::{Response, Trailers, Upgrade};
use zeug_http::{ContentRange, KEPT_WITHOUT_BODY, SetCookie, is_entity_field, is_hop_by_hop};

use super::Teller;
use super::values::values;

/// Fields that may stand once.
const SINGLE: [(FieldName<'static>, &str, &str); 9] = [
    (names::CONTENT_TYPE, "content-type", "RFC 9110 section 8.3"),
    (
        names::CONTENT_LENGTH,
        "content-length",
        "RFC 9110 section 8.6",
    ),
    (names::ETAG, "etag", "RFC 9110 section 8.8.3"),
    (
        names::LAST_MODIFIED,
        "last-modified",
        "RFC 9110 section 8.8.2",
    ),
    (names::DATE, "date", "RFC 9110 section 6.6.1"),
    (names::LOCATION, "location", "RFC 9110 section 10.2.2"),
    (names::RETRY_AFTER, "retry-after", "RFC 9110 section 10.2.3"),
    (
        names::CONTENT_RANGE,
        "content-range",
        "RFC 9110 section 14.4",
    ),
    (names::EXPIRES, "expires", "RFC 9111 section 5.3"),
];

/// What a status needs: the status, the field, its name, the section.
const NEEDED: [(u16, FieldName<'static>, &str, &str); 9] = [
    (
        401,
        names::WWW_AUTHENTICATE,
        "www-authenticate",
        "RFC 9110 section 15.5.2",
    ),
    (405, names::ALLOW, "allow", "RFC 9110 section 15.5.6"),
    (
        407,
        names::PROXY_AUTHENTICATE,
        "proxy-authenticate",
        "RFC 9110 section 15.5.8",
    ),
    (426, names::UPGRADE, "upgrade", "RFC 9110 section 15.5.22"),
    (301, names::LOCATION, "location", "RFC 9110 section 15.4.2"),
    (302, names::LOCATION, "location", "RFC 9110 section 15.4.3"),
    (303, names::LOCATION, "location", "RFC 9110 section 15.4.4"),
    (307, names::LOCATION, "location", "RFC 9110 section 15.4.8"),
    (308, names::LOCATION, "location", "RFC 9110 section 15.4.9"),
];

/// What is wrong with the answer.
pub(super) fn response(response: &Response, head: bool, teller: &Teller) {
    status(response, teller);
    ranges(response, teller);
    length(response, head, teller);
    values(response.headers(), teller);
    fields(response, teller);
    cookies(response.headers(), teller);
    attachments(response, teller);
}

fn status(response: &Response, teller: &Teller) {
    let (code, fields) = (response.status().as_u16(), response.headers());
    match code {
        101 if response.extensions().get::<Upgrade>().is_none() => {
            teller.warn("status", "101 without an upgrade", "RFC 9110 section 7.8");
        }
        100 | 102..=199 => {
            teller.warn(
                "status",
                "an interim status as the last answer",
                "RFC 9110 section 15.2",
            );
        }
        304 => {
            for name in fields.names() {
                let kept = |other: &&str| name == **other;
                if is_entity_field(name.as_str()) && !KEPT_WITHOUT_BODY.iter().any(kept) {
                    let message = format!(
                        "{} describes a body that 304 does not have",
                        name.to_lowercase()
                    );
                    teller.warn("status", message, "RFC 9110 section 15.4.5");
                }
            }
        }
        _ => {}
    }
    for (needs, field, name, rule) in NEEDED {
        if needs == code && !fields.contains(field) {
            teller.warn(name, format!("missing in {code}"), rule);
        }
    }
}

/// `Content-Range` beside the status and the body.
fn ranges(response: &Response, teller: &Teller) {
    let (code, fields) = (response.status().as_u16(), response.headers());
    let several = fields
        .get(names::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/byteranges"));
    let stated = fields.get(names::CONTENT_RANGE);
    let rule = "RFC 9110 section 15.3.7";
    match (code, &stated) {
        (206, None) if !several => teller.warn("content-range", "missing in 206", rule),
        (206, Some(_)) if several => {
            let message = "beside multipart/byteranges, whose parts have their own";
            teller.warn("content-range", message, "RFC 9110 section 15.3.7.2");
        }
        (416, None) => {
            let message = "missing in 416: the client cannot know the length";
            teller.warn("content-range", message, "RFC 9110 section 15.5.17");
        }
        (206 | 416, _) | (_, None) => {}
        (_, Some(_)) => {
            let message = format!("means nothing in {code}");
            teller.warn("content-range", message, "RFC 9110 section 14.4");
        }
    }
    if code == 206
        && let Some(text) = stated.map(|value| value.to_utf8_lossy())
        && let Ok(range) = ContentRange::parse(&text).as_ref().map(ContentRange::range)
        && let (Some(range), Some(length)) = (range, response.body().len())
        && range.end - range.start != length
    {
        let wanted = range.end - range.start;
        let message = format!("{wanted} bytes stated, the body has {length}");
        teller.warn("content-range", message, "RFC 9110 section 14.4");
    }
}

fn length(response: &Response, head: bool, teller: &Teller) {
    let (code, fields) = (response.status().as_u16(), response.headers());
    let body = response.body();
    let rule = "RFC 9110 section 8.6";
    let stated = fields.get(names::CONTENT_LENGTH);
    if code == 205 && stated.is_some_and(|value| value.as_bytes() != b"0") {
        teller.warn(
            "content-length",
            "205 has no body",
            "RFC 9110 section 15.3.6",
        );
    }
    if matches!(code, 100..=199 | 204 | 205 | 304) {
        if !body.is_empty() {
            teller.warn("body", format!("{code} has none"), "RFC 9110 section 6.4.1");
        }
        if fields.contains(names::CONTENT_LENGTH) && matches!(code, 100..=199 | 204) {
            teller.warn("content-length", format!("{code} has none"), rule);
        }
        return;
    }
    let Some(value) = fields.get(names::CONTENT_LENGTH) else {
        return;
    };
    if fields.contains(names::TRANSFER_ENCODING) {
        teller.warn(
            "content-length",
            "beside transfer-encoding",
            "RFC 9112 section 6.2",
        );
    }
    let text = value.to_utf8_lossy();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(stated) if digits => {
            if let Some(len) = body.len()
                && len != stated
                && !(head && len == 0)
            {
                let message = format!("{stated} stated, the body has {len} bytes");
                teller.warn("content-length", message, rule);
            }
        }
        _ => teller.warn("content-length", "not a number of bytes", rule),
    }
}

fn fields(response: &Response, teller: &Teller) {
    let fields = response.headers();
    for name in fields.names() {
        let hop = is_hop_by_hop(name.as_str()) || name == "proxy-connection";
        let upgrade = matches!(response.status().as_u16(), 101 | 426);
        let challenge = name == "proxy-authenticate";
        let close = name == "connection"
            && fields
                .get(names::CONNECTION)
                .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        if hop && !upgrade && !challenge && !close {
            let message = format!("{} is the server's to set", name.to_lowercase());
            teller.warn("connection", message, "RFC 9110 section 7.6.1");
        }
        if name == "status" {
            let message = "a field of CGI that some servers read as the status";
            teller.warn("status", message, "RFC 3875 section 6.3.3");
        }
    }
    if let Some(reason) = response.reason()
        && reason.chars().any(|c| c.is_control() && c != '\t')
    {
        teller.warn(
            "status",
            "a control character in its phrase",
            "RFC 9112 section 4",
        );
    }
    for (field, name, rule) in SINGLE {
        if fields.get_all(field).nth(1).is_some() {
            teller.warn(name, "stands more than once", rule);
        }
    }
    let bodiless = matches!(response.status().as_u16(), 100..=199 | 204 | 205 | 304);
    if !bodiless && !response.body().is_empty() && !fields.contains(names::CONTENT_TYPE) {
        teller.warn(
            "content-type",
            "missing beside a body",
            "RFC 9110 section 8.3",
        );
    }
}

fn cookies(fields: &Headers, teller: &Teller) {
    let rule = "RFC 6265 section 4.1";
    let mut places = BTreeSet::new();
    for value in fields.get_all(names::SET_COOKIE) {
        let text = value.to_utf8_lossy();
        let cookie = match SetCookie::parse(&text) {
            Ok(cookie) => cookie,
            Err(error) => {
                teller.warn("set-cookie", error.to_string(), rule);
                continue;
            }
        };
        if let Err(error) = cookie.check() {
            teller.warn("set-cookie", error.to_string(), rule);
        }
        let domain = cookie.domain_attribute().map(str::to_ascii_lowercase);
        let path = cookie.path_attribute().map(str::to_owned);
        if !places.insert((cookie.name().to_owned(), domain, path)) {
            let message = "one cookie is set twice";
            teller.warn("set-cookie", message, "RFC 6265 section 4.1.1");
        }
    }
}

/// What is attached for the server, which uses it with one kind of answer only.
fn attachments(response: &Response, teller: &Teller) {
    let extensions = response.extensions();
    if extensions.get::<Upgrade>().is_some() && response.status().as_u16() != 101 {
        let message = "an upgrade whose status is not 101 is not taken";
        teller.warn("status", message, "RFC 9110 section 7.8");
    }
    if extensions.get::<Trailers>().is_some() && response.body().len().is_some() {
        let message = "behind a body of known length none are sent";
        teller.warn("trailers", message, "RFC 9110 section 6.5.1");
    }
}
