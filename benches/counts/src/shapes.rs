//! Hostile shapes at two sizes, the second sixteen times the first: what a reader costs must not grow faster than its input. Each runs once.

use std::hint::black_box;

use zeug_datastructures::Headers;
use zeug_forms::{FormParser, Limits as FormLimits, MultipartDecoder, UrlencodedDecoder};
use zeug_h1::{BodyDecoder, BodyEvent, BodyLength, HeadDecoder, Limits};
use zeug_http::*;
use zeug_urls::{QueryLimits, iri_to_uri, parse_query};

use crate::{counted, say};

/// The smaller size.
const SMALL: usize = 64 << 10;

/// Counts one reader at both sizes of what `input` makes.
fn shape(name: &str, input: impl Fn(usize) -> Vec<u8>, read: impl Fn(&[u8])) {
    for (size, factor) in [(SMALL, 1), (16 * SMALL, 16)] {
        let bytes = input(size);
        say(&format!("{name}\t{factor}"));
        counted(&mut || read(black_box(&bytes)));
    }
}

fn again(text: &str, size: usize) -> Vec<u8> {
    text.as_bytes().repeat(size / text.len())
}

fn text(read: impl Fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| read(str::from_utf8(bytes).expect("a shape is text"))
}

pub(crate) fn run() {
    multipart();
    urlencoded();
    fields();
    wire();
}

const END: &str = "\r\n--boundary--\r\n";

fn decode(body: &[u8]) {
    let mut decoder =
        MultipartDecoder::new("boundary", FormLimits::unlimited()).expect("a boundary");
    for chunk in body.chunks(8 << 10) {
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
    }
    for piece in ["\r", "x"] {
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
        "multipart: content type of backslashes",
        |size| [&b"multipart/form-data; boundary=\""[..], &again("\\", size)].concat(),
        text(|field| assert!(FormParser::new(field).parse(&b""[..]).is_err())),
    );
}

fn urlencoded() {
    for piece in [";", "&", "a=1&", "%C3%A9&", "%FF", "+"] {
        shape(
            &format!("urlencoded: {piece}"),
            |size| again(piece, size),
            |body| {
                let limits = FormLimits::unlimited();
                black_box(UrlencodedDecoder::decode(body, &limits).is_ok());
            },
        );
        shape(
            &format!("query: {piece}"),
            |size| again(piece, size),
            |query| {
                let limits = QueryLimits::default().max_pairs(usize::MAX);
                black_box(parse_query(query, limits).is_ok());
            },
        );
    }
}

fn fields() {
    type Read = fn(&str);
    let readers: [(&str, &[&str], Read); 7] = [
        ("cookies", &["a=b; ", ";", "a=\"\\\";", "="], |field| {
            black_box(Cookies::parse(field).iter().count());
            black_box(Cookies::parse(field).get("none"));
        }),
        (
            "accept",
            &["a/b;q=0.5,", ",", "a/b;x=y;z=w;q=0.5,"],
            |field| {
                black_box(Accept::parse(field).best_match(["a/b", "c/d"]));
            },
        ),
        ("range", &["0-0,", "-", "0-0,2-2,"], |field| {
            black_box(Range::parse(field).is_ok());
        }),
        ("options", &[";a=b", ";", ";a=\"\\\"", ";a*0=b"], |field| {
            black_box(OptionsField::parse(field).get("none"));
        }),
        ("entity tags", &["\"a\",", "W/"], |field| {
            black_box(ETags::parse(field).is_empty());
        }),
        ("lists", &[",", "a=b,", "\"\\\","], |field| {
            black_box(FieldDict::parse(field).is_empty());
            black_box(FieldList::parse(field).len());
        }),
        ("iri", &["%C3%A9", "é", "."], |iri| {
            black_box(iri_to_uri(iri).is_ok());
        }),
    ];
    for (name, pieces, read) in readers {
        for piece in pieces {
            let start = match name {
                "range" => "bytes=",
                "options" => "v",
                "iri" => "http://a/",
                _ => "",
            };
            shape(
                &format!("{name}: {piece}"),
                |size| [start.as_bytes(), &again(piece, size)].concat(),
                text(read),
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
        "head: a kilobyte at a time",
        |size| head("X: y\r\n", size),
        |wire| {
            let mut decoder = HeadDecoder::new(limits);
            for end in (0..wire.len()).step_by(1 << 10) {
                assert!(
                    decoder
                        .decode(&wire[..end])
                        .is_ok_and(|head| head.is_none())
                );
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
    shape(
        "headers: lines",
        |size| again("Some-Field: some value in words\r\n", size),
        |lines| {
            black_box(Headers::parse_lines(lines).is_ok());
        },
    );
}
