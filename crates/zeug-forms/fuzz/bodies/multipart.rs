//! What has to hold for any bytes taken as a multipart body: cuts do not matter, limits bite, parts survive being written again.

use zeug_datastructures::Headers;
use zeug_forms::{Dialect, FormErrorKind, Limits, MultipartEncoder};

use crate::walk::{Seen, walk};

/// Runs one input: three bytes that choose dialect, limits, kind of boundary, cut and boundary length; the boundary; the body. With a long boundary, which
/// is searched for otherwise, the bytes 1 and 2 stand for it and for a line of it, and a long part comes first.
pub(crate) fn run(data: &[u8]) {
    let [choice, cut, length, rest @ ..] = data else {
        return;
    };
    let (boundary, body) = rest.split_at(rest.len().min(usize::from(length % 12) + 1));
    let (mut long_boundary, mut long_body) = (boundary.to_vec(), Vec::new());
    let (boundary, body) = if choice & 4 == 0 {
        (boundary, body)
    } else {
        long_boundary.extend_from_slice(b"0123456789abcdefghij");
        long_body.extend_from_slice(b"--");
        long_body.extend_from_slice(&long_boundary);
        long_body.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        if choice & 8 != 0 {
            long_body.resize(long_body.len() + 600, b'-');
        }
        for byte in body {
            match byte {
                1 => long_body.extend_from_slice(&long_boundary),
                2 => long_body.extend_from_slice(&[b"\r\n--", &long_boundary[..]].concat()),
                byte => long_body.push(*byte),
            }
        }
        (&long_boundary[..], &long_body[..])
    };
    let dialect = if choice & 1 == 0 {
        Dialect::Tolerant
    } else {
        Dialect::Strict
    };
    let limits = if choice & 2 == 0 {
        Limits::default()
    } else {
        Limits::default()
            .body(2000)
            .field(40)
            .fields(90)
            .file(60)
            .parts(4)
            .head(120)
            .head_fields(3)
            .preamble(8)
            .epilogue(8)
    };
    let (seen, error) = walk(boundary, &limits, dialect, [body]);
    let size = usize::from(*cut).max(1);
    assert_eq!(
        walk(boundary, &limits, dialect, body.chunks(size)),
        (seen.clone(), error.clone()),
        "cut into {size}"
    );
    let at = usize::from(*cut).min(body.len());
    let (first, last) = body.split_at(at);
    assert_eq!(
        walk(boundary, &limits, dialect, [first, last]),
        (seen.clone(), error.clone()),
        "cut at {at}"
    );

    if let Some((kind, offset, _)) = &error {
        assert!(*offset <= body.len() as u64, "{kind:?} at {offset}");
    }
    let parts = seen
        .iter()
        .filter(|event| matches!(event, Seen::Part { .. }))
        .count();
    assert!(parts <= limits.parts);
    for pair in seen.windows(2) {
        if let [Seen::Part { filename, .. }, Seen::Data(bytes)] = pair {
            let limit = if filename.is_some() {
                limits.file
            } else {
                limits.field as u64
            };
            assert!(bytes.len() as u64 <= limit);
        }
    }
    if error.is_none() && limits == Limits::default() {
        again(boundary, &Limits::unlimited(), dialect, seen);
    }
}

/// Writes the parts once more and reads them back.
fn again(boundary: &[u8], limits: &Limits, dialect: Dialect, seen: Vec<Seen>) {
    let mut encoder = MultipartEncoder::new(boundary).expect("the decoder took the boundary");
    let (mut out, mut expected) = (Vec::new(), vec![Seen::Preamble(Vec::new())]);
    let mut written = false;
    for event in seen {
        match event {
            Seen::Part { name, filename, .. } => {
                let result = match &filename {
                    Some(filename) => encoder.file(&name, filename, &Headers::new(), &mut out),
                    None => encoder.field(&name, &Headers::new(), &mut out),
                };
                written = result
                    .map_err(|error| assert_eq!(error.kind(), FormErrorKind::Unencodable))
                    .is_ok();
                if written {
                    expected.push(Seen::Part {
                        name,
                        filename,
                        fields: Vec::new(),
                    });
                }
            }
            Seen::Data(bytes) if written => {
                encoder.data(&bytes, &mut out).expect("a part has begun");
                expected.push(Seen::Data(bytes));
            }
            _ => {}
        }
    }
    encoder.finish(&mut out).expect("all parts are complete");
    expected.push(Seen::End);
    let (mut read, error) = walk(boundary, limits, dialect, [&out[..]]);
    assert_eq!(error, None, "{:?}", String::from_utf8_lossy(&out));
    for event in &mut read {
        if let Seen::Part { fields, .. } = event {
            fields.clear();
        }
    }
    assert_eq!(read, expected, "{:?}", String::from_utf8_lossy(&out));
}
