//! How long each parser takes for 1 KiB to 64 MiB of what it usually reads, by the clock: a line `parser, bytes, seconds` each, the least of several runs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use zeug_forms::{Limits as FormLimits, MultipartDecoder, UrlencodedDecoder};
use zeug_h1::{BodyDecoder, BodyEvent, BodyLength, HeadDecoder, Limits};
use zeug_http::{Accept, Cookies, FieldList, OptionsField};
use zeug_urls::{QueryLimits, parse_query};

use crate::say;

/// How long one size of one parser is measured, its first run aside.
const ENOUGH: Duration = Duration::from_millis(60);

/// A name, what is read again and again, what stands before and behind it, and the parser.
struct Parser {
    name: &'static str,
    before: &'static str,
    piece: &'static str,
    behind: &'static str,
    read: fn(&[u8]),
}

const PARSERS: &[Parser] = &[
    Parser {
        name: "request head",
        before: "GET / HTTP/1.1\r\nHost: example.org\r\n",
        piece: "X-Some-Field: some value in a few words\r\n",
        behind: "\r\n",
        read: |wire| {
            let limits = Limits::default()
                .start_line(usize::MAX)
                .head(usize::MAX)
                .fields(usize::MAX);
            let head = HeadDecoder::new(limits).decode(wire);
            assert!(head.is_ok_and(|head| head.is_some()));
        },
    },
    Parser {
        name: "chunked body",
        before: "",
        piece: "100\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n",
        behind: "0\r\n\r\n",
        read: |wire| {
            let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
            let mut rest = wire;
            while let Ok((taken, BodyEvent::Data(data))) = decoder.decode(rest) {
                black_box(data);
                rest = &rest[taken..];
            }
        },
    },
    Parser {
        name: "multipart body",
        before: "--boundary\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\n",
        piece: "A line of a file, of some words and numbers: 0123456789.\r\n",
        behind: "\r\n--boundary--\r\n",
        read: |body| {
            let mut decoder =
                MultipartDecoder::new("boundary", FormLimits::unlimited()).expect("a boundary");
            for chunk in body.chunks(64 << 10) {
                let mut events = decoder.push(chunk);
                while let Some(event) = events.next_event().expect("a whole body") {
                    black_box(&event);
                }
            }
            assert!(decoder.finish().is_ok());
        },
    },
    Parser {
        name: "urlencoded body",
        before: "",
        piece: "field=value+of+a+field+with+some+words&",
        behind: "a=b",
        read: |body| {
            let form = UrlencodedDecoder::decode(body, &FormLimits::unlimited());
            assert!(black_box(form).is_ok());
        },
    },
    Parser {
        name: "query string",
        before: "",
        piece: "field=value+of+a+field+with+some+words&",
        behind: "a=b",
        read: |query| {
            let limits = QueryLimits::default().max_pairs(usize::MAX);
            assert!(black_box(parse_query(query, limits)).is_ok());
        },
    },
    Parser {
        name: "cookies",
        before: "",
        piece: "name=a-value-of-a-cookie; ",
        behind: "last=1",
        read: |field| {
            black_box(Cookies::parse(ascii(field)).iter().count());
        },
    },
    Parser {
        name: "accept",
        before: "text/plain",
        piece: ", application/xml;q=0.9",
        behind: "",
        read: |field| {
            assert!(
                Accept::parse(ascii(field))
                    .best_match(["text/plain"])
                    .is_some()
            );
        },
    },
    Parser {
        name: "options field",
        before: "text/html",
        piece: "; name=\"a value\"",
        behind: "; last=1",
        read: |field| {
            assert!(OptionsField::parse(ascii(field)).get("last").is_some());
        },
    },
    Parser {
        name: "list field",
        before: "first",
        piece: ", some-word, \"a quoted one\"",
        behind: "",
        read: |field| {
            black_box(FieldList::parse(ascii(field)).len());
        },
    },
];

fn ascii(field: &[u8]) -> &str {
    str::from_utf8(field).expect("a field is text")
}

pub(crate) fn run() {
    for parser in PARSERS {
        for size in (10..=26).step_by(2).map(|power| 1usize << power) {
            let count = (size / parser.piece.len()).max(1);
            let mut input = String::with_capacity(size + 256);
            input.push_str(parser.before);
            (0..count).for_each(|_| input.push_str(parser.piece));
            input.push_str(parser.behind);
            let least = least(|| (parser.read)(black_box(input.as_bytes())));
            say(&format!(
                "{}\t{}\t{:.9}",
                parser.name,
                input.len(),
                least.as_secs_f64()
            ));
        }
    }
}

/// The least time of as many runs as there is time for, three at least.
fn least(mut work: impl FnMut()) -> Duration {
    work();
    let (begun, mut least, mut runs) = (Instant::now(), Duration::MAX, 0);
    while runs < 3 || begun.elapsed() < ENOUGH {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed());
        runs += 1;
    }
    least
}
