//! A map bound to a host, script root and scheme: what Werkzeug calls an adapter. Matches paths; refuses host names that cannot be.

use std::borrow::Cow;

use crate::args::Args;
use crate::error::{RoutingError, RoutingErrorKind};
use crate::host;
use crate::map::Map;
use crate::options::{DoubleSlashes, HostPolicy};
use crate::outcome::{Match, MethodSet, Outcome, Redirect};
use crate::path::{self, INNER_SLASH};
use crate::search::{MAX_LEN, SLASH, Search};
use crate::table::{HTTP, NONE, NodeRef, OTHER_METHOD, WEBSOCKET};
use crate::target::{Incoming, Protocol, Target};
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
    path: Cow<'a, str>,
    query: Cow<'a, str>,
    root: Option<NodeRef>,
    /// The scheme's protocol as a rule's mask has it.
    protocol: u64,
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
        let subdomain = match self.options.hosts {
            HostPolicy::Host => None,
            _ => Some(Cow::Borrowed(&*self.options.default_subdomain)),
        };
        let mut bound = Bound {
            map: self,
            server_name: host::ascii(server_name.into())?,
            script_root: Cow::Borrowed("/"),
            subdomain,
            scheme: Cow::Borrowed("http"),
            default_method: Cow::Borrowed("GET"),
            path: Cow::Borrowed("/"),
            query: Cow::Borrowed(""),
            root: None,
            protocol: HTTP,
        };
        bound.find_root();
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
        let tables = &self.map.tables;
        let host = self.host_text();
        let only = tables.hosts.len() == 1 && host.is_empty();
        self.root = if only {
            tables
                .hosts
                .values()
                .next()
                .copied()
                .filter(|_| tables.hosts.contains_key(""))
        } else {
            tables.hosts.get(host).copied()
        };
    }

    /// What rules' hosts are compared with.
    fn host_text(&self) -> &str {
        match (self.map.options.hosts, &self.subdomain) {
            (HostPolicy::Ignore, _) => "",
            (HostPolicy::Subdomain, Some(subdomain)) => subdomain,
            _ => &self.server_name,
        }
    }

    /// The host that a search needs, if it does.
    #[inline]
    fn host_for_search(&self) -> &[u8] {
        self.host_for_args().as_bytes()
    }

    /// The host that arguments may be part of.
    #[inline]
    fn host_for_args(&self) -> &str {
        if self.map.tables.dynamic_hosts.is_empty() {
            ""
        } else {
            self.host_text()
        }
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

    /// What a path, as it stands in a request target, and a method lead to.
    ///
    /// Slashes at the beginning count as one; a path without one gets it. See [`Target`] for percent-encoding.
    ///
    /// # Limits
    ///
    /// Time is linear in the path's length, and does not grow with the number of rules. Nothing is allocated for a match without percent-encoding and
    /// with at most four variables. Nothing fits a path of 2 GiB.
    #[doc(alias = "match")]
    #[inline]
    pub fn match_path<'s, 'p>(&'s self, path: &'p str, method: &str) -> Outcome<'s, 'p, E> {
        if path.len() > MAX_LEN {
            return Outcome::NotFound;
        }
        self.look(
            path,
            true,
            self.map.method_bit(method) | self.protocol,
            method,
            None,
        )
    }

    /// What a target leads to, with all that a target can say.
    pub fn find<'s, 'p>(&'s self, target: impl Into<Target<'p>>) -> Outcome<'s, 'p, E>
    where
        's: 'p,
    {
        let target = target.into();
        let method = target.method.unwrap_or(&self.default_method);
        let request =
            self.map.method_bit(method) | target.protocol.map_or(self.protocol, protocol_bit);
        self.find_request(&target, request, method)
    }

    /// The methods that a path's rules take; none where a rule takes all of them or none fits the path.
    pub fn allowed_methods<'p>(&self, target: impl Into<Target<'p>>) -> MethodSet<'a> {
        let target = target.into();
        let request = OTHER_METHOD | target.protocol.map_or(self.protocol, protocol_bit);
        match self.find_request(&target, request, "--") {
            Outcome::MethodNotAllowed(set) => MethodSet {
                bits: set.bits,
                extra: &self.map.extra,
            },
            _ => MethodSet {
                bits: 0,
                extra: &self.map.extra,
            },
        }
    }

    /// Whether a target leads to a match or a redirect.
    #[doc(alias = "test")]
    pub fn matches<'p>(&self, target: impl Into<Target<'p>>) -> bool {
        let target = target.into();
        let method = target.method.unwrap_or(&self.default_method);
        let request =
            self.map.method_bit(method) | target.protocol.map_or(self.protocol, protocol_bit);
        matches!(
            self.find_request(&target, request, method),
            Outcome::Match(_) | Outcome::Redirect(_)
        )
    }

    fn find_request<'s, 'p>(
        &'s self,
        target: &Target<'p>,
        request: u64,
        method: &str,
    ) -> Outcome<'s, 'p, E>
    where
        's: 'p,
    {
        let path: &'p str = match target.path {
            Some(path) => path,
            None => &self.path,
        };
        if path.len() > MAX_LEN {
            return Outcome::NotFound;
        }
        self.look(path, !target.decoded, request, method, target.query)
    }

    /// Searches for a path; one that turns out to be percent-encoded is decoded and searched for again.
    #[inline]
    fn look<'s, 'p>(
        &'s self,
        path: &'p str,
        raw: bool,
        request: u64,
        method: &str,
        query: Option<&str>,
    ) -> Outcome<'s, 'p, E> {
        let bytes = path.as_bytes();
        let mut search = Search::new(&self.map.tables, bytes, self.host_for_search(), request);
        let id = search.find(self.root, start(bytes));
        if raw && (search.saw_percent() || self.map.tables.percent && path.contains('%')) {
            return self.look_decoded(path, request, method, query);
        }
        let Some(compiled) = self.map.compiled.get(id as usize) else {
            return if search.is_plain_miss(id) {
                Outcome::NotFound
            } else {
                self.missed(path, bytes, &search, id, query)
            };
        };
        let args = Args {
            info: &compiled.info,
            host: self.host_for_args(),
            path: Cow::Borrowed(path),
            spans: search.spans,
        };
        let matched = Match {
            rule: &compiled.rule,
            args,
        };
        if compiled.leads_on {
            self.lead_on(id, compiled, matched, method, query)
        } else {
            Outcome::Match(matched)
        }
    }

    /// Searches for a path with percent-encoding.
    #[cold]
    fn look_decoded<'s, 'p>(
        &'s self,
        path: &str,
        request: u64,
        method: &str,
        query: Option<&str>,
    ) -> Outcome<'s, 'p, E> {
        let decoded = path::decode(path);
        let bytes = decoded.marked.as_deref().unwrap_or(decoded.text.as_bytes());
        let mut search = Search::new(&self.map.tables, bytes, self.host_for_search(), request);
        let id = search.find(self.root, start(bytes));
        let Some(compiled) = self.map.compiled.get(id as usize) else {
            return self.missed(&decoded.text, bytes, &search, id, query);
        };
        let spans = search.spans;
        let args = Args {
            info: &compiled.info,
            host: self.host_for_args(),
            path: Cow::Owned(decoded.text),
            spans,
        };
        let matched = Match {
            rule: &compiled.rule,
            args,
        };
        if compiled.leads_on {
            self.lead_on(id, compiled, matched, method, query)
        } else {
            Outcome::Match(matched)
        }
    }

    /// What a path leads to that no rule fits as it is.
    #[inline(never)]
    fn missed<'s, 'p>(
        &'s self,
        text: &str,
        bytes: &[u8],
        search: &Search<'_>,
        id: u32,
        query: Option<&str>,
    ) -> Outcome<'s, 'p, E> {
        let begin = start(bytes);
        let rest = (
            text.get(begin..).unwrap_or_default(),
            bytes.get(begin..).unwrap_or_default(),
        );
        if id == SLASH {
            return self.redirect_path(
                rest.0,
                rest.1,
                if text.is_empty() { "" } else { "/" },
                query,
            );
        }
        let (mut seen, mut mismatch) = (search.seen, search.mismatch);
        if search.odd
            && self.map.options.double == DoubleSlashes::Merge
            && rest.1.windows(2).any(|pair| pair == b"//")
        {
            let (text, bytes) = merged(rest.0, rest.1);
            let mut again = Search::new(
                &self.map.tables,
                &bytes,
                self.host_for_search(),
                search.request(),
            );
            let id = again.find(self.root, 0);
            if id == SLASH {
                return self.redirect_path(&text, &bytes, "/", query);
            }
            if id != NONE {
                let merges = self
                    .map
                    .compiled
                    .get(id as usize)
                    .is_some_and(|c| c.rule.double != Some(DoubleSlashes::Keep));
                if merges {
                    return self.redirect_path(&text, &bytes, "", query);
                }
            }
            seen |= again.seen;
            mismatch |= again.mismatch;
        }
        if seen != 0 {
            Outcome::MethodNotAllowed(MethodSet {
                bits: seen,
                extra: &self.map.extra,
            })
        } else if mismatch {
            Outcome::WebSocketMismatch
        } else {
            Outcome::NotFound
        }
    }

    /// A redirect to a decoded path, given without its first slash.
    fn redirect_path<'s, 'p>(
        &self,
        text: &str,
        bytes: &[u8],
        slash: &str,
        query: Option<&str>,
    ) -> Outcome<'s, 'p, E> {
        let mut encoded = String::with_capacity(text.len() + 16);
        path::encode_decoded(text, bytes, &mut encoded);
        encoded.push_str(slash);
        Outcome::Redirect(Redirect {
            location: self.redirect_url(None, &encoded, query.unwrap_or(&self.query)),
        })
    }
}

fn protocol_bit(protocol: Protocol) -> u64 {
    match protocol {
        Protocol::Http => HTTP,
        Protocol::WebSocket => WEBSOCKET,
    }
}

/// Where the first segment begins: after the slashes at the beginning. A path that is empty has none: one after its end.
#[inline]
fn start(path: &[u8]) -> usize {
    match path {
        [b'/', other, ..] if *other != b'/' => 1,
        [] | [b'/'] => 1,
        _ => path.iter().take_while(|&&b| b == b'/').count(),
    }
}

/// A text and its bytes with single slashes; slashes inside segments stay.
fn merged(text: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let (mut text_out, mut bytes_out) = (
        String::with_capacity(text.len()),
        Vec::with_capacity(bytes.len()),
    );
    for (at, c) in text.char_indices() {
        let real = bytes.get(at) == Some(&b'/');
        if real && bytes_out.last() == Some(&b'/') {
            continue;
        }
        text_out.push(c);
        bytes_out.extend(bytes.get(at..at + c.len_utf8()).unwrap_or_default());
    }
    debug_assert!(!bytes_out.contains(&INNER_SLASH) || text_out.len() == bytes_out.len());
    (text_out, bytes_out)
}
