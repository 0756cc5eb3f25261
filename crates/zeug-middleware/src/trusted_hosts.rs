//! Owns `TrustedHosts`: requests for a host that is not listed get 400. It compares names only; how a host is read is `zeug-urls`'.

use std::sync::Arc;

use http::StatusCode;
use zeug_gateway::{self as gateway, Handler, IntoResponse, Layer};
use zeug_messages::{HttpError, Request, Site};

/// A [`Layer`] that answers 400 to requests for other hosts than these, before the application sees them.
///
/// The host is that of the target, else the `Host` field, else the server's own address; a malformed or missing one is refused as well
/// ([RFC 9112 section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)). What builds URLs of the request's host, such as links in mail, needs this:
/// the field is the client's word, and a rebound DNS name reaches servers on loopback. Names are compared without case; one that begins with a dot stands for
/// its subdomains too; ports do not count. An empty list trusts every host.
///
/// Put [`ProxyFix`](crate::ProxyFix) around it, so that the host which is compared is the one that the client asked for.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::TrustedHosts;
///
/// let app = (|_: Request| "hello").into_handler().with(TrustedHosts::new([".example.org", "localhost"]));
/// let asks = |host: &str| http::Request::get("/").header("host", host).body(()).unwrap().into();
/// assert_eq!(app.handle(asks("www.example.org:8080")).status(), 200);
/// assert_eq!(app.handle(asks("example.org.evil.test")).status(), 400);
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "trusted_hosts")]
pub struct TrustedHosts {
    hosts: Arc<zeug_urls::TrustedHosts>,
}

impl TrustedHosts {
    /// The hosts that are answered for; all where none is listed.
    pub fn new<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Self {
        Self {
            hosts: Arc::new(zeug_urls::TrustedHosts::new(hosts)),
        }
    }

    /// This machine by its own names: `localhost`, names below it, `127.0.0.1`, `[::1]`. For servers under development.
    ///
    /// ```
    /// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
    /// use zeug_middleware::TrustedHosts;
    ///
    /// let app = (|_: Request| "hello").into_handler().with(TrustedHosts::loopback());
    /// let asks = |host: &str| http::Request::get("/").header("host", host).body(()).unwrap().into();
    /// assert_eq!(app.handle(asks("127.0.0.1:5000")).status(), 200);
    /// assert_eq!(app.handle(asks("rebound.evil.test:5000")).status(), 400);
    /// ```
    #[must_use]
    pub fn loopback() -> Self {
        Self::new([".localhost", "127.0.0.1", "[::1]"])
    }
}

impl<H: Handler> Layer<H> for TrustedHosts {
    type Handler = HostChecked<H>;

    fn layer(self, inner: H) -> HostChecked<H> {
        HostChecked {
            hosts: self.hosts,
            inner,
        }
    }
}

/// The [`Handler`] that [`TrustedHosts`] makes.
#[derive(Clone, Debug)]
pub struct HostChecked<H> {
    hosts: Arc<zeug_urls::TrustedHosts>,
    inner: H,
}

impl<H: Handler> Handler for HostChecked<H> {
    fn handle(&self, mut request: gateway::Request) -> gateway::Response {
        if self.hosts.is_empty() {
            return self.inner.handle(request);
        }
        let site: Site = request.extensions_mut().remove().unwrap_or_default();
        request
            .extensions_mut()
            .insert(site.shared_trusted_hosts(Arc::clone(&self.hosts)));
        let request = Request::from(request);
        match request.host() {
            Ok(Some(_)) => self.inner.handle(request.into()),
            // A request without any host, of HTTP/1.0 at a Unix socket, is for none of those listed.
            Ok(None) => HttpError::new(StatusCode::BAD_REQUEST).into_response(),
            Err(error) => error.into_response(),
        }
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
