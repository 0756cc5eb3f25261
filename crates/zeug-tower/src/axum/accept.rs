//! Owns the extractor of what a client likes to get.

use axum_core::extract::FromRequestParts;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;
use std::convert::Infallible;
use zeug_http::{Accept, AcceptCharset, AcceptEncoding, AcceptLanguage};

/// What the client likes to get: its four `Accept` fields, to be asked for the best of what there is
/// ([RFC 9110 section 12.5](https://www.rfc-editor.org/rfc/rfc9110#section-12.5)).
///
/// # Example
///
/// ```
/// use axum::http::StatusCode;
/// use zeug_tower::axum::Accepts;
///
/// async fn show(accepts: Accepts) -> Result<&'static str, StatusCode> {
///     match accepts.media_types.best_match(["text/html", "application/json"]) {
///         Some("application/json") => Ok("{}"),
///         Some(_) => Ok("<p>"),
///         None => Err(StatusCode::NOT_ACCEPTABLE),
///     }
/// }
///
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::get(show));
/// # use zeug_gateway::Handler;
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # let app = zeug_tower::ServiceHandler::new(app, runtime.handle().clone());
/// # let ask = |accept: &str| app.handle(http::Request::get("/").header("accept", accept).body(()).unwrap().into());
/// assert_eq!(ask("text/*;q=0.5, application/json").into_body().into_bytes(9)?, "{}");
/// assert_eq!(ask("image/png").status(), 406);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Accepts {
    /// `Accept`.
    pub media_types: Accept<'static>,
    /// `Accept-Language`.
    pub languages: AcceptLanguage<'static>,
    /// `Accept-Encoding`.
    pub encodings: AcceptEncoding<'static>,
    /// `Accept-Charset`.
    pub charsets: AcceptCharset<'static>,
}

impl<S: Sync> FromRequestParts<S> for Accepts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let text = |name| whole(&parts.headers, name);
        Ok(Self {
            media_types: Accept::parse(&text(header::ACCEPT)).into_owned(),
            languages: AcceptLanguage::parse(&text(header::ACCEPT_LANGUAGE)).into_owned(),
            encodings: AcceptEncoding::parse(&text(header::ACCEPT_ENCODING)).into_owned(),
            charsets: AcceptCharset::parse(&text(header::ACCEPT_CHARSET)).into_owned(),
        })
    }
}

/// The values of all fields of that name as one list ([RFC 9110 section 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)).
fn whole(headers: &HeaderMap, name: HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(", ")
}
