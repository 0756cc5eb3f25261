//! What an adapter adds to a request: axum alone, a blocking handler alone, each through the other's convention; and what a context costs.
//!
//! A context's value is seen by all threads of its request, may be set again, and is released with it: the peer has as much, made of tokio's task-local, a lock and an `Arc`; the task-local alone
//! is a floor. The floor of `page` is the handler called as a function; `spawn-blocking` is what tokio takes for a thread that may block, which `handler-as-service` pays too and `handler-in-place` does not.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body as AxumBody;
use axum::routing::get;
use criterion::{Criterion, criterion_group, criterion_main};
use http_body_util::BodyExt;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{Body, Handler, Request};
use zeug_local::{Context, Local};
use zeug_tower::{HandlerService, ServiceHandler};

const TEXT: &str = "Hello, World!";

fn request() -> http::Request<String> {
    http::Request::get("/hello?a=b")
        .header("host", "example.org")
        .header("accept", "text/html,*/*;q=0.8")
        .body(String::new())
        .expect("a request")
}

/// The same as zeug's server makes it.
fn received() -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "/hello?a=b".parse().expect("a target");
    let fields = request.headers_mut();
    fields.append(names::HOST, FieldValue::from_static("example.org"));
    let accept = FieldValue::from_static("text/html,*/*;q=0.8");
    fields.append(names::ACCEPT, accept);
    request
}

fn handler(_: Request) -> &'static str {
    TEXT
}

/// The body of what a service answers.
async fn ask<S, B>(service: S) -> bytes::Bytes
where
    S: tower::Service<http::Request<AxumBody>, Response = http::Response<B>, Error = Infallible>,
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let request = request().map(AxumBody::from);
    let Ok(response) = service.oneshot(request).await;
    let body = response.into_body().collect().await;
    body.expect("a body").to_bytes()
}

fn page(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("adapters/page");
    let router: Router = Router::new().route("/hello", get(async || TEXT));
    let nested: Router = Router::new().route_service("/hello", HandlerService::new(handler));
    let service = HandlerService::new(handler);
    let in_place = HandlerService::new(handler).in_place();
    let nested_in_place: Router = Router::new().route_service("/hello", in_place.clone());
    let adapted = ServiceHandler::new(router.clone(), runtime.handle().clone());
    let called = |handler: &dyn Handler| {
        let answer = handler.handle(received());
        answer.into_body().into_bytes(100).expect("a body")
    };

    assert_eq!(runtime.block_on(ask(router.clone())), TEXT);
    group.bench_function("axum", |bencher| {
        bencher.iter(|| runtime.block_on(ask(black_box(router.clone()))));
    });
    assert_eq!(runtime.block_on(ask(nested.clone())), TEXT);
    group.bench_function("handler-as-service-in-axum", |bencher| {
        bencher.iter(|| runtime.block_on(ask(black_box(nested.clone()))));
    });
    assert_eq!(runtime.block_on(ask(service.clone())), TEXT);
    group.bench_function("handler-as-service", |bencher| {
        bencher.iter(|| runtime.block_on(ask(black_box(service.clone()))));
    });
    assert_eq!(runtime.block_on(ask(in_place.clone())), TEXT);
    group.bench_function("handler-in-place", |bencher| {
        bencher.iter(|| runtime.block_on(ask(black_box(in_place.clone()))));
    });
    assert_eq!(runtime.block_on(ask(nested_in_place.clone())), TEXT);
    group.bench_function("handler-in-place-in-axum", |bencher| {
        bencher.iter(|| runtime.block_on(ask(black_box(nested_in_place.clone()))));
    });
    group.bench_function("spawn-blocking", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async { tokio::task::spawn_blocking(|| black_box(TEXT)).await })
        });
    });
    assert_eq!(called(&adapted), TEXT);
    group.bench_function("service-as-handler", |bencher| {
        bencher.iter(|| called(black_box(&adapted)));
    });
    let plain = zeug_gateway::IntoHandler::into_handler(handler);
    assert_eq!(called(&plain), TEXT);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| called(black_box(&plain)));
    });
    group.finish();
}

/// A value of a request that its threads share, may replace, and do not outlive: what a context promises, by tokio's means.
type Shared = Arc<Mutex<Option<Arc<String>>>>;

fn locals(criterion: &mut Criterion) {
    static NAME: Local<String> = Local::new("name");
    thread_local! {
        static FLOOR: RefCell<Option<String>> = const { RefCell::new(None) };
    }
    tokio::task_local! {
        static ALONE: String;
        static SHARED: Shared;
    }
    let mut group = criterion.benchmark_group("adapters/local");
    let own = || NAME.get().ok().map(|name| name.len());
    Context::new().run(|| {
        NAME.set("ada".into()).expect("a context");
        assert_eq!(own(), Some(3));
        group.bench_function("zeug-local", |bencher| bencher.iter(own));
    });
    let shared = || {
        let name = SHARED.with(|name| name.lock().expect("no panic").clone());
        name.map(|name| name.len())
    };
    let name = Some(Arc::new("ada".to_owned()));
    SHARED.sync_scope(Arc::new(Mutex::new(name)), || {
        assert_eq!(shared(), Some(3));
        group.bench_function("tokio-task-local-shared", |bencher| bencher.iter(shared));
    });
    // Of one task alone, neither set again nor released before its end.
    ALONE.sync_scope("ada".into(), || {
        group.bench_function("floor-task-local", |bencher| {
            bencher.iter(|| ALONE.with(String::len));
        });
    });
    FLOOR.set(Some("ada".into()));
    group.bench_function("floor", |bencher| {
        bencher.iter(|| FLOOR.with_borrow(|name| name.as_ref().map(String::len)));
    });
    group.finish();
}

criterion_group!(adapters, page, locals);
criterion_main!(adapters);
