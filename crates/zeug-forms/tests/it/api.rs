//! The public API, row by row: what is read, what is refused and how that is said, where files go.

#[cfg(feature = "spool")]
use std::fs;
use std::io::{self, Read, Seek, Write};

use zeug_datastructures::Headers;
use zeug_forms::{
    Dialect, FileStorage, Form, FormError, FormErrorKind as K, FormKind, FormParser, Limits,
    MultipartBody, MultipartDecoder, MultipartEncoder, MultipartEvent, Spool, UrlencodedDecoder,
};

use crate::{
    bodies,
    walk::{Seen, walk},
};

const TYPE: &str = "multipart/form-data; boundary=b";

fn parse(body: &[u8]) -> Result<Form, FormError> {
    FormParser::new(TYPE).parse(body)
}

#[track_caller]
fn refused(dialect: Dialect, body: &str, kind: K, offset: usize, text: &str) {
    let limits = Limits::default()
        .body(300)
        .field(5)
        .fields(7)
        .file(6)
        .parts(2)
        .head(90)
        .head_fields(3)
        .preamble(2)
        .epilogue(2);
    let (_, error) = walk(b"b", &limits, dialect, [body.as_bytes()]);
    assert_eq!(
        error.as_ref().map(|(kind, offset, _)| (*kind, *offset)),
        Some((kind, offset as u64)),
        "{body:?}"
    );
    let parser = FormParser::new(TYPE).limits(limits).dialect(dialect);
    let error = parser.parse(body.as_bytes()).expect_err("refused");
    assert_eq!(error.to_string(), text, "{body:?}");
}

#[test]
fn what_is_wrong_and_where() {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n")
    };
    let file = "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
    let tolerant =
        |body: &str, kind, offset, text| refused(Dialect::Tolerant, body, kind, offset, text);
    tolerant(
        "",
        K::UnexpectedEnd,
        0,
        "body ends without its last delimiter at byte 0",
    );
    tolerant(
        "--b",
        K::UnexpectedEnd,
        3,
        "body ends without its last delimiter at byte 3",
    );
    tolerant(
        &field("a", "x"),
        K::UnexpectedEnd,
        50,
        "body ends without its last delimiter at byte 50",
    );
    tolerant(
        "--b\r\nX: y\r\n\r\n",
        K::MissingContentDisposition,
        5,
        "part without content-disposition at byte 5",
    );
    tolerant(
        "--b\r\nContent-Disposition: form-data\r\n\r\n",
        K::MissingName,
        5,
        "part without a name at byte 5",
    );
    tolerant(
        "--b\r\nX: \u{e9}",
        K::UnexpectedEnd,
        10,
        "body ends without its last delimiter at byte 10",
    );
    tolerant(
        "--b\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n",
        K::TooManyHeadFields { limit: 3 },
        5,
        "more than the limit `head_fields` of 3 at byte 5",
    );
    tolerant(
        &format!("--b\r\nA: {}", "1".repeat(100)),
        K::HeadTooLarge { limit: 90 },
        5,
        "more than the limit `head` of 90 at byte 5",
    );
    tolerant(
        "abc--b",
        K::PreambleTooLarge { limit: 2 },
        2,
        "more than the limit `preamble` of 2 at byte 2",
    );
    tolerant(
        "--b--\r\nabc",
        K::EpilogueTooLarge { limit: 2 },
        9,
        "more than the limit `epilogue` of 2 at byte 9",
    );
    tolerant(
        &field("a", "123456"),
        K::FieldTooLarge { limit: 5 },
        52,
        "more than the limit `field` of 5 at byte 52 in field \"a\"",
    );
    let two = field("a", "1234") + &field("b", "56") + "--b--";
    tolerant(
        &two,
        K::FieldsTooLarge { limit: 7 },
        101,
        "more than the limit `fields` of 7 at byte 101 in field \"b\"",
    );
    tolerant(
        &format!("{file}1234567"),
        K::FileTooLarge { limit: 6 },
        65,
        "more than the limit `file` of 6 at byte 65 in field \"f\"",
    );
    tolerant(
        &format!("--b{}", " ".repeat(290)),
        K::UnexpectedEnd,
        293,
        "body ends without its last delimiter at byte 293",
    );
    tolerant(
        &"x".repeat(301),
        K::PreambleTooLarge { limit: 2 },
        2,
        "more than the limit `preamble` of 2 at byte 2",
    );
    let three = format!("{}{}{}", field("", ""), field("", ""), field("", ""));
    tolerant(&three, K::MissingName, 5, "part without a name at byte 5");
    let three = [field("x", ""), field("y", ""), field("z", "")].concat();
    tolerant(
        &three,
        K::TooManyParts { limit: 2 },
        103,
        "more than the limit `parts` of 2 at byte 103 in field \"z\"",
    );
}

#[test]
fn what_only_the_strict_dialect_refuses() {
    let head = "Content-Disposition: form-data; name=\"a\"";
    let strict = |body: String, kind, offset| {
        let walk = |dialect| {
            walk(b"b", &Limits::default(), dialect, [body.as_bytes()])
                .1
                .map(|(kind, offset, _)| (kind, offset))
        };
        assert_eq!(walk(Dialect::Tolerant), None, "{body:?}");
        assert_eq!(walk(Dialect::Strict), Some((kind, offset)), "{body:?}");
    };
    strict(
        format!("x\r\n--b\r\n{head}\r\n\r\n\r\n--b--"),
        K::TextOutsideParts,
        0,
    );
    strict(
        format!("--b\r\n{head}\r\n\r\n\r\n--b--\r\nx"),
        K::TextOutsideParts,
        58,
    );
    strict(
        format!("--b\r\n{head}\r\n X-Folded: 1\r\n\r\n\r\n--b--"),
        K::MalformedHead,
        47,
    );
    strict(
        format!("--b\r\n{head}\r\nno colon\r\n\r\n\r\n--b--"),
        K::MalformedHead,
        47,
    );
    strict(
        format!("--b\r\n{head}\r\nX : 1\r\n\r\n\r\n--b--"),
        K::MalformedHead,
        47,
    );
    strict(
        format!("--b\r\n{head}\r\n{head}\r\n\r\n\r\n--b--"),
        K::MalformedHead,
        47,
    );
    strict(
        format!("--b\r\n{head}\nX: 1\r\n\r\n\r\n--b--"),
        K::MalformedHead,
        5,
    );
    strict(
        format!("--b\r\n{head}; filename*=UTF-8''x\r\n\r\n\r\n--b--"),
        K::MissingContentDisposition,
        5,
    );
    strict(
        "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b--".to_owned(),
        K::MissingContentDisposition,
        5,
    );
    strict(format!("--b\n{head}\n\nx\n--b--"), K::TextOutsideParts, 0);
    strict(
        format!("--b\r\n{head}\r\n\r\nx\n--b--"),
        K::UnexpectedEnd,
        56,
    );
}

#[test]
fn boundaries() {
    let kind = |boundary: &[u8]| {
        MultipartDecoder::new(boundary, Limits::default())
            .err()
            .map(|error| error.kind())
    };
    assert_eq!(kind(b""), Some(K::MissingBoundary));
    for boundary in [&b"a\r\nb"[..], b"a ", b"\xc3\xa9", &[b'x'; 71]] {
        assert_eq!(kind(boundary), Some(K::InvalidBoundary));
    }
    for boundary in [&b"-"[..], b"a b", b"'()+_,-./:=?", &[b'x'; 70]] {
        assert_eq!(kind(boundary), None);
    }
    let content_type = |boundary: &str| {
        MultipartEncoder::new(boundary)
            .expect("a boundary")
            .content_type()
    };
    assert_eq!(content_type("a-b"), "multipart/form-data; boundary=a-b");
    assert_eq!(
        content_type("a \\\"b"),
        "multipart/form-data; boundary=\"a \\\\\\\"b\""
    );
}

#[test]
fn a_chunk_is_read_to_its_end_before_the_next() {
    let mut decoder = MultipartDecoder::new("b", Limits::default()).expect("a boundary");
    assert!(
        decoder
            .push(b"--b--")
            .next_event()
            .is_ok_and(|event| matches!(event, Some(MultipartEvent::Preamble { last: true, .. })))
    );
    let error = decoder
        .push(b"")
        .next_event()
        .expect_err("there was an end");
    assert_eq!((error.kind(), error.status_hint()), (K::EventsLeft, 500));
}

#[test]
fn an_encoder_takes_events_in_order_only() {
    let (none, mut out) = (Headers::new(), Vec::new());
    let mut encoder = MultipartEncoder::new("b").expect("a boundary");
    let is = |result: Result<(), FormError>, kind: Option<K>| {
        assert_eq!(result.err().map(|error| error.kind()), kind)
    };
    is(encoder.data(b"", &mut out), Some(K::UnexpectedEvent));
    is(
        encoder.event(&MultipartEvent::Epilogue(b""), &mut out),
        Some(K::UnexpectedEvent),
    );
    is(
        encoder.event(
            &MultipartEvent::Preamble {
                bytes: b"hi",
                last: true,
            },
            &mut out,
        ),
        None,
    );
    for name in ["a\rb", "a\nb", "a\0b", "a%22b"] {
        is(encoder.field(name, &none, &mut out), Some(K::Unencodable));
        is(
            encoder.file("a", name, &none, &mut out),
            Some(K::Unencodable),
        );
    }
    assert_eq!(out, b"hi");
    is(encoder.field("a", &none, &mut out), None);
    is(
        encoder.field("b", &none, &mut out),
        Some(K::UnexpectedEvent),
    );
    is(encoder.finish(&mut out), Some(K::UnexpectedEvent));
    is(encoder.data(b"", &mut out), None);
    is(encoder.data(b"x", &mut out), None);
    is(
        encoder.event(
            &MultipartEvent::Preamble {
                bytes: b"",
                last: true,
            },
            &mut out,
        ),
        Some(K::UnexpectedEvent),
    );
    is(encoder.finish(&mut out), None);
    is(encoder.finish(&mut out), Some(K::UnexpectedEvent));
    is(
        encoder.event(&MultipartEvent::Epilogue(b"bye"), &mut out),
        None,
    );
    assert_eq!(
        out,
        b"hi\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\nbye"
    );
}

#[test]
fn kinds_of_forms() {
    for (content_type, kind) in [
        ("multipart/form-data", Some(FormKind::Multipart)),
        (
            " multipart/form-data ; boundary=x",
            Some(FormKind::Multipart),
        ),
        (
            "application/x-www-form-urlencoded;charset=utf-8",
            Some(FormKind::Urlencoded),
        ),
        ("Multipart/Form-Data", None),
        ("multipart/mixed; boundary=b", None),
        ("", None),
    ] {
        assert_eq!(FormKind::of(content_type), kind, "{content_type:?}");
    }
    let mut body = &b"{}"[..];
    assert!(
        FormParser::new("application/json")
            .parse(&mut body)
            .expect("no form")
            .is_empty()
    );
    assert_eq!(body, b"{}", "the reader is untouched");
}

#[test]
fn texts_in_three_charsets() {
    let text = |charset: &str, bytes: &[u8]| {
        let mut body = format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain{charset}\r\n\r\n").into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--b--");
        parse(&body)
            .expect("a form")
            .fields
            .get("a")
            .map(str::to_owned)
    };
    assert_eq!(text("", b"\xc3\xa9\xff").as_deref(), Some("é\u{fffd}"));
    assert_eq!(text("; charset=UTF-8", b"\xc3\xa9").as_deref(), Some("é"));
    assert_eq!(text("; charset=ISO-8859-1", b"\xe9").as_deref(), Some("é"));
    assert_eq!(
        text("; charset=us-ascii", b"a\xe9").as_deref(),
        Some("a\u{fffd}")
    );
    assert_eq!(
        text("; charset=utf-16", b"a\xe9").as_deref(),
        Some("a\u{fffd}")
    );
}

#[cfg(feature = "spool")]
#[test]
fn files_stay_in_memory_up_to_two_ceilings() {
    let body: Vec<u8> = [("a", 100), ("b", 101), ("c", 90), ("d", 70), ("e", 10)]
        .into_iter()
        .flat_map(|(name, size)| bodies::part("b", name, Some("f"), &vec![b'x'; size]))
        .chain(bodies::end("b"))
        .collect();
    let spool = Spool::default().memory(100).total_memory(200);
    let form = FormParser::new(TYPE)
        .spool(spool)
        .parse(&body[..])
        .expect("a form");
    let in_memory: Vec<_> = form
        .files
        .iter()
        .map(|(name, file)| {
            (
                name,
                file.stream().is_in_memory(),
                file.stream().len().expect("a size"),
            )
        })
        .collect();
    assert_eq!(
        in_memory,
        [
            ("a", true, 100),
            ("b", false, 101),
            ("c", true, 90),
            ("d", false, 70),
            ("e", true, 10)
        ]
    );
}

#[cfg(feature = "spool")]
#[test]
fn a_file_is_read_sought_and_saved() {
    let body = [
        bodies::part("b", "doc", Some("C:\\\\dir\\\\a b.txt"), b"some text"),
        bodies::end("b"),
    ]
    .concat();
    for memory in [0, 100] {
        let spool = Spool::default().memory(memory);
        let mut form = FormParser::new(TYPE)
            .spool(spool)
            .parse(&body[..])
            .expect("a form");
        let mut file = form.files.remove("doc").expect("a file");
        assert_eq!((file.name(), file.filename()), ("doc", "C:\\dir\\a b.txt"));
        assert_eq!(
            (
                file.mimetype().as_str(),
                file.content_length(),
                file.is_chosen()
            ),
            ("application/octet-stream", None, true)
        );
        let mut text = String::new();
        file.read_to_string(&mut text).expect("readable");
        file.rewind().expect("seekable");
        assert_eq!(text, "some text");

        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("saved");
        assert_eq!(file.save(&path).expect("saved"), 9);
        assert_eq!(
            file.save(&path).expect_err("it is there").kind(),
            io::ErrorKind::AlreadyExists
        );
        fs::write(&path, "something else, and longer").expect("writable");
        assert_eq!(file.save_replacing(&path).expect("saved"), 9);
        assert_eq!(fs::read(&path).expect("readable"), b"some text");
        let sent = FileStorage::open("up", &path).expect("opened");
        assert_eq!(
            (sent.filename(), sent.content_type().as_deref()),
            ("saved", Some("application/octet-stream"))
        );
    }
}

#[test]
fn what_was_written_is_removed_when_saving_fails() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("saved");
    assert!(FileStorage::new("a", "f", Broken).save(&path).is_err());
    assert!(!path.exists());
}

#[test]
fn the_heads_of_files_are_kept() {
    let headers = "Content-Type: text/HTML; Charset=\"x y\"\r\nContent-Length: 3\r\nX-Custom: \u{e9}\r\nno colon\r\nbad name: 1";
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n{headers}\r\n\r\n\r\n--b--"
    );
    let form = parse(body.as_bytes()).expect("a form");
    let file = form.files.get("a").expect("a file");
    assert_eq!(
        (
            file.mimetype().as_str(),
            file.mimetype_param("charset").as_deref(),
            file.content_length()
        ),
        ("text/html", Some("x y"), Some(3))
    );
    assert_eq!(
        file.headers().get("x-custom").map(|value| value.as_bytes()),
        Some("é".as_bytes())
    );
    assert_eq!(
        file.headers().len(),
        4,
        "what is no header field is left out"
    );
}

#[test]
fn progress_disconnection_and_malformed_bodies() {
    let body = [
        bodies::part("b", "a", None, &[b'x'; 100_000]),
        bodies::end("b"),
    ]
    .concat();
    let length = body.len() as u64;
    let mut seen = Vec::new();
    let parser = FormParser::new(TYPE)
        .content_length(length)
        .progress(|done, total| seen.push((done, total)));
    parser.parse(&body[..]).expect("a form");
    assert_eq!(seen, [(65_536, Some(length)), (length, Some(length))]);

    let error = FormParser::new(TYPE)
        .content_length(length + 1)
        .ignore_malformed()
        .parse(&body[..])
        .expect_err("cut short");
    assert_eq!(
        (error.kind(), error.offset(), error.status_hint()),
        (K::Disconnected, length, 400)
    );
    let cut = &body[..body.len() - 4];
    assert_eq!(parse(cut).expect_err("cut").kind(), K::UnexpectedEnd);
    assert!(
        FormParser::new(TYPE)
            .ignore_malformed()
            .parse(cut)
            .expect("ignored")
            .is_empty()
    );
    let error = FormParser::new(TYPE)
        .ignore_malformed()
        .limits(Limits::default().field(9))
        .parse(&body[..])
        .expect_err("too large");
    assert_eq!(error.limit(), Some(("field", 9)));
    let mut more = body.clone();
    more.extend_from_slice(b"the next request");
    let mut reader = &more[..];
    FormParser::new(TYPE)
        .content_length(length)
        .parse(&mut reader)
        .expect("a form");
    assert_eq!(
        reader, b"the next request",
        "no more than the length is read"
    );
}

#[test]
fn a_sink_that_fails_is_the_source() {
    #[derive(Debug)]
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let body = [bodies::part("b", "a", Some("f"), b"x"), bodies::end("b")].concat();
    let error = FormParser::new(TYPE)
        .parse_into(&body[..], |_| Ok(Full))
        .expect_err("full");
    let source = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    assert_eq!(
        (error.kind(), error.status_hint(), source),
        (K::Store, 500, Some(io::ErrorKind::StorageFull))
    );
    let missing = Spool::default().memory(0).directory("/nowhere/at/all");
    assert_eq!(
        FormParser::new(TYPE)
            .spool(missing)
            .parse(&body[..])
            .expect_err("no such directory")
            .kind(),
        K::Store
    );
}

#[test]
fn a_field_between_files_comes_in_order() {
    let body = [
        bodies::part("b", "a", Some("1"), b"x"),
        bodies::part("b", "t", None, b"y"),
        bodies::part("b", "a", Some(""), b""),
        bodies::end("b"),
    ]
    .concat();
    let (seen, _) = walk(b"b", &Limits::default(), Dialect::Strict, [&body[..]]);
    let names: Vec<_> = seen
        .iter()
        .filter_map(|event| {
            if let Seen::Part { name, filename, .. } = event {
                Some((name.as_str(), filename.as_deref()))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(names, [("a", Some("1")), ("t", None), ("a", Some(""))]);
    let form = parse(&body).expect("a form");
    assert_eq!(
        form.files
            .get_all("a")
            .map(FileStorage::is_chosen)
            .collect::<Vec<_>>(),
        [true, false]
    );
}

#[cfg(feature = "safe-names")]
#[test]
fn a_safe_form_of_the_file_name() {
    for (given, safe) in [
        ("My cool movie.mov", Some("My_cool_movie.mov")),
        ("../../../etc/passwd", Some("etc_passwd")),
        ("..", None),
        ("", None),
        ("日本語", None),
    ] {
        let file = FileStorage::new("f", given, std::io::empty());
        assert_eq!(file.safe_file_name().as_deref(), safe, "{given:?}");
    }
}

#[test]
fn an_urlencoded_body_that_is_no_text_is_told_of_last() {
    const URLENCODED: &str = "application/x-www-form-urlencoded";
    let parse = |body: &[u8], length: u64, limits: Limits| {
        FormParser::new(URLENCODED)
            .content_length(length)
            .limits(limits)
            .ignore_malformed()
            .parse(body)
            .map(|form| form.fields.len())
            .map_err(|error| (error.kind(), error.offset()))
    };
    assert_eq!(parse(b"a=1&b=\xff", 7, Limits::default()), Ok(0));
    assert_eq!(
        parse(b"a=1&b=\xff", 9, Limits::default()),
        Err((K::Disconnected, 7))
    );
    let mut decoder = UrlencodedDecoder::new(Limits::default().fields(8));
    for chunk in [&b"a=\xc3"[..], b"x&b", b"=1"] {
        decoder.push(chunk).expect("few bytes");
    }
    let error = decoder.push(b"2").expect_err("one too many");
    assert_eq!(error.kind(), K::FieldsTooLarge { limit: 8 });
    let mut decoder = UrlencodedDecoder::new(Limits::default());
    for chunk in [&b"a=\xc3"[..], b"x&b", b"=1"] {
        decoder.push(chunk).expect("few bytes");
    }
    let error = decoder.finish().expect_err("no text");
    assert_eq!((error.kind(), error.offset()), (K::NotUtf8, 2));
}

#[test]
fn limits_of_urlencoded_bodies_bite_at_the_byte() {
    let read = |body: &[u8], cut: usize, limits: &Limits| {
        let mut decoder = UrlencodedDecoder::new(limits.clone());
        body.chunks(cut)
            .try_for_each(|chunk| decoder.push(chunk))
            .and_then(|()| decoder.finish())
            .map(|form| form.len())
            .map_err(|error| (error.kind(), error.offset()))
    };
    let body = b"a=12&b=345";
    for cut in [1, 3, body.len()] {
        let fits = Limits::default().body(10);
        assert_eq!(read(body, cut, &fits), Ok(2));
        let error = (K::BodyTooLarge { limit: 9 }, 9);
        assert_eq!(read(body, cut, &Limits::default().body(9)), Err(error));
        assert_eq!(read(body, cut, &Limits::default().fields(10)), Ok(2));
        let error = (K::FieldsTooLarge { limit: 9 }, 9);
        assert_eq!(read(body, cut, &Limits::default().fields(9)), Err(error));
    }
}

#[test]
fn an_urlencoded_body_that_ends_within_a_character_is_no_text() {
    let whole = "a=\u{20ac}";
    for end in 2..=whole.len() {
        for cut in 1..=end {
            let mut decoder = UrlencodedDecoder::new(Limits::default());
            for chunk in whole.as_bytes()[..end].chunks(cut) {
                decoder.push(chunk).expect("a small body");
            }
            let found = decoder.finish().map_err(|error| error.offset());
            let found = found.map(|form| form.get("a").map(str::to_owned));
            match end {
                2 => assert_eq!(found, Ok(Some(String::new()))),
                5 => assert_eq!(found, Ok(Some("\u{20ac}".to_owned()))),
                _ => assert_eq!(found, Err(2), "{end} bytes, {cut} at a time"),
            }
        }
    }
}

#[test]
fn a_body_of_unknown_length_is_read_to_its_end() {
    for length in [0, 1, 4095, 4096, 4097, 70_000, 140_000] {
        let body = format!("a={}", "x".repeat(length));
        let form = FormParser::new("application/x-www-form-urlencoded")
            .parse(body.as_bytes())
            .expect("a form");
        assert_eq!(form.fields.get("a").map(str::len), Some(length));
    }
}

#[test]
fn a_file_that_is_shorter_than_was_said_ends_the_body_as_failed() {
    let read = |said: u64| {
        let mut body = MultipartBody::new("a boundary that no value holds").expect("valid");
        let file: &[u8] = b"123";
        body.file("f", "f.txt", &Headers::new(), file, Some(said))
            .expect("a file");
        let mut out = Vec::new();
        body.read_to_end(&mut out)
            .map(|_| out.windows(3).any(|piece| piece == b"123"))
            .map_err(|error| error.kind())
    };
    assert_eq!(read(3), Ok(true));
    assert_eq!(read(4), Err(io::ErrorKind::UnexpectedEof));
    // What is beyond is not read.
    assert_eq!(read(2), Ok(false));
}

#[test]
fn limits_around_parts_and_of_their_names_bite_at_the_byte() {
    let kind = |limits: &Limits, body: &str| {
        let (_, error) = walk(b"b", limits, Dialect::Tolerant, [body.as_bytes()]);
        error.map(|(kind, ..)| kind)
    };
    // The line break is the delimiter's.
    let preamble = "12345\r\n--b--";
    assert_eq!(kind(&Limits::default().preamble(5), preamble), None);
    assert_eq!(
        kind(&Limits::default().preamble(4), preamble),
        Some(K::PreambleTooLarge { limit: 4 })
    );
    let named = "--b\r\nContent-Disposition: form-data; name=four\r\n\r\n\r\n--b--";
    assert_eq!(kind(&Limits::default().fields(4), named), None);
    assert_eq!(
        kind(&Limits::default().fields(3), named),
        Some(K::FieldsTooLarge { limit: 3 })
    );
    let epilogue = "--b--12345";
    assert_eq!(kind(&Limits::default().epilogue(5), epilogue), None);
    assert_eq!(
        kind(&Limits::default().epilogue(4), epilogue),
        Some(K::EpilogueTooLarge { limit: 4 })
    );
    let padded = |count| {
        let padding = " ".repeat(count);
        format!("--b{padding}\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--")
    };
    assert_eq!(kind(&Limits::default(), &padded(1024)), None);
    assert_eq!(
        kind(&Limits::default(), &padded(1025)),
        Some(K::DelimiterTooLong)
    );
    // As browsers send it, and a field more.
    let usual =
        "Content-Disposition: form-data; name=\"a\"; filename=\"f\"\r\nContent-Type: text/plain";
    for (fields, head) in [(2, usual.to_owned()), (3, format!("X: y\r\n{usual}"))] {
        let body = format!("--b\r\n{head}\r\n\r\n\r\n--b--");
        assert_eq!(kind(&Limits::default().head_fields(fields), &body), None);
        let limit = fields - 1;
        assert_eq!(
            kind(&Limits::default().head_fields(limit), &body),
            Some(K::TooManyHeadFields { limit })
        );
    }
}
