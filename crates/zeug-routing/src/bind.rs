//! A map bound to a host, script root and scheme: what Werkzeug calls an adapter. Matches paths; refuses host names that cannot be.

use std::borrow::Cow;

use crate::error::{RoutingError, RoutingErrorKind};
use crate::host;
use crate::map::Map;
use crate::options::HostPolicy;
use crate::path;
use crate::table::{HTTP, NodeRef, WEBSOCKET};
use crate::target::{Incoming, Protocol};
use crate::value::Value;

/// A map bound to a host: finds rules and builds URLs. Cheap to make, for each request if need be.
///
/// # Example
///
/// ```
/// use zeug_routing::{Map, Outcome, Rule};
///
/// let map = Map::builder().rule(Rule::new("/docs/", "docs")).build()?;
/// let urls = map.bind("example.org")?.script_root("/app").scheme("https");
/// let Outcome::Redirect(redirect) = urls.match_path("/docs", "GET") else { panic!() };
/// assert_eq!(redirect.location(), "https://example.org/app/docs/");
/// assert!(matches!(urls.match_path("/doc", "GET"), Outcome::NotFound));
/// assert!(map.bind("a..b").is_err());
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "MapAdapter")]
pub struct Bound<'a, E> {
    pub(crate) map: &'a Map<E>,
    pub(crate) server_name: Cow<'a, str>,
    /// With a slash at its end.
    pub(crate) script_root: Cow<'a, str>,
    pub(crate) subdomain: Option<Cow<'a, str>>,
    pub(crate) scheme: Cow<'a, str>,
    pub(crate) default_method: Cow<'a, str>,
    pub(crate) path: Cow<'a, str>,
    pub(crate) query: Cow<'a, str>,
    pub(crate) root: Option<NodeRef>,
    /// The scheme's protocol as a rule's mask has it.
    pub(crate) protocol: u64,
}

/// The subdomain of a host that is not the server's: no rule's.
const INVALID: &str = "<invalid>";

impl<E> Map<E> {
    /// The map bound to a host, perhaps with a port: `http`, script root `/`, the default subdomain, `GET`, no query.
    ///
    /// Upper case becomes lower case, letters beyond ASCII become Punycode; a name is not normalized otherwise.
    ///
    /// # Errors
    ///
    /// [`BadHost`](RoutingErrorKind::BadHost) for an empty label or one of more than 63 bytes.
    pub fn bind<'a>(
        &'a self,
        server_name: impl Into<Cow<'a, str>>,
    ) -> Result<Bound<'a, E>, RoutingError> {
        let server_name = server_name.into();
        let whole_hosts = self.options.hosts == HostPolicy::Host;
        // A host that a rule names is as hosts should be, and need not be looked at but to be found.
        let known = whole_hosts
            .then(|| self.tables.hosts.find(&server_name))
            .flatten()
            .filter(|_| self.tables.hosts.canonical);
        let mut bound = Bound {
            map: self,
            server_name,
            script_root: Cow::Borrowed("/"),
            subdomain: (!whole_hosts).then_some(Cow::Borrowed(&*self.options.default_subdomain)),
            scheme: Cow::Borrowed("http"),
            default_method: Cow::Borrowed("GET"),
            path: Cow::Borrowed("/"),
            query: Cow::Borrowed(""),
            root: known,
            protocol: HTTP,
        };
        if known.is_none() {
            bound.server_name = host::ascii(bound.server_name)?;
            bound.find_root();
        }
        Ok(bound)
    }

    /// The map bound to what a request says.
    ///
    /// Without a server name the request's host is one. A host that does not end in the server's name has a subdomain that no rule has.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    #[doc(alias = "bind_to_environ")]
    pub fn bind_incoming<'a>(
        &'a self,
        incoming: &Incoming<'a>,
    ) -> Result<Bound<'a, E>, RoutingError> {
        let scheme = match (incoming.websocket, incoming.scheme) {
            (true, "https") => "wss",
            (true, _) => "ws",
            (false, scheme) => scheme,
        };
        let host = host::from_field(incoming.host, incoming.scheme).to_ascii_lowercase();
        let server_name = incoming.server_name.map_or(host.clone(), |name| {
            host::strip_port(&name.to_lowercase(), scheme).to_owned()
        });
        let subdomain = match incoming.subdomain {
            Some(subdomain) => subdomain.to_owned(),
            None => host::subdomain(&host, &server_name)
                .unwrap_or(INVALID)
                .trim_start_matches('.')
                .to_owned(),
        };
        let mut bound = self
            .bind(server_name)?
            .scheme(scheme)
            .script_root(incoming.script_root)
            .query(incoming.query);
        bound.path = Cow::Borrowed(incoming.path.unwrap_or("/"));
        bound.default_method = Cow::Borrowed(incoming.method.unwrap_or("GET"));
        if self.options.hosts != HostPolicy::Host {
            bound.subdomain = Some(Cow::Owned(subdomain));
            bound.find_root();
        } else if incoming.subdomain.is_some() {
            return Err(RoutingError::new(
                RoutingErrorKind::SubdomainWithHosts,
                &subdomain,
            ));
        }
        Ok(bound)
    }
}

impl<'a, E> Bound<'a, E> {
    /// Sets the path that the program is mounted at: it stands before every URL that is built.
    #[must_use]
    #[doc(alias = "script_name")]
    pub fn script_root(mut self, root: impl Into<Cow<'a, str>>) -> Self {
        self.script_root = root.into();
        if !self.script_root.ends_with('/') {
            self.script_root.to_mut().push('/');
        }
        self
    }

    /// Sets the scheme; with `ws` and `wss` only WebSocket rules match.
    #[must_use]
    #[doc(alias = "url_scheme")]
    pub fn scheme(mut self, scheme: impl Into<Cow<'a, str>>) -> Self {
        self.scheme = scheme.into();
        self.protocol = protocol_bit(self.protocol());
        self
    }

    /// Sets the subdomain of the request.
    ///
    /// # Errors
    ///
    /// [`SubdomainWithHosts`](RoutingErrorKind::SubdomainWithHosts) in a map that matches whole hosts.
    pub fn subdomain(mut self, subdomain: impl Into<Cow<'a, str>>) -> Result<Self, RoutingError> {
        let subdomain = subdomain.into();
        if self.map.options.hosts == HostPolicy::Host {
            return Err(RoutingError::new(
                RoutingErrorKind::SubdomainWithHosts,
                &subdomain,
            ));
        }
        self.subdomain = Some(subdomain);
        self.find_root();
        Ok(self)
    }

    /// Sets the method of targets that name none.
    #[must_use]
    pub fn default_method(mut self, method: impl Into<Cow<'a, str>>) -> Self {
        self.default_method = method.into();
        self
    }

    /// Sets the percent-decoded path of targets that name none.
    #[must_use]
    #[doc(alias = "path_info")]
    pub fn path(mut self, path: impl Into<Cow<'a, str>>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the query that redirects keep, as it stands in a request target.
    #[must_use]
    #[doc(alias = "query_args")]
    pub fn query(mut self, query: impl Into<Cow<'a, str>>) -> Self {
        self.query = query.into();
        self
    }

    /// Sets the query that redirects keep, from names and values.
    #[must_use]
    pub fn query_pairs<'v, V: Into<Value<'v>>>(
        self,
        pairs: impl IntoIterator<Item = (&'v str, V)>,
    ) -> Self {
        let mut query = String::new();
        let mut first = true;
        for (name, value) in pairs {
            path::append_query(name, &value.into(), &mut first, &mut query);
        }
        self.query(
            query
                .strip_prefix('?')
                .map(str::to_owned)
                .unwrap_or_default(),
        )
    }

    fn find_root(&mut self) {
        self.root = self.map.tables.hosts.find(self.host_text());
    }

    /// What rules' hosts are compared with.
    fn host_text(&self) -> &str {
        match (self.map.options.hosts, &self.subdomain) {
            (HostPolicy::Ignore, _) => "",
            (HostPolicy::Subdomain, Some(subdomain)) => subdomain,
            _ => &self.server_name,
        }
    }

    /// The host that arguments may be part of: one of a rule with variables in its host.
    #[inline]
    pub(crate) fn host_for_args(&self) -> &Cow<'a, str> {
        self.subdomain.as_ref().unwrap_or(&self.server_name)
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &'a Map<E> {
        self.map
    }

    /// The host the map is bound to, in ASCII.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.server_name
    }

    /// The path the program is mounted at, with a slash at its end.
    #[must_use]
    pub fn script_root_path(&self) -> &str {
        &self.script_root
    }

    /// The subdomain; nothing in a map that matches whole hosts.
    #[must_use]
    pub fn subdomain_name(&self) -> Option<&str> {
        self.subdomain.as_deref()
    }

    /// The scheme.
    #[must_use]
    pub fn url_scheme(&self) -> &str {
        &self.scheme
    }

    /// The path of targets that name none.
    #[must_use]
    pub fn bound_path(&self) -> &str {
        &self.path
    }

    /// The query that redirects keep.
    #[must_use]
    pub fn bound_query(&self) -> &str {
        &self.query
    }

    /// The method of targets that name none.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.default_method
    }

    /// Whether the scheme is `ws` or `wss`.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        if matches!(&*self.scheme, "ws" | "wss") {
            Protocol::WebSocket
        } else {
            Protocol::Http
        }
    }

    /// The host for a subdomain, or for the binding's own; in a map that matches whole hosts, the given host itself.
    #[must_use]
    #[doc(alias = "get_host")]
    pub fn host_for(&self, subdomain: Option<&str>) -> String {
        if self.map.options.hosts == HostPolicy::Host {
            return subdomain.unwrap_or(&self.server_name).to_owned();
        }
        match subdomain.or(self.subdomain.as_deref()) {
            None | Some("") => self.server_name.to_string(),
            Some(subdomain) => format!("{subdomain}.{}", self.server_name),
        }
    }
}

/// The protocol as a rule's mask has it.
pub(crate) fn protocol_bit(protocol: Protocol) -> u64 {
    match protocol {
        Protocol::Http => HTTP,
        Protocol::WebSocket => WEBSOCKET,
    }
}
