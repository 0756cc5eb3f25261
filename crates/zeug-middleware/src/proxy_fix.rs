//! Owns `ProxyFix`: what proxies in front say of the client, as far as they are trusted. It believes nothing that it was not told to believe.

mod network;
mod spoken;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use http::HeaderValue;
use zeug_datastructures::names;
use zeug_gateway::{Handler, Layer, Request, Response};
use zeug_messages::Site;

use self::network::Network;
use self::spoken::Spoken;
use crate::{MiddlewareError, MiddlewareErrorKind};

/// How many proxies are walked; a chain of so many is a loop or an attack.
const MOST_PROXIES: usize = 100;

/// A [`Layer`] that believes the proxies in front what they say of the client: its address, the scheme, the host, the port, and where the program is mounted.
///
/// Each proxy adds to a field what it saw, at the end. So the n-th value from the end is that of the n-th proxy from here, and all before it is the client's own word.
/// There are two ways to say who is trusted, never mixed:
///
/// - **by count**: how many proxies set that field, for each field by itself. With fewer values than that, nothing is believed.
/// - **by network** ([`behind`](Self::behind)): the connection and then the addresses are walked from the end as long as they lie in these networks; the first
///   that does not is the client. A count above 0 says then only that the field is believed, at as many values from the end as proxies were walked, or at its
///   first where it has fewer: most proxies write these fields anew, and only add to `X-Forwarded-For`.
///
/// And two spellings, never both: the `X-Forwarded-*` fields, or [`Forwarded`](Self::rfc7239) of [RFC 7239](https://www.rfc-editor.org/rfc/rfc7239).
///
/// | field | changes |
/// | --- | --- |
/// | `X-Forwarded-For`, `for=` | [`remote_addr`](zeug_messages::Request::remote_addr) |
/// | `X-Forwarded-Proto`, `proto=` | [`scheme`](zeug_messages::Request::scheme) |
/// | `X-Forwarded-Host`, `host=` | the `Host` field, the authority of an absolute target, the server's name and port |
/// | `X-Forwarded-Port` | the port of those |
/// | `X-Forwarded-Prefix` | [`root_path`](zeug_messages::Request::root_path) |
///
/// What came is kept: [`Received`](zeug_gateway::Received) never changes, and [`Forwarding`], an extension of the request, has the former `Host`.
///
/// By default one proxy is trusted for `X-Forwarded-For` and `X-Forwarded-Proto`. Use it behind proxies only: without one, the client says these things.
///
/// # Limits
///
/// Linear in the fields' length; at most 100 proxies are walked. A `Forwarded` field that is malformed anywhere is not believed at all.
///
/// # Deviations
///
/// A client that a trusted proxy calls `unknown`, or by a made-up name, has no address, and never the proxy's; Werkzeug gives the word
/// itself. Schemes other than `http`, `https`, `ws` and `wss` are not believed. A prefix gets exactly one slash in front, so that no link
/// which is built of it leads to another host; one with a backslash is not believed.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler};
/// use zeug_messages::{Request, Response};
/// use zeug_middleware::ProxyFix;
///
/// let shows = |request: Request| Response::text(format!("{:?} {}", request.remote_addr(), request.scheme()));
/// let app = shows.into_handler().with(ProxyFix::default());
/// let asks = |fields: &[(&str, &str)]| {
///     let raw = fields.iter().fold(http::Request::get("/"), |raw, (name, value)| raw.header(*name, *value));
///     app.handle(raw.body(()).unwrap().into()).into_body().into_bytes(100).unwrap()
/// };
/// // The client made the first value up; the proxy added the second.
/// assert_eq!(asks(&[("x-forwarded-for", "10.0.0.1, 192.0.2.7"), ("x-forwarded-proto", "https")]), "Some(192.0.2.7) https");
/// // Not asked for, not believed.
/// assert_eq!(asks(&[("forwarded", "for=192.0.2.7;proto=https")]), "None http");
/// ```
#[derive(Clone, Debug)]
pub struct ProxyFix {
    client: usize,
    scheme: usize,
    host: usize,
    port: usize,
    prefix: usize,
    networks: Option<Vec<Network>>,
    rfc7239: bool,
}

impl Default for ProxyFix {
    /// One proxy, which sets `X-Forwarded-For` and `X-Forwarded-Proto`.
    fn default() -> Self {
        Self::nothing().client(1).scheme(1)
    }
}

impl ProxyFix {
    /// Believes nothing, until told what.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            client: 0,
            scheme: 0,
            host: 0,
            port: 0,
            prefix: 0,
            networks: None,
            rfc7239: false,
        }
    }

    /// Trusts the proxies in these networks, `10.0.0.0/8` or `::1`, for the client's address and the scheme; a connection from elsewhere is the client itself.
    ///
    /// # Errors
    ///
    /// [`InvalidNetwork`](MiddlewareErrorKind::InvalidNetwork) with the item's number.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Received;
    /// use zeug_middleware::ProxyFix;
    /// use zeug_datastructures::Headers;
    ///
    /// let fix = ProxyFix::behind(["10.0.0.0/8"])?;
    /// let fields = Headers::try_from_pairs([("X-Forwarded-For", "1.1.1.1, 192.0.2.7, 10.0.0.2")])?;
    /// let from = |peer: [u8; 4]| Received::default().with_peer(Some((peer, 4711).into()));
    /// assert_eq!(fix.read(&fields, &from([10, 0, 0, 1])).client(), Some("192.0.2.7"));
    /// assert_eq!(fix.read(&fields, &from([203, 0, 113, 9])).client(), None, "that is no proxy");
    ///
    /// assert!(ProxyFix::behind(["10.0.0.0/33"]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn behind<T: AsRef<str>>(
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, MiddlewareError> {
        let networks = networks
            .into_iter()
            .enumerate()
            .map(|(at, text)| {
                Network::parse(text.as_ref())
                    .ok_or_else(|| MiddlewareError::new(MiddlewareErrorKind::InvalidNetwork, at))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            networks: Some(networks),
            ..Self::default()
        })
    }

    /// Sets how many proxies say the client's address.
    #[must_use]
    #[doc(alias = "x_for")]
    pub fn client(mut self, proxies: usize) -> Self {
        self.client = proxies;
        self
    }

    /// Sets how many proxies say the scheme.
    #[must_use]
    #[doc(alias = "x_proto")]
    pub fn scheme(mut self, proxies: usize) -> Self {
        self.scheme = proxies;
        self
    }

    /// Sets how many proxies say the host.
    #[must_use]
    #[doc(alias = "x_host")]
    pub fn host(mut self, proxies: usize) -> Self {
        self.host = proxies;
        self
    }

    /// Sets how many proxies say the port.
    #[must_use]
    #[doc(alias = "x_port")]
    pub fn port(mut self, proxies: usize) -> Self {
        self.port = proxies;
        self
    }

    /// Sets how many proxies say where the program is mounted.
    #[must_use]
    #[doc(alias = "x_prefix")]
    pub fn prefix(mut self, proxies: usize) -> Self {
        self.prefix = proxies;
        self
    }

    /// Reads `Forwarded` in place of the `X-Forwarded-*` fields, which are then not looked at. It tells no prefix, and the port as a part of the host.
    #[must_use]
    #[doc(alias = "Forwarded")]
    pub fn rfc7239(mut self) -> Self {
        self.rfc7239 = true;
        self
    }

    /// What the trusted proxies say in these fields, for a request that was received like this.
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    /// use zeug_gateway::Received;
    /// use zeug_middleware::ProxyFix;
    ///
    /// let fields = Headers::try_from_pairs([("X-Forwarded-Host", "evil.test, example.org")])?;
    /// assert_eq!(ProxyFix::nothing().host(1).read(&fields, &Received::default()).host(), Some("example.org"));
    /// assert_eq!(ProxyFix::nothing().host(3).read(&fields, &Received::default()).host(), None, "too few spoke");
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[must_use]
    pub fn read(
        &self,
        fields: &zeug_datastructures::Headers,
        received: &zeug_gateway::Received,
    ) -> Forwarding {
        let spoken = Spoken::of(fields, self.rfc7239);
        let Some(networks) = &self.networks else {
            return self.counted(|_, count, read| read(&spoken, count));
        };
        let trusted = |address: IpAddr| networks.iter().any(|network| network.contains(address));
        if !received.peer().is_some_and(|peer| trusted(peer.ip())) {
            return Forwarding::default();
        }
        // The n-th value from the end was written by a trusted proxy as long as all addresses behind it are those of proxies.
        let clients = spoken.clients(MOST_PROXIES);
        let walked = clients
            .iter()
            .take_while(|client| address(client).is_some_and(&trusted))
            .count();
        let proxies = (walked + 1).min(clients.len().max(1));
        self.counted(|field, count, read| match field {
            _ if count == 0 => None,
            Field::Client => read(&spoken, proxies),
            Field::Other => (1..=proxies).rev().find_map(|count| read(&spoken, count)),
        })
    }

    /// What stands in each field, as `find` looks for it.
    fn counted<'a>(
        &self,
        find: impl Fn(Field, usize, Read<'a>) -> Option<Cow<'a, str>>,
    ) -> Forwarding {
        let find = |field, count, read: Read<'a>| {
            find(field, count, read).map(|text: Cow<'_, str>| Box::from(&*text))
        };
        Forwarding {
            client: find(Field::Client, self.client, Spoken::client),
            scheme: find(Field::Other, self.scheme, Spoken::scheme),
            host: find(Field::Other, self.host, Spoken::host),
            port: find(Field::Other, self.port, Spoken::port),
            prefix: find(Field::Other, self.prefix, Spoken::prefix),
            former_host: None,
        }
    }
}

/// Which rule a field goes by where networks are trusted.
enum Field {
    Client,
    Other,
}

/// What reads the value of a field that many from the end.
type Read<'a> = fn(&Spoken<'a>, usize) -> Option<Cow<'a, str>>;

/// What trusted proxies said of a request, word for word; an extension of each request that went through a [`ProxyFix`].
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::{Forwarding, ProxyFix};
///
/// let app = (|request: Request| {
///     let said = request.extensions().get::<Forwarding>().unwrap();
///     assert_eq!(said.former_host().unwrap(), "inside:8000");
///     assert_eq!((said.host(), said.client()), (Some("example.org"), None));
/// }).into_handler().with(ProxyFix::default().host(1));
/// let raw = http::Request::get("/").header("host", "inside:8000").header("x-forwarded-host", "example.org").body(())?;
/// assert_eq!(app.handle(raw.into()).status(), 204);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(alias = "werkzeug.proxy_fix.orig")]
pub struct Forwarding {
    client: Option<Box<str>>,
    scheme: Option<Box<str>>,
    host: Option<Box<str>>,
    port: Option<Box<str>>,
    prefix: Option<Box<str>>,
    former_host: Option<HeaderValue>,
}

impl Forwarding {
    /// The client's address, or what was said in its place, such as `unknown`.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    /// The host, perhaps with a port.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Option<&str> {
        self.port.as_deref()
    }

    /// The path that the program is mounted at.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// The `Host` field as it came, where it was changed.
    #[must_use]
    pub fn former_host(&self) -> Option<&HeaderValue> {
        self.former_host.as_ref()
    }

    /// Changes the request so that it is the one which the client made.
    fn apply(mut self, request: &mut Request) {
        let mut site: Site = request.extensions_mut().remove().unwrap_or_default();
        if let Some(client) = self.client() {
            site = match address(client) {
                Some(address) => site.remote_addr(address),
                None => site.unknown_client(),
            };
        }
        let scheme = self.scheme().and_then(known_scheme);
        if let Some(scheme) = scheme {
            site = site.scheme(scheme);
        }
        if let Some(prefix) = self.prefix().and_then(safe_prefix) {
            site = site.root_path(prefix);
        }
        if self.host.is_some() || self.port.is_some() {
            site = self.set_host(request, site, scheme);
        }
        request.extensions_mut().insert(site);
        request.extensions_mut().insert(self);
    }

    /// Sets the host that is asked for, and the server's name and port with it.
    fn set_host(&mut self, request: &mut Request, site: Site, scheme: Option<&str>) -> Site {
        let former = request.headers().get(names::HOST).map(HeaderValue::from);
        let asked = match request.uri().authority() {
            // The authority of an absolute target goes before the field, and so it is what the port is put to.
            Some(authority) if self.host.is_none() => Some(authority.as_str().to_owned()),
            _ => None,
        };
        let host = match (self.host(), asked, &former) {
            (Some(host), ..) => Some(host.to_owned()),
            (None, Some(authority), _) => Some(authority),
            (None, None, Some(field)) => {
                Some(String::from_utf8_lossy(field.as_bytes()).into_owned())
            }
            (None, None, None) => None,
        };
        let Some(host) = host else {
            // A request without a host: it is the server's own name that gets the port.
            return match (self.port().map(str::parse), request.received().local()) {
                (Some(Ok(port)), Some(local)) => site.server(local.ip().to_string(), Some(port)),
                _ => site,
            };
        };
        let host = match self.port() {
            None => host,
            Some(port) => format!("{}:{port}", split_port(&host).0),
        };
        if request.headers_mut().try_insert("Host", &host).is_err() {
            return site;
        }
        self.former_host = former;
        if request.uri().authority().is_some() {
            let mut parts = request.uri().clone().into_parts();
            parts.authority = host.parse().ok();
            parts.scheme = parts.authority.is_some().then_some(parts.scheme).flatten();
            if let Ok(uri) = http::Uri::from_parts(parts) {
                *request.uri_mut() = uri;
            }
        }
        let (name, port) = split_port(&host);
        let usual = match scheme {
            Some("https" | "wss") => 443,
            _ => 80,
        };
        let port = port.map_or(Some(usual), |port| port.parse().ok());
        site.server(name, port)
    }
}

/// The name or address and the port; brackets stay.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

/// The address in what a proxy says of a client: bare, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some(inside) = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        return inside.parse().ok();
    }
    text.parse::<SocketAddr>().ok().map(|address| address.ip())
}

/// The scheme in lower case, where it is one of those that a web application is reached by.
fn known_scheme(text: &str) -> Option<&'static str> {
    ["http", "https", "ws", "wss"]
        .into_iter()
        .find(|scheme| scheme.eq_ignore_ascii_case(text))
}

/// The prefix with exactly one slash in front: `//host/path` would be another host to whoever follows a link.
fn safe_prefix(text: &str) -> Option<String> {
    let path = text.trim_start_matches('/');
    if path.contains('\\') {
        return None;
    }
    Some(if path.is_empty() {
        String::new()
    } else {
        format!("/{path}")
    })
}

impl<H: Handler> Layer<H> for ProxyFix {
    type Handler = ProxyFixed<H>;

    fn layer(self, inner: H) -> ProxyFixed<H> {
        ProxyFixed { fix: self, inner }
    }
}

/// The [`Handler`] that [`ProxyFix`] makes.
#[derive(Clone, Debug)]
pub struct ProxyFixed<H> {
    fix: ProxyFix,
    inner: H,
}

impl<H: Handler> Handler for ProxyFixed<H> {
    fn handle(&self, mut request: Request) -> Response {
        let said = self.fix.read(request.headers(), request.received());
        said.apply(&mut request);
        self.inner.handle(request)
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
