//! The examples called with curl.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::process::Example;

/// What curl prints, given these arguments and this standard input.
#[track_caller]
fn curl(example: &Example, path: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "30"])
        .args(args)
        .arg(format!("http://{}{path}", example.address))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("curl: {error}; `cargo xtask test` installs it"));
    // A server that refuses early has curl stop reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "curl {args:?} {path}: {}",
        output.status
    );
    output.stdout
}

#[track_caller]
fn text(example: &Example, path: &str, args: &[&str]) -> String {
    String::from_utf8(curl(example, path, args, b"")).unwrap()
}

#[test]
fn hello_greets() {
    let hello = Example::start("hello");
    assert_eq!(text(&hello, "/", &[]), "Hello World!");
    assert_eq!(text(&hello, "/?name=zeug", &[]), "Hello zeug!");
    assert_eq!(
        text(&hello, "/?name=a%20b%2Bc+d&name=x", &[]),
        "Hello a b+c d!"
    );
    assert_eq!(
        text(&hello, "/", &["-G", "--data-urlencode", "name=Käthe"]),
        "Hello Käthe!"
    );
    let head = text(&hello, "/", &["--head"]);
    assert!(
        head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("ontent-Length: 12\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nDate: "), "{head}");
    let log = hello.log();
    assert!(
        log.contains("\"GET /?name=zeug HTTP/1.1\" 200 11\n"),
        "{log}"
    );
    assert!(log.contains("\"HEAD / HTTP/1.1\" 200 -\n"), "{log}");
    assert!(log.starts_with("127.0.0.1 - - ["), "{log}");
    assert_eq!(log.lines().count(), 5, "{log}");
}

#[test]
fn echo_gives_bodies_back() {
    let echo = Example::start("echo");
    assert_eq!(text(&echo, "/", &[]), "OK");
    assert_eq!(text(&echo, "/", &["--data", "a=b"]), "a=b");
    assert_eq!(curl(&echo, "/", &["--data-binary", "@-"], b""), b"");
    let large: Vec<u8> = (0..1_500_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    // curl waits for 100 Continue before a body of this size.
    assert_eq!(
        curl(
            &echo,
            "/",
            &["--data-binary", "@-", "-H", "Expect: 100-continue"],
            &large
        ),
        large
    );
    let chunked = ["-T", "-", "-X", "POST", "-H", "Transfer-Encoding: chunked"];
    assert_eq!(curl(&echo, "/", &chunked, &large), large);
    assert_eq!(
        curl(&echo, "/", &["--http1.0", "--data-binary", "@-"], &large),
        large
    );
    assert_eq!(
        curl(
            &echo,
            "/",
            &["--data-binary", "@-", "-H", "Connection: close"],
            &large
        ),
        large
    );
}

#[test]
fn echo_refuses_what_is_too_large() {
    let echo = Example::start("echo");
    let large = vec![b'x'; 3_000_000];
    for framing in [
        &["--data-binary", "@-"][..],
        &["-T", "-", "-X", "POST", "-H", "Transfer-Encoding: chunked"],
    ] {
        let status = [framing, &["-o", "/dev/null", "-w", "%{http_code}"]].concat();
        assert_eq!(curl(&echo, "/", &status, &large), b"413", "{framing:?}");
        let body = String::from_utf8(curl(&echo, "/", framing, &large)).unwrap();
        assert_eq!(body, "body larger than the limit of 2097152 bytes\n");
    }
    assert_eq!(
        text(
            &echo,
            "/",
            &[
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-H",
                &format!("X: {}", "y".repeat(70_000))
            ]
        ),
        "431"
    );
    assert_eq!(
        text(
            &echo,
            &format!("/{}", "y".repeat(9000)),
            &["-o", "/dev/null", "-w", "%{http_code}"]
        ),
        "414"
    );
    assert_eq!(
        text(
            &echo,
            "/",
            &[
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-H",
                "Expect: tea",
                "-d",
                "x"
            ]
        ),
        "417"
    );
}

#[test]
fn echo_shows_fields_cookies_and_chunks() {
    let echo = Example::start("echo");
    let fields = text(
        &echo,
        "/echo",
        &[
            "-H",
            "X-One: 1",
            "-H",
            "x-TWO:  2 ",
            "-H",
            "X-One: again",
            "-X",
            "PATCH",
            "-H",
            "User-Agent:",
            "-H",
            "Accept:",
        ],
    );
    assert_eq!(
        fields,
        format!("Host: {}\nX-One: 1\nx-TWO: 2\nX-One: again\n", echo.address)
    );
    assert_eq!(
        text(
            &echo,
            "/cookie",
            &["-b", "a=1; b=\"x\\054y\"; a=2; =nameless"]
        ),
        "a=1\nb=x,y\na=2\n"
    );
    let expected: String = (0..10).map(|n| format!("chunk {n}\n")).collect();
    assert_eq!(text(&echo, "/stream", &[]), expected);
    assert_eq!(text(&echo, "/stream", &["--http1.0"]), expected);
    let raw = text(&echo, "/stream", &["--raw", "-i"]);
    assert!(
        raw.contains("Transfer-Encoding: chunked\r\n")
            && raw.ends_with("8\r\nchunk 9\n\r\n0\r\n\r\n"),
        "{raw}"
    );
    assert_eq!(
        text(&echo, "/stream", &["--head"]).lines().next(),
        Some("HTTP/1.1 200 OK")
    );
    assert_eq!(
        text(&echo, "/nowhere", &["-w", "%{http_code}"]),
        "Not Found404"
    );
    assert_eq!(
        text(
            &echo,
            "/",
            &["-X", "DELETE", "-w", "%{http_code} %header{allow}"]
        ),
        "Method Not Allowed405 GET, HEAD, POST"
    );
}

#[test]
fn one_connection_serves_many_requests() {
    let hello = Example::start("hello");
    let url = format!("http://{}/", hello.address);
    let output = Command::new("curl")
        .args(["--silent", "-w", "%{num_connects} ", &url, &url, &url])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Hello World!1 Hello World!0 Hello World!0 "
    );
}

#[test]
fn microframework_keeps_who_logged_in() {
    let notes = Example::start("microframework");
    let jar = tempfile::NamedTempFile::new().unwrap();
    let jar = jar.path().to_str().unwrap();
    let cookies = ["--location", "--cookie", jar, "--cookie-jar", jar];
    let with = |form: &'static str| [&cookies[..], &["--data", form]].concat();
    assert!(text(&notes, "/", &cookies).contains("No note yet"));
    let page = text(&notes, "/login", &with("name=sam&password=mellon"));
    assert!(page.contains("Welcome, sam."), "{page}");
    let page = text(&notes, "/mine/add", &with("text=potatoes"));
    assert!(page.contains("<blockquote>potatoes</blockquote>"), "{page}");
    let status = [
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "--data",
        "text=x",
    ];
    assert_eq!(
        text(&notes, "/mine/add", &status),
        "403",
        "without the cookie"
    );
}
