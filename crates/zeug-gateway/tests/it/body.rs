//! Bodies of every kind, whole and in pieces, at and around their limits.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use zeug_gateway::{Body, BodyError, BodyErrorKind, Request, Response};

const TEXT: &str = "hello world";

fn file() -> File {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(std::env::temp_dir().join(format!(
            "zeug-gateway-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        )))
        .unwrap();
    file.write_all(TEXT.as_bytes()).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

/// A body of each kind that holds [`TEXT`], and whether its length is known.
fn all() -> Vec<(Body, bool)> {
    let name = std::env::temp_dir().join(format!(
        "zeug-gateway-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let _ = std::fs::remove_file(&name);
    let bodies = vec![
        (Body::from(TEXT), true),
        (Body::from(TEXT.to_owned()), true),
        (Body::from(TEXT.as_bytes().to_vec()), true),
        (Body::from(Bytes::from_static(TEXT.as_bytes())), true),
        (Body::reader(io::Cursor::new(TEXT)), false),
        (Body::sized_reader(io::Cursor::new(TEXT), 11), true),
        (
            Body::sized_reader(io::Cursor::new(format!("{TEXT} and more")), 11),
            true,
        ),
        (Body::chunks(["hel", "", "lo w", "orld", ""].map(Ok)), false),
        (Body::file(file()).unwrap(), true),
    ];
    std::fs::remove_file(name).unwrap();
    bodies
}

#[test]
fn every_kind_gives_its_bytes() {
    for (body, known) in all() {
        assert_eq!(body.len(), known.then_some(11), "{body:?}");
        assert!(!body.is_empty());
        assert_eq!(body.into_bytes(11).unwrap(), TEXT);
    }
    for (mut body, _) in all() {
        let mut read = Vec::new();
        let mut piece = [0; 4];
        loop {
            match body.read(&mut piece).unwrap() {
                0 => break,
                count => read.extend_from_slice(&piece[..count]),
            }
        }
        assert_eq!(read, TEXT.as_bytes());
        assert_eq!(body.read(&mut piece).unwrap(), 0, "the end stays the end");
    }
    assert_eq!(Body::empty().into_bytes(0).unwrap(), "");
    assert!(Body::from("").is_empty() && Body::from(()).is_empty());
}

#[test]
fn limits_always_bite() {
    for limit in 0..11 {
        for (body, _) in all() {
            let error = body.into_bytes(limit).unwrap_err();
            assert_eq!(
                error.kind(),
                BodyErrorKind::TooLarge {
                    limit: limit as u64
                }
            );
            assert_eq!(error.status_hint(), 413);
        }
        for (mut body, known) in all() {
            body.set_limit(Some(limit as u64));
            assert_eq!(body.limit(), Some(limit as u64));
            let mut read = Vec::new();
            let error = BodyError::from(body.read_to_end(&mut read).unwrap_err());
            assert_eq!(
                error.kind(),
                BodyErrorKind::TooLarge {
                    limit: limit as u64
                }
            );
            assert!(
                read.len() <= limit,
                "{} bytes beyond a limit of {limit}",
                read.len()
            );
            assert!(
                !known || read.is_empty(),
                "a known length is refused before reading"
            );
        }
    }
    for (mut body, _) in all() {
        body.set_limit(Some(11));
        assert_eq!(body.into_bytes(usize::MAX).unwrap(), TEXT);
    }
    for (mut body, _) in all() {
        body.set_limit(Some(1));
        body.set_limit(None);
        assert_eq!(body.into_bytes(100).unwrap(), TEXT);
    }
}

#[test]
fn ranges_of_files_are_counted() {
    let whole = file();
    let name = std::env::temp_dir().join(format!(
        "zeug-gateway-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::remove_file(name).unwrap();
    assert_eq!(
        Body::file_range(whole.try_clone().unwrap(), 6, 3)
            .unwrap()
            .into_bytes(10)
            .unwrap(),
        "wor"
    );
    let error = Body::file_range(whole, 6, 30)
        .unwrap()
        .into_bytes(100)
        .unwrap_err();
    assert_eq!(
        error.kind(),
        BodyErrorKind::Disconnected,
        "a file that is shorter than announced"
    );
    let folder = File::open(std::env::temp_dir()).unwrap();
    assert_eq!(
        Body::file(folder).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
}

#[test]
fn files_can_be_sent_by_others() {
    let (mut body, _) = all().pop().unwrap();
    let mut piece = [0; 6];
    let (mut source, left) = body.as_file().unwrap();
    assert_eq!(left, 11);
    source.read_exact(&mut piece).unwrap();
    body.advance(6);
    assert_eq!(body.as_file().unwrap().1, 5);
    assert_eq!(body.into_bytes(10).unwrap(), "world");
    assert!(Body::from("memory").as_file().is_none());
}

#[test]
fn failures_keep_their_kind_through_io_errors() {
    let rows = [
        (
            io::ErrorKind::UnexpectedEof,
            BodyErrorKind::Disconnected,
            400,
        ),
        (
            io::ErrorKind::ConnectionReset,
            BodyErrorKind::Disconnected,
            400,
        ),
        (io::ErrorKind::TimedOut, BodyErrorKind::TimedOut, 408),
        (io::ErrorKind::InvalidData, BodyErrorKind::Malformed, 400),
        (io::ErrorKind::PermissionDenied, BodyErrorKind::Io, 500),
    ];
    for (from, kind, status) in rows {
        let error = Body::chunks([Ok("a"), Err(from.into())])
            .into_bytes(10)
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.status_hint()),
            (kind, status),
            "{from:?}"
        );
        let again = BodyError::from(io::Error::from(BodyError::new(kind)));
        assert_eq!(again.kind(), kind);
        assert!(!again.to_string().is_empty());
    }
    let short = Body::sized_reader(io::Cursor::new("abc"), 4)
        .into_bytes(10)
        .unwrap_err();
    assert_eq!(short.kind(), BodyErrorKind::Disconnected);
}

#[test]
fn debug_shows_no_byte() {
    assert_eq!(
        format!("{:?}", Body::from("secret")),
        "Body { kind: \"bytes\", len: Some(6) }"
    );
}

#[test]
fn debug_shows_no_value_of_a_field() {
    let mut request = Request::new("hunter2");
    let mut response = Response::new("hunter2");
    for name in ["cookie", "authorization", "set-cookie", "x-own"] {
        request.headers_mut().try_append(name, "hunter2").unwrap();
        response.headers_mut().try_append(name, "hunter2").unwrap();
    }
    let shown = format!("{request:?} {response:?}");
    assert!(
        !shown.contains("hunter2") && shown.contains("x-own"),
        "{shown}"
    );
}

#[test]
fn long_bodies_of_known_length_come_whole() {
    for length in [65_535, 65_536, 65_537, 262_144, 300_000, 1_100_000] {
        let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let body = |given: usize| {
            let given = io::Cursor::new(bytes[..given].to_vec());
            Body::sized_reader(given, length as u64)
        };
        assert_eq!(body(length).into_bytes(length).unwrap(), bytes);
        let refused = body(length).into_bytes(length - 1).unwrap_err();
        assert_eq!(refused.status_hint(), 413);
        for given in [0, 65_534, length - 1] {
            let short = body(given).into_bytes(length).unwrap_err();
            assert_eq!(
                short.kind(),
                BodyErrorKind::Disconnected,
                "{given} of {length}"
            );
        }
    }
}
