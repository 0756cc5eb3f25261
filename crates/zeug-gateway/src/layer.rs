//! Owns middleware: a handler around a handler. It keeps no list and no order of its own: composition is nesting.

use std::fmt;

use http::{Request, Response};

use crate::{Body, Handler};

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
/// use http::{Request, StatusCode, header};
/// use zeug_gateway::{around, Body, Handler, HandlerExt, IntoHandler, IntoResponse};
///
/// let app = (|_: Request<Body>| "secret").into_handler().with(around(|request, next| {
///     match request.headers().get(header::AUTHORIZATION) {
///         Some(_) => next.handle(request),
///         None => StatusCode::UNAUTHORIZED.into_response(),
///     }
/// }));
///
/// let known = Request::builder().header("authorization", "Bearer x").body(Body::empty())?;
/// assert_eq!(app.handle(known).status(), 200);
/// assert_eq!(app.handle(Request::new(Body::empty())).status(), 401);
/// # Ok::<(), http::Error>(())
/// ```
pub fn around<F>(function: F) -> Around<F>
where
    F: Fn(Request<Body>, &dyn Handler) -> Response<Body> + Send + Sync + 'static,
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
    F: Fn(Request<Body>, &dyn Handler) -> Response<Body> + Send + Sync + 'static,
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
    F: Fn(Request<Body>, &dyn Handler) -> Response<Body> + Send + Sync + 'static,
    H: Handler,
{
    fn handle(&self, request: Request<Body>) -> Response<Body> {
        (self.function)(request, &self.inner)
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
