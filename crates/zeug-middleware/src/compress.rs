//! Owns `Compress`: which answers are compressed for whom, and what their fields say then. The codings are in `encoder`; it compresses no request and decompresses nothing.

mod encoder;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

use http::Method;
use zeug_datastructures::{FieldName, FieldValue, Headers, names};
use zeug_gateway::{Body, Handler, Layer, Request, Response};
use zeug_http::{AcceptEncoding, ETag, ETags, ResponseCacheControl};

pub use self::encoder::Coding;
use self::encoder::{Compressing, Engine, at_once};
use crate::field_list::{add_vary, joined};

/// Bodies in memory up to this size are compressed at once and so have a length; larger ones as they are sent.
const AT_ONCE: u64 = 1024 * 1024;

/// Fields with digests of the body as it would be sent without coding ([RFC 9530](https://www.rfc-editor.org/rfc/rfc9530)).
const DIGESTS: [&str; 4] = ["content-md5", "content-digest", "repr-digest", "digest"];

/// A [`Layer`] that compresses answers for clients that take it, by `Accept-Encoding`
/// ([RFC 9110 section 12.5.3](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)).
///
/// The client's qualities decide among the [codings](Coding), then the order here. It never answers 406: a client that takes none of them gets the body as it is.
///
/// | answer | |
/// | --- | --- |
/// | of 1xx, 204, 205, 206, 304, with `Content-Range` or `Content-Encoding` | as it is |
/// | with `Cache-Control: no-transform`, or the extension [`Uncompressed`] | as it is |
/// | of a media type that is not [compressible](Self::is_compressible), or without one | as it is |
/// | known to be smaller than 500 bytes | as it is |
/// | any other | `Vary: Accept-Encoding`, for this client compressed or not |
///
/// A compressed answer has `Content-Encoding`, a weak `ETag` (its bytes may differ from one version of the encoder to the next) and no `Accept-Ranges`,
/// `Content-Length` or digest of what was not sent. A body in memory is compressed at once, has its length, and is left alone where that makes it no smaller. Any
/// other is compressed while it is sent. One of unknown length is flushed after each read, so that server-sent events and pages that are made
/// piece by piece arrive as they come; [`gathering`](Self::gathering) waits for more instead. To a 304 with a strong tag the tag which the client sent is given back, so that its cache finds
/// what it keeps. An answer to `HEAD` has the fields that one to `GET` would have, as far as they are known.
///
/// # Limits
///
/// 16 KiB of the body, what they compress to, and the encoder's own window are in memory: 0.3 MiB for gzip, some MiB for brotli and zstd.
///
/// # Security
///
/// Where one answer holds a secret and text that an attacker chose, its compressed size tells the secret bit by bit ([BREACH](https://www.breachattack.com/)). Answer such
/// requests with [`Uncompressed`], or mask the secret anew in each answer, as CSRF tokens should be.
///
/// # Deviations
///
/// With `If-Match` tags compare strongly ([RFC 9110 section 13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)): a weak one from a compressed answer never fits. Programs that rely on it answer `Uncompressed`.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "gzip")] {
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::Compress;
///
/// let app = (|_: Request| "hello ".repeat(1000)).into_handler().with(Compress::default());
/// let asks = |accept: &str| app.handle(http::Request::get("/").header("accept-encoding", accept).body(()).unwrap().into());
/// let answer = asks("gzip");
/// assert_eq!(answer.headers().get("content-encoding").unwrap(), "gzip");
/// assert!(answer.body().len() < Some(200));
///
/// let refused = asks("gzip;q=0, *;q=0");
/// assert!(refused.headers().get("content-encoding").is_none());
/// assert_eq!(refused.headers().get("vary").unwrap(), "Accept-Encoding");
/// # }
/// ```
#[derive(Clone)]
#[doc(alias = "CompressionLayer")]
#[doc(alias = "GZipMiddleware")]
pub struct Compress {
    codings: Vec<(Coding, u32)>,
    from: u64,
    media_types: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    gathers: bool,
}

impl Default for Compress {
    /// All codings of the features, zstd before brotli before gzip; from 500 bytes on, as Flask-Compress has it.
    fn default() -> Self {
        Self {
            codings: Coding::ALL
                .iter()
                .map(|coding| (*coding, coding.levels().0))
                .collect(),
            from: 500,
            media_types: Arc::new(Self::is_compressible),
            gathers: false,
        }
    }
}

impl Compress {
    /// Uses these codings alone, the first of those that a client likes as much. Levels are the usual ones: set them afterwards.
    #[must_use]
    pub fn codings(mut self, codings: impl IntoIterator<Item = Coding>) -> Self {
        self.codings = codings
            .into_iter()
            .map(|coding| (coding, coding.levels().0))
            .collect();
        self
    }

    /// Sets how hard a coding tries: gzip 1 to 9 (6 unless set), brotli 0 to 11 (4), zstd 1 to 19 (3). A level beyond those is the nearest.
    #[must_use]
    pub fn level(mut self, coding: Coding, level: u32) -> Self {
        let (_, least, most) = coding.levels();
        for (own, set) in &mut self.codings {
            if *own == coding {
                *set = level.clamp(least, most);
            }
        }
        self
    }

    /// Leaves bodies alone that are known to be smaller than that many bytes.
    #[must_use]
    pub fn from_bytes(mut self, bytes: u64) -> Self {
        self.from = bytes;
        self
    }

    /// Compresses the media types for which `chosen` says so, in place of [those that are compressible](Self::is_compressible). They are in lower case and without parameters.
    ///
    /// ```
    /// use zeug_middleware::Compress;
    ///
    /// let compress = Compress::default().media_types(|name| name == "application/x-protobuf" || Compress::is_compressible(name));
    /// # let _ = compress;
    /// ```
    #[must_use]
    pub fn media_types(mut self, chosen: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.media_types = Arc::new(chosen);
        self
    }

    /// Waits for more of bodies of unknown length before something is sent, for smaller answers; `text/event-stream` is flushed all the same.
    #[must_use]
    pub fn gathering(mut self) -> Self {
        self.gathers = true;
        self
    }

    /// Whether a media type, in lower case and without parameters, is text or something else that gets smaller: `text/*`, JSON, XML, JavaScript, WebAssembly, SVG, fonts that are not packed.
    ///
    /// ```
    /// use zeug_middleware::Compress;
    ///
    /// assert!(Compress::is_compressible("application/problem+json"));
    /// assert!(!Compress::is_compressible("image/png"));
    /// ```
    #[must_use]
    pub fn is_compressible(media_type: &str) -> bool {
        let Some((kind, name)) = media_type.split_once('/') else {
            return false;
        };
        match (kind, name) {
            ("text", _) => true,
            (_, name) if name.ends_with("+json") || name.ends_with("+xml") => true,
            ("application", name) => matches!(
                name,
                "json"
                    | "jsonl"
                    | "x-ndjson"
                    | "json-seq"
                    | "javascript"
                    | "x-javascript"
                    | "ecmascript"
                    | "xml"
                    | "xml-dtd"
                    | "wasm"
                    | "rtf"
                    | "sql"
                    | "graphql"
                    | "toml"
                    | "yaml"
                    | "x-yaml"
                    | "x-sh"
                    | "x-www-form-urlencoded"
                    | "vnd.ms-fontobject"
            ),
            ("font", name) => matches!(name, "ttf" | "otf" | "collection"),
            ("image", name) => matches!(name, "bmp" | "x-icon" | "vnd.microsoft.icon"),
            _ => false,
        }
    }

    /// The coding that a client with that field gets.
    fn choose(&self, accepted: &AcceptEncoding<'_>) -> Option<(Coding, u32)> {
        let offers = self.codings.iter().map(|(coding, _)| coding.as_str());
        let best = accepted.best_match(offers)?;
        // What is not named is liked least; named or starred, it may be liked better than any coding.
        if accepted.quality("identity") > accepted.quality(best) {
            return None;
        }
        self.codings
            .iter()
            .find(|(coding, _)| coding.as_str() == best)
            .copied()
    }

    /// Whether an answer is compressed for clients that take it.
    fn is_for(&self, response: &Response, asked: &Asked) -> bool {
        let fields = response.headers();
        let code = response.status().as_u16();
        if matches!(code, 100..=199 | 204 | 205 | 206 | 304)
            || fields.contains(names::CONTENT_ENCODING)
            || fields.contains(names::CONTENT_RANGE)
            || response.extensions().get::<Uncompressed>().is_some()
        {
            return false;
        }
        let stated = || {
            let length = fields.get(names::CONTENT_LENGTH)?;
            length.to_utf8_lossy().parse().ok()
        };
        let len = match response.body().len() {
            Some(0) if asked.head => stated(),
            len => len,
        };
        if len.is_some_and(|len| len < self.from) {
            return false;
        }
        let Some(content_type) = fields.get(names::CONTENT_TYPE) else {
            return false;
        };
        let content_type = content_type.to_utf8_lossy();
        if !(self.media_types)(&media_type(&content_type)) {
            return false;
        }
        match joined(fields, names::CACHE_CONTROL) {
            // Directives compare without case (RFC 9111 section 5.2).
            Some(directives) => {
                let directives = directives.to_ascii_lowercase();
                !ResponseCacheControl::parse(&directives).no_transform()
            }
            None => true,
        }
    }

    /// The answer for this client.
    fn apply(&self, mut response: Response, asked: &Asked) -> Response {
        if response.status().as_u16() == 304 {
            weaken_as_asked(response.headers_mut(), asked);
            return response;
        }
        if !self.is_for(&response, asked) {
            return response;
        }
        add_vary(response.headers_mut(), "Accept-Encoding");
        let Some((coding, level)) = asked.coding else {
            return response;
        };
        let body = std::mem::take(response.body_mut());
        match self.compressed(body, &response, asked, coding, level) {
            Ok(body) => {
                *response.body_mut() = body;
                tell(response.headers_mut(), coding);
            }
            Err(body) => *response.body_mut() = body,
        }
        response
    }

    /// The compressed body; the body itself where it would be no smaller, or the encoder cannot be had.
    fn compressed(
        &self,
        body: Body,
        response: &Response,
        asked: &Asked,
        coding: Coding,
        level: u32,
    ) -> Result<Body, Body> {
        if asked.head && body.is_empty() {
            // Its length is not known.
            return Ok(Body::reader(io::empty()));
        }
        let Ok(engine) = Engine::new(coding, level) else {
            return Err(body);
        };
        if let Some(bytes) = body
            .as_bytes()
            .filter(|bytes| bytes.len() as u64 <= AT_ONCE)
        {
            return match at_once(engine, bytes) {
                Ok(smaller) if smaller.len() < bytes.len() || asked.refuses_identity => {
                    Ok(smaller.into())
                }
                _ => Err(body),
            };
        }
        let flushes =
            body.len().is_none() && (!self.gathers || is_event_stream(response.headers()));
        Ok(Body::reader(Compressing::new(body, engine, flushes)))
    }
}

impl fmt::Debug for Compress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compress")
            .field("codings", &self.codings)
            .field("from", &self.from)
            .field("gathers", &self.gathers)
            .finish_non_exhaustive()
    }
}

/// An extension of an answer that [`Compress`] leaves as it is: it holds a secret beside what the client chose, or its bytes matter.
///
/// ```
/// use zeug_gateway::Response;
/// use zeug_middleware::Uncompressed;
///
/// let mut response = Response::new("token, and the query that was sent");
/// response.extensions_mut().insert(Uncompressed);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncompressed;

/// What of a request matters for its answer's coding.
struct Asked {
    head: bool,
    coding: Option<(Coding, u32)>,
    refuses_identity: bool,
    /// Where there is one with a weak tag.
    if_none_match: Option<String>,
}

impl Asked {
    fn of(request: &Request, settings: &Compress) -> Self {
        let fields = request.headers();
        let accepted = joined(fields, names::ACCEPT_ENCODING);
        let accepted = accepted.as_deref().map(AcceptEncoding::parse);
        let coding = accepted.as_ref().and_then(|field| settings.choose(field));
        let refuses = |field: AcceptEncoding<'_>| !field.accepts_identity();
        Self {
            head: *request.method() == Method::HEAD,
            coding,
            refuses_identity: coding.is_some() && accepted.is_some_and(refuses),
            if_none_match: joined(fields, names::IF_NONE_MATCH)
                .filter(|tags| tags.contains("W/"))
                .map(Cow::into_owned),
        }
    }
}

/// The media type of a content type, in lower case.
fn media_type(content_type: &str) -> Cow<'_, str> {
    let name = content_type.split(';').next().unwrap_or_default().trim();
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

fn is_event_stream(fields: &Headers) -> bool {
    fields
        .get(names::CONTENT_TYPE)
        .is_some_and(|value| media_type(&value.to_utf8_lossy()) == "text/event-stream")
}

/// Sets the fields of an answer that is compressed now.
fn tell(fields: &mut Headers, coding: Coding) {
    fields.append(
        names::CONTENT_ENCODING,
        FieldValue::from_static(coding.as_str()),
    );
    fields.remove(names::CONTENT_LENGTH);
    fields.remove(names::ACCEPT_RANGES);
    for name in DIGESTS {
        if let Ok(name) = FieldName::parse(name) {
            fields.remove(name);
        }
    }
    weaken(fields, |_| true);
}

/// Makes the tag weak where it is a strong one and `wanted`.
fn weaken(fields: &mut Headers, wanted: impl Fn(&ETag<'_>) -> bool) {
    let weak = fields.get(names::ETAG).and_then(|value| {
        let text = value.to_utf8_lossy();
        let tag = ETag::parse(&text).ok()?;
        (text.starts_with('"') && wanted(&tag)).then(|| format!("W/{text}"))
    });
    if let Some(weak) = weak {
        // It is what stood there, with two more characters.
        let _ = fields.try_insert(names::ETAG, weak);
    }
}

/// Gives back the weak tag that the client asked with, so that its cache finds the compressed answer which it keeps
/// ([RFC 9111 section 4.3.4](https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4)).
fn weaken_as_asked(fields: &mut Headers, asked: &Asked) {
    let Some(sent) = &asked.if_none_match else {
        return;
    };
    let sent = ETags::parse(sent);
    weaken(fields, |tag| {
        !sent.is_strong(tag.value()) && sent.is_weak(tag.value())
    });
}

impl<H: Handler> Layer<H> for Compress {
    type Handler = Compressed<H>;

    fn layer(self, inner: H) -> Compressed<H> {
        Compressed {
            settings: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`Compress`] makes.
#[derive(Clone, Debug)]
pub struct Compressed<H> {
    settings: Compress,
    inner: H,
}

impl<H: Handler> Handler for Compressed<H> {
    fn handle(&self, request: Request) -> Response {
        let asked = Asked::of(&request, &self.settings);
        self.settings.apply(self.inner.handle(request), &asked)
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
