//! Answers what it was sent, for trying clients and proxies. Start it with `cargo run -p zeug --example echo --features datastructures [ADDRESS]`; it refuses unknown paths with 404
//! and other methods than its own with 405.

use zeug::datastructures::{FieldValue, names};
use zeug::http::{Method, StatusCode};
use zeug::{HttpError, Request, Response, run_simple};

fn app(request: Request) -> Response {
    match request.raw_path() {
        "/" => index(&request).unwrap_or_else(refused),
        "/echo" => fields(&request),
        "/cookie" => cookies(&request),
        "/stream" => Response::chunks((0..10).map(|n| Ok(format!("chunk {n}\n")))),
        _ => Response::text("Not Found").with_status(StatusCode::NOT_FOUND),
    }
}

/// The reason in plain text: whoever tries a client reads no page.
fn refused(error: HttpError) -> Response {
    Response::text(format!("{}\n", error.description())).with_status(error.status())
}

/// `OK`, or the body as it came.
fn index(request: &Request) -> Result<Response, HttpError> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(Response::text("OK")),
        Method::POST => {
            let response = Response::bytes(request.bytes()?);
            Ok(match request.headers().get(names::CONTENT_TYPE) {
                Some(content_type) => response.with_header(names::CONTENT_TYPE, content_type),
                None => response,
            })
        }
        _ => Ok(Response::text("Method Not Allowed")
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .with_header(names::ALLOW, FieldValue::from_static("GET, HEAD, POST"))),
    }
}

/// The fields as received, `Name: value` a line.
fn fields(request: &Request) -> Response {
    let mut text = Vec::new();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    Response::bytes(text).with_header(names::CONTENT_TYPE, FieldValue::from_static("text/plain"))
}

/// The cookies, `name=value` a line.
fn cookies(request: &Request) -> Response {
    Response::text(
        request
            .cookies()
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect::<String>(),
    )
}

fn main() -> zeug::Result<()> {
    let address = std::env::args().nth(1);
    run_simple(address.as_deref().unwrap_or("127.0.0.1:5000"), app)
}
