//! Fields that tell browsers to be careful: what is added, what is left alone, and nonces.

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request, Response, Scheme};
use zeug_http::ContentSecurityPolicy;
use zeug_messages::Site;
use zeug_middleware::{CspNonce, ProxyFix, SecurityHeaders};

fn https(host: &str) -> Request {
    let request = http::Request::get("/").header("host", host);
    let mut request: Request = request.body(()).unwrap().into();
    *request.received_mut() = Received::default().with_scheme(Scheme::Https);
    request
}

fn names(response: &Response) -> Vec<String> {
    response
        .headers()
        .names()
        .map(|name| name.to_lowercase().into_owned())
        .collect()
}

#[test]
fn the_table_of_the_docs() {
    let app = (|_: Request| ())
        .into_handler()
        .with(SecurityHeaders::default());
    let response = app.handle(https("example.org"));
    let told: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{}: {}", name.as_str(), value.to_utf8_lossy()))
        .collect();
    assert_eq!(
        told,
        [
            "Cross-Origin-Opener-Policy: same-origin",
            "Cross-Origin-Resource-Policy: same-origin",
            "Referrer-Policy: strict-origin-when-cross-origin",
            "X-Content-Type-Options: nosniff",
            "X-Frame-Options: SAMEORIGIN",
            "Strict-Transport-Security: max-age=31536000",
            "Content-Security-Policy: base-uri 'self'; frame-ancestors 'self'; object-src 'none'",
        ]
    );
}

#[test]
fn transport_security_only_over_https_and_not_at_home() {
    let app = |layer| (|_: Request| ()).into_handler().with(layer);
    let strict = |request| {
        let app = app(SecurityHeaders::default());
        app.handle(request)
            .headers()
            .contains("strict-transport-security")
    };
    assert!(strict(https("example.org")));
    assert!(strict(https("example.org:8443")));
    assert!(strict(https("localhost.example.org")));
    assert!(!strict(Request::new(())));
    for home in ["localhost", "LOCALHOST:5000", "app.localhost"] {
        assert!(!strict(https(home)), "{home}");
    }
    let mut proxied = Request::new(());
    proxied
        .extensions_mut()
        .insert(Site::default().scheme("https"));
    assert!(strict(proxied));
    let behind = app(SecurityHeaders::default()).with(ProxyFix::default());
    let forwarded = http::Request::get("/").header("x-forwarded-proto", "https");
    let response = behind.handle(forwarded.body(()).unwrap().into());
    assert!(response.headers().contains("strict-transport-security"));
}

#[test]
fn the_handlers_fields_stay_and_others_go() {
    let own = [
        ("X-Frame-Options", "DENY"),
        ("content-security-policy", "default-src *"),
        ("Strict-Transport-Security", "max-age=0"),
    ];
    let app = (move |_: Request| {
        let mut response = Response::new(());
        for (name, value) in own {
            response.headers_mut().try_append(name, value).unwrap();
        }
        response
    })
    .into_handler()
    .with(SecurityHeaders::default());
    let response = app.handle(https("example.org"));
    for (name, value) in own {
        let values: Vec<_> = response.headers().get_all(name).collect();
        assert_eq!(values, [value]);
    }
    let few = SecurityHeaders::default()
        .without("x-frame-options")
        .without("Content-Security-Policy")
        .without("strict-transport-security")
        .without("Cross-Origin-Opener-Policy")
        .without("not there");
    let app = (|_: Request| ()).into_handler().with(few);
    assert_eq!(
        names(&app.handle(https("example.org"))),
        [
            "cross-origin-resource-policy",
            "referrer-policy",
            "x-content-type-options"
        ]
    );
    let none = SecurityHeaders::none();
    let app = (|_: Request| ()).into_handler().with(none);
    assert!(names(&app.handle(https("example.org"))).is_empty());
    let set = SecurityHeaders::none()
        .field("Strict-Transport-Security", "max-age=1; preload")
        .and_then(|fields| fields.field("content-security-policy", "img-src *"))
        .and_then(|fields| fields.field("Permissions-Policy", "camera=()"))
        .unwrap();
    let app = (|_: Request| ()).into_handler().with(set);
    assert_eq!(
        names(&app.handle(Request::new(()))),
        ["permissions-policy", "content-security-policy"]
    );
    assert!(SecurityHeaders::none().field("a b", "x").is_err());
    let broken = ContentSecurityPolicy::parse("img-src a\nb");
    assert!(SecurityHeaders::none().policy(&broken).is_err());
}

#[test]
fn nonces_are_new_reach_the_handler_and_stay_out_of_304() {
    let policy = ContentSecurityPolicy::parse("script-src 'none'; style-src 'self'");
    let layer = || {
        SecurityHeaders::none().policy(&policy).unwrap().nonces([
            "script-src",
            "style-src",
            "font-src",
        ])
    };
    let app = (|request: Request| {
        let nonce = CspNonce::of(request.extensions()).unwrap();
        assert_eq!(format!("{nonce:?}"), "CspNonce(..)");
        nonce.to_string()
    })
    .into_handler()
    .with(layer());
    let nonce = || {
        let response = app.handle(Request::new(()));
        let field = response.headers().get("content-security-policy").unwrap();
        let field = field.to_utf8_lossy().into_owned();
        let cached = response.headers().get("cache-control").unwrap();
        assert_eq!(cached, "private");
        let body = response.into_body().into_bytes(100).unwrap();
        let nonce = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(nonce.len(), 22);
        assert_eq!(
            field,
            format!(
                "script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; font-src 'nonce-{nonce}'"
            )
        );
        nonce
    };
    assert_ne!(nonce(), nonce());
    let unchanged = |layer: SecurityHeaders| {
        let app = (|_: Request| http::StatusCode::NOT_MODIFIED)
            .into_handler()
            .with(layer);
        names(&app.handle(Request::new(())))
    };
    assert!(unchanged(layer()).is_empty());
    let unread = (|_: Request| "x").into_handler().with(layer());
    let response = unread.handle(Request::new(()));
    assert!(!response.headers().contains("cache-control"));
    assert_eq!(
        response.headers().get("content-security-policy").unwrap(),
        "script-src 'none'; style-src 'self'; font-src 'none'",
        "no looser than with a nonce"
    );
    let fixed = SecurityHeaders::none().policy(&policy).unwrap();
    assert_eq!(unchanged(fixed.clone()), ["content-security-policy"]);
    assert_eq!(
        unchanged(fixed.reporting_only()),
        ["content-security-policy-report-only"]
    );
}
