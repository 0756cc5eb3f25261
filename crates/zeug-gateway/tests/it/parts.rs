//! Parts of bodies: of memory, files and streams.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use zeug_gateway::{Body, BodyErrorKind};

/// A file of ten digits that stands at its second byte, so that the body has nine.
fn file() -> File {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("zeug-gateway-parts-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    file.write_all(b"0123456789").unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    file
}

#[track_caller]
fn slices(body: Body, range: std::ops::Range<u64>, expected: &str) {
    let part = body.slice(range).unwrap();
    let len = part.len();
    assert_eq!(part.into_bytes(100).unwrap(), expected);
    assert_eq!(len, Some(expected.len() as u64));
}

#[test]
fn one_part() {
    for (range, expected) in [
        (0..9, "123456789"),
        (2..4, "34"),
        (8..9, "9"),
        (4..4, ""),
        (7..100, "89"),
        (100..200, ""),
    ] {
        slices(Body::from("123456789"), range.clone(), expected);
        slices(Body::file(file()).unwrap(), range.clone(), expected);
        slices(Body::sized_reader(&b"123456789!"[..], 9), range, expected);
    }
    slices(Body::chunks(["12", "345", "6789"].map(Ok)), 1..6, "23456");
    slices(Body::empty(), 0..5, "");
    let short = Body::reader(&b"12"[..]).slice(1..5).unwrap();
    assert_eq!(
        short.into_bytes(10).unwrap_err().kind(),
        BodyErrorKind::Disconnected
    );
    let shorter = Body::reader(&b"12"[..]).slice(3..5).unwrap();
    assert_eq!(
        shorter.into_bytes(10).unwrap_err().kind(),
        BodyErrorKind::Disconnected
    );
}

#[test]
fn parts_are_read_by_themselves() {
    for body in [Body::from("123456789"), Body::file(file()).unwrap()] {
        let mut parts = body.parts(&[6..9, 0..4, 2..3]).unwrap();
        let mut texts = vec![String::new(); 3];
        // Byte by byte, in turn: what one reads does not move the others.
        for _ in 0..4 {
            for (part, text) in parts.iter_mut().zip(&mut texts) {
                part.take(1).read_to_string(text).unwrap();
            }
        }
        assert_eq!(texts, ["789", "1234", "3"]);
    }
    let stream = Body::chunks(["ab", "c"].map(Ok));
    let whole = stream.parts(&[0..1, 1..2]).unwrap_err();
    assert_eq!(whole.into_bytes(10).unwrap(), "abc", "untouched");
}
