//! Owns flame graphs: a request is handled while the processor's stacks are sampled, and drawn. Who may ask is the page's to say.

use std::hint::black_box;
use std::io::Read;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use http::{Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use pprof::flamegraph::Options;
use pprof::{Frames, ProfilerGuardBuilder};
use zeug_gateway::{Handler, IntoResponse, Request, Response};

use super::page::shown;

/// Samples a second; a prime, so that it falls into step with nothing.
const FREQUENCY: i32 = 997;
/// How often a request is handled at the most.
const MOST_TIMES: u32 = 1_000;
/// How long a request is handled again and again at the most.
const LONGEST: Duration = Duration::from_secs(5);
/// Libraries in which a sample could wait for a lock that the interrupted thread holds.
const NOT_WITHIN: [&str; 4] = ["libc", "libgcc", "pthread", "vdso"];
/// What the symbol of [`sampled_request`] ends in.
const MARK: &str = "flame::sampled_request";

/// The signal and the samples are the process's.
static SAMPLING: Mutex<()> = Mutex::new(());

/// Which request is to be sampled, and how often it is handled.
pub(super) struct Wish {
    uri: Uri,
    times: u32,
}

impl Wish {
    /// What the query `flame=/path&times=20` wishes for.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let value_of = |name: &str| {
            let mut pairs = request.uri().query()?.split('&');
            let value = pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            percent_decode_str(value).decode_utf8().ok()
        };
        let uri = value_of("flame")?;
        let times = value_of("times").and_then(|times| times.parse().ok());
        Some(Self {
            uri: uri.parse().ok().filter(|_| uri.starts_with('/'))?,
            times: times.unwrap_or(1).clamp(1, MOST_TIMES),
        })
    }

    /// The request that is wished for, with the fields of the one that asks.
    fn request(&self, asked: &Request) -> Request {
        let mut request = Request::new(());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = asked.headers().clone();
        *request.extensions_mut() = asked.extensions().clone();
        // All but the target, which is another one here.
        let received = asked.received();
        *request.received_mut() = zeug_gateway::Received::default()
            .with_scheme(received.scheme())
            .with_peer(received.peer())
            .with_local(received.local());
        request
    }
}

/// The picture; where there is none, why.
pub(super) fn answer(wish: &Wish, asked: &Request, inner: &dyn Handler) -> Response {
    let unavailable = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    let Ok(_alone) = SAMPLING.try_lock() else {
        return unavailable("another request is being sampled\n");
    };
    let guard = ProfilerGuardBuilder::default()
        .frequency(FREQUENCY)
        .blocklist(&NOT_WITHIN)
        .build();
    let Ok(guard) = guard else {
        return unavailable("the system gives no samples\n");
    };
    let end = Instant::now() + LONGEST;
    for _ in 0..wish.times {
        sampled_request(inner, wish.request(asked), end);
        if Instant::now() >= end {
            break;
        }
    }
    let report = guard.report().frames_post_processor(inside).build();
    drop(guard);
    let Ok(mut report) = report else {
        return unavailable("the samples cannot be read\n");
    };
    report.data.retain(|frames, _| !frames.frames.is_empty());
    if report.data.is_empty() {
        return "no sample fell into the request: it is too quick for so few times, only waits, or the program has no symbols\n".into_response();
    }
    let mut options = Options::default();
    options.title = format!("GET {}", wish.uri.path());
    let mut picture = Vec::new();
    match report.flamegraph_with_options(&mut picture, &mut options) {
        Ok(()) => shown(
            picture,
            "image/svg+xml",
            // The picture's own script lets one look closer; it reaches nothing.
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; sandbox allow-scripts",
        ),
        Err(_) => unavailable("the picture cannot be drawn\n"),
    }
}

/// Handles the request and reads its answer; samples within this function are the request's.
#[inline(never)]
fn sampled_request(inner: &dyn Handler, request: Request, end: Instant) {
    let mut body = inner.handle(request).into_body();
    let mut buffer = vec![0; 16 * 1024];
    while Instant::now() < end && body.read(&mut buffer).is_ok_and(|count| count > 0) {
        black_box(&buffer);
    }
}

/// Leaves of a stack what is inside of the request; nothing of another thread's.
fn inside(frames: &mut Frames) {
    // The innermost call comes first.
    let mark = frames
        .frames
        .iter()
        .position(|inlined| inlined.iter().any(|symbol| symbol.name().ends_with(MARK)));
    frames.frames.truncate(mark.unwrap_or(0));
}
