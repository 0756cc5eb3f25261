//! Owns `HandlerService`: a blocking handler as a tower service. It serves no socket: hyper, axum and the like do.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, StatusCode, Uri, header};
use tokio::runtime::Handle;
use tower_service::Service;
use zeug_gateway::{
    Body, Cause, Handler, IntoHandler, IntoResponse, Received, Request, Response, Trailers,
};

use crate::BodyStream;
use crate::incoming;
use crate::pool::{Pool, Refused};

/// Bytes of a request's body, as the server of `zeug-serving` has it: axum's default.
const BODY: u64 = 2 * 1024 * 1024;
/// tokio's own bound on blocking threads.
const THREADS: usize = 512;
/// As `zeug-serving`.
const WAITING: usize = 1024;

/// A [`Handler`] as a [`Service`]: under hyper, in an axum `Router`, inside of every tower layer.
///
/// Handlers run on the blocking threads of the tokio runtime that polls the service, or [in place](Self::in_place). Bodies stream both ways: a handler that reads the request's takes what has come, and
/// nothing more is asked of the client until it reads on; an answer's body is read when the connection takes more. The first read is what makes hyper send `100 Continue`.
/// Trailer fields of a request are [`Received::trailers`], and a [`Received`] among the request's extensions is the handler's.
///
/// Clones share one bound on threads.
///
/// # Errors
///
/// None: a handler that panics is a 500, as is an answer that `http` cannot hold; a full queue is a 503 with `Retry-After`. What is the matter with a 5xx is written to
/// [`log`]. A handler that may not be served at every address ([`Handler::check_address`]), such as a debugger, is a 503 unless [`received`](Self::received) says that the
/// connection came in at one where it may.
///
/// # Limits
///
/// By default 512 handlers run at once and 1,024 requests wait for a thread; a body has at most 2 MiB unless its handler raises that.
///
/// # Example
///
/// ```
/// use tower_service::Service;
/// use zeug_gateway::Request;
/// use zeug_tower::HandlerService;
///
/// fn app(request: Request) -> String {
///     std::thread::sleep(std::time::Duration::from_millis(1)); // it may block
///     format!("you asked for {}", request.uri().path())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use http_body_util::BodyExt;
/// let mut service = HandlerService::new(app);
/// let answer = service.call(http::Request::get("/tower").body(String::new())?).await?;
/// assert_eq!(answer.into_body().collect().await?.to_bytes(), "you asked for /tower");
///
/// let mut closed = HandlerService::new(|_: Request| -> String { panic!("on purpose") });
/// assert_eq!(closed.call(http::Request::new(String::new())).await?.status(), 500);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HandlerService<H> {
    handler: Arc<H>,
    pool: Pool,
    place: Place,
    body_limit: Option<u64>,
    received: Option<Received>,
    /// Why the handler may not be served at every address, where that is so.
    guarded: Option<Cause>,
}

impl<H: Handler> HandlerService<H> {
    /// The service of that handler, with the default limits.
    #[must_use]
    pub fn new<M>(handler: impl IntoHandler<M, Handler = H>) -> Self {
        let handler = handler.into_handler();
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Self {
            guarded: handler.check_address(everywhere).err(),
            handler: Arc::new(handler),
            pool: Pool::new(THREADS, WAITING),
            place: Place::BlockingThread,
            body_limit: Some(BODY),
            received: None,
        }
    }

    /// The same with at most `running` handlers at once, and `waiting` requests that wait for one of them to end; beyond, the answer is 503. Pieces of bodies
    /// that are read count as handlers. A runtime has 512 blocking threads unless it was built with more.
    #[must_use]
    pub fn threads(mut self, running: usize, waiting: usize) -> Self {
        self.pool = Pool::new(running, waiting);
        self
    }

    /// The same for a handler that never blocks: it is called by the runtime's own thread, without the way to a blocking thread and back, which is most of what a quick
    /// handler costs here (7 µs). One that waits after all, for a file, a database or a lock, holds up every connection of that thread.
    ///
    /// A request's body is read before the handler is called, and is in memory then; where it is longer than the [limit](Self::body_limit) or breaks off, the answer is 413
    /// or 400, and the handler is not called. An answer's body that is not in memory, and an upgraded connection, are for blocking threads as ever.
    ///
    /// ```
    /// use http_body_util::BodyExt;
    /// use tower_service::Service;
    /// use zeug_gateway::{BodyError, Request};
    /// use zeug_tower::HandlerService;
    ///
    /// fn shout(request: Request) -> Result<String, BodyError> {
    ///     Ok(String::from_utf8_lossy(&request.into_body().into_bytes(100)?).to_uppercase())
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let mut service = HandlerService::new(shout).in_place().body_limit(Some(5));
    /// let answer = service.call(http::Request::post("/").body("hello".to_owned())?).await?;
    /// assert_eq!(answer.into_body().collect().await?.to_bytes(), "HELLO");
    /// assert_eq!(service.call(http::Request::post("/").body("too long".to_owned())?).await?.status(), 413);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.place = Place::InPlace;
        self
    }

    /// The same with that limit on the bytes of a request's body; `None` for no limit.
    #[must_use]
    pub fn body_limit(mut self, bytes: Option<u64>) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The same for the requests of one connection: what its acceptor knows of it. A request that has a [`Received`] of its own among its extensions keeps that.
    ///
    /// ```
    /// use zeug_gateway::{Received, Request, Scheme};
    /// use zeug_tower::HandlerService;
    ///
    /// let app = HandlerService::new(|request: Request| format!("{:?}", request.received().peer()));
    /// // for each connection:
    /// let peer = ([192, 0, 2, 7], 4711).into();
    /// let service = app.clone().received(Received::default().with_peer(Some(peer)).with_scheme(Scheme::Https));
    /// ```
    #[must_use]
    pub fn received(mut self, received: Received) -> Self {
        self.received = Some(received);
        self
    }

    /// Why a handler that may not be served everywhere is not served here: the server's address must be known, and be one of those.
    fn refusal_at(&self, local: Option<SocketAddr>) -> Option<Response> {
        let cause = self.guarded.as_ref()?;
        let allowed = local.is_some_and(|local| self.handler.check_address(local).is_ok());
        (!allowed).then(|| {
            let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
            let why = format!(
                "{cause}; `HandlerService::received` says at which address a connection came in"
            );
            response.extensions_mut().insert(Cause::new(why));
            response
        })
    }
}

impl<H, B> Service<http::Request<B>> for HandlerService<H>
where
    H: Handler,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = http::Response<BodyStream>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    /// Ready at once: what waits, waits in the call.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// # Panics
    ///
    /// Outside of a tokio runtime.
    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        #[cfg(feature = "hyper")]
        let (request, connection) = crate::upgrade::expect(request);
        let (mut parts, body) = request.into_parts();
        let asked = Asked(parts.method.clone(), parts.uri.clone());
        let own = parts.extensions.remove::<Received>();
        let mut received = own.or_else(|| self.received.clone()).unwrap_or_default();
        let refused = self.refusal_at(received.local());
        let trailers = (!body.is_end_stream()).then(Trailers::default);
        if let Some(trailers) = &trailers {
            received = received.with_trailers(trailers.clone());
        }
        let (handler, pool) = (Arc::clone(&self.handler), self.pool.clone());
        let (place, limit) = (self.place, self.body_limit);
        let request = move |mut body: Body| {
            body.set_limit(limit);
            let mut request = Request::from(http::Request::from_parts(parts, body));
            *request.received_mut() = received;
            request
        };
        Box::pin(async move {
            let answered = match (refused, place) {
                (Some(refused), _) => Ok(refused),
                (None, Place::BlockingThread) => {
                    let request = request(incoming::blocking(body, Handle::current(), trailers));
                    pool.run(move || handler.handle(request)).await
                }
                (None, Place::InPlace) => {
                    match incoming::whole(body, limit, trailers.as_ref()).await {
                        Ok(body) => call(&*handler, request(body)),
                        Err(error) => Ok(error.into_response()),
                    }
                }
            };
            #[cfg_attr(
                not(feature = "hyper"),
                expect(unused_mut, reason = "an upgrade is taken out of it")
            )]
            let mut response = answered.unwrap_or_else(|refused| refusal(&refused));
            if response.status().is_server_error()
                && let Some(cause) = Cause::of(response.extensions())
            {
                log::error!("{asked}: {cause}");
            }
            #[cfg(feature = "hyper")]
            crate::upgrade::begin(&mut response, connection, &pool);
            Ok(send(response, &asked, &pool))
        })
    }
}

/// Which thread calls a handler.
#[derive(Clone, Copy, Debug)]
enum Place {
    BlockingThread,
    InPlace,
}

/// The handler's answer, by this thread.
fn call(handler: &impl Handler, request: Request) -> Result<Response, Refused> {
    panic::catch_unwind(AssertUnwindSafe(|| handler.handle(request))).map_err(Refused::Panicked)
}

/// What was asked for, for the log: without the query, which may hold secrets.
struct Asked(Method, Uri);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.1.path())
    }
}

/// The answer as `http` has it.
fn send(response: Response, asked: &Asked, pool: &Pool) -> http::Response<BodyStream> {
    #[cfg(feature = "hyper")]
    let reason = response
        .reason()
        .and_then(|reason| hyper::ext::ReasonPhrase::try_from(reason.as_bytes()).ok());
    #[cfg_attr(
        not(feature = "hyper"),
        expect(unused_mut, reason = "the phrase is set")
    )]
    let mut raw = http::Response::<Body>::try_from(response).unwrap_or_else(|error| {
        log::error!("{asked}: the handler's answer cannot be sent: {error}");
        let mut raw = http::Response::new(Body::empty());
        *raw.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        raw
    });
    #[cfg(feature = "hyper")]
    if let Some(reason) = reason {
        raw.extensions_mut().insert(reason);
    }
    raw.map(|body| BodyStream::new(body, pool))
}

/// The answer where the handler gave none.
fn refusal(refused: &Refused) -> Response {
    let (status, text, cause) = match refused {
        Refused::Full => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable",
            "all threads are taken, and as many requests wait as may".to_owned(),
        ),
        Refused::Panicked(panic) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error",
            format!("the handler panicked: {}", told(panic.as_ref())),
        ),
        Refused::Stopped => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Unavailable",
            "the runtime is going down".to_owned(),
        ),
    };
    let mut raw = http::Response::new(text);
    *raw.status_mut() = status;
    let fields = raw.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if status == StatusCode::SERVICE_UNAVAILABLE {
        fields.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    let mut response = Response::from(raw);
    response.extensions_mut().insert(Cause::new(cause));
    response
}

/// What a panic says.
fn told(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}

impl<H> Clone for HandlerService<H> {
    fn clone(&self) -> Self {
        Self {
            handler: Arc::clone(&self.handler),
            pool: self.pool.clone(),
            place: self.place,
            body_limit: self.body_limit,
            received: self.received.clone(),
            guarded: self.guarded.clone(),
        }
    }
}

impl<H> fmt::Debug for HandlerService<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerService")
            .field("pool", &self.pool)
            .field("place", &self.place)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
