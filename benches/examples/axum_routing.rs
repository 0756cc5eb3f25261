//! zeug-routing alone inside an axum program: the map is the router, handlers are looked up by endpoint, and a template has `url_for`.
//! `axum_routing [ADDRESS]` serves; without an address it asks itself one request of each kind and says so.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Kwargs;
use minijinja::{Environment, context};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeug_routing::{Map, Outcome, Rule, Value};

/// The rules; endpoints are names, as templates know them.
static MAP: LazyLock<Map<String>> = LazyLock::new(|| {
    let rules = [
        Rule::new("/", "index".to_owned()),
        Rule::new("/posts/<int:id>/", "post".to_owned()).methods(["GET"]),
        Rule::new("/archive/<int:year>", "archive".to_owned()),
    ];
    Map::builder()
        .rules(rules)
        .build()
        .expect("the rules are a map")
});

const PAGE: &str = r#"<h1>{{ title }}</h1>
<a href="{{ url_for('index') }}">Home</a> <a href="{{ url_for('post', id=7, tab='log in') }}">Post</a> <a href="{{ url_for('archive', year=2026) }}">Archive</a>
"#;

/// `url_for(endpoint, name=value, ...)` for templates.
///
/// A URL has slashes, which the templates' escaping would change, and perhaps `&` and `'`, which it has to.
fn url_for(endpoint: String, values: Kwargs) -> Result<minijinja::Value, minijinja::Error> {
    let failed = |error: zeug_routing::RoutingError| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, error.to_string())
    };
    let bound = MAP.bind("localhost").map_err(failed)?;
    let mut url = bound.url_for(&endpoint);
    for name in values.args() {
        let value: minijinja::Value = values.get(name)?;
        url = url.arg(
            name.to_owned(),
            i64::try_from(value.clone())
                .map_or_else(|_| Value::from(value.to_string()), Value::from),
        );
    }
    let url = url.build().map_err(failed)?;
    Ok(minijinja::Value::from_safe_string(
        url.replace('&', "&amp;").replace('\'', "&#39;"),
    ))
}

static TEMPLATES: LazyLock<Arc<Environment<'static>>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.add_function("url_for", url_for);
    environment
        .add_template("page.html", PAGE)
        .expect("the template is one");
    Arc::new(environment)
});

fn page(title: &str) -> Response {
    match TEMPLATES
        .get_template("page.html")
        .and_then(|template| template.render(context! { title }))
    {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The one handler that axum has: the map decides.
async fn dispatch(request: Request) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let Ok(bound) = MAP.bind(host) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let bound = bound.query(request.uri().query().unwrap_or_default());
    match bound.match_path(request.uri().path(), request.method().as_str()) {
        Outcome::Match(found) => match found.endpoint().as_str() {
            "post" => match found.args().get::<u32>("id") {
                Ok(id) => page(&format!("Post {id}")),
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            },
            endpoint => page(endpoint),
        },
        Outcome::Redirect(to) => (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, to.location().to_owned())],
        )
            .into_response(),
        Outcome::MethodNotAllowed(allowed) => (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, allowed.to_string())],
        )
            .into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn serve(
    address: SocketAddr,
) -> std::io::Result<(SocketAddr, impl Future<Output = std::io::Result<()>>)> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let local = listener.local_addr()?;
    Ok((local, async move {
        axum::serve(listener, Router::new().fallback(dispatch)).await
    }))
}

/// Asks for a path on a connection of its own; the whole answer.
async fn ask(address: SocketAddr, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream
        .write_all(
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .as_bytes(),
        )
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// One request of each kind, and what its answer must have.
async fn check() -> std::io::Result<()> {
    let (address, server) = serve(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let server = tokio::spawn(server);
    for (method, path, parts) in [
        ("GET", "/", ["200 OK", "href=\"/posts/7/?tab=log+in\""]),
        ("GET", "/posts/8/", ["200 OK", "<h1>Post 8</h1>"]),
        (
            "GET",
            "/posts/8?x=1",
            ["308", "location: http://localhost/posts/8/?x=1"],
        ),
        ("POST", "/posts/8/", ["405", "allow: GET, HEAD"]),
        ("GET", "/posts/99999999999/", ["404", ""]),
        ("GET", "/archive/2026", ["200 OK", "href=\"/archive/2026\""]),
    ] {
        let answer = ask(address, method, path).await?;
        for part in parts {
            assert!(
                answer.contains(part),
                "{method} {path}: no {part:?} in {answer}"
            );
        }
    }
    server.abort();
    Ok(())
}

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match std::env::args().nth(1) {
        Some(address) => runtime.block_on(async {
            serve(address.parse().map_err(std::io::Error::other)?)
                .await?
                .1
                .await
        }),
        None => runtime.block_on(check()),
    }
}

#[test]
fn it_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(check()).expect("it answers");
}
