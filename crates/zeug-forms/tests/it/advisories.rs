//! One test an advisory that names multipart or urlencoded bodies, and the scorecard's rows on them.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::OnceLock,
    time::{Duration, Instant},
};

use zeug_forms::{Dialect, FormErrorKind, FormParser, Limits, MultipartDecoder, UrlencodedDecoder};

use crate::{
    bodies,
    walk::{Seen, Walk, walk},
};

/// The time this thread has had a processor, where the system tells; else the time that has passed.
fn time() -> Duration {
    // giving way brings the system's count up to date
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    static START: OnceLock<Instant> = OnceLock::new();
    nanoseconds.map_or_else(
        || START.get_or_init(Instant::now).elapsed(),
        Duration::from_nanos,
    )
}

/// A megabyte of it is read to its end, or to its error. What it costs is counted: `cargo xtask icount --shapes` has each of these inputs at two sizes.
fn reads(input: impl Fn(usize) -> Vec<u8>, run: impl Fn(&[u8])) {
    run(&input(1 << 20));
}

/// Decodes the body in one piece with the default limits.
fn whole(boundary: &[u8], body: &[u8]) -> Walk {
    walk(boundary, &Limits::default(), Dialect::Tolerant, [body])
}

fn decode(chunk: usize) -> impl Fn(&[u8]) {
    move |body| {
        let mut decoder =
            MultipartDecoder::new("boundary", Limits::unlimited()).expect("a boundary");
        for chunk in body.chunks(chunk) {
            let mut events = decoder.push(chunk);
            // what comes out does not matter, nor that some bodies have no end
            while events.next_event().is_ok_and(|event| event.is_some()) {}
        }
    }
}

fn field(bytes: Vec<u8>) -> Vec<u8> {
    let mut body = bodies::part("boundary", "a", None, &bytes);
    body.extend(bodies::end("boundary"));
    body
}

/// A reader of `length` bytes: a beginning, then one byte again and again.
fn endless(start: Vec<u8>, byte: u8, length: u64) -> impl Read {
    io::Cursor::new(start).chain(io::repeat(byte)).take(length)
}

#[test]
fn cve_2023_46136_a_part_that_begins_with_a_line_break() {
    for start in ["\r", "\n", "\r\n"] {
        for chunk in [1000, 64 << 10] {
            reads(
                |size| field([start.as_bytes(), &b"a".repeat(size)].concat()),
                decode(chunk),
            );
        }
    }
}

#[test]
fn cve_2024_53981_preamble_and_epilogue() {
    for byte in [b'\r', b'\n', b'-', b'x'] {
        reads(
            |size| [vec![byte; size], field(Vec::new())].concat(),
            decode(8 << 10),
        );
        reads(
            |size| [field(Vec::new()), vec![byte; size]].concat(),
            decode(8 << 10),
        );
    }
}

#[test]
fn row_17_delimiters_again_and_again() {
    for text in [
        "\r\n--boundar",
        "\r\n--boundary",
        "\r\n--boundary \t",
        "\r\n--boundary-",
        "--boundary",
        "\r",
        "\r\n",
        "y",
    ] {
        for chunk in [7, 8 << 10] {
            reads(
                |size| field(text.as_bytes().repeat(size / text.len())),
                decode(chunk),
            );
        }
    }
    reads(
        |size| [&b"--boundary\r\n"[..], &b"a: b\r\n".repeat(size / 6)].concat(),
        decode(8 << 10),
    );
    reads(
        |size| {
            [
                &b"--boundary\r\nContent-Disposition: form-data;"[..],
                &b"\r\n ".repeat(size / 3),
                b"name=a\r\n\r\n",
            ]
            .concat()
        },
        decode(8 << 10),
    );
    reads(
        |size| bodies::part("boundary", "a", None, b"").repeat(size / 60),
        decode(8 << 10),
    );
}

#[test]
fn cve_2024_24762_a_content_type_of_backslashes() {
    let parse = |content_type: &[u8]| {
        let content_type = String::from_utf8_lossy(content_type);
        assert!(FormParser::new(&content_type).parse(io::empty()).is_err());
    };
    reads(
        |size| {
            [
                &b"multipart/form-data; boundary=\""[..],
                &b"\\".repeat(size),
            ]
            .concat()
        },
        parse,
    );
    reads(
        |size| [&b"multipart/form-data"[..], &b";".repeat(size)].concat(),
        parse,
    );
    reads(
        |size| [&b"multipart/form-data; a"[..], &b"=\"".repeat(size / 2)].concat(),
        parse,
    );
}

#[test]
fn cve_2026_53539_an_urlencoded_body_of_separators() {
    let decode = |body: &[u8]| {
        let mut decoder = UrlencodedDecoder::new(Limits::unlimited());
        for chunk in body.chunks(1000) {
            decoder.push(chunk).expect("no limits");
        }
        decoder.finish().expect("no limits");
    };
    for text in [";", "&", "=", "a=1;", "a&", "%", "+", "%C3%A9&", "%FF"] {
        reads(|size| text.as_bytes().repeat(size / text.len()), decode);
    }
}

#[test]
fn cve_2023_25577_row_14_a_million_parts() {
    let part = bodies::part("b", "a", None, b"");
    let body = part.repeat(2000);
    let (seen, error) = whole(b"b", &body);
    assert_eq!(
        error,
        Some((
            FormErrorKind::TooManyParts { limit: 1000 },
            1000 * part.len() as u64 + 5,
            Some("a".to_owned())
        ))
    );
    assert_eq!(
        seen.iter()
            .filter(|event| matches!(event, Seen::Part { .. }))
            .count(),
        1000
    );
}

#[test]
fn cve_2024_49767_row_15_a_field_of_a_gigabyte() {
    let start = b"--b\r\nContent-Disposition: form-data; name=\"story\"\r\n\r\n".to_vec();
    let (begin, mut read) = (start.len() as u64, 0);
    let parser = FormParser::new("multipart/form-data; boundary=b")
        .limits(Limits::default().body(2 << 30))
        .progress(|done, _| read = done);
    let error = parser
        .parse(endless(start, b'x', 1 << 30))
        .expect_err("too large");
    assert_eq!(
        (error.kind(), error.status_hint()),
        (FormErrorKind::FieldTooLarge { limit: 500_000 }, 413)
    );
    assert_eq!(
        (error.offset(), error.field()),
        (begin + 500_000, Some("story"))
    );
    assert_eq!(
        error.to_string(),
        format!(
            "more than the limit `field` of 500000 at byte {} in field \"story\"",
            begin + 500_000
        )
    );
    assert!(read < 600_000, "it stopped reading");
}

#[test]
fn a_urlencoded_body_without_a_length_is_limited() {
    let parser = FormParser::new("application/x-www-form-urlencoded")
        .limits(Limits::default().body(1 << 40));
    let error = parser.parse(io::repeat(b'x')).expect_err("too large");
    assert_eq!(
        error.kind(),
        FormErrorKind::FieldsTooLarge { limit: 10 << 20 }
    );
}

#[test]
fn cve_2023_30798_fields_without_end() {
    let limits = Limits::default().body(1 << 30).fields(10_000);
    let body = bodies::part("b", "a", None, &[b'x'; 100]).repeat(200);
    let (_, error) = walk(b"b", &limits, Dialect::Tolerant, [&body[..]]);
    assert!(
        matches!(
            error,
            Some((FormErrorKind::FieldsTooLarge { limit: 10_000 }, _, _))
        ),
        "{error:?}"
    );
}

#[test]
fn ghsa_vffw_filename_star_does_not_override() {
    let named = |parameters: &str| {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"a\"; {parameters}\r\n\r\n\r\n--b--"
        );
        match &whole(b"b", body.as_bytes()).0[1] {
            Seen::Part { filename, .. } => filename.clone(),
            other => panic!("{other:?}"),
        }
    };
    let star = "filename*=UTF-8''evil.php";
    assert_eq!(
        named(&format!("filename=\"a.png\"; {star}")).as_deref(),
        Some("a.png")
    );
    assert_eq!(
        named(&format!("{star}; filename=\"a.png\"")).as_deref(),
        Some("a.png")
    );
    assert_eq!(
        named("filename=\"a;b.png\"; filename*0=evil; filename*1=.php").as_deref(),
        Some("a;b.png")
    );
    assert_eq!(named(star).as_deref(), Some("evil.php"));
    let body =
        format!("--b\r\nContent-Disposition: form-data; name=\"a\"; {star}\r\n\r\n\r\n--b--");
    let (_, error) = walk(b"b", &Limits::default(), Dialect::Strict, [body.as_bytes()]);
    assert_eq!(
        error.map(|(kind, ..)| kind),
        Some(FormErrorKind::MissingContentDisposition)
    );
}

#[cfg(feature = "spool")]
#[test]
fn cve_2026_24486_nothing_is_written_under_a_clients_name() {
    let directory = tempfile::tempdir().expect("a directory");
    let body = [
        bodies::part("b", "a", Some("/tmp/../x/evil.sh"), &[0; 5000]),
        bodies::end("b"),
    ]
    .concat();
    let spool = zeug_forms::Spool::default()
        .memory(10)
        .directory(directory.path());
    let form = FormParser::new("multipart/form-data; boundary=b")
        .spool(spool)
        .parse(&body[..])
        .expect("a form");
    let file = form.files.get("a").expect("a file");
    assert!(!file.stream().is_in_memory());
    assert_eq!(
        std::fs::read_dir(directory.path())
            .expect("readable")
            .count(),
        0,
        "the temporary file has no name"
    );
    #[cfg(feature = "safe-names")]
    assert_eq!(file.safe_file_name().as_deref(), Some("tmp_.._x_evil.sh"));
}

#[cfg(feature = "spool")]
#[test]
fn row_16_no_temporary_file_is_left_when_parsing_fails() {
    let directory = tempfile::tempdir().expect("a directory");
    let body = bodies::part("b", "a", Some("f"), &[0; 5000]);
    let spool = zeug_forms::Spool::default()
        .memory(10)
        .directory(directory.path());
    let error = FormParser::new("multipart/form-data; boundary=b")
        .content_length(9000)
        .spool(spool)
        .parse(&body[..])
        .expect_err("cut short");
    assert_eq!(error.kind(), FormErrorKind::Disconnected);
    assert_eq!(
        std::fs::read_dir(directory.path())
            .expect("readable")
            .count(),
        0
    );
}

#[test]
fn a_content_length_is_refused_before_reading() {
    struct Untouched;
    impl Read for Untouched {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("the body was read")
        }
    }
    for content_type in [
        "multipart/form-data; boundary=b",
        "application/x-www-form-urlencoded",
        "text/plain",
    ] {
        let error = FormParser::new(content_type)
            .content_length(u64::MAX)
            .parse(Untouched)
            .expect_err("too large");
        assert_eq!(error.kind(), FormErrorKind::BodyTooLarge { limit: 2 << 20 });
    }
}

#[test]
fn changelog_3_1_8_a_line_break_at_a_chunks_edge() {
    // 65,535 NULs and a CR: the CR is the last byte of a read of 64 KiB
    let bytes = [vec![0; 65_535], b"\r".to_vec()].concat();
    let body = [
        bodies::part("b", "rfield", Some("f"), &bytes),
        bodies::end("b"),
    ]
    .concat();
    for chunk in [65_535, 65_536, 65_537, 1024] {
        let (seen, error) = walk(
            b"b",
            &Limits::default(),
            Dialect::Tolerant,
            body.chunks(chunk),
        );
        assert_eq!((error, &seen[2]), (None, &Seen::Data(bytes.clone())));
    }
}

/// FNV-1a of 64 bits, going on from a state.
fn fnv(state: u64, text: &[u8]) -> u64 {
    text.iter().fold(state, |state, &byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// 2^17 keys whose hashes agree in their lower 32 bits, by which a table chooses a bucket: 17 times two words that lead from one state to the same, each pair found among 2^17 by its
/// birthday. The lower half of a state is all that the lower half of the next depends on.
fn colliding_keys() -> Vec<String> {
    let word = |number: u32| format!("{number:05x}");
    let mut state = 0xcbf2_9ce4_8422_2325;
    let mut keys = vec![String::new()];
    for _ in 0..17 {
        let mut seen = HashMap::new();
        let (one, other) = (0_u32..)
            .find_map(|number| {
                let end = fnv(state, word(number).as_bytes()) as u32;
                let other = seen.insert(end, number)?;
                Some((word(number), word(other)))
            })
            .expect("two are alike");
        state = fnv(state, one.as_bytes());
        keys = keys
            .iter()
            .flat_map(|key| [format!("{key}{one}"), format!("{key}{other}")])
            .collect();
    }
    keys
}

#[test]
fn row_19_keys_that_collide_cost_no_more() {
    const KEYS: usize = 100_000;
    let colliding = colliding_keys();
    let hash = |key: &String| fnv(0xcbf2_9ce4_8422_2325, key.as_bytes()) as u32;
    assert!(colliding.iter().all(|key| hash(key) == hash(&colliding[0])));
    let length = colliding[0].len();
    let body = |key: &dyn Fn(usize) -> String| {
        (0..KEYS)
            .map(|at| format!("{}=1&", key(at)))
            .collect::<String>()
    };
    let least = |body: &str| {
        let once = || {
            let start = time();
            let mut decoder = UrlencodedDecoder::new(Limits::unlimited());
            decoder.push(body.as_bytes()).expect("within the limits");
            let dict = decoder.finish().expect("within the limits");
            assert_eq!(dict.iter().count(), KEYS);
            assert_eq!(dict.get("none"), None);
            time() - start
        };
        (0..2).map(|_| once()).min().unwrap_or_default()
    };
    // of the same length: chosen for a bucket, alike but for their ends, and any
    let random = body(&|at| format!("{:0<length$x}", fnv(7, &at.to_le_bytes())));
    for hostile in [
        body(&|at| colliding[at].clone()),
        body(&|at| format!("{at:0>length$}")),
    ] {
        let ratio = || least(&hostile).as_secs_f64() / least(&random).as_secs_f64();
        let best = (0..5).map(|_| ratio()).find(|ratio| *ratio <= 2.0);
        assert!(best.is_some(), "more than twice as much, five times");
    }
}

#[test]
fn a_decoder_is_not_tricked_into_going_on_after_an_error() {
    let mut decoder = MultipartDecoder::new("b", Limits::default()).expect("a boundary");
    let first = {
        let mut events = decoder.push(b"--b\r\n\r\n\r\n--b--");
        while events.next_event().is_ok_and(|event| event.is_some()) {}
        events
            .next_event()
            .expect_err("a part without a head")
            .to_string()
    };
    let again = decoder
        .push(b"--b--")
        .next_event()
        .expect_err("the same error")
        .to_string();
    assert_eq!(first, again);
    assert_eq!(
        decoder.finish().expect_err("the same error").to_string(),
        first
    );
}

/// CVE-2020-28473: a `;` separates nothing in an urlencoded body either.
#[test]
fn cve_2020_28473_a_semicolon_is_data() {
    let pairs = UrlencodedDecoder::decode(b"a=1;b=2&c=3", &Limits::default()).expect("a form");
    let pairs: Vec<_> = pairs.iter().collect();
    assert_eq!(pairs, [("a", "1;b=2"), ("c", "3")]);
}
