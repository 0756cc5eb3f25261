//! What becomes of a handler's answer, also of a wrong one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;

use http::StatusCode;
use zeug_datastructures::Headers;
use zeug_gateway::{Body, Request, Response, Trailers};

use crate::running::{Running, read_all};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// Bytes that differ from place to place.
fn pattern(len: u32) -> Vec<u8> {
    (0..len)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

struct Panics;

impl Read for Panics {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("a body that panics")
    }
}

struct PanicsWhenDropped;

impl Read for PanicsWhenDropped {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("a body that panics when it is dropped")
    }
}

fn app(mut request: Request) -> Response {
    let body = std::mem::take(request.body_mut());
    let answer = |name: &str, value: &str, body: &'static str| {
        let mut response = Response::new(body);
        response.headers_mut().try_append(name, value).unwrap();
        response
    };
    let status = |code: StatusCode| {
        let mut response = Response::new("never sent");
        *response.status_mut() = code;
        response
    };
    match request.uri().path() {
        "/empty" => Response::new(Body::empty()),
        "/bytes" => Response::new(Body::from(pattern(3_000_000))),
        "/reader" => Response::new(Body::reader(io::Cursor::new(pattern(200_000)))),
        "/sized" => Response::new(Body::sized_reader(
            io::Cursor::new(pattern(200_000)),
            150_000,
        )),
        "/chunks" => Response::new(Body::chunks((0..5).map(|n| Ok(format!("{n};"))))),
        "/file" => Response::new(Body::file(File::open(README).unwrap()).unwrap()),
        "/part" => Response::new(Body::file_range(File::open(README).unwrap(), 10, 500).unwrap()),
        "/short-file" => {
            Response::new(Body::file_range(File::open(README).unwrap(), 100, 1_000_000).unwrap())
        }
        "/large-file" => {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&pattern(5_000_000)).unwrap();
            Response::new(Body::file_range(file, 0, 5_000_000).unwrap())
        }
        "/echo" => Response::new(body),
        "/trailers" => {
            let before = request.received().trailers().is_some();
            let length = body.into_bytes(1_000_000).unwrap().len();
            let trailers = request.received().trailers().map(ToString::to_string);
            Response::new(format!("{before} {length} {trailers:?}"))
        }
        "/panic" => panic!("a handler that panics"),
        "/body-panics" => Response::new(Body::reader(Panics)),
        "/drop-panics" => Response::new(Body::reader(PanicsWhenDropped)),
        "/body-fails" => Response::new(Body::chunks([Ok("begun"), Err(io::Error::other("disk"))])),
        "/body-short" => Response::new(Body::sized_reader(io::empty(), 10)),
        "/lies" => answer("content-length", "3", "four"),
        "/lies-coded" => answer("transfer-encoding", "gzip", "x"),
        "/interim" => status(StatusCode::CONTINUE),
        "/phrase" => {
            let mut response = answer("X-Spelled", "so", "worded");
            *response.reason_mut() = Some("Short and Stout".into());
            response
        }
        "/bad-phrase" => {
            let mut response = Response::new("worded");
            *response.reason_mut() = Some("a\r\nX: y".into());
            response
        }
        "/no-content" => status(StatusCode::NO_CONTENT),
        "/not-modified" => status(StatusCode::NOT_MODIFIED),
        "/close" => answer("connection", "close", "bye"),
        "/target" => {
            let received = request.received();
            let target = received
                .target()
                .map(|target| String::from_utf8_lossy(target).into_owned());
            Response::new(format!(
                "{target:?} {} {}",
                received.scheme(),
                received.peer().is_some()
            ))
        }
        _ => Response::new(Body::from("ok")),
    }
}

fn server() -> Running {
    Running::start(|server| server, app)
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn every_kind_of_body_arrives() {
    let server = server();
    let binary = |path: &str| {
        let mut stream = server.connect();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        answer.split_off(head + 4)
    };
    assert_eq!(binary("/empty"), b"");
    assert_eq!(binary("/bytes"), pattern(3_000_000));
    assert_eq!(binary("/reader"), pattern(200_000));
    assert_eq!(binary("/sized"), pattern(200_000)[..150_000]);
    assert_eq!(binary("/chunks"), b"0;1;2;3;4;");
    assert_eq!(binary("/file"), std::fs::read(README).unwrap());
    assert_eq!(binary("/part"), std::fs::read(README).unwrap()[10..510]);
    // A file that is shorter than announced: the client sees that it was cut.
    assert_eq!(binary("/short-file"), std::fs::read(README).unwrap()[100..]);
    let large = binary("/large-file");
    assert!(large == pattern(5_000_000), "{} bytes", large.len());
    let chunks = server.get("/chunks");
    assert_eq!(
        body_of(&chunks),
        "2\r\n0;\r\n2\r\n1;\r\n2\r\n2;\r\n2\r\n3;\r\n2\r\n4;\r\n0\r\n\r\n"
    );
}

#[test]
fn a_request_body_may_be_the_answer() {
    let server = server();
    let sent = "x".repeat(1_500_000);
    let next = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let request = format!(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{sent}{next}",
        sent.len()
    );
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || {
        writer.write_all(request.as_bytes()).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let answer = read_all(&mut stream);
    writing.join().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Length: 1500000"), "{head}");
    assert!(body[..1_500_000] == sent, "another body came back");
    assert!(
        body[1_500_000..].starts_with("HTTP/1.1 200 OK\r\n"),
        "the connection lives on"
    );
}

#[test]
fn a_panic_is_a_500_and_the_connection_lives_on() {
    let server = server();
    let requests =
        "GET /panic HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2) + "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    let answer = server.exchange(requests.as_bytes());
    assert_eq!(
        answer
            .matches("HTTP/1.1 500 Internal Server Error\r\n")
            .count(),
        2,
        "{answer}"
    );
    assert!(
        answer.ends_with("\r\n\r\nok") && !answer.contains("handler that panics"),
        "{answer}"
    );
}

#[test]
fn an_answer_that_breaks_is_cut_and_seen() {
    let server = server();
    for path in ["/body-panics", "/body-fails"] {
        let answer = server.get(path);
        let cut =
            answer.contains("Transfer-Encoding: chunked\r\n") && !answer.ends_with("0\r\n\r\n");
        assert!(cut, "{path}: {answer}");
    }
    let answer = server.get("/body-short");
    assert!(
        answer.contains("Content-Length: 10\r\n") && body_of(&answer).is_empty(),
        "{answer}"
    );
    server.get("/drop-panics");
    // One loop after the other: each of them lives on.
    for _ in 0..20 {
        assert!(server.get("/").ends_with("ok"), "the server lives on");
    }
}

#[test]
fn a_wrong_head_is_never_sent() {
    let server = server();
    for path in ["/lies", "/lies-coded", "/interim"] {
        let answer = server.get(path);
        assert!(
            answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n"),
            "{path}: {answer}"
        );
        assert_eq!(body_of(&answer), "Internal Server Error\n");
    }
}

#[test]
fn bodiless_answers_have_none() {
    let server = server();
    let next = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for (path, status) in [("/no-content", "204"), ("/not-modified", "304")] {
        let answer =
            server.exchange(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n{next}").as_bytes());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && !answer.contains("never sent"),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    }
    let heads = "HEAD /bytes HTTP/1.1\r\nHost: h\r\n\r\nHEAD /chunks HTTP/1.1\r\nHost: h\r\n\r\n";
    let answer = server.exchange(format!("{heads}{next}").as_bytes());
    assert!(
        answer.contains("Content-Length: 3000000\r\n") && answer.len() < 1000,
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[test]
fn the_handler_may_close() {
    let server = server();
    let answer =
        server.exchange(b"GET /close HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(
        answer
            .to_ascii_lowercase()
            .contains("connection: close\r\n")
            && answer.ends_with("bye"),
        "{answer}"
    );
}

#[test]
fn handlers_see_what_was_received() {
    let server = server();
    assert!(server.get("/target").ends_with("None http true"));
    let answer = server.exchange(b"GET http://H:80/target HTTP/1.1\r\nHost: other\r\n\r\n");
    assert!(
        answer.ends_with("Some(\"http://H:80/target\") http true"),
        "{answer}"
    );
}

#[test]
fn the_phrase_and_the_spelling_of_fields_reach_the_wire() {
    let server = server();
    let answer = server.get("/phrase");
    assert!(
        answer.starts_with("HTTP/1.1 200 Short and Stout\r\nX-Spelled: so\r\n"),
        "{answer}"
    );
    let answer = server.get("/bad-phrase");
    assert!(
        answer.starts_with("HTTP/1.1 500 ") && !answer.contains("X: y"),
        "{answer}"
    );
}

#[test]
fn trailers_are_there_when_the_body_has_been_read() {
    let server = server();
    let head = "POST /trailers HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let long = "x".repeat(100_000);
    for (chunks, trailers, expected) in [
        (
            "3\r\nabc\r\n0\r\n".to_owned(),
            "X-Sum: 7\r\n\r\n",
            "3 Some(\"X-Sum: 7\\r\\n\\r\\n\")",
        ),
        ("3\r\nabc\r\n0\r\n".to_owned(), "\r\n", "3 None"),
        (
            format!("{:x}\r\n{long}\r\n0\r\n", long.len()),
            "X-Sum: 7\r\n\r\n",
            "100000 Some(\"X-Sum: 7\\r\\n\\r\\n\")",
        ),
    ] {
        let answer = server.exchange(format!("{head}{chunks}{trailers}").as_bytes());
        // What has come whole with its head is laid there before the handler begins.
        let body =
            body_of(&answer).trim_start_matches(['t', 'r', 'u', 'e', 'f', 'a', 'l', 's', ' ']);
        assert_eq!(body, expected);
    }
}

#[test]
fn trailers_follow_an_answer_in_chunks() {
    /// Lays the trailers when all before them was read.
    struct Counted(u32, Trailers);

    impl Iterator for Counted {
        type Item = io::Result<&'static str>;

        fn next(&mut self) -> Option<Self::Item> {
            if self.0 == 2 {
                let fields = [("X-Pieces", "2"), ("X-Sum", "7")];
                self.1.set(Headers::try_from_pairs(fields).unwrap());
                return None;
            }
            self.0 += 1;
            Some(Ok("ab"))
        }
    }

    let server = Running::start(
        |server| server,
        |request: Request| {
            let trailers = Trailers::default();
            let mut response = match request.uri().path() {
                "/known" => Response::new("abab"),
                "/none" => Response::new(Body::chunks(["abab"].map(Ok))),
                "/forbidden" => {
                    let length = Headers::try_from_pairs([("Content-Length", "9")]);
                    trailers.set(length.unwrap());
                    Response::new(Body::chunks(["abab"].map(Ok)))
                }
                _ => Response::new(Body::chunks(Counted(0, trailers.clone()))),
            };
            response.extensions_mut().insert(trailers);
            response
        },
    );
    let ends = |path: &str, version: &str| {
        let request = format!("GET {path} HTTP/{version}\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = server.exchange(request.as_bytes());
        body_of(&answer).to_owned()
    };
    for (path, version, body) in [
        (
            "/",
            "1.1",
            "2\r\nab\r\n2\r\nab\r\n0\r\nX-Pieces: 2\r\nX-Sum: 7\r\n\r\n",
        ),
        ("/none", "1.1", "4\r\nabab\r\n0\r\n\r\n"),
        // Nothing can follow these.
        ("/", "1.0", "abab"),
        ("/known", "1.1", "abab"),
        // Cut, so that the client sees that something is wrong.
        ("/forbidden", "1.1", "4\r\nabab\r\n"),
    ] {
        assert_eq!(ends(path, version), body, "{path} {version}");
    }
}
