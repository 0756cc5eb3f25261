//! The public API, rule by rule: one row a rule, the kind and the byte of each refusal.

use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};
use zeug_datastructures::{FieldValue, Headers};
use zeug_h1::{
    BodyDecoder, BodyEncoder, BodyEvent, BodyLength, BodySize, Exchange, Expectation, H1Error,
    H1ErrorKind as Kind, HeadDecoder, Limits, Persistence, RequestHead, ResponseEncoder,
    ResponseFraming, ResponseHeadDecoder, TargetForm,
};

/// What a head comes to when it is given whole and when it is given byte by byte, which has to be the same.
#[track_caller]
fn head(wire: &[u8]) -> Result<Option<(RequestHead, usize)>, H1Error> {
    head_within(wire, Limits::default())
}

#[track_caller]
fn head_within(wire: &[u8], limits: Limits) -> Result<Option<(RequestHead, usize)>, H1Error> {
    let whole = HeadDecoder::new(limits).decode(wire);
    let mut decoder = HeadDecoder::new(limits);
    let mut bytewise = Ok(None);
    for end in 0..=wire.len() {
        bytewise = decoder.decode(&wire[..end]);
        if !matches!(bytewise, Ok(None)) {
            break;
        }
    }
    assert_eq!(
        format!("{whole:?}"),
        format!("{bytewise:?}"),
        "cut differently: {}",
        wire.escape_ascii()
    );
    whole
}

#[track_caller]
fn accepted(wire: &str) -> RequestHead {
    match head(wire.as_bytes()) {
        Ok(Some((head, consumed))) => {
            assert_eq!(consumed, wire.len());
            head
        }
        other => panic!("{wire:?}: {other:?}"),
    }
}

#[track_caller]
fn refused(wire: &[u8], kind: Kind, offset: u64, status: u16) {
    match head(wire) {
        Err(error) => {
            assert_eq!(
                (error.kind(), error.offset(), error.status_hint()),
                (kind, offset, status),
                "{}",
                wire.escape_ascii()
            );
        }
        Ok(Some(_)) => panic!("accepted: {}", wire.escape_ascii()),
        Ok(None) => panic!("needs more: {}", wire.escape_ascii()),
    }
}

/// A request of these field lines, after a first line of 16 bytes and `Host: a` of 9.
#[track_caller]
fn refused_fields(lines: &str, kind: Kind, offset: u64, status: u16) {
    refused(
        format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n").as_bytes(),
        kind,
        offset,
        status,
    );
}

#[test]
fn first_lines() {
    let head = accepted("M-SEARCH /?a=[b]|{c} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(head.method().as_str(), "M-SEARCH");
    assert_eq!(head.uri().query(), Some("a=[b]|{c}"));
    let head = accepted("\r\n\r\nGET // HTTP/1.7\r\nhost:a\r\n\r\n");
    assert_eq!(
        (head.version(), head.target().as_str()),
        (Version::HTTP_11, "//")
    );
    assert_eq!(
        accepted("get / HTTP/1.0\r\n\r\n").version(),
        Version::HTTP_10
    );
    for (line, kind, offset, status) in [
        ("\nGET / HTTP/1.1\r\n", Kind::BareLf, 0, 400),
        ("\r\n\r\n\r\n\r\n\r\n", Kind::MalformedStartLine, 8, 400),
        ("\rGET", Kind::BareCr, 0, 400),
        (" GET / HTTP/1.1\r\n", Kind::MalformedStartLine, 0, 400),
        ("\x16\x03\x01", Kind::InvalidMethod, 0, 400),
        ("G@T / HTTP/1.1\r\n", Kind::InvalidMethod, 1, 400),
        ("GET\t/ HTTP/1.1\r\n", Kind::MalformedStartLine, 3, 400),
        ("GET  / HTTP/1.1\r\n", Kind::MalformedStartLine, 4, 400),
        ("GET /  HTTP/1.1\r\n", Kind::MalformedStartLine, 6, 400),
        ("GET / HTTP/1.1 \r\n", Kind::MalformedStartLine, 14, 400),
        ("GET /\r\n", Kind::MalformedStartLine, 5, 400),
        ("GET / HTTP/1.1\n", Kind::BareLf, 14, 400),
        ("GET / HTTP/1.1\rX", Kind::BareCr, 14, 400),
        ("GET / http/1.1\r\n", Kind::InvalidVersion, 6, 400),
        ("GET / HTTP/1.10\r\n", Kind::InvalidVersion, 14, 400),
        ("GET / HTTP/01.1\r\n", Kind::InvalidVersion, 12, 400),
        ("GET / HTTP/1\r\n", Kind::InvalidVersion, 12, 400),
        ("GET / HTTP/2.0\r\n", Kind::UnsupportedVersion, 6, 505),
        (
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            Kind::UnsupportedVersion,
            6,
            505,
        ),
        ("GET / HTTP/0.9\r\n", Kind::UnsupportedVersion, 6, 505),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH / HTTP/1.1\r\n",
            Kind::MethodTooLong { limit: 32 },
            32,
            501,
        ),
    ] {
        refused(line.as_bytes(), kind, offset, status);
    }
}

#[test]
fn targets() {
    for (line, form, authority) in [
        ("GET /a?b", TargetForm::Origin, "h"),
        ("GET /^|{}\"?\\`", TargetForm::Origin, "h"),
        ("GET //evil/..", TargetForm::Origin, "h"),
        ("GET http://x.y:8/a?b", TargetForm::Absolute, "x.y:8"),
        ("GET http://x?b", TargetForm::Absolute, "x"),
        ("GET http://[::1]:80/", TargetForm::Absolute, "[::1]:80"),
        ("OPTIONS *", TargetForm::Asterisk, "h"),
        ("OPTIONS /", TargetForm::Origin, "h"),
        ("CONNECT x.y:443", TargetForm::Authority, "x.y:443"),
        ("CONNECT [::1]:1", TargetForm::Authority, "[::1]:1"),
    ] {
        let head = accepted(&format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!(
            (head.target().form(), head.authority()),
            (form, Some(authority)),
            "{line}"
        );
        assert_eq!(Some(head.target().as_str()), line.split(' ').nth(1));
    }
    for (line, offset) in [
        ("GET *", 4),
        ("GET a", 4),
        ("GET x.y:443", 4),
        ("GET /a#b", 6),
        ("GET /<", 5),
        ("GET /a\\b?c", 6),
        ("GET /a`b", 6),
        ("GET /?a\"b", 7),
        ("GET /caf\u{e9}", 8),
        ("GET /\x7f", 5),
        ("GET http:/a", 4),
        ("GET http:///a", 11),
        ("GET http://u@x/", 12),
        ("GET http://x:65536/", 17),
        ("GET http://[::g]/", 12),
        ("CONNECT /", 8),
        ("CONNECT x", 9),
        ("CONNECT x:", 10),
        ("CONNECT x:0", 11),
        ("CONNECT http://x:1/", 13),
        ("OPTIONS **", 8),
    ] {
        let wire = format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n");
        match head(wire.as_bytes()) {
            Err(error) => assert_eq!(
                (error.kind(), error.offset(), error.status_hint()),
                (Kind::InvalidTarget, offset, 400),
                "{line}"
            ),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn field_lines() {
    let head = accepted("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t b c \t\r\nx-Z:caf\u{e9}\r\n\r\n");
    let fields: Vec<_> = head
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let wanted = [("Host", "a"), ("X", ""), ("Y", "b c"), ("x-Z", "caf\u{e9}")];
    assert_eq!(
        fields,
        wanted.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
    );
    for (lines, kind, offset) in [
        ("X : y", Kind::SpaceBeforeColon, 26),
        ("X\t: y", Kind::SpaceBeforeColon, 26),
        (": y", Kind::InvalidFieldName, 25),
        ("X", Kind::InvalidFieldName, 26),
        ("X(: y", Kind::InvalidFieldName, 26),
        ("X: a\nY: b", Kind::BareLf, 29),
        ("X: a\rY: b", Kind::BareCr, 29),
        ("X: a\0", Kind::InvalidFieldValue, 29),
        ("X: a\x0b", Kind::InvalidFieldValue, 29),
        ("X: a\x7f", Kind::InvalidFieldValue, 29),
        ("X: a\r\n b", Kind::ObsFold, 31),
        ("X: a\r\n\tb", Kind::ObsFold, 31),
        ("X: a\r\n\nb", Kind::BareLf, 31),
        ("X: a\r\n\rb", Kind::BareCr, 31),
        ("Content_Length: 1", Kind::InvalidFieldName, 25),
        ("transfer_encoding: chunked", Kind::InvalidFieldName, 25),
    ] {
        refused_fields(lines, kind, offset, 400);
    }
    refused(
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        Kind::ObsFold,
        16,
        400,
    );
}

#[test]
fn hosts() {
    for host in [
        "a",
        "a.b:80",
        "a:",
        "127.0.0.1:5000",
        "[::1]",
        "[::ffff:1.2.3.4]:8",
        "a%20b",
        "_x-y~z",
        "0.0.0.0=5000",
    ] {
        assert_eq!(
            accepted(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).authority(),
            Some(host)
        );
    }
    for (host, at) in [
        ("", 0),
        ("a b", 1),
        ("a/b", 1),
        ("a@b", 1),
        ("u:p@b", 2),
        ("a:b", 2),
        ("a:65536", 6),
        ("a:-1", 2),
        (":80", 0),
        ("[::1", 4),
        ("[::1]x", 5),
        ("[fe80::1%25eth0]", 1),
        ("a%2", 1),
        ("a#", 1),
        ("a,b", 1),
        ("a:80, b", 4),
        ("a\\b", 1),
        ("caf\u{e9}", 3),
    ] {
        refused(
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(),
            Kind::InvalidHost,
            22 + at,
            400,
        );
    }
    refused(b"GET / HTTP/1.1\r\n\r\n", Kind::MissingHost, 16, 400);
    refused_fields("HOST: a", Kind::RepeatedHost, 25, 400);
    assert_eq!(accepted("GET / HTTP/1.0\r\n\r\n").authority(), None);
    refused(
        b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n",
        Kind::InvalidHost,
        23,
        400,
    );
}

#[test]
fn body_lengths() {
    for (lines, body) in [
        ("X: y", BodyLength::None),
        ("Content-Length: 0", BodyLength::Fixed(0)),
        (
            "CONTENT-length:\t 9223372036854775807 ",
            BodyLength::Fixed(i64::MAX as u64),
        ),
        ("Transfer-Encoding: chunked", BodyLength::Chunked),
        ("transfer-encoding: CHUNKED\t", BodyLength::Chunked),
    ] {
        assert_eq!(
            accepted(&format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n")).body(),
            body
        );
    }
    for (value, at) in [
        ("", 0),
        ("+5", 0),
        ("-5", 0),
        ("5,5", 1),
        ("5, 5", 1),
        ("5 5", 1),
        ("0x5", 0),
        ("5x", 1),
        ("05", 0),
        ("00", 0),
        ("5.0", 1),
        ("1_0", 1),
        ("\u{664}", 0),
        ("9223372036854775808", 18),
        ("99999999999999999999", 18),
        ("\"5\"", 0),
    ] {
        refused_fields(
            &format!("Content-Length: {value}"),
            Kind::InvalidContentLength,
            41 + at,
            400,
        );
    }
    refused_fields(
        "Content-Length: 5\r\nContent-Length: 5",
        Kind::RepeatedContentLength,
        44,
        400,
    );
    refused_fields(
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        Kind::ConflictingLength,
        44,
        400,
    );
    refused_fields(
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        Kind::ConflictingLength,
        53,
        400,
    );
    for (value, kind, at) in [
        ("", Kind::InvalidTransferEncoding, 0),
        (",chunked", Kind::InvalidTransferEncoding, 0),
        ("chunked,", Kind::InvalidTransferEncoding, 8),
        ("chunked, chunked", Kind::InvalidTransferEncoding, 9),
        (
            "chunked\r\nTransfer-Encoding: chunked",
            Kind::InvalidTransferEncoding,
            7 + 2 + 19,
        ),
        (
            "chunked\r\nTransfer-Encoding: identity",
            Kind::InvalidTransferEncoding,
            7 + 2 + 19,
        ),
        ("chunked, identity", Kind::InvalidTransferEncoding, 9),
        ("chunked;a=b", Kind::InvalidTransferEncoding, 7),
        ("\"chunked\"", Kind::InvalidTransferEncoding, 0),
        ("chunked foo", Kind::InvalidTransferEncoding, 7),
        ("xchunked", Kind::UnknownTransferCoding, 0),
        ("chunked-", Kind::UnknownTransferCoding, 0),
        ("identity", Kind::UnknownTransferCoding, 0),
        ("gzip, chunked", Kind::UnknownTransferCoding, 0),
        ("identity, chunked", Kind::UnknownTransferCoding, 0),
    ] {
        let status = if kind == Kind::UnknownTransferCoding {
            501
        } else {
            400
        };
        refused_fields(
            &format!("Transfer-Encoding: {value}"),
            kind,
            44 + at,
            status,
        );
    }
    refused_fields(
        "Transfer-Encoding: \x0bchunked",
        Kind::InvalidFieldValue,
        44,
        400,
    );
    refused(
        b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        Kind::TransferEncodingInHttp10,
        16,
        400,
    );
}

#[test]
fn connections_expectations_upgrades() {
    for (version, lines, keeps) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "Connection: foo ,\tCLOSE\r\n", false),
        (
            "1.1",
            "Connection: keep-alive\r\nConnection: close\r\n",
            false,
        ),
        ("1.1", "Connection: closed\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let head = accepted(&format!("GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n"));
        assert_eq!(head.keeps_alive(), keeps, "{version} {lines:?}");
    }
    for (version, lines, expectation, waits) in [
        (
            "1.1",
            "Expect: 100-Continue\r\nContent-Length: 1\r\n",
            Expectation::Continue,
            true,
        ),
        (
            "1.1",
            "Expect: 100-continue\r\n",
            Expectation::Continue,
            false,
        ),
        ("1.1", "Expect: 200-ok\r\n", Expectation::Unknown, false),
        (
            "1.1",
            "Expect: x\r\nExpect: 100-continue\r\n",
            Expectation::Unknown,
            false,
        ),
        (
            "1.0",
            "Expect: 100-continue\r\nContent-Length: 1\r\n",
            Expectation::None,
            false,
        ),
    ] {
        let head = accepted(&format!("PUT / HTTP/{version}\r\nHost: a\r\n{lines}\r\n"));
        assert_eq!(
            (head.expectation(), head.expects_continue()),
            (expectation, waits),
            "{version} {lines:?}"
        );
    }
    for (version, lines, upgrade) in [
        (
            "1.1",
            "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
            Some("websocket"),
        ),
        ("1.1", "Upgrade: websocket\r\n", None),
        ("1.1", "Connection: upgrade\r\n", None),
        ("1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", None),
    ] {
        assert_eq!(
            accepted(&format!("GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n")).upgrade(),
            upgrade
        );
    }
}

#[test]
fn limits_bite_while_the_head_is_incomplete() {
    let limits = Limits::default().start_line(20).head(60).fields(2);
    let within = |wire: &[u8]| head_within(wire, limits);
    assert!(
        within(b"GET /abcd HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap()
            .is_some()
    );
    let error = |wire: &[u8]| within(wire).map(|_| ()).unwrap_err();
    assert_eq!(
        error(b"GET /abcde HTTP/1.1\r\nHost: a\r\n\r\n").kind(),
        Kind::StartLineTooLong { limit: 20 }
    );
    assert_eq!(error(b"GET /aaaaaaaaaaaaaaa").offset(), 20);
    assert_eq!(
        error(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC").kind(),
        Kind::TooManyFields { limit: 2 }
    );
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "y".repeat(60));
    assert_eq!(
        error(&long.as_bytes()[..60]).kind(),
        Kind::HeadTooLarge { limit: 60 }
    );
    assert_eq!(error(long.as_bytes()).offset(), 60);
    // exactly as large as allowed
    let exact = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "y".repeat(60 - 32)
    );
    assert_eq!(within(exact.as_bytes()).unwrap().unwrap().1, 60);
    let many = format!(
        "GET / HTTP/1.1\r\n{}Host: a\r\n\r\n",
        "A: b\r\n".repeat(120)
    );
    assert_eq!(
        head_within(many.as_bytes(), Limits::default().fields(121))
            .unwrap()
            .unwrap()
            .0
            .headers()
            .len(),
        121
    );
    assert!(head_within(many.as_bytes(), Limits::default().fields(120)).is_err());
}

#[test]
fn heads_end_where_the_next_begins() {
    let wire = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nG";
    let mut decoder = HeadDecoder::new(Limits::default());
    let mut rest = &wire[..];
    for path in ["/1", "/2"] {
        let (head, consumed) = decoder.decode(rest).unwrap().unwrap();
        assert_eq!(head.target().as_str(), path);
        rest = &rest[consumed..];
    }
    assert!(decoder.decode(rest).unwrap().is_none());
    assert_eq!(decoder.finish(rest).unwrap_err().kind(), Kind::Truncated);
    assert!(decoder.finish(b"\r\n").is_ok());
}

/// Everything a body comes to: its data, what of the wire it took, its trailers.
fn body(
    wire: &[u8],
    length: BodyLength,
    step: usize,
) -> Result<(Vec<u8>, usize, Headers), H1Error> {
    let mut decoder = BodyDecoder::new(length, Limits::default());
    let (mut data, mut at, mut seen) = (Vec::new(), 0, 0);
    loop {
        let (taken, event) = decoder.decode(&wire[at..seen])?;
        at += taken;
        match event {
            BodyEvent::Data(piece) => data.extend_from_slice(piece),
            BodyEvent::End => break,
            BodyEvent::NeedMore if seen == wire.len() => break,
            BodyEvent::NeedMore => seen = (seen + step).min(wire.len()),
        }
    }
    decoder.finish()?;
    Ok((data, at, decoder.into_trailers()))
}

#[track_caller]
fn chunked(wire: &[u8]) -> Result<(Vec<u8>, usize, Headers), H1Error> {
    let whole = body(wire, BodyLength::Chunked, usize::MAX / 2);
    for step in [1, 2, 3, 7] {
        assert_eq!(
            format!("{:?}", body(wire, BodyLength::Chunked, step)),
            format!("{whole:?}"),
            "{}",
            wire.escape_ascii()
        );
    }
    whole
}

#[test]
fn chunks() {
    for (wire, data, left) in [
        ("0\r\n\r\n", "", 0),
        ("000\r\n\r\nGET", "", 3),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nX", "hello world", 1),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0),
        ("0000000000000001\r\na\r\n0\r\n\r\n", "a", 0),
        ("1;a;b=c; d=\"e f\\\"g\\\\\"\r\nx\r\n0;z\r\n\r\n", "x", 0),
        ("1;a = b\r\nx\r\n0\r\n\r\n", "x", 0),
        ("0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\nX", "", 1),
    ] {
        let (found, taken, _) = chunked(wire.as_bytes()).unwrap();
        assert_eq!(
            (
                String::from_utf8(found).unwrap().as_str(),
                wire.len() - taken
            ),
            (data, left),
            "{wire:?}"
        );
    }
    assert_eq!(
        chunked(b"0\r\nX-Sum: 1\r\n\r\n")
            .unwrap()
            .2
            .get("x-sum")
            .unwrap(),
        "1"
    );
    for (wire, kind, offset) in [
        ("", Kind::Truncated, 0),
        ("0\r\n", Kind::Truncated, 3),
        ("0\r\n\r", Kind::Truncated, 4),
        ("5\r\nhel", Kind::Truncated, 6),
        ("FFFFFFFFFFFFFFFF0\r\n", Kind::ChunkSizeOverflow, 15),
        ("8000000000000000\r\n", Kind::ChunkSizeOverflow, 15),
        ("00000000000000001\r\n", Kind::ChunkSizeOverflow, 16),
        ("7fffffffffffffff\r\nxyz", Kind::Truncated, 21),
        ("\r\n", Kind::InvalidChunkSize, 0),
        (";a\r\n", Kind::InvalidChunkSize, 0),
        (" 5\r\n", Kind::InvalidChunkSize, 0),
        ("5 \r\n", Kind::InvalidChunkSize, 1),
        ("5 ;a\r\n", Kind::InvalidChunkSize, 1),
        ("+5\r\n", Kind::InvalidChunkSize, 0),
        ("-5\r\n", Kind::InvalidChunkSize, 0),
        ("0x5\r\n", Kind::InvalidChunkSize, 1),
        ("5_0\r\n", Kind::InvalidChunkSize, 1),
        ("5g\r\n", Kind::InvalidChunkSize, 1),
        ("5\nhello", Kind::BareLf, 1),
        ("5\rhello", Kind::BareCr, 2),
        ("5;\r\n", Kind::InvalidChunkExtension, 2),
        ("5;a=\r\n", Kind::InvalidChunkExtension, 4),
        ("5;a \r\n", Kind::InvalidChunkExtension, 4),
        ("5;a\n", Kind::BareLf, 3),
        ("5;a=\"b\n\"\r\n", Kind::BareLf, 6),
        ("5;a=\"b\r\n", Kind::InvalidChunkExtension, 6),
        ("5;a=b\rc\r\n", Kind::BareCr, 6),
        ("5;a\0\r\n", Kind::InvalidChunkExtension, 3),
        ("5\r\nhelloX", Kind::MissingChunkEnd, 8),
        ("5\r\nhello\n", Kind::MissingChunkEnd, 8),
        ("5\r\nhello\rX", Kind::MissingChunkEnd, 9),
        ("0\r\n\n", Kind::BareLf, 3),
        ("0\r\nX\r\n", Kind::InvalidFieldName, 4),
        ("0\r\nX : y\r\n", Kind::SpaceBeforeColon, 4),
        ("0\r\nX: y\n", Kind::BareLf, 7),
        ("0\r\nContent-Length: 5\r\n\r\n", Kind::ForbiddenTrailer, 3),
        (
            "0\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n",
            Kind::ForbiddenTrailer,
            9,
        ),
        ("0\r\nhost: a\r\n\r\n", Kind::ForbiddenTrailer, 3),
        ("0\r\nAuthorization: a\r\n\r\n", Kind::ForbiddenTrailer, 3),
    ] {
        let error = chunked(wire.as_bytes()).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{wire:?}");
    }
}

#[test]
fn chunk_limits() {
    let many = format!("{}0\r\n\r\n", "1;abcdefg\r\nx\r\n".repeat(600));
    assert_eq!(
        chunked(many.as_bytes()).unwrap_err().kind(),
        Kind::ChunkExtensionsTooLong { limit: 4096 }
    );
    let trailer = format!("0\r\nX: {}\r\n\r\n", "y".repeat(8192 - 7));
    assert!(chunked(trailer.as_bytes()).is_ok());
    let error =
        chunked(format!("0\r\nX: {}\r\n\r\n", "y".repeat(8192 - 6)).as_bytes()).unwrap_err();
    assert_eq!(
        (error.kind(), error.offset(), error.status_hint()),
        (Kind::TrailersTooLarge { limit: 8192 }, 3 + 8192, 431)
    );
}

#[test]
fn plain_bodies() {
    assert_eq!(body(b"helloGET", BodyLength::Fixed(5), 2).unwrap().1, 5);
    assert_eq!(body(b"GET", BodyLength::None, 1).unwrap().1, 0);
    assert_eq!(body(b"all", BodyLength::UntilClose, 1).unwrap().0, b"all");
    let error = body(b"hel", BodyLength::Fixed(999_999_999), 1).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (Kind::Truncated, 3));
}

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[track_caller]
fn encoded(
    method: &Method,
    version: Version,
    status: u16,
    size: BodySize,
    fields: &[(&str, &str)],
) -> (String, ResponseFraming) {
    let exchange = Exchange::new(method, version);
    let encoder = ResponseEncoder::new(exchange, StatusCode::from_u16(status).unwrap()).body(size);
    let mut out = Vec::new();
    let framing = encoder.encode(fields, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), framing)
}

#[test]
fn response_framing() {
    use BodyLength::{Chunked, Fixed, None, UntilClose};
    use BodySize::{Known, Unknown};
    use Persistence::{Close, HandedOver, KeepAlive};
    let (get, head, connect) = (Method::GET, Method::HEAD, Method::CONNECT);
    let (v11, v10) = (Version::HTTP_11, Version::HTTP_10);
    let cl3: &[_] = &[("Content-Length", "3")];
    type Row<'a> = (
        &'a Method,
        Version,
        u16,
        BodySize,
        &'a [(&'a str, &'a str)],
        &'a str,
        BodyLength,
        Persistence,
    );
    let rows: &[Row<'_>] = &[
        (
            &get,
            v11,
            200,
            Known(3),
            &[],
            "Content-Length: 3\r\n",
            Fixed(3),
            KeepAlive,
        ),
        (
            &get,
            v11,
            200,
            Known(0),
            &[],
            "Content-Length: 0\r\n",
            Fixed(0),
            KeepAlive,
        ),
        (
            &get,
            v11,
            200,
            Unknown,
            cl3,
            "Content-Length: 3\r\n",
            Fixed(3),
            KeepAlive,
        ),
        (
            &get,
            v11,
            200,
            Unknown,
            &[],
            "Transfer-Encoding: chunked\r\n",
            Chunked,
            KeepAlive,
        ),
        (
            &get,
            v11,
            200,
            Known(3),
            &[("Transfer-Encoding", "chunked")],
            "Transfer-Encoding: chunked\r\n",
            Chunked,
            KeepAlive,
        ),
        (
            &get,
            v10,
            200,
            Known(3),
            &[("Transfer-Encoding", "chunked")],
            "Content-Length: 3\r\nConnection: close\r\n",
            Fixed(3),
            Close,
        ),
        (
            &get,
            v10,
            200,
            Unknown,
            &[],
            "Connection: close\r\n",
            UntilClose,
            Close,
        ),
        (
            &get,
            v10,
            200,
            Known(3),
            &[],
            "Content-Length: 3\r\nConnection: close\r\n",
            Fixed(3),
            Close,
        ),
        (
            &get,
            v11,
            200,
            Known(3),
            &[("Connection", "close")],
            "Content-Length: 3\r\nConnection: close\r\n",
            Fixed(3),
            Close,
        ),
        (
            &get,
            v11,
            200,
            Known(3),
            &[("Connection", "keep-alive, x-hop")],
            "Connection: x-hop\r\nContent-Length: 3\r\n",
            Fixed(3),
            KeepAlive,
        ),
        (
            &head,
            v11,
            200,
            Known(3),
            &[],
            "Content-Length: 3\r\n",
            None,
            KeepAlive,
        ),
        (
            &head,
            v11,
            200,
            Known(0),
            cl3,
            "Content-Length: 3\r\n",
            None,
            KeepAlive,
        ),
        (&head, v11, 200, Unknown, &[], "", None, KeepAlive),
        (&get, v11, 100, Known(0), cl3, "", None, KeepAlive),
        (
            &get,
            v11,
            103,
            Known(0),
            &[("Link", "</a>")],
            "Link: </a>\r\n",
            None,
            KeepAlive,
        ),
        (&get, v11, 204, Known(3), cl3, "", None, KeepAlive),
        (
            &get,
            v11,
            205,
            Known(3),
            &[],
            "Content-Length: 0\r\n",
            None,
            KeepAlive,
        ),
        (&get, v11, 304, Known(0), &[], "", None, KeepAlive),
        (
            &get,
            v11,
            304,
            Known(0),
            cl3,
            "Content-Length: 3\r\n",
            None,
            KeepAlive,
        ),
        (
            &get,
            v11,
            101,
            Known(0),
            &[("Connection", "Upgrade"), ("Upgrade", "websocket")],
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            None,
            HandedOver,
        ),
        (&connect, v11, 200, Known(0), &[], "", None, HandedOver),
        (
            &connect,
            v11,
            403,
            Known(0),
            &[],
            "Content-Length: 0\r\n",
            Fixed(0),
            KeepAlive,
        ),
    ];
    for (method, version, status, size, fields, written, body, persistence) in rows {
        let (text, framing) = encoded(method, *version, *status, *size, fields);
        let (line, rest) = text.split_once("\r\n").unwrap();
        assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{line}");
        assert_eq!(
            rest,
            format!("{written}\r\n"),
            "{method} {version:?} {status} {size:?} {fields:?}"
        );
        assert_eq!(
            (framing.body, framing.persistence),
            (*body, *persistence),
            "{method} {version:?} {status} {size:?} {fields:?}"
        );
    }
}

#[test]
fn response_refusals() {
    let exchange = Exchange::new(&Method::GET, Version::HTTP_11);
    let encoder = ResponseEncoder::new(exchange, StatusCode::CREATED).body(BodySize::Known(1));
    let mut out = b"kept".to_vec();
    for (fields, kind) in [
        ([("X", "a\r\nb")], Kind::UnwritableField),
        ([("X\n", "a")], Kind::UnwritableField),
        ([("", "a")], Kind::UnwritableField),
        ([("X", "\0")], Kind::UnwritableField),
        ([("Content-Length", "2")], Kind::ContradictoryResponse),
        ([("Content-Length", "+1")], Kind::ContradictoryResponse),
        (
            [("Transfer-Encoding", "gzip, chunked")],
            Kind::ContradictoryResponse,
        ),
    ] {
        let error = encoder.encode(&fields, &mut out).unwrap_err();
        assert_eq!(
            (error.kind(), error.status_hint(), out.as_slice()),
            (kind, 500, &b"kept"[..]),
            "{fields:?}"
        );
    }
    let both = [("Content-Length", "1"), ("Transfer-Encoding", "chunked")];
    assert_eq!(
        encoder.encode(&both, &mut out).unwrap_err().kind(),
        Kind::ContradictoryResponse
    );
    assert!(encoder.reason("a\rb").encode(&[], &mut out).is_err());
    let old = ResponseEncoder::new(
        Exchange::new(&Method::GET, Version::HTTP_10),
        StatusCode::SWITCHING_PROTOCOLS,
    );
    assert_eq!(
        old.encode(&[], &mut out).unwrap_err().kind(),
        Kind::ContradictoryResponse
    );
    assert_eq!(out, b"kept");
}

#[test]
fn response_fields_of_each_kind() {
    let exchange = Exchange::new(&Method::GET, Version::HTTP_11).persistence(Persistence::Close);
    let encoder = ResponseEncoder::new(exchange, StatusCode::NOT_FOUND)
        .date(FieldValue::from_static(DATE))
        .reason("No");
    let mut map = HeaderMap::new();
    map.append(header::VARY, HeaderValue::from_static("a"));
    map.append(header::VARY, HeaderValue::from_bytes(b"\xe9").unwrap());
    let mut out = Vec::new();
    encoder.encode(&map, &mut out).unwrap();
    let wanted = b"HTTP/1.1 404 No\r\nvary: a\r\nvary: \xe9\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(
        out.escape_ascii().to_string(),
        wanted.escape_ascii().to_string()
    );
    out.clear();
    let headers = Headers::try_from([("DATE", "now"), ("x-Y", "z")]).unwrap();
    encoder.encode(&headers, &mut out).unwrap();
    assert_eq!(
        out,
        b"HTTP/1.1 404 No\r\nDATE: now\r\nx-Y: z\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
}

#[test]
fn bodies_written_are_read_again() {
    let pieces: [&[u8]; 4] = [b"a", b"", &[b'x'; 300], b"end"];
    let trailers = Headers::try_from([("X-Sum", "1")]).unwrap();
    let mut out = Vec::new();
    let mut encoder = BodyEncoder::new(BodyLength::Chunked);
    for piece in pieces {
        encoder.data(piece, &mut out).unwrap();
    }
    encoder.finish_with_trailers(&trailers, &mut out).unwrap();
    let (data, taken, found) = chunked(&out).unwrap();
    assert_eq!((data, taken, found), (pieces.concat(), out.len(), trailers));

    let mut encoder = BodyEncoder::new(BodyLength::Fixed(3));
    encoder.data(b"ab", &mut out).unwrap();
    assert_eq!(
        encoder.finish(&mut out).unwrap_err().kind(),
        Kind::BodyLengthMismatch
    );
    assert_eq!(encoder.remaining(), Some(1));
    encoder.data(b"c", &mut out).unwrap();
    encoder.finish(&mut out).unwrap();
    let forbidden = Headers::try_from([("Content-Length", "1")]).unwrap();
    let error = BodyEncoder::new(BodyLength::Chunked)
        .finish_with_trailers(&forbidden, &mut out)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::ForbiddenTrailer);
}

#[test]
fn response_heads() {
    let rows: &[(&str, Method, u16, &str, BodyLength, Persistence)] = &[
        (
            "HTTP/1.1 200 OK\r\n\r\n",
            Method::GET,
            200,
            "OK",
            BodyLength::UntilClose,
            Persistence::Close,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            Method::GET,
            200,
            "OK",
            BodyLength::Fixed(3),
            Persistence::KeepAlive,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            Method::HEAD,
            200,
            "OK",
            BodyLength::None,
            Persistence::KeepAlive,
        ),
        (
            "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n",
            Method::GET,
            200,
            "",
            BodyLength::Chunked,
            Persistence::KeepAlive,
        ),
        (
            "HTTP/1.1 204 \r\n\r\n",
            Method::GET,
            204,
            "",
            BodyLength::None,
            Persistence::KeepAlive,
        ),
        (
            "HTTP/1.0 304 a b\r\n\r\n",
            Method::GET,
            304,
            "a b",
            BodyLength::None,
            Persistence::Close,
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\n",
            Method::POST,
            100,
            "Continue",
            BodyLength::None,
            Persistence::KeepAlive,
        ),
        (
            "HTTP/1.1 101 X\r\nContent-Length: 4\r\n\r\n",
            Method::GET,
            101,
            "X",
            BodyLength::None,
            Persistence::HandedOver,
        ),
        (
            "HTTP/1.1 200 X\r\n\r\n",
            Method::CONNECT,
            200,
            "X",
            BodyLength::None,
            Persistence::HandedOver,
        ),
        (
            "HTTP/1.1 599 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            Method::GET,
            599,
            "X",
            BodyLength::Fixed(0),
            Persistence::Close,
        ),
    ];
    for (wire, method, status, reason, body, persistence) in rows {
        let (head, taken) = ResponseHeadDecoder::new(Limits::default())
            .decode(wire.as_bytes(), method)
            .unwrap()
            .unwrap();
        assert_eq!(
            (head.status().as_u16(), head.reason(), taken),
            (*status, reason.as_bytes(), wire.len())
        );
        assert_eq!(
            (head.body(), head.persistence(), head.is_interim()),
            (*body, *persistence, *status == 100),
            "{wire:?}"
        );
        let mut decoder = ResponseHeadDecoder::new(Limits::default());
        for end in 0..wire.len() {
            assert!(
                decoder
                    .decode(&wire.as_bytes()[..end], method)
                    .unwrap()
                    .is_none()
            );
        }
        assert!(decoder.decode(wire.as_bytes(), method).unwrap().is_some());
    }
    for (wire, kind, offset) in [
        ("HTP/1.1 200 OK\r\n", Kind::InvalidVersion, 2),
        ("HTTP/1.1\t200 OK\r\n", Kind::InvalidVersion, 8),
        ("HTTP/1.1  200 OK\r\n", Kind::InvalidStatus, 9),
        ("HTTP/1.1 2 OK\r\n", Kind::InvalidStatus, 10),
        ("HTTP/1.1 099 OK\r\n", Kind::InvalidStatus, 9),
        ("HTTP/1.1 2000\r\n", Kind::InvalidStatus, 12),
        ("HTTP/1.1 200\n", Kind::BareLf, 12),
        ("HTTP/1.1 200 OK\n", Kind::BareLf, 15),
        ("HTTP/1.1 200 OK\rX", Kind::BareCr, 15),
        ("HTTP/1.1 200\rX", Kind::BareCr, 12),
        ("HTTP/1.1 200 O\0\r\n", Kind::MalformedStartLine, 14),
        ("HTTP/2.0 200 OK\r\n", Kind::UnsupportedVersion, 0),
        ("HTTP/1.1 200 OK\r\n Foo: a\r\n\r\n", Kind::ObsFold, 17),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            Kind::RepeatedContentLength,
            36,
        ),
    ] {
        let error = ResponseHeadDecoder::new(Limits::default())
            .decode(wire.as_bytes(), &Method::GET)
            .unwrap_err();
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{wire:?}");
    }
}

#[test]
fn coded_responses() {
    for (codings, body) in [
        ("gzip", BodyLength::UntilClose),
        ("chunked, gzip", BodyLength::UntilClose),
        ("chunked\r\nTransfer-Encoding: gzip", BodyLength::UntilClose),
        ("chunkedchunked", BodyLength::UntilClose),
        ("gzip, chunked", BodyLength::Chunked),
    ] {
        let wire = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {codings}\r\n\r\n");
        let (head, _) = ResponseHeadDecoder::new(Limits::default())
            .decode(wire.as_bytes(), &Method::GET)
            .unwrap()
            .unwrap();
        assert!(head.is_coded(), "{codings}");
        assert_eq!(head.body(), body, "{codings}");
        let closes = head.persistence() == Persistence::Close;
        assert_eq!(closes, body == BodyLength::UntilClose, "{codings}");
    }
    for (codings, kind) in [
        ("chunked, chunked", Kind::InvalidTransferEncoding),
        ("chunked, gzip, chunked", Kind::InvalidTransferEncoding),
        ("gzip,, chunked", Kind::InvalidTransferEncoding),
        ("gz ip", Kind::InvalidTransferEncoding),
        ("gzip\r\nContent-Length: 3", Kind::ConflictingLength),
    ] {
        let wire = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {codings}\r\n\r\n");
        let error = ResponseHeadDecoder::new(Limits::default())
            .decode(wire.as_bytes(), &Method::GET)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{codings}");
    }
}
