//! Owns the extractor of a `zeug-routing` map: which rule a request matches, and URLs of others.

use std::convert::Infallible;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::Arc;

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use zeug_gateway::Received;
use zeug_routing::{Bound, Incoming, Map, Match, Outcome, RoutingError};

/// A request and the state's `Arc<Map<E>>`: what it matches there, and the URLs of other endpoints.
///
/// The host is the URI's, else the `Host` field; the scheme the URI's, else what a [`Received`] among the extensions says, else `http`.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use axum::response::{IntoResponse, Response};
/// use zeug_routing::{Map, Rule};
/// use zeug_tower::axum::{Routed, Unmatched};
///
/// async fn dispatch(routed: Routed<&'static str>) -> Result<Response, Unmatched> {
///     let site = routed.bound()?;
///     let found = routed.matched(&site)?;
///     Ok(match *found.endpoint() {
///         "post" => {
///             let next = found.args().get::<u32>("id").unwrap_or(0) + 1;
///             format!("next: {}", site.url_for(&"post").arg("id", next).build()?).into_response()
///         }
///         _ => "index".into_response(),
///     })
/// }
///
/// let map = Map::builder().rule(Rule::new("/", "index")).rule(Rule::new("/posts/<int:id>/", "post")).build()?;
/// let app: axum::Router = axum::Router::new().fallback(dispatch).with_state(Arc::new(map));
/// # use zeug_gateway::Handler;
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # let app = zeug_tower::ServiceHandler::new(app, runtime.handle().clone());
/// # let ask = |path: &str| app.handle(http::Request::get(path).header("host", "example.org").body(()).unwrap().into());
/// assert_eq!(ask("/posts/7/").into_body().into_bytes(100)?, "next: /posts/8/");
/// assert_eq!(ask("/posts/7").headers().get("location").unwrap(), "http://example.org/posts/7/");
/// assert_eq!(ask("/posts/seven/").status(), 404);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Routed<E> {
    map: Arc<Map<E>>,
    host: String,
    scheme: &'static str,
    method: Method,
    uri: Uri,
    /// `Connection` and `Upgrade`.
    upgrade: (String, String),
}

impl<E> Routed<E> {
    /// The request as [`Map::bind_incoming`] takes it: host, scheme, query, method, and whether it is a WebSocket handshake. A program below a prefix, or with
    /// subdomains, adds its script root or the name of its server.
    ///
    /// ```
    /// use zeug_routing::Bound;
    /// use zeug_tower::axum::{Routed, Unmatched};
    ///
    /// fn below_a_prefix(routed: &Routed<&'static str>) -> Result<String, Unmatched> {
    ///     let site = routed.bind(routed.incoming().script_root("/shop").server_name("example.org"))?;
    ///     Ok(site.url_for(&"index").build()?)
    /// }
    /// ```
    #[must_use]
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming::new(&self.host, self.scheme)
            .query(self.uri.query().unwrap_or_default())
            .method(self.method.as_str())
            .upgrade(&self.upgrade.0, &self.upgrade.1)
    }

    /// The map, bound to the request as it is: for the match, for URLs, and for everything else that it can be asked.
    ///
    /// # Errors
    ///
    /// 400 for a host that is none.
    pub fn bound(&self) -> Result<Bound<'_, E>, Unmatched> {
        self.bind(self.incoming())
    }

    /// The map, bound to what [`incoming`](Self::incoming) says, and what was added to it.
    ///
    /// # Errors
    ///
    /// As of [`bound`](Self::bound).
    pub fn bind<'a>(&'a self, incoming: Incoming<'a>) -> Result<Bound<'a, E>, Unmatched> {
        self.map
            .bind_incoming(&incoming)
            .map_err(|_| Unmatched(Answer::Status(StatusCode::BAD_REQUEST)))
    }
}

impl<E: Eq + Hash + Debug> Routed<E> {
    /// The rule that the request matches, and its arguments.
    ///
    /// # Errors
    ///
    /// An answer to give back: 308 to the right URL, 405 with `Allow`, 404; 400 where the rule is for WebSocket handshakes and this is none, or the other way round.
    pub fn matched<'s>(&'s self, bound: &'s Bound<'_, E>) -> Result<Match<'s, 's, E>, Unmatched> {
        let answer = match bound.match_path(self.uri.path(), self.method.as_str()) {
            Outcome::Match(found) => return Ok(found),
            Outcome::Redirect(to) => Answer::Redirect(to.location().to_owned(), to.code()),
            Outcome::MethodNotAllowed(allowed) => Answer::NotAllowed(allowed.to_string()),
            Outcome::WebSocketMismatch => Answer::Status(StatusCode::BAD_REQUEST),
            _ => Answer::Status(StatusCode::NOT_FOUND),
        };
        Err(Unmatched(answer))
    }
}

impl<E> Debug for Routed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routed")
            .field("host", &self.host)
            .field("method", &self.method)
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

impl<S, E> FromRequestParts<S> for Routed<E>
where
    S: Sync,
    Arc<Map<E>>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let field = |name: HeaderName| -> String {
            let value = parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let host = match parts.uri.authority() {
            Some(authority) => authority.as_str().to_owned(),
            None => field(header::HOST),
        };
        let received = parts.extensions.get::<Received>();
        let scheme = match (parts.uri.scheme_str(), received) {
            (Some("https"), _) => "https",
            (Some(_), _) | (None, None) => "http",
            (None, Some(received)) => received.scheme().as_str(),
        };
        Ok(Self {
            map: Arc::from_ref(state),
            host,
            scheme,
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            upgrade: (field(header::CONNECTION), field(header::UPGRADE)),
        })
    }
}

/// Why a request has no rule, as the answer to give: a redirect, 405, 404. A URL that cannot be built is a 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched(Answer);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Redirect(String, u16),
    NotAllowed(String),
    Status(StatusCode),
}

impl IntoResponse for Unmatched {
    fn into_response(self) -> Response {
        let (status, field) = match self.0 {
            Answer::Redirect(location, code) => (
                StatusCode::from_u16(code).unwrap_or(StatusCode::PERMANENT_REDIRECT),
                Some((header::LOCATION, location)),
            ),
            Answer::NotAllowed(allowed) => (
                StatusCode::METHOD_NOT_ALLOWED,
                Some((header::ALLOW, allowed)),
            ),
            Answer::Status(status) => (status, None),
        };
        let mut response = status.into_response();
        if let Some((name, value)) = field {
            match HeaderValue::try_from(value) {
                Ok(value) => {
                    response.headers_mut().insert(name, value);
                }
                Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
        response
    }
}

impl From<RoutingError> for Unmatched {
    /// A URL that cannot be built is a mistake of the program.
    fn from(error: RoutingError) -> Self {
        log::error!("{error}");
        Self(Answer::Status(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
