//! What the fuzz targets do with their bytes; also run on stable by `tests/it/replay.rs`.

use http::{HeaderValue, Method};
use zeug_http::*;

/// Fields with parameters, lists, dicts, credentials, policies: whatever splits at commas and semicolons.
pub fn options(bytes: &[u8]) {
    let field = OptionsField::parse_bytes(bytes);
    let _ = (
        field.get("filename"),
        field.to_string(),
        field.clone().into_owned() == field,
    );
    let disposition = ContentDisposition::parse_bytes(bytes);
    let _ = (
        disposition.filename(),
        disposition.is_attachment(),
        HeaderValue::try_from(&disposition),
    );
    let kind = ContentType::parse_bytes(bytes);
    let _ = (
        kind.charset(),
        kind.boundary(),
        kind.is_json(),
        kind.is_valid(),
    );
    let list = FieldList::parse_bytes(bytes);
    // A list that was read is written so that it reads the same.
    assert_eq!(FieldList::parse(&list.to_string()), list);
    let dict = FieldDict::parse_bytes(bytes);
    let _ = (dict.to_string(), dict.clone().into_owned() == dict);
    let cache = ResponseCacheControl::parse_bytes(bytes);
    let _ = (
        cache.max_age(),
        cache.private(),
        cache.no_cache(),
        cache.to_string(),
    );
    let policy = ContentSecurityPolicy::parse_bytes(bytes);
    assert_eq!(ContentSecurityPolicy::parse(&policy.to_string()), policy);
    if let Ok(auth) = Authorization::parse_bytes(bytes) {
        let _ = (
            format!("{auth:?}"),
            auth.to_string(),
            HeaderValue::try_from(&auth),
        );
    }
    let text = String::from_utf8_lossy(bytes);
    let challenges = WwwAuthenticate::parse_all(&text);
    let _: Vec<String> = challenges.iter().map(ToString::to_string).collect();
    let vary = Vary::parse_bytes(bytes);
    let _ = vary.contains("accept");
    if let Ok(forwarded) = Forwarded::parse(&text) {
        assert_eq!(
            Forwarded::parse(&forwarded.to_string()),
            Ok(forwarded.clone())
        );
    }
}

/// The Accept family: the one-pass search must find what the sorted items say.
pub fn accept(bytes: &[u8]) {
    let offers = [
        "text/html",
        "application/json",
        "text/*",
        "image/png;a=b",
        "no type",
        "*",
        "en-US",
        "gzip",
    ];
    let accept = Accept::parse_bytes(bytes);
    let best = accept.best_match(offers);
    if let Some(best) = best {
        let quality = accept.quality(best);
        assert!(quality > 0.0 && quality <= 1.0);
        assert!(offers.iter().all(|offer| accept.quality(offer) <= quality));
    }
    for offer in offers {
        assert_eq!(accept.position(offer).is_some(), accept.contains(offer));
        assert_eq!(
            accept
                .position(offer)
                .map_or(0.0, |at| accept.items()[at].1),
            accept.quality(offer)
        );
    }
    let _ = (accept.to_string(), accept.try_best_match(offers));
    let _ = AcceptLanguage::parse_bytes(bytes).best_match(offers);
    let _ = AcceptCharset::parse_bytes(bytes).best_match(offers);
    let encoding = AcceptEncoding::parse_bytes(bytes);
    let _ = (encoding.best_match(offers), encoding.accepts_identity());
}

/// Cookies of both directions.
pub fn cookies(bytes: &[u8]) {
    let cookies = Cookies::parse_bytes(bytes);
    let mut again = Cookies::default();
    for (name, value) in cookies.iter() {
        assert!(!name.is_empty());
        if again.push(name, &value).is_err() {
            return;
        }
    }
    // What was read and is written again reads the same.
    assert_eq!(again, cookies);
    assert!(HeaderValue::try_from(&again).is_ok());
    let limited = cookies.to_multi_dict(CookieLimits::default().pairs(3));
    assert_eq!(limited.is_err(), cookies.iter().count() > 3);
    if let Ok(cookie) = SetCookie::parse_bytes(bytes) {
        let _ = (cookie.check(), cookie.oversize(10), format!("{cookie:?}"));
        if let Ok(value) = HeaderValue::try_from(&cookie) {
            assert!(!value.as_bytes().contains(&b'\n'));
        }
    }
}

/// Dates and what may be one.
pub fn dates(bytes: &[u8]) {
    if let Ok(date) = HttpDate::parse_bytes(bytes) {
        let written = date.to_string();
        assert_eq!(written.as_bytes(), date.to_bytes());
        assert_eq!(
            HttpDate::parse(&written).is_ok_and(|again| again == date),
            date.unix_seconds() >= -59_011_459_200
        );
    }
    let _ = (RetryAfter::parse_bytes(bytes), Age::parse_bytes(bytes));
    if let Ok(seconds) = bytes.try_into().map(i64::from_be_bytes) {
        let date = HttpDate::from_unix_seconds(seconds);
        assert_eq!(HttpDate::from(std::time::SystemTime::from(date)), date);
    }
}

/// Ranges, tags, and the conditions made of them.
pub fn ranges(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(range) = Range::parse(&text) {
        assert_eq!(Range::parse(&range.to_string()), Ok(range.clone()));
        for length in [0, 1, 10, u64::MAX] {
            for part in range.resolve(length) {
                assert!(part.start < part.end && part.end <= length);
            }
            let _ = range.content_range(length);
        }
    }
    if let Ok(range) = ContentRange::parse(&text) {
        let _ = range.to_string();
    }
    let tags = ETags::parse(&text);
    let _ = (tags.to_string(), ETag::parse(&text), IfRange::parse(&text));
    let conditions = Conditions::default()
        .if_match(&text)
        .if_none_match(&text)
        .if_modified_since(&text)
        .if_range(&text)
        .range(&text);
    let page = Representation {
        etag: ETag::strong("a").ok(),
        length: Some(10),
        ..Representation::default()
    };
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS] {
        if let Outcome::Partial(parts) = evaluate(&method, &conditions, &page) {
            assert!(!parts.is_empty() && parts.len() <= MAX_RANGES);
        }
    }
    let _ = is_modified(&conditions, &page, IfRangeUse::Consult);
}
