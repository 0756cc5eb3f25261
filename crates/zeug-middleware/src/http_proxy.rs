//! Owns `HttpProxy`: requests below a prefix handed on to another server. What goes over the wire is `exchange`'s, connections are `pool`'s; it keeps no answer.

mod answer;
mod exchange;
mod link;
mod pool;
mod target;
#[cfg(feature = "tls")]
mod tls;
mod upgrade;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, Uri};
use zeug_datastructures::{FieldName, FieldValue, Headers};
use zeug_gateway::{Handler, IntoResponse, Layer, Request, Response};
use zeug_messages::HttpError;

use self::pool::Pool;
#[cfg(feature = "tls")]
pub use self::tls::TlsRoots;
use crate::{MiddlewareError, MiddlewareErrorKind};

/// A [`Layer`] that hands requests below a prefix of the path on to another server, and its answers back; bodies are streamed both ways.
///
/// The longest prefix counts, at the border of a segment. What goes on is the request anew, not its bytes: framing is stated once, by what the body is; fields that belong to one
/// connection, by name or by the `Connection` field, stay here
/// ([RFC 9110 section 7.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1)), as do fields with an underscore in their name, which servers that go by CGI's
/// rules take for others, and `Expect`, which the body's first read answers. `Via` is added. A path that leads out of its prefix by `..` is refused with 400.
///
/// The answer's head is read as strictly as a request's; whatever two readers could understand differently is a 502, and a connection that holds a byte more than
/// its answer is never used again.
///
/// An upgrade is asked for as the client asks it ([RFC 9110 section 7.8](https://www.rfc-editor.org/rfc/rfc9110#section-7.8)), so that WebSockets work: after a 101 to a protocol that the client
/// has named, bytes go both ways until the server ends, on two threads; before it nothing of the client's goes on.
///
/// | answer | why |
/// | --- | --- |
/// | 502 | the server is not reached, closes early, answers what is no HTTP, or changes to a protocol that nobody asked for |
/// | 504 | it is not reached, does not take the request, or does not answer in time |
/// | 400, 408, 413 | the client's own body failed on its way |
///
/// # Limits
///
/// Those of [`zeug_h1::Limits`] for the head of the answer; [32 idle connections](Upstream::most_idle) for each server. A server that answers before the request's body has come is heard when
/// the next piece of the body comes, or fails. The request's body has the limit that the server in front has set.
///
/// # Deviations
///
/// Trailers are dropped unless [asked for](Upstream::with_trailers). The `Host` field has the port, where the URL has one; Werkzeug leaves it out, and closes
/// each connection after its answer.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::{HttpProxy, Upstream};
///
/// let backend = zeug_test::LiveServer::start(|request: Request| request.uri().path().to_owned())?;
/// let upstream = Upstream::parse(&backend.url("/"))?.without_prefix();
/// let app = (|_: Request| "here").into_handler().with(HttpProxy::new().upstream("/api", upstream)?);
/// let asks = |path: &str| app.handle(http::Request::get(path).header("host", "a").body(()).unwrap().into());
/// assert_eq!(asks("/api/users").into_body().into_bytes(100)?, "/users");
/// assert_eq!(asks("/other").into_body().into_bytes(100)?, "here");
/// assert_eq!(asks("/api/../other").status(), 400);
///
/// assert!(Upstream::parse("ftp://example.org/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "ProxyMiddleware")]
pub struct HttpProxy {
    upstreams: Vec<(String, Arc<Upstream>)>,
}

impl HttpProxy {
    /// Hands nothing on yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, handing on what is below `prefix`, which is compared with the path as it stands in the target: `/%C3%A9`, not `/é`. A slash at its end does not count.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`](MiddlewareErrorKind::InvalidPrefix) for one that does not begin with a slash.
    #[doc(alias = "targets")]
    pub fn upstream(
        mut self,
        prefix: impl Into<String>,
        upstream: Upstream,
    ) -> Result<Self, MiddlewareError> {
        let mut prefix = prefix.into();
        if !prefix.starts_with('/') {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidPrefix, 0));
        }
        prefix.truncate(prefix.trim_end_matches('/').len());
        let at = self
            .upstreams
            .partition_point(|(other, _)| other.len() >= prefix.len());
        self.upstreams.insert(at, (prefix, Arc::new(upstream)));
        Ok(self)
    }

    fn find(&self, path: &str) -> Option<(&str, &Upstream)> {
        self.upstreams
            .iter()
            .find(|(prefix, _)| {
                path.strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .filter(|_| path.starts_with('/'))
            .map(|(prefix, upstream)| (prefix.as_str(), &**upstream))
    }
}

/// Which `Host` field the other server is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostField {
    /// That of its URL.
    #[default]
    Upstream,
    /// The one that the client sent.
    Kept,
    /// This one.
    Named(String),
}

/// How long another server may take; each is a time without any progress, not that of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyTimeouts {
    /// Until it takes a connection.
    pub connect: Duration,
    /// Until its next bytes come.
    pub read: Duration,
    /// Until it takes the next bytes.
    pub write: Duration,
    /// For how long a connection is kept after an answer.
    pub idle: Duration,
}

impl Default for ProxyTimeouts {
    fn default() -> Self {
        Self {
            // Werkzeug's one time-out: 10 s
            connect: Duration::from_secs(10),
            // nginx waits for 60 s; Werkzeug for 10
            read: Duration::from_secs(60),
            write: Duration::from_secs(60),
            // below the 5 s after which Node.js and the 75 s after which nginx closes
            idle: Duration::from_secs(4),
        }
    }
}

impl ProxyTimeouts {
    /// Sets the time until a connection is taken.
    #[must_use]
    pub fn connect(mut self, time: Duration) -> Self {
        self.connect = time;
        self
    }

    /// Sets the time until the next bytes come.
    #[must_use]
    pub fn read(mut self, time: Duration) -> Self {
        self.read = time;
        self
    }

    /// Sets the time until the next bytes are taken.
    #[must_use]
    pub fn write(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// Sets for how long an idle connection is kept; zero keeps none.
    #[must_use]
    pub fn idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }
}

/// Another server, and how it is asked. Its idle connections go with it.
#[derive(Debug)]
pub struct Upstream {
    host: String,
    port: u16,
    /// Host and port as the URL has them.
    authority: String,
    /// The path of the URL, without a slash at its end.
    base: String,
    strips: bool,
    host_field: HostField,
    /// Fields to be set, or taken away.
    rules: Vec<(String, Option<String>)>,
    forwarding: bool,
    trailers: bool,
    timeouts: ProxyTimeouts,
    /// Who is to be met at the other end of an encrypted connection.
    #[cfg(feature = "tls")]
    peer: Option<tls::Peer>,
    pool: Arc<Pool>,
}

impl Upstream {
    /// The server at that URL: `http://127.0.0.1:8000/base`. The path of a request comes behind the URL's.
    ///
    /// # Errors
    ///
    /// [`InvalidUpstream`](MiddlewareErrorKind::InvalidUpstream) for another scheme than `http`, and for a URL without a host, with a user's name, or with a query.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_middleware::Upstream;
    ///
    /// assert!(Upstream::parse("http://[::1]:8000/base").is_ok());
    /// for url in ["https://a/", "http:///", "http://user@a/", "http://a/?b", "a:80"] {
    ///     assert!(Upstream::parse(url).is_err(), "{url}");
    /// }
    /// ```
    pub fn parse(url: &str) -> Result<Self, MiddlewareError> {
        Self::at(url, "http", 80)
    }

    /// The server at that URL, `https://backend.internal/base`, reached through TLS: its certificate must name the URL's host and come from one of these authorities.
    ///
    /// TLS 1.2 and 1.3, HTTP/1.1 alone. A connection that ends without TLS saying so is one cut short.
    ///
    /// # Errors
    ///
    /// [`InvalidUpstream`](MiddlewareErrorKind::InvalidUpstream) for another scheme than `https`, and as [`parse`](Self::parse).
    ///
    /// # Example
    ///
    /// ```no_run
    /// use zeug_middleware::{TlsRoots, Upstream};
    ///
    /// let roots = TlsRoots::from_pem_file("/etc/ssl/certs/ca-certificates.crt")?;
    /// let upstream = Upstream::encrypted("https://example.org/", &roots)?;
    /// assert!(Upstream::encrypted("http://example.org/", &roots).is_err());
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn encrypted(url: &str, roots: &TlsRoots) -> Result<Self, MiddlewareError> {
        let mut upstream = Self::at(url, "https", 443)?;
        let peer = tls::Peer::new(roots.clone(), &upstream.host);
        let nameless = || MiddlewareError::new(MiddlewareErrorKind::InvalidUpstream, 8);
        upstream.peer = Some(peer.ok_or_else(nameless)?);
        Ok(upstream)
    }

    fn at(url: &str, scheme: &str, port: u16) -> Result<Self, MiddlewareError> {
        let refused = |at| MiddlewareError::new(MiddlewareErrorKind::InvalidUpstream, at);
        let uri: Uri = url.parse().map_err(|_| refused(0))?;
        if uri.scheme_str() != Some(scheme) {
            return Err(refused(0));
        }
        let behind = scheme.len() + "://".len();
        let authority = uri.authority().ok_or_else(|| refused(behind))?.as_str();
        let host = zeug_urls::Host::parse(authority).map_err(|_| refused(behind))?;
        if uri.query().is_some() {
            return Err(refused(url.find('?').unwrap_or(0)));
        }
        let name = host.name();
        Ok(Self {
            host: name.trim_matches(['[', ']']).to_owned(),
            port: host.port().unwrap_or(port),
            authority: authority.to_owned(),
            base: uri.path().trim_end_matches('/').to_owned(),
            strips: false,
            host_field: HostField::default(),
            rules: Vec::new(),
            forwarding: true,
            trailers: false,
            timeouts: ProxyTimeouts::default(),
            #[cfg(feature = "tls")]
            peer: None,
            pool: Arc::default(),
        })
    }

    /// Takes the prefix off the path before it is handed on.
    #[must_use]
    #[doc(alias = "remove_prefix")]
    pub fn without_prefix(mut self) -> Self {
        self.strips = true;
        self
    }

    /// Sets which `Host` field the server is sent.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for a name that is no host.
    pub fn host(mut self, host: HostField) -> Result<Self, MiddlewareError> {
        if let HostField::Named(name) = &host {
            zeug_urls::Host::parse(name)
                .map_err(|_| MiddlewareError::new(MiddlewareErrorKind::InvalidField, 0))?;
        }
        self.host_field = host;
        Ok(self)
    }

    /// Sends this field, in place of those of that name. Framing and `Host` have their own rules and are not touched.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for a name that is no token or that frames the message, and for a value with a control character; with the number of the rule.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_middleware::Upstream;
    ///
    /// let upstream = Upstream::parse("http://127.0.0.1:8000")?.with_header("X-Front", "zeug")?.without_header("Cookie")?;
    /// assert!(upstream.with_header("X-Front", "a\r\nTransfer-Encoding: chunked").is_err());
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    pub fn with_header(
        self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, MiddlewareError> {
        self.rule(name.into(), Some(value.into()))
    }

    /// Sends no field of that name.
    ///
    /// # Errors
    ///
    /// As [`with_header`](Self::with_header).
    pub fn without_header(self, name: impl Into<String>) -> Result<Self, MiddlewareError> {
        self.rule(name.into(), None)
    }

    fn rule(mut self, name: String, value: Option<String>) -> Result<Self, MiddlewareError> {
        let well_formed = FieldName::parse(&name).is_ok()
            && value
                .as_deref()
                .is_none_or(|value| FieldValue::parse(value).is_ok());
        let frames = zeug_http::is_hop_by_hop(&name)
            || name.eq_ignore_ascii_case("content-length")
            || name.eq_ignore_ascii_case("host");
        if !well_formed || frames {
            let at = self.rules.len();
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidField, at));
        }
        self.rules.push((name, value));
        Ok(self)
    }

    /// Says nothing of the client.
    ///
    /// Else the client's address is added to `X-Forwarded-For`, or stands there alone where a [`ProxyFix`](crate::ProxyFix) around has found it out, so that the last value is the client as this program knows
    /// it; `X-Forwarded-Proto` and `X-Forwarded-Host` say the scheme and the host of this request, `X-Forwarded-Prefix` the prefix
    /// where it is taken off; `X-Forwarded-Port` and `Forwarded`, which the client may have made up, are taken away.
    #[must_use]
    pub fn without_forwarding(mut self) -> Self {
        self.forwarding = false;
        self
    }

    /// Hands trailers on, both ways: fields behind a body in chunks ([RFC 9110 section 6.5](https://www.rfc-editor.org/rfc/rfc9110#section-6.5)).
    ///
    /// Else they are dropped, as most proxies do: a server that takes them for fields of the head would be told there what this one has taken out of the head. So even here those stay behind
    /// that a header rule names, that say who the client is, or that have an underscore in their name. An answer's go on to a client that has sent `TE: trailers`.
    #[must_use]
    pub fn with_trailers(mut self) -> Self {
        self.trailers = true;
        self
    }

    /// What goes on of the client's trailers, of which `zeug-h1` has refused those that no trailer may be.
    fn passing_trailers(&self, fields: &Headers) -> Headers {
        let mut fields = fields.clone();
        fields.retain(|name, _| {
            let text = name.to_lowercase();
            !text.contains('_')
                && !text.starts_with("x-forwarded-")
                && text != "via"
                && !self
                    .rules
                    .iter()
                    .any(|(rule, _)| rule.eq_ignore_ascii_case(&text))
        });
        fields
    }

    /// Sets how many idle connections are kept; by default 32. With 0 each request has a connection of its own.
    ///
    /// It bounds no connections in use: those are as many as requests at the same time, which the server in front bounds.
    #[must_use]
    pub fn most_idle(mut self, connections: usize) -> Self {
        self.pool = Arc::new(Pool::of(connections));
        self
    }

    /// Sets the time-outs.
    #[must_use]
    pub fn timeouts(mut self, timeouts: ProxyTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }
}

/// Why there is no answer to be handed back: what the client is told, and with which status.
#[derive(Debug)]
struct Trouble {
    status: StatusCode,
    message: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Trouble {
    fn new(status: StatusCode, message: &'static str) -> Self {
        Self {
            status,
            message,
            source: None,
        }
    }

    fn gateway(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, message)
    }

    fn late(message: &'static str) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, message)
    }

    fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<Trouble> for Response {
    fn from(trouble: Trouble) -> Self {
        let error = HttpError::new(trouble.status).with_description(trouble.message);
        match trouble.source {
            Some(source) => error.with_source(source),
            None => error,
        }
        .into_response()
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl<H: Handler> Layer<H> for HttpProxy {
    type Handler = Proxying<H>;

    fn layer(self, inner: H) -> Proxying<H> {
        Proxying { proxy: self, inner }
    }
}

/// The [`Handler`] that [`HttpProxy`] makes.
#[derive(Clone, Debug)]
pub struct Proxying<H> {
    proxy: HttpProxy,
    inner: H,
}

impl<H: Handler> Handler for Proxying<H> {
    fn handle(&self, request: Request) -> Response {
        match self.proxy.find(request.uri().path()) {
            None => self.inner.handle(request),
            Some((prefix, upstream)) => {
                exchange::hand_on(upstream, prefix, request).unwrap_or_else(Response::from)
            }
        }
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
