//! The CORS protocol: who is told what, in preflights and other answers, and what caches are told.

use std::time::Duration;

use http::Method;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{Cors, MiddlewareErrorKind};

const APP: &str = "https://app.example";

fn app(cors: Cors) -> impl Handler {
    (|request: Request| format!("handled {}", request.method()))
        .into_handler()
        .with(cors)
}

fn asks(method: &str, fields: &[(&str, &str)]) -> Request {
    let request = http::Request::builder().method(method).uri("/x");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(()).unwrap().into()
}

/// The fields of CORS and `Vary`, in order.
fn told(response: &Response) -> String {
    let fields = response.headers().iter().filter_map(|(name, value)| {
        let name = name.as_str().to_ascii_lowercase();
        let short = name.strip_prefix("access-control-");
        let short = short.or((name == "vary").then_some("vary"))?;
        Some(format!("{short}={}", value.to_utf8_lossy()))
    });
    fields.collect::<Vec<_>>().join("; ")
}

fn preflight(origin: &str, method: &str, names: &str) -> Request {
    asks(
        "OPTIONS",
        &[
            ("Origin", origin),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", names),
        ],
    )
}

#[test]
fn origins_by_requests() {
    let listed = || Cors::origins([APP, "null"]).unwrap();
    let by_function = || Cors::origins_if(|origin, _| origin.ends_with(".app.example"));
    let any = Cors::any_origin;
    for (cors, origin, wanted) in [
        (
            listed(),
            Some(APP),
            "vary=Origin; allow-origin=https://app.example",
        ),
        (listed(), Some("null"), "vary=Origin; allow-origin=null"),
        (
            listed(),
            Some("https://app.example.evil.test"),
            "vary=Origin",
        ),
        (listed(), Some("https://APP.example"), "vary=Origin"),
        (listed(), Some("http://app.example"), "vary=Origin"),
        (listed(), Some("https://app.example:444"), "vary=Origin"),
        (
            listed(),
            Some("https://app.example, https://evil.test"),
            "vary=Origin",
        ),
        (listed(), Some("*"), "vary=Origin"),
        (listed(), Some(""), "vary=Origin"),
        (listed(), None, "vary=Origin"),
        (
            by_function(),
            Some("https://x.app.example"),
            "vary=Origin; allow-origin=https://x.app.example",
        ),
        (by_function(), Some("https://evil.test"), "vary=Origin"),
        (by_function(), Some("x.app.example"), "vary=Origin"),
        (
            by_function(),
            Some("https://a https://x.app.example"),
            "vary=Origin",
        ),
        (by_function(), None, "vary=Origin"),
        (any(), Some("https://evil.test"), "allow-origin=*"),
        (any(), None, "allow-origin=*"),
        (
            listed().credentials().unwrap(),
            Some(APP),
            "vary=Origin; allow-origin=https://app.example; allow-credentials=true",
        ),
        (
            listed().credentials().unwrap(),
            Some("https://evil.test"),
            "vary=Origin",
        ),
        (
            listed().expose(["X-Total"]).unwrap(),
            Some(APP),
            "vary=Origin; allow-origin=https://app.example; expose-headers=X-Total",
        ),
        (
            any().expose(["*"]).unwrap(),
            Some(APP),
            "allow-origin=*; expose-headers=*",
        ),
    ] {
        let shown = format!("{cors:?} {origin:?}");
        let fields: Vec<_> = origin
            .map(|origin| ("Origin", origin))
            .into_iter()
            .collect();
        let response = app(cors).handle(asks("GET", &fields));
        assert_eq!(told(&response), wanted, "{shown}");
        assert_eq!(response.into_body().into_bytes(99).unwrap(), "handled GET");
    }
    let twice = asks("GET", &[("Origin", APP), ("Origin", APP)]);
    assert_eq!(told(&app(listed()).handle(twice)), "vary=Origin");
}

#[test]
fn preflights() {
    let listed = || {
        Cors::origins([APP])
            .unwrap()
            .methods([Method::PUT, Method::DELETE])
            .headers(["X-Token", "Content-Type"])
            .unwrap()
    };
    let open = || Cors::any_origin().any_method().any_header();
    let reflecting = || {
        Cors::origins([APP])
            .unwrap()
            .any_header()
            .credentials()
            .unwrap()
    };
    for (cors, origin, names, wanted) in [
        (
            listed(),
            APP,
            "x-token",
            "vary=Origin; allow-methods=PUT, DELETE; allow-headers=X-Token, Content-Type; allow-origin=https://app.example",
        ),
        (listed(), "https://evil.test", "x-token", "vary=Origin"),
        (
            listed().max_age(Duration::from_secs(600)),
            APP,
            "",
            "vary=Origin; allow-methods=PUT, DELETE; allow-headers=X-Token, Content-Type; allow-origin=https://app.example; max-age=600",
        ),
        (
            listed().max_age(Duration::from_secs(600)),
            "https://evil.test",
            "",
            "vary=Origin",
        ),
        (
            open(),
            "https://evil.test",
            "authorization,x-a",
            "vary=Access-Control-Request-Method, Access-Control-Request-Headers; allow-methods=PATCH; allow-headers=authorization, x-a; allow-origin=*",
        ),
        (
            open(),
            "https://evil.test",
            "",
            "vary=Access-Control-Request-Method, Access-Control-Request-Headers; allow-methods=PATCH; allow-origin=*",
        ),
        (
            open(),
            "https://evil.test",
            "a b, *, ok, ö",
            "vary=Access-Control-Request-Method, Access-Control-Request-Headers; allow-methods=PATCH; allow-headers=ok; allow-origin=*",
        ),
        (
            reflecting(),
            APP,
            "x-a",
            "vary=Origin, Access-Control-Request-Headers; allow-headers=x-a; allow-origin=https://app.example; allow-credentials=true",
        ),
        (
            reflecting(),
            "https://evil.test",
            "x-a",
            "vary=Origin, Access-Control-Request-Headers",
        ),
    ] {
        let shown = format!("{cors:?} {origin} {names}");
        let response = app(cors).handle(preflight(origin, "PATCH", names));
        assert_eq!(
            (told(&response), response.status().as_u16()),
            (wanted.into(), 204),
            "{shown}"
        );
    }
    let local = Cors::origins([APP]).unwrap().private_network();
    let mut request = preflight(APP, "PUT", "");
    request
        .headers_mut()
        .try_append("Access-Control-Request-Private-Network", "true")
        .unwrap();
    assert!(told(&app(local.clone()).handle(request)).ends_with("allow-private-network=true"));
    let response = app(local).handle(preflight(APP, "PUT", ""));
    assert!(!told(&response).contains("private"), "nobody asked");
}

#[test]
fn other_options_reach_the_handler() {
    let cors = || Cors::origins([APP]).unwrap();
    for fields in [
        &[][..],
        &[("Origin", APP)],
        &[("Access-Control-Request-Method", "PUT")],
    ] {
        let response = app(cors()).handle(asks("OPTIONS", fields));
        let body = response.into_body().into_bytes(99).unwrap();
        assert_eq!(body, "handled OPTIONS");
    }
    let preflighted_get = [("Origin", APP), ("Access-Control-Request-Method", "PUT")];
    let response = app(cors()).handle(asks("GET", &preflighted_get));
    assert_eq!(response.status(), 200);
}

#[test]
fn a_handler_has_its_own_way() {
    let own = (|_: Request| {
        http::Response::builder()
            .header("access-control-allow-origin", "https://partner.example")
            .header("vary", "Cookie")
            .body(())
            .unwrap()
    })
    .into_handler()
    .with(Cors::origins([APP]).unwrap().credentials().unwrap());
    let response = own.handle(asks("GET", &[("Origin", APP)]));
    assert_eq!(
        told(&response),
        "allow-origin=https://partner.example; vary=Cookie, Origin"
    );
}

#[test]
fn settings_that_no_browser_can_use_are_refused() {
    for origin in [
        "",
        "*",
        "app.example",
        "https://",
        "https://app.example/",
        "https://App.example",
        "https://app.example:443",
        "http://app.example:80",
        "https://a.example https://b.example",
        "HTTPS://app.example",
        "https://app.example?x",
        "https://user@app.example",
        "https://*.app.example",
    ] {
        let error = Cors::origins([APP, origin]).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (&MiddlewareErrorKind::InvalidOrigin, 1),
            "{origin}"
        );
    }
    for origin in [
        "null",
        "http://localhost:5173",
        "https://[::1]:8443",
        "chrome-extension://abcdef",
        "https://xn--bcher-kva.example",
    ] {
        assert!(Cors::origins([origin]).is_ok(), "{origin}");
    }
    let star = |result: Result<Cors, zeug_middleware::MiddlewareError>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), &MiddlewareErrorKind::StarWithCredentials);
        assert!(error.to_string().contains("any site could read"));
    };
    star(Cors::any_origin().credentials());
    star(
        Cors::origins([APP])
            .unwrap()
            .expose(["X-A", "*"])
            .unwrap()
            .credentials(),
    );
    star(
        Cors::origins([APP])
            .unwrap()
            .credentials()
            .unwrap()
            .expose(["*"]),
    );
    for (names, at) in [(["ok", "a b"], 1), (["*", "ok"], 0), (["", "ok"], 0)] {
        let error = Cors::any_origin().headers(names).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (&MiddlewareErrorKind::InvalidField, at)
        );
    }
}
