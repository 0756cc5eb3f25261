//! Owns what the request is for: scheme, host, paths, arguments, URLs, and who asks. It reads forwarded fields for `access_route` alone, which nothing here trusts.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use zeug_datastructures::{MultiDict, names};
use zeug_http::FieldList;
use zeug_urls::{
    Host, QueryLimits, TrustedHosts, UrlError, current_url, parse_query, request_host,
};

use super::failure::Failure;
use super::{Request, Site};
use crate::HttpError;

/// What is given for arguments that were refused.
static NOTHING: LazyLock<MultiDict> = LazyLock::new(MultiDict::new);

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        Self::new(error.status_hint(), error)
    }
}

impl Request {
    fn site(&self) -> Option<&Site> {
        self.extensions().get()
    }

    /// The scheme that the client used: `http`, `https`, `ws` or `wss`; what a [`Site`] says, else what the server knows.
    #[must_use]
    pub fn scheme(&self) -> &str {
        Site::scheme_in(self.extensions(), self.received())
    }

    /// Whether the client's connection is encrypted: the scheme is `https` or `wss`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        matches!(self.scheme(), "https" | "wss")
    }

    /// The host that was asked for, without the port that the scheme has by itself; `None` where none was named, or what was named is no host.
    ///
    /// It is the authority of the target, else the `Host` field ([RFC 9112 section 3.2.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)), else the server's own address.
    ///
    /// # Errors
    ///
    /// 400 where hosts to be trusted are listed in the [`Site`] and this is none of them.
    pub fn host(&self) -> Result<Option<&Host>, HttpError> {
        let host = self
            .host
            .get_or_init(|| Box::new(self.find_host().map_err(Failure::from)));
        (**host)
            .as_ref()
            .map(Option::as_ref)
            .map_err(Failure::error)
    }

    fn find_host(&self) -> Result<Option<Host>, UrlError> {
        static ANY: LazyLock<TrustedHosts> = LazyLock::new(TrustedHosts::default);
        let site = self.site();
        let field;
        let named = match self.uri().authority() {
            Some(authority) => Some(authority.as_str()),
            None => {
                field = self.field(names::HOST);
                field.as_deref()
            }
        };
        let local;
        let server = match site.and_then(|site| site.server.as_ref()) {
            Some((name, port)) => Some((name.as_str(), *port)),
            None => match self.received().local() {
                Some(address) => {
                    local = address.ip().to_string();
                    Some((local.as_str(), Some(address.port())))
                }
                None => None,
            },
        };
        let trusted = site.and_then(|site| site.trusted_hosts.as_deref());
        request_host(self.scheme(), named, server, trusted.unwrap_or(&ANY))
    }

    /// The path of the target, percent-encoded as it came.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        self.uri().path()
    }

    /// The path below [`root_path`](Self::root_path), decoded, with exactly one slash before it. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// ```
    /// use zeug_gateway::Body;
    /// use zeug_messages::Request;
    ///
    /// let request = Request::from(http::Request::get("//a%20b/%C3%A9").body(Body::empty())?);
    /// assert_eq!(request.path(), "/a b/é");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> Cow<'_, str> {
        let one_slash = |path: &str| path.starts_with('/') && !path.starts_with("//");
        match percent_decode_str(self.raw_path()).decode_utf8_lossy() {
            path if one_slash(&path) => path,
            path => Cow::Owned(format!("/{}", path.trim_start_matches('/'))),
        }
    }

    /// The path that the program is mounted at, decoded, without a slash at its end; empty where it is mounted at the root.
    #[must_use]
    #[doc(alias = "script_root")]
    pub fn root_path(&self) -> &str {
        Site::root_path_in(self.extensions())
    }

    /// The query string, as it stood in the request line.
    #[must_use]
    #[doc(alias = "query_string")]
    pub fn query_bytes(&self) -> &[u8] {
        match self.received().target() {
            Some(target) => match target.iter().position(|&byte| byte == b'?') {
                Some(at) => target.get(at + 1..).unwrap_or_default(),
                None => b"",
            },
            None => self.uri().query().unwrap_or_default().as_bytes(),
        }
    }

    /// Path and query with a question mark between them, which is there even where the query is empty.
    #[must_use]
    pub fn full_path(&self) -> String {
        format!(
            "{}?{}",
            self.path(),
            String::from_utf8_lossy(self.query_bytes())
        )
    }

    /// The arguments of the query string; parsed at the first call. Empty where there are too many: see [`try_args`](Self::try_args).
    ///
    /// `+` is a space, blank values are kept, and bytes that are not UTF-8 stay percent-encoded.
    #[must_use]
    pub fn args(&self) -> &MultiDict {
        match self.parsed_args() {
            Ok(args) => args,
            Err(_) => &NOTHING,
        }
    }

    /// The arguments of the query string, or why they were refused.
    ///
    /// # Errors
    ///
    /// 413 for more pairs than [`QueryLimits`] allows by default (1,000).
    pub fn try_args(&self) -> Result<&MultiDict, HttpError> {
        self.parsed_args().map_err(Failure::error)
    }

    fn parsed_args(&self) -> Result<&MultiDict, &Failure> {
        let args = self.args.get_or_init(|| {
            let args = parse_query(self.query_bytes(), QueryLimits::default());
            Box::new(args.map_err(Failure::from))
        });
        (**args).as_ref()
    }

    /// The whole URL, for people: an IRI, whose characters are encoded only where they must be.
    ///
    /// # Errors
    ///
    /// 400 where the [`host`](Self::host) is not trusted, or its name cannot be one of the DNS.
    pub fn url(&self) -> Result<String, HttpError> {
        self.url_of(true, Some(&self.path()), Some(self.query_bytes()))
    }

    /// The URL without its query.
    ///
    /// # Errors
    ///
    /// As [`url`](Self::url).
    pub fn base_url(&self) -> Result<String, HttpError> {
        self.url_of(true, Some(&self.path()), None)
    }

    /// The URL that the program is mounted at, with a slash at its end.
    ///
    /// # Errors
    ///
    /// As [`url`](Self::url).
    #[doc(alias = "url_root")]
    pub fn root_url(&self) -> Result<String, HttpError> {
        self.url_of(true, None, None)
    }

    /// Scheme and host, with a slash at its end.
    ///
    /// # Errors
    ///
    /// As [`url`](Self::url).
    pub fn host_url(&self) -> Result<String, HttpError> {
        self.url_of(false, None, None)
    }

    fn url_of(
        &self,
        rooted: bool,
        path: Option<&str>,
        query: Option<&[u8]>,
    ) -> Result<String, HttpError> {
        let host = self.host()?.map_or("", Host::as_str);
        let root = rooted.then(|| self.root_path());
        current_url(self.scheme(), host, root, path, query)
            .map_err(|error| Failure::from(error).error())
    }

    /// The client's address: what a [`Site`] says, else the other end of the connection; `None` where nobody knows it.
    #[must_use]
    pub fn remote_addr(&self) -> Option<IpAddr> {
        Site::client_in(self.extensions(), self.received())
    }

    /// The user that the server has made sure of, if it has.
    #[must_use]
    pub fn remote_user(&self) -> Option<&str> {
        self.site()?.remote_user.as_deref()
    }

    /// The addresses on the request's way, the client's first, as `X-Forwarded-For` tells them; else [`remote_addr`](Self::remote_addr) alone.
    ///
    /// Anyone can send that field: it is for logs, never for decisions.
    #[must_use]
    pub fn access_route(&self) -> FieldList<'_> {
        match self.field("x-forwarded-for") {
            Some(Cow::Borrowed(text)) => FieldList::parse(text),
            Some(Cow::Owned(text)) => FieldList::parse(&text).into_owned(),
            None => self
                .remote_addr()
                .map(|address| address.to_string())
                .into_iter()
                .collect(),
        }
    }
}
