//! Owns `Site`: what the program is told of where it stands, which no field of the request says for sure. It finds out nothing itself.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::Extensions;
use zeug_gateway::{self as gateway, Received};
use zeug_urls::TrustedHosts;

/// Where the program stands and whom it answers, as far as that differs from what the server received: an extension of the request, made by middleware.
///
/// It is what a gateway's environment holds beside the request's own head. What is not set is as the server
/// received it ([`Received`](zeug_gateway::Received)): its scheme, its own address and the peer's.
///
/// ```
/// use zeug_gateway::Body;
/// use zeug_messages::{Request, Site};
///
/// let site = Site::default().scheme("https").server("example.org", Some(443)).root_path("/app/");
/// let request = Request::from(http::Request::get("/a?b").extension(site).body(Body::empty())?);
/// assert_eq!(request.url().unwrap(), "https://example.org/app/a?b");
///
/// let site = Site::default().trusted_hosts(["example.org"]);
/// let request = Request::from(http::Request::get("/").header("host", "evil.test").extension(site).body(Body::empty())?);
/// assert_eq!(request.url().unwrap_err().status(), 400);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "environ")]
pub struct Site {
    pub(super) scheme: Option<Cow<'static, str>>,
    pub(super) server: Option<(String, Option<u16>)>,
    pub(super) root_path: String,
    client: Client,
    pub(super) remote_user: Option<String>,
    pub(super) trusted_hosts: Option<Arc<TrustedHosts>>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Default)]
enum Client {
    /// The other end of the connection.
    #[default]
    AsReceived,
    Known(IpAddr),
    Unknown,
}

impl Site {
    /// The scheme that the client of this request used: what its `Site` says, else what the server knows. Middleware has it from here, and handlers from
    /// [`Request::scheme`](crate::Request::scheme).
    ///
    /// ```
    /// use zeug_gateway::Request;
    /// use zeug_messages::Site;
    ///
    /// let mut request = Request::new(());
    /// assert_eq!(Site::scheme_of(&request), "http");
    /// request.extensions_mut().insert(Site::default().scheme("https").unknown_client());
    /// assert_eq!((Site::scheme_of(&request), Site::client_of(&request)), ("https", None));
    /// ```
    #[must_use]
    pub fn scheme_of(request: &gateway::Request) -> &str {
        Self::scheme_in(request.extensions(), request.received())
    }

    /// The address of this request's client, as [`Request::remote_addr`](crate::Request::remote_addr) has it.
    #[must_use]
    pub fn client_of(request: &gateway::Request) -> Option<IpAddr> {
        Self::client_in(request.extensions(), request.received())
    }

    /// The path that the program is mounted at for this request, as [`Request::root_path`](crate::Request::root_path) has it.
    #[must_use]
    pub fn root_path_of(request: &gateway::Request) -> &str {
        Self::root_path_in(request.extensions())
    }

    pub(super) fn scheme_in<'a>(extensions: &'a Extensions, received: &Received) -> &'a str {
        let site = extensions.get::<Self>();
        match site.and_then(|site| site.scheme.as_deref()) {
            Some(scheme) => scheme,
            None => received.scheme().as_str(),
        }
    }

    pub(super) fn client_in(extensions: &Extensions, received: &Received) -> Option<IpAddr> {
        let site = extensions.get::<Self>();
        match site.map(|site| site.client).unwrap_or_default() {
            Client::AsReceived => received.peer().map(|peer| peer.ip()),
            Client::Known(address) => Some(address),
            Client::Unknown => None,
        }
    }

    pub(super) fn root_path_in(extensions: &Extensions) -> &str {
        extensions.get::<Self>().map_or("", |site| &site.root_path)
    }

    /// The same, with the scheme that the client used: `http`, `https`, `ws`, `wss`.
    #[must_use]
    #[doc(alias = "wsgi.url_scheme")]
    pub fn scheme(mut self, scheme: impl Into<Cow<'static, str>>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// The same, with the name or address and the port that the server listens at: the host of a request that names none. Without a port it listens at a
    /// path, which is no host.
    #[must_use]
    #[doc(alias = "SERVER_NAME")]
    #[doc(alias = "SERVER_PORT")]
    pub fn server(mut self, name: impl Into<String>, port: Option<u16>) -> Self {
        self.server = Some((name.into(), port));
        self
    }

    /// The same, with the path that the program is mounted at, decoded. Slashes at its end do not count.
    #[must_use]
    #[doc(alias = "SCRIPT_NAME")]
    pub fn root_path(mut self, path: impl Into<String>) -> Self {
        self.root_path = path.into();
        self.root_path
            .truncate(self.root_path.trim_end_matches('/').len());
        self
    }

    /// The same, with the client's address.
    #[must_use]
    #[doc(alias = "REMOTE_ADDR")]
    pub fn remote_addr(mut self, address: IpAddr) -> Self {
        self.client = Client::Known(address);
        self
    }

    /// The same, with a client whose address nobody knows: a proxy that is believed does not say it. The other end of the connection does not stand in for it.
    #[must_use]
    pub fn unknown_client(mut self) -> Self {
        self.client = Client::Unknown;
        self
    }

    /// The same, with the name of the user that the server has made sure of.
    #[must_use]
    #[doc(alias = "REMOTE_USER")]
    pub fn remote_user(mut self, user: impl Into<String>) -> Self {
        self.remote_user = Some(user.into());
        self
    }

    /// The same, answering only for these hosts; for all where none is listed. See [`TrustedHosts`].
    #[must_use]
    pub fn trusted_hosts<T: AsRef<str>>(self, hosts: impl IntoIterator<Item = T>) -> Self {
        self.shared_trusted_hosts(Arc::new(TrustedHosts::new(hosts)))
    }

    /// The same, answering only for these hosts, which were read once for all requests.
    #[must_use]
    pub fn shared_trusted_hosts(mut self, hosts: Arc<TrustedHosts>) -> Self {
        self.trusted_hosts = Some(hosts);
        self
    }
}
