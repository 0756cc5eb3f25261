//! The public interface, row by row: what the vectors cannot ask.

use http::{HeaderMap, HeaderValue, header};
use zeug_datastructures::Headers;
use zeug_http::*;

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, FieldError>, kind: FieldErrorKind, offset: usize) {
    let error = result.expect_err("refused");
    assert_eq!((error.kind(), error.offset()), (kind, offset), "{error}");
}

#[test]
fn errors_say_what_and_where() {
    use FieldErrorKind as Kind;
    refused(Range::parse("bytes"), Kind::UnexpectedEnd, 5);
    refused(Range::parse("bytes=1-2,x"), Kind::InvalidNumber, 10);
    refused(Range::parse("bytes=5-2"), Kind::InvalidRange, 6);
    refused(Authorization::parse(""), Kind::Empty, 0);
    refused(Authorization::parse("Basic *"), Kind::InvalidCredentials, 6);
    refused(Authorization::parse("Basic aé"), Kind::UnexpectedByte, 7);
    refused(ETag::strong("a\"b"), Kind::InvalidEntityTag, 1);
    refused(
        OptionsField::new("v").insert("a b", "c"),
        Kind::InvalidName,
        1,
    );
    refused(
        HeaderValue::try_from(FieldList::from_iter(["a\nb"])),
        Kind::ControlCharacter,
        2,
    );
    refused(Forwarded::parse("for=a, for"), Kind::UnexpectedByte, 10);
    refused(Forwarded::parse("for=a;for=b"), Kind::InvalidName, 6);
    refused(Forwarded::parse("for=\"a"), Kind::UnclosedQuote, 4);
    refused(Forwarded::parse("for="), Kind::UnexpectedEnd, 4);
    refused(
        Cookies::parse("a=1; b=2").to_multi_dict(CookieLimits::default().pairs(1)),
        Kind::TooMany { limit: 1 },
        5,
    );
    refused(HttpDate::parse("x"), Kind::InvalidDate, 0);
    refused(SameSite::parse("x"), Kind::UnknownWord, 0);
    assert_eq!(Range::parse("bytes=5-2").unwrap_err().status_hint(), 416);
    assert_eq!(HttpDate::parse("x").unwrap_err().status_hint(), 400);
}

#[test]
fn dates_that_are_nearly_dates() {
    for (text, is_date) in [
        ("Sun,06 Nov 1994 08:49:37 GMT", true),
        ("06 Nov 1994 08:49:37", true),
        ("Sunday, 06-Nov-94 08:49:37 +0000", true),
        ("Sun, 0,6 Nov 1994 08:49:37 GMT", false),
        ("Sunday, 06-Nov-94 08:49:37", false),
        ("Sunday, 06-Nov-94 08:49:37+0000", false),
    ] {
        assert_eq!(HttpDate::parse(text).is_ok(), is_date, "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_latin_1() {
    assert_eq!(FieldList::parse_bytes(b"a, \xe9").to_string(), "a, \"é\"");
    assert_eq!(
        Cookies::parse_bytes("a=é".as_bytes()).get("a").as_deref(),
        Some("é")
    );
    assert_eq!(
        Cookies::parse_bytes(b"a=\xe9").get("a").as_deref(),
        Some("é")
    );
    let value = HeaderValue::from_bytes(b"attachment; filename=\"\xe9\"").unwrap();
    assert_eq!(ContentDisposition::from(&value).filename(), Some("é"));
}

#[test]
fn nothing_is_copied_that_need_not_be() {
    use std::borrow::Cow;
    let cookies = Cookies::parse("a=1; b=\"x\"; c=\"\\054\"");
    let borrowed: Vec<bool> = cookies
        .iter()
        .map(|(_, value)| matches!(value, Cow::Borrowed(_)))
        .collect();
    assert_eq!(borrowed, [true, true, false]);
    let items: Vec<bool> = FieldList::parse(r#"a, "b c", "d\"e""#)
        .into_iter()
        .map(|item| matches!(item, Cow::Borrowed(_)))
        .collect();
    assert_eq!(items, [true, true, false]);
}

#[test]
fn accept_is_changed() {
    let mut accept = Accept::parse("text/html, */*;q=0.1");
    accept.push("application/json", 0.5);
    accept.remove("TEXT/HTML");
    assert_eq!(accept.to_string(), "application/json;q=0.5,*/*;q=0.1");
    accept.push("a/b", 7.0);
    assert_eq!(accept.quality("a/b"), 1.0);
    assert!(!Accept::default().is_provided());
    // More offers than are compared at once.
    let offers: Vec<String> = (0..30).map(|at| format!("a/t{at}")).collect();
    let accept = Accept::parse("a/*;q=0.5, a/t29, a/t3;q=0");
    assert_eq!(
        accept.best_match(offers.iter().map(String::as_str)),
        Some("a/t29")
    );
    assert_eq!(
        Accept::parse("a/*;q=0.5").best_match(offers.iter().map(String::as_str)),
        Some("a/t0")
    );
}

#[test]
fn several_challenges() {
    let field =
        r#"Basic, Negotiate abc==, Digest realm="a, b", nonce=x, Bearer error="invalid_token""#;
    let all = WwwAuthenticate::parse_all(field);
    let schemes: Vec<&str> = all.iter().map(WwwAuthenticate::scheme).collect();
    assert_eq!(schemes, ["basic", "negotiate", "digest", "bearer"]);
    assert_eq!(all[1].token(), Some("abc=="));
    assert_eq!(all[2].realm(), Some("a, b"));
    assert_eq!(all[2].to_string(), r#"Digest realm="a, b", nonce="x""#);
    let mut digest = all[2].clone();
    digest.insert("qop", "auth");
    assert!(digest.remove("nonce"));
    assert_eq!(digest.to_string(), r#"Digest realm="a, b", qop="auth""#);
}

#[test]
fn cookie_rules() {
    use FieldErrorKind as Kind;
    let host = || SetCookie::new("__Host-a", "b").secure();
    assert!(host().check().is_ok());
    refused(
        SetCookie::new("__Host-a", "b").check(),
        Kind::CookiePrefix,
        0,
    );
    refused(host().path("/x").check(), Kind::CookiePrefix, 0);
    refused(host().without_path().check(), Kind::CookiePrefix, 0);
    refused(host().domain("a.example").check(), Kind::CookiePrefix, 0);
    refused(
        SetCookie::new("__secure-a", "b").check(),
        Kind::CookiePrefix,
        0,
    );
    refused(
        SetCookie::new("a", "b").same_site(SameSite::None).check(),
        Kind::InsecureCookie,
        0,
    );
    assert!(
        SetCookie::new("a", "b")
            .same_site(SameSite::None)
            .partitioned()
            .check()
            .is_ok()
    );
    refused(SetCookie::new("a=b", "c").check(), Kind::InvalidName, 1);
    let (longest, longer) = ("a".repeat(63), "a".repeat(64));
    for domain in ["x;y", "a..b", &longer, "é。。a", &format!("{}.é", longer)] {
        refused(
            SetCookie::new("a", "c").domain(domain).check(),
            Kind::InvalidHost,
            0,
        );
    }
    for domain in ["", ".a.b.", &longest, &format!("é.{longest}.:80")] {
        assert_eq!(SetCookie::new("a", "c").domain(domain).check(), Ok(()));
    }
    assert_eq!(
        SetCookie::removal("a").to_string(),
        "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"
    );
    assert_eq!(SetCookie::new("a", "b").oversize(SetCookie::MAX_SIZE), None);
    let size = SetCookie::new("a", "b".repeat(5000))
        .oversize(SetCookie::MAX_SIZE)
        .unwrap();
    assert_eq!((size.value, size.total, size.limit), (5000, 5010, 4093));
    assert!(
        SetCookie::new("a", "b")
            .domain("☃.example")
            .to_string()
            .contains("Domain=xn--n3h.example;")
    );
}

#[test]
fn connection_fields_go() {
    let pairs = [
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("TE", "trailers"),
        ("X-End", "2"),
    ];
    let mut headers = Headers::try_from_pairs(pairs).unwrap();
    remove_hop_by_hop(&mut headers);
    assert_eq!(headers.len(), 1);
    let mut map: HeaderMap = HeaderMap::new();
    for (name, value) in pairs {
        map.append(
            header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_static(value),
        );
    }
    remove_hop_by_hop(&mut map);
    assert_eq!(
        map.keys().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["x-end"]
    );
    let mut list = pairs.to_vec();
    remove_hop_by_hop(&mut list);
    assert_eq!(list, [("X-End", "2")]);
}

#[test]
fn no_name_hides_in_a_connection_field() {
    let many: Vec<String> = (0..1000).map(|n| format!("x-{n}")).collect();
    for connection in [
        format!("{}, X-Hop", many.join(", ")),
        "\", x-hop".to_owned(),
        "x-hop,\"".to_owned(),
        "\"a, X-HOP, b\"".to_owned(),
        ",,\tX-Hop ,".to_owned(),
    ] {
        let mut list = vec![
            ("Connection", connection.as_str()),
            ("X-Hop", "1"),
            ("", "2"),
        ];
        remove_hop_by_hop(&mut list);
        assert_eq!(list, [("", "2")], "{connection:.40}");
    }
}

#[test]
fn words() {
    assert_eq!(
        SecFetchMode::parse(" no-cors ").unwrap().as_str(),
        "no-cors"
    );
    assert_eq!(
        HeaderValue::from(CrossOriginResourcePolicy::SameSite),
        "same-site"
    );
    assert_eq!(HeaderValue::from(SecFetchUser::ACTIVATED), "?1");
    assert!(SecFetchDest::parse("Image").is_err());
    assert_eq!(AllowOrigin::parse("null").unwrap(), AllowOrigin::Null);
    assert_eq!(HeaderValue::from(Age::from_seconds(3)), "3");
    assert_eq!(
        HeaderValue::from(HttpDate::UNIX_EPOCH),
        "Thu, 01 Jan 1970 00:00:00 GMT"
    );
}

#[test]
fn forwarded_is_written() {
    let element = ForwardedElement::default()
        .with("for", "[::1]:80")
        .unwrap()
        .with("proto", "https")
        .unwrap();
    let mut field = Forwarded::default();
    field.push(element);
    assert_eq!(field.to_string(), "for=\"[::1]:80\";proto=https");
    assert_eq!(field.elements()[0].for_address(), "::1".parse().ok());
}
