//! Owns `SharedData`: files in front of an application. Which bytes a path stands for is `resolve`'s, which names are refused `pattern`'s; it lists no folder.

mod pattern;
mod resolve;
mod served;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use zeug_datastructures::names;
use zeug_gateway::{self as gateway, Body, Handler, IntoResponse, Layer};
use zeug_http::{AcceptEncoding, ETag, HttpDate};
use zeug_messages::{
    Conditional, HttpError, Request, Response, append_slash_redirect, guess_type, with_charset,
};

use self::pattern::Pattern;
pub use self::resolve::Symlinks;
use self::resolve::{Found, Opened, Root};
use self::served::{Served, gathered};
use crate::{MiddlewareError, MiddlewareErrorKind};

/// The codings of files that lie beside others, in the order in which they are preferred, with the endings of their names.
const CODINGS: [(&str, &str); 3] = [("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")];

/// A [`Layer`] that answers with files from folders or from memory, and asks the application for what is none of them.
///
/// Several prefixes of the path may be given; they are asked in their order, and the first that has the file answers. `GET` and `HEAD` are answered, with `ETag`,
/// `Last-Modified`, ranges of bytes, and 304 where the client has the file already. The body is the file itself, so that a server can have the system send it, but for small ones, which are read: that costs less.
///
/// What is asked for never leaves its folder: the path is checked by [`zeug_security::safe_join`], and opened beneath the folder by the system where that knows how
/// (`openat2` of Linux), so that no link can be put in the way meanwhile. [`Symlinks`] says which links are followed.
///
/// # Deviations
///
/// Werkzeug answers every method, follows every link, and knows no ranges. Its entity tag has another form.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::SharedData;
///
/// let files = SharedData::new().folder("/src", "src")?.memory("/assets", [("a.css", "x{}")]).disallow("*.tmp");
/// let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler().with(files);
/// let asks = |path: &str| app.handle(http::Request::get(path).body(()).unwrap().into());
/// assert_eq!(asks("/src/lib.rs").status(), 200);
/// assert_eq!(asks("/assets/a.css").headers().get("content-type").unwrap(), "text/css; charset=utf-8");
/// for path in ["/src/../Cargo.toml", "/src/%2e%2e/Cargo.toml", "/src//etc/passwd", "/src"] {
///     assert_eq!(asks(path).status(), 404, "{path}");
/// }
/// assert!(SharedData::new().folder("/x", "no/such/folder").is_err());
/// # Ok::<(), zeug_middleware::MiddlewareError>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "SharedDataMiddleware")]
pub struct SharedData {
    exports: Vec<(String, Source)>,
    disallowed: Vec<Pattern>,
    hidden: bool,
    max_age: Option<u64>,
    fallback_type: Cow<'static, str>,
    symlinks: Symlinks,
    precompressed: bool,
    index: Option<String>,
    redirects: bool,
    now: Option<HttpDate>,
}

/// Where the files of a prefix come from.
#[derive(Clone)]
enum Source {
    Folder(PathBuf),
    File(PathBuf),
    Memory(Arc<BTreeMap<String, Kept>>),
}

/// A file in memory.
#[derive(Clone)]
struct Kept {
    bytes: Bytes,
    tag: ETag<'static>,
}

impl Default for SharedData {
    fn default() -> Self {
        Self {
            exports: Vec::new(),
            disallowed: Vec::new(),
            hidden: true,
            max_age: Some(12 * 60 * 60),
            fallback_type: "application/octet-stream".into(),
            symlinks: Symlinks::default(),
            precompressed: false,
            index: None,
            redirects: false,
            now: None,
        }
    }
}

impl SharedData {
    /// No file yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with the files below `folder` at the paths below `prefix`. The folder is looked up anew for each request, so that it may be exchanged.
    ///
    /// # Errors
    ///
    /// [`NotShareable`](MiddlewareErrorKind::NotShareable) where there is no such folder: nothing else is served in its place.
    pub fn folder(
        mut self,
        prefix: impl Into<String>,
        folder: impl AsRef<Path>,
    ) -> Result<Self, MiddlewareError> {
        let folder = shareable(folder.as_ref(), Path::is_dir)?;
        self.exports.push((prefix.into(), Source::Folder(folder)));
        Ok(self)
    }

    /// The same, with one file at `path`, and at every path below it.
    ///
    /// # Errors
    ///
    /// [`NotShareable`](MiddlewareErrorKind::NotShareable) where there is no such regular file.
    pub fn file(
        mut self,
        path: impl Into<String>,
        file: impl AsRef<Path>,
    ) -> Result<Self, MiddlewareError> {
        let file = shareable(file.as_ref(), Path::is_file)?;
        self.exports.push((path.into(), Source::File(file)));
        Ok(self)
    }

    /// The same, with files that are in memory, such as those of `include_bytes!`, at the paths below `prefix`. Names are paths with slashes: `css/a.css`.
    #[must_use]
    #[doc(alias = "get_package_loader")]
    pub fn memory<N: Into<String>, B: Into<Bytes>>(
        mut self,
        prefix: impl Into<String>,
        files: impl IntoIterator<Item = (N, B)>,
    ) -> Self {
        let files = files.into_iter().map(|(name, bytes)| {
            let bytes = bytes.into();
            let tag = ETag::of(&bytes);
            (name.into(), Kept { bytes, tag })
        });
        let source = Source::Memory(Arc::new(files.collect()));
        self.exports.push((prefix.into(), source));
        self
    }

    /// The same, leaving files of such names to the application: `*` is any characters, `?` one, `[a-c]` one of these, `[!a-c]` one of the others.
    ///
    /// The file's own name is compared, not its folders'. May be given several times.
    #[must_use]
    #[doc(alias = "is_allowed")]
    pub fn disallow(mut self, pattern: impl Into<String>) -> Self {
        self.disallowed.push(Pattern::new(pattern.into()));
        self
    }

    /// The same, leaving to the application every path with a segment that begins with a dot, such as `.git/config`.
    #[must_use]
    pub fn without_hidden(mut self) -> Self {
        self.hidden = false;
        self
    }

    /// Sets for how many seconds caches may keep a file without asking; by default 12 hours.
    #[must_use]
    #[doc(alias = "cache_timeout")]
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Sends no entity tag and no age, and never 304.
    #[must_use]
    #[doc(alias = "cache")]
    pub fn without_caching(mut self) -> Self {
        self.max_age = None;
        self
    }

    /// Sets the media type of files whose name tells none; by default `application/octet-stream`.
    #[must_use]
    #[doc(alias = "fallback_mimetype")]
    pub fn fallback_type(mut self, media_type: impl Into<Cow<'static, str>>) -> Self {
        self.fallback_type = media_type.into();
        self
    }

    /// Sets which symbolic links are followed; by default those that stay within the folder.
    #[must_use]
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.symlinks = symlinks;
        self
    }

    /// Sends, to clients that accept the coding, the file of the same name with `.br`, `.zst` or `.gz` behind it, where it lies beside the file.
    #[must_use]
    pub fn precompressed(mut self) -> Self {
        self.precompressed = true;
        self
    }

    /// Answers for a folder, asked for with a slash at its end, with the file of that name in it: `index.html`.
    #[must_use]
    pub fn index(mut self, name: impl Into<String>) -> Self {
        self.index = Some(name.into());
        self
    }

    /// Redirects from a folder that has an [index](Self::index) to the same path with a slash at its end.
    ///
    /// The redirect is relative to the last segment, so that it cannot lead to another host, and it is never to a path that redirects.
    #[must_use]
    pub fn redirect_folders(mut self) -> Self {
        self.redirects = true;
        self
    }

    /// Sets the time that `Date` and `Expires` are counted from. Else it is the clock's.
    #[must_use]
    pub fn at(mut self, now: HttpDate) -> Self {
        self.now = Some(now);
        self
    }

    /// The answer where one of the exports has the file; `None` for the application.
    fn answer(&self, request: &mut gateway::Request) -> Option<gateway::Response> {
        let path = percent_decode_str(request.uri().path())
            .decode_utf8()
            .ok()?
            .into_owned();
        if !self.hidden && path.split('/').any(|segment| segment.starts_with('.')) {
            return None;
        }
        for (prefix, source) in &self.exports {
            let Some(rest) = below(&path, prefix) else {
                continue;
            };
            match self.look_up(source, rest, request) {
                Some(Outcome::File(served)) => {
                    let refuses = |pattern: &Pattern| pattern.matches(&served.name);
                    if self.disallowed.iter().any(refuses) {
                        return None;
                    }
                    return Some(self.send(served, request));
                }
                Some(Outcome::Redirect) => {
                    let uri = request.uri();
                    return Some(append_slash_redirect(uri.path(), uri.query()).into());
                }
                None => {}
            }
        }
        None
    }

    /// What an export has at the path `rest` below its prefix; `None` for `rest` is the prefix itself.
    fn look_up(
        &self,
        source: &Source,
        rest: Option<&str>,
        request: &gateway::Request,
    ) -> Option<Outcome> {
        let codings = self.codings(request);
        match source {
            Source::File(path) => {
                let name = file_name(&path.to_string_lossy());
                let opened = resolve::open(path, Symlinks::Follow)?;
                self.choose(opened, name, &codings, |ending| {
                    let mut path = path.clone().into_os_string();
                    path.push(ending);
                    match resolve::open(Path::new(&path), Symlinks::Follow)? {
                        Found::File(opened) => Some(opened),
                        Found::Folder => None,
                    }
                })
            }
            Source::Folder(root) => {
                let root = Root::new(root, self.symlinks);
                let open = |path: &str| root.open(path);
                self.in_tree(rest, &codings, &open)
            }
            Source::Memory(files) => {
                let open = |path: &str| {
                    let path = path.trim_end_matches('/');
                    match files.get(path) {
                        Some(kept) => Some(Found::File(Opened::Memory(
                            kept.bytes.clone(),
                            kept.tag.clone(),
                        ))),
                        None => {
                            let folder = format!("{path}/");
                            let (first, _) = files.range(folder.clone()..).next()?;
                            (path.is_empty() || first.starts_with(&folder)).then_some(Found::Folder)
                        }
                    }
                };
                self.in_tree(rest, &codings, &open)
            }
        }
    }

    /// As [`look_up`](Self::look_up), in what has folders.
    fn in_tree(
        &self,
        rest: Option<&str>,
        codings: &[(&'static str, &'static str)],
        open: &dyn Fn(&str) -> Option<Found>,
    ) -> Option<Outcome> {
        let path = rest.unwrap_or_default();
        match open(path)? {
            found @ Found::File(_) => {
                let path = path.trim_end_matches('/');
                self.choose(found, file_name(path), codings, |ending| {
                    match open(&format!("{path}{ending}"))? {
                        Found::File(opened) => Some(opened),
                        Found::Folder => None,
                    }
                })
            }
            Found::Folder => {
                let index = self.index.as_deref()?;
                let slashed = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
                let joint = if path.is_empty() || path.ends_with('/') {
                    ""
                } else {
                    "/"
                };
                let below = format!("{path}{joint}{index}");
                let found = open(&below)?;
                match (&found, slashed) {
                    (Found::Folder, _) => None,
                    (Found::File(_), false) => self.redirects.then_some(Outcome::Redirect),
                    (Found::File(_), true) => {
                        self.choose(found, index.to_owned(), codings, |ending| {
                            match open(&format!("{below}{ending}"))? {
                                Found::File(opened) => Some(opened),
                                Found::Folder => None,
                            }
                        })
                    }
                }
            }
        }
    }

    /// The file, or the one beside it in the first coding that there is.
    fn choose(
        &self,
        found: Found,
        name: String,
        codings: &[(&'static str, &'static str)],
        beside: impl Fn(&str) -> Option<Opened>,
    ) -> Option<Outcome> {
        let Found::File(opened) = found else {
            return None;
        };
        for &(coding, ending) in codings {
            if let Some(opened) = beside(ending) {
                return Some(Outcome::File(opened.serve(name, Some(coding))?));
            }
        }
        Some(Outcome::File(opened.serve(name, None)?))
    }

    /// The codings that are looked for, the one that the client likes best first.
    fn codings(&self, request: &gateway::Request) -> Vec<(&'static str, &'static str)> {
        if !self.precompressed {
            return Vec::new();
        }
        let Some(field) = request.headers().get(names::ACCEPT_ENCODING) else {
            return Vec::new();
        };
        let text = field.to_utf8_lossy();
        let accept = AcceptEncoding::parse(&text);
        let mut left: Vec<_> = CODINGS.to_vec();
        let mut wanted = Vec::new();
        while let Some(best) =
            accept.best_match(left.iter().map(|(coding, _)| *coding).chain(["identity"]))
        {
            let Some(at) = left.iter().position(|(coding, _)| *coding == best) else {
                break;
            };
            wanted.push(left.remove(at));
        }
        wanted
    }

    /// The answer with this file.
    fn send(&self, served: Served, request: &mut gateway::Request) -> gateway::Response {
        let mut taken = std::mem::take(request);
        if self.max_age.is_none() {
            // Without caching no copy is known to be good.
            taken.headers_mut().remove(names::IF_NONE_MATCH);
            taken.headers_mut().remove(names::IF_MODIFIED_SINCE);
        }
        let request = Request::from(taken);
        match self.respond(served, &request) {
            Ok(response) => response.into(),
            Err(error) => error.into_response(),
        }
    }

    fn respond(&self, served: Served, request: &Request) -> Result<Response, HttpError> {
        let now = self.now.unwrap_or_else(|| SystemTime::now().into());
        let own = guess_type(&served.name);
        let mut response = Response::default();
        response.set_date(now);
        match self.max_age {
            Some(seconds) => {
                response.set_etag(&served.tag);
                let field = format!("max-age={seconds}, public");
                response
                    .headers_mut()
                    .try_insert(names::CACHE_CONTROL, field)?;
                let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
                response.set_expires(now.saturating_add(seconds));
            }
            None => {
                response
                    .headers_mut()
                    .try_insert(names::CACHE_CONTROL, "public")?;
            }
        }
        response
            .headers_mut()
            .try_insert(names::CONTENT_TYPE, &*self.content_type(own.media_type))?;
        if let Some(coding) = served.coding.or(own.encoding) {
            response.set_content_encoding(coding)?;
        }
        if self.precompressed {
            response.add_vary("Accept-Encoding")?;
        }
        response.set_body(served.body);
        response.set_last_modified(served.modified);
        response.make_conditional(request, Conditional::default().ranges().at(now))?;
        Ok(response)
    }

    /// The content type that a name tells.
    fn content_type(&self, known: Option<&'static str>) -> Cow<'_, str> {
        match known {
            Some(known) if known != "application/octet-stream" => with_charset(known, "utf-8"),
            _ => with_charset(&self.fallback_type, "utf-8"),
        }
    }
}

/// What a path stands for.
enum Outcome {
    File(Served),
    Redirect,
}

/// The path as an absolute one, where it is what `is` asks for.
fn shareable(path: &Path, is: fn(&Path) -> bool) -> Result<PathBuf, MiddlewareError> {
    let refused = || {
        let path = path.to_owned();
        MiddlewareError::new(MiddlewareErrorKind::NotShareable { path }, 0)
    };
    let absolute = std::path::absolute(path).map_err(|_| refused())?;
    if is(&absolute) {
        Ok(absolute)
    } else {
        Err(refused())
    }
}

/// The path below a prefix: `Some(None)` for the prefix itself, `None` for a path that is not below it.
fn below<'p>(path: &'p str, prefix: &str) -> Option<Option<&'p str>> {
    if path == prefix && !prefix.ends_with('/') {
        return Some(None);
    }
    let rest = path.strip_prefix(prefix.strip_suffix('/').unwrap_or(prefix))?;
    rest.strip_prefix('/').map(Some)
}

/// The last segment of a path.
fn file_name(path: &str) -> String {
    path.rsplit('/')
        .find(|segment| !matches!(*segment, "" | "."))
        .unwrap_or_default()
        .to_owned()
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder {}", path.display()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Memory(files) => write!(f, "{} files in memory", files.len()),
        }
    }
}

impl<H: Handler> Layer<H> for SharedData {
    type Handler = Sharing<H>;

    fn layer(self, inner: H) -> Sharing<H> {
        Sharing { data: self, inner }
    }
}

/// The [`Handler`] that [`SharedData`] makes.
#[derive(Clone, Debug)]
pub struct Sharing<H> {
    data: SharedData,
    inner: H,
}

impl<H: Handler> Handler for Sharing<H> {
    fn handle(&self, mut request: gateway::Request) -> gateway::Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return self.inner.handle(request);
        }
        let head = *request.method() == Method::HEAD;
        match self.data.answer(&mut request) {
            Some(mut response) => {
                if head && response.status() == StatusCode::OK {
                    // Its length is stated; nothing needs to be read.
                    *response.body_mut() = Body::empty();
                    return response;
                }
                gathered(response)
            }
            None => self.inner.handle(request),
        }
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
