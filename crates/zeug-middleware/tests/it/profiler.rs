//! Measured requests: spans nest, the slowest are kept, and nothing leaks from one request to the next.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
use zeug_middleware::{Profiler, span};

fn asks(path: &str) -> Request {
    http::Request::get(path).body(()).unwrap().into()
}

#[test]
fn spans_nest_and_are_told() {
    let profiler = Profiler::default().server_timing();
    let records = profiler.records();
    let app = (|_: Request| {
        let _outer = span("load page");
        drop(span("query"));
        "x"
    })
    .into_handler()
    .with(profiler);
    let response = app.handle(asks("/p?secret=1"));
    let timing = response
        .headers()
        .get("server-timing")
        .unwrap()
        .to_utf8_lossy()
        .into_owned();
    assert!(
        timing.starts_with("total;dur=")
            && timing.contains("load_page;dur=")
            && timing.contains("query;dur=")
    );
    let [record] = &records.slowest()[..] else {
        panic!("one request");
    };
    assert_eq!((record.request(), record.status()), ("GET /p", 200));
    let spans: Vec<_> = record
        .spans()
        .map(|(name, depth, _)| (name, depth))
        .collect();
    assert_eq!(spans, [("load page", 0), ("query", 1)]);
    assert!(record.spans().all(|(.., time)| time <= record.time()));
    records.clear();
    assert!(records.slowest().is_empty());
}

#[test]
fn only_the_slowest_are_kept() {
    let profiler = Profiler::default().slowest(3);
    let records = profiler.records();
    let app = (|_: Request| "x").into_handler().with(profiler);
    for number in 0..20 {
        app.handle(asks(&format!("/{number}")));
    }
    let kept = records.slowest();
    assert_eq!(kept.len(), 3);
    assert!(kept.is_sorted_by(|left, right| left.time() >= right.time()));
}

#[test]
fn a_panic_leaves_nothing_behind_and_spans_are_bounded() {
    let profiler = Profiler::default();
    let records = profiler.records();
    let app = (|request: Request| {
        for _ in 0..5_000 {
            drop(span("loop"));
        }
        assert!(request.uri().path() != "/panic", "as the test wants it");
        "x"
    })
    .into_handler()
    .with(profiler);
    assert!(catch_unwind(AssertUnwindSafe(|| app.handle(asks("/panic")))).is_err());
    app.handle(asks("/"));
    let [record] = &records.slowest()[..] else {
        panic!("one request that was answered");
    };
    assert_eq!(record.spans().count(), 1_000);
}

fn paged() -> impl Handler {
    let allowed = |request: &Request| request.headers().get("x-operator").is_some();
    let profiler = Profiler::default().page("/__profiler__", allowed).unwrap();
    (|request: Request| match request.uri().path() {
        "/work" => works_hard(30_000_000).to_string(),
        path => format!("handled {path}"),
    })
    .into_handler()
    .with(profiler)
}

/// What a flame graph is to name.
#[inline(never)]
fn works_hard(times: u32) -> u32 {
    (0..times).fold(1, |sum, next| {
        std::hint::black_box(sum)
            .wrapping_mul(31)
            .wrapping_add(next)
    })
}

fn shown(app: &impl Handler, path: &str, operator: bool) -> (Option<String>, String) {
    let mut request = asks(path);
    if operator {
        request.headers_mut().try_append("X-Operator", "1").unwrap();
    }
    let response = app.handle(request);
    let kind = response.headers().get("content-type");
    let kind = kind.map(|value| value.to_utf8_lossy().into_owned());
    let body = response.into_body().into_bytes(10 << 20).unwrap();
    (kind, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn the_page_is_for_whom_it_is_allowed() {
    let app = paged();
    assert_eq!(shown(&app, "/a?b=c", false).1, "handled /a");
    for path in ["/__profiler__", "/__profiler__?flame=/work"] {
        assert_eq!(shown(&app, path, false).1, "handled /__profiler__");
    }
    let (kind, page) = shown(&app, "/__profiler__", true);
    assert_eq!(kind.as_deref(), Some("text/html; charset=utf-8"));
    assert!(page.contains("GET /a 200"), "{page}");
    assert_eq!(
        shown(&app, "/__profiler__/x", true).1,
        "handled /__profiler__/x"
    );
    assert!(Profiler::default().page("page", |_| true).is_err());
    assert_eq!(works_hard(2), works_hard(2));
}

#[test]
#[cfg(all(feature = "flamegraph", target_os = "linux"))]
fn a_flame_graph_names_the_handlers_function() {
    let app = paged();
    shown(&app, "/a%20%26b", false);
    let (_, page) = shown(&app, "/__profiler__", true);
    assert!(
        page.contains("<a href=\"?flame=%2Fa%2520%2526b&amp;times=20\">"),
        "{page}"
    );
    // The processor's timer may be late on a busy machine.
    for _ in 0..10 {
        let (kind, picture) = shown(&app, "/__profiler__?flame=%2Fwork&times=10", true);
        if kind.as_deref() == Some("image/svg+xml") {
            assert!(picture.contains("works_hard"), "{picture}");
            assert!(picture.contains("GET /work"));
            assert!(!picture.contains("sampled_request"), "only what is inside");
            return;
        }
        assert!(
            picture.contains("no sample") || picture.contains("another"),
            "{picture}"
        );
    }
    panic!("no sample in ten times");
}

#[test]
#[cfg(all(feature = "flamegraph", target_os = "linux"))]
fn flame_graphs_of_nothing_say_so() {
    let app = paged();
    let told = shown(&app, "/__profiler__?flame=/quick&times=1", true).1;
    assert!(
        told.contains("no sample") || told.contains("another"),
        "{told}"
    );
    for no_path in [
        "flame=",
        "flame=work",
        "flame=http%3A%2F%2Fevil.test%2F",
        "times=3",
    ] {
        let (kind, _) = shown(&app, &format!("/__profiler__?{no_path}"), true);
        assert_eq!(
            kind.as_deref(),
            Some("text/html; charset=utf-8"),
            "{no_path}"
        );
    }
}
