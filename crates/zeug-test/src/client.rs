//! Owns `Client`: an application, its cookies, and what every request has in common. It opens no socket unless it is a live server's.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Method, StatusCode};
use zeug_datastructures::{Headers, names};
use zeug_gateway::{Body, BodyErrorKind, Handler, HandlerExt, IntoHandler, Response};
use zeug_http::{HttpDate, SetCookie};

use crate::cookie::{Cause, Destination};
use crate::jar::Jar;
use crate::outgoing::Outgoing;
use crate::response::Sent;
use crate::url::{self, Base};
use crate::{Cookie, RequestBuilder, TestError, TestErrorKind, TestResponse};

/// An application as a test talks to it.
///
/// Requests go to the handler by a function call, on the test's own thread: no socket, no runtime, and a panic of the application is one of the
/// test, with its message and its backtrace. Cookies of answers are kept and sent again, as browsers do. With the feature `live` the same client talks to
/// a `LiveServer`.
///
/// Options that cannot be, such as a wrong base URL, are reported by the first request.
///
/// ```
/// use http::StatusCode;
/// use zeug_messages::{Request, Response};
/// use zeug_test::Client;
///
/// fn app(request: Request) -> Response {
///     match (request.raw_path(), request.cookies().get("user")) {
///         ("/login", _) => Response::text("welcome").try_with_header("Set-Cookie", "user=ada; HttpOnly").expect("a plain value"),
///         (_, Some(user)) => Response::text(format!("hello {user}")),
///         (_, None) => Response::text("who?").with_status(StatusCode::UNAUTHORIZED),
///     }
/// }
///
/// let client = Client::new(app);
/// client.get("/").send().assert_status(401);
/// client.post("/login").form([("user", "ada")]).send().assert_status(200);
/// client.get("/").send().assert_status(200).assert_text("hello ada");
/// ```
///
/// # Deviations
///
/// From Werkzeug's client: an absolute URL asks for its own host; attributes of cookies (`Secure`, `SameSite`, expiry, prefixes, foreign domains) are heeded as
/// browsers do, except that the machine itself counts as secure, as it does there; 20 redirects in a row are the most.
pub struct Client {
    transport: Transport,
    base: Result<Base, (TestErrorKind, String)>,
    headers: Result<Headers, (TestErrorKind, String)>,
    jar: Option<Mutex<Jar>>,
    follow: bool,
    pub(crate) subdomains: bool,
    max_answer: usize,
    body_limit: Option<u64>,
}

/// Where requests go.
enum Transport {
    App(Arc<dyn Handler>),
    #[cfg(feature = "live")]
    Live(crate::live::Remote),
}

impl Client {
    /// A client of this application, at `http://localhost/`.
    ///
    /// A layer around the application is around it in the tests, too: with `zeug_middleware::Lint::panicking()` each mistake against HTTP's rules fails the test that meets it, with the section
    /// of the rule.
    ///
    /// ```
    /// use zeug_gateway::{HandlerExt, IntoHandler};
    /// use zeug_messages::{Request, Response};
    /// use zeug_middleware::Lint;
    /// use zeug_test::Client;
    ///
    /// let app = |request: Request| match request.raw_path() {
    ///     "/" => Response::text("fine"),
    ///     _ => Response::default().with_status(http::StatusCode::UNAUTHORIZED), // without WWW-Authenticate
    /// };
    /// let client = Client::new(app.into_handler().with(Lint::panicking()));
    /// client.get("/").send().assert_status(200);
    ///
    /// let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.get("/private").send()));
    /// assert!(refused.is_err(), "GET /private, 401: www-authenticate: missing in 401 (RFC 9110 section 15.5.2)");
    /// ```
    #[must_use]
    pub fn new<M>(app: impl IntoHandler<M>) -> Self {
        Self::over(Transport::App(app.into_handler().shared()))
    }

    #[cfg(feature = "live")]
    pub(crate) fn live(remote: crate::live::Remote) -> Self {
        let url = format!("http://{}", remote.address());
        Self::over(Transport::Live(remote)).base_url(url)
    }

    fn over(transport: Transport) -> Self {
        Self {
            transport,
            base: Ok(Base::default()),
            headers: Ok(Headers::new()),
            jar: Some(Mutex::default()),
            follow: false,
            subdomains: false,
            // Enough for any page; a test that streams more reads it through `RequestBuilder::stream`.
            max_answer: 64 << 20,
            // The default of zeug's server.
            body_limit: Some(2 << 20),
        }
    }

    /// Sets scheme, host and the path that the application is mounted at: `https://example.org/app`.
    #[must_use]
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.base =
            Base::parse(url.as_ref()).map_err(|error| (error.kind(), url.as_ref().to_owned()));
        self
    }

    /// Adds a field to every request that does not set one of that name itself.
    #[must_use]
    #[doc(alias = "environ_base")]
    pub fn default_header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        if let Ok(headers) = &mut self.headers
            && headers.try_append(name.as_ref(), value).is_err()
        {
            self.headers = Err((TestErrorKind::InvalidField, name.as_ref().to_owned()));
        }
        self
    }

    /// Has the client keep no cookies and send none of its own.
    #[must_use]
    #[doc(alias = "use_cookies")]
    pub fn without_cookies(mut self) -> Self {
        self.jar = None;
        self
    }

    /// Has redirects of every request followed.
    #[must_use]
    pub fn follow_redirects(mut self) -> Self {
        self.follow = true;
        self
    }

    /// Has redirects from a host to its subdomains followed, too.
    #[must_use]
    pub fn allow_subdomain_redirects(mut self) -> Self {
        self.subdomains = true;
        self
    }

    /// Sets how many bytes an answer's body may have: 64 MiB unless set.
    #[must_use]
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }

    /// Sets the limit on each request's body that a server would set: 2 MiB, that of zeug's server, unless set. A live server has its own.
    #[must_use]
    pub fn body_limit(mut self, bytes: Option<u64>) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Begins a `GET` request.
    pub fn get(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::GET, target)
    }

    /// Begins a `POST` request.
    pub fn post(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::POST, target)
    }

    /// Begins a `PUT` request.
    pub fn put(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::PUT, target)
    }

    /// Begins a `DELETE` request.
    pub fn delete(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::DELETE, target)
    }

    /// Begins a `PATCH` request.
    pub fn patch(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::PATCH, target)
    }

    /// Begins an `OPTIONS` request.
    pub fn options(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::OPTIONS, target)
    }

    /// Begins a `HEAD` request.
    pub fn head(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::HEAD, target)
    }

    /// Begins a `TRACE` request.
    pub fn trace(&self, target: impl AsRef<str>) -> RequestBuilder<&Self> {
        self.request(Method::TRACE, target)
    }

    /// Begins a request of any method.
    pub fn request<M: TryInto<Method>>(
        &self,
        method: M,
        target: impl AsRef<str>,
    ) -> RequestBuilder<&Self> {
        RequestBuilder::begin(self, method, target.as_ref())
    }

    /// Goes on with a request that was begun elsewhere, or with an `http::Request`.
    pub fn open(&self, request: impl Into<RequestBuilder>) -> RequestBuilder<&Self> {
        request.into().with_client(self)
    }

    /// The cookie of that name that a request to the base URL would send.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies.
    #[must_use]
    #[track_caller]
    #[doc(alias = "get_cookie")]
    pub fn cookie(&self, name: &str) -> Option<Cookie> {
        self.cookie_at("/", name)
    }

    /// The cookie of that name that a request to that path or URL would send.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies, and for a URL that cannot be.
    #[must_use]
    #[track_caller]
    pub fn cookie_at(&self, target: impl AsRef<str>, name: &str) -> Option<Cookie> {
        let (base, path) = self.place(target.as_ref());
        let jar = self.jar();
        let sent = jar.sent_to(&destination(&base, &path, Cause::SameSite));
        sent.into_iter()
            .find(|cookie| cookie.name() == name)
            .cloned()
    }

    /// All cookies that are kept, in the order of their first coming.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies.
    #[must_use]
    #[track_caller]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.jar().all()
    }

    /// Stores a cookie as if an answer from the base URL had set it.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies, and for a cookie that browsers would not take: a foreign domain, a broken promise of its name.
    #[track_caller]
    pub fn set_cookie(&self, cookie: SetCookie<'_>) {
        self.set_cookie_at("/", cookie);
    }

    /// Stores a cookie as if an answer from that path or URL had set it.
    ///
    /// # Panics
    ///
    /// As [`set_cookie`](Self::set_cookie), and for a URL that cannot be.
    #[track_caller]
    pub fn set_cookie_at(&self, target: impl AsRef<str>, cookie: SetCookie<'_>) {
        let (base, path) = self.place(target.as_ref());
        let name = cookie.name().to_owned();
        let taken = HeaderValue::try_from(cookie).is_ok_and(|field| {
            self.jar().receive(
                field.as_bytes(),
                &destination(&base, &path, Cause::SameSite),
            )
        });
        assert!(
            taken,
            "{}",
            TestError::new(TestErrorKind::RefusedCookie, name)
        );
    }

    /// Forgets the cookie of that name that a request to the base URL would send.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies.
    #[track_caller]
    pub fn delete_cookie(&self, name: &str) {
        self.delete_cookie_at("/", name);
    }

    /// Forgets the cookie of that name that a request to that path or URL would send.
    ///
    /// # Panics
    ///
    /// As [`cookie_at`](Self::cookie_at).
    #[track_caller]
    pub fn delete_cookie_at(&self, target: impl AsRef<str>, name: &str) {
        if let Some(cookie) = self.cookie_at(target, name) {
            self.jar().remove(&cookie);
        }
    }

    /// Sets the time by which cookies end, so that a test need not wait; the system's unless set.
    ///
    /// # Panics
    ///
    /// Where the client keeps no cookies.
    #[track_caller]
    pub fn set_time(&self, now: HttpDate) {
        self.jar().time = Some(now);
    }

    #[track_caller]
    fn jar(&self) -> MutexGuard<'_, Jar> {
        let Some(jar) = &self.jar else {
            panic!("this client keeps no cookies (`Client::without_cookies`)");
        };
        // A jar is whole after each of its methods.
        jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The base and the whole path of a target.
    #[track_caller]
    fn place(&self, target: &str) -> (Base, String) {
        let place = self.base().and_then(|base| {
            let (other, uri) = url::target(target)?;
            let base = other.unwrap_or_else(|| base.clone());
            let path = format!("{}{}", base.root, uri.path());
            Ok((base, path))
        });
        match place {
            Ok(place) => place,
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn base(&self) -> Result<&Base, TestError> {
        again(&self.base)
    }

    pub(crate) fn default_headers(&self) -> Result<&Headers, TestError> {
        again(&self.headers)
    }

    pub(crate) fn follows_redirects(&self) -> bool {
        self.follow
    }

    /// Sends a request, and more while there are redirects to be followed.
    pub(crate) fn run(
        &self,
        mut outgoing: Outgoing,
        follow: bool,
    ) -> Result<TestResponse, TestError> {
        let mut trail = crate::redirect::Trail::default();
        loop {
            let response = self.exchange(&mut outgoing)?;
            let (parts, body) = response.into_parts();
            let bytes = body
                .into_bytes(self.max_answer)
                .map_err(|error| match error.kind() {
                    BodyErrorKind::TooLarge { .. } => {
                        let limit = self.max_answer;
                        TestError::new(TestErrorKind::AnswerTooLarge { limit }, "")
                    }
                    _ => {
                        TestError::because(TestErrorKind::Io, outgoing.head.uri.to_string(), error)
                    }
                })?;
            let location = follow.then(|| crate::redirect::location(&parts)).flatten();
            let Some(location) = location else {
                return Ok(TestResponse::new(
                    parts,
                    bytes,
                    Sent::from((outgoing.head, &outgoing.payload)),
                    trail.into_history(),
                ));
            };
            let answer = TestResponse::new(
                parts,
                bytes,
                Sent::from((outgoing.head.clone(), &outgoing.payload)),
                trail.history(),
            );
            outgoing.redirect(answer.status(), &location, self.subdomains)?;
            trail.add(answer, location)?;
        }
    }

    /// Sends one request with the jar's cookies and stores those of the answer.
    pub(crate) fn exchange(&self, outgoing: &mut Outgoing) -> Result<Response, TestError> {
        let below = match &*outgoing.head.base.root {
            "" => None,
            root => Some(format!("{root}{}", outgoing.head.uri.path())),
        };
        let mut cookies = outgoing.cookies.clone();
        if self.jar.is_some() {
            let jar = self.jar();
            if !jar.is_empty() {
                let path = below.as_deref().unwrap_or(outgoing.head.uri.path());
                let to = destination(&outgoing.head.base, path, outgoing.cause);
                jar.append_to(&mut cookies, &to);
            }
        }
        outgoing.set_cookies(&cookies)?;
        let response = self.transmit(outgoing)?;
        if self.jar.is_some() && response.headers().contains(names::SET_COOKIE) {
            let path = below.as_deref().unwrap_or(outgoing.head.uri.path());
            let from = destination(&outgoing.head.base, path, outgoing.cause);
            let mut jar = self.jar();
            for field in response.headers().get_all(names::SET_COOKIE) {
                jar.receive(field.as_bytes(), &from);
            }
        }
        Ok(response)
    }

    fn transmit(&self, outgoing: &mut Outgoing) -> Result<Response, TestError> {
        let mut body = outgoing.payload.body()?;
        match &self.transport {
            Transport::App(app) => {
                body.set_limit(self.body_limit);
                let extensions = outgoing.extensions.clone();
                let mut response = app.handle(outgoing.head.to_request(extensions, body));
                settle(&outgoing.head.method, &mut response);
                Ok(response)
            }
            #[cfg(feature = "live")]
            Transport::Live(remote) => remote.exchange(outgoing, body, self.max_answer),
        }
    }
}

/// The error of an option, each time that a request asks for it.
fn again<T>(option: &Result<T, (TestErrorKind, String)>) -> Result<&T, TestError> {
    option
        .as_ref()
        .map_err(|(kind, subject)| TestError::new(*kind, subject))
}

fn destination<'a>(base: &'a Base, path: &'a str, cause: Cause) -> Destination<'a> {
    Destination {
        host: base.host(),
        path,
        trustworthy: base.is_trustworthy(),
        cause,
    }
}

/// What a server does to an answer on its way out: no body where there may be none, and a length where it is known.
fn settle(method: &Method, response: &mut Response) {
    let status = response.status();
    let bodiless = status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if let Some(len) = response.body().len()
        && !bodiless
        && !response.headers().contains(names::CONTENT_LENGTH)
    {
        response
            .headers_mut()
            .append(names::CONTENT_LENGTH, &HeaderValue::from(len));
    }
    if bodiless || method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
}

// A test may look for the panic of an application: the jar is whole between two calls, and the application's state is its own to keep so.
impl UnwindSafe for Client {}
impl RefUnwindSafe for Client {}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match &self.base {
            Ok(base) => base.url(""),
            Err((_, url)) => url.clone(),
        };
        f.debug_struct("Client")
            .field("base", &base)
            .finish_non_exhaustive()
    }
}
