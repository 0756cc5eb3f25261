//! Warnings: each mistake is told once, and a right answer is not.

use std::sync::{Arc, Mutex};

use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::Lint;

/// The warnings that an answer causes, as `place: message`.
fn told(answer: fn() -> Response) -> Vec<String> {
    let told = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&told);
    let lint = Lint::telling(move |warning| {
        assert!(warning.rule().starts_with("RFC "));
        let text = format!("{}: {}", warning.place(), warning.message());
        kept.lock().unwrap().push(text);
    });
    let app = (move |_: Request| answer()).into_handler().with(lint);
    let _ = app.handle(Request::new(())).into_body().into_bytes(1000);
    std::mem::take(&mut told.lock().unwrap())
}

/// A handler that makes a mistake, and what is told of it.
type Row = (fn() -> Response, &'static str);

fn answer(status: u16, fields: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in fields {
        response.headers_mut().try_append(*name, *value).unwrap();
    }
    response
}

#[test]
fn right_answers_are_not_warned_of() {
    for right in [
        (|| {
            answer(
                200,
                &[("Content-Type", "a/b"), ("Content-Length", "1")],
                "x",
            )
        }) as fn() -> Response,
        || {
            answer(
                304,
                &[
                    ("ETag", "W/\"v\""),
                    ("Expires", "0"),
                    ("Cache-Control", "no-cache"),
                ],
                "",
            )
        },
        || answer(204, &[], ""),
        || answer(302, &[("Location", "../relative?x=1#y")], ""),
        || {
            answer(
                206,
                &[("Content-Type", "a/b"), ("Content-Range", "bytes 0-0/2")],
                "x",
            )
        },
        || answer(405, &[("Allow", "")], ""),
        || answer(200, &[("Set-Cookie", "__Host-a=b; Secure; Path=/")], ""),
        || {
            answer(
                200,
                &[
                    ("Connection", "close"),
                    ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ],
                "",
            )
        },
        || {
            answer(
                200,
                &[("Content-Type", "a/b"), ("Content-Length", "3")],
                Body::reader(&b"abc"[..]),
            )
        },
    ] {
        assert_eq!(told(right), Vec::<String>::new());
    }
}

#[test]
fn mistakes_are_told() {
    let rows: &[Row] = &[
        (
            || answer(200, &[("ETag", "v1")], ""),
            "etag: not in double quotes",
        ),
        (
            || answer(200, &[("ETag", "w/\"v1\"")], ""),
            "etag: the weak mark is an upper case W",
        ),
        (
            || answer(200, &[("Status", "404")], ""),
            "status: a field of CGI that some servers read as the status",
        ),
        (
            || answer(304, &[("Content-Type", "a/b")], ""),
            "status: content-type describes a body that 304 does not have",
        ),
        (|| answer(304, &[], "x"), "body: 304 has none"),
        (|| answer(204, &[], "x"), "body: 204 has none"),
        (
            || answer(204, &[("Content-Length", "0")], ""),
            "content-length: 204 has none",
        ),
        (
            || answer(103, &[], ""),
            "status: an interim status as the last answer",
        ),
        (|| answer(101, &[], ""), "status: 101 without an upgrade"),
        (
            || {
                answer(
                    200,
                    &[("Content-Type", "a/b"), ("Content-Length", "2")],
                    "x",
                )
            },
            "content-length: 2 stated, the body has 1 bytes",
        ),
        (
            || answer(200, &[("Content-Length", "+0")], ""),
            "content-length: not a number of bytes",
        ),
        (
            || answer(200, &[("Content-Length", "0"), ("Content-Length", "0")], ""),
            "content-length: stands more than once",
        ),
        (
            || answer(200, &[("Transfer-Encoding", "chunked")], ""),
            "connection: transfer-encoding is the server's to set",
        ),
        (
            || answer(200, &[("Keep-Alive", "timeout=5")], ""),
            "connection: keep-alive is the server's to set",
        ),
        (|| answer(401, &[], ""), "www-authenticate: missing in 401"),
        (|| answer(405, &[], ""), "allow: missing in 405"),
        (|| answer(303, &[], ""), "location: missing in 303"),
        (
            || answer(302, &[("Location", "/a b")], ""),
            "location: not a URL in ASCII",
        ),
        (
            || answer(302, &[("Location", "/\\evil.test")], ""),
            "location: not a URL in ASCII",
        ),
        (|| answer(206, &[], ""), "content-range: missing in 206"),
        (
            || answer(200, &[("Date", "yesterday")], ""),
            "date: not a date",
        ),
        (
            || {
                answer(
                    200,
                    &[
                        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                    ],
                    "",
                )
            },
            "date: stands more than once",
        ),
        (
            || answer(200, &[], "x"),
            "content-type: missing beside a body",
        ),
        (
            || {
                answer(
                    200,
                    &[("Content-Type", "a/b"), ("Content-Length", "4")],
                    Body::reader(&b"abc"[..]),
                )
            },
            "content-length: 4 stated, 3 bytes came",
        ),
        (
            || {
                answer(
                    200,
                    &[("Content-Type", "a/b"), ("Content-Length", "2")],
                    Body::reader(&b"abc"[..]),
                )
            },
            "content-length: 2 stated, 3 bytes and more came",
        ),
    ];
    for (wrong, wanted) in rows {
        assert_eq!(told(*wrong), [*wanted]);
    }
    assert_eq!(
        told(|| answer(200, &[("Set-Cookie", "__Host-a=b")], "")).len(),
        1
    );
}
