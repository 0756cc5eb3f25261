//! Owns the extractor of a request's query.

use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use zeug_datastructures::MultiDict;
use zeug_urls::{QueryLimits, parse_query};

use super::Rejection;

/// The query as a [`MultiDict`]: every value in its place, also of names that stand twice.
///
/// # Errors
///
/// A rejection as [`parse_query`] hints, for more pairs than [`QueryLimits`] allows by default.
///
/// # Example
///
/// ```
/// use zeug_tower::axum::Query;
///
/// async fn search(query: Query) -> String {
///     let page: u32 = query.get_as("page").ok().flatten().unwrap_or(1);
///     format!("page {page} of {:?}", query.get_all("tag").collect::<Vec<_>>())
/// }
///
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::get(search));
/// # use zeug_gateway::{Handler, Request};
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # let app = zeug_tower::ServiceHandler::new(app, runtime.handle().clone());
/// # let ask = |target: &str| app.handle(http::Request::get(target).body(()).unwrap().into());
/// assert_eq!(ask("/?tag=a&tag=b&page=2").into_body().into_bytes(100)?, r#"page 2 of ["a", "b"]"#);
/// assert_eq!(ask(&format!("/?{}", "a&".repeat(5000))).status(), 413);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Query(pub MultiDict);

impl Deref for Query {
    type Target = MultiDict;

    fn deref(&self) -> &MultiDict {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        parse_query(
            parts.uri.query().unwrap_or_default(),
            QueryLimits::default(),
        )
        .map(Self)
        .map_err(|error| Rejection::new(error.status_hint(), error))
    }
}
