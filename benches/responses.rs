//! Answers beside their peers: building one, cookies, JSON, redirects, conditions, ranges, file names and paths. Each group checks the answers first.

use std::hint::black_box;
use std::path::{Component, Path, PathBuf};

use axum::response::IntoResponse as _;
use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LOCATION, RANGE, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use zeug_gateway::Body;
use zeug_http::{ETag, HttpDate, SetCookie};
use zeug_messages::{Conditional, Request, Response, redirect};
use zeug_security::{safe_join, secure_file_name};

const TEXT: &str = "text/plain; charset=utf-8";
const HELLO: &str = "Hello World!";

/// Times one implementation.
fn case<T>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    implementation: &str,
    mut run: impl FnMut() -> T,
) {
    group.bench_function(implementation, |bencher| bencher.iter(&mut run));
}

/// An answer of `http` alone: what its parts cost at the least.
fn plain(content_type: &'static str, body: Vec<u8>) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn actix(
    content_type: &'static str,
    body: impl actix_web::body::MessageBody + 'static,
) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok()
        .content_type(content_type)
        .body(body)
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("response-build/text");
    let zeug = || zeug_gateway::Response::from(Response::text(black_box(HELLO)));
    let axum = || black_box(HELLO).to_owned().into_response();
    let peer = || actix(TEXT, black_box(HELLO).to_owned());
    assert_eq!(zeug().status(), 200);
    assert_eq!(zeug().headers().get("content-type").expect("field"), TEXT);
    assert_eq!(axum().status(), 200);
    assert_eq!(axum().headers()["content-type"], TEXT);
    assert_eq!(peer().status().as_u16(), 200);
    assert_eq!(
        peer()
            .headers()
            .get("content-type")
            .map(|value| value.as_bytes()),
        Some(TEXT.as_bytes())
    );
    case(&mut group, "zeug", zeug);
    case(&mut group, "axum", axum);
    case(&mut group, "actix-web", peer);
    case(&mut group, "floor", || plain(TEXT, black_box(HELLO).into()));
    group.finish();

    let mut group = criterion.benchmark_group("response-build/json");
    let value = serde_json::json!({"name": "zeug", "numbers": [1, 2, 3]});
    let expected = value.to_string();
    let zeug = || zeug_gateway::Response::from(Response::json(black_box(&value)).expect("json"));
    let axum = || axum::Json(black_box(&value)).into_response();
    let peer = || actix_web::HttpResponse::Ok().json(black_box(&value));
    assert_eq!(zeug().body().as_bytes(), Some(expected.as_bytes()));
    assert_eq!(axum().headers()["content-type"], "application/json");
    assert_eq!(
        peer()
            .headers()
            .get("content-type")
            .map(|value| value.as_bytes()),
        Some(&b"application/json"[..])
    );
    case(&mut group, "zeug", zeug);
    case(&mut group, "axum", axum);
    case(&mut group, "actix-web", peer);
    case(&mut group, "floor", || {
        plain(
            "application/json",
            serde_json::to_vec(black_box(&value)).unwrap_or_default(),
        )
    });
    group.finish();

    let mut group = criterion.benchmark_group("response-build/cookie");
    let zeug = || {
        let mut response = Response::text(black_box(HELLO));
        response
            .set_cookie(&SetCookie::new("id", black_box("7")).http_only())
            .expect("a cookie");
        zeug_gateway::Response::from(response)
    };
    let built = || {
        cookie::Cookie::build(("id", black_box("7")))
            .http_only(true)
            .path("/")
            .build()
    };
    let axum = || {
        let mut response = black_box(HELLO).to_owned().into_response();
        let value = HeaderValue::from_str(&built().encoded().to_string()).expect("a field value");
        response.headers_mut().append(SET_COOKIE, value);
        response
    };
    let peer = || {
        let cookie = actix_web::cookie::Cookie::build("id", black_box("7"))
            .http_only(true)
            .path("/")
            .finish();
        actix_web::HttpResponse::Ok()
            .content_type(TEXT)
            .cookie(cookie)
            .body(black_box(HELLO).to_owned())
    };
    assert_eq!(
        zeug().headers().get("set-cookie").expect("field"),
        "id=7; HttpOnly; Path=/"
    );
    assert_eq!(axum().headers()["set-cookie"], "id=7; HttpOnly; Path=/");
    assert!(
        peer()
            .headers()
            .get("set-cookie")
            .is_some_and(|value| value.as_bytes().starts_with(b"id=7; HttpOnly"))
    );
    case(&mut group, "zeug", zeug);
    case(&mut group, "axum+cookie", axum);
    case(&mut group, "actix-web", peer);
    case(&mut group, "floor", || {
        let mut response = plain(TEXT, black_box(HELLO).into());
        response.headers_mut().append(
            SET_COOKIE,
            HeaderValue::from_static("id=7; HttpOnly; Path=/"),
        );
        response
    });
    group.finish();

    // axum's redirect has no page: clients that do not follow show nothing. It is timed all the same.
    let mut group = criterion.benchmark_group("response-build/redirect");
    let zeug = || zeug_gateway::Response::from(redirect(black_box("/there?a=b")));
    let axum = || axum::response::Redirect::to(black_box("/there?a=b")).into_response();
    let peer = || {
        actix_web::HttpResponse::SeeOther()
            .insert_header(("location", black_box("/there?a=b")))
            .finish()
    };
    assert_eq!(zeug().status(), 303);
    assert_eq!(
        zeug().headers().get("location").expect("field"),
        "/there?a=b"
    );
    assert_eq!(axum().status(), 303);
    assert_eq!(axum().headers()["location"], "/there?a=b");
    assert_eq!(peer().status().as_u16(), 303);
    case(&mut group, "zeug", zeug);
    case(&mut group, "axum", axum);
    case(&mut group, "actix-web", peer);
    case(&mut group, "floor", || {
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("/there?a=b"));
        response
    });
    group.finish();
}

fn asking(name: &'static str, value: &'static str) -> Request {
    let mut request = http::Request::new(Body::empty());
    request
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    request.into()
}

/// A page with a tag, as the `headers` crate and hand-written code would answer it. Actix has conditions for files only, axum none.
fn by_hand(fields: &HeaderMap) -> http::Response<bytes::Bytes> {
    let tag: headers::ETag = "\"v1\"".parse().expect("a tag");
    let mut response = http::Response::new(bytes::Bytes::from_static(HELLO.as_bytes()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    response
        .headers_mut()
        .insert(ETAG, HeaderValue::from_static("\"v1\""));
    if let Some(condition) = fields.typed_get::<IfNoneMatch>()
        && !condition.precondition_passes(&tag)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = bytes::Bytes::new();
        return response;
    }
    if let Some(range) = fields.get(RANGE).and_then(|value| value.to_str().ok()) {
        let parsed = http_range_header::parse_range_header(range).expect("ranges");
        let ranges = parsed.validate(HELLO.len() as u64).expect("satisfiable");
        let (first, last) = (*ranges[0].start(), *ranges[0].end());
        let body = response.body().slice(first as usize..=last as usize);
        let value = format!("bytes {first}-{last}/{}", HELLO.len());
        response.headers_mut().insert(
            CONTENT_RANGE,
            HeaderValue::from_str(&value).expect("a field value"),
        );
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        *response.body_mut() = body;
    }
    response
}

fn conditional(criterion: &mut Criterion) {
    let now = HttpDate::from_unix_seconds(1_700_000_000);
    let tag = ETag::strong("v1").expect("a tag");
    let answer = |request: &Request| {
        let mut response = Response::text(HELLO);
        response.set_etag(&tag);
        response
            .make_conditional(request, Conditional::default().ranges().at(now))
            .expect("an answer");
        zeug_gateway::Response::from(response)
    };
    for (case_name, name, value, status) in [
        ("not-modified", "if-none-match", "\"v0\", \"v1\"", 304),
        ("range", "range", "bytes=6-", 206),
        ("none", "accept", "*/*", 200),
    ] {
        let mut group = criterion.benchmark_group(format!("response-conditional/{case_name}"));
        let request = asking(name, value);
        let fields = request.headers().clone();
        assert_eq!(
            (
                answer(&request).status().as_u16(),
                by_hand(&fields).status().as_u16()
            ),
            (status, status)
        );
        assert_eq!(
            answer(&request).headers().get("content-range"),
            by_hand(&fields).headers().get("content-range")
        );
        case(&mut group, "zeug", || answer(black_box(&request)));
        case(&mut group, "headers+http-range-header", || {
            by_hand(black_box(&fields))
        });
        case(&mut group, "floor", || plain(TEXT, black_box(HELLO).into()));
        group.finish();
    }
}

/// What static file services do by themselves: only ordinary components.
fn components(root: &str, path: &str) -> Option<PathBuf> {
    let mut joined = PathBuf::from(root);
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(joined)
}

fn names(criterion: &mut Criterion) {
    for (name, kept) in [
        ("report-2024.pdf", "report-2024.pdf"),
        ("../..//etc/passwd", "etc_passwd"),
        ("Mein schönes Bild 1.jpeg", "Mein_schones_Bild_1.jpeg"),
    ] {
        let case_name = if name == kept {
            "plain"
        } else if name.is_ascii() {
            "hostile"
        } else {
            "unicode"
        };
        let mut group = criterion.benchmark_group(format!("file-name/{case_name}"));
        assert_eq!(secure_file_name(name), kept);
        case(&mut group, "zeug", || secure_file_name(black_box(name)));
        // It keeps blanks and letters with accents, and glues what a slash separates: it is timed where the answers are the same.
        if sanitize_filename::sanitize(name) == kept {
            case(&mut group, "sanitize-filename", || {
                sanitize_filename::sanitize(black_box(name))
            });
        }
        case(&mut group, "floor", || black_box(name).to_owned());
        group.finish();
    }
    for (case_name, path, joined) in [
        (
            "plain",
            "css/themes/site.css",
            Some("/srv/static/css/themes/site.css"),
        ),
        ("refused", "../../etc/passwd", None),
    ] {
        let mut group = criterion.benchmark_group(format!("safe-join/{case_name}"));
        assert_eq!(
            safe_join("/srv/static", [path]).ok().as_deref(),
            joined.map(Path::new)
        );
        assert_eq!(
            components("/srv/static", path).as_deref(),
            joined.map(Path::new)
        );
        case(&mut group, "zeug", || {
            safe_join(black_box("/srv/static"), [black_box(path)]).ok()
        });
        case(&mut group, "std-components", || {
            components(black_box("/srv/static"), black_box(path))
        });
        case(&mut group, "floor", || {
            format!("{}/{}", black_box("/srv/static"), black_box(path))
        });
        group.finish();
    }
}

criterion_group!(benches, build, conditional, names);
criterion_main!(benches);
