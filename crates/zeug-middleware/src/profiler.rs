//! Owns `Profiler`: where the time of requests goes, by spans that the program marks. Stacks are sampled in `flame`, and only when someone allowed asks.

#[cfg(all(feature = "flamegraph", unix))]
mod flame;
mod page;
mod report;

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use zeug_datastructures::names;
use zeug_gateway::{Handler, Layer, Request, Response};

use self::page::Page;
use crate::MiddlewareError;

/// How many spans are kept of a request; those beyond it count in the time of the span around them.
const MOST_SPANS: usize = 1_000;

/// A [`Layer`] that measures each request, keeps the slowest, and tells the client's developer tools by `Server-Timing`.
///
/// The time is that of the handler inside, until it gives its answer; a body that is streamed later does not count. Parts of it are marked by [`span`] on the
/// handler's own thread. [`page`](Self::page) shows the slowest requests to whom you allow it, with the feature `flamegraph` also where the processor's time went, by function. With
/// [`RequestIds`](crate::RequestIds) outside of this, records have the request's id.
///
/// # Limits
///
/// 1,000 spans a request, and as many requests as [`slowest`](Self::slowest) says.
///
/// # Deviations
///
/// Werkzeug runs Python's profiler, which sees every call of every request. Here what is marked is measured, and a request is sampled when someone asks.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::{Profiler, span};
///
/// let profiler = Profiler::default().server_timing();
/// let records = profiler.records();
/// let app = (|_: Request| {
///     let _work = span("render");
///     "page"
/// }).into_handler().with(profiler);
/// let answer = app.handle(http::Request::get("/slow").body(())?.into());
/// assert!(answer.headers().get("server-timing").unwrap().to_utf8_lossy().starts_with("total;dur="));
/// assert!(records.to_string().contains("GET /slow"));
/// assert_eq!(records.slowest()[0].spans().next().unwrap().0, "render");
///
/// let _outside = span("not measured: no profiler is at work on this thread");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "ProfilerMiddleware")]
pub struct Profiler {
    records: Records,
    page: Option<Page>,
    server_timing: bool,
    logged_from: Option<Duration>,
}

impl Default for Profiler {
    /// Keeps the 20 slowest requests and tells nobody.
    fn default() -> Self {
        Self {
            records: Records {
                most: 20,
                kept: Arc::default(),
            },
            page: None,
            server_timing: false,
            logged_from: None,
        }
    }
}

impl Profiler {
    /// Sets how many of the slowest requests are kept.
    #[must_use]
    pub fn slowest(mut self, requests: usize) -> Self {
        self.records.most = requests;
        self
    }

    /// Tells the client the time of the request and of its spans: for development, since times tell what a server does.
    #[must_use]
    pub fn server_timing(mut self) -> Self {
        self.server_timing = true;
        self
    }

    /// Logs requests that take at least that long, at level info.
    #[must_use]
    pub fn log_from(mut self, time: Duration) -> Self {
        self.logged_from = Some(time);
        self
    }

    /// Answers `GET` of this path with the slowest requests as a page, where `allowed` says so of the request that asks; for all others the path is the handler's. It is compared as it stands in the target.
    ///
    /// With the feature `flamegraph`, on Unix, the page leads to a flame graph of each path: `?flame=/path&times=20` sends a `GET` of that path to the handler so many
    /// times, with the fields of the request that asks, reads the answers, and gives a picture (SVG) of where the processor was 997 times a second meanwhile. It ends after 5 seconds; one at a
    /// time. What waits for others is not in it, nor what is done inside of the C library, which cannot be sampled safely. Functions have names where the program has
    /// symbols, and inlined ones lines of their own with `debug = "line-tables-only"`. Sampling interrupts the whole process by signals (`SIGPROF`): do not allow it to everyone.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`](crate::MiddlewareErrorKind::InvalidPrefix) for a path without a slash in front.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request};
    /// use zeug_middleware::Profiler;
    ///
    /// let from_here = |request: &Request| request.received().peer().is_some_and(|peer| peer.ip().is_loopback());
    /// let app = (|_: Request| "the handler").into_handler().with(Profiler::default().page("/__profiler__", from_here)?);
    /// let asks = |peer: [u8; 4]| {
    ///     let mut request: Request = http::Request::get("/__profiler__").body(()).unwrap().into();
    ///     *request.received_mut() = Received::default().with_peer(Some((peer, 4711).into()));
    ///     app.handle(request).into_body().into_bytes(10_000).unwrap()
    /// };
    /// assert!(asks([127, 0, 0, 1]).starts_with(b"<!doctype html>"));
    /// assert_eq!(asks([192, 0, 2, 7]), "the handler");
    /// # Ok::<(), zeug_middleware::MiddlewareError>(())
    /// ```
    pub fn page(
        mut self,
        path: &str,
        allowed: impl Fn(&Request) -> bool + Send + Sync + 'static,
    ) -> Result<Self, MiddlewareError> {
        self.page = Some(Page::new(path, allowed)?);
        Ok(self)
    }

    /// The requests that are kept, for a page or a log; they stay up to date.
    #[must_use]
    pub fn records(&self) -> Records {
        self.records.clone()
    }
}

/// The slowest requests so far; cheap to clone.
///
/// `Display` is a table as text, [`to_html`](Self::to_html) a page.
#[derive(Clone)]
pub struct Records {
    most: usize,
    kept: Arc<Mutex<Vec<Record>>>,
}

impl Records {
    /// The requests, the slowest first.
    #[must_use]
    pub fn slowest(&self) -> Vec<Record> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets all requests.
    pub fn clear(&self) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn keep(&self, record: &Record) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.partition_point(|other| other.time >= record.time);
        if at < self.most {
            kept.insert(at, record.clone());
            kept.truncate(self.most);
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

/// One request and where its time went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    asked: String,
    request_id: Option<Arc<str>>,
    status: u16,
    time: Duration,
    spans: Vec<Measured>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Measured {
    name: &'static str,
    depth: usize,
    time: Duration,
}

impl Record {
    /// The method and the path; never the query, which may hold secrets.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.asked
    }

    /// The request's id, where [`RequestIds`](crate::RequestIds) is around the profiler.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How long the handler took.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The spans in the order in which they began: name, how many spans are around it, and its time with those inside.
    pub fn spans(&self) -> impl Iterator<Item = (&'static str, usize, Duration)> {
        self.spans
            .iter()
            .map(|span| (span.name, span.depth, span.time))
    }
}

thread_local! {
    /// The spans of the request on this thread, where a profiler is at work.
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Current {
    depth: usize,
    spans: Vec<Measured>,
}

/// Marks what the thread does until the span is dropped as a part of its request's time. Costs next to nothing where no [`Profiler`] is at work.
pub fn span(name: &'static str) -> Span {
    let at = CURRENT.with_borrow_mut(|current| {
        let current = current
            .as_mut()
            .filter(|current| current.spans.len() < MOST_SPANS)?;
        current.spans.push(Measured {
            name,
            depth: current.depth,
            time: Duration::ZERO,
        });
        current.depth += 1;
        Some((current.spans.len() - 1, Instant::now()))
    });
    Span {
        at,
        _here: std::marker::PhantomData,
    }
}

/// A part of a request's time, from [`span`] until this is dropped.
#[derive(Debug)]
#[must_use = "the span ends when this is dropped"]
pub struct Span {
    at: Option<(usize, Instant)>,
    /// Spans are of one thread.
    _here: std::marker::PhantomData<*const ()>,
}

impl Drop for Span {
    fn drop(&mut self) {
        let Some((at, begun)) = self.at else {
            return;
        };
        CURRENT.with_borrow_mut(|current| {
            if let Some(current) = current {
                current.depth = current.depth.saturating_sub(1);
                if let Some(span) = current.spans.get_mut(at) {
                    span.time = begun.elapsed();
                }
            }
        });
    }
}

/// Puts back what was measured before, also where the handler panics.
struct Restored(Option<Option<Current>>);

impl Restored {
    fn begin() -> Self {
        let before = CURRENT.replace(Some(Current::default()));
        Self(Some(before))
    }

    fn end(mut self) -> Vec<Measured> {
        let before = self.0.take().unwrap_or_default();
        CURRENT
            .replace(before)
            .map(|current| current.spans)
            .unwrap_or_default()
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            CURRENT.set(before);
        }
    }
}

impl<H: Handler> Layer<H> for Profiler {
    type Handler = Profiled<H>;

    fn layer(self, inner: H) -> Profiled<H> {
        Profiled {
            profiler: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`Profiler`] makes.
#[derive(Clone, Debug)]
pub struct Profiled<H> {
    profiler: Profiler,
    inner: H,
}

impl<H: Handler> Handler for Profiled<H> {
    fn handle(&self, request: Request) -> Response {
        if let Some(page) = &self.profiler.page
            && page.is_asked_by(&request)
        {
            return page.answer(&request, &self.profiler.records, &self.inner);
        }
        let asked = format!("{} {}", request.method(), request.uri().path());
        #[cfg(feature = "request-id")]
        let request_id = crate::RequestId::of(request.extensions()).map(|id| id.as_str().into());
        #[cfg(not(feature = "request-id"))]
        let request_id = None;
        let measuring = Restored::begin();
        let begun = Instant::now();
        let mut response = self.inner.handle(request);
        let time = begun.elapsed();
        let record = Record {
            asked,
            request_id,
            status: response.status().as_u16(),
            time,
            spans: measuring.end(),
        };
        self.profiler.records.keep(&record);
        if self.profiler.logged_from.is_some_and(|from| time >= from) {
            log::info!("{record}");
        }
        if self.profiler.server_timing {
            // A name that cannot stand in the field is left out by `to_server_timing`.
            let _ = response
                .headers_mut()
                .try_append(names::SERVER_TIMING, record.to_server_timing());
        }
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
