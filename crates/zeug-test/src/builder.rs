//! Owns `RequestBuilder`: every option of a request that a test makes. It sends nothing itself; a mistake is kept and reported when the request is made.

use std::fmt::{self, Display};
use std::net::{Ipv4Addr, SocketAddr};

use http::{Extensions, Method, Uri, Version};
use zeug_datastructures::{Headers, names};
use zeug_gateway::{Body, Request, Response};
use zeug_http::{Authorization, ContentType, Cookies};
use zeug_urls::encode_query;

use crate::body::{Content, Payload, multipart, urlencoded};
use crate::cookie::Cause;
use crate::outgoing::{Head, Outgoing, append};
use crate::url::{self, Base};
use crate::{Client, FilePart, TestError, TestErrorKind, TestResponse};

/// A request being made: by itself, or for the [`Client`] that `C` is.
///
/// A client's methods ([`get`](Client::get), [`post`](Client::post), ...) begin one that [`send`](Self::send) sends; [`new`](RequestBuilder::new) begins one that
/// [`build`](Self::build) makes the request of that a handler is given. Nothing is shared between two builders.
///
/// ```
/// use zeug_test::{RequestBuilder, TestErrorKind};
///
/// let request = RequestBuilder::new("POST", "/läden?page=2").base_url("https://example.org").form([("a", 1)]).build()?;
/// assert_eq!(request.uri(), "/l%C3%A4den?page=2");
/// assert_eq!(request.headers().get("host").unwrap(), "example.org");
/// assert_eq!(request.headers().get("content-type").unwrap(), "application/x-www-form-urlencoded");
/// assert_eq!(request.body().as_bytes(), Some(&b"a=1"[..]));
///
/// let refused = RequestBuilder::new("POST", "/").body("text").form([("a", 1)]).build().unwrap_err();
/// assert_eq!(refused.kind(), TestErrorKind::BodyTwice);
/// # Ok::<(), zeug_test::TestError>(())
/// ```
#[must_use = "a request does nothing before it is sent or built"]
#[doc(alias = "EnvironBuilder")]
pub struct RequestBuilder<C = ()> {
    client: C,
    method: Method,
    target: Uri,
    base: Option<Base>,
    query: Option<String>,
    headers: Headers,
    cookies: String,
    content: Content,
    extensions: Extensions,
    peer: SocketAddr,
    version: Version,
    follow: bool,
    cause: Cause,
    error: Option<TestError>,
}

impl RequestBuilder {
    /// A request of this method and path, which may hold a query; or for an absolute URL.
    ///
    /// Text that is no URI yet is encoded: `/föö bar` asks for `/f%C3%B6%C3%B6%20bar`.
    pub fn new<M: TryInto<Method>>(method: M, target: impl AsRef<str>) -> Self {
        RequestBuilder::begin((), method, target.as_ref())
    }

    /// The request, with the fields that a server would have received.
    ///
    /// # Errors
    ///
    /// The first mistake that was made, by its kind; a form that cannot be written, a file that cannot be read.
    #[doc(alias = "get_environ")]
    #[doc(alias = "get_request")]
    #[doc(alias = "create_environ")]
    pub fn build(self) -> Result<Request, TestError> {
        let (mut outgoing, ()) = self.finish(&Base::default(), &Headers::new())?;
        let cookies = std::mem::take(&mut outgoing.cookies);
        outgoing.set_cookies(&cookies)?;
        let body = outgoing.payload.body()?;
        Ok(outgoing.head.to_request(outgoing.extensions, body))
    }
}

impl RequestBuilder<&Client> {
    /// Sends the request and gives the answer, read to its end.
    ///
    /// # Panics
    ///
    /// Where [`try_send`](Self::try_send) gives an error, with its text. A panic of the application goes through.
    #[track_caller]
    #[doc(alias = "open")]
    pub fn send(self) -> TestResponse {
        match self.try_send() {
            Ok(answer) => answer,
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends the request and gives the answer, read to its end.
    ///
    /// # Errors
    ///
    /// A mistake in the request; a redirect that is to be followed and cannot be; an answer that is too large or fails while it is read.
    pub fn try_send(mut self) -> Result<TestResponse, TestError> {
        let client = self.client;
        let follow = std::mem::take(&mut self.follow) || client.follows_redirects();
        let (outgoing, _) = self.finish(client.base()?, client.default_headers()?)?;
        client.run(outgoing, follow)
    }

    /// Sends the request and gives the answer with its body still to be read; no redirect is followed.
    ///
    /// # Errors
    ///
    /// A mistake in the request.
    #[doc(alias = "buffered")]
    pub fn stream(self) -> Result<Response, TestError> {
        let client = self.client;
        let (mut outgoing, _) = self.finish(client.base()?, client.default_headers()?)?;
        client.exchange(&mut outgoing)
    }
}

impl<C> RequestBuilder<C> {
    pub(crate) fn begin<M: TryInto<Method>>(client: C, method: M, target: &str) -> Self {
        let mut builder = Self {
            client,
            method: Method::GET,
            target: Uri::default(),
            base: None,
            query: None,
            headers: Headers::new(),
            cookies: String::new(),
            content: Content::None,
            extensions: Extensions::new(),
            peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            version: Version::HTTP_11,
            follow: false,
            cause: Cause::SameSite,
            error: None,
        };
        match method.try_into() {
            Ok(method) => builder.method = method,
            Err(_) => builder.fail(TestError::new(TestErrorKind::InvalidField, "the method")),
        }
        match url::target(target) {
            Ok((base, target)) => (builder.base, builder.target) = (base, target),
            Err(error) => builder.fail(error),
        }
        builder
    }

    pub(crate) fn with_client<D>(self, client: D) -> RequestBuilder<D> {
        RequestBuilder {
            client,
            method: self.method,
            target: self.target,
            base: self.base,
            query: self.query,
            headers: self.headers,
            cookies: self.cookies,
            content: self.content,
            extensions: self.extensions,
            peer: self.peer,
            version: self.version,
            follow: self.follow,
            cause: self.cause,
            error: self.error,
        }
    }

    /// Keeps the first mistake.
    fn fail(&mut self, error: TestError) {
        self.error.get_or_insert(error);
    }

    /// Sets scheme, host and the path that the application is mounted at: `https://example.org/app`. That of the client unless set.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        match Base::parse(url.as_ref()) {
            Ok(base) => self.base = Some(base),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds arguments to the query. A path that has a query already is a mistake.
    #[doc(alias = "query_string")]
    #[doc(alias = "args")]
    pub fn query<K: AsRef<str>, V: Display>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let encoded = encode_query(
            pairs
                .into_iter()
                .map(|(name, value)| (name, value.to_string())),
        );
        let query = self.query.get_or_insert_default();
        if !query.is_empty() && !encoded.is_empty() {
            query.push('&');
        }
        query.push_str(&encoded);
        if self.target.query().is_some() {
            self.fail(TestError::new(
                TestErrorKind::QueryTwice,
                self.target.to_string(),
            ));
        }
        self
    }

    /// Adds a field; those of that name stay.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        if let Err(error) = self.headers.try_append(name, value) {
            self.fail(TestError::because(TestErrorKind::InvalidField, name, error));
        }
        self
    }

    /// Sets the content type, in place of the one that the body brings with it.
    ///
    /// `multipart/form-data` has a form without files written as multipart too.
    #[doc(alias = "mimetype")]
    pub fn content_type(mut self, content_type: impl AsRef<str>) -> Self {
        if let Err(error) = self
            .headers
            .try_insert(names::CONTENT_TYPE, content_type.as_ref())
        {
            self.fail(TestError::because(
                TestErrorKind::InvalidField,
                "Content-Type",
                error,
            ));
        }
        self
    }

    /// Adds credentials of the Basic scheme. A user name with a colon is a mistake.
    #[doc(alias = "auth")]
    pub fn basic_auth(mut self, username: &str, password: &str) -> Self {
        match Authorization::basic(username, password) {
            Ok(credentials) => self.authorization(&credentials),
            Err(error) => {
                self.fail(TestError::because(
                    TestErrorKind::InvalidField,
                    "Authorization",
                    error,
                ));
                self
            }
        }
    }

    /// Adds credentials.
    pub fn authorization(self, credentials: &Authorization<'_>) -> Self {
        self.header("Authorization", credentials.to_string())
    }

    /// Adds a cookie to this request and those that it is redirected to, before those of the client. Values are quoted where they must be.
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        let mut cookies = Cookies::parse(&self.cookies).into_owned();
        match cookies.push(name, value) {
            Ok(()) => self.cookies = cookies.to_string(),
            Err(error) => self.fail(TestError::because(
                TestErrorKind::InvalidField,
                "Cookie",
                error,
            )),
        }
        self
    }

    /// Sets the body: text, bytes, or a [`Body`] of a reader or of chunks. It brings no content type.
    ///
    /// A stream is sent once: a redirect that wants it again is an error.
    #[doc(alias = "data")]
    #[doc(alias = "input_stream")]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.set_content(Content::Ready(Payload::of(body.into())), "body");
        self
    }

    /// Sets the body to a value's JSON, with the content type `application/json`.
    #[cfg(feature = "json")]
    pub fn json(mut self, value: &(impl serde::Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => {
                self.set_content(Content::Ready(Payload::Bytes(json.into())), "json");
                if !self.headers.contains(names::CONTENT_TYPE) {
                    self.headers.append(
                        names::CONTENT_TYPE,
                        zeug_datastructures::FieldValue::from_static("application/json"),
                    );
                }
            }
            Err(error) => self.fail(TestError::because(
                TestErrorKind::InvalidBody,
                "json",
                error,
            )),
        }
        self
    }

    /// Adds fields to the form that is the body: `application/x-www-form-urlencoded`, or `multipart/form-data` where there is a file.
    #[doc(alias = "data")]
    pub fn form<K: Into<String>, V: Display>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.to_string()));
        if let Content::Form { fields, .. } = &mut self.content {
            fields.extend(pairs);
        } else {
            let form = Content::Form {
                fields: pairs.collect(),
                files: Vec::new(),
            };
            self.set_content(form, "form");
        }
        self
    }

    /// Adds a file to the form that is the body: `(filename, bytes)` or another [`FilePart`].
    ///
    /// The body is written when the request is made, above 500 KiB to a temporary file.
    #[doc(alias = "files")]
    pub fn file(mut self, name: impl Into<String>, file: impl Into<FilePart>) -> Self {
        let part = (name.into(), file.into());
        if let Content::Form { files, .. } = &mut self.content {
            files.push(part);
        } else {
            let form = Content::Form {
                fields: Vec::new(),
                files: vec![part],
            };
            self.set_content(form, "file");
        }
        self
    }

    fn set_content(&mut self, content: Content, what: &str) {
        if !matches!(self.content, Content::None) {
            self.fail(TestError::new(TestErrorKind::BodyTwice, what));
        }
        self.content = content;
    }

    /// Adds an extension to the `http::Request`, as middleware does. A live server cannot be given one.
    #[doc(alias = "environ_overrides")]
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// Sets the address that the request comes from: 127.0.0.1 and port 0 unless set. A live server sees the socket's.
    #[doc(alias = "REMOTE_ADDR")]
    pub fn peer(mut self, address: SocketAddr) -> Self {
        self.peer = address;
        self
    }

    /// Sets the protocol version: HTTP/1.1 unless set.
    #[doc(alias = "server_protocol")]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Says that another site caused the request: by a link for `GET` and `HEAD`, by a form for the other methods.
    ///
    /// The client's cookies are then sent as their `SameSite` allows (what says nothing is lax), and `Sec-Fetch-Site: cross-site` is added.
    pub fn cross_site(mut self) -> Self {
        self.cause = match self.method {
            Method::GET | Method::HEAD => Cause::Link,
            _ => Cause::Other,
        };
        self.header("Sec-Fetch-Site", "cross-site")
    }

    /// Has redirects followed; the answers before the last are its [`history`](TestResponse::history).
    pub fn follow_redirects(mut self) -> Self {
        self.follow = true;
        self
    }

    /// The request as it is sent, and the client.
    fn finish(mut self, base: &Base, defaults: &Headers) -> Result<(Outgoing, C), TestError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let base = self.base.unwrap_or_else(|| base.clone());
        if let Some(query) = self.query.filter(|query| !query.is_empty()) {
            let target = format!("{}?{query}", self.target.path());
            self.target = target
                .parse()
                .map_err(|error| TestError::because(TestErrorKind::InvalidUrl, target, error))?;
        }
        let (payload, content_type) = settle(self.content, &self.headers)?;
        let mut headers = Headers::with_capacity(self.headers.len() + defaults.len() + 4);
        if !self.headers.contains(names::HOST) {
            append(&mut headers, names::HOST, base.authority.as_bytes())?;
        }
        for (name, value) in defaults
            .iter()
            .filter(|(name, _)| !self.headers.contains(*name))
        {
            headers.append(name, value);
        }
        for (name, value) in &self.headers {
            headers.append(name, value);
        }
        if let Some(content_type) = content_type {
            headers
                .try_insert(names::CONTENT_TYPE, content_type)
                .map_err(|error| {
                    TestError::because(TestErrorKind::InvalidField, "Content-Type", error)
                })?;
        }
        if !headers.contains(names::CONTENT_LENGTH) && !headers.contains(names::TRANSFER_ENCODING) {
            let expected = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
            match payload.len() {
                Some(0) if !expected => {}
                Some(len) => append(
                    &mut headers,
                    names::CONTENT_LENGTH,
                    len.to_string().as_bytes(),
                )?,
                None => append(&mut headers, names::TRANSFER_ENCODING, b"chunked")?,
            }
        }
        let outgoing = Outgoing {
            own_cookie_field: headers.contains(names::COOKIE),
            head: Head {
                method: self.method,
                base,
                uri: self.target,
                version: self.version,
                headers,
                peer: self.peer,
            },
            cookies: self.cookies,
            payload,
            extensions: self.extensions,
            cause: self.cause,
        };
        Ok((outgoing, self.client))
    }
}

impl<B: Into<Body>> From<http::Request<B>> for RequestBuilder {
    /// The same request, to be changed or sent.
    fn from(request: http::Request<B>) -> Self {
        Request::from(request).into()
    }
}

impl From<Request> for RequestBuilder {
    /// The same request, to be changed or sent.
    #[doc(alias = "from_environ")]
    fn from(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let mut builder = Self::new(parts.method, parts.uri.to_string());
        let host = parts
            .headers
            .get(names::HOST)
            .and_then(|host| host.to_str().ok());
        if let (None, Some(host)) = (&builder.base, host) {
            let scheme = parts.received.scheme();
            builder.base = Base::parse(&format!("{scheme}://{host}")).ok();
        }
        if let Some(peer) = parts.received.peer() {
            builder.peer = peer;
        }
        builder.headers = parts.headers;
        if builder.base.is_some() {
            builder.headers.remove(names::HOST);
        }
        builder.version = parts.version;
        builder.extensions = parts.extensions;
        if body.len() != Some(0) {
            builder.content = Content::Ready(Payload::of(body));
        }
        builder
    }
}

impl<C> fmt::Debug for RequestBuilder<C> {
    /// Method and target; no field and no byte of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("method", &self.method)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// The body to send, and the content type that it brings with it.
fn settle(content: Content, headers: &Headers) -> Result<(Payload, Option<String>), TestError> {
    let (fields, files) = match content {
        Content::None => return Ok((Payload::None, None)),
        Content::Ready(payload) => return Ok((payload, None)),
        Content::Form { fields, files } => (fields, files),
    };
    let given = headers
        .get(names::CONTENT_TYPE)
        .map(|value| value.to_latin1());
    let given = given.as_deref().map(ContentType::parse);
    let as_multipart = given
        .as_ref()
        .is_some_and(|given| given.is("multipart/form-data"));
    if !files.is_empty() || as_multipart {
        let boundary = given.as_ref().and_then(ContentType::boundary);
        let (payload, content_type) = multipart(boundary, fields, files)?;
        return Ok((payload, Some(content_type)));
    }
    let own = given
        .is_none()
        .then(|| "application/x-www-form-urlencoded".to_owned());
    Ok((urlencoded(&fields), own))
}
