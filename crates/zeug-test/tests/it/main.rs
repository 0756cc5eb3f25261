//! The test client through its public names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod cookies;
mod http_state;
#[cfg(feature = "live")]
mod live;
mod properties;
mod redirects;
mod requests;

use http::StatusCode;
use zeug_messages::{Request, Response};

/// An answer with these fields.
fn answer(status: u16, fields: &[(&str, &str)]) -> Response {
    let mut response = Response::text("").with_status(StatusCode::from_u16(status).unwrap());
    for (name, value) in fields {
        response.headers_mut().try_append(*name, value).unwrap();
    }
    response
}

/// Says what it was asked: request line, fields, body.
fn mirror(request: Request) -> Response {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text += &format!("{name}: {}\n", value.to_utf8_lossy());
    }
    text += &format!("\n{}", request.text().unwrap());
    Response::text(text)
}
