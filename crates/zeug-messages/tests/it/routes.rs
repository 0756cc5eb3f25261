//! A request, a map, and each outcome as a match or an error.

use http::Method;
use zeug_gateway::{Body, IntoResponse};
use zeug_messages::{HttpError, Request, Site};
use zeug_routing::{Map, Rule};

fn map() -> Map<&'static str> {
    Map::builder()
        .rule(Rule::new("/users/<name>/", "user").methods(["GET"]))
        .rule(Rule::new("/chat", "chat").websocket())
        .build()
        .unwrap()
}

fn request(method: &str, path: &str, host: &str) -> Request {
    http::Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("host", host)
        .extension(Site::default().scheme("https").root_path("/app"))
        .body(Body::empty())
        .unwrap()
        .into()
}

/// The endpoint and the rule that a path leads to.
fn found(method: &str, path: &str) -> Result<String, HttpError> {
    let (map, request) = (map(), request(method, path, "example.org"));
    assert_eq!(request.rule(), None);
    let urls = request.bind(&map)?;
    let endpoint = *request.route(&urls)?.endpoint();
    Ok(format!("{endpoint} {}", request.rule().unwrap_or_default()))
}

#[test]
fn outcomes_are_matches_or_errors_with_their_fields() {
    assert_eq!(found("GET", "/users/ada/").unwrap(), "user /users/<name>/");
    assert_eq!(found("GET", "/users").unwrap_err().status(), 404);
    let method = found("PUT", "/users/ada/").unwrap_err();
    assert_eq!(method.status(), 405);
    assert_eq!(method.headers().get("allow").unwrap(), "GET, HEAD");
    let plain = found("GET", "/chat").unwrap_err();
    assert_eq!(plain.status(), 400);
    let slash = found("GET", "/users/ada?q=1").unwrap_err().into_response();
    assert_eq!(slash.status(), 308);
    assert_eq!(
        slash.headers().get("location").unwrap(),
        "https://example.org/app/users/ada/?q=1"
    );
}

#[test]
fn urls_are_built_where_the_request_stands() {
    let (map, request) = (map(), request("GET", "/", "example.org"));
    let urls = request.bind(&map).unwrap();
    assert_eq!(urls.url_scheme(), "https");
    assert_eq!(urls.server_name(), "example.org");
    assert!(urls.script_root_path().starts_with("/app"));
}

#[test]
fn a_host_that_no_map_can_be_bound_to_is_the_clients_fault() {
    let host = format!("{}.test", "a".repeat(64));
    let (map, request) = (map(), request("GET", "/", &host));
    assert_eq!(request.bind(&map).unwrap_err().status(), 400);
    assert!(request.bind_under(&map, "test").is_ok());
}
