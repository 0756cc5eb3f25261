//! The cookie jar: what is stored, and to whom it is sent.

use zeug_http::{HttpDate, SameSite, SetCookie};
use zeug_messages::{Request, Response};
use zeug_test::{Client, Cookie};

use crate::answer;

/// Sets the cookie that the query says; says the cookies that came.
fn app(request: Request) -> Response {
    if let Some(set) = request.args().get("set") {
        return answer(200, &[("Set-Cookie", set)]);
    }
    let field = request
        .headers()
        .get("cookie")
        .map(|field| String::from_utf8_lossy(field.as_bytes()).into_owned());
    Response::text(field.unwrap_or_default())
}

/// A client that got this field from that URL.
fn after(url: &str, field: &str) -> Client {
    let client = Client::new(app);
    client.get(url).query([("set", field)]).send();
    client
}

#[track_caller]
fn sent(client: &Client, url: &str, expected: &str) {
    client.get(url).send().assert_text(expected);
}

#[test]
fn cookies_persist_are_replaced_and_deleted() {
    let client = after("/", "a=1");
    client.get("/").query([("set", "b=\"x y\"")]).send();
    sent(&client, "/", "a=1; b=\"x y\"");
    client.get("/").query([("set", "a=2")]).send();
    sent(&client, "/", "a=2; b=\"x y\"");
    client.get("/").query([("set", "a=; Max-Age=0")]).send();
    sent(&client, "/", "b=\"x y\"");
    client
        .get("/")
        .query([("set", "b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")])
        .send();
    sent(&client, "/", "");
    assert!(client.cookies().is_empty());
}

#[test]
fn without_cookies_none_are_kept() {
    let client = Client::new(app).without_cookies();
    client.get("/").query([("set", "a=1")]).send();
    sent(&client, "/", "");
    client
        .get("/")
        .cookie("own", "1")
        .send()
        .assert_text("own=1");
    assert!(std::panic::catch_unwind(|| client.cookie("a")).is_err());
    assert!(std::panic::catch_unwind(|| client.set_cookie(SetCookie::new("a", "b"))).is_err());
}

#[test]
fn a_request_has_cookies_of_its_own() {
    let client = after("/", "a=1");
    client
        .get("/")
        .cookie("b", "x,y")
        .cookie("c", "")
        .send()
        .assert_text("b=\"x\\054y\"; c=; a=1");
    client
        .get("/")
        .header("Cookie", "raw")
        .send()
        .assert_text("raw");
    sent(&client, "/", "a=1");
    assert!(client.get("/").cookie("a=b", "c").try_send().is_err());
}

#[test]
fn domains() {
    let client = after("http://example.org/", "a=1");
    sent(&client, "http://example.org/", "a=1");
    sent(&client, "http://EXAMPLE.org:8080/", "a=1");
    sent(&client, "http://www.example.org/", "");
    sent(&client, "/", "");
    let client = after("http://www.example.org/", "a=1; Domain=.Example.org");
    for url in [
        "http://www.example.org/",
        "http://example.org/",
        "http://x.y.example.org/",
    ] {
        sent(&client, url, "a=1");
    }
    sent(&client, "http://badexample.org/", "");
    for foreign in ["other.test", "www.example.org.evil", "sub.www.example.org"] {
        let client = after("http://www.example.org/", &format!("a=1; Domain={foreign}"));
        assert!(client.cookies().is_empty(), "{foreign}");
    }
    assert!(
        after("http://127.0.0.1/", "a=1; Domain=0.0.1")
            .cookies()
            .is_empty()
    );
    assert_eq!(
        after("http://127.0.0.1/", "a=1; Domain=127.0.0.1")
            .cookies()
            .len(),
        1
    );
}

#[test]
fn paths() {
    let client = after("/a/b/c", "x=1");
    for (url, is_sent) in [
        ("/a/b", true),
        ("/a/b/", true),
        ("/a/b/d/e", true),
        ("/a/bc", false),
        ("/a", false),
        ("/", false),
    ] {
        sent(&client, url, if is_sent { "x=1" } else { "" });
    }
    let client = after("/a/b/c", "x=1; Path=/");
    client.get("/").query([("set", "y=2; Path=/p/")]).send();
    client.get("/").query([("set", "x=3; Path=/p/q")]).send();
    sent(&client, "/", "x=1");
    sent(&client, "/p/q", "x=3; y=2; x=1");
    sent(&client, "/p", "x=1");
    assert_eq!(after("/top", "x=1").cookies()[0].path(), "/");
    assert_eq!(after("/top", "x=1; Path=relative").cookies()[0].path(), "/");
}

#[test]
fn cookies_end_without_waiting() {
    let start = HttpDate::from_unix_seconds(1_000_000_000);
    let client = Client::new(app);
    client.set_time(start);
    client.get("/").query([("set", "a=1; Max-Age=60")]).send();
    client
        .get("/")
        .query([("set", "b=2; Expires=Sun, 09 Sep 2001 01:48:40 GMT")])
        .send();
    client
        .get("/")
        .query([(
            "set",
            "c=3; Max-Age=60; Expires=Sun, 09 Sep 2001 01:46:41 GMT",
        )])
        .send();
    client
        .get("/")
        .query([("set", "d=4; Expires=Sun, 09 Sep 2001 01:46:39 GMT")])
        .send();
    sent(&client, "/", "a=1; b=2; c=3");
    client.set_time(start.saturating_add(59));
    sent(&client, "/", "a=1; b=2; c=3");
    client.set_time(start.saturating_add(60));
    sent(&client, "/", "b=2");
    assert_eq!(client.cookies().len(), 1);
    client.set_time(start.saturating_add(120));
    sent(&client, "/", "");
}

#[test]
fn secure_cookies_want_a_secure_connection() {
    let client = after("https://example.org/", "a=1; Secure");
    sent(&client, "https://example.org/", "a=1");
    sent(&client, "http://example.org/", "");
    assert!(
        after("http://example.org/", "a=1; Secure")
            .cookies()
            .is_empty()
    );
    for own in [
        "/",
        "http://127.0.0.1/",
        "http://[::1]:5000/",
        "http://app.localhost/",
    ] {
        sent(&after(own, "a=1; Secure"), own, "a=1");
    }
    assert!(after("/", "__Secure-a=1").cookies().is_empty());
    assert!(
        after("/", "__Host-a=1; Secure; Path=/x")
            .cookies()
            .is_empty()
    );
    assert_eq!(after("/", "__Host-a=1; Secure; Path=/").cookies().len(), 1);
    assert!(
        after("/", "a=1; SameSite=None").cookies().is_empty(),
        "wants Secure"
    );
}

#[test]
fn other_sites_get_what_same_site_allows() {
    let client = Client::new(app);
    for field in [
        "none=1; SameSite=None; Secure",
        "lax=1; SameSite=Lax",
        "strict=1; SameSite=Strict",
        "unsaid=1",
    ] {
        client.get("/").query([("set", field)]).send();
    }
    sent(&client, "/", "none=1; lax=1; strict=1; unsaid=1");
    client
        .get("/")
        .cross_site()
        .send()
        .assert_text("none=1; lax=1; unsaid=1");
    client.post("/").cross_site().send().assert_text("none=1");
}

#[test]
fn cookies_are_set_and_looked_at_by_hand() {
    let client = Client::new(app).base_url("https://example.org/");
    client.set_cookie(
        SetCookie::new("a", "x;y")
            .secure()
            .http_only()
            .same_site(SameSite::Lax)
            .max_age(60),
    );
    let cookie: Cookie = client.cookie("a").unwrap();
    assert_eq!(
        (cookie.name(), cookie.value(), cookie.as_sent()),
        ("a", "x;y", "a=\"x\\073y\"")
    );
    assert_eq!(
        (cookie.domain(), cookie.is_host_only(), cookie.path()),
        ("example.org", true, "/")
    );
    assert_eq!(
        (cookie.max_age(), cookie.expires(), cookie.ends().is_some()),
        (Some(60), None, true)
    );
    assert!(cookie.is_secure() && cookie.is_http_only() && !cookie.is_partitioned());
    assert_eq!(cookie.same_site(), Some(SameSite::Lax));
    assert!(!format!("{cookie:?}").contains("x;y"));
    client.set_cookie_at(
        "http://other.test/p/q",
        SetCookie::new("b", "1").without_path(),
    );
    sent(&client, "http://other.test/p/x", "b=1");
    assert_eq!(
        client.cookie_at("http://other.test/p", "b").unwrap().path(),
        "/p"
    );
    client.delete_cookie("a");
    client.delete_cookie("not there");
    client.delete_cookie_at("http://other.test/p/", "b");
    assert!(client.cookies().is_empty());
    let foreign = || client.set_cookie(SetCookie::new("a", "b").domain("other.test"));
    assert!(std::panic::catch_unwind(foreign).is_err());
}

#[test]
fn the_jar_is_bounded() {
    let client = Client::new(app);
    for n in 0..3001 {
        client.set_cookie(SetCookie::new(format!("c{n}"), ""));
    }
    let cookies = client.cookies();
    assert_eq!((cookies.len(), cookies[0].name()), (3000, "c1"));
}

#[test]
fn what_is_no_cookie_is_passed_over() {
    for field in ["", "=1", "; Path=/", "  "] {
        assert!(after("/", field).cookies().is_empty(), "{field:?}");
    }
}

#[test]
fn debug_hides() {
    let client = Client::new(app);
    client.set_cookie(SetCookie::new("a", "hunter2"));
    let request = client
        .get("/")
        .basic_auth("me", "hunter2")
        .cookie("b", "hunter2");
    let shown = format!("{client:?} {:?} {request:?}", client.cookie("a"));
    assert!(!shown.contains("hunter2"), "{shown}");
    let shown = format!("{:?}", request.send());
    assert!(!shown.contains("hunter2"), "{shown}");
}
