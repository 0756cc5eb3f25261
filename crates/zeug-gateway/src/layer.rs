//! Owns middleware: a handler around a handler. It keeps no list and no order of its own: composition is nesting.

use std::fmt;
use std::net::SocketAddr;

use crate::{Cause, Handler, Request, Response};

/// What puts a handler around a handler.
///
/// A middleware crate gives a type that implements this: its settings. [`around`] makes one of a closure.
pub trait Layer<H: Handler> {
    /// The handler around.
    type Handler: Handler;

    /// Puts itself around `inner`.
    fn layer(self, inner: H) -> Self::Handler;
}

/// A [`Layer`] of a closure that is given each request and the handler inside.
///
/// ```
/// use http::StatusCode;
/// use zeug_datastructures::names;
/// use zeug_gateway::{around, Body, Handler, HandlerExt, IntoHandler, IntoResponse, Request};
///
/// let app = (|_: Request| "secret").into_handler().with(around(|request, next| {
///     match request.headers().get(names::AUTHORIZATION) {
///         Some(_) => next.handle(request),
///         None => StatusCode::UNAUTHORIZED.into_response(),
///     }
/// }));
///
/// let known = http::Request::builder().header("authorization", "Bearer x").body(())?;
/// assert_eq!(app.handle(known.into()).status(), 200);
/// assert_eq!(app.handle(Request::new(Body::empty())).status(), 401);
/// # Ok::<(), http::Error>(())
/// ```
pub fn around<F>(function: F) -> Around<F>
where
    F: Fn(Request, &dyn Handler) -> Response + Send + Sync + 'static,
{
    Around { function }
}

/// The [`Layer`] that [`around`] gives.
pub struct Around<F> {
    function: F,
}

/// The [`Handler`] that [`Around`] makes.
pub struct AroundHandler<F, H> {
    function: F,
    inner: H,
}

impl<F, H> Layer<H> for Around<F>
where
    F: Fn(Request, &dyn Handler) -> Response + Send + Sync + 'static,
    H: Handler,
{
    type Handler = AroundHandler<F, H>;

    fn layer(self, inner: H) -> Self::Handler {
        AroundHandler {
            function: self.function,
            inner,
        }
    }
}

impl<F, H> Handler for AroundHandler<F, H>
where
    F: Fn(Request, &dyn Handler) -> Response + Send + Sync + 'static,
    H: Handler,
{
    fn handle(&self, request: Request) -> Response {
        (self.function)(request, &self.inner)
    }

    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        self.inner.check_address(local)
    }
}

impl<F> fmt::Debug for Around<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").finish_non_exhaustive()
    }
}

impl<F, H: fmt::Debug> fmt::Debug for AroundHandler<F, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AroundHandler")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
