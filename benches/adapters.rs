//! What an adapter adds to a request: axum alone, a blocking handler alone, each through the other's convention; and what a context costs.
//!
//! The floor of `page` is the handler called as a function; `spawn-blocking` is what tokio takes for a thread that may block, which `handler-as-service` pays too.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hint::black_box;

use axum::Router;
use axum::body::Body as AxumBody;
use axum::routing::get;
use criterion::{Criterion, criterion_group, criterion_main};
use http_body_util::BodyExt;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use zeug_gateway::{Handler, Request};
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
    let adapted = ServiceHandler::new(router.clone(), runtime.handle().clone());
    let called = |handler: &dyn Handler| {
        let answer = handler.handle(request().into());
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

fn locals(criterion: &mut Criterion) {
    static NAME: Local<String> = Local::new("name");
    thread_local! {
        static FLOOR: RefCell<Option<String>> = const { RefCell::new(None) };
    }
    tokio::task_local! {
        static TASK: String;
    }
    let mut group = criterion.benchmark_group("adapters/local");
    let context = Context::new();
    context.run(|| {
        NAME.set("ada".into()).expect("a context");
        group.bench_function("zeug-local", |bencher| {
            bencher.iter(|| NAME.get().map(|name| name.len()));
        });
    });
    TASK.sync_scope("ada".into(), || {
        group.bench_function("tokio-task-local", |bencher| {
            bencher.iter(|| TASK.with(String::len));
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
