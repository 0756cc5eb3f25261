//! Owns `ServiceHandler`: a tower service as a blocking handler. It owns no runtime: one is given to it.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

use http::StatusCode;
use tokio::runtime::Handle;
use tower_service::Service;
use zeug_gateway::{Body, Cause, Handler, IntoResponse, Request, Response};

use crate::BodyStream;
use crate::incoming;
use crate::pool::Pool;

/// Pieces of requests' bodies that are read at once: as many as tokio has blocking threads.
const READERS: usize = 512;

type BoxError = Box<dyn Error + Send + Sync>;

/// A tower service, such as an axum `Router`, as a [`Handler`]: in a `Dispatcher`, behind middleware, on a blocking server.
///
/// A request is answered by a clone of the service, which is made ready first. The calling thread waits for the answer; the service's tasks run on the runtime that
/// `new` is given, which must be of several threads, since waiting drives none. Bodies stream both ways, a piece when it is asked for.
///
/// # Errors
///
/// A service that fails is a 500, with the error as the [`Cause`] that servers report; a request of more fields than `http` can hold is a 431.
///
/// # Deviations
///
/// Trailer fields of the service's answer are left out, and it cannot upgrade the connection: hyper alone makes what services upgrade by.
///
/// # Panics
///
/// When it is called by a thread that drives a runtime, as tokio does not allow waiting there.
///
/// # Example
///
/// ```
/// use axum::{Router, routing::get};
/// use zeug_gateway::{Handler, Request};
/// use zeug_tower::ServiceHandler;
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
/// let router: Router = Router::new().route("/hello", get(async || "from axum"));
/// let handler = ServiceHandler::new(router, runtime.handle().clone());
///
/// let asks = |path: &str| http::Request::get(path).body(()).map(Request::from);
/// assert_eq!(handler.handle(asks("/hello")?).into_body().into_bytes(100)?, "from axum");
/// assert_eq!(handler.handle(asks("/other")?).status(), 404);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ServiceHandler<S> {
    service: S,
    runtime: Handle,
    pool: Pool,
}

impl<S> ServiceHandler<S> {
    /// The handler of that service, whose tasks run on that runtime.
    #[must_use]
    pub fn new(service: S, runtime: Handle) -> Self {
        Self {
            service,
            runtime,
            pool: Pool::new(READERS, usize::MAX),
        }
    }
}

impl<S, B> Handler for ServiceHandler<S>
where
    S: Service<http::Request<BodyStream>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn handle(&self, request: Request) -> Response {
        let request = match http::Request::<Body>::try_from(request) {
            Ok(request) => request.map(|body| BodyStream::new(body, &self.pool)),
            Err(_) => return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(),
        };
        let mut service = self.service.clone();
        let answered = self.runtime.block_on(async {
            poll_fn(|task| service.poll_ready(task)).await?;
            pin!(service.call(request)).await
        });
        match answered {
            Ok(response) => response
                .map(|body| incoming::blocking(body, self.runtime.clone(), None))
                .into(),
            Err(error) => {
                let error: BoxError = error.into();
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response.extensions_mut().insert(Cause::new(error));
                response
            }
        }
    }
}

impl<S> fmt::Debug for ServiceHandler<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceHandler").finish_non_exhaustive()
    }
}
