//! What holds for all bodies: no panic, cuts do not matter, what is written is read, limits bite.

use std::io::Read;

use proptest::prelude::*;
use zeug_datastructures::Headers;
use zeug_forms::{
    Dialect, FormParser, Limits, MultipartBody, MultipartDecoder, MultipartEncoder, MultipartEvent,
};

use crate::walk::{Seen, walk};

/// Bytes of which many begin like a delimiter.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"\r\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\n"[..]),
        Just(&b"--"[..]),
        Just(&b"--b"[..]),
        Just(&b"--bb"[..]),
        Just(&b" "[..]),
        Just(&b"Content-Disposition: form-data; name=\"a\"\r\n\r\n"[..]),
        Just(&b"; filename*=UTF-8''x"[..]),
        Just(&b"x\xff\0"[..]),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn name() -> impl Strategy<Value = String> {
    "[^\r\n\0]{0,20}".prop_filter("%22 is how a quote is written", |name| {
        !name.contains("%22")
    })
}

proptest! {
    #[test]
    fn cuts_do_not_matter(body in pieces(), boundary in "b{1,3}", cuts in proptest::collection::vec(0..40_usize, 0..12), strict: bool) {
        let dialect = if strict { Dialect::Strict } else { Dialect::Tolerant };
        let mut rest = &body[..];
        let mut chunks = Vec::new();
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        let whole = walk(boundary.as_bytes(), &Limits::default(), dialect, [&body[..]]);
        prop_assert_eq!(walk(boundary.as_bytes(), &Limits::default(), dialect, chunks), whole);
    }

    #[test]
    fn what_is_strict_is_tolerant_too(body in pieces()) {
        let (strict, error) = walk(b"b", &Limits::default(), Dialect::Strict, [&body[..]]);
        let (tolerant, other) = walk(b"b", &Limits::default(), Dialect::Tolerant, [&body[..]]);
        // unless a lone CR or LF before a delimiter made the tolerant one see more parts
        if error.is_none() && strict.len() == tolerant.len() {
            prop_assert_eq!((strict, None), (tolerant, other));
        }
    }

    #[test]
    fn what_is_written_is_read(parts in proptest::collection::vec((name(), proptest::option::of(name()), proptest::collection::vec(any::<u8>(), 0..60)), 0..6)) {
        let boundary = "a boundary that no value holds";
        let mut encoder = MultipartEncoder::new(boundary).expect("valid");
        let (mut out, mut expected) = (Vec::new(), vec![Seen::Preamble(Vec::new())]);
        for (name, filename, bytes) in parts {
            match &filename {
                Some(filename) => encoder.file(&name, filename, &Headers::new(), &mut out).expect("valid"),
                None => encoder.field(&name, &Headers::new(), &mut out).expect("valid"),
            }
            let (first, second) = bytes.split_at(bytes.len() / 2);
            encoder.data(first, &mut out).expect("valid");
            encoder.data(second, &mut out).expect("valid");
            expected.push(Seen::Part { name, filename, fields: Vec::new() });
            expected.push(Seen::Data(bytes));
        }
        encoder.finish(&mut out).expect("valid");
        expected.push(Seen::End);
        for dialect in [Dialect::Tolerant, Dialect::Strict] {
            let (mut seen, error) = walk(boundary.as_bytes(), &Limits::default(), dialect, [&out[..]]);
            for event in &mut seen {
                if let Seen::Part { fields, .. } = event {
                    fields.clear();
                }
            }
            prop_assert_eq!((&seen, error), (&expected, None));
        }
    }

    #[test]
    fn events_written_again_are_the_same_events(body in pieces()) {
        let mut decoder = MultipartDecoder::new("b", Limits::default()).expect("valid");
        let (mut encoder, mut out) = (MultipartEncoder::new("b").expect("valid"), Vec::new());
        let mut events = decoder.push(&body);
        while let Ok(Some(event)) = events.next_event() {
            // text around parts cannot always be written: `--b` in it would be a delimiter
            if !matches!(event, MultipartEvent::Preamble { .. } | MultipartEvent::Epilogue(_)) && encoder.event(&event, &mut out).is_err() {
                return Ok(());
            }
        }
        if decoder.finish().is_ok() {
            let content = |body: &[u8]| walk(b"b", &Limits::default(), Dialect::Tolerant, [body]).0.into_iter().filter_map(|event| match event {
                Seen::Part { name, filename, .. } => Some((name, filename, Vec::new())),
                Seen::Data(bytes) => Some((String::new(), None, bytes)),
                _ => None,
            }).collect::<Vec<_>>();
            prop_assert_eq!(content(&out), content(&body));
        }
    }

    #[test]
    fn a_body_for_sending_has_the_length_it_says(fields in proptest::collection::vec((name(), "\\PC{0,20}"), 0..4), file in proptest::collection::vec(any::<u8>(), 0..300), step in 1..64_usize) {
        let mut body = MultipartBody::new("a boundary that no value holds").expect("valid");
        for (name, value) in &fields {
            body.field(name, value).expect("valid");
        }
        body.file("file", "f", &Headers::new(), std::io::Cursor::new(file.clone()), Some(file.len() as u64)).expect("valid");
        let (content_type, length) = (body.content_type(), body.length().expect("valid"));
        let (mut sent, mut buffer) = (Vec::new(), vec![0; step]);
        loop {
            prop_assert_eq!(body.length(), Some(length - sent.len() as u64));
            match body.read(&mut buffer).expect("valid") {
                0 => break,
                count => sent.extend_from_slice(&buffer[..count]),
            }
        }
        prop_assert_eq!(sent.len() as u64, length);
        let form = FormParser::new(&content_type).content_length(length).parse_into(&sent[..], |_| Ok(Vec::new())).expect("valid");
        prop_assert_eq!(form.files.get("file").map(|file| file.stream().clone()), Some(file));
        let mut read: Vec<_> = form.fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut fields = fields;
        read.sort();
        fields.sort();
        prop_assert_eq!(read, fields);
    }

    #[test]
    fn limits_bite_at_the_byte(limit in 0..40_usize, size in 0..60_usize, chunk in 1..70_usize) {
        let body = format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--b--", "x".repeat(size));
        let begin = body.find("\r\n\r\n").expect("valid") + 4;
        let (_, error) = walk(b"b", &Limits::default().field(limit), Dialect::Tolerant, body.as_bytes().chunks(chunk));
        prop_assert_eq!(error.map(|(_, offset, _)| offset), (size > limit).then_some((begin + limit) as u64));
        let all = body.len() as u64;
        let (_, error) = walk(b"b", &Limits::default().body(all - 1), Dialect::Tolerant, body.as_bytes().chunks(chunk));
        prop_assert_eq!(error.map(|(_, offset, _)| offset), Some(all - 1));
        let (_, error) = walk(b"b", &Limits::default().body(all), Dialect::Tolerant, body.as_bytes().chunks(chunk));
        prop_assert_eq!(error, None);
    }
}
