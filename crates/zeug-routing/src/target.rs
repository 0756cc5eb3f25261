//! What is looked for: a path with what differs from the binding, and what of a request a binding is made of. Checks nothing.

/// Whether a request is a WebSocket handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// It is not.
    #[default]
    Http,
    /// It is.
    WebSocket,
}

/// What is looked for: a path, and what differs from the binding.
///
/// A path comes either as it stands in the request target ([`new`](Self::new)), or as a gateway that decodes it hands it on
/// ([`decoded`](Self::decoded)). The first is split at its slashes and each segment is decoded once, so that `%2F` is part of a segment; in the
/// second every slash splits.
///
/// | in the target | path given to `new` | segments | path given to `decoded` | segments |
/// | --- | --- | --- | --- | --- |
/// | `/a%20b` | `/a%20b` | `a b` | `/a b` | `a b` |
/// | `/a%2Fb` | `/a%2Fb` | `a/b` | `/a/b` | `a`, `b` |
/// | `/a%252Fb` | `/a%252Fb` | `a%2Fb` | `/a%2Fb` | `a%2Fb` |
/// | `/%61` | `/%61` | `a` | `/a` | `a` |
/// | `/%FF` | `/%FF` | U+FFFD | `/\u{FFFD}` | U+FFFD |
#[derive(Debug, Clone, Copy, Default)]
pub struct Target<'p> {
    pub(crate) path: Option<&'p str>,
    pub(crate) decoded: bool,
    pub(crate) method: Option<&'p str>,
    pub(crate) query: Option<&'p str>,
    pub(crate) protocol: Option<Protocol>,
}

impl<'p> Target<'p> {
    /// A path as it stands in a request target, without the query.
    #[must_use]
    pub fn new(path: &'p str) -> Self {
        Self {
            path: Some(path),
            ..Self::default()
        }
    }

    /// A path that is percent-decoded already.
    #[must_use]
    pub fn decoded(path: &'p str) -> Self {
        Self {
            path: Some(path),
            decoded: true,
            ..Self::default()
        }
    }

    /// The path the map is bound to, which is decoded.
    #[must_use]
    pub fn bound() -> Self {
        Self {
            decoded: true,
            ..Self::default()
        }
    }

    /// Sets the method; the binding's default unless set.
    #[must_use]
    pub fn method(mut self, method: &'p str) -> Self {
        self.method = Some(method);
        self
    }

    /// Sets the query that redirects keep, as it stands in the request target; the binding's unless set.
    #[must_use]
    pub fn query(mut self, query: &'p str) -> Self {
        self.query = Some(query);
        self
    }

    /// Says whether this is a WebSocket handshake; as the binding's scheme says unless set.
    #[must_use]
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }
}

impl<'p> From<&'p str> for Target<'p> {
    fn from(path: &'p str) -> Self {
        Self::new(path)
    }
}

/// What of a request a binding is made of: [`Map::bind_incoming`](crate::Map::bind_incoming).
#[derive(Debug, Clone, Copy, Default)]
pub struct Incoming<'a> {
    pub(crate) host: &'a str,
    pub(crate) scheme: &'a str,
    pub(crate) server_name: Option<&'a str>,
    pub(crate) subdomain: Option<&'a str>,
    pub(crate) script_root: &'a str,
    pub(crate) path: Option<&'a str>,
    pub(crate) query: &'a str,
    pub(crate) method: Option<&'a str>,
    pub(crate) websocket: bool,
}

impl<'a> Incoming<'a> {
    /// A request with that `Host` field's value, or the address of the server where there is none, and that scheme (`http` or `https`).
    ///
    /// A value that is no host counts as empty; a port that is the scheme's own is dropped.
    #[must_use]
    pub fn new(host: &'a str, scheme: &'a str) -> Self {
        Self {
            host,
            scheme,
            ..Self::default()
        }
    }

    /// Sets the name of the server; what the host has before it is the subdomain. The host itself unless set.
    #[must_use]
    pub fn server_name(mut self, name: &'a str) -> Self {
        self.server_name = Some(name);
        self
    }

    /// Sets the subdomain, which else comes from the host.
    #[must_use]
    pub fn subdomain(mut self, subdomain: &'a str) -> Self {
        self.subdomain = Some(subdomain);
        self
    }

    /// Sets the path that the program is mounted at.
    #[must_use]
    pub fn script_root(mut self, root: &'a str) -> Self {
        self.script_root = root;
        self
    }

    /// Sets the percent-decoded path below the script root.
    #[must_use]
    pub fn path(mut self, path: &'a str) -> Self {
        self.path = Some(path);
        self
    }

    /// Sets the query.
    #[must_use]
    pub fn query(mut self, query: &'a str) -> Self {
        self.query = query;
        self
    }

    /// Sets the method.
    #[must_use]
    pub fn method(mut self, method: &'a str) -> Self {
        self.method = Some(method);
        self
    }

    /// Sets the values of the fields `Connection` and `Upgrade`, which tell a WebSocket handshake
    /// ([RFC 6455, section 4.2.1](https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1)).
    #[must_use]
    pub fn upgrade(mut self, connection: &str, upgrade: &str) -> Self {
        let asks = connection.split(',').any(|token| {
            token
                .trim_matches([' ', '\t'])
                .eq_ignore_ascii_case("upgrade")
        });
        self.websocket = asks && upgrade.eq_ignore_ascii_case("websocket");
        self
    }
}
