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
