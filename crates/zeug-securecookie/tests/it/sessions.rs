//! Sessions: what every method notes, what an answer gets, and tagged JSON's corners.

use std::time::Duration;

use zeug_datastructures::Headers;
use zeug_http::{Cookies, HttpDate, SameSite};
use zeug_securecookie::{
    CsrfTokens, Dict, KeyRing, SecureCookieErrorKind, Session, SessionSettings, SignerOptions,
    Value, from_tagged_json, to_tagged_json,
};

const NOW: u64 = 1_700_000_000;

fn settings() -> SessionSettings {
    SessionSettings::new("secret").unwrap()
}

/// A session as a cookie brings it.
fn brought(values: impl IntoIterator<Item = (&'static str, Value)>) -> Session {
    let mut session = Session::new();
    *session.values_mut() = Dict::from_iter(values);
    let cookie = settings().encode(&session, NOW).unwrap();
    settings().open(&Cookies::parse(&format!("session={cookie}")), NOW)
}

fn user() -> Session {
    brought([("user", 7.into()), ("list", vec![1.into()].into())])
}

/// Row 28: each public method that reads makes the answer vary, each that changes also sets the cookie.
#[test]
fn every_method_is_noted() {
    type Call = fn(&mut Session);
    let reads: [(&str, Call); 14] = [
        ("get", |s| {
            let _ = s.get("user").cloned();
        }),
        ("get of none", |s| {
            let _ = s.get("none").cloned();
        }),
        ("get_as", |s| {
            let _ = s.get_as::<u8>("user");
        }),
        ("read", |s| {
            let _ = s.read::<serde::de::IgnoredAny>();
        }),
        ("contains_key", |s| {
            let _ = s.contains_key("user");
        }),
        ("len", |s| {
            let _ = s.len();
        }),
        ("is_empty", |s| {
            let _ = s.is_empty();
        }),
        ("iter", |s| {
            let _ = s.iter().count();
        }),
        ("values", |s| {
            let _ = s.values().clone();
        }),
        ("is_permanent", |s| {
            let _ = s.is_permanent();
        }),
        ("get_mut of none", |s| {
            let _ = s.get_mut("none").cloned();
        }),
        ("remove of none", |s| {
            let _ = s.remove("none");
        }),
        ("get_or_insert of one", |s| {
            drop(s.get_or_insert("user", 8).clone())
        }),
        ("write of what is no object", |s| {
            assert!(s.is_empty() || s.write(&1).is_err())
        }),
    ];
    let changes: [(&str, Call); 12] = [
        ("insert", |s| {
            let _ = s.insert("a", 1);
        }),
        ("insert of the same", |s| {
            let _ = s.insert("user", 7);
        }),
        ("insert_as", |s| s.insert_as("a", &(1, 2)).unwrap()),
        ("write", |s| {
            s.write(&std::collections::BTreeMap::from([("a", 1)]))
                .unwrap()
        }),
        ("get_mut", |s| *s.get_mut("user").unwrap() = 8.into()),
        ("get_or_insert", |s| {
            let _ = s.get_or_insert("a", 8).clone();
        }),
        ("remove", |s| {
            let _ = s.remove("user");
        }),
        ("values_mut", |s| {
            let _ = s.values_mut().remove("list");
        }),
        ("clear", Session::clear),
        ("make_permanent", Session::make_permanent),
        ("make_temporary", Session::make_temporary),
        ("mark_modified", Session::mark_modified),
    ];
    let nothing: [(&str, Call); 6] = [
        ("is_accessed", |s| {
            let _ = s.is_accessed();
        }),
        ("is_modified", |s| {
            let _ = s.is_modified();
        }),
        ("is_new", |s| {
            let _ = s.is_new();
        }),
        ("key_index", |s| {
            let _ = s.key_index();
        }),
        ("signed_at", |s| {
            let _ = s.signed_at();
        }),
        ("clone and debug", |s| {
            let _ = (s.clone(), format!("{s:?}"));
        }),
    ];
    let check = |name: &str, call: Call, read: bool, changed: bool| {
        let mut session = user();
        call(&mut session);
        assert_eq!(
            (session.is_accessed(), session.is_modified()),
            (read, changed),
            "{name}"
        );
        let change = settings().close(&session, NOW).unwrap();
        assert_eq!(
            (change.varies(), change.set_cookie().is_some()),
            (read, changed),
            "{name}"
        );
        assert_eq!(session.clone().is_accessed(), read, "a copy of {name}");
    };
    for (name, call) in reads {
        check(name, call, true, false);
    }
    for (name, call) in changes {
        check(name, call, true, true);
    }
    for (name, call) in nothing {
        check(name, call, false, false);
    }
}

/// The fields of the answer, joined.
fn fields(settings: &SessionSettings, session: &Session) -> String {
    let mut headers = Headers::new();
    settings
        .close(session, NOW)
        .unwrap()
        .apply(&mut headers)
        .unwrap();
    let mut shown = String::new();
    for (name, value) in headers.iter() {
        let value = value.to_utf8_lossy();
        // Without the cookie's value.
        let value = match value.split_once('=') {
            Some((name, rest)) if !rest.starts_with(';') => {
                format!("{name}=…{}", rest.find(';').map_or("", |at| &rest[at..]))
            }
            _ => value.into_owned(),
        };
        shown.push_str(&format!("{}: {value}\n", name.as_str()));
    }
    shown
}

/// What Flask 3.1.3 sends in the same case, but for the cookie's value.
#[test]
fn answers() {
    let vary = "Vary: Cookie\n";
    assert_eq!(fields(&settings(), &user()), "");
    let session = user();
    let _ = session.get("user");
    assert_eq!(fields(&settings(), &session), vary);

    let mut session = user();
    session.insert("user", 8);
    assert_eq!(
        fields(&settings(), &session),
        format!("Set-Cookie: session=…; HttpOnly; Path=/\n{vary}")
    );

    let mut session = user();
    session.clear();
    let gone = "Set-Cookie: session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/\n";
    assert_eq!(fields(&settings(), &session), format!("{gone}{vary}"));
    // Emptied without having been: Flask's too.
    let mut session = Session::new();
    session.clear();
    assert_eq!(fields(&settings(), &session), format!("{gone}{vary}"));
    let mut session = Session::new();
    session.insert("a", 1);
    session.remove("a");
    assert_eq!(fields(&settings(), &session), format!("{gone}{vary}"));

    let permanent = || brought([("a", 1.into()), ("_permanent", true.into())]);
    let expires =
        "Set-Cookie: session=…; Expires=Fri, 15 Dec 2023 22:13:20 GMT; HttpOnly; Path=/\n";
    assert_eq!(
        fields(&settings(), &permanent()),
        format!("{expires}{vary}"),
        "refreshed"
    );
    assert_eq!(fields(&settings().without_refresh(), &permanent()), "");
    let mut session = permanent();
    session.make_temporary();
    assert_eq!(
        fields(&settings(), &session),
        format!("Set-Cookie: session=…; HttpOnly; Path=/\n{vary}")
    );
    let mut session = permanent();
    session.insert("a", 2);
    assert_eq!(
        fields(&settings().without_refresh(), &session),
        format!("{expires}{vary}")
    );
}

#[test]
fn attributes() {
    let settings = settings()
        .name("login")
        .domain("example.org")
        .path("/app")
        .without_http_only()
        .secure()
        .partitioned()
        .same_site(SameSite::Strict)
        .lifetime(Duration::from_secs(60));
    let mut session = user();
    session.make_permanent();
    let attributes = "Domain=example.org; Expires=Tue, 14 Nov 2023 22:14:20 GMT; Secure; Path=/app; SameSite=Strict; Partitioned";
    assert_eq!(
        fields(&settings, &session),
        format!("Set-Cookie: login=…; {attributes}\nVary: Cookie\n")
    );
    session.clear();
    let removal = "Domain=example.org; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; Path=/app; SameSite=Strict; Partitioned";
    assert_eq!(
        fields(&settings, &session),
        format!("Set-Cookie: login=; {removal}\nVary: Cookie\n")
    );
    // What cannot stand in a field is refused, and nothing is half done.
    for settings in [
        self::settings().name("a\r\nb"),
        self::settings().domain("a\r\nb"),
    ] {
        let mut headers = Headers::new();
        let change = settings.close(&session, NOW).unwrap();
        let error = change.apply(&mut headers).unwrap_err();
        assert_eq!(
            (error.kind(), headers.is_empty()),
            (SecureCookieErrorKind::InvalidCookie, true)
        );
    }
}

#[test]
fn vary_is_added_to_what_is_there() {
    for (before, after) in [
        (&["Accept"][..], "Accept, Cookie"),
        (&["cookie"], "cookie"),
        (&["Accept, COOKIE"], "Accept, COOKIE"),
        (&["*"], "*"),
        (&["Accept", "Origin"], "Accept, Origin, Cookie"),
    ] {
        let mut headers = Headers::new();
        for value in before {
            headers.try_append("Vary", value).unwrap();
        }
        let session = user();
        let _ = session.len();
        settings()
            .close(&session, NOW)
            .unwrap()
            .apply(&mut headers)
            .unwrap();
        let all: Vec<String> = headers
            .get_all("vary")
            .map(|value| value.to_utf8_lossy().into_owned())
            .collect();
        assert_eq!(all.join(", "), after);
    }
}

#[test]
fn cookies_that_bring_nothing() {
    let good = settings().encode(&user(), NOW).unwrap();
    let open = |text: &str, now| settings().open(&Cookies::parse(text), now);
    assert_eq!(open(&format!("session={good}"), NOW).len(), 2);
    assert_eq!(
        open(&format!("a=b; session={good}; session=x"), NOW).len(),
        2
    );
    let month = 31 * 86_400;
    assert_eq!(open(&format!("session={good}"), NOW + month).len(), 2);
    for (text, now) in [
        (String::new(), NOW),
        ("session=".to_owned(), NOW),
        ("session=..".to_owned(), NOW),
        (format!("Session={good}"), NOW),
        (format!("session={good}x"), NOW),
        (format!("session=x; session={good}"), NOW),
        (format!("session={good}"), NOW + month + 1),
        (format!("session={good}"), NOW - 1),
        // Well signed, and no dict: a list.
        ("session=W10.ZVPxAA.x".to_owned(), NOW),
    ] {
        let session = open(&text, now);
        assert!(
            session.is_empty() && session.is_new() && session.signed_at().is_none(),
            "{text}"
        );
    }
    let list =
        zeug_securecookie::UrlSafeTimedSerializer::new(zeug_securecookie::TimestampSigner::new(
            zeug_securecookie::Signer::new("secret", SignerOptions::flask_session()).unwrap(),
        ));
    for token in [
        list.dumps(&[1], NOW).unwrap(),
        list.dumps("text", NOW).unwrap(),
    ] {
        assert_eq!(
            settings().decode(&token, NOW).unwrap_err().kind(),
            SecureCookieErrorKind::InvalidJson
        );
    }
    assert_eq!(
        SessionSettings::new("").unwrap_err().kind(),
        SecureCookieErrorKind::NoKey
    );
}

#[test]
fn old_keys() {
    let cookie = SessionSettings::new("old")
        .unwrap()
        .encode(&user(), NOW)
        .unwrap();
    let cookies = format!("session={cookie}");
    let both = SessionSettings::new(KeyRing::new("new").fallback("old")).unwrap();
    let session = both.open(&Cookies::parse(&cookies), NOW);
    assert_eq!(
        (session.key_index(), session.is_new(), session.signed_at()),
        (Some(1), false, Some(NOW))
    );
    assert_eq!(
        fields(&both, &both.open(&Cookies::parse(&cookies), NOW)),
        "",
        "Flask leaves it"
    );
    let renewing = both.renewing_old_keys();
    let change = renewing
        .close(&renewing.open(&Cookies::parse(&cookies), NOW), NOW + 5)
        .unwrap();
    let renewed = change.set_cookie().unwrap().value().to_owned();
    let new = SessionSettings::new("new")
        .unwrap()
        .decode(&renewed, NOW + 5)
        .unwrap();
    assert_eq!((new.key_index(), new.len()), (Some(0), 2));
}

/// Values of the program's own types stand in a session that Flask reads.
#[test]
fn serde_types() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct Cart {
        items: Vec<(String, u32)>,
        note: Option<String>,
        total: f64,
    }
    let cart = Cart {
        items: vec![("tea".into(), 2)],
        note: None,
        total: 4.5,
    };
    let mut session = Session::new();
    session.insert_as("cart", &cart).unwrap();
    assert_eq!(session.get_as::<Cart>("cart").unwrap(), Some(cart));
    assert_eq!(session.get_as::<Cart>("none").unwrap(), None);
    assert!(session.get_as::<u8>("cart").is_err());
    let mut whole = Session::new();
    whole
        .write(&Cart {
            items: vec![],
            note: Some("x".into()),
            total: 1.0,
        })
        .unwrap();
    assert_eq!(whole.read::<Cart>().unwrap().note.as_deref(), Some("x"));
    assert!(
        whole.write("text").is_err()
            && whole
                .insert_as("a", &std::collections::BTreeMap::from([((), 1)]))
                .is_err()
    );
    assert_eq!(
        to_tagged_json(&Value::Dict(whole.values().clone())).unwrap(),
        r#"{"items":[],"note":"x","total":1.0}"#
    );
    let all = [
        (Value::Tuple(vec![1.into()]), "[1]"),
        (Value::Bytes(vec![1, 2]), "[1,2]"),
        (Value::Markup("<b>".into()), "\"<b>\""),
        (
            Value::Uuid(*b"0123456789abcdef"),
            "\"30313233-3435-3637-3839-616263646566\"",
        ),
        (HttpDate::from_unix_seconds(5).into(), "5"),
        (Value::Int(u64::MAX.into()), "18446744073709551615"),
    ];
    for (value, json) in all {
        let through: Value = Value::from_serde(&value.to_serde::<Json>().unwrap()).unwrap();
        assert_eq!(to_tagged_json(&through).unwrap(), json);
    }
}

/// Any JSON, as serde sees it.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Json {
    Unsigned(u64),
    Text(String),
    List(Vec<Json>),
}

#[test]
fn tagged_json() {
    let same = [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "\"a\"",
        "[]",
        "{}",
        "[1,[2]]",
        r#"{"a":1,"b":2}"#,
        r#"{" t":[]}"#,
        r#"{" t":[{" t":[1]}]}"#,
        r#"{" b":""}"#,
        r#"{" b":"AAEC/w=="}"#,
        r#"{" m":"<b>"}"#,
        r#"{" u":"00112233445566778899aabbccddeeff"}"#,
        r#"{" d":"Tue, 14 Nov 2023 22:13:20 GMT"}"#,
        r#"{" di":{" t__":1}}"#,
        r#"{" di":{" di__":{" di":{" b__":{" b":"AA=="}}}}}"#,
        r#"{" t":1,"x":2}"#,
        r#"{" x":1}"#,
        r#"{" t__":1}"#,
        r#""\u00e9\u2603\ud83d\ude00\u007f\n""#,
        "18446744073709551615",
        "-9223372036854775808",
        "1e+16",
    ];
    for json in same {
        assert_eq!(
            to_tagged_json(&from_tagged_json(json).unwrap()).unwrap(),
            json
        );
    }
    for (json, written) in [
        (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        (r#" [ 1 , 2 ] "#, "[1,2]"),
        (
            r#"{" u":"{00112233-4455-6677-8899-AABBCCDDEEFF}"}"#,
            r#"{" u":"00112233445566778899aabbccddeeff"}"#,
        ),
        (r#"{" d":"nonsense"}"#, "null"),
        (r#"{" di":{"abc":1}}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(
            to_tagged_json(&from_tagged_json(json).unwrap()).unwrap(),
            written,
            "{json}"
        );
    }
    for bad in [
        "",
        "nul",
        "[1",
        "{",
        "[1,]",
        r#"{" t":1}"#,
        r#"{" t":"ab"}"#,
        r#"{" b":1}"#,
        r#"{" b":"A"}"#,
        r#"{" b":"AB"}"#,
        r#"{" m":1}"#,
        r#"{" u":"0011"}"#,
        r#"{" u":1}"#,
        r#"{" d":1}"#,
        r#"{" di":{}}"#,
        r#"{" di":1}"#,
        r#"{" di":{" t":[]}}"#,
        "1 2",
        "\u{feff}1",
        "1e999",
    ] {
        let error = from_tagged_json(bad).unwrap_err();
        assert_eq!(error.kind(), SecureCookieErrorKind::InvalidJson, "{bad}");
        assert!(error.offset() <= bad.len(), "{bad}");
    }
    assert_eq!(from_tagged_json("[1,\n 2,\n x]").unwrap_err().offset(), 9);
}

/// Deep and wide: refused or read, never a crash, never slow.
#[test]
fn deep_and_wide() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{" t":["#, "]}")] {
        for depth in [10, 100, 127, 128, 1000, 100_000] {
            let json = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(
                from_tagged_json(&json).is_ok(),
                depth * open.matches(['[', '{']).count() < 128,
                "{depth} {open}"
            );
        }
    }
    let nested = |depth| (0..depth).fold(Value::Null, |value, _| Value::Tuple(vec![value]));
    let written = to_tagged_json(&nested(60)).unwrap();
    assert_eq!(from_tagged_json(&written).unwrap(), nested(60));
    assert_eq!(
        to_tagged_json(&nested(61)).unwrap_err().kind(),
        SecureCookieErrorKind::Unwritable
    );
    let json: String = (0..100_000)
        .map(|n| format!("\"{}\":1,", n % 60_000))
        .collect();
    let wide = from_tagged_json(&format!("{{{}}}", json.trim_end_matches(','))).unwrap();
    assert_eq!(wide.as_dict().unwrap().len(), 60_000);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(to_tagged_json(&Value::Float(bad)).is_err());
    }
}

#[test]
fn csrf() {
    let tokens = CsrfTokens::new(KeyRing::new("new").fallback("old")).unwrap();
    let mut session = user();
    let token = tokens.issue(&mut session, NOW).unwrap();
    assert!(session.is_modified());
    let again = tokens.issue(&mut session, NOW + 1).unwrap();
    assert_ne!(token, again);
    for token in [&token, &again] {
        assert!(tokens.check(&session, token, NOW + 3600).is_ok());
    }
    let kind =
        |session: &Session, token: &str, now| tokens.check(session, token, now).unwrap_err().kind();
    let mut other = Session::new();
    tokens.issue(&mut other, NOW).unwrap();
    assert_eq!(
        kind(&other, &token, NOW),
        SecureCookieErrorKind::WrongCsrfToken
    );
    assert_eq!(
        kind(&Session::new(), &token, NOW),
        SecureCookieErrorKind::WrongCsrfToken
    );
    assert_eq!(
        kind(&session, &token, NOW + 3601),
        SecureCookieErrorKind::SignatureExpired {
            age: 3601,
            max_age: 3600
        }
    );
    assert_eq!(kind(&session, "", NOW), SecureCookieErrorKind::BadSignature);
    assert_eq!(
        kind(&session, &format!("{token}x"), NOW),
        SecureCookieErrorKind::BadTimeSignature
    );
    // The session's own half is no token.
    let half = session
        .get("csrf_token")
        .and_then(Value::as_str)
        .unwrap()
        .to_owned();
    assert_eq!(
        kind(&session, &half, NOW),
        SecureCookieErrorKind::BadSignature
    );
    let old = CsrfTokens::new("old")
        .unwrap()
        .lifetime(Duration::from_secs(1));
    let token = old.issue(&mut session, NOW).unwrap();
    assert!(
        tokens.check(&session, &token, NOW + 60).is_ok()
            && old.check(&session, &token, NOW + 2).is_err()
    );
    assert!(CsrfTokens::new("").is_err());
}

/// Row 53: neither values nor keys are in what `{:?}` shows.
#[test]
fn debug_hides() {
    let session = brought([("password", "swordfish".into())]);
    let settings = SessionSettings::new("hunter2").unwrap();
    let mut changed = session.clone();
    changed.mark_modified();
    let change = settings.close(&changed, NOW).unwrap();
    let token = change.set_cookie().unwrap().value().to_owned();
    let csrf = CsrfTokens::new("hunter2").unwrap();
    for shown in [
        format!("{session:?}"),
        format!("{settings:?}"),
        format!("{change:?}"),
        format!("{csrf:?}"),
    ] {
        for secret in ["swordfish", "hunter2", token.as_str()] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
