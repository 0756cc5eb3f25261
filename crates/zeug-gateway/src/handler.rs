//! Owns `Handler` and how functions become one. It knows no server and no router.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderValue;
use zeug_datastructures::names;

use crate::{Cause, IntoResponse, Layer, Request, Response};

/// An application, or a part of one: answers a request.
///
/// Handlers block: the server calls them on a thread of their own and they may take their time. One handler serves many requests at
/// once, so its state is shared (`&self`, [`Sync`]). Functions become handlers through [`IntoHandler`].
///
/// A server turns a panic of the handler into a 500; everything else is an answer that the handler makes.
pub trait Handler: Send + Sync + 'static {
    /// The answer to `request`.
    fn handle(&self, request: Request) -> Response;

    /// Whether this may be served at that address of the machine: servers ask before they begin, once for each address.
    ///
    /// Everything may, but for what must not be reached from elsewhere, such as a debugger. A handler around another hands the question on.
    ///
    /// # Errors
    ///
    /// Why it may not; the server does not start then, and shows it.
    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        let _ = local;
        Ok(())
    }
}

impl<H: Handler + ?Sized> Handler for Arc<H> {
    fn handle(&self, request: Request) -> Response {
        (**self).handle(request)
    }

    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        (**self).check_address(local)
    }
}

impl<H: Handler + ?Sized> Handler for Box<H> {
    fn handle(&self, request: Request) -> Response {
        (**self).handle(request)
    }

    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        (**self).check_address(local)
    }
}

/// What a handler function may take: something made of the raw request.
///
/// [`Request`] is one itself; `zeug-messages` has another, and a framework brings its own. Making it cannot fail: what can, is
/// asked for later, by the function.
pub trait FromRequest {
    /// Wraps or converts the raw request.
    fn from_request(request: Request) -> Self;
}

impl FromRequest for Request {
    fn from_request(request: Self) -> Self {
        request
    }
}

/// What can be used as a handler: each [`Handler`], and each function or closure from a [`FromRequest`] to an [`IntoResponse`].
///
/// `Marker` is inferred; it keeps the two cases apart.
///
/// ```
/// use http::StatusCode;
/// use zeug_gateway::{Body, Handler, IntoHandler, Request};
///
/// let app = (|request: Request| request.uri().path().to_owned()).into_handler();
/// assert_eq!(app.handle(Request::new(Body::empty())).into_body().as_bytes(), Some(&b"/"[..]));
///
/// let closed = (|_: Request| StatusCode::SERVICE_UNAVAILABLE).into_handler();
/// assert_eq!(closed.handle(Request::new(Body::empty())).status(), 503);
/// ```
pub trait IntoHandler<Marker> {
    /// The handler that comes of it.
    type Handler: Handler;

    /// Makes a handler of it.
    fn into_handler(self) -> Self::Handler;
}

impl<H: Handler> IntoHandler<()> for H {
    type Handler = H;

    fn into_handler(self) -> H {
        self
    }
}

impl<F, Q, R> IntoHandler<fn(Q) -> R> for F
where
    F: Fn(Q) -> R + Send + Sync + 'static,
    Q: FromRequest + 'static,
    R: IntoResponse + 'static,
{
    type Handler = HandlerFn<F, Q, R>;

    fn into_handler(self) -> Self::Handler {
        HandlerFn {
            function: self,
            shape: PhantomData,
        }
    }
}

/// A function as a [`Handler`]; made by [`IntoHandler::into_handler`].
pub struct HandlerFn<F, Q, R> {
    function: F,
    shape: PhantomData<fn(Q) -> R>,
}

impl<F, Q, R> Handler for HandlerFn<F, Q, R>
where
    F: Fn(Q) -> R + Send + Sync + 'static,
    Q: FromRequest + 'static,
    R: IntoResponse + 'static,
{
    fn handle(&self, request: Request) -> Response {
        let accept = match R::READS_ACCEPT {
            true => request.headers().get(names::ACCEPT).map(HeaderValue::from),
            false => None,
        };
        (self.function)(Q::from_request(request)).into_response_accepting(accept.as_ref())
    }
}

impl<F, Q, R> fmt::Debug for HandlerFn<F, Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerFn")
            .field("function", &std::any::type_name::<F>())
            .finish()
    }
}

/// Composition, for each [`Handler`].
pub trait HandlerExt: Handler + Sized {
    /// This handler with `layer` around it. The layer added last sees a request first.
    fn with<L: Layer<Self>>(self, layer: L) -> L::Handler {
        layer.layer(self)
    }

    /// This handler with its type forgotten; cheap to clone.
    fn shared(self) -> Arc<dyn Handler> {
        Arc::new(self)
    }
}

impl<H: Handler> HandlerExt for H {}
