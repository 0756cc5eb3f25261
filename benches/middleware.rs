//! What each middleware adds to a request, beside the handler alone. Peers are tower-http's layers where there are such, around a service that is ready at once; each stands
//! beside its own floor, the same page without a layer. Those without a peer stand beside the floor alone.

use std::convert::Infallible;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceBuilder, service_fn};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestUuid, SetRequestIdLayer};
use zeug_datastructures::{FieldValue, names};
use zeug_gateway::{Handler, HandlerExt, IntoHandler, Received, Request, Response};
use zeug_middleware::{
    BodyLimit, Coding, Compress, Cors, Dispatcher, Lint, Profiler, ProxyFix, RateLimit, RequestIds,
    SecurityHeaders, SharedData, TrustedHosts,
};

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

/// The page that is compressed: 10 KiB of a table in HTML.
fn page() -> Bytes {
    let mut page = String::from("<!doctype html><title>Orders</title><table>");
    for row in 0_u32.. {
        if page.len() >= 10 * 1024 {
            break;
        }
        let price = row.wrapping_mul(2_654_435_761) >> 18;
        page.push_str(&format!(
            "<tr class=row><td>{row}<td>Order no. {price}<td>{price}.00 EUR"
        ));
    }
    page.into()
}

const ORIGIN: &str = "https://app.example";

/// A request of these fields, for both sides.
fn raw_request(method: &str, fields: &[(&str, &str)]) -> http::Request<()> {
    let request = http::Request::builder()
        .method(method)
        .uri("/blog/2026/entry");
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(()).expect("a request")
}

/// An answer with that body, as each side's programs make one.
fn own_response(body: Bytes) -> Response {
    let mut response = Response::new(body);
    let fields = response.headers_mut();
    let html = FieldValue::from_static("text/html; charset=utf-8");
    fields.append(names::CONTENT_TYPE, html);
    fields.append(names::ETAG, FieldValue::from_static("\"v1\""));
    response
}

fn raw_response<B>(body: B) -> http::Response<B> {
    let response = http::Response::builder().header("content-type", "text/html; charset=utf-8");
    response
        .header("etag", "\"v1\"")
        .body(body)
        .expect("an answer")
}

type PeerRequest = http::Request<Full<Bytes>>;

/// Times one of zeug's handlers from request to the whole body, after its answer passed the test.
fn zeug(
    group: &mut BenchmarkGroup<'_, WallTime>,
    implementation: &str,
    raw: &http::Request<()>,
    app: impl Handler,
    passes: impl Fn(u16, &dyn Fn(&str) -> Option<String>, Bytes) -> bool,
) {
    let make = || {
        let mut request = Request::from(raw.clone());
        let peer = Some(([10, 0, 0, 1], 4711).into());
        *request.received_mut() = Received::default().with_peer(peer);
        request
    };
    let response = app.handle(make());
    let (parts, body) = response.into_parts();
    let field = |name: &str| Some(parts.headers.get(name)?.to_utf8_lossy().into_owned());
    let bytes = body.into_bytes(1 << 20).expect("a body");
    assert!(
        passes(parts.status.as_u16(), &field, bytes),
        "{implementation}"
    );
    group.bench_function(implementation, |bencher| {
        bencher.iter_batched(
            make,
            |request| {
                app.handle(black_box(request))
                    .into_body()
                    .into_bytes(1 << 20)
            },
            criterion::BatchSize::SmallInput,
        );
    });
}

/// The same for a service of tower.
fn tower_http<S, B>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    implementation: &str,
    raw: &http::Request<()>,
    mut app: S,
    passes: impl Fn(u16, &dyn Fn(&str) -> Option<String>, Bytes) -> bool,
) where
    S: Service<PeerRequest, Response = http::Response<B>>,
    B: http_body::Body<Data = Bytes>,
{
    let make = || raw.clone().map(|()| Full::new(Bytes::new()));
    let mut run = |request| {
        let response = app.call(request).now_or_never().expect("ready at once");
        let response = response.unwrap_or_else(|_| unreachable!("no layer here fails"));
        let (parts, body) = response.into_parts();
        let body = body.collect().now_or_never().expect("ready at once");
        let body = body.unwrap_or_else(|_| unreachable!("no body here fails"));
        (parts, body.to_bytes())
    };
    let (parts, bytes) = run(make());
    let field = |name: &str| {
        Some(String::from_utf8_lossy(parts.headers.get(name)?.as_bytes()).into_owned())
    };
    assert!(
        passes(parts.status.as_u16(), &field, bytes),
        "{implementation}"
    );
    group.bench_function(implementation, |bencher| {
        bencher.iter_batched(
            make,
            |request| run(black_box(request)),
            criterion::BatchSize::SmallInput,
        );
    });
}

fn beside_tower_http(criterion: &mut Criterion) {
    let content = page();
    let own = || {
        let content = content.clone();
        (move |_: Request| own_response(content.clone())).into_handler()
    };
    let theirs = || {
        let content = content.clone();
        service_fn(move |_: PeerRequest| {
            let response = raw_response(Full::new(content.clone()));
            std::future::ready(Ok::<_, Infallible>(response))
        })
    };
    type Passes = fn(u16, &dyn Fn(&str) -> Option<String>, Bytes) -> bool;
    let ok: Passes = |status, _, body| status == 200 && body.len() > 10_000;

    let willing = raw_request("GET", &[("accept-encoding", "gzip, deflate, br")]);
    let is_gzip: Passes = |status, field, body| {
        let mut text = String::new();
        let whole = flate2::read::GzDecoder::new(&*body).read_to_string(&mut text);
        status == 200
            && field("content-encoding").as_deref() == Some("gzip")
            && field("vary").is_some_and(|vary| vary.eq_ignore_ascii_case("accept-encoding"))
            && whole.is_ok_and(|len| len > 10_000)
    };
    let mut group = criterion.benchmark_group("middleware/compress-10k");
    group.bench_function("floor-flate2", |bencher| {
        bencher.iter(|| {
            let level = flate2::Compression::new(6);
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(black_box(&content)).expect("memory");
            encoder.finish().expect("memory")
        });
    });
    zeug(
        &mut group,
        "zeug",
        &willing,
        own().with(Compress::default().codings([Coding::Gzip])),
        is_gzip,
    );
    let layer = CompressionLayer::new().quality(CompressionLevel::Precise(6));
    tower_http(
        &mut group,
        "tower-http",
        &willing,
        layer.layer(theirs()),
        is_gzip,
    );
    group.finish();

    let plain = raw_request("GET", &[]);
    let mut group = criterion.benchmark_group("middleware/compress-unasked");
    zeug(&mut group, "floor", &plain, own(), ok);
    zeug(
        &mut group,
        "zeug",
        &plain,
        own().with(Compress::default()),
        ok,
    );
    tower_http(&mut group, "floor-tower", &plain, theirs(), ok);
    tower_http(
        &mut group,
        "tower-http",
        &plain,
        CompressionLayer::new().layer(theirs()),
        ok,
    );
    group.finish();

    let cors = || {
        let cors = Cors::origins([ORIGIN]).expect("an origin");
        let cors = cors
            .methods([http::Method::PUT])
            .headers(["content-type", "x-token"]);
        cors.expect("names")
            .credentials()
            .expect("no star")
            .max_age(Duration::from_secs(600))
    };
    let their_cors = || {
        CorsLayer::new()
            .allow_origin(AllowOrigin::list([ORIGIN.parse().expect("a value")]))
            .allow_methods([http::Method::PUT])
            .allow_headers([
                http::header::CONTENT_TYPE,
                http::HeaderName::from_static("x-token"),
            ])
            .allow_credentials(true)
            .max_age(Duration::from_secs(600))
    };
    let allowed: Passes = |_, field, _| {
        field("access-control-allow-origin").as_deref() == Some(ORIGIN)
            && field("vary").is_some_and(|vary| vary.to_lowercase().contains("origin"))
    };
    let other = raw_request("GET", &[("origin", ORIGIN)]);
    let mut group = criterion.benchmark_group("middleware/cors");
    zeug(&mut group, "floor", &other, own(), ok);
    zeug(&mut group, "zeug", &other, own().with(cors()), allowed);
    tower_http(&mut group, "floor-tower", &other, theirs(), ok);
    tower_http(
        &mut group,
        "tower-http",
        &other,
        their_cors().layer(theirs()),
        allowed,
    );
    group.finish();
    let preflight = raw_request(
        "OPTIONS",
        &[
            ("origin", ORIGIN),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "x-token"),
        ],
    );
    let mut group = criterion.benchmark_group("middleware/cors-preflight");
    zeug(&mut group, "zeug", &preflight, own().with(cors()), allowed);
    tower_http(
        &mut group,
        "tower-http",
        &preflight,
        their_cors().layer(theirs()),
        allowed,
    );
    group.finish();

    let mut group = criterion.benchmark_group("middleware/body-limit");
    zeug(&mut group, "floor", &plain, own(), ok);
    zeug(
        &mut group,
        "zeug",
        &plain,
        own().with(BodyLimit::bytes(1 << 20)),
        ok,
    );
    tower_http(&mut group, "floor-tower", &plain, theirs(), ok);
    // The layer gives its handler another type of body.
    let content_of_limited = content.clone();
    let limited = service_fn(
        move |_: http::Request<tower_http::body::Limited<Full<Bytes>>>| {
            let response = raw_response(Full::new(content_of_limited.clone()));
            std::future::ready(Ok::<_, Infallible>(response))
        },
    );
    tower_http(
        &mut group,
        "tower-http",
        &plain,
        RequestBodyLimitLayer::new(1 << 20).layer(limited),
        ok,
    );
    group.finish();

    let mut group = criterion.benchmark_group("middleware/request-id");
    let named: Passes = |_, field, _| field("x-request-id").is_some_and(|id| id.len() >= 32);
    zeug(&mut group, "floor", &plain, own(), ok);
    zeug(
        &mut group,
        "zeug",
        &plain,
        own().with(RequestIds::default()),
        named,
    );
    tower_http(&mut group, "floor-tower", &plain, theirs(), ok);
    let ids = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(tower_http::request_id::PropagateRequestIdLayer::x_request_id())
        .service(theirs());
    tower_http(&mut group, "tower-http", &plain, ids, named);
    group.finish();

    let mut group = criterion.benchmark_group("middleware/security-headers");
    let secured: Passes = |_, field, _| {
        field("x-content-type-options").is_some() && field("content-security-policy").is_some()
    };
    zeug(&mut group, "floor", &plain, own(), ok);
    zeug(
        &mut group,
        "zeug",
        &plain,
        own().with(SecurityHeaders::default()),
        secured,
    );
    zeug(
        &mut group,
        "zeug-nonce",
        &plain,
        own().with(SecurityHeaders::default().nonces(["script-src"])),
        secured,
    );
    tower_http(&mut group, "floor-tower", &plain, theirs(), ok);
    let field = |name: &'static str, value: &'static str| {
        tower_http::set_header::SetResponseHeaderLayer::if_not_present(
            http::HeaderName::from_static(name),
            http::HeaderValue::from_static(value),
        )
    };
    let layers = ServiceBuilder::new()
        .layer(field(
            "content-security-policy",
            "base-uri 'self'; frame-ancestors 'self'; object-src 'none'",
        ))
        .layer(field("x-frame-options", "SAMEORIGIN"))
        .layer(field("x-content-type-options", "nosniff"))
        .layer(field("referrer-policy", "strict-origin-when-cross-origin"))
        .layer(field("cross-origin-resource-policy", "same-origin"))
        .layer(field("cross-origin-opener-policy", "same-origin"))
        .service(theirs());
    tower_http(&mut group, "tower-http", &plain, layers, secured);
    group.finish();

    let mut group = criterion.benchmark_group("middleware/rate-limit");
    let told: Passes = |status, field, _| status == 200 && field("ratelimit").is_some();
    let limit = RateLimit::new(u32::MAX, Duration::from_secs(1)).expect("a rate");
    zeug(&mut group, "floor", &plain, own(), ok);
    zeug(&mut group, "zeug", &plain, own().with(limit), told);
    group.finish();
}

criterion_group!(benches, layers, files, beside_tower_http);
criterion_main!(benches);
