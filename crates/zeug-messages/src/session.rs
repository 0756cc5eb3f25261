//! Owns the session of a request: opened by a layer before the handler and closed after it, or handed to a function as a value. What a session is, and which
//! cookie it becomes, is `zeug-securecookie`'s.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use zeug_gateway::{self as gateway, Handler, IntoResponse, Layer};
use zeug_securecookie::{Session, SessionSettings, unix_seconds};

use crate::{HttpError, Request};

/// The session of a request, held: for helpers and templates that the request is not passed to. Clones are the same session.
///
/// ```
/// use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler};
/// use zeug_messages::{HttpError, Request, Response, SessionLayer, SharedSession};
/// use zeug_securecookie::SessionSettings;
///
/// fn flash(session: &SharedSession, message: &str) {
///     session.lock().insert("message", message);
/// }
///
/// fn app(request: Request) -> Result<Response, HttpError> {
///     flash(&request.shared_session()?, "saved");
///     Ok(Response::text("hello"))
/// }
///
/// let app = app.into_handler().with(SessionLayer::new(SessionSettings::new("secret")?));
/// let answer = app.handle(zeug_gateway::Request::new(Body::empty()));
/// assert!(answer.headers().contains("set-cookie"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedSession(Arc<Mutex<Session>>);

impl SharedSession {
    fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(session)))
    }

    /// The session, to be read and changed. Hold it no longer than needed: there is one, and who asks again waits.
    pub fn lock(&self) -> MutexGuard<'_, Session> {
        // A session is whole between any two of its methods, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// The session, which the handler reads and changes; the [`SessionLayer`] sends what has become of it.
    ///
    /// Hold it no longer than needed: there is one, and who asks again waits.
    ///
    /// # Errors
    ///
    /// 500 if no [`SessionLayer`] is around the handler.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler};
    /// use zeug_messages::{HttpError, Request, Response, SessionLayer};
    /// use zeug_securecookie::SessionSettings;
    ///
    /// fn log_in(request: Request) -> Result<Response, HttpError> {
    ///     request.session()?.insert("user", "ada");
    ///     Ok(Response::text("hello"))
    /// }
    ///
    /// let app = log_in.into_handler().with(SessionLayer::new(SessionSettings::new("secret")?));
    /// let answer = app.handle(zeug_gateway::Request::new(Body::empty()));
    /// assert!(answer.headers().contains("set-cookie"));
    ///
    /// let without = log_in.into_handler().handle(zeug_gateway::Request::new(Body::empty()));
    /// assert_eq!(without.status(), 500);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn session(&self) -> Result<MutexGuard<'_, Session>, HttpError> {
        self.opened_session().map(SharedSession::lock)
    }

    /// The session, to be kept where the request is not at hand.
    ///
    /// # Errors
    ///
    /// As of [`session`](Self::session).
    pub fn shared_session(&self) -> Result<SharedSession, HttpError> {
        self.opened_session().cloned()
    }

    fn opened_session(&self) -> Result<&SharedSession, HttpError> {
        self.extensions().get().ok_or_else(|| {
            HttpError::new(http::StatusCode::INTERNAL_SERVER_ERROR)
                .with_description("No session: no layer opens one.")
        })
    }
}

/// Opens the session of each request and closes it when the handler has answered: `Set-Cookie` and `Vary` as Flask has them.
///
/// The handler finds it by [`Request::session`]. What is changed while the body streams, after the handler has answered, is lost. Where the session cannot be written
/// (a float that is no number), the answer is 500 in place of the handler's.
///
/// # Example
///
/// See [`Request::session`].
#[derive(Clone)]
#[doc(alias = "SessionInterface")]
pub struct SessionLayer {
    settings: Arc<SessionSettings>,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl SessionLayer {
    /// The layer with those settings and the system's clock.
    #[must_use]
    pub fn new(settings: SessionSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            clock: Arc::new(SystemTime::now),
        }
    }

    /// The same with another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn now(&self) -> u64 {
        unix_seconds((self.clock)())
    }

    /// The answer with what has become of the session.
    fn close(&self, session: &Session, mut response: gateway::Response) -> gateway::Response {
        let applied = self
            .settings
            .close(session, self.now())
            .and_then(|change| change.apply(response.headers_mut()));
        match applied {
            Ok(()) => response,
            Err(error) => HttpError::new(http::StatusCode::INTERNAL_SERVER_ERROR)
                .with_source(error)
                .into_response(),
        }
    }
}

impl<H: Handler> Layer<H> for SessionLayer {
    type Handler = SessionHandler<H>;

    fn layer(self, inner: H) -> SessionHandler<H> {
        SessionHandler { layer: self, inner }
    }
}

impl fmt::Debug for SessionLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLayer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The handler with a [`SessionLayer`] around it.
#[derive(Clone, Debug)]
pub struct SessionHandler<H> {
    layer: SessionLayer,
    inner: H,
}

impl<H: Handler> Handler for SessionHandler<H> {
    fn handle(&self, mut request: gateway::Request) -> gateway::Response {
        let now = self.layer.now();
        let session = self.layer.settings.open_headers(request.headers(), now);
        let session = SharedSession::new(session);
        request.extensions_mut().insert(session.clone());
        let response = self.inner.handle(request);
        // Not the guard itself: a body that streams may hold the request, and ask.
        let session = session.lock().clone();
        self.layer.close(&session, response)
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), gateway::Cause> {
        self.inner.check_address(local)
    }
}

/// The handler of a function that is given the session as a value, beside the request.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Body, Handler};
/// use zeug_messages::{Request, Response, SessionLayer, with_session};
/// use zeug_securecookie::{Session, SessionSettings, Value};
///
/// let layer = SessionLayer::new(SessionSettings::new("secret")?);
/// let count = with_session(layer, |_: Request, session: &mut Session| {
///     let visits = session.get("visits").and_then(Value::as_i64).unwrap_or(0) + 1;
///     session.insert("visits", visits);
///     Response::text(format!("{visits}"))
/// });
/// let first = count.handle(zeug_gateway::Request::new(Body::empty()));
/// assert_eq!(first.body().as_bytes(), Some(&b"1"[..]));
/// assert!(first.headers().contains("set-cookie"));
///
/// let forged = http::Request::builder().header("cookie", "session=eyJ2aXNpdHMiOjl9.ZVPxAA.x").body(())?;
/// assert_eq!(count.handle(forged.into()).body().as_bytes(), Some(&b"1"[..]), "refused");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn with_session<F, R>(layer: SessionLayer, function: F) -> WithSession<F>
where
    F: Fn(Request, &mut Session) -> R + Send + Sync + 'static,
    R: IntoResponse + 'static,
{
    WithSession { layer, function }
}

/// The [`Handler`] that [`with_session`] gives.
#[derive(Clone)]
pub struct WithSession<F> {
    layer: SessionLayer,
    function: F,
}

impl<F, R> Handler for WithSession<F>
where
    F: Fn(Request, &mut Session) -> R + Send + Sync + 'static,
    R: IntoResponse + 'static,
{
    fn handle(&self, request: gateway::Request) -> gateway::Response {
        let now = self.layer.now();
        let mut session = self.layer.settings.open_headers(request.headers(), now);
        let accept = request
            .headers()
            .get(zeug_datastructures::names::ACCEPT)
            .filter(|_| R::READS_ACCEPT)
            .map(http::HeaderValue::from);
        let answer = (self.function)(Request::from(request), &mut session);
        self.layer
            .close(&session, answer.into_response_accepting(accept.as_ref()))
    }
}

impl<F> fmt::Debug for WithSession<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithSession")
            .field("layer", &self.layer)
            .finish_non_exhaustive()
    }
}
