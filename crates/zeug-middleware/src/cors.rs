//! Owns `Cors`: who of other origins may read answers, by the Fetch standard. It refuses no request: browsers do, where nothing allows them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway::{Body, Handler, Layer, Request, Response};
use zeug_http::{AllowOrigin, FieldList};

use crate::field_list::{add_vary, joined};
use crate::{MiddlewareError, MiddlewareErrorKind};

/// How many names of a preflight are given back at the most, where any is allowed.
const MOST_NAMES: usize = 100;

/// A [`Layer`] that lets pages of other origins read answers ([the CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol) of the Fetch standard).
///
/// It is made by who is allowed: [`origins`](Self::origins), [`origins_if`](Self::origins_if) or [`any_origin`](Self::any_origin). Then, for requests that are not
/// [simple](https://fetch.spec.whatwg.org/#cors-safelisted-method), by methods and fields. A [preflight](https://fetch.spec.whatwg.org/#cors-preflight-request), which is `OPTIONS` with `Origin` and
/// `Access-Control-Request-Method`, is answered here with 204; every other request reaches the handler, `OPTIONS` too. An origin that is not allowed is never given back: its answer has no field of
/// CORS, and the browser does the rest.
///
/// | origins | `Access-Control-Allow-Origin` | `Vary: Origin` |
/// | --- | --- | --- |
/// | any | `*` in each answer | never: the answer is the same for all |
/// | listed, or by a function | the request's own, where it is allowed | always, for requests without `Origin` too: a cache may serve the answer to others ([Fetch](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches)) |
///
/// A handler that sets `Access-Control-Allow-Origin` itself is left its way; only `Vary` is added.
///
/// # Security
///
/// CORS loosens what browsers forbid; it protects no server. Requests that change something need a token or a look at `Origin` of their own.
///
/// # Example
///
/// ```
/// use http::Method;
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::Cors;
///
/// let cors = Cors::origins(["https://app.example"])?.methods([Method::PUT]).headers(["content-type"])?.credentials()?;
/// let app = (|_: Request| "data").into_handler().with(cors);
/// let asks = |origin: &str| app.handle(http::Request::get("/").header("origin", origin).body(()).unwrap().into());
/// assert_eq!(asks("https://app.example").headers().get("access-control-allow-origin").unwrap(), "https://app.example");
/// assert!(asks("https://app.example.evil.test").headers().get("access-control-allow-origin").is_none());
///
/// assert!(Cors::any_origin().credentials().is_err(), "every site could read what is the user's");
/// # Ok::<(), zeug_middleware::MiddlewareError>(())
/// ```
#[derive(Clone)]
#[doc(alias = "CorsLayer")]
#[doc(alias = "flask_cors")]
pub struct Cors {
    origins: Origins,
    methods: Names,
    headers: Names,
    exposed: String,
    max_age: Option<Duration>,
    credentials: bool,
    private_network: bool,
}

/// Whether an origin may read the answer to a request.
type Allowed = dyn Fn(&str, &Request) -> bool + Send + Sync;

#[derive(Clone)]
enum Origins {
    Any,
    Listed(Vec<String>),
    If(Arc<Allowed>),
}

/// What a preflight is told that a request may have.
#[derive(Clone, Debug)]
enum Names {
    /// Those that were asked for.
    Asked,
    /// These, as the field has them.
    Listed(String),
}

impl Cors {
    fn new(origins: Origins) -> Self {
        Self {
            origins,
            methods: Names::Listed(String::new()),
            headers: Names::Listed(String::new()),
            exposed: String::new(),
            max_age: None,
            credentials: false,
            private_network: false,
        }
    }

    /// Pages of every origin may read answers: for what is public.
    #[must_use]
    pub fn any_origin() -> Self {
        Self::new(Origins::Any)
    }

    /// Pages of these origins may read answers: `https://app.example`, `http://localhost:5173`, `null`. They are compared byte for byte, as browsers do: in lower case, without a slash at the end and without the scheme's own port.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`](MiddlewareErrorKind::InvalidOrigin) with the item's number for what no browser sends: no scheme, a path, upper case, the scheme's own port, the star.
    pub fn origins<T: AsRef<str>>(
        origins: impl IntoIterator<Item = T>,
    ) -> Result<Self, MiddlewareError> {
        let mut listed = Vec::new();
        for (at, origin) in origins.into_iter().enumerate() {
            if !is_origin(origin.as_ref()) {
                return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidOrigin, at));
            }
            listed.push(origin.as_ref().to_owned());
        }
        Ok(Self::new(Origins::Listed(listed)))
    }

    /// Pages of the origins for which `allowed` says so may read answers; it is given the origin and the request. Compare whole hosts: an origin that ends in `example.org` may be `https://evilexample.org`.
    ///
    /// ```
    /// use zeug_middleware::Cors;
    ///
    /// let cors = Cors::origins_if(|origin, request| origin.ends_with(".example.org") && request.uri().path().starts_with("/api/"));
    /// # let _ = cors;
    /// ```
    pub fn origins_if(allowed: impl Fn(&str, &Request) -> bool + Send + Sync + 'static) -> Self {
        Self::new(Origins::If(Arc::new(allowed)))
    }

    /// Allows these methods; GET, HEAD and POST are always.
    #[must_use]
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        let methods: Vec<_> = methods.into_iter().collect();
        let methods: Vec<_> = methods.iter().map(Method::as_str).collect();
        self.methods = Names::Listed(methods.join(", "));
        self
    }

    /// Allows whichever method is asked for.
    #[must_use]
    pub fn any_method(mut self) -> Self {
        self.methods = Names::Asked;
        self
    }

    /// Allows these fields of requests, beside the [few](https://fetch.spec.whatwg.org/#cors-safelisted-request-header) that always are.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) with the item's number for what is no field name, or the star: that is [`any_header`](Self::any_header).
    pub fn headers<T: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = T>,
    ) -> Result<Self, MiddlewareError> {
        self.headers = Names::Listed(list(names, |name| name != "*")?);
        Ok(self)
    }

    /// Allows whichever fields are asked for, `Authorization` too, which a star would not ([Fetch](https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name)). They are given back by name, so this goes with credentials.
    #[must_use]
    pub fn any_header(mut self) -> Self {
        self.headers = Names::Asked;
        self
    }

    /// Lets pages read these fields of answers, beside the [few](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name) that they always may; the star for all.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) with the item's number for what is no field name; [`StarWithCredentials`](MiddlewareErrorKind::StarWithCredentials).
    pub fn expose<T: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = T>,
    ) -> Result<Self, MiddlewareError> {
        self.exposed = list(names, |_| true)?;
        self.checked()
    }

    /// Lets browsers remember the answer to a preflight for that long; they have their own most, two hours or a day. Without it they remember it for five seconds.
    #[must_use]
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = Some(time);
        self
    }

    /// Lets pages send cookies and passwords, and read the answers to those.
    ///
    /// # Errors
    ///
    /// [`StarWithCredentials`](MiddlewareErrorKind::StarWithCredentials) for [`any_origin`](Self::any_origin) and for all fields exposed: browsers
    /// [refuse that](https://fetch.spec.whatwg.org/#cors-protocol-and-credentials), and whoever gets around it by giving back every origin lets every site act as the user.
    pub fn credentials(mut self) -> Result<Self, MiddlewareError> {
        self.credentials = true;
        self.checked()
    }

    /// Lets pages of the internet reach this server in a private network, where a browser asks by `Access-Control-Request-Private-Network`
    /// ([draft](https://wicg.github.io/private-network-access/)); few still do.
    #[must_use]
    pub fn private_network(mut self) -> Self {
        self.private_network = true;
        self
    }

    fn checked(self) -> Result<Self, MiddlewareError> {
        let star = matches!(self.origins, Origins::Any)
            || self.exposed.split(", ").any(|name| name == "*");
        if self.credentials && star {
            return Err(MiddlewareError::new(
                MiddlewareErrorKind::StarWithCredentials,
                0,
            ));
        }
        Ok(self)
    }

    /// The value of `Access-Control-Allow-Origin` for this request.
    fn allowed(&self, request: &Request) -> Option<Cow<'_, str>> {
        let sent = || {
            let mut sent = request.headers().get_all(names::ORIGIN);
            let origin = sent.next()?;
            // Two of them are no browser's.
            sent.next().is_none().then(|| origin.to_utf8_lossy())
        };
        match &self.origins {
            Origins::Any => Some(Cow::Borrowed("*")),
            Origins::Listed(origins) => {
                let sent = sent()?;
                let same = origins.iter().find(|origin| **origin == *sent);
                same.map(|origin| Cow::Borrowed(origin.as_str()))
            }
            Origins::If(allowed) => {
                let sent = sent()?;
                let is_one = AllowOrigin::parse(&sent).is_ok_and(|sent| sent != AllowOrigin::Any);
                (is_one && allowed(&sent, request)).then(|| Cow::Owned(sent.into_owned()))
            }
        }
    }

    /// What preflights and other answers have alike.
    fn tell(&self, fields: &mut Headers, allowed: Option<&str>) {
        let Some(origin) = allowed else {
            return;
        };
        // It came out of a field, or is the star.
        let _ = fields.try_insert(names::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            fields.insert(
                names::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                FieldValue::from_static("true"),
            );
        }
    }

    fn preflight(&self, request: &Request) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let fields = response.headers_mut();
        let allowed = self.allowed(request);
        self.vary(fields);
        let told = [
            (
                names::ACCESS_CONTROL_REQUEST_METHOD,
                names::ACCESS_CONTROL_ALLOW_METHODS,
                &self.methods,
            ),
            (
                names::ACCESS_CONTROL_REQUEST_HEADERS,
                names::ACCESS_CONTROL_ALLOW_HEADERS,
                &self.headers,
            ),
        ];
        for (asked, answer, names) in told {
            let names = match names {
                Names::Listed(names) => names.clone(),
                Names::Asked => {
                    add_vary(fields, asked.as_str());
                    asked_names(request, asked)
                }
            };
            if allowed.is_some() && !names.is_empty() {
                // Names that were checked.
                let _ = fields.try_insert(answer, names);
            }
        }
        self.tell(fields, allowed.as_deref());
        if allowed.is_none() {
            return response;
        }
        if let Some(time) = self.max_age {
            let _ = fields.try_insert(names::ACCESS_CONTROL_MAX_AGE, time.as_secs().to_string());
        }
        let asks_private = request
            .headers()
            .get("access-control-request-private-network")
            .is_some_and(|value| value == "true");
        if self.private_network && asks_private {
            let _ = fields.try_insert("Access-Control-Allow-Private-Network", "true");
        }
        response
    }

    fn vary(&self, fields: &mut Headers) {
        if !matches!(self.origins, Origins::Any) {
            add_vary(fields, "Origin");
        }
    }
}

impl fmt::Debug for Cors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins: &dyn fmt::Debug = match &self.origins {
            Origins::Any => &"*",
            Origins::Listed(origins) => origins,
            Origins::If(_) => &"by a function",
        };
        f.debug_struct("Cors")
            .field("origins", origins)
            .field("methods", &self.methods)
            .field("headers", &self.headers)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// Whether a browser could send that origin ([HTML](https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin)).
fn is_origin(text: &str) -> bool {
    if text == "null" {
        return true;
    }
    let Some((scheme, host)) = text.split_once("://") else {
        return false;
    };
    let usual_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "://",
    };
    let fits = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
    };
    !host.is_empty()
        && !host.ends_with(usual_port)
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| fits(byte) || byte == b'+')
        && host.bytes().all(fits)
}

/// The names as one list, where all are field names and `also` holds.
fn list<T: AsRef<str>>(
    names: impl IntoIterator<Item = T>,
    also: impl Fn(&str) -> bool,
) -> Result<String, MiddlewareError> {
    let mut all = String::new();
    for (at, name) in names.into_iter().enumerate() {
        let name = name.as_ref();
        if FieldName::parse(name).is_err() || !also(name) {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidField, at));
        }
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(name);
    }
    Ok(all)
}

/// The names that a preflight asks for, those that are names at all.
fn asked_names(request: &Request, field: FieldName<'static>) -> String {
    let text = joined(request.headers(), field).unwrap_or_default();
    let names = FieldList::parse(&text);
    let fits = |name: &&str| *name != "*" && FieldName::parse(name).is_ok();
    let names: Vec<_> = names.iter().filter(fits).take(MOST_NAMES).collect();
    names.join(", ")
}

impl<H: Handler> Layer<H> for Cors {
    type Handler = CorsChecked<H>;

    fn layer(self, inner: H) -> CorsChecked<H> {
        CorsChecked {
            settings: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`Cors`] makes.
#[derive(Clone, Debug)]
pub struct CorsChecked<H> {
    settings: Cors,
    inner: H,
}

impl<H: Handler> Handler for CorsChecked<H> {
    fn handle(&self, request: Request) -> Response {
        let fields = request.headers();
        let is_preflight = *request.method() == Method::OPTIONS
            && fields.contains(names::ORIGIN)
            && fields.contains(names::ACCESS_CONTROL_REQUEST_METHOD);
        if is_preflight {
            return self.settings.preflight(&request);
        }
        let allowed = self.settings.allowed(&request);
        let mut response = self.inner.handle(request);
        let fields = response.headers_mut();
        self.settings.vary(fields);
        if fields.contains(names::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return response;
        }
        self.settings.tell(fields, allowed.as_deref());
        if allowed.is_some() && !self.settings.exposed.is_empty() {
            let _ = fields.try_insert(names::ACCESS_CONTROL_EXPOSE_HEADERS, &self.settings.exposed);
        }
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
