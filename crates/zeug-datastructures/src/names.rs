//! The standard field names as constants, and the table that finds a name's tag. It refuses nothing: unknown names have tag 0.

use std::sync::LazyLock;

use http::HeaderName;

use crate::field::FieldName;

macro_rules! standard_names {
    ($($constant:ident $text:literal,)+) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the variants count the constants")]
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum Tag { $($constant,)+ }

        $(
            #[doc = concat!("The name `", $text, "`.")]
            pub const $constant: FieldName<'static> = FieldName::standard(Tag::$constant as u8 + 1, $text);
        )+

        /// The spelling of each tag, from tag 1 on.
        const TEXTS: &[&str] = &[$($text,)+];
    };
}

standard_names! {
    ACCEPT "Accept",
    ACCEPT_CHARSET "Accept-Charset",
    ACCEPT_ENCODING "Accept-Encoding",
    ACCEPT_LANGUAGE "Accept-Language",
    ACCEPT_PATCH "Accept-Patch",
    ACCEPT_RANGES "Accept-Ranges",
    ACCESS_CONTROL_ALLOW_CREDENTIALS "Access-Control-Allow-Credentials",
    ACCESS_CONTROL_ALLOW_HEADERS "Access-Control-Allow-Headers",
    ACCESS_CONTROL_ALLOW_METHODS "Access-Control-Allow-Methods",
    ACCESS_CONTROL_ALLOW_ORIGIN "Access-Control-Allow-Origin",
    ACCESS_CONTROL_EXPOSE_HEADERS "Access-Control-Expose-Headers",
    ACCESS_CONTROL_MAX_AGE "Access-Control-Max-Age",
    ACCESS_CONTROL_REQUEST_HEADERS "Access-Control-Request-Headers",
    ACCESS_CONTROL_REQUEST_METHOD "Access-Control-Request-Method",
    AGE "Age",
    ALLOW "Allow",
    ALT_SVC "Alt-Svc",
    AUTHORIZATION "Authorization",
    CACHE_CONTROL "Cache-Control",
    CACHE_STATUS "Cache-Status",
    CDN_CACHE_CONTROL "CDN-Cache-Control",
    CLEAR_SITE_DATA "Clear-Site-Data",
    CONNECTION "Connection",
    CONTENT_DISPOSITION "Content-Disposition",
    CONTENT_ENCODING "Content-Encoding",
    CONTENT_LANGUAGE "Content-Language",
    CONTENT_LENGTH "Content-Length",
    CONTENT_LOCATION "Content-Location",
    CONTENT_MD5 "Content-MD5",
    CONTENT_RANGE "Content-Range",
    CONTENT_SECURITY_POLICY "Content-Security-Policy",
    CONTENT_SECURITY_POLICY_REPORT_ONLY "Content-Security-Policy-Report-Only",
    CONTENT_TYPE "Content-Type",
    COOKIE "Cookie",
    CROSS_ORIGIN_EMBEDDER_POLICY "Cross-Origin-Embedder-Policy",
    CROSS_ORIGIN_OPENER_POLICY "Cross-Origin-Opener-Policy",
    CROSS_ORIGIN_RESOURCE_POLICY "Cross-Origin-Resource-Policy",
    DATE "Date",
    DNT "DNT",
    ETAG "ETag",
    EXPECT "Expect",
    EXPIRES "Expires",
    FORWARDED "Forwarded",
    FROM "From",
    HOST "Host",
    IF_MATCH "If-Match",
    IF_MODIFIED_SINCE "If-Modified-Since",
    IF_NONE_MATCH "If-None-Match",
    IF_RANGE "If-Range",
    IF_UNMODIFIED_SINCE "If-Unmodified-Since",
    KEEP_ALIVE "Keep-Alive",
    LAST_MODIFIED "Last-Modified",
    LINK "Link",
    LOCATION "Location",
    MAX_FORWARDS "Max-Forwards",
    ORIGIN "Origin",
    PERMISSIONS_POLICY "Permissions-Policy",
    PRAGMA "Pragma",
    PRIORITY "Priority",
    PROXY_AUTHENTICATE "Proxy-Authenticate",
    PROXY_AUTHORIZATION "Proxy-Authorization",
    PROXY_CONNECTION "Proxy-Connection",
    PUBLIC_KEY_PINS "Public-Key-Pins",
    PUBLIC_KEY_PINS_REPORT_ONLY "Public-Key-Pins-Report-Only",
    RANGE "Range",
    REFERER "Referer",
    REFERRER_POLICY "Referrer-Policy",
    REFRESH "Refresh",
    RETRY_AFTER "Retry-After",
    SEC_CH_UA "Sec-CH-UA",
    SEC_CH_UA_MOBILE "Sec-CH-UA-Mobile",
    SEC_CH_UA_PLATFORM "Sec-CH-UA-Platform",
    SEC_FETCH_DEST "Sec-Fetch-Dest",
    SEC_FETCH_MODE "Sec-Fetch-Mode",
    SEC_FETCH_SITE "Sec-Fetch-Site",
    SEC_FETCH_USER "Sec-Fetch-User",
    SEC_GPC "Sec-GPC",
    SEC_WEBSOCKET_ACCEPT "Sec-WebSocket-Accept",
    SEC_WEBSOCKET_EXTENSIONS "Sec-WebSocket-Extensions",
    SEC_WEBSOCKET_KEY "Sec-WebSocket-Key",
    SEC_WEBSOCKET_PROTOCOL "Sec-WebSocket-Protocol",
    SEC_WEBSOCKET_VERSION "Sec-WebSocket-Version",
    SERVER "Server",
    SERVER_TIMING "Server-Timing",
    SET_COOKIE "Set-Cookie",
    STRICT_TRANSPORT_SECURITY "Strict-Transport-Security",
    TE "TE",
    TRACEPARENT "Traceparent",
    TRAILER "Trailer",
    TRANSFER_ENCODING "Transfer-Encoding",
    UPGRADE "Upgrade",
    UPGRADE_INSECURE_REQUESTS "Upgrade-Insecure-Requests",
    USER_AGENT "User-Agent",
    VARY "Vary",
    VIA "Via",
    WARNING "Warning",
    WWW_AUTHENTICATE "WWW-Authenticate",
    X_CONTENT_TYPE_OPTIONS "X-Content-Type-Options",
    X_DNS_PREFETCH_CONTROL "X-DNS-Prefetch-Control",
    X_FORWARDED_FOR "X-Forwarded-For",
    X_FORWARDED_HOST "X-Forwarded-Host",
    X_FORWARDED_PORT "X-Forwarded-Port",
    X_FORWARDED_PREFIX "X-Forwarded-Prefix",
    X_FORWARDED_PROTO "X-Forwarded-Proto",
    X_FRAME_OPTIONS "X-Frame-Options",
    X_HTTP_METHOD_OVERRIDE "X-HTTP-Method-Override",
    X_REAL_IP "X-Real-IP",
    X_REQUEST_ID "X-Request-ID",
    X_REQUESTED_WITH "X-Requested-With",
    X_ROBOTS_TAG "X-Robots-Tag",
    X_XSS_PROTECTION "X-XSS-Protection",
}

/// Size of the table: the smallest power of two for which a multiplier without collisions was found.
const SLOTS: usize = 512;
/// Sends each standard name to a slot of its own; `table` proves it when the crate is compiled.
const MULTIPLIER: u64 = 0x446b_526d_d1ee_bf49;

/// For each slot the tag of the one standard name that falls there, or 0.
static TABLE: [u8; SLOTS] = table();

/// The names as `http` knows them, by tag less one.
static HEADER_NAMES: LazyLock<Vec<HeaderName>> = LazyLock::new(|| {
    let name = |text: &&str| HeaderName::from_bytes(text.as_bytes());
    TEXTS
        .iter()
        .map(name)
        .map(|name| name.unwrap_or(http::header::WARNING))
        .collect()
});

/// The tag of a name in any case: 0 for every name that is not standard.
#[inline]
pub(crate) fn tag_of(name: &[u8]) -> u8 {
    let Some(slot) = slot(name) else { return 0 };
    let tag = TABLE.get(slot).copied().unwrap_or_default();
    let text = text_of(tag).as_bytes();
    if same(text, name) || text.eq_ignore_ascii_case(name) {
        tag
    } else {
        0
    }
}

/// Whether two names are the same to the byte: in words that may overlap, which for so few bytes is faster than a call of `memcmp`.
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(last_a), Some(last_b)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
        words.chain([(last_a, last_b)]).all(|(a, b)| a == b)
    } else if let (Some(first_a), Some(first_b), Some(last_a), Some(last_b)) = (
        a.first_chunk::<4>(),
        b.first_chunk::<4>(),
        a.last_chunk::<4>(),
        b.last_chunk::<4>(),
    ) {
        first_a == first_b && last_a == last_b
    } else {
        a.iter().zip(b).all(|(a, b)| a == b)
    }
}

/// The usual spelling of a tag's name; empty for 0.
pub(crate) fn text_of(tag: u8) -> &'static str {
    TEXTS
        .get(usize::from(tag).wrapping_sub(1))
        .copied()
        .unwrap_or_default()
}

/// The tag's name in `http`'s form, without parsing.
pub(crate) fn header_name_of(tag: u8) -> Option<HeaderName> {
    HEADER_NAMES.get(usize::from(tag).wrapping_sub(1)).cloned()
}

/// Where a name would stand in `TABLE`: from its length, its middle byte and its four first and last, in lower case.
#[inline]
const fn slot(name: &[u8]) -> Option<usize> {
    const LOWER: u32 = 0x2020_2020;
    let len = name.len();
    if len == 0 || len > 64 {
        return None;
    }
    let middle = name[len / 2] | 0x20;
    let (first, last) = match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (Some(first), Some(last)) => (
            u32::from_le_bytes(*first) | LOWER,
            u32::from_le_bytes(*last) | LOWER,
        ),
        _ => (
            (name[0] | 0x20) as u32,
            middle as u32 | ((name[len - 1] | 0x20) as u32) << 8,
        ),
    };
    let key = (first as u64 | (last as u64) << 32)
        .wrapping_add(len as u64 * 0x01_0101_0101)
        .wrapping_add((middle as u64) << 17);
    Some((key.wrapping_mul(MULTIPLIER) >> (64 - SLOTS.trailing_zeros())) as usize)
}

const fn table() -> [u8; SLOTS] {
    let mut table = [0; SLOTS];
    let mut index = 0;
    while index < TEXTS.len() {
        let Some(slot) = slot(TEXTS[index].as_bytes()) else {
            panic!("a standard name is too long")
        };
        assert!(
            table[slot] == 0,
            "two standard names share a slot: find another multiplier"
        );
        table[slot] = index as u8 + 1;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_name_is_found_in_any_case() {
        for (index, text) in TEXTS.iter().enumerate() {
            for spelling in [text.to_string(), text.to_lowercase(), text.to_uppercase()] {
                assert_eq!(
                    usize::from(tag_of(spelling.as_bytes())),
                    index + 1,
                    "{spelling}"
                );
            }
            let tag = tag_of(text.as_bytes());
            assert_eq!(
                header_name_of(tag).expect("a name").as_str(),
                text.to_lowercase()
            );
        }
        for other in ["", "x", "Accept-", "X-Foo", &"a".repeat(70)] {
            assert_eq!(tag_of(other.as_bytes()), 0, "{other}");
        }
    }
}
