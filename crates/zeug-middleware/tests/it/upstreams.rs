//! `HttpProxy` in front of real programs: Flask on Werkzeug's server, and nginx. The client speaks to zeug over a socket, as the programs do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use sha2::{Digest, Sha256};
use zeug_gateway::{HandlerExt, IntoHandler, Request};
use zeug_middleware::{HttpProxy, Upstream};
use zeug_serving::Limits;
use zeug_test::LiveServer;

use crate::programs::{PATIENCE, Program};
use crate::{body, field, read_answer, status};

/// More than any buffer on the way holds.
const MUCH: usize = 24 * 1024 * 1024;

/// zeug in front of that program, at `/up`.
fn front(program: &Program) -> LiveServer {
    let upstream = Upstream::parse(&program.url()).unwrap().without_prefix();
    let proxy = HttpProxy::new().upstream("/up", upstream).unwrap();
    let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler();
    let limits = Limits::default().body(Some(2 * MUCH as u64));
    LiveServer::configured(|server| server.limits(limits), app.with(proxy)).unwrap()
}

/// The answer to a request on a connection of its own.
fn ask(front: &LiveServer, line: &str, fields: &str, sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("{line} HTTP/1.1\r\nHost: front.test\r\nConnection: close\r\n{fields}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
    read_answer(&mut stream)
}

fn text(answer: &[u8]) -> String {
    String::from_utf8(body(answer).to_vec()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that repeat nowhere a buffer could hide it.
fn content(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// The bytes in chunks of many sizes.
fn chunked(bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut rest = bytes;
    let mut size = 1;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size.min(rest.len()));
        wire.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        wire.extend_from_slice(piece);
        wire.extend_from_slice(b"\r\n");
        rest = behind;
        size = (size * 3) % 200_003 + 1;
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    wire
}

#[test]
fn flask_forms_cookies_and_redirects() {
    let Some(flask) = Program::flask() else {
        return;
    };
    let front = front(&flask);
    let form = "name=J%C3%BCrgen+B%26C";
    let fields = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        form.len()
    );
    let answer = ask(&front, "POST /up/form", &fields, form.as_bytes());
    assert_eq!(
        (status(&answer), text(&answer)),
        (200, "Jürgen B&C -".into())
    );

    let file = content(300_000);
    let mut multipart = b"--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nada\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n".to_vec();
    multipart.extend_from_slice(&file);
    multipart.extend_from_slice(b"\r\n--b--\r\n");
    let fields = format!(
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n",
        multipart.len()
    );
    let answer = ask(&front, "POST /up/form", &fields, &multipart);
    assert_eq!(text(&answer), format!("ada {}", hex(&file)));

    // A redirect is the client's to follow, and every cookie is a field of its own.
    let answer = ask(&front, "GET /up/login", "", b"");
    assert_eq!(
        (status(&answer), field(&answer, "location").as_deref()),
        (303, Some("/hello"))
    );
    let head = String::from_utf8_lossy(&answer).to_lowercase();
    assert_eq!(head.matches("\r\nset-cookie: ").count(), 2, "{head}");
    let answer = ask(
        &front,
        "GET /up/hello",
        "Cookie: user=ada; theme=dark\r\n",
        b"",
    );
    assert_eq!(text(&answer), "ada dark front.test");
    assert_eq!(status(&ask(&front, "GET /up/missing", "", b"")), 404);
    let answer = ask(
        &front,
        "POST /up/form",
        "Content-Length: 1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        b"x",
    );
    assert_eq!(status(&answer), 400, "Flask's own refusal");
}

#[test]
fn flask_streams_both_ways() {
    let Some(flask) = Program::flask() else {
        return;
    };
    let front = front(&flask);
    let sent = content(MUCH);
    let length = format!("Content-Length: {MUCH}\r\n");
    let answer = ask(&front, "POST /up/upload", &length, &sent);
    assert_eq!(text(&answer), format!("{MUCH} {} whole", hex(&sent)));
    let answer = ask(
        &front,
        "PUT /up/upload",
        "Transfer-Encoding: chunked\r\n",
        &chunked(&sent),
    );
    assert_eq!(text(&answer), format!("{MUCH} {} chunked", hex(&sent)));

    // Flask sends chunks of 16 KiB; they come out framed anew.
    let answer = ask(&front, "GET /up/download/1500", "", b"");
    assert_eq!(
        field(&answer, "transfer-encoding").as_deref(),
        Some("chunked")
    );
    let expected: Vec<u8> = (0..1500_u32)
        .flat_map(|number| number.to_be_bytes().repeat(4096))
        .collect();
    let got = dechunked(body(&answer));
    assert!(got == expected, "{} bytes", got.len());

    let head = ask(&front, "HEAD /up/sized", "", b"");
    assert_eq!(
        (
            status(&head),
            field(&head, "content-length").as_deref(),
            body(&head)
        ),
        (200, Some("100000"), &b""[..])
    );
    assert_eq!(body(&ask(&front, "GET /up/sized", "", b"")).len(), 100_000);
}

/// What stood in the chunks.
fn dechunked(mut wire: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let end = wire.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = str::from_utf8(&wire[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let data = &wire[end + 2..];
        if size == 0 {
            assert_eq!(data, b"\r\n");
            return all;
        }
        all.extend_from_slice(&data[..size]);
        wire = data[size..].strip_prefix(b"\r\n").unwrap();
    }
}

#[test]
fn nginx_files_and_ranges() {
    let file = content(3_000_000);
    let small = content(5);
    let Some(nginx) = Program::nginx(
        &[("big.bin", &file), ("small.txt", &small)],
        |address, folder| {
            format!(
                "gzip on; gzip_types text/plain; gzip_min_length 0; gzip_proxied any;
  server {{ listen {address}; root {}; location /gone {{ return 410; }} location /close {{ keepalive_timeout 0; return 200 closed; }} }}",
                folder.display()
            )
        },
    ) else {
        return;
    };
    let front = front(&nginx);
    let whole = ask(&front, "GET /up/big.bin", "", b"");
    assert_eq!(status(&whole), 200);
    assert!(body(&whole) == file);
    let tag = field(&whole, "etag").unwrap();
    for (fields, wanted, bytes) in [
        ("Range: bytes=0-0", 206, &file[..1]),
        (
            "Range: bytes=1000000-1999999",
            206,
            &file[1_000_000..2_000_000],
        ),
        ("Range: bytes=-10", 206, &file[2_999_990..]),
    ] {
        let part = ask(&front, "GET /up/big.bin", &format!("{fields}\r\n"), b"");
        assert_eq!(status(&part), wanted, "{fields}");
        assert!(body(&part) == bytes, "{fields}");
        assert!(field(&part, "content-range").unwrap().ends_with("/3000000"));
    }
    let several = ask(&front, "GET /up/big.bin", "Range: bytes=0-1,5-6\r\n", b"");
    assert!(
        field(&several, "content-type")
            .unwrap()
            .starts_with("multipart/byteranges")
    );
    assert_eq!(
        status(&ask(
            &front,
            "GET /up/big.bin",
            "Range: bytes=3000000-\r\n",
            b""
        )),
        416
    );
    let fresh = ask(
        &front,
        "GET /up/big.bin",
        &format!("If-None-Match: {tag}\r\n"),
        b"",
    );
    assert_eq!((status(&fresh), body(&fresh)), (304, &b""[..]));
    // Compressed as it comes: of no known length, with what it varies by.
    let packed = ask(
        &front,
        "GET /up/small.txt",
        "Accept-Encoding: gzip\r\n",
        b"",
    );
    assert_eq!(field(&packed, "content-encoding").as_deref(), Some("gzip"));
    assert_eq!(status(&ask(&front, "GET /up/gone", "", b"")), 410);
    assert_eq!(status(&ask(&front, "GET /up/nothing", "", b"")), 404);
    // A body that nginx does not want: it answers before it has read it.
    let mut stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut writer = stream.try_clone().unwrap();
    thread::spawn(move || {
        let head = format!(
            "POST /up/big.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {MUCH}\r\n\r\n"
        );
        // Whoever is refused early may not be able to send it all.
        let _ = writer.write_all(head.as_bytes());
        let _ = writer.write_all(&vec![b'x'; MUCH]);
    });
    let refused = status(&read_answer(&mut stream));
    assert!(matches!(refused, 405 | 413), "{refused}");
    // Many requests on one connection of the client's, some of which nginx closes its own after.
    let mut stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for round in 0..40 {
        let last = round == 39;
        let path = ["small.txt", "close", "gone", "nothing"][round % 4];
        let fields = if last { "Connection: close\r\n" } else { "" };
        write!(stream, "GET /up/{path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").unwrap();
    }
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let all = String::from_utf8_lossy(&all);
    for (status, count) in [("200 OK", 20), ("410 Gone", 10), ("404 Not Found", 10)] {
        assert_eq!(
            all.matches(&format!("HTTP/1.1 {status}\r\n")).count(),
            count
        );
    }
}
