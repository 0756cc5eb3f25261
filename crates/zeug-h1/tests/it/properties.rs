//! What holds for all bytes: no panic, no difference between cuts, linear time, what is written is read again.

use std::time::{Duration, Instant};

use http::{Method, StatusCode, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use zeug_datastructures::Headers;
use zeug_h1::{
    BodyDecoder, BodyEvent, BodyLength, BodySize, Exchange, HeadDecoder, HeadPlaces, Limits,
    ResponseEncoder, ResponseHeadDecoder,
};

use crate::bodies::{self, Side, read};

/// Words that heads and bodies are made of, so that random ones get far.
const WORDS: [&[u8]; 44] = [
    b"GET",
    b"POST",
    b"HEAD",
    b"CONNECT",
    b"OPTIONS",
    b" ",
    b"/",
    b"/a?b",
    b"*",
    b"a:80",
    b"http://a/",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 \r\n",
    b"HTTP/1.1 304\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"Host: a\r\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\t",
    b":",
    b": ",
    b",",
    b"Content-Length",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: ",
    b"chunked",
    b"Connection: close\r\n",
    b"Connection: keep-alive, upgrade\r\n",
    b"Upgrade: x\r\n",
    b"Expect: 100-continue\r\n",
    b"abc",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"0\r\n",
    b";a=\"b\"",
    b"X: y\r\n",
    b"\xff",
    b"ffff",
];

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![8 => (0..WORDS.len()).prop_map(|at| WORDS[at].to_vec()), 1 => vec(any::<u8>(), 1..4)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same(wire in wire(), cuts in vec(0_usize..400, 0..6)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(wire.len())).collect();
        cuts.sort_unstable();
        for side in [Side::Requests, Side::Responses(Method::GET), Side::Responses(Method::HEAD)] {
            let whole = read(&wire, &side, Limits::default(), []);
            prop_assert_eq!(&read(&wire, &side, Limits::default(), cuts.iter().copied()), &whole);
            prop_assert_eq!(&read(&wire, &side, Limits::default(), 0..wire.len()), &whole);
        }
        bodies::request_head(&wire);
        bodies::response_head(&wire);
        bodies::chunked(&wire);
        bodies::framing(&wire);
    }

    /// Into places that other heads were written to before.
    #[test]
    fn heads_are_the_same_in_places(wires in vec(wire(), 1..4), fields in "(Host: [a0:.%8]{0,7}\r\n){1,2}") {
        let (mut method, mut uri, mut version, mut headers) = Default::default();
        let with_host = format!("GET / HTTP/1.1\r\n{fields}\r\n").into_bytes();
        for wire in wires.iter().chain([&with_host]) {
            let mut decoder = HeadDecoder::new(Limits::default());
            let places = HeadPlaces { method: &mut method, uri: &mut uri, version: &mut version, headers: &mut headers };
            let outline = decoder.decode_into(wire, places);
            match (HeadDecoder::new(Limits::default()).decode(wire), outline) {
                (Ok(Some((head, consumed))), Ok(Some(outline))) => {
                    prop_assert_eq!((outline.consumed(), outline.body(), outline.form()), (consumed, head.body(), head.target().form()));
                    prop_assert_eq!((outline.exchange(), outline.expectation()), (head.exchange(), head.expectation()));
                    prop_assert_eq!(&wire[outline.target()], head.target().as_str().as_bytes());
                    let line = format!("{} {}", head.method(), head.target().as_str());
                    prop_assert_eq!(&wire[outline.method_and_target()], line.as_bytes());
                    prop_assert_eq!((&method, &uri, version), (head.method(), head.uri(), head.version()));
                    prop_assert_eq!(format!("{headers}"), format!("{}", head.headers()));
                }
                (Ok(None), Ok(None)) => {}
                (Err(one), Err(other)) => prop_assert_eq!(one, other),
                (one, other) => prop_assert!(false, "{one:?} {other:?}"),
            }
        }
    }

    #[test]
    fn chunked_bytes_of_any_kind(mut wire in vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'0'), Just(b'3'), Just(b';')], 0..64)) {
        bodies::chunked(&wire);
        wire.splice(0..0, *b"3\r\nabc\r\n");
        bodies::chunked(&wire);
    }

    #[test]
    fn responses_are_read_as_they_were_written(
        status in 200_u16..600,
        fields in vec(("[A-Za-z][A-Za-z0-9-]{0,12}", "[ -~\u{e9}\t]{0,20}"), 0..6),
        length in proptest::option::of(0_u64..u64::MAX >> 1),
        http_10 in any::<bool>(),
    ) {
        let framing_names = ["content-length", "transfer-encoding", "connection", "upgrade"];
        let fields = fields.into_iter().filter(|(name, _)| !framing_names.contains(&name.to_ascii_lowercase().as_str()));
        let fields = Headers::try_from_pairs(fields).unwrap();
        let version = if http_10 { Version::HTTP_10 } else { Version::HTTP_11 };
        let size = length.map_or(BodySize::Unknown, BodySize::Known);
        let encoder = ResponseEncoder::new(Exchange::new(&Method::GET, version), StatusCode::from_u16(status).unwrap()).body(size);
        let mut out = Vec::new();
        let framing = encoder.encode(&fields, &mut out).unwrap();
        let (head, consumed) = ResponseHeadDecoder::new(Limits::default()).decode(&out, &Method::GET).unwrap().unwrap();
        prop_assert_eq!(consumed, out.len());
        prop_assert_eq!(head.status().as_u16(), status);
        let empty = BodyLength::Fixed(0);
        let same = head.body() == framing.body || (framing.body == BodyLength::None && (head.body() == empty || head.body() == BodyLength::None));
        prop_assert!(same, "{:?} {:?}", head.body(), framing.body);
        prop_assert_eq!(head.persistence(), framing.persistence);
        for (name, value) in &fields {
            let value = value.as_bytes().trim_ascii();
            prop_assert!(head.headers().get_all(name).any(|found| found.as_bytes().trim_ascii() == value));
        }
    }

    #[test]
    fn no_line_break_is_ever_written(name in "[ -~\r\n\0é]{0,6}", value in "[ -~\r\n\0é]{0,8}", reason in "[ -~\r\n\0]{0,8}") {
        let exchange = Exchange::new(&Method::GET, Version::HTTP_11);
        let encoder = ResponseEncoder::new(exchange, StatusCode::OK).reason(&reason);
        let mut out = Vec::new();
        if encoder.encode(&[(name.as_str(), value.as_str())], &mut out).is_ok() {
            let lines = out.split(|&byte| byte == b'\n').count();
            prop_assert!(lines <= 5 && !out.contains(&0), "{}", out.escape_ascii());
        } else {
            prop_assert!(out.is_empty());
        }
    }
}

/// Sixteen times the input costs at most 48 times the time (n to the power of 1.5 costs 64), by the least of up to a hundred rounds; the inputs are so small
/// that a round fits into one time slice of a busy machine.
#[track_caller]
fn linear(what: &str, work: impl Fn(usize)) {
    let time = |times: usize| {
        let start = Instant::now();
        work(times);
        start.elapsed()
    };
    let (mut small, mut large) = (Duration::MAX, Duration::MAX);
    for _ in 0..100 {
        small = small.min(time(1));
        large = large.min(time(16));
        if large <= small * 48 {
            return;
        }
    }
    panic!("{what}: {small:?}, sixteen times as much {large:?}");
}

#[test]
fn time_is_linear() {
    let limits = Limits::default()
        .start_line(usize::MAX)
        .head(usize::MAX)
        .fields(usize::MAX);
    let limits = limits.trailers(usize::MAX).chunk_extensions(usize::MAX);
    linear("a head byte by byte", |times| {
        let wire = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nX: {}",
            "y".repeat(2_000 * times)
        );
        let mut decoder = HeadDecoder::new(limits);
        for end in 0..wire.len() {
            assert!(decoder.decode(&wire.as_bytes()[..end]).unwrap().is_none());
        }
    });
    linear("many fields", |times| {
        let wire = format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "X: y\r\n".repeat(500 * times)
        );
        assert!(
            HeadDecoder::new(limits)
                .decode(wire.as_bytes())
                .unwrap()
                .is_some()
        );
    });
    linear("a bad byte at the end (waitress CVE-2020-5236)", |times| {
        let wire = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nBad: {}\x10",
            "x".repeat(8_192 * times)
        );
        assert!(HeadDecoder::new(limits).decode(wire.as_bytes()).is_err());
    });
    linear("small chunks", |times| {
        let wire = "1\r\na\r\n".repeat(1_000 * times);
        let mut decoder = BodyDecoder::new(BodyLength::Chunked, limits);
        let mut rest = wire.as_bytes();
        loop {
            let (taken, event) = decoder.decode(rest).unwrap();
            rest = &rest[taken..];
            if event == BodyEvent::NeedMore {
                break;
            }
        }
    });
    linear("trailers byte by byte", |times| {
        let wire = format!("0\r\n{}", "X: y\r\n".repeat(250 * times));
        let mut decoder = BodyDecoder::new(BodyLength::Chunked, limits);
        for byte in wire.as_bytes() {
            decoder.decode(std::slice::from_ref(byte)).unwrap();
        }
    });
}
