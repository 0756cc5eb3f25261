//! Compressed answers: which ones, for whom, what their fields say, and that the bytes come back.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, channel};

use proptest::prelude::*;
use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_http::AcceptEncoding;
use zeug_middleware::{Coding, Compress, Uncompressed};

const PAGE: usize = 5_000;

fn asks(accept: Option<&str>) -> Request {
    let request = http::Request::get("/");
    let request = match accept {
        Some(accept) => request.header("accept-encoding", accept),
        None => request,
    };
    request.body(()).unwrap().into()
}

/// An answer of these fields and that body.
fn answer(fields: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let mut response = Response::new(body);
    for (name, value) in fields {
        response.headers_mut().try_append(*name, value).unwrap();
    }
    response
}

/// What comes of the answer for this request.
fn through(layer: Compress, request: Request, response: Response) -> Response {
    let once = std::sync::Mutex::new(Some(response));
    let app = (move |_: Request| once.lock().unwrap().take().unwrap()).into_handler();
    app.with(layer).handle(request)
}

fn field(response: &Response, name: &str) -> String {
    let values: Vec<_> = response
        .headers()
        .get_all(name)
        .map(|value| value.to_utf8_lossy().into_owned())
        .collect();
    values.join(" | ")
}

fn decoded(response: Response) -> Vec<u8> {
    let coding = field(&response, "content-encoding");
    let body = response.into_body();
    let mut bytes = Vec::new();
    match &*coding {
        "" => { body }.read_to_end(&mut bytes),
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut bytes),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut bytes),
        "zstd" => zstd::stream::read::Decoder::new(body)
            .unwrap()
            .read_to_end(&mut bytes),
        other => panic!("an unknown coding: {other}"),
    }
    .unwrap();
    bytes
}

#[test]
fn what_is_compressed_and_what_only_varies() {
    #[track_caller]
    fn is(status: u16, fields: &[(&str, &str)], len: usize, coding: &str, vary: &str) {
        let mut response = answer(fields, vec![b'x'; len]);
        *response.status_mut() = status.try_into().unwrap();
        let layer = Compress::default().codings([Coding::Gzip]);
        let willing = through(layer.clone(), asks(Some("gzip")), response);
        assert_eq!(
            (
                &*field(&willing, "content-encoding"),
                &*field(&willing, "vary")
            ),
            (coding, vary)
        );
        let mut response = answer(fields, vec![b'x'; len]);
        *response.status_mut() = status.try_into().unwrap();
        let unwilling = through(layer, asks(None), response);
        assert_eq!(field(&unwilling, "vary"), vary, "the same for all");
        assert_eq!(
            field(&unwilling, "content-encoding"),
            fields
                .iter()
                .find(|(name, _)| *name == "Content-Encoding")
                .map_or("", |(_, value)| value)
        );
    }
    const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
    const VARY: &str = "Accept-Encoding";
    is(200, &[HTML], PAGE, "gzip", VARY);
    is(404, &[HTML], PAGE, "gzip", VARY);
    is(200, &[HTML], 499, "", "");
    is(200, &[HTML], 500, "gzip", VARY);
    is(200, &[], PAGE, "", "");
    for status in [204, 205, 206, 304] {
        is(status, &[HTML], PAGE, "", "");
    }
    is(
        200,
        &[HTML, ("Content-Range", "bytes 0-4999/9999")],
        PAGE,
        "",
        "",
    );
    is(200, &[HTML, ("Content-Encoding", "br")], PAGE, "br", "");
    is(
        200,
        &[HTML, ("Content-Encoding", "identity")],
        PAGE,
        "identity",
        "",
    );
    is(
        200,
        &[HTML, ("Cache-Control", "public, No-Transform")],
        PAGE,
        "",
        "",
    );
    is(
        200,
        &[
            HTML,
            ("Cache-Control", "public"),
            ("Cache-Control", "no-transform"),
        ],
        PAGE,
        "",
        "",
    );
    is(
        200,
        &[HTML, ("Cache-Control", "public")],
        PAGE,
        "gzip",
        VARY,
    );
    is(
        200,
        &[HTML, ("Vary", "Cookie")],
        PAGE,
        "gzip",
        "Cookie, Accept-Encoding",
    );
    is(
        200,
        &[HTML, ("Vary", "Cookie"), ("Vary", "Origin")],
        PAGE,
        "gzip",
        "Cookie, Origin, Accept-Encoding",
    );
    is(
        200,
        &[HTML, ("Vary", "accept-encoding")],
        PAGE,
        "gzip",
        "accept-encoding",
    );
    is(200, &[HTML, ("Vary", "*")], PAGE, "gzip", "*");
    for (content_type, compressed) in [
        ("TEXT/CSS", true),
        ("application/json", true),
        ("application/problem+json;x=y", true),
        ("image/svg+xml", true),
        ("application/wasm", true),
        ("font/ttf", true),
        ("text/event-stream", true),
        ("image/png", false),
        ("font/woff2", false),
        ("video/mp4", false),
        ("application/zip", false),
        ("application/octet-stream", false),
        ("multipart/byteranges; boundary=x", false),
        ("nonsense", false),
        ("", false),
    ] {
        let (coding, vary) = if compressed { ("gzip", VARY) } else { ("", "") };
        is(200, &[("Content-Type", content_type)], PAGE, coding, vary);
    }
}

#[test]
#[cfg(all(feature = "brotli", feature = "zstd"))]
fn the_clients_qualities_decide_then_our_order() {
    #[track_caller]
    fn gets(accept: &str, coding: &str) {
        let page = answer(&[("Content-Type", "text/plain")], vec![b'x'; PAGE]);
        let response = through(Compress::default(), asks(Some(accept)), page);
        assert_eq!(field(&response, "content-encoding"), coding, "{accept}");
        assert_eq!(decoded(response), vec![b'x'; PAGE]);
    }
    gets("gzip, deflate, br, zstd", "zstd");
    gets("gzip, deflate, br", "br");
    gets("gzip;q=1.0, br;q=0.5", "gzip");
    gets("GZip", "gzip");
    gets("*", "zstd");
    gets("*, zstd;q=0", "br");
    gets("*;q=0.1, gzip;q=0.1", "gzip");
    gets("identity, gzip", "gzip");
    gets("identity, gzip;q=0.5", "");
    gets("identity;q=0.2, gzip;q=0.5", "gzip");
    gets("", "");
    gets("deflate", "");
    gets("gzip;q=0", "");
    // Nothing that is there is acceptable: it is sent all the same, and never 406.
    gets("deflate, identity;q=0", "");
    gets("*;q=0", "");
    gets("gzip;q=oops", "");
    gets(&"x,".repeat(10_000), "");
}

#[test]
fn the_other_fields_are_those_of_what_is_sent() {
    let fields = [
        ("Content-Type", "text/plain"),
        ("Content-Length", "5000"),
        ("Accept-Ranges", "bytes"),
        ("ETag", "\"v1\""),
        ("Content-MD5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
        ("Repr-Digest", "sha-256=:AAAA:"),
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ];
    let body = || vec![b'x'; PAGE];
    let sent = through(
        Compress::default(),
        asks(Some("gzip")),
        answer(&fields, body()),
    );
    let names: Vec<_> = sent
        .headers()
        .names()
        .map(|name| name.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "Content-Type",
            "ETag",
            "Last-Modified",
            "Vary",
            "Content-Encoding"
        ]
    );
    assert_eq!(field(&sent, "etag"), "W/\"v1\"");
    assert!(sent.body().len() < Some(PAGE as u64), "its length is known");
    let untouched = through(Compress::default(), asks(None), answer(&fields, body()));
    assert_eq!(field(&untouched, "etag"), "\"v1\"");
    assert_eq!(field(&untouched, "accept-ranges"), "bytes");

    // Bytes that get no smaller are left alone, unless that is what the client refuses.
    let noise: Vec<u8> = (0..PAGE as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let tight = flate2_of(&noise);
    let plain = [("Content-Type", "text/plain"), ("ETag", "\"v1\"")];
    let layer = || Compress::default().codings([Coding::Gzip]);
    let left = through(layer(), asks(Some("gzip")), answer(&plain, tight.clone()));
    assert_eq!(
        (&*field(&left, "content-encoding"), &*field(&left, "etag")),
        ("", "\"v1\"")
    );
    let only = through(
        layer(),
        asks(Some("gzip, identity;q=0")),
        answer(&plain, tight.clone()),
    );
    assert_eq!(field(&only, "content-encoding"), "gzip");
    assert_eq!(decoded(only), tight);
}

fn flate2_of(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::best())
        .read_to_end(&mut all)
        .unwrap();
    all
}

#[test]
fn a_handler_may_refuse_and_types_may_be_chosen() {
    let mut secret = answer(&[("Content-Type", "text/html")], vec![b'x'; PAGE]);
    secret.extensions_mut().insert(Uncompressed);
    let left = through(Compress::default(), asks(Some("gzip")), secret);
    assert_eq!(
        (&*field(&left, "content-encoding"), &*field(&left, "vary")),
        ("", "")
    );
    let only_pdf = Compress::default()
        .media_types(|name| name == "application/pdf")
        .from_bytes(1);
    let pdf = answer(&[("Content-Type", "Application/PDF")], "x".repeat(40));
    let sent = through(only_pdf.clone(), asks(Some("gzip")), pdf);
    assert_eq!(field(&sent, "content-encoding"), "gzip");
    let html = answer(&[("Content-Type", "text/html")], "x".repeat(40));
    let sent = through(only_pdf, asks(Some("gzip")), html);
    assert_eq!(field(&sent, "content-encoding"), "");
}

#[test]
fn head_has_the_fields_of_get() {
    let head = || {
        let request = http::Request::head("/").header("accept-encoding", "gzip");
        Request::from(request.body(()).unwrap())
    };
    #[track_caller]
    fn is(response: &Response, coding: &str, length: &str, len: Option<u64>) {
        assert_eq!(
            (
                &*field(response, "content-encoding"),
                &*field(response, "content-length"),
                response.body().len(),
            ),
            (coding, length, len)
        );
    }
    let layer = Compress::default;
    let fields = [
        ("Content-Type", "text/plain"),
        ("Content-Length", "5000"),
        ("ETag", "\"v\""),
    ];
    let told = through(layer(), head(), answer(&fields, ()));
    is(&told, "gzip", "", None);
    assert_eq!(field(&told, "etag"), "W/\"v\"");
    let small = [("Content-Type", "text/plain"), ("Content-Length", "50")];
    is(
        &through(layer(), head(), answer(&small, ())),
        "",
        "50",
        Some(0),
    );
    // A handler that answers HEAD as GET and leaves the body to the server.
    let whole = through(layer(), head(), answer(&fields, vec![b'x'; PAGE]));
    let get = through(
        layer(),
        asks(Some("gzip")),
        answer(&fields, vec![b'x'; PAGE]),
    );
    assert_eq!(whole.headers(), get.headers());
    assert_eq!(whole.body().len(), get.body().len());
}

#[test]
fn a_cache_finds_what_it_keeps_by_the_tag_of_a_304() {
    #[track_caller]
    fn tag(sent: &str, own: &str, wanted: &str) {
        let mut request = asks(Some("gzip"));
        request
            .headers_mut()
            .try_append("If-None-Match", sent)
            .unwrap();
        let mut response = answer(&[("ETag", own)], ());
        *response.status_mut() = http::StatusCode::NOT_MODIFIED;
        let response = through(Compress::default(), request, response);
        assert_eq!(field(&response, "etag"), wanted);
        assert_eq!(field(&response, "content-encoding"), "");
    }
    tag("W/\"v\"", "\"v\"", "W/\"v\"");
    tag("\"u\", W/\"v\"", "\"v\"", "W/\"v\"");
    tag("\"v\"", "\"v\"", "\"v\"");
    tag("\"v\", W/\"v\"", "\"v\"", "\"v\"");
    tag("W/\"u\", \"v\"", "\"v\"", "\"v\"");
    tag("*", "\"v\"", "\"v\"");
    tag("W/\"v\"", "W/\"v\"", "W/\"v\"");
}

/// Gives the chunks that are laid into a channel, and so stands for a handler that waits.
struct Waiting(Receiver<&'static str>);

impl Iterator for Waiting {
    type Item = io::Result<&'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.try_recv().ok().map(Ok)
    }
}

fn codings() -> Vec<Coding> {
    vec![
        Coding::Gzip,
        #[cfg(feature = "brotli")]
        Coding::Brotli,
        #[cfg(feature = "zstd")]
        Coding::Zstd,
    ]
}

#[test]
fn what_comes_in_pieces_is_sent_in_pieces() {
    for coding in codings() {
        let (events, waiting) = channel();
        let body = Body::chunks(Waiting(waiting));
        let stream = answer(&[("Content-Type", "text/event-stream")], body);
        let layer = Compress::default().codings([coding]).gathering();
        let mut body = through(layer, asks(Some("*")), stream).into_body();
        let mut wire = Vec::new();
        let mut buffer = [0; 4096];
        for event in ["data: one\n\n", "data: two\n\n"] {
            events.send(event).unwrap();
            // One read gives all of the event: were it held back, the source would have ended here.
            let count = body.read(&mut buffer).unwrap();
            wire.extend_from_slice(&buffer[..count]);
            let so_far = decoded_as_far_as_it_goes(coding, &wire);
            assert!(so_far.ends_with(event), "{coding:?} {so_far:?}");
        }
    }
}

/// The text of a compressed stream that has not ended.
fn decoded_as_far_as_it_goes(coding: Coding, wire: &[u8]) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 100];
    let mut source: Box<dyn Read> = match coding.as_str() {
        "gzip" => Box::new(flate2::read::GzDecoder::new(wire)),
        "br" => Box::new(brotli::Decompressor::new(wire, 4096)),
        _ => Box::new(zstd::stream::read::Decoder::new(wire).unwrap()),
    };
    while let Ok(count @ 1..) = source.read(&mut buffer) {
        text.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn gathered_pieces_are_fewer_bytes() {
    let size = |layer: Compress| {
        let pieces = (0..500).map(|_| Ok("a piece of a page\n"));
        let stream = answer(&[("Content-Type", "text/html")], Body::chunks(pieces));
        let layer = layer.codings([Coding::Gzip]);
        let body = through(layer, asks(Some("gzip")), stream).into_body();
        body.into_bytes(1 << 20).unwrap().len()
    };
    let (prompt, gathered) = (
        size(Compress::default()),
        size(Compress::default().gathering()),
    );
    assert!(gathered * 10 < prompt, "{gathered} {prompt}");
}

#[test]
fn a_source_that_fails_leaves_no_whole_stream() {
    for coding in codings() {
        let pieces = [Ok("begun "), Err(io::Error::other("the disk"))];
        let stream = answer(&[("Content-Type", "text/html")], Body::chunks(pieces));
        let layer = Compress::default().codings([coding]);
        let mut body = through(layer, asks(Some("*")), stream).into_body();
        let mut wire = Vec::new();
        let error = body.read_to_end(&mut wire).unwrap_err();
        assert_eq!(error.to_string(), "the disk");
    }
}

#[test]
fn memory_does_not_grow_with_the_body() {
    // 64 MiB that compress to little; each read of the answer holds no more than what one read of the source gives.
    let source = io::repeat(b'x').take(64 << 20);
    let stream = answer(
        &[("Content-Type", "text/plain")],
        Body::sized_reader(source, 64 << 20),
    );
    let layer = Compress::default()
        .codings([Coding::Gzip])
        .level(Coding::Gzip, 0);
    let mut body = through(layer, asks(Some("gzip")), stream).into_body();
    let mut buffer = vec![0; 1 << 20];
    let (mut most, mut all) = (0, 0);
    while let Ok(count @ 1..) = body.read(&mut buffer) {
        most = most.max(count);
        all += count;
    }
    assert!(most <= 128 * 1024, "{most} bytes were ready at once");
    assert!(all < 1 << 20, "{all} bytes in all");
}

proptest! {
    #[test]
    fn any_field_and_any_body_come_back(
        accept in "(gzip|br|zstd|identity|deflate|\\*|x)?(;q=[0-9](\\.[0-9]{0,3})?)?(, ?(gzip|br|zstd|identity|\\*)(; ?q=(0|1|0\\.[0-9]))?){0,4}",
        body in proptest::collection::vec(any::<u8>(), 0..3000),
        repeats in 1_usize..50,
        kind in 0..3,
    ) {
        let bytes = body.repeat(repeats);
        let source = match kind {
            0 => Body::from(bytes.clone()),
            1 => Body::reader(io::Cursor::new(bytes.clone())),
            _ => {
                let chunks: Vec<_> = bytes.chunks(777).map(|chunk| Ok(chunk.to_vec())).collect();
                Body::chunks(chunks)
            }
        };
        let response = through(Compress::default(), asks(Some(&accept)), answer(&[("Content-Type", "text/plain")], source));
        let coding = field(&response, "content-encoding");
        if !coding.is_empty() {
            prop_assert!(AcceptEncoding::parse(&accept).quality(&coding) > 0.0, "{} for {}", coding, accept);
            prop_assert_eq!(field(&response, "vary"), "Accept-Encoding");
        }
        prop_assert_eq!(decoded(response), bytes);
    }
}

#[test]
fn over_a_real_connection_head_is_as_get_and_events_come_at_once() {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;
    use std::sync::Mutex;

    let (events, waiting) = channel::<&'static str>();
    let waiting = Mutex::new(Some(waiting));
    let app = (move |request: Request| match request.uri().path() {
        "/events" => {
            let waiting = waiting.lock().unwrap().take().unwrap();
            let stream = Body::chunks(std::iter::from_fn(move || waiting.recv().ok().map(Ok)));
            answer(&[("Content-Type", "text/event-stream")], stream)
        }
        _ => answer(&[("Content-Type", "text/plain")], vec![b'x'; PAGE]),
    })
    .into_handler()
    .with(Compress::default().codings([Coding::Gzip]));
    let server = zeug_test::LiveServer::start(app).unwrap();
    let head_of = |method: &str| {
        let wire = crate::raw(
            server.address(),
            format!(
                "{method} / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
            ),
        );
        let end = wire
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8(wire[..end].to_vec()).unwrap();
        let fields = head.lines().filter(|line| !line.starts_with("Date:"));
        let fields: Vec<_> = fields.map(str::to_owned).collect();
        (fields, wire[end + 4..].to_vec())
    };
    let (get, body) = head_of("GET");
    let (head, nothing) = head_of("HEAD");
    assert_eq!(get, head);
    assert!(nothing.is_empty() && body.starts_with(&[0x1f, 0x8b]));
    assert!(get.contains(&format!("Content-Length: {}", body.len())));

    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .write_all(b"GET /events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        .unwrap();
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    events.send("data: one\n\n").unwrap();
    while line != "\r\n" {
        line.clear();
        lines.read_line(&mut line).unwrap();
    }
    // The handler waits for the second event while the first is read here.
    let mut sent = Vec::new();
    for event in ["data: one\n\n", "data: two\n\n"] {
        if event == "data: two\n\n" {
            events.send(event).unwrap();
        }
        while !decoded_as_far_as_it_goes(Coding::Gzip, &sent).ends_with(event) {
            line.clear();
            lines.read_line(&mut line).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            lines.read_exact(&mut chunk).unwrap();
            sent.extend_from_slice(&chunk[..size]);
        }
    }
    // The stream ends, and with it the server's work.
    drop(events);
}
