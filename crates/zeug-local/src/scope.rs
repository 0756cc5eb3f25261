//! Owns the layer that gives each request a context: while the handler runs, while its answer's body is read, while an upgraded connection lives.

use std::io::{self, Read};

use zeug_gateway::{Body, Handler, Layer, Request, Response, Upgrade};

use crate::Context;

/// A [`Layer`] that runs each request in a [`Context`] of its own, which is released when the answer's body was sent or given up.
///
/// A body that is read piece by piece is read in the context, too; one that is in memory or a file runs no code, so its context ends with the handler. After an
/// [`Upgrade`] the connection is served in the context, which ends with it.
///
/// ```
/// use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request};
/// use zeug_local::{Local, RequestScope};
///
/// static PATH: Local<String> = Local::new("path");
///
/// fn helper() -> String {
///     PATH.get().map(|path| path.to_uppercase()).unwrap_or_default()
/// }
///
/// fn app(request: Request) -> String {
///     let _ = PATH.set(request.uri().path().into());
///     helper()
/// }
///
/// let scoped = app.into_handler().with(RequestScope);
/// assert_eq!(scoped.handle(Request::new(Body::empty())).into_body().into_bytes(10)?, "/");
/// assert!(PATH.get().is_err(), "released");
///
/// let bare = app.into_handler();
/// assert_eq!(bare.handle(Request::new(Body::empty())).into_body().into_bytes(10)?, "", "no context, no local");
/// # Ok::<(), zeug_gateway::BodyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[doc(alias = "LocalManager")]
#[doc(alias = "make_middleware")]
pub struct RequestScope;

impl<H: Handler> Layer<H> for RequestScope {
    type Handler = Scoped<H>;

    fn layer(self, inner: H) -> Scoped<H> {
        Scoped { inner }
    }
}

/// The [`Handler`] that [`RequestScope`] makes.
#[derive(Clone, Debug)]
pub struct Scoped<H> {
    inner: H,
}

impl<H: Handler> Handler for Scoped<H> {
    fn handle(&self, request: Request) -> Response {
        let scope = Scope(Context::new());
        let mut response = scope.0.run(|| self.inner.handle(request));
        if response.extensions().get::<Upgrade>().is_some() {
            Upgrade::wrap(&mut response, move |connection, next| {
                scope.0.run(|| next(connection));
            });
            return response;
        }
        let body = response.body();
        if body.as_bytes().is_some() || body.as_file().is_some() {
            return response;
        }
        let body = std::mem::take(response.body_mut());
        *response.body_mut() = match body.len() {
            Some(len) => Body::sized_reader(InScope::new(body, scope), len),
            None => Body::reader(InScope::new(body, scope)),
        };
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}

/// A request's context, released at the end.
struct Scope(Context);

impl Drop for Scope {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A body that is read, and dropped, in its request's context.
struct InScope {
    body: Option<Body>,
    scope: Scope,
}

impl InScope {
    fn new(body: Body, scope: Scope) -> Self {
        Self {
            body: Some(body),
            scope,
        }
    }
}

impl Read for InScope {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.body {
            Some(body) => self.scope.0.run(|| body.read(buffer)),
            None => Ok(0),
        }
    }
}

impl Drop for InScope {
    fn drop(&mut self) {
        let body = self.body.take();
        self.scope.0.run(|| drop(body));
    }
}
