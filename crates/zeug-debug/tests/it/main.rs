//! What a handler that fails answers, through the public face alone. Builds without `debug_assertions` have no debugger, and none of these tests.
#![cfg(debug_assertions)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::StatusCode;
use zeug_debug::Debugger;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request};
use zeug_messages::{HttpError, Response};

const EVIL: &str = "<script>alert(1)</script>";

fn app(request: zeug_messages::Request) -> Result<Response, HttpError> {
    match request.raw_path() {
        "/panic" => panic!("no luck {EVIL}"),
        "/error" => Ok(Response::text("x".parse::<u8>()?.to_string())),
        "/abort" => zeug_messages::abort!(500, "on purpose"),
        "/missing" => zeug_messages::abort!(404),
        "/unavailable" => zeug_messages::abort!(503),
        "/made" => Ok(Response::text("by hand").with_status(StatusCode::INTERNAL_SERVER_ERROR)),
        _ => Ok(Response::text("fine")),
    }
}

fn debugged() -> impl Handler {
    app.into_handler().with(Debugger::new())
}

/// A request from this machine, with these fields beside `Host`, or in place of it.
fn asks(path: &str, fields: &[(&str, &str)]) -> Request {
    let mut raw = http::Request::get(path);
    if !fields.iter().any(|(name, _)| *name == "host") {
        raw = raw.header("host", "localhost:5000");
    }
    for (name, value) in fields {
        raw = raw.header(*name, *value);
    }
    let mut request = Request::from(raw.body(()).unwrap());
    let here = Some(([127, 0, 0, 1], 5000).into());
    *request.received_mut() = Received::default().with_peer(here).with_local(here);
    request
}

fn text(response: zeug_gateway::Response) -> String {
    let bytes = response.into_body().into_bytes(1 << 20).unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_client_that_is_no_browser_gets_text_or_json() {
    const HTML: &str = "text/html; charset=utf-8";
    const TEXT: &str = "text/plain; charset=utf-8";
    const JSON: &str = "application/problem+json";
    let app = debugged();
    for (accept, content_type, begins) in [
        (
            "text/html,application/xhtml+xml,*/*;q=0.8",
            HTML,
            "<!doctype html>",
        ),
        ("*/*", TEXT, "panicked: no luck"),
        ("text/plain", TEXT, "panicked: no luck"),
        ("application/json", JSON, "{"),
        ("application/json, text/plain, */*", JSON, "{"),
    ] {
        let page = app.handle(asks("/panic", &[("accept", accept)]));
        assert_eq!(page.status(), 500);
        assert_eq!(page.headers().get("content-type").unwrap(), content_type);
        let page = text(page);
        assert!(page.starts_with(begins), "{accept}: {page}");
        assert!(content_type != HTML || !page.contains(EVIL));
        if content_type == JSON {
            let page: serde_json::Value = serde_json::from_str(&page).unwrap();
            assert_eq!(
                (&page["status"], &page["causes"]),
                (&500.into(), &serde_json::json!([]))
            );
        }
    }
    assert!(text(app.handle(asks("/panic", &[]))).starts_with("panicked"));
}

#[test]
fn what_is_a_failure() {
    let app = debugged();
    for (path, status, begins) in [
        ("/", 200, "fine"),
        ("/panic", 500, "panicked: no luck"),
        (
            "/error",
            500,
            "failed: invalid digit found in string\ntype: core::num::",
        ),
        (
            "/abort",
            500,
            "failed: 500 Internal Server Error: on purpose",
        ),
        ("/made", 500, "by hand"),
        ("/missing", 404, "404 Not Found"),
        ("/unavailable", 503, "503 Service Unavailable"),
    ] {
        let answer = app.handle(asks(path, &[("accept", "text/plain")]));
        assert_eq!(answer.status(), status, "{path}");
        let answer = text(answer);
        assert!(answer.starts_with(begins), "{path}: {answer}");
    }
    let list = text(app.handle(asks("/__zeug__/", &[])));
    assert_eq!(list.matches("/__zeug__/failures/").count(), 3);
}

#[test]
fn a_failure_is_shown_to_nobody_else() {
    let app = debugged();
    let elsewhere = Some(([192, 0, 2, 7], 1).into());
    let mut from_elsewhere = asks("/panic", &[]);
    *from_elsewhere.received_mut() = Received::default().with_peer(elsewhere);
    let cross = ("sec-fetch-site", "cross-site");
    let navigates = ("sec-fetch-mode", "navigate");
    let refused = [
        asks("/panic", &[("host", "evil.test:5000")]),
        asks("/panic", &[cross, ("sec-fetch-mode", "cors")]),
        asks("/panic", &[cross, navigates, ("sec-fetch-dest", "iframe")]),
        asks("/panic", &[("origin", "http://evil.test")]),
        asks("/panic", &[("x-forwarded-for", "192.0.2.7")]),
        from_elsewhere,
    ];
    for (at, request) in refused.into_iter().enumerate() {
        let failed = catch_unwind(AssertUnwindSafe(|| app.handle(request)));
        assert!(failed.is_err(), "{at}: the panic goes on to the server");
    }
    let error = app.handle(asks("/error", &[("host", "evil.test")]));
    assert_eq!(
        text(error).matches("invalid digit").count(),
        0,
        "a plain 500"
    );
    let link = asks(
        "/panic",
        &[cross, navigates, ("sec-fetch-dest", "document")],
    );
    assert_eq!(app.handle(link).status(), 500, "a link leads to the page");
    let list = app.handle(asks("/__zeug__/", &[("host", "evil.test")]));
    assert_eq!(list.status(), 403);
}

/// A target, the fields that come with it, and which names its page shows.
type Told = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

/// What is kept of a request takes the place of what was kept of the one before.
#[test]
fn a_page_tells_of_its_own_request_alone() {
    let app = debugged();
    const FIRST: &[(&str, &str)] = &[("x-note", "sesame"), ("cookie", "theme=dark")];
    let rows: [Told; 5] = [
        (
            "/panic?first=1&x=22",
            FIRST,
            &["first", "x", "x-note", "theme"],
        ),
        ("/panic", &[("x-noun", "poppy!")], &["x-noun"]),
        ("/panic?other=3", &[], &["other"]),
        ("/", FIRST, &[]),
        ("http://localhost:5000/panic?whole=4", &[], &["whole"]),
    ];
    for (target, fields, shown) in rows {
        let fields: Vec<_> = fields
            .iter()
            .copied()
            .chain([("accept", "text/html")])
            .collect();
        let page = text(app.handle(asks(target, &fields)));
        for name in ["first", "x", "x-note", "theme", "x-noun", "other", "whole"] {
            let row = format!("<th scope=row>{name}<td>");
            assert_eq!(
                page.contains(&row),
                shown.contains(&name),
                "{name} of {target}"
            );
        }
    }
}
