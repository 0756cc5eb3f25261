//! Answers beside their peers: building one, cookies, JSON, redirects, conditions, ranges, file names and paths. Each group checks the answers first.

use std::borrow::Cow;
use std::hint::black_box;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use axum::response::IntoResponse as _;
use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use headers::{HeaderMapExt, IfNoneMatch};
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE, SET_COOKIE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use zeug_gateway::Body;
use zeug_http::{ETag, HttpDate, SetCookie};
use zeug_messages::{Conditional, Request, Response, redirect};
use zeug_security::{safe_join, secure_file_name};

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
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

/// The fields of an answer, whatever their order.
fn fields(response: &zeug_gateway::Response) -> HeaderMap {
    HeaderMap::try_from(response.headers()).expect("few fields")
}

// axum and actix-web leave the length of a body to the server, so that their answers have no `Content-Length` yet; zeug's state it.
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

    // The page is for clients that do not follow. axum's and actix-web's own redirects have none: they are timed as `redirect-bare`.
    let mut group = criterion.benchmark_group("response-build/redirect");
    let zeug = || zeug_gateway::Response::from(redirect(black_box("/there?a=b")));
    let axum = || {
        let to = black_box("/there?a=b");
        let page = axum::response::Html(page(to));
        (StatusCode::SEE_OTHER, [(LOCATION, to)], page).into_response()
    };
    let peer = || {
        let to = black_box("/there?a=b");
        actix_web::HttpResponse::SeeOther()
            .insert_header(("location", to))
            .content_type(HTML)
            .body(page(to))
    };
    assert_eq!(zeug().status(), 303);
    assert_eq!(
        zeug().body().as_bytes(),
        Some(page("/there?a=b").as_bytes())
    );
    let mut expected = fields(&zeug());
    expected.remove(CONTENT_LENGTH);
    assert_eq!(
        (axum().status(), axum().headers()),
        (StatusCode::SEE_OTHER, &expected)
    );
    assert_eq!(peer().status().as_u16(), 303);
    assert_eq!(peer().headers().len(), expected.len());
    case(&mut group, "zeug", zeug);
    case(&mut group, "axum", axum);
    case(&mut group, "actix-web", peer);
    case(&mut group, "floor", || {
        let mut response = plain(HTML, page(black_box("/there?a=b")).into());
        *response.status_mut() = StatusCode::SEE_OTHER;
        response
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("/there?a=b"));
        response
    });
    group.finish();

    let mut group = criterion.benchmark_group("response-build/redirect-bare");
    let zeug = || {
        let mut response = Response::new(());
        response.set_status(StatusCode::SEE_OTHER);
        response
            .set_location(black_box("/there?a=b"))
            .expect("a field value");
        zeug_gateway::Response::from(response)
    };
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

/// The page of a redirect by hand: a location that needs no escaping is not copied for it.
fn page(to: &str) -> String {
    let is_markup = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    let shown = if to.bytes().any(is_markup) {
        let escapes = [
            ('&', "&amp;"),
            ('<', "&lt;"),
            ('>', "&gt;"),
            ('"', "&#34;"),
            ('\'', "&#39;"),
        ];
        let escaped = escapes
            .into_iter()
            .fold(to.to_owned(), |text, (from, to)| text.replace(from, to));
        Cow::Owned(escaped)
    } else {
        Cow::Borrowed(to)
    };
    format!(
        "<!doctype html>\n<html lang=en>\n<title>Redirecting</title>\n<h1>Redirecting</h1>\n<p>This page is at <a href=\"{shown}\">{shown}</a>.\n"
    )
}

fn asking(name: &'static str, value: &'static str) -> Request {
    let mut request = http::Request::new(Body::empty());
    request
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    request.into()
}

/// A page with a tag, a date and ranges, as the `headers` crate and hand-written code would answer it. Actix has conditions for files only, axum none.
fn by_hand(
    fields: &HeaderMap,
    tag: &headers::ETag,
    now: SystemTime,
) -> http::Response<bytes::Bytes> {
    let mut response = http::Response::new(bytes::Bytes::from(black_box(HELLO).to_owned()));
    let own = response.headers_mut();
    own.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
    own.typed_insert(tag.clone());
    own.typed_insert(headers::Date::from(now));
    own.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(condition) = fields.typed_get::<IfNoneMatch>()
        && !condition.precondition_passes(tag)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = bytes::Bytes::new();
        return response;
    }
    let length = response.body().len();
    if let Some(range) = fields.get(RANGE).and_then(|value| value.to_str().ok()) {
        let parsed = http_range_header::parse_range_header(range).expect("ranges");
        let ranges = parsed.validate(length as u64).expect("satisfiable");
        let (first, last) = (*ranges[0].start(), *ranges[0].end());
        let body = response.body().slice(first as usize..=last as usize);
        let value = format!("bytes {first}-{last}/{length}");
        response.headers_mut().insert(
            CONTENT_RANGE,
            HeaderValue::try_from(value).expect("a field value"),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        *response.body_mut() = body;
    }
    let length = HeaderValue::from(response.body().len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
    response
}

fn conditional(criterion: &mut Criterion) {
    let now = HttpDate::from_unix_seconds(1_700_000_000);
    let (tag, peers_tag) = (
        ETag::strong("v1").expect("a tag"),
        "\"v1\"".parse().expect("a tag"),
    );
    let answer = |request: &Request| {
        let mut response = Response::text(black_box(HELLO));
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
        let asked = HeaderMap::try_from(request.headers()).expect("few fields");
        let (ours, theirs) = (answer(&request), by_hand(&asked, &peers_tag, now.into()));
        assert_eq!(
            (ours.status().as_u16(), theirs.status().as_u16()),
            (status, status)
        );
        assert_eq!(&fields(&ours), theirs.headers());
        assert_eq!(ours.body().as_bytes(), Some(&theirs.body()[..]));
        case(&mut group, "zeug", || answer(black_box(&request)));
        case(&mut group, "headers+http-range-header", || {
            by_hand(black_box(&asked), &peers_tag, black_box(now).into())
        });
        case(&mut group, "floor", || plain(TEXT, black_box(HELLO).into()));
        group.finish();
    }
}

/// What static file services do by themselves: only ordinary components. Drives, devices, backslashes and NUL are not looked for.
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
