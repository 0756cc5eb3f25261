//! Owns the extractor of a form: fields and files of either kind of body.

use axum_core::extract::{FromRequest, Request};
use http::header;
use tokio::runtime::Handle;
use tokio::task;
use zeug_forms::{Form, FormParser, Limits};

use super::Rejection;
use crate::incoming;

/// A form: fields of an urlencoded body, fields and files of a multipart one; empty for a body of another type.
///
/// Files beyond a megabyte or so go to disk while they come, as [`Spool`](zeug_forms::Spool) says; that happens on a thread that may block. The [`Limits`] are those among the request's extensions
/// (`.layer(Extension(limits))`), else the default; axum's own `DefaultBodyLimit` does not count here.
///
/// # Errors
///
/// A rejection as [`FormError`](zeug_forms::FormError) hints: 413 for what is over a limit, 400 for a body that is broken or ends early. It says which limit, which field and where.
///
/// # Example
///
/// ```
/// use zeug_tower::axum::FormData;
///
/// async fn greet(FormData(form): FormData) -> String {
///     format!("hello {}", form.fields.get("name").unwrap_or("nobody"))
/// }
///
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::post(greet));
/// # use zeug_gateway::Handler;
/// # let app = app.layer(axum::Extension(zeug_forms::Limits::default().body(1000)));
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # let app = zeug_tower::ServiceHandler::new(app, runtime.handle().clone());
/// # let ask = |body: String| app.handle(http::Request::post("/").header("content-type", "application/x-www-form-urlencoded").body(body).unwrap().into());
/// assert_eq!(ask("name=Ada".into()).into_body().into_bytes(100)?, "hello Ada");
/// assert_eq!(ask("x".repeat(2000)).status(), 413);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FormData(pub Form);

impl<S: Sync> FromRequest<S> for FormData {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        let (parts, body) = request.into_parts();
        let limits = parts
            .extensions
            .get::<Limits>()
            .cloned()
            .unwrap_or_default();
        let text = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let content_type = text(header::CONTENT_TYPE).unwrap_or_default().to_owned();
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let body = incoming::blocking(body, Handle::current(), None);
        let parsed = task::spawn_blocking(move || {
            let mut parser = FormParser::new(&content_type).limits(limits);
            if let Some(length) = length {
                parser = parser.content_length(length);
            }
            parser.parse(body)
        });
        match parsed.await {
            Ok(Ok(form)) => Ok(Self(form)),
            Ok(Err(error)) => Err(Rejection::new(error.status_hint(), error)),
            Err(_) => Err(Rejection::new(503, "the runtime is going down")),
        }
    }
}
