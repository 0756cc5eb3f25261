//! `Headers` beside `http::HeaderMap` and a plain list of texts: build, look up, walk, write out, clone, convert; and taking over a parsed head.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use zeug_datastructures::{FieldName, Headers, names};

/// Standard fields as a browser behind a proxy sends them, and then fields that no standard names.
const FIELDS: [(FieldName<'static>, HeaderName, &str); 20] = [
    (names::HOST, header::HOST, "www.example.org"),
    (
        names::USER_AGENT,
        header::USER_AGENT,
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    ),
    (
        names::ACCEPT,
        header::ACCEPT,
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    (names::CONTENT_LENGTH, header::CONTENT_LENGTH, "348"),
    (
        names::ACCEPT_LANGUAGE,
        header::ACCEPT_LANGUAGE,
        "en-US,en;q=0.5",
    ),
    (
        names::ACCEPT_ENCODING,
        header::ACCEPT_ENCODING,
        "gzip, deflate, br, zstd",
    ),
    (
        names::CONTENT_TYPE,
        header::CONTENT_TYPE,
        "application/x-www-form-urlencoded",
    ),
    (names::CONNECTION, header::CONNECTION, "keep-alive"),
    (
        names::COOKIE,
        header::COOKIE,
        "session=eyJfcGVybWFuZW50Ijp0cnVlfQ.ZzX8qg.k3yQw0; theme=dark; consent=1",
    ),
    (
        names::UPGRADE_INSECURE_REQUESTS,
        header::UPGRADE_INSECURE_REQUESTS,
        "1",
    ),
    (
        names::REFERER,
        header::REFERER,
        "https://www.example.org/articles?page=2",
    ),
    (names::CACHE_CONTROL, header::CACHE_CONTROL, "max-age=0"),
    (
        names::IF_NONE_MATCH,
        header::IF_NONE_MATCH,
        "\"5f3e-1a2b3c\"",
    ),
    (
        names::IF_MODIFIED_SINCE,
        header::IF_MODIFIED_SINCE,
        "Wed, 21 Oct 2026 07:28:00 GMT",
    ),
    (names::ORIGIN, header::ORIGIN, "https://www.example.org"),
    (names::DNT, header::DNT, "1"),
    (names::TE, header::TE, "trailers"),
    (names::VIA, header::VIA, "1.1 proxy.example.net"),
    (
        names::FORWARDED,
        header::FORWARDED,
        "for=203.0.113.7;proto=https",
    ),
    (names::DATE, header::DATE, "Wed, 21 Oct 2026 07:28:00 GMT"),
];

/// The six names that every request is asked for.
const WANTED: [(FieldName<'static>, HeaderName, &str); 6] = [
    (names::HOST, header::HOST, "host"),
    (
        names::CONTENT_LENGTH,
        header::CONTENT_LENGTH,
        "content-length",
    ),
    (names::CONTENT_TYPE, header::CONTENT_TYPE, "content-type"),
    (names::COOKIE, header::COOKIE, "cookie"),
    (names::CONNECTION, header::CONNECTION, "connection"),
    (names::ACCEPT, header::ACCEPT, "accept"),
];

fn zeug(count: usize) -> Headers {
    let mut headers = Headers::with_capacity(count);
    for (name, _, value) in FIELDS.iter().cycle().take(count) {
        headers.try_append(*name, value).expect("valid");
    }
    headers
}

fn header_map(count: usize) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(count);
    for (_, name, value) in FIELDS.iter().cycle().take(count) {
        headers.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("valid"),
        );
    }
    headers
}

fn pairs(count: usize) -> Vec<(String, String)> {
    FIELDS
        .iter()
        .cycle()
        .take(count)
        .map(|(name, _, value)| (name.as_str().to_owned(), (*value).to_owned()))
        .collect()
}

fn build(c: &mut Criterion) {
    for count in [4, 12, 30] {
        assert_eq!(
            HeaderMap::try_from(&zeug(count)).expect("fits"),
            header_map(count)
        );
        let mut group = c.benchmark_group(format!("headers-build/{count}"));
        group.bench_function("zeug", |b| b.iter(|| zeug(black_box(count))));
        group.bench_function("http", |b| b.iter(|| header_map(black_box(count))));
        group.bench_function("vec-of-pairs", |b| b.iter(|| pairs(black_box(count))));
        let bytes: usize = FIELDS
            .iter()
            .cycle()
            .take(count)
            .map(|(name, _, value)| name.as_str().len() + value.len())
            .sum();
        group.bench_function("floor-copy", |b| {
            b.iter(|| {
                let mut text = Vec::with_capacity(bytes);
                for (name, _, value) in FIELDS.iter().cycle().take(black_box(count)) {
                    text.extend_from_slice(name.as_bytes());
                    text.extend_from_slice(value.as_bytes());
                }
                text
            });
        });
        group.finish();
    }
}

fn write_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for piece in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(piece);
    }
}

fn use_them(c: &mut Criterion) {
    for count in [12, 30] {
        let (ours, theirs, list) = (zeug(count), header_map(count), pairs(count));
        let look_up = |name: &str| {
            list.iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.len())
        };
        for (ours_name, name, text) in &WANTED {
            let len = theirs.get(name).map(|value| value.len());
            assert_eq!(
                (
                    ours.get(*ours_name).map(|v| v.len()),
                    ours.get(text).map(|v| v.len()),
                    look_up(text)
                ),
                (len, len, len)
            );
        }

        let mut group = c.benchmark_group(format!("headers-look-up-6/{count}"));
        group.bench_function("zeug", |b| {
            b.iter(|| {
                WANTED
                    .iter()
                    .map(|(name, _, _)| ours.get(black_box(*name)).map_or(0, |value| value.len()))
                    .sum::<usize>()
            });
        });
        group.bench_function("zeug-by-text", |b| {
            b.iter(|| {
                WANTED
                    .iter()
                    .map(|(_, _, name)| ours.get(black_box(*name)).map_or(0, |value| value.len()))
                    .sum::<usize>()
            });
        });
        group.bench_function("http", |b| {
            b.iter(|| {
                WANTED
                    .iter()
                    .map(|(_, name, _)| theirs.get(black_box(name)).map_or(0, |value| value.len()))
                    .sum::<usize>()
            });
        });
        group.bench_function("vec-of-pairs", |b| {
            b.iter(|| {
                WANTED
                    .iter()
                    .map(|(_, _, name)| look_up(black_box(name)).unwrap_or(0))
                    .sum::<usize>()
            });
        });
        group.finish();

        let mut group = c.benchmark_group(format!("headers-iterate/{count}"));
        group.bench_function("zeug", |b| {
            b.iter(|| {
                ours.iter()
                    .map(|(name, value)| name.as_bytes().len() + value.len())
                    .sum::<usize>()
            });
        });
        group.bench_function("http", |b| {
            b.iter(|| {
                theirs
                    .iter()
                    .map(|(name, value)| name.as_str().len() + value.len())
                    .sum::<usize>()
            });
        });
        group.bench_function("vec-of-pairs", |b| {
            b.iter(|| {
                list.iter()
                    .map(|(name, value)| name.len() + value.len())
                    .sum::<usize>()
            });
        });
        group.finish();

        // Walking and reading what is met, as a server that writes a head does: into memory that is there.
        let mut group = c.benchmark_group(format!("headers-write-out/{count}"));
        let mut out = Vec::new();
        ours.write_to(&mut out);
        let expected = out.clone();
        let write = |out: &mut Vec<u8>| {
            out.clear();
            list.iter()
                .for_each(|(name, value)| write_line(out, name.as_bytes(), value.as_bytes()));
        };
        write(&mut out);
        assert_eq!(out, expected);
        group.bench_function("zeug", |b| {
            b.iter(|| {
                out.clear();
                black_box(&ours).write_to(&mut out);
                out.len()
            });
        });
        group.bench_function("zeug-by-field", |b| {
            b.iter(|| {
                out.clear();
                for (name, value) in black_box(&ours) {
                    write_line(&mut out, name.as_bytes(), value.as_bytes());
                }
                out.len()
            });
        });
        // Its names are in lower case.
        group.bench_function("http", |b| {
            b.iter(|| {
                out.clear();
                for (name, value) in black_box(&theirs) {
                    write_line(&mut out, name.as_str().as_bytes(), value.as_bytes());
                }
                out.len()
            });
        });
        group.bench_function("vec-of-pairs", |b| {
            b.iter(|| {
                write(black_box(&mut out));
                out.len()
            });
        });
        group.bench_function("floor-copy", |b| {
            b.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&expected));
                out.len()
            });
        });
        group.finish();

        let mut group = c.benchmark_group(format!("headers-clone/{count}"));
        group.bench_function("zeug", |b| b.iter(|| ours.clone()));
        group.bench_function("http", |b| b.iter(|| theirs.clone()));
        group.bench_function("vec-of-pairs", |b| b.iter(|| list.clone()));
        group.finish();

        let mut group = c.benchmark_group(format!("headers-to-map/{count}"));
        group.bench_function("zeug", |b| b.iter(|| HeaderMap::try_from(&ours)));
        group.bench_function("floor-build-map", |b| b.iter(|| header_map(count)));
        group.finish();
    }
}

/// A head of `count` fields, as it comes from the wire.
fn head(count: usize) -> Vec<u8> {
    let mut head = b"GET /articles?page=3 HTTP/1.1\r\n".to_vec();
    for (name, _, value) in FIELDS.iter().cycle().take(count) {
        head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn take_over(c: &mut Criterion) {
    for count in [2, 13, 30] {
        let head = head(count);
        let span = |part: &[u8]| {
            let start = part.as_ptr() as usize - head.as_ptr() as usize;
            start..start + part.len()
        };
        let ours = || {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut fields);
            request.parse(&head).expect("a head");
            Headers::from_block(
                head.as_slice(),
                request
                    .headers
                    .iter()
                    .map(|field| (span(field.name.as_bytes()), span(field.value))),
            )
        };
        let map = || {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut fields);
            request.parse(&head).expect("a head");
            let block = bytes::Bytes::copy_from_slice(&head);
            let mut map = HeaderMap::with_capacity(request.headers.len());
            for field in request.headers.iter() {
                let name = HeaderName::from_bytes(field.name.as_bytes()).expect("a name");
                map.append(
                    name,
                    HeaderValue::from_maybe_shared(block.slice(span(field.value)))
                        .expect("a value"),
                );
            }
            map
        };
        assert_eq!(
            HeaderMap::try_from(ours().expect("valid")).expect("fits"),
            map()
        );
        let mut group = c.benchmark_group(format!("headers-from-head/{count}"));
        group.bench_function("zeug", |b| b.iter(&ours));
        group.bench_function("http", |b| b.iter(map));
        group.bench_function("floor-httparse", |b| {
            b.iter(|| {
                let mut fields = [httparse::EMPTY_HEADER; 64];
                let mut request = httparse::Request::new(&mut fields);
                request.parse(black_box(&head)).expect("a head");
                request.headers.len()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, build, use_them, take_over);
criterion_main!(benches);
