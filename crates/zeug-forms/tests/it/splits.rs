//! Every body of the vectors, and more, cut in every way: the events and the error have to be the same.

use serde_json::Value;
use zeug_forms::{Dialect, Limits};

use crate::{
    bodies,
    walk::{Walk, walk},
};

/// Small enough that many a body meets one.
fn tight() -> Limits {
    Limits::default()
        .body(400)
        .field(20)
        .fields(60)
        .file(30)
        .parts(3)
        .head(90)
        .head_fields(2)
        .preamble(3)
        .epilogue(3)
}

#[track_caller]
fn check(boundary: &[u8], body: &[u8], limits: &Limits, dialect: Dialect) {
    let cut = |sizes: &[usize]| -> Walk {
        let mut rest = body;
        let mut chunks = Vec::new();
        for size in sizes.iter().copied().chain([usize::MAX]) {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        walk(boundary, limits, dialect, chunks)
    };
    let expected = cut(&[]);
    let same = |sizes: &[usize]| {
        assert_eq!(
            cut(sizes),
            expected,
            "{boundary:?} {:?} cut at {sizes:?}",
            String::from_utf8_lossy(body)
        )
    };
    for size in [1, 2, 3, 7, 16] {
        same(&vec![size; body.len() / size]);
    }
    for at in 0..body.len().min(256) {
        same(&[at]);
        if *limits == Limits::default() {
            same(&[at, 1]);
        }
    }
}

#[track_caller]
fn check_all(boundary: &[u8], body: &[u8]) {
    for dialect in [Dialect::Tolerant, Dialect::Strict] {
        check(boundary, body, &Limits::default(), dialect);
        check(boundary, body, &tight(), dialect);
    }
}

#[test]
fn vectors() {
    let (mut count, bytes) = (0, |value: &Value| {
        bodies::base64(value.as_str().unwrap_or_default())
    });
    for line in include_str!("../vectors/forms.jsonl")
        .lines()
        .chain(include_str!("../vectors/real.jsonl").lines())
    {
        let vector: Value = serde_json::from_str(line).expect("a vector is JSON");
        let args = &vector["args"];
        let boundary = match vector["op"].as_str() {
            Some("forms.multipart_events") => bytes(&args["boundary_b64"]),
            Some("forms.parse_form") => {
                bodies::boundary(args["content_type"].as_str().unwrap_or_default())
            }
            _ => continue,
        };
        check_all(&boundary, &bytes(&args["body_b64"]));
        count += 1;
    }
    assert_eq!(count, 262);
}

#[test]
fn delimiters_and_what_only_begins_like_one() {
    let head = "\r\nContent-Disposition: form-data; name=\"a\"";
    for (boundary, inner) in [
        ("b", "\r\n\r\n--"),
        ("b", "\r\r\n--c\r\n--b x\r\n--b-x\r\n-"),
        ("b", "\n--b\t \r\n"),
        ("-", "\r\n---\r\n\r\n---"),
        ("--", "\r\n--\r\n---\r\n----x"),
        ("aaa", "\r\n--aa\r\n--aaaa\r\n--aaa\r"),
        ("a b", "\r\n--a \r\n--a b \x0b\x0c\r\n"),
        ("b", "\r\n--b                            \r\n--b   x"),
    ] {
        for blank in ["\r\n\r\n", "\n\n", "\r\r", "\r\r\n", "\r\n\n"] {
            for before in ["", "\r\n", "x\n", "--", "--b", "\r\n-", "xx--"] {
                let body = format!(
                    "{before}--{boundary}{head}{blank}{inner}\r\n--{boundary}\r{head}; filename=f{blank}\r\n--{boundary}-- \r\nend"
                );
                check_all(boundary.as_bytes(), body.as_bytes());
            }
        }
    }
}

#[test]
fn padding_has_an_end() {
    let head = "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for padding in [1023, 1024, 1025, 3000] {
        let padding = " ".repeat(padding);
        check(
            b"b",
            format!("--b{padding}{head}x\r\n--b--").as_bytes(),
            &Limits::default(),
            Dialect::Tolerant,
        );
        check(
            b"b",
            format!("--b{head}x\r\n--b{padding}{head}\r\n--b--{padding}\r\n").as_bytes(),
            &Limits::default(),
            Dialect::Tolerant,
        );
        check(
            b"b",
            format!("--b{head}x\r\n--b{padding}x\r\n--b--").as_bytes(),
            &Limits::default(),
            Dialect::Tolerant,
        );
    }
}
