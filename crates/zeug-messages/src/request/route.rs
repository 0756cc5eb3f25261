//! Owns the way from a request to the rule that it is for: a map bound to the request, and its outcome as a match or an error. The rules stand in `zeug-routing`.

use http::{Method, StatusCode};
use zeug_datastructures::names;
use zeug_routing::{Bound, Incoming, Map, Match, Outcome, RoutingError, Target};
use zeug_urls::Host;

use super::Request;
use crate::{HttpError, redirect};

impl Request {
    /// The map, bound to this request's host, scheme, mount point, query and method: it finds the request's rule ([`route`](Self::route)) and builds URLs.
    ///
    /// # Errors
    ///
    /// 400 where the [`host`](Self::host) is not trusted or no name of the DNS.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::{HttpError, Request};
    /// use zeug_routing::{Map, Rule};
    ///
    /// fn name(map: &Map<&'static str>, path: &str) -> Result<String, HttpError> {
    ///     let raw = http::Request::get(path).header("host", "example.org").body(Body::empty())?;
    ///     let request = Request::from(raw);
    ///     let urls = request.bind(map)?;
    ///     let found = request.route(&urls)?;
    ///     assert_eq!(request.rule(), Some("/users/<name>"));
    ///     let name: &str = found.args().get("name")?;
    ///     Ok(format!("{} {name}", found.endpoint()))
    /// }
    ///
    /// let map = Map::builder().rule(Rule::new("/users/<name>", "user")).build()?;
    /// assert_eq!(name(&map, "/users/ada").unwrap(), "user ada");
    /// assert_eq!(name(&map, "/nobody").unwrap_err().status(), 404);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "bind_to_environ")]
    #[doc(alias = "url_for")]
    pub fn bind<'a, E>(&'a self, map: &'a Map<E>) -> Result<Bound<'a, E>, HttpError> {
        map.bind_incoming(&self.incoming()?).map_err(bad_host)
    }

    /// The map, bound as by [`bind`](Self::bind), where what the host has before `server_name` is the subdomain.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn bind_under<'a, E>(
        &'a self,
        map: &'a Map<E>,
        server_name: &'a str,
    ) -> Result<Bound<'a, E>, HttpError> {
        let incoming = self.incoming()?.server_name(server_name);
        map.bind_incoming(&incoming).map_err(bad_host)
    }

    fn incoming(&self) -> Result<Incoming<'_>, HttpError> {
        let host = self.host()?.map_or("", Host::as_str);
        let scheme = match self.scheme() {
            "https" | "wss" => "https",
            _ => "http",
        };
        let connection = self.field(names::CONNECTION).unwrap_or_default();
        let upgrade = self.field(names::UPGRADE).unwrap_or_default();
        let query = str::from_utf8(self.query_bytes()).ok();
        Ok(Incoming::new(host, scheme)
            .script_root(self.root_path())
            .query(query.or(self.uri().query()).unwrap_or_default())
            .method(self.method().as_str())
            .upgrade(&connection, &upgrade))
    }

    /// The rule that this request is for, with its arguments.
    ///
    /// # Errors
    ///
    /// 404 where no rule fits; 405 with `Allow` where rules fit for other methods; 400 where the rule is for WebSocket handshakes and this is none, or the other way
    /// round; a redirect (308) where another URL is the right one, which is sent as it is.
    #[doc(alias = "match")]
    pub fn route<'r, E>(&'r self, urls: &'r Bound<'_, E>) -> Result<Match<'r, 'r, E>, HttpError> {
        match urls.find(Target::new(self.raw_path())) {
            Outcome::Match(found) => {
                // A second map may be asked; the first rule that was found is the request's.
                let _ = self.rule.set(found.rule().as_str().into());
                Ok(found)
            }
            Outcome::Redirect(to) => {
                let code =
                    StatusCode::from_u16(to.code()).unwrap_or(StatusCode::PERMANENT_REDIRECT);
                Err(redirect(to.location()).with_status(code).into())
            }
            Outcome::MethodNotAllowed(methods) => {
                let methods = methods
                    .iter()
                    .filter_map(|method| Method::from_bytes(method.as_bytes()).ok());
                Err(HttpError::method_not_allowed(methods))
            }
            Outcome::WebSocketMismatch => Err(HttpError::new(StatusCode::BAD_REQUEST)),
            _ => Err(HttpError::new(StatusCode::NOT_FOUND)),
        }
    }

    /// The text of the rule that [`route`](Self::route) found first, for logs and metrics; `None` before.
    #[must_use]
    #[doc(alias = "url_rule")]
    pub fn rule(&self) -> Option<&str> {
        self.rule.get().map(|rule| &**rule)
    }
}

/// The host is the client's, so what is wrong with it is too.
fn bad_host(error: RoutingError) -> HttpError {
    HttpError::new(StatusCode::BAD_REQUEST).with_source(error)
}
