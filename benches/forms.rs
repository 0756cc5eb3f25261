//! Form bodies beside multer, form-net, actix-multipart and form_urlencoded. The floor is one search for what ends a part (`memmem`), or for `&`.
//!
//! An implementation takes part in a case if it finds the same parts and the same number of bytes; who does not is named on stderr with what it found.

use std::{convert::Infallible, hint::black_box, panic, time::Duration};

use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use bytes::Bytes;
use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use futures_util::{StreamExt, stream};
use memchr::memmem::Finder;
use zeug_forms::{Limits, MultipartDecoder, MultipartEvent, UrlencodedDecoder};

/// As Chrome makes them.
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// Parts, and bytes in them.
type Found = (usize, usize);

fn zeug(body: &[u8], chunk: usize) -> Found {
    let mut decoder = MultipartDecoder::new(BOUNDARY, limits()).expect("a boundary");
    let (mut parts, mut size) = (0, 0);
    for chunk in body.chunks(chunk) {
        let mut events = decoder.push(chunk);
        while let Some(event) = events.next_event().expect("a whole body") {
            match event {
                MultipartEvent::Field(head) | MultipartEvent::File(head) => {
                    black_box(head.name());
                    parts += 1;
                }
                MultipartEvent::Data { bytes, .. } => size += black_box(bytes).len(),
                _ => {}
            }
        }
    }
    decoder.finish().expect("a whole body");
    (parts, size)
}

/// The defaults but for what the cases are larger in: as the peers get them.
fn limits() -> Limits {
    Limits::default()
        .body(1 << 30)
        .field(1 << 30)
        .fields(1 << 30)
        .preamble(1 << 30)
        .epilogue(1 << 30)
        .parts(10_000)
}

fn form_net(body: &[u8], chunk: usize) -> Found {
    use form_net::{Event, FormKind, Limits, MultipartParser, Policy};
    const LARGE: Limits = Limits::DEFAULT
        .with_max_body_bytes(1 << 30)
        .with_max_value_bytes(1 << 30)
        .with_max_text_bytes(1 << 30)
        .with_max_parts(10_000)
        .with_max_fields(10_000)
        .with_max_file_bytes(1 << 30)
        .with_max_preamble_bytes(1 << 30);
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let Ok(FormKind::Multipart(boundary)) = FormKind::detect(content_type.as_bytes()) else {
        return (0, 0);
    };
    let mut parser =
        MultipartParser::new(boundary, &LARGE, &Policy::DEFAULT).expect("limits that fit");
    let (mut parts, mut size) = (0, 0);
    let mut chunks = body.chunks(chunk).peekable();
    while let Some(chunk) = chunks.next() {
        let last = chunks.peek().is_none();
        let mut rest = chunk;
        loop {
            let Ok(step) = parser.parse(rest, last) else {
                return (0, 0);
            };
            rest = &rest[step.consumed..];
            match step.event {
                Event::PartStart(head) => {
                    black_box(head.name());
                    parts += 1;
                }
                Event::Data(bytes) => size += black_box(bytes).len(),
                Event::End => return (parts, size),
                Event::NeedInput => break,
                _ => {}
            }
        }
    }
    (0, 0)
}

fn multer(chunks: &[Bytes]) -> Found {
    futures_executor::block_on(async {
        let stream = stream::iter(chunks.iter().cloned().map(Ok::<_, Infallible>));
        let mut multipart = multer::Multipart::new(stream, BOUNDARY);
        let (mut parts, mut size) = (0, 0);
        while let Ok(Some(mut field)) = multipart.next_field().await {
            black_box(field.name());
            parts += 1;
            while let Ok(Some(bytes)) = field.chunk().await {
                size += black_box(bytes).len();
            }
        }
        (parts, size)
    })
}

fn actix_multipart(chunks: &[Bytes]) -> Found {
    futures_executor::block_on(async {
        let mut headers = HeaderMap::new();
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_str(&content_type).expect("a field value"),
        );
        // It takes a stream that borrows nothing.
        let owned = chunks.to_vec();
        let stream = stream::iter(owned.into_iter().map(Ok));
        let mut multipart = actix_multipart::Multipart::new(&headers, stream);
        let (mut parts, mut size) = (0, 0);
        while let Some(Ok(mut field)) = multipart.next().await {
            black_box(field.name());
            parts += 1;
            while let Some(Ok(bytes)) = field.next().await {
                size += black_box(bytes).len();
            }
        }
        (parts, size)
    })
}

fn floor(body: &[u8], chunk: usize, delimiter: &Finder<'_>) -> usize {
    body.chunks(chunk)
        .map(|chunk| delimiter.find_iter(chunk).count())
        .sum()
}

fn part(body: &mut Vec<u8>, name: &str, file: bool, bytes: &[u8]) {
    let file = if file {
        "; filename=\"a.bin\"\r\nContent-Type: application/octet-stream"
    } else {
        ""
    };
    body.extend_from_slice(
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
            .as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n");
}

fn parts<'b>(parts: impl IntoIterator<Item = (String, bool, &'b [u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        part(&mut body, &name, file, bytes);
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn file(bytes: &[u8]) -> Vec<u8> {
    parts([("file".to_owned(), true, bytes)])
}

/// Bytes without a pattern (xorshift).
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

const MIB: usize = 1 << 20;
const WHOLE: usize = usize::MAX;

/// A name, a body, and the chunks it comes in.
type Case = (String, Vec<u8>, &'static [usize]);

fn cases() -> Vec<Case> {
    let picture = noise(100 << 10);
    let login = [
        ("email", "ada@example.org"),
        ("password", "correct horse"),
        ("remember", "on"),
    ];
    let cases: Vec<(&str, Vec<u8>, &[usize])> = vec![
        ("file-64m", file(&noise(64 * MIB)), &[64 << 10]),
        (
            "file-10m",
            file(&noise(10 * MIB)),
            &[WHOLE, 1500, 8 << 10, 64 << 10],
        ),
        (
            "picture-64k",
            file(&noise(64 << 10)),
            &[WHOLE, 1500, 8 << 10, 64 << 10],
        ),
        (
            "login",
            parts(login.map(|(name, value)| (name.to_owned(), false, value.as_bytes()))),
            &[WHOLE],
        ),
        (
            "parts-100",
            parts((0..100).map(|at| (format!("field{at}"), false, &b"0123456789"[..]))),
            &[WHOLE, 1500, 8 << 10],
        ),
        (
            "fields-1000",
            parts((0..1000).map(|at| (format!("f{at}"), false, &b"v"[..]))),
            &[WHOLE, 1500, 8 << 10, 64 << 10],
        ),
        (
            "files-20x100k",
            parts((0..20).map(|at| (format!("f{at}"), true, &picture[..]))),
            &[WHOLE, 1500, 8 << 10, 64 << 10],
        ),
    ];
    cases
        .into_iter()
        .map(|(name, body, cuts)| (name.to_owned(), body, cuts))
        .collect()
}

/// A megabyte of what takes longest, and one of a usual file (`typical`) to hold it against: the goal is three times that at most.
fn worst() -> Vec<Case> {
    const CUTS: &[usize] = &[WHOLE, 8 << 10];
    const ALL: &[usize] = &[WHOLE, 1500, 8 << 10, 64 << 10];
    let delimiter = format!("\r\n--{BOUNDARY}");
    let length = delimiter.len();
    let repeat = |text: &str| text.as_bytes().repeat(MIB / text.len());
    let before = |text: Vec<u8>| [&text, &b"\r\n"[..], &file(b"x")].concat();
    let behind = |text: Vec<u8>| [&file(b"x")[..], &text].concat();
    let mut cases = vec![
        ("typical".to_owned(), file(&noise(MIB)), ALL),
        ("preamble".to_owned(), before(noise(MIB)), ALL),
        (
            "preamble-false-delimiters".to_owned(),
            before(repeat(&format!("{delimiter}x"))),
            CUTS,
        ),
        (
            "preamble-dashes".to_owned(),
            before(repeat("-")),
            &[WHOLE, 1500, 8 << 10],
        ),
        ("epilogue".to_owned(), behind(noise(MIB)), CUTS),
    ];
    for (name, text, cuts) in [
        ("cr", "\r".to_owned(), ALL),
        ("lf", "\n".to_owned(), CUTS),
        ("crlf", "\r\n".to_owned(), CUTS),
        ("crlf-dash", "\r\n-".to_owned(), CUTS),
        ("crlf-dashes", "\r\n--".to_owned(), CUTS),
        ("dashes", "-".to_owned(), CUTS),
        ("false-delimiters", format!("{delimiter}x"), ALL),
        ("false-last-delimiters", format!("{delimiter}-x"), CUTS),
        ("false-blank", format!("{delimiter} x"), CUTS),
        (
            "false-blanks",
            format!("{delimiter}{}x", " ".repeat(1000)),
            CUTS,
        ),
        (
            "false-and-text",
            format!("{delimiter}{}", "x".repeat(20)),
            CUTS,
        ),
        ("boundaries", format!("x--{BOUNDARY}"), CUTS),
        ("boundaries-crlf", format!("x--{BOUNDARY}\r\n"), CUTS),
        ("wrong-front", format!("\r\n-x{BOUNDARY}\r\n"), CUTS),
        ("wrong-end", format!("{}X", &delimiter[..length - 1]), ALL),
    ] {
        cases.push((name.to_owned(), file(&repeat(&text)), cuts));
    }
    for kept in [8, 16, 24, 32, length - 3] {
        let text = format!("{}?", &delimiter[..kept]);
        cases.push((format!("front-{kept}"), file(&repeat(&text)), CUTS));
        let text = format!("\r\n{}\r\n", &delimiter[length - kept..].trim_start());
        cases.push((format!("end-{kept}"), file(&repeat(&text)), CUTS));
    }
    cases
}

fn multipart(c: &mut Criterion) {
    groups(c, "multipart", cases());
    groups(c, "worst", worst());
}

fn groups(c: &mut Criterion, operation: &str, cases: Vec<Case>) {
    let delimiter = format!("\r\n--{BOUNDARY}");
    let delimiter = Finder::new(&delimiter);
    for (case, body, sizes) in cases {
        for &chunk in sizes {
            let cut = if chunk == WHOLE {
                "whole".to_owned()
            } else {
                format!("{chunk}b")
            };
            let named = format!("{operation}/{case}-{cut}");
            let mut group = c.benchmark_group(&named);
            group
                .sample_size(10)
                .throughput(Throughput::Bytes(body.len() as u64));
            let shared = Bytes::from(body.clone());
            let chunks: Vec<Bytes> = shared
                .chunks(chunk)
                .map(|chunk| shared.slice_ref(chunk))
                .collect();
            let expected = zeug(&body, chunk);
            group.bench_function("floor", |b| {
                b.iter(|| floor(black_box(&body), chunk, &delimiter))
            });
            bench(&mut group, &named, "zeug", expected, || {
                zeug(black_box(&body), chunk)
            });
            if case == "epilogue" {
                eprintln!("form-net is left out of {named}: it stops at the last delimiter");
            } else {
                bench(&mut group, &named, "form-net", expected, || {
                    form_net(black_box(&body), chunk)
                });
            }
            bench(&mut group, &named, "multer", expected, || {
                multer(black_box(&chunks))
            });
            bench(&mut group, &named, "actix-multipart", expected, || {
                actix_multipart(black_box(&chunks))
            });
            group.finish();
        }
    }
}

/// Times an implementation, if it finds what is expected.
fn bench<T: PartialEq + std::fmt::Debug>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    case: &str,
    name: &str,
    expected: T,
    run: impl Fn() -> T,
) {
    match panic::catch_unwind(panic::AssertUnwindSafe(&run)) {
        Ok(found) if found == expected => {
            group.bench_function(name, |b| b.iter(&run));
        }
        Ok(found) => {
            eprintln!("{name} is left out of {case}: it finds {found:?} instead of {expected:?}");
        }
        Err(_) => eprintln!("{name} is left out of {case}: it panics"),
    }
}

/// Pairs, and bytes in them.
fn count<K: AsRef<str>, V: AsRef<str>>(pairs: impl Iterator<Item = (K, V)>) -> Found {
    pairs.fold((0, 0), |(count, size), (key, value)| {
        (count + 1, size + key.as_ref().len() + value.as_ref().len())
    })
}

fn urlencoded(c: &mut Criterion) {
    let fields: String = (0..1000)
        .map(|at| format!("field{at}=value+{at}&"))
        .collect();
    let plain: String = (0..64)
        .map(|at| format!("field{at}={}&", "x".repeat(MIB / 64)))
        .collect();
    let escaped = format!("a={}", "%C3%A9".repeat(MIB / 6));
    let separators = "&".repeat(MIB);
    let semicolons = ";".repeat(MIB);
    for (case, body) in [
        ("search", "q=rust+form+parser&page=2"),
        (
            "login",
            "email=ada%40example.org&password=correct+horse+battery&remember=on",
        ),
        ("fields-1000", fields.trim_end_matches('&')),
        ("plain-1m", plain.trim_end_matches('&')),
        ("escaped-1m", escaped.as_str()),
        ("worst-separators-1m", separators.as_str()),
        ("worst-semicolons-1m", semicolons.as_str()),
    ] {
        let zeug = || {
            UrlencodedDecoder::decode(black_box(body).as_bytes(), &Limits::default())
                .expect("a small body")
        };
        let zeug_chunks = || {
            let mut decoder = UrlencodedDecoder::new(Limits::default());
            for chunk in black_box(body).as_bytes().chunks(8 << 10) {
                decoder.push(chunk).expect("a small body");
            }
            decoder.finish().expect("a small body")
        };
        let vec = || {
            form_urlencoded::parse(black_box(body).as_bytes())
                .into_owned()
                .collect::<Vec<(String, String)>>()
        };
        let form_net = || {
            let limits = form_net::Limits::DEFAULT
                .with_max_value_bytes(1 << 30)
                .with_max_text_bytes(1 << 30)
                .with_max_fields(100_000);
            form_net::parse_urlencoded_with(
                black_box(body).as_bytes(),
                &limits,
                &form_net::Policy::DEFAULT,
            )
        };
        let expected = count(zeug().iter());
        assert_eq!(count(zeug_chunks().iter()), expected, "{case}");
        assert_eq!(count(vec().into_iter()), expected, "{case}");
        let mut group = c.benchmark_group(format!("urlencoded/{case}"));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("floor", |b| {
            b.iter(|| memchr::memchr_iter(b'&', black_box(body).as_bytes()).count())
        });
        group.bench_function("zeug", |b| b.iter(zeug));
        group.bench_function("zeug-8192b", |b| b.iter(zeug_chunks));
        group.bench_function("form_urlencoded", |b| b.iter(vec));
        match form_net() {
            Ok(form) if count(form.iter()) == expected => {
                group.bench_function("form-net", |b| b.iter(form_net));
            }
            _ => eprintln!("form-net is left out of {case}: it refuses the body"),
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600));
    targets = multipart, urlencoded
}
criterion_main!(benches);
