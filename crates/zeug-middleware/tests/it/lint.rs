//! Warnings: each mistake is told once, and a right answer is not.

use std::sync::{Arc, Mutex};

use zeug_gateway::{
    Body, Handler, HandlerExt, IntoHandler, IntoResponse, Request, Response, Trailers, Upgrade,
};
use zeug_middleware::Lint;

/// The warnings that an answer causes, as `place: message`, to a request that any of them could be for.
fn told(answer: fn() -> Response) -> Vec<String> {
    told_to(
        &[("Range", "bytes=0-0"), ("If-None-Match", "\"v\"")],
        "GET",
        answer,
    )
}

/// Those that it causes to a request of these fields.
fn told_to(fields: &[(&str, &str)], method: &str, answer: fn() -> Response) -> Vec<String> {
    let raw = fields.iter().fold(
        http::Request::builder().method(method),
        |raw, (name, value)| raw.header(*name, *value),
    );
    told_of(raw.body(Body::empty()).unwrap().into(), answer)
}

fn told_of(request: Request, answer: impl Fn() -> Response + Send + Sync + 'static) -> Vec<String> {
    let told = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&told);
    let lint = Lint::telling(move |warning| {
        assert!(warning.rule().starts_with("RFC "));
        let text = format!("{}: {}", warning.place(), warning.message());
        kept.lock().unwrap().push(text);
    });
    let app = (move |_: Request| answer()).into_handler().with(lint);
    let _ = app.handle(request).into_body().into_bytes(1000);
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
        || answer(405, &[("Allow", "POST, PUT")], ""),
        || answer(416, &[("Content-Range", "bytes */10")], ""),
        || answer(503, &[("Retry-After", "120")], ""),
        || answer(200, &[("Vary", "*"), ("Age", "0")], ""),
        || answer(200, &[("Vary", "Cookie, Accept")], ""),
        || {
            answer(
                200,
                &[("Cache-Control", "no-cache, max-age=60, private")],
                "",
            )
        },
        || {
            answer(
                200,
                &[("Set-Cookie", "a=b"), ("Set-Cookie", "a=b; Path=/c")],
                "",
            )
        },
        || answer(200, &[("Content-Encoding", "gzip, br")], ""),
        || answer(401, &[("WWW-Authenticate", "Basic realm=\"x\"")], ""),
        || {
            answer(
                206,
                &[("Content-Type", "multipart/byteranges; boundary=x")],
                "",
            )
        },
        || {
            let mut response = answer(200, &[("Content-Type", "a/b")], Body::chunks(["x"].map(Ok)));
            response.extensions_mut().insert(Trailers::default());
            response
        },
        || Upgrade::to("echo", |_| ()).unwrap().into_response(),
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
    // The values of single fields.
    for (name, value, wanted) in [
        (
            "ETag",
            "\"a\"b\"",
            "etag: a quote, a blank or a control character in it",
        ),
        ("Location", "", "location: not a URL in ASCII"),
        (
            "Content-Location",
            "/a b",
            "content-location: not a URL in ASCII",
        ),
        ("Content-Type", "html", "content-type: not a media type"),
        (
            "Content-Type",
            "multipart/mixed",
            "content-type: multipart without a boundary",
        ),
        (
            "Content-Encoding",
            "identity",
            "content-encoding: identity is no coding of a body",
        ),
        (
            "Content-Encoding",
            "gzip;q=1",
            "content-encoding: not a list of codings",
        ),
        (
            "Content-Range",
            "bytes 0-1/2",
            "content-range: means nothing in 200",
        ),
        (
            "Retry-After",
            "soon",
            "retry-after: neither seconds nor a date",
        ),
        ("Age", "-1", "age: not a number of seconds"),
        ("Allow", "GET POST", "allow: not a list of methods"),
        ("Vary", "", "vary: not a list of field names"),
        ("Vary", "Accept Cookie", "vary: not a list of field names"),
        (
            "WWW-Authenticate",
            "\"x\"",
            "www-authenticate: no challenge",
        ),
        (
            "Cache-Control",
            "max-age",
            "cache-control: max-age without a number of seconds",
        ),
        (
            "Cache-Control",
            "no-store, s-maxage=1.5",
            "cache-control: s-maxage without a number of seconds",
        ),
        (
            "Proxy-Connection",
            "close",
            "connection: proxy-connection is the server's to set",
        ),
        (
            "X-Name",
            "J\u{fc}rgen",
            "fields: x-name has bytes that are not ASCII",
        ),
        ("Set-Cookie", "a=b; Domain=x y", "set-cookie: "),
    ] {
        let told = told_of(Request::new(()), move || answer(200, &[(name, value)], ""));
        assert!(
            told.len() == 1 && told[0].starts_with(wanted),
            "{name}: {value}: {told:?}"
        );
    }
    assert_eq!(
        told(|| answer(200, &[("Set-Cookie", "__Host-a=b")], "")).len(),
        1
    );
}

#[test]
fn answers_are_held_against_what_was_asked() {
    let range = ("Range", "bytes=0-0");
    let condition = ("If-None-Match", "\"v\"");
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, fn() -> Response, &'a str);
    let rows: &[Row<'_>] = &[
        (
            &[condition],
            "GET",
            || {
                answer(
                    206,
                    &[("Content-Range", "bytes 0-0/2"), ("Content-Type", "a/b")],
                    "x",
                )
            },
            "status: 206 to a request without Range",
        ),
        (
            &[range],
            "GET",
            || answer(304, &[], ""),
            "status: 304 to a request without conditions",
        ),
        (
            &[condition],
            "POST",
            || answer(304, &[], ""),
            "status: 304 to POST",
        ),
        (
            &[],
            "PUT",
            || answer(412, &[], ""),
            "status: 412 to a request without conditions",
        ),
        (
            &[],
            "GET",
            || answer(416, &[("Content-Range", "bytes */10")], ""),
            "status: 416 to a request without Range",
        ),
        (
            &[range],
            "GET",
            || answer(416, &[], ""),
            "content-range: missing in 416: the client cannot know the length",
        ),
        (
            &[],
            "PUT",
            || answer(405, &[("Allow", "GET, PUT")], ""),
            "allow: PUT is allowed and refused with 405",
        ),
        (
            &[range],
            "GET",
            || {
                answer(
                    206,
                    &[("Content-Range", "bytes 0-1/9"), ("Content-Type", "a/b")],
                    "x",
                )
            },
            "content-range: 2 bytes stated, the body has 1",
        ),
        (
            &[range],
            "GET",
            || {
                answer(
                    206,
                    &[("Content-Range", "0-1"), ("Content-Type", "a/b")],
                    "x",
                )
            },
            "content-range: malformed",
        ),
        (
            &[range],
            "GET",
            || {
                let kind = ("Content-Type", "multipart/byteranges; boundary=x");
                answer(
                    206,
                    &[kind, ("Content-Range", "bytes 0-1/9")],
                    Body::chunks(["x"].map(Ok)),
                )
            },
            "content-range: beside multipart/byteranges, whose parts have their own",
        ),
        (
            &[],
            "GET",
            || answer(205, &[("Content-Length", "5")], ""),
            "content-length: 205 has no body",
        ),
        (
            &[],
            "GET",
            || answer(200, &[("Set-Cookie", "a=b"), ("Set-Cookie", "a=c")], ""),
            "set-cookie: one cookie is set twice",
        ),
        (
            &[],
            "GET",
            || {
                let mut response = answer(200, &[("Content-Type", "a/b")], "known");
                response.extensions_mut().insert(Trailers::default());
                response
            },
            "trailers: behind a body of known length none are sent",
        ),
        (
            &[],
            "GET",
            || {
                let mut response = Upgrade::to("echo", |_| ()).unwrap().into_response();
                *response.status_mut() = http::StatusCode::OK;
                response.headers_mut().remove("upgrade");
                response.headers_mut().remove("connection");
                response
            },
            "status: an upgrade whose status is not 101 is not taken",
        ),
        (
            &[],
            "GET",
            || {
                let mut response = answer(200, &[], "");
                *response.reason_mut() = Some("O\rK".into());
                response
            },
            "status: a control character in its phrase",
        ),
        // The request itself.
        (
            &[("Host", "a"), ("Host", "b")],
            "GET",
            || answer(204, &[], ""),
            "host: stands more than once",
        ),
        (
            &[("Content-Length", "5")],
            "POST",
            || answer(204, &[], ""),
            "content-length: 5 stated, the request's body has 0 bytes",
        ),
        (
            &[("Content-Length", "x")],
            "POST",
            || answer(204, &[], ""),
            "content-length: not a number of bytes",
        ),
    ];
    for (fields, method, answer, wanted) in rows {
        assert_eq!(told_to(fields, method, *answer), [*wanted]);
    }
    let star = http::Request::get("*").body(Body::empty()).unwrap();
    assert_eq!(
        told_of(star.into(), || answer(204, &[], "")),
        ["target: * is for OPTIONS, not for GET"]
    );
}
