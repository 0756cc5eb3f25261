//! Hostile shapes at two sizes, the second sixteen times the first: what a reader costs must not grow faster than its input. Each runs once.

mod fields;
mod maps;
mod urls;

use std::hint::black_box;
use std::time::Instant;

use zeug_forms::{FormParser, Limits as FormLimits, MultipartDecoder, UrlencodedDecoder};
use zeug_h1::{BodyDecoder, BodyEvent, BodyLength, HeadDecoder, Limits};

use crate::{counted, say};

/// The smaller size. Below it, what the allocator does once or twice is more than what some readers cost.
const SMALL: usize = 64 << 10;

/// Counts one reader of text at both sizes of each piece, again and again behind `start`.
fn texts(name: &str, start: &str, pieces: &[&str], mut read: impl FnMut(&str)) {
    for piece in pieces {
        let shown: String = piece.escape_default().take(30).collect();
        shape(
            &format!("{name}: {start}{shown}"),
            |size| [start.as_bytes(), &again(piece, size)].concat(),
            text(&mut read),
        );
    }
}

/// Counts one reader at both sizes of what `input` makes.
fn shape(name: &str, input: impl Fn(usize) -> Vec<u8>, mut read: impl FnMut(&[u8])) {
    // What is made once is no shape's.
    read(&input(SMALL));
    for (size, factor) in [(SMALL, 1), (16 * SMALL, 16)] {
        let bytes = input(size);
        let began = Instant::now();
        counted(&mut || read(black_box(&bytes)));
        let seconds = began.elapsed().as_secs_f64();
        say(&format!("{name}\t{seconds:.6}\t{factor}"));
    }
}

fn again(text: &str, size: usize) -> Vec<u8> {
    text.as_bytes().repeat(size / text.len())
}

fn text(mut read: impl FnMut(&str)) -> impl FnMut(&[u8]) {
    move |bytes| read(str::from_utf8(bytes).expect("a shape is text"))
}

pub(crate) fn run() {
    multipart();
    urlencoded();
    urls::run();
    fields::run();
    maps::run();
    wire();
}

const END: &str = "\r\n--boundary--\r\n";

fn decode(body: &[u8]) {
    decode_in(8 << 10, body);
}

fn decode_in(chunk: usize, body: &[u8]) {
    let mut decoder =
        MultipartDecoder::new("boundary", FormLimits::unlimited()).expect("a boundary");
    for chunk in body.chunks(chunk) {
        let mut events = decoder.push(chunk);
        // What comes out does not matter, nor that some bodies have no end.
        while events.next_event().is_ok_and(|event| event.is_some()) {}
    }
}

fn multipart() {
    let begin = "--boundary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for (name, piece) in [
        ("carriage returns", "\r"),
        ("line feeds", "\n"),
        ("line ends", "\r\n"),
        ("letters", "y"),
        ("delimiters", "\r\n--boundary"),
        ("delimiters and blanks", "\r\n--boundary \t"),
        ("last delimiters cut short", "\r\n--boundary-"),
        ("delimiters cut short", "\r\n--boundar"),
        ("delimiters that go on", "\r\n--boundaryx"),
        ("last delimiters that go on", "\r\n--boundary-x"),
        ("boundaries", "--boundary"),
    ] {
        shape(
            &format!("multipart: {name}"),
            |size| [begin.as_bytes(), &again(piece, size), END.as_bytes()].concat(),
            decode,
        );
        shape(
            &format!("multipart, seven bytes at a time: {name}"),
            |size| [begin.as_bytes(), &again(piece, size), END.as_bytes()].concat(),
            |body| decode_in(7, body),
        );
    }
    for start in ["\r", "\n", "\r\n"] {
        let name = start.escape_debug();
        for chunk in [1000, 64 << 10] {
            shape(
                &format!("multipart, {chunk} bytes at a time: {name} and letters"),
                |size| {
                    let value = again("a", size);
                    [begin.as_bytes(), start.as_bytes(), &value, END.as_bytes()].concat()
                },
                |body| decode_in(chunk, body),
            );
        }
    }
    for piece in ["\r", "\n", "-", "x"] {
        let name = piece.escape_debug();
        shape(
            &format!("multipart: preamble of {name}"),
            |size| [&again(piece, size), begin.as_bytes(), END.as_bytes()].concat(),
            decode,
        );
        shape(
            &format!("multipart: epilogue of {name}"),
            |size| [begin.as_bytes(), END.as_bytes(), &again(piece, size)].concat(),
            decode,
        );
    }
    shape(
        "multipart: fields of a part",
        |size| [&b"--boundary\r\n"[..], &again("a: b\r\n", size)].concat(),
        decode,
    );
    shape(
        "multipart: empty parts",
        |size| again(&format!("{begin}\r\n"), size),
        decode,
    );
    shape(
        "multipart: folded lines",
        |size| {
            [
                &b"--boundary\r\nContent-Disposition: form-data;"[..],
                &again("\r\n ", size),
                b"name=a\r\n\r\n",
            ]
            .concat()
        },
        decode,
    );
    for (name, start, piece) in [
        ("backslashes", "; boundary=\"", "\\"),
        ("semicolons", "", ";"),
        ("quotes", "; a", "=\""),
    ] {
        shape(
            &format!("multipart: content type of {name}"),
            |size| {
                let start = format!("multipart/form-data{start}");
                [start.as_bytes(), &again(piece, size)].concat()
            },
            text(|field| assert!(FormParser::new(field).parse(&b""[..]).is_err())),
        );
    }
}

fn urlencoded() {
    for piece in [
        ";", "&", "=", "a=1;", "a=1&", "a&", "%", "%C3%A9&", "%FF", "+",
    ] {
        for chunk in [1000, usize::MAX] {
            let name = if chunk == 1000 {
                "urlencoded, 1000 bytes at a time"
            } else {
                "urlencoded"
            };
            shape(
                &format!("{name}: {piece}"),
                |size| again(piece, size),
                |body| {
                    let mut decoder = UrlencodedDecoder::new(FormLimits::unlimited());
                    for chunk in body.chunks(chunk) {
                        decoder.push(chunk).expect("no limits");
                    }
                    black_box(decoder.finish().is_ok());
                },
            );
        }
    }
}

fn wire() {
    let limits = Limits::default()
        .start_line(usize::MAX)
        .head(usize::MAX)
        .fields(usize::MAX)
        .trailers(usize::MAX)
        .chunk_extensions(usize::MAX);
    let head = |piece: &str, size| {
        [
            &b"GET / HTTP/1.1\r\nHost: a\r\n"[..],
            &again(piece, size),
            b"\r\n",
        ]
        .concat()
    };
    let read = |wire: &[u8]| {
        black_box(HeadDecoder::new(limits).decode(wire).is_ok());
    };
    shape("head: fields", |size| head("X: y\r\n", size), read);
    shape(
        "head: one long field",
        |size| {
            [
                &b"GET / HTTP/1.1\r\nHost: a\r\nX: "[..],
                &again("y", size),
                b"\r\n\r\n",
            ]
            .concat()
        },
        read,
    );
    shape(
        "head: a byte that is not allowed at the end",
        |size| {
            [
                &b"GET / HTTP/1.1\r\nHost: a\r\nBad: "[..],
                &again("x", size),
                b"\x10",
            ]
            .concat()
        },
        read,
    );
    let in_pieces = |step| {
        move |wire: &[u8]| {
            let mut decoder = HeadDecoder::new(limits);
            for end in (0..wire.len()).step_by(step) {
                assert!(
                    decoder
                        .decode(&wire[..end])
                        .is_ok_and(|head| head.is_none())
                );
            }
        }
    };
    shape(
        "head: a kilobyte at a time",
        |size| head("X: y\r\n", size),
        in_pieces(1 << 10),
    );
    shape(
        "head: a long field byte by byte",
        |size| {
            let start = b"GET / HTTP/1.1\r\nHost: a\r\nX: ";
            [&start[..], &again("y", size)].concat()
        },
        in_pieces(1),
    );
    shape(
        "body: trailers byte by byte",
        |size| [&b"0\r\n"[..], &again("X: y\r\n", size)].concat(),
        |wire| {
            let mut decoder = BodyDecoder::new(BodyLength::Chunked, limits);
            for byte in wire.chunks(1) {
                assert!(decoder.decode(byte).is_ok());
            }
        },
    );
    for (name, piece) in [
        ("chunks", "1\r\na\r\n"),
        ("chunk extensions", "1;a=b\r\na\r\n"),
    ] {
        shape(
            &format!("body: {name}"),
            |size| again(piece, size),
            |wire| {
                let mut decoder = BodyDecoder::new(BodyLength::Chunked, limits);
                let mut rest = wire;
                while let Ok((taken, BodyEvent::Data(_))) = decoder.decode(rest) {
                    rest = &rest[taken..];
                }
            },
        );
    }
}
