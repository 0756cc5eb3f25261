//! Sessions by layer and by value: what is opened, what is sent, and what a handler's fault leaves.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeug_gateway::{self as gateway, Body, Handler, HandlerExt, IntoHandler};
use zeug_messages::{HttpError, Request, Response, SessionLayer, with_session};
use zeug_securecookie::{Session, SessionSettings, Value};

fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn layer() -> SessionLayer {
    SessionLayer::new(SessionSettings::new("secret").unwrap()).clock(clock)
}

/// A small program: each path does one thing.
fn app(request: Request) -> Result<Response, HttpError> {
    let mut session = request.session()?;
    let text = match request.raw_path() {
        "/untouched" => String::new(),
        "/read" => format!("{:?}", session.get("user").and_then(Value::as_str)),
        "/set" => {
            session.insert("user", "ada");
            String::new()
        }
        "/clear" => {
            session.clear();
            String::new()
        }
        "/broken" => {
            session.insert("broken", f64::NAN);
            String::new()
        }
        _ => return Err(HttpError::new(http::StatusCode::NOT_FOUND)),
    };
    drop(session);
    Ok(Response::text(text).with_header(
        zeug_datastructures::names::VARY,
        zeug_datastructures::FieldValue::from_static("Accept"),
    ))
}

fn get(app: &impl Handler, path: &str, cookie: &str) -> gateway::Response {
    let mut request = http::Request::builder().uri(path);
    if !cookie.is_empty() {
        request = request
            .header("cookie", "theme=dark")
            .header("cookie", cookie);
    }
    app.handle(request.body(Body::empty()).unwrap().into())
}

fn field(response: &gateway::Response, name: &'static str) -> String {
    let values: Vec<String> = response
        .headers()
        .get_all(name)
        .map(|value| value.to_utf8_lossy().into_owned())
        .collect();
    values.join("|")
}

#[test]
fn by_layer() {
    let app = app.into_handler().with(layer());
    let answer = get(&app, "/set", "");
    let cookie = field(&answer, "set-cookie");
    assert!(
        cookie.starts_with("session=eyJ1c2VyIjoiYWRhIn0.ZVPxAA.")
            && cookie.ends_with("; HttpOnly; Path=/"),
        "{cookie}"
    );
    assert_eq!(field(&answer, "vary"), "Accept, Cookie");
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let answer = get(&app, "/read", &cookie);
    assert_eq!(answer.body().as_bytes(), Some(&b"Some(\"ada\")"[..]));
    assert_eq!(
        (field(&answer, "set-cookie"), field(&answer, "vary")),
        (String::new(), "Accept, Cookie".into())
    );

    let answer = get(&app, "/untouched", &cookie);
    assert_eq!(
        (field(&answer, "set-cookie"), field(&answer, "vary")),
        (String::new(), "Accept".into())
    );

    let answer = get(&app, "/clear", &cookie);
    assert!(field(&answer, "set-cookie").starts_with("session=; Expires=Thu, 01 Jan 1970"));

    let answer = get(&app, "/read", &format!("{cookie}x"));
    assert_eq!(answer.body().as_bytes(), Some(&b"None"[..]));

    assert_eq!(get(&app, "/none", &cookie).status(), 404);
    let answer = get(&app, "/broken", &cookie);
    assert_eq!(
        (answer.status().as_u16(), field(&answer, "set-cookie")),
        (500, String::new())
    );
}

#[test]
fn without_a_layer() {
    assert_eq!(get(&app.into_handler(), "/read", "").status(), 500);
}

#[test]
fn by_value() {
    let app = with_session(
        layer(),
        |request: Request, session: &mut Session| -> Result<Response, HttpError> {
            if request.raw_path() == "/none" {
                session.insert("seen", true);
                return Err(HttpError::new(http::StatusCode::NOT_FOUND));
            }
            Ok(Response::text(format!("{}", session.len())))
        },
    );
    let answer = get(&app, "/", "");
    assert_eq!(
        (answer.body().as_bytes(), field(&answer, "vary").as_str()),
        (Some(&b"0"[..]), "Cookie")
    );
    // An error's answer takes the session's cookie along.
    let answer = get(&app, "/none", "");
    assert_eq!(answer.status(), 404);
    let cookie = field(&answer, "set-cookie");
    assert!(cookie.starts_with("session="));
    let answer = get(&app, "/", cookie.split(';').next().unwrap());
    assert_eq!(answer.body().as_bytes(), Some(&b"1"[..]));
    assert!(!format!("{app:?}").contains("secret"));
}

/// A panic of the handler while it holds the session leaves the layer working.
#[test]
fn a_panic_inside() {
    let app = (|request: Request| -> Response {
        let _session = request.session().unwrap();
        panic!("on purpose");
    })
    .into_handler()
    .with(layer());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| get(&app, "/", "")));
    assert!(caught.is_err());
}
