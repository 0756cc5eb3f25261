//! Owns `Request`: the raw request, and what is parsed of it when it is asked for. It trusts no forwarded field: middleware does, where told to.

mod content;
mod failure;
mod fields;
#[cfg(feature = "forms")]
mod form;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "routing")]
mod route;
mod site;
mod target;

use std::cell::{OnceCell, RefCell};
use std::fmt;

use http::{Extensions, Method, Uri, Version};
use zeug_datastructures::{HeaderError, Headers, MultiDict};
use zeug_gateway::{self as gateway, Body, FromRequest, Received};
use zeug_urls::Host;

use content::Content;
use failure::Failure;
#[cfg(feature = "forms")]
pub use form::FormOptions;
pub use site::Site;

/// A request as a handler sees it.
///
/// Arguments, host, cookies, body and form are parsed when they are first asked for, and once. A field of the head is read each time it is asked for: its type
/// is a view that costs next to nothing. What was refused is an [`HttpError`](crate::HttpError) with the status that suits it, the same at each call, so that `?` is all that
/// a handler needs.
///
/// ```
/// use zeug_gateway::Body;
/// use zeug_messages::Request;
///
/// let raw = http::Request::builder().uri("/hi?a=1&a=2").header("cookie", "k=v").body(Body::from("text"))?;
/// let mut request = Request::from(raw);
/// assert_eq!(request.args().get_all("a").collect::<Vec<_>>(), ["1", "2"]);
/// assert_eq!(request.cookies().get("k"), Some("v"));
///
/// request.set_body_limit(Some(3));
/// let error = request.bytes().unwrap_err();
/// assert_eq!(error.to_string(), "413 Request Entity Too Large: body larger than the limit of 3 bytes");
/// # Ok::<(), http::Error>(())
/// ```
#[doc(alias = "BaseRequest")]
pub struct Request {
    /// Without its body.
    raw: gateway::Request,
    body: RefCell<Content>,
    // In boxes, since most requests are asked for one or two of them and every one is handed on.
    args: OnceCell<Box<Result<MultiDict, Failure>>>,
    host: OnceCell<Box<Result<Option<Host>, Failure>>>,
    cookies: OnceCell<Box<Result<MultiDict, Failure>>>,
    #[cfg(feature = "forms")]
    form: OnceCell<Box<Result<zeug_forms::Form, Failure>>>,
    #[cfg(feature = "forms")]
    form_options: Option<Box<FormOptions>>,
    #[cfg(feature = "routing")]
    rule: OnceCell<Box<str>>,
}

impl Request {
    /// How many bytes [`bytes`](Self::bytes) and [`text`](Self::text) read of a body that has no limit of its own: 2 MiB.
    pub const BODY_LIMIT: usize = 2 * 1024 * 1024;

    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.raw.method()
    }

    /// The target, as `http` has it.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        self.raw.uri()
    }

    /// The protocol version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.raw.version()
    }

    /// The fields, in their order and spelling.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        self.raw.headers()
    }

    /// What the server knows beside: the raw target, the scheme, the addresses.
    #[must_use]
    pub fn received(&self) -> &Received {
        self.raw.received()
    }

    /// What middleware and server have attached.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        self.raw.extensions()
    }

    /// What middleware and server have attached, to be changed.
    ///
    /// A [`Site`] that is put here after the host was asked for is not looked at for the host.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        self.raw.extensions_mut()
    }
}

impl<B: Into<Body>> From<http::Request<B>> for Request {
    fn from(raw: http::Request<B>) -> Self {
        gateway::Request::from(raw).into()
    }
}

impl From<gateway::Request> for Request {
    fn from(mut raw: gateway::Request) -> Self {
        let body = std::mem::take(raw.body_mut());
        upper(raw.method_mut());
        Self {
            raw,
            body: RefCell::new(Content::Unread(body)),
            args: OnceCell::new(),
            host: OnceCell::new(),
            cookies: OnceCell::new(),
            #[cfg(feature = "forms")]
            form: OnceCell::new(),
            #[cfg(feature = "forms")]
            form_options: None,
            #[cfg(feature = "routing")]
            rule: OnceCell::new(),
        }
    }
}

/// Writes an extension method in upper case, as Werkzeug does; the registered methods are already.
fn upper(method: &mut Method) {
    if method
        .as_str()
        .bytes()
        .any(|byte| byte.is_ascii_lowercase())
        && let Ok(upper) = Method::from_bytes(method.as_str().to_ascii_uppercase().as_bytes())
    {
        *method = upper;
    }
}

impl From<Request> for gateway::Request {
    /// The raw request, with the body as far as it was not read; what was read whole is given again.
    fn from(request: Request) -> Self {
        let mut raw = request.raw;
        *raw.body_mut() = request.body.into_inner().into_body();
        raw
    }
}

impl TryFrom<Request> for http::Request<Body> {
    type Error = HeaderError;

    /// The raw request as `http` has it.
    ///
    /// # Errors
    ///
    /// `TooManyFields` for more than a `HeaderMap` takes: about 24,000. Servers refuse such requests.
    fn try_from(request: Request) -> Result<Self, HeaderError> {
        gateway::Request::from(request).try_into()
    }
}

impl FromRequest for Request {
    fn from_request(request: gateway::Request) -> Self {
        request.into()
    }
}

impl fmt::Debug for Request {
    /// URL and method; no field and no byte of the body. The target stands in for the URL of a request without a host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.raw.method();
        match (self.host(), self.url()) {
            (Ok(Some(_)), Ok(url)) => write!(f, "<Request '{url}' [{method}]>"),
            _ => write!(f, "<Request '{}' [{method}]>", self.raw.uri()),
        }
    }
}
