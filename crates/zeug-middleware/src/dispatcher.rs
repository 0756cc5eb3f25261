//! Owns `Dispatcher`: several applications below prefixes of the path. It matches whole segments and knows no pattern: that is routing.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Layer, Request, Response};
use zeug_messages::Site;

use crate::{MiddlewareError, MiddlewareErrorKind};

/// A [`Layer`] that gives requests below a prefix of the path to another application than the one inside.
///
/// The longest prefix counts, and only at the border of a segment: `/api` has `/api` and `/api/x`, not `/apix`. The application sees the path that is left, and the
/// prefix as the end of its [root path](zeug_messages::Request::root_path), so that the URLs which it builds are right. Prefixes are compared with the decoded path.
///
/// # Limits
///
/// Linear in the path's length times the number of mounts.
///
/// # Deviations
///
/// An exact match leaves the path `/`: a target of HTTP has no empty one. Werkzeug leaves an empty one, which its requests then show as `/`.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler};
/// use zeug_messages::{Request, Response};
/// use zeug_middleware::Dispatcher;
///
/// let shows = |name: &'static str| move |request: Request| Response::text(format!("{name} {} {}", request.root_path(), request.path()));
/// let app = shows("site").into_handler().with(Dispatcher::new().mount("/api", shows("api"))?);
/// let asks = |path: &str| app.handle(http::Request::get(path).body(()).unwrap().into()).into_body().into_bytes(100).unwrap();
/// assert_eq!(asks("/api/users"), "api /api /users");
/// assert_eq!(asks("/apiary"), "site  /apiary");
///
/// assert!(Dispatcher::new().mount("api", shows("api")).is_err());
/// # Ok::<(), zeug_middleware::MiddlewareError>(())
/// ```
#[derive(Clone, Default)]
#[doc(alias = "DispatcherMiddleware")]
pub struct Dispatcher {
    mounts: Vec<Mount>,
}

#[derive(Clone)]
struct Mount {
    prefix: String,
    app: Arc<dyn Handler>,
}

impl Dispatcher {
    /// A dispatcher without mounts: everything goes to the application inside.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with this application below `prefix`, which is decoded: `/é`, not `/%C3%A9`. A prefix given twice is the first one's.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`](MiddlewareErrorKind::InvalidPrefix) for one that is not empty and does not begin with a slash.
    pub fn mount<M>(
        mut self,
        prefix: impl Into<String>,
        app: impl IntoHandler<M>,
    ) -> Result<Self, MiddlewareError> {
        let prefix = prefix.into();
        if !prefix.is_empty() && !prefix.starts_with('/') {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidPrefix, 0));
        }
        let app = app.into_handler().shared();
        // The longest first, so that the first that fits is the one.
        let at = self
            .mounts
            .partition_point(|mount| mount.prefix.len() >= prefix.len());
        self.mounts.insert(at, Mount { prefix, app });
        Ok(self)
    }

    /// The prefix that a decoded path is below, and how long the part of the path is that moves to the root path.
    ///
    /// Without a prefix nothing moves, but for what stands before the first slash of a path that does not begin with one.
    ///
    /// ```
    /// use zeug_middleware::Dispatcher;
    ///
    /// let dispatcher = Dispatcher::new().mount("/api", |_: zeug_gateway::Request| ())?;
    /// assert_eq!(dispatcher.find("/api/users"), (Some("/api"), 4));
    /// assert_eq!(dispatcher.find("/apiary"), (None, 0));
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    #[must_use]
    pub fn find(&self, path: &str) -> (Option<&str>, usize) {
        let (mount, moved) = self.find_bytes(path.as_bytes());
        (mount.map(|mount| &*mount.prefix), moved)
    }

    fn find_bytes(&self, path: &[u8]) -> (Option<&Mount>, usize) {
        let found = self.mounts.iter().find(|mount| {
            path.strip_prefix(mount.prefix.as_bytes())
                .is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
        });
        match found {
            Some(mount) => (Some(mount), mount.prefix.len()),
            None => {
                let slash = path.iter().position(|&byte| byte == b'/');
                (None, slash.unwrap_or(path.len()))
            }
        }
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.mounts.iter().map(|mount| &mount.prefix))
            .finish()
    }
}

impl<H: Handler> Layer<H> for Dispatcher {
    type Handler = Dispatched<H>;

    fn layer(self, inner: H) -> Dispatched<H> {
        Dispatched {
            dispatcher: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`Dispatcher`] makes.
#[derive(Clone, Debug)]
pub struct Dispatched<H> {
    dispatcher: Dispatcher,
    inner: H,
}

impl<H: Handler> Handler for Dispatched<H> {
    fn handle(&self, request: Request) -> Response {
        let path: Cow<'_, [u8]> = percent_decode_str(request.uri().path()).into();
        let (Some(mount), _) = self.dispatcher.find_bytes(&path) else {
            drop(path);
            return self.inner.handle(request);
        };
        drop(path);
        match below(request, &mount.prefix) {
            Ok(request) => mount.app.handle(request),
            Err(request) => self.inner.handle(*request),
        }
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}

/// The request with that prefix moved from its path to its root path; itself where the path cannot be written anew.
fn below(mut request: Request, prefix: &str) -> Result<Request, Box<Request>> {
    if prefix.is_empty() {
        return Ok(request);
    }
    let Some(uri) = without_prefix(request.uri(), prefix.len()) else {
        return Err(Box::new(request));
    };
    let root = format!("{}{prefix}", Site::root_path_of(&request));
    *request.uri_mut() = uri;
    let site: Site = request.extensions_mut().remove().unwrap_or_default();
    request.extensions_mut().insert(site.root_path(root));
    Ok(request)
}

/// The URI without the first `decoded` bytes of its path, counted as they are after decoding.
fn without_prefix(uri: &Uri, decoded: usize) -> Option<Uri> {
    let path = uri.path().as_bytes();
    let mut at = 0;
    for _ in 0..decoded {
        let escape = path.get(at..at + 3).is_some_and(
            |escape| matches!(escape, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()),
        );
        at += if escape { 3 } else { 1 };
    }
    let rest = uri.path().get(at..)?;
    let mut target = String::with_capacity(uri.path().len() + 1);
    if !rest.starts_with('/') {
        // Nothing is left, or an encoded slash.
        target.push('/');
    }
    target.push_str(match rest.get(..3) {
        Some(escape) if escape.eq_ignore_ascii_case("%2f") => &rest[3..],
        _ => rest,
    });
    if let Some(query) = uri.query() {
        target.push('?');
        target.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}
