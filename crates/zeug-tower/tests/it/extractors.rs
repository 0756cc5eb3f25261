//! The extractors in one axum program, asked as clients ask.

use std::sync::Arc;

use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use zeug_forms::Limits;
use zeug_gateway::{Handler, Request};
use zeug_routing::{Map, Rule};
use zeug_securecookie::{SessionSettings, Value};
use zeug_tower::ServiceHandler;
use zeug_tower::axum::{Accepts, FlaskSession, FormData, Query, Routed, Unmatched};

#[derive(Clone)]
struct State {
    map: Arc<Map<&'static str>>,
    sessions: Arc<SessionSettings>,
}

impl FromRef<State> for Arc<Map<&'static str>> {
    fn from_ref(state: &State) -> Self {
        Arc::clone(&state.map)
    }
}

impl FromRef<State> for Arc<SessionSettings> {
    fn from_ref(state: &State) -> Self {
        Arc::clone(&state.sessions)
    }
}

async fn upload(FormData(form): FormData) -> String {
    let fields: Vec<_> = form.fields.iter().collect();
    let files: Vec<_> = form
        .files
        .iter()
        .map(|(name, file)| (name, file.filename().to_owned()))
        .collect();
    format!("{fields:?} {files:?}")
}

async fn peek(session: FlaskSession) -> ([(&'static str, &'static str); 1], FlaskSession, String) {
    let user = session
        .get("user")
        .and_then(Value::as_str)
        .unwrap_or("nobody")
        .to_owned();
    ([("vary", "accept")], session, user)
}

async fn log_in(query: Query, mut session: FlaskSession) -> (FlaskSession, &'static str) {
    session.insert("user", query.get("user").unwrap_or("ada"));
    (session, "in")
}

async fn routed(routed: Routed<&'static str>, accepts: Accepts) -> Result<Response, Unmatched> {
    let site = routed.bound()?;
    let found = routed.matched(&site)?;
    let year = found.args().get::<u32>("year").unwrap_or_default();
    let form = accepts
        .media_types
        .best_match(["text/plain", "application/json"]);
    let next = site
        .url_for(&"archive")
        .arg("year", year + 1)
        .external()
        .build()?;
    Ok(format!("{year} {next} {form:?}").into_response())
}

fn handler() -> (tokio::runtime::Runtime, impl Handler) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let rules = [Rule::new("/archive/<int:year>/", "archive").methods(["GET"])];
    let state = State {
        map: Arc::new(Map::builder().rules(rules).build().unwrap()),
        sessions: Arc::new(SessionSettings::new("secret").unwrap()),
    };
    let router = Router::new()
        .route("/upload", post(upload))
        .layer(Extension(Limits::default().body(500)))
        .route("/peek", get(peek))
        .route("/login", get(log_in))
        .fallback(routed)
        .with_state(state);
    let handler = ServiceHandler::new(router, runtime.handle().clone());
    (runtime, handler)
}

/// Status, the fields of that name, and the text of the answer.
fn ask(
    handler: &impl Handler,
    request: http::request::Builder,
    body: &str,
    field: &str,
) -> (u16, Vec<String>, String) {
    let request = Request::from(request.body(body.to_owned()).unwrap());
    let response = handler.handle(request);
    let fields = response
        .headers()
        .get_all(field)
        .map(|value| value.to_utf8_lossy().into_owned())
        .collect();
    let status = response.status().as_u16();
    let text = response.into_body().into_bytes(10_000).unwrap();
    (status, fields, String::from_utf8(text.to_vec()).unwrap())
}

#[test]
fn forms_of_both_kinds_and_their_limits() {
    let (_runtime, handler) = handler();
    let post = |kind: &str| http::Request::post("/upload").header("content-type", kind);
    let (status, _, text) = ask(
        &handler,
        post("application/x-www-form-urlencoded"),
        "a=1&a=2&b=%26",
        "",
    );
    assert_eq!(
        (status, text.as_str()),
        (200, r#"[("a", "1"), ("a", "2"), ("b", "&")] []"#)
    );

    let multipart = "--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n.txt\"\r\n\r\ndata\r\n--b--\r\n";
    let (status, _, text) = ask(
        &handler,
        post("multipart/form-data; boundary=b"),
        multipart,
        "",
    );
    assert_eq!(
        (status, text.as_str()),
        (200, r#"[("t", "x")] [("f", "n.txt")]"#)
    );

    let (status, _, text) = ask(
        &handler,
        post("multipart/form-data; boundary=b"),
        &multipart[..60],
        "",
    );
    assert_eq!(status, 400, "{text}");
    let (status, _, text) = ask(
        &handler,
        post("application/x-www-form-urlencoded"),
        &"a".repeat(501),
        "",
    );
    assert!(status == 413 && text.contains("500"), "{status} {text}");
    let (_, _, text) = ask(&handler, post("text/plain"), "a=1", "");
    assert_eq!(text, "[] []", "no form");
}

#[test]
fn sessions_are_read_written_and_told_to_caches() {
    let (_runtime, handler) = handler();
    let get = |path: &str| http::Request::get(path);
    let (_, cookies, text) = ask(&handler, get("/login?user=grace"), "", "set-cookie");
    assert_eq!((text.as_str(), cookies.len()), ("in", 1));
    let cookie = cookies[0].split(';').next().unwrap().to_owned();
    assert!(cookies[0].contains("HttpOnly"), "{cookies:?}");

    let (_, vary, text) = ask(&handler, get("/peek").header("cookie", &cookie), "", "vary");
    assert_eq!(
        (text.as_str(), vary.join(", ").to_lowercase()),
        ("grace", "accept, cookie".to_owned())
    );
    let (_, cookies, _) = ask(
        &handler,
        get("/peek").header("cookie", &cookie),
        "",
        "set-cookie",
    );
    assert!(cookies.is_empty(), "nothing has changed");
    let (_, _, text) = ask(
        &handler,
        get("/peek").header("cookie", format!("{cookie}x")),
        "",
        "",
    );
    assert_eq!(text, "nobody", "forged");
}

#[test]
fn rules_match_redirect_and_refuse() {
    let (_runtime, handler) = handler();
    let get = |path: &str| {
        http::Request::get(path)
            .header("host", "example.org")
            .header("accept", "application/json")
    };
    let (status, _, text) = ask(&handler, get("/archive/2026/"), "", "");
    assert_eq!(
        (status, text.as_str()),
        (
            200,
            "2026 http://example.org/archive/2027/ Some(\"application/json\")"
        )
    );
    let (status, to, _) = ask(&handler, get("/archive/2026?a=b"), "", "location");
    assert_eq!(
        (status, to),
        (308, vec!["http://example.org/archive/2026/?a=b".to_owned()])
    );
    let (status, allowed, _) = ask(&handler, get("/archive/2026/").method("POST"), "", "allow");
    assert_eq!((status, allowed), (405, vec!["GET, HEAD".to_owned()]));
    assert_eq!(ask(&handler, get("/archive/"), "", "").0, 404);
    let evil = http::Request::get("/archive/2026/").header("host", "a..b");
    assert_eq!(ask(&handler, evil, "", "").0, 400, "a host that is none");
}
