//! Owns the extractor of a session that Flask reads and writes too, and what an answer gets of it.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::SystemTime;

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponseParts, ResponseParts};
use http::header::{self, HeaderMap};
use http::request::Parts;
use zeug_datastructures::Headers;
use zeug_securecookie::{Session, SessionSettings, unix_seconds};

use super::Rejection;

/// The session of Flask's cookie, from the state's `Arc<SessionSettings>`; returned with the answer, it sets `Set-Cookie` and `Vary` as Flask does.
///
/// It derefs to [`Session`]. A handler that does not return it changes nothing, and its answer is not marked as depending on the cookie. Of the parts of an answer it comes
/// after those that set `Vary`, which axum's would take the place of its own.
///
/// # Errors
///
/// None when it is extracted: a cookie that is not well signed is an empty session. Returned, a session that cannot be written (a float that is no number) is a 500.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use zeug_securecookie::{SessionSettings, Value};
/// use zeug_tower::axum::FlaskSession;
///
/// async fn count(mut session: FlaskSession) -> (FlaskSession, String) {
///     let count = session.get("count").and_then(Value::as_i64).unwrap_or(0) + 1;
///     session.insert("count", count);
///     (session, format!("visit {count}"))
/// }
///
/// let settings = Arc::new(SessionSettings::new("secret")?);
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::get(count)).with_state(settings);
/// # use zeug_gateway::Handler;
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// # let app = zeug_tower::ServiceHandler::new(app, runtime.handle().clone());
/// # let ask = |cookie: &str| app.handle(http::Request::get("/").header("cookie", cookie).body(()).unwrap().into());
/// let first = ask("");
/// let cookie = first.headers().get("set-cookie").unwrap().to_utf8_lossy().into_owned();
/// let cookie = cookie.split(';').next().unwrap();
/// assert_eq!(first.headers().get("vary").unwrap(), "Cookie");
/// assert_eq!(ask(cookie).into_body().into_bytes(100)?, "visit 2");
/// assert_eq!(ask(&cookie.replace("session=e", "session=f")).into_body().into_bytes(100)?, "visit 1", "a forged one");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a session that is not returned changes nothing"]
pub struct FlaskSession {
    session: Session,
    settings: Arc<SessionSettings>,
}

impl Deref for FlaskSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for FlaskSession {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl<S> FromRequestParts<S> for FlaskSession
where
    S: Sync,
    Arc<SessionSettings>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let settings = Arc::<SessionSettings>::from_ref(state);
        let cookies = fields(&parts.headers, &header::COOKIE);
        let session = settings.open_headers(&cookies, unix_seconds(SystemTime::now()));
        Ok(Self { session, settings })
    }
}

impl IntoResponseParts for FlaskSession {
    type Error = Rejection;

    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Rejection> {
        let mut changed = fields(answer.headers(), &header::VARY);
        self.settings
            .close(&self.session, unix_seconds(SystemTime::now()))
            .and_then(|change| change.apply(&mut changed))
            .map_err(|error| {
                log::error!("the session cannot be written: {error}");
                Rejection::new(500, "Internal Server Error")
            })?;
        let changed = HeaderMap::try_from(changed).map_err(|error| Rejection::new(500, error))?;
        let headers = answer.headers_mut();
        headers.remove(header::VARY);
        for (name, value) in &changed {
            headers.append(name, value.clone());
        }
        Ok(answer)
    }
}

/// The fields of that name alone.
fn fields(headers: &HeaderMap, name: &header::HeaderName) -> Headers {
    let mut fields = Headers::new();
    for value in headers.get_all(name) {
        fields.append(name, value);
    }
    fields
}
