//! Owns `Site`: what the program is told of where it stands, which no field of the request says for sure. It finds out nothing itself.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

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
    pub(super) remote_addr: Option<IpAddr>,
    pub(super) remote_user: Option<String>,
    pub(super) trusted_hosts: Option<Arc<TrustedHosts>>,
}

impl Site {
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
        self.remote_addr = Some(address);
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
