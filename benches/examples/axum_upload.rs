//! The decoder driven by axum's body stream: no blocking, no whole file in memory. `cargo run -p zeug-benches --example axum_upload`, then
//! `curl -F file=@large.iso http://127.0.0.1:8000/`.

use std::{error::Error, fmt::Write};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    routing::post,
};
use futures_util::StreamExt;
use zeug_forms::{FormError, Limits, MultipartDecoder, MultipartEvent};
use zeug_http::ContentType;

/// Tells each part's name and size.
async fn upload(headers: HeaderMap, body: Body) -> Result<String, (StatusCode, String)> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary = ContentType::parse(content_type)
        .boundary()
        .unwrap_or_default()
        .to_owned();
    let mut decoder =
        MultipartDecoder::new(boundary, Limits::default().body(4 << 30).file(2 << 30))
            .map_err(refuse)?;
    let (mut report, mut size) = (String::new(), 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        let mut events = decoder.push(&chunk);
        while let Some(event) = events.next_event().map_err(refuse)? {
            match event {
                MultipartEvent::Field(head) | MultipartEvent::File(head) => {
                    size = 0;
                    // writing to a String does not fail
                    let _ = write!(report, "{} {:?}: ", head.name(), head.filename());
                }
                MultipartEvent::Data { bytes, last } => {
                    // an application would hand them on, for example to a file on a blocking thread
                    size += bytes.len();
                    if last {
                        let _ = writeln!(report, "{size} bytes");
                    }
                }
                _ => {}
            }
        }
    }
    decoder.finish().map_err(refuse)?;
    Ok(report)
}

/// The status and text of a refused body.
fn refuse(error: FormError) -> (StatusCode, String) {
    (
        StatusCode::from_u16(error.status_hint()).unwrap_or(StatusCode::BAD_REQUEST),
        error.to_string(),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
        axum::serve(listener, Router::new().route("/", post(upload))).await?;
        Ok(())
    })
}
