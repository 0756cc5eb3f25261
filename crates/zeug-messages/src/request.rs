//! Owns `Request`: the raw request, and what is parsed of it when it is asked for. It trusts no forwarded field: middleware does, where told to.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::sync::LazyLock;

use bytes::Bytes;
use http::header::COOKIE;
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Uri, Version};
use zeug_datastructures::MultiDict;
use zeug_gateway::{Body, BodyError, BodyErrorKind, FromRequest, Received};
use zeug_http::{CookieLimits, Cookies, FieldError};
use zeug_urls::{QueryLimits, UrlError, parse_query};

/// What is given for arguments or cookies that were refused.
static NOTHING: LazyLock<MultiDict> = LazyLock::new(MultiDict::new);

/// A request as a handler sees it.
///
/// ```
/// use zeug_gateway::{Body, BodyErrorKind};
/// use zeug_messages::Request;
///
/// let raw = http::Request::builder().uri("/hi?a=1&a=2").header("cookie", "k=v").body(Body::from("text"))?;
/// let mut request = Request::from(raw);
/// assert_eq!(request.args().get_all("a").collect::<Vec<_>>(), ["1", "2"]);
/// assert_eq!(request.cookies().get("k"), Some("v"));
///
/// request.set_body_limit(Some(3));
/// assert_eq!(request.bytes().unwrap_err().kind(), BodyErrorKind::TooLarge { limit: 3 });
/// # Ok::<(), http::Error>(())
/// ```
#[doc(alias = "BaseRequest")]
pub struct Request {
    parts: Parts,
    body: RefCell<Content>,
    args: OnceCell<Result<MultiDict, UrlError>>,
    cookies: OnceCell<Result<MultiDict, FieldError>>,
}

/// A body, as far as it was read.
enum Content {
    Unread(Body),
    Read(Bytes),
    Failed(BodyErrorKind),
}

impl Request {
    /// How many bytes [`bytes`](Self::bytes) and [`text`](Self::text) read of a body that has no limit of its own: 2 MiB.
    pub const BODY_LIMIT: usize = 2 * 1024 * 1024;

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The target, as `http` has it.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// The path of the target, percent-encoded as it came.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The protocol version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.parts.version
    }

    /// The fields, by name. As they stood on the wire: [`received`](Self::received).
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// What the server knows beside: fields in their order and spelling, the raw target, addresses. `None` for a request made by hand.
    #[must_use]
    pub fn received(&self) -> Option<&Received> {
        self.parts.extensions.get()
    }

    /// What middleware and server have attached.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.parts.extensions
    }

    /// The arguments of the query string; parsed at the first call. Empty where there are too many: see [`try_args`](Self::try_args).
    ///
    /// `+` is a space, blank values are kept, and bytes that are not UTF-8 stay percent-encoded.
    #[must_use]
    pub fn args(&self) -> &MultiDict {
        self.try_args().unwrap_or(&NOTHING)
    }

    /// The arguments of the query string, or why they were refused.
    ///
    /// # Errors
    ///
    /// More pairs than [`QueryLimits`] allows by default (1,000).
    pub fn try_args(&self) -> Result<&MultiDict, &UrlError> {
        self.args
            .get_or_init(|| {
                parse_query(
                    self.parts.uri.query().unwrap_or_default(),
                    QueryLimits::default(),
                )
            })
            .as_ref()
    }

    /// The cookies of all `Cookie` fields; parsed at the first call. Empty where there are too many: see [`try_cookies`](Self::try_cookies).
    ///
    /// Read leniently, in their order, repeats kept; those without a name are dropped.
    #[must_use]
    pub fn cookies(&self) -> &MultiDict {
        self.try_cookies().unwrap_or(&NOTHING)
    }

    /// The cookies of all `Cookie` fields, or why they were refused.
    ///
    /// # Errors
    ///
    /// More cookies than [`CookieLimits`] allows by default (3,000).
    pub fn try_cookies(&self) -> Result<&MultiDict, &FieldError> {
        self.cookies
            .get_or_init(|| {
                let fields: Vec<_> = self
                    .parts
                    .headers
                    .get_all(COOKIE)
                    .iter()
                    .map(|value| String::from_utf8_lossy(value.as_bytes()))
                    .collect();
                Cookies::parse(&fields.join("; ")).to_multi_dict(CookieLimits::default())
            })
            .as_ref()
    }

    /// Sets how many bytes of the body may be read; `None` lifts the limit that the server has set.
    pub fn set_body_limit(&mut self, limit: Option<u64>) {
        if let Content::Unread(body) = self.body.get_mut() {
            body.set_limit(limit);
        }
    }

    /// The whole body; read at the first call and kept.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](BodyErrorKind::TooLarge) beyond the body's limit, or 2 MiB where it has none; the other kinds as the connection fails. A second call gives an
    /// error of the same kind.
    #[doc(alias = "get_data")]
    #[doc(alias = "data")]
    pub fn bytes(&self) -> Result<Bytes, BodyError> {
        let mut content = self.body.borrow_mut();
        match &mut *content {
            Content::Read(bytes) => Ok(bytes.clone()),
            Content::Failed(kind) => Err(BodyError::new(*kind)),
            Content::Unread(body) => {
                let limit = body.limit().map_or(Self::BODY_LIMIT, |own| {
                    usize::try_from(own).unwrap_or(usize::MAX)
                });
                let result = std::mem::take(body).into_bytes(limit);
                *content = match &result {
                    Ok(bytes) => Content::Read(bytes.clone()),
                    Err(error) => Content::Failed(error.kind()),
                };
                result
            }
        }
    }

    /// The whole body as text: UTF-8, with U+FFFD for what is not.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub fn text(&self) -> Result<String, BodyError> {
        Ok(String::from_utf8_lossy(&self.bytes()?).into_owned())
    }

    /// The body, to be read piece by piece; what was read already is given again.
    #[must_use]
    #[doc(alias = "stream")]
    pub fn into_body(self) -> Body {
        http::Request::from(self).into_body()
    }
}

impl From<http::Request<Body>> for Request {
    fn from(raw: http::Request<Body>) -> Self {
        let (parts, body) = raw.into_parts();
        Self {
            parts,
            body: RefCell::new(Content::Unread(body)),
            args: OnceCell::new(),
            cookies: OnceCell::new(),
        }
    }
}

impl From<Request> for http::Request<Body> {
    fn from(request: Request) -> Self {
        let body = match request.body.into_inner() {
            Content::Unread(body) => body,
            Content::Read(bytes) => bytes.into(),
            Content::Failed(kind) => Body::chunks([Err::<Bytes, _>(BodyError::new(kind).into())]),
        };
        Self::from_parts(request.parts, body)
    }
}

impl FromRequest for Request {
    fn from_request(request: http::Request<Body>) -> Self {
        request.into()
    }
}

impl fmt::Debug for Request {
    /// Method and target; no field and no byte of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Request '{}' [{}]>", self.parts.uri, self.parts.method)
    }
}
