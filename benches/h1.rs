//! `zeug-h1` beside httparse alone (the floor), httparse + `HeaderMap` as hyper does it, a copy of the bytes, and `write!`.

#[path = "heads/browser.rs"]
mod browser;

use std::hint::black_box;
use std::io::Write;
use std::mem::MaybeUninit;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
use zeug_datastructures::Headers;
use zeug_h1::{
    BodyDecoder, BodyEvent, BodyLength, BodySize, Exchange, HeadDecoder, Limits, ResponseEncoder,
};

use self::browser::BROWSER;

const WRK: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n\r\n";

/// A browser's head after two proxies: 30 fields.
fn proxy() -> String {
    let added = "X-Forwarded-For: 203.0.113.7, 198.51.100.2\r\n\
        X-Forwarded-Proto: https\r\n\
        X-Forwarded-Host: www.example.org\r\n\
        X-Forwarded-Port: 443\r\n\
        X-Real-IP: 203.0.113.7\r\n\
        X-Request-ID: 5f0c7a52-6f0e-4a35-9b7b-0d9d3c5a1e77\r\n\
        X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\r\n\
        Via: 1.1 varnish, 1.1 google\r\n\
        Forwarded: for=203.0.113.7;proto=https\r\n\
        CF-Ray: 8f2b1c7d9e0a1234-FRA\r\n\
        CF-IPCountry: DE\r\n\
        CF-Connecting-IP: 203.0.113.7\r\n\
        CDN-Loop: cloudflare\r\n\
        traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\
        tracestate: rojo=00f067aa0ba902b7\r\n\
        If-None-Match: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\r\n\
        Priority: u=0, i\r\n\r\n";
    format!("{}{added}", &BROWSER[..BROWSER.len() - 2])
}

type Slots<'a> = [MaybeUninit<httparse::Header<'a>>; 100];

/// httparse alone: the floor.
fn bare(wire: &[u8]) -> (usize, usize) {
    let mut slots: Slots<'_> = [const { MaybeUninit::uninit() }; 100];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(black_box(wire), &mut slots) {
        Ok(httparse::Status::Complete(end)) => (request.headers.len(), end),
        other => panic!("{other:?}"),
    }
}

/// httparse, then a `Uri`, a `Method` and a `HeaderMap` over one shared buffer, as hyper makes them.
fn header_map(wire: &[u8]) -> (Method, Uri, Version, HeaderMap, usize) {
    let mut slots: Slots<'_> = [const { MaybeUninit::uninit() }; 100];
    let mut request = httparse::Request::new(&mut []);
    let Ok(httparse::Status::Complete(end)) =
        request.parse_with_uninit_headers(black_box(wire), &mut slots)
    else {
        panic!("not a head");
    };
    let block = Bytes::copy_from_slice(&wire[..end]);
    let base = wire.as_ptr() as usize;
    let place = |part: &[u8]| {
        let start = part.as_ptr() as usize - base;
        block.slice(start..start + part.len())
    };
    let method = Method::from_bytes(request.method.unwrap_or_default().as_bytes()).expect("method");
    let uri =
        Uri::from_maybe_shared(place(request.path.unwrap_or_default().as_bytes())).expect("uri");
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for field in request.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).expect("name");
        map.append(
            name,
            HeaderValue::from_maybe_shared(place(field.value)).expect("value"),
        );
    }
    (method, uri, Version::HTTP_11, map, end)
}

fn zeug(wire: &[u8]) -> (zeug_h1::RequestHead, usize) {
    let mut decoder = HeadDecoder::new(Limits::default());
    decoder
        .decode(black_box(wire))
        .expect("a good head")
        .expect("a whole head")
}

fn heads(c: &mut Criterion) {
    let proxy = proxy();
    for (case, wire, fields) in [
        ("wrk", WRK, 1),
        ("browser", BROWSER, 13),
        ("proxy", &proxy, 30),
    ] {
        let wire = wire.as_bytes();
        assert_eq!(bare(wire), (fields, wire.len()));
        let (head, end) = zeug(wire);
        let (method, uri, _, map, _) = header_map(wire);
        assert_eq!((head.headers().len(), end), (fields, wire.len()));
        assert_eq!((head.method(), head.uri()), (&method, &uri));
        assert_eq!(
            HeaderMap::try_from(head.headers()).expect("few fields"),
            map
        );
        let mut group = c.benchmark_group(format!("head/{case}"));
        group.bench_function("floor-httparse", |b| b.iter(|| bare(wire)));
        group.bench_function("httparse-headermap", |b| b.iter(|| header_map(wire)));
        group.bench_function("zeug", |b| b.iter(|| zeug(wire)));
        group.finish();
    }
}

fn dechunk(wire: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
    let mut rest = wire;
    loop {
        let (taken, event) = decoder.decode(rest).expect("good chunks");
        rest = &rest[taken..];
        match event {
            BodyEvent::Data(data) => out.extend_from_slice(data),
            BodyEvent::End => return,
            BodyEvent::NeedMore => panic!("cut"),
        }
    }
}

fn chunks(c: &mut Criterion) {
    for (case, size, count) in [
        ("16KiBx64", 16 * 1024, 64),
        ("1KiBx64", 1024, 64),
        ("16Bx1000", 16, 1000),
    ] {
        let data: Vec<u8> = (0..size * count).map(|at| at as u8).collect();
        let mut wire = Vec::new();
        for chunk in data.chunks(size) {
            write!(wire, "{:x}\r\n", chunk.len()).expect("memory");
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b"0\r\n\r\n");
        let mut out = Vec::with_capacity(wire.len());
        dechunk(&wire, &mut out);
        assert_eq!(out, data);
        let mut group = c.benchmark_group(format!("chunked/{case}"));
        group.throughput(Throughput::Bytes(data.len() as u64));
        group.bench_function("floor-memcpy", |b| {
            b.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&data));
            });
        });
        group.bench_function("zeug", |b| b.iter(|| dechunk(black_box(&wire), &mut out)));
        group.finish();
    }
}

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn response_headers() -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    map.insert(header::SERVER, HeaderValue::from_static("zeug"));
    map
}

/// The loop that hyper has: names and values copied one after the other, the length with itoa's like.
fn by_hand(map: &HeaderMap, length: u64, out: &mut Vec<u8>) {
    out.reserve(30 + map.len() * 60);
    out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    for (name, value) in map {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"Date: ");
    out.extend_from_slice(DATE.as_bytes());
    out.extend_from_slice(b"\r\ncontent-length: ");
    write!(out, "{length}").expect("memory");
    out.extend_from_slice(b"\r\n\r\n");
}

fn responses(c: &mut Criterion) {
    let map = response_headers();
    let headers = Headers::from(&map);
    let exchange = Exchange::new(&Method::GET, Version::HTTP_11);
    let encoder = ResponseEncoder::new(exchange, StatusCode::OK)
        .body(BodySize::Known(13))
        .date(zeug_datastructures::FieldValue::from_static(DATE));
    let mut wanted = Vec::new();
    by_hand(&map, 13, &mut wanted);
    let mut out = Vec::with_capacity(1024);
    encoder.encode(&map, &mut out).expect("writable");
    assert!(out.eq_ignore_ascii_case(&wanted));
    let floor = out.clone();
    out.clear();
    encoder.encode(&headers, &mut out).expect("writable");
    assert!(out.eq_ignore_ascii_case(&wanted));

    let mut group = c.benchmark_group("response/4-fields");
    group.bench_function("floor-memcpy", |b| {
        b.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&floor));
        });
    });
    group.bench_function("write-headermap", |b| {
        b.iter(|| {
            out.clear();
            by_hand(black_box(&map), 13, &mut out);
        });
    });
    group.bench_function("zeug-headermap", |b| {
        b.iter(|| {
            out.clear();
            black_box(encoder)
                .encode(black_box(&map), &mut out)
                .expect("writable")
        });
    });
    group.bench_function("zeug", |b| {
        b.iter(|| {
            out.clear();
            black_box(encoder)
                .encode(black_box(&headers), &mut out)
                .expect("writable")
        });
    });
    group.finish();
}

criterion_group!(benches, heads, chunks, responses);
criterion_main!(benches);
