//! One test for each published advisory whose bug a field parser could repeat.

use http::{HeaderValue, Method};
use zeug_http::{
    Authorization, Conditions, Cookies, HttpDate, Outcome, Range, Representation, SetCookie,
    WwwAuthenticate, evaluate,
};

/// CVE-2023-23934: `=__Host-x=bad` must not set a cookie of that prefix.
#[test]
fn cve_2023_23934_nameless_cookie() {
    for field in ["=__Host-x=bad", "==__Host-x=bad", " = __Host-x=bad"] {
        assert_eq!(Cookies::parse(field).iter().count(), 0, "{field}");
    }
    let cookies = Cookies::parse("=__Host-x=bad; __Host-x=good");
    assert_eq!(cookies.get("__Host-x").as_deref(), Some("good"));
}

/// RUSTSEC-2017-0005: a huge Max-Age must not panic.
#[test]
fn rustsec_2017_0005_huge_max_age() {
    let cookie = SetCookie::parse("a=b; Max-Age=18446744073709551615").unwrap();
    assert_eq!(cookie.max_age_attribute(), Some(i64::MAX));
    let now = HttpDate::from_unix_seconds(1_700_000_000);
    let cookie = SetCookie::new("a", "b").expires_in(i64::MAX, now);
    assert!(cookie.to_string().contains("Fri, 31 Dec 9999 23:59:59 GMT"));
    let cookie = SetCookie::new("a", "b").expires_in(i64::MIN, now);
    assert!(cookie.to_string().contains("Mon, 01 Jan 0001 00:00:00 GMT"));
}

/// GHSA-gcqf-3g44-vc9p: an empty `Range` must not panic.
#[test]
fn ghsa_gcqf_3g44_vc9p_empty_range() {
    for field in ["", "=", "bytes=", "bytes=,", "bytes=-", "-"] {
        assert!(Range::parse(field).is_err(), "{field}");
    }
}

/// CVE-2025-62727: thousands of ranges are not answered.
#[test]
fn cve_2025_62727_many_ranges() {
    let field = format!("bytes={}0-", "0-0,".repeat(20_000));
    let page = Representation {
        length: Some(10),
        ..Representation::default()
    };
    assert_eq!(
        evaluate(&Method::GET, &Conditions::default().range(&field), &page),
        Outcome::Proceed
    );
    let many: Vec<String> = (0..20_000).map(|at| format!("{at}-{at}")).collect();
    let field = format!("bytes={}", many.join(","));
    assert_eq!(
        evaluate(&Method::GET, &Conditions::default().range(&field), &page),
        Outcome::Proceed
    );
}

/// Werkzeug 3.1.7: `Range: bytes=-0` names nothing.
#[test]
fn suffix_of_zero() {
    assert!(Range::parse("bytes=-0").is_err());
}

/// Werkzeug 3.1.8: Basic credentials with rubbish in their base64 are none.
#[test]
fn basic_rubbish() {
    for field in [
        "Basic ",
        "Basic YTpi!",
        "Basic a",
        "Basic Y Tpi",
        "Basic =",
        "Basic YTpé",
    ] {
        let got = Authorization::parse(field);
        assert!(got.is_err() || field == "Basic ", "{field}: {got:?}");
    }
}

/// RUSTSEC-2026-0009: nested comments in a date must not recurse.
#[test]
fn rustsec_2026_0009_nested_comments() {
    let text = format!("Sun, 06 Nov 1994 08:49:37 {}", "(".repeat(100_000));
    assert!(HttpDate::parse(&text).is_err());
}

/// hyper RUSTSEC-2017-0002 and gunicorn CVE-2018-1000164: no line break gets into a field.
#[test]
fn rustsec_2017_0002_response_splitting() {
    for bad in ["\r", "\n", "\0", "\r\nX: y"] {
        let spoilt = format!("a{bad}b");
        assert!(HeaderValue::try_from(SetCookie::new(spoilt.as_str(), "b")).is_err());
        assert!(HeaderValue::try_from(SetCookie::new("a", "b").domain(spoilt.as_str())).is_err());
        for cookie in [
            SetCookie::new("a", spoilt.as_str()),
            SetCookie::new("a", "b").path(spoilt.as_str()),
        ] {
            let value = HeaderValue::try_from(cookie).unwrap();
            assert!(
                value
                    .as_bytes()
                    .iter()
                    .all(|byte| (b' '..0x7f).contains(byte))
            );
        }
        assert!(HeaderValue::try_from(WwwAuthenticate::basic(spoilt.as_str())).is_err());
        assert!(HeaderValue::try_from(Authorization::bearer(spoilt.as_str())).is_err());
        assert!(HeaderValue::try_from(zeug_http::ContentDisposition::attachment(&spoilt)).is_err());
    }
}

/// Scorecard: no secret in `Debug`, of the types or of the field values they make.
#[test]
fn secrets_stay_secret() {
    let fields = [
        "Basic dXNlcjpTM0NSRVQ=",
        "Bearer S3CRET",
        "Digest username=\"u\", response=\"S3CRET\"",
        "S3CRET-like",
    ];
    for field in fields {
        let auth = Authorization::parse(field).unwrap();
        let shown = format!(
            "{auth:?} {:?} {:?}",
            auth.credentials(),
            HeaderValue::try_from(&auth).unwrap()
        );
        assert!(
            !shown.contains("S3CRET") || field == "S3CRET-like",
            "{shown}"
        );
    }
    let cookie = SetCookie::new("name", "S3CRET");
    let shown = format!(
        "{cookie:?} {:?} {:?}",
        HeaderValue::try_from(&cookie).unwrap(),
        Cookies::parse("a=S3CRET")
    );
    assert!(!shown.contains("S3CRET"), "{shown}");
}
