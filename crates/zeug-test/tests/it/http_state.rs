//! The cookie jar against the cases of the IETF's working group on HTTP state: what is set, where it is sent, and under which name and value. Where the cases come from, and
//! what is decided otherwise since, `tests/vectors` says.

use std::collections::BTreeMap;

use serde_json::Value;
use zeug_http::HttpDate;
use zeug_messages::{Request, Response};
use zeug_test::Client;

const CASES: &str = include_str!("../vectors/http-state.json");
const DEVIATIONS: &str = include_str!("../vectors/deviations.tsv");

/// The cases were written in 2010: what ends in 2017 is still sent, what ended in 2007 is not.
const THEN: i64 = 1_262_304_000;

/// What the jar sends after the answer of the case, as the `Cookie` field has it.
fn sent(case: &Value) -> String {
    let fields: Vec<String> = serde_json::from_value(case["received"].clone()).unwrap();
    let client = Client::new(move |request: Request| {
        if request.path().ends_with("/cookie-parser") {
            let mut response = Response::text("");
            for field in &fields {
                // One that cannot be a field never comes.
                let _ = response.headers_mut().try_append("Set-Cookie", field);
            }
            return response;
        }
        let field = request.headers().get("cookie");
        Response::text(field.map_or_else(String::new, |field| field.to_utf8_lossy().into_owned()))
    })
    .base_url("http://home.example.org:8888");
    client.set_time(HttpDate::from_unix_seconds(THEN));
    client.get("/cookie-parser").send();
    let to = case["sent-to"].as_str().unwrap_or("/cookie-parser-result");
    client.get(to).send().text().into_owned()
}

/// What it should send.
fn expected(case: &Value) -> String {
    let cookies = case["sent"].as_array().unwrap().iter();
    let shown = cookies.map(|cookie| {
        let (name, value) = (cookie["name"].as_str(), cookie["value"].as_str());
        format!("{}={}", name.unwrap_or_default(), value.unwrap_or_default())
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[test]
fn cases_of_http_state() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 222);
    let mut deviations: BTreeMap<&str, &str> = DEVIATIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    assert!(deviations.len() <= 10);
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["test"].as_str().unwrap();
        let (sent, expected) = (sent(case), expected(case));
        let is_listed = deviations.remove(name).is_some();
        if (sent != expected) != is_listed {
            wrong.push(format!("{case}\n    sent {sent:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(deviations.is_empty(), "no such cases: {deviations:?}");
}

/// What [RFC 6265bis](https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html) adds: promises of a name's prefix, and cookies without a name.
#[test]
fn prefixes_and_cookies_without_a_name() {
    for (field, is_taken) in [
        ("__Secure-a=1", false),
        ("__Host-a=1; Path=/", false),
        ("=__Secure-a=1", false),
        ("=__Host-a=1", false),
        ("__Host-=1", false),
        ("__secure-a=1", false),
        ("a=1", true),
        ("Host-a=1", true),
    ] {
        let case = serde_json::json!({"received": [field]});
        assert_eq!(!sent(&case).is_empty(), is_taken, "{field}");
    }
}
