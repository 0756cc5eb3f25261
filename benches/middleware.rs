//! What each middleware adds to a request, beside the handler alone. No peer does the same over a blocking handler; the floors are what the work costs at the least.

use std::fs::File;
use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request, Response};
use zeug_middleware::{Dispatcher, Lint, Profiler, ProxyFix, SharedData, TrustedHosts};

/// A request as a browser's comes through a proxy.
fn request(path: &'static str) -> Request {
    let mut request = Request::new(());
    *request.uri_mut() = http::Uri::from_static(path);
    for (name, value) in [
        ("Host", "www.example.org"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"),
        ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
        ("Accept-Encoding", "gzip, deflate, br"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
    ] {
        request
            .headers_mut()
            .try_append(name, value)
            .expect("well formed");
    }
    let peer = Some(([10, 0, 0, 1], 4711).into());
    *request.received_mut() = Received::default().with_peer(peer);
    request
}

fn app(_: Request) -> Response {
    let mut response = Response::new("Hello World!");
    response
        .headers_mut()
        .try_append("Content-Type", "text/plain; charset=utf-8")
        .expect("well formed");
    response
}

/// Times one handler, after it has answered as it should.
fn case(
    group: &mut BenchmarkGroup<'_, WallTime>,
    implementation: &str,
    path: &'static str,
    app: impl Handler,
) {
    assert_eq!(app.handle(request(path)).status(), 200);
    group.bench_function(implementation, |bencher| {
        bencher.iter_batched(
            || request(path),
            |request| app.handle(black_box(request)),
            criterion::BatchSize::SmallInput,
        );
    });
}

fn layers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("middleware/page");
    let app = || app.into_handler();
    case(&mut group, "floor", "/blog/2026/entry", app());
    case(
        &mut group,
        "proxy-fix",
        "/blog/2026/entry",
        app().with(ProxyFix::default()),
    );
    let behind = ProxyFix::behind(["10.0.0.0/8"]).expect("a network");
    case(
        &mut group,
        "proxy-fix-networks",
        "/blog/2026/entry",
        app().with(behind),
    );
    case(
        &mut group,
        "trusted-hosts",
        "/blog/2026/entry",
        app().with(TrustedHosts::new([".example.org"])),
    );
    let mut dispatcher = Dispatcher::new();
    for prefix in ["/api", "/admin", "/static", "/blog", "/shop"] {
        dispatcher = dispatcher.mount(prefix, app()).expect("a prefix");
    }
    case(
        &mut group,
        "dispatcher",
        "/blog/2026/entry",
        app().with(dispatcher),
    );
    let lint = Lint::panicking();
    case(&mut group, "lint", "/blog/2026/entry", app().with(lint));
    let profiler = Profiler::default();
    case(
        &mut group,
        "profiler",
        "/blog/2026/entry",
        app().with(profiler),
    );
    let files = SharedData::new().folder("/static", "src");
    let files = files.or_else(|_| SharedData::new().folder("/static", "."));
    case(
        &mut group,
        "shared-data-other-path",
        "/blog/2026/entry",
        app().with(files.expect("a folder")),
    );
}

fn files(criterion: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("zeug-bench-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("style.css");
    std::fs::write(&path, vec![b'x'; 10 * 1024]).expect("a file");
    let mut group = criterion.benchmark_group("middleware/file");
    group.bench_function("floor", |bencher| {
        bencher.iter(|| {
            let file = File::open(black_box(&path)).expect("the file");
            (file.metadata().expect("its state").len(), file)
        });
    });
    let files = SharedData::new().folder("/static", &folder);
    let files = files.expect("the folder");
    case(
        &mut group,
        "zeug",
        "/static/style.css",
        app.into_handler().with(files.clone()),
    );
    case(
        &mut group,
        "zeug-precompressed",
        "/static/style.css",
        app.into_handler().with(files.precompressed()),
    );
    let memory = SharedData::new().memory("/static", [("style.css", vec![b'x'; 10 * 1024])]);
    case(
        &mut group,
        "zeug-memory",
        "/static/style.css",
        app.into_handler().with(memory),
    );
    group.finish();
    std::fs::remove_dir_all(folder).expect("removed");
}

criterion_group!(benches, layers, files);
criterion_main!(benches);
