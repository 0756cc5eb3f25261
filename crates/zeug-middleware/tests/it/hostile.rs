//! What clients and servers send to be read in two ways, through `HttpProxy`: every byte that comes out of it is read by a second reader (`wire`), which knows no leniency. Nothing that
//! the proxy has not understood goes on, in either direction, and no connection is used again that holds more than its answer.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use zeug_gateway::{HandlerExt, IntoHandler, Request};
use zeug_middleware::{HttpProxy, ProxyTimeouts, Upstream};
use zeug_test::LiveServer;

use crate::programs::PATIENCE;
use crate::wire::{Begun, Side, message};
use crate::{read_answer, smuggling, status};

/// A front that hands everything on to that address.
fn front(address: SocketAddr) -> LiveServer {
    let timeouts = ProxyTimeouts::default().read(Duration::from_millis(300));
    let upstream = Upstream::parse(&format!("http://{address}")).unwrap();
    let proxy = HttpProxy::new()
        .upstream("/", upstream.timeouts(timeouts))
        .unwrap();
    let app = (|_: Request| http::StatusCode::NOT_FOUND).into_handler();
    LiveServer::start(app.with(proxy)).unwrap()
}

/// All that comes for these bytes, behind which the client sends no more.
fn exchange(front: &LiveServer, wire: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The front may refuse before all is sent.
    let _ = stream.write_all(wire);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// What a recording server has met.
#[derive(Default)]
struct Record {
    requests: AtomicUsize,
    open: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

impl Record {
    /// Answers each proper request with `ok`, and notes whatever else comes.
    fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let mut input = Vec::new();
        let mut piece = [0; 8192];
        loop {
            let count = stream.read(&mut piece).unwrap_or(0);
            input.extend_from_slice(&piece[..count]);
            loop {
                let rest = match message(&input, Side::Request, false) {
                    Ok(Begun::Whole(request)) => {
                        self.requests.fetch_add(1, Ordering::SeqCst);
                        let answer: &[u8] = if request.first_line.starts_with("HEAD ") {
                            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                        } else {
                            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        };
                        let _ = stream.write_all(answer);
                        request.rest.to_vec()
                    }
                    Ok(Begun::Part) => break,
                    Err(fault) => {
                        self.faults.lock().unwrap().push(fault);
                        return;
                    }
                };
                if !rest.is_empty() {
                    let fault = format!("behind a request: {}", rest.escape_ascii());
                    self.faults.lock().unwrap().push(fault);
                }
                input = rest;
                if input.is_empty() {
                    break;
                }
            }
            if count == 0 {
                return;
            }
        }
    }
}

/// A server that records, for as long as the tests run.
fn recorder() -> (SocketAddr, Arc<Record>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let record = Arc::<Record>::default();
    let kept = Arc::clone(&record);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let record = Arc::clone(&record);
            record.open.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                Arc::clone(&record).serve(stream);
                record.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (address, kept)
}

/// Sends each payload; what the front took for requests is what the server behind it took for requests, byte by byte.
fn go_through(payloads: &[Vec<u8>]) -> usize {
    let (address, record) = recorder();
    let front = front(address);
    let mut fine = 0;
    for payload in payloads {
        let before = record.requests.load(Ordering::SeqCst);
        let answer = exchange(&front, payload);
        let shown = payload.escape_ascii();
        let answer = String::from_utf8_lossy(&answer);
        let handled = record.requests.load(Ordering::SeqCst) - before;
        let answered = answer.matches("HTTP/1.1 200 OK\r\n").count();
        assert_eq!(handled, answered, "{shown}: {answer}");
        fine += usize::from(handled > 0);
        // Whatever stands in a connection that is used again comes to light with the next request.
        let next = exchange(&front, b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(status(&next), 200, "after {shown}");
    }
    drop(front);
    let begun = Instant::now();
    while record.open.load(Ordering::SeqCst) > 0 {
        assert!(begun.elapsed() < PATIENCE, "a connection is left open");
        thread::yield_now();
    }
    let faults = record.faults.lock().unwrap();
    assert!(faults.is_empty(), "{faults:#?}");
    fine
}

/// llhttp's messages of one side, `request` or `response`: the blocks of its pages, whose lines end with CRLF.
fn llhttp(side: &str) -> Option<Vec<Vec<u8>>> {
    let mut paths = smuggling::corpus(&format!("llhttp/{side}"))?;
    paths.sort();
    let mut messages = Vec::new();
    for path in paths {
        let page = fs::read_to_string(path).unwrap();
        let blocks = page.split("```http\n").skip(1);
        let blocks = blocks.filter_map(|block| Some(block.split_once("\n```")?.0));
        messages.extend(blocks.map(|block| {
            let text = block.replace("\\\n", "").replace('\n', "\r\n");
            smuggling::unescape(text.into_bytes())
        }));
    }
    Some(messages)
}

#[test]
fn no_request_of_the_sweep_goes_on_unread() {
    go_through(&smuggling::sweep(&smuggling::usual()));
}

#[test]
fn no_request_of_the_corpora_goes_on_unread() {
    let Some((gunicorn, llhttp)) = smuggling::gunicorn().zip(llhttp("request")) else {
        return;
    };
    assert_eq!((gunicorn.len(), llhttp.len()), (137, 166));
    assert!(go_through(&gunicorn) > 20, "some are proper requests");
    go_through(&llhttp);
    // Most of these have no `Host`, which is all that is wrong with some.
    let with_host = |request: Vec<u8>| {
        let line = request.windows(2).position(|pair| pair == b"\r\n");
        let (line, rest) = request.split_at(line.map_or(0, |at| at + 2));
        [line, b"Host: h\r\n", rest].concat()
    };
    let llhttp: Vec<_> = llhttp.into_iter().map(with_host).collect();
    assert!(go_through(&llhttp) > 20, "some are proper requests");
}

/// A server that answers `/first` with these bytes, and then ends the connection or keeps it; whatever else is asked for is `clean`.
fn answering(answer: Vec<u8>, ends: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok).take(4) {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut input = Vec::new();
                let mut piece = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    input.extend_from_slice(&piece[..count]);
                    if !input.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let first = find_first(&input);
                    input.clear();
                    let _ = stream.write_all(if first {
                        &answer
                    } else {
                        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean"
                    });
                    if first && ends {
                        let _ = stream.shutdown(Shutdown::Write);
                    }
                }
            });
        }
    });
    address
}

fn find_first(head: &[u8]) -> bool {
    head.windows(7).any(|seven| seven == b" /first")
}

/// What a client is answered for `/first`: the status, and the body where it was whole. The next request on the same connection is answered `clean`, or not at all.
#[track_caller]
fn answered(answer: &[u8], method: &str, ends: bool) -> (u16, Option<Vec<u8>>) {
    let front = front(answering(answer.to_vec(), ends));
    let wire =
        format!("{method} /first HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    let seen = exchange(&front, wire.as_bytes());
    let shown = format!("{} gave {}", answer.escape_ascii(), seen.escape_ascii());
    let head = method == "HEAD";
    let first = message(&seen, Side::Answer { head }, true)
        .unwrap_or_else(|fault| panic!("{fault}: {shown}"));
    let Begun::Whole(first) = first else {
        return (status(&seen), None);
    };
    if !first.rest.is_empty() {
        let Ok(Begun::Whole(next)) = message(first.rest, Side::Answer { head: false }, true) else {
            panic!("{shown}");
        };
        assert_eq!(
            (&next.body[..], next.rest),
            (&b"clean"[..], &b""[..]),
            "{shown}"
        );
    }
    assert!(!first.fields.is_empty(), "{shown}");
    (status(&seen), Some(first.body))
}

#[test]
fn no_answer_is_taken_for_another_ones() {
    const POISON: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    // What comes with each; `None` for a body that is not whole.
    let rows: &[(&str, &str, u16, Option<&str>)] = &[
        // A length that lies: more comes, or less.
        (
            "GET",
            "Content-Length: 5\r\n\r\nhello{POISON}",
            200,
            Some("hello"),
        ),
        ("GET", "Content-Length: 0\r\n\r\n{POISON}", 200, Some("")),
        ("GET", "Content-Length: 500\r\n\r\nhello", 200, None),
        // An answer that has no body, with one.
        ("HEAD", "Content-Length: 49\r\n\r\n{POISON}", 200, Some("")),
        ("GET", "204 No Content\r\n\r\n{POISON}", 204, Some("")),
        (
            "GET",
            "304 Not Modified\r\nContent-Length: 49\r\n\r\n{POISON}",
            304,
            Some(""),
        ),
        // Two lengths.
        (
            "GET",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "Content-Length: 5 \u{b}\r\n\r\nhello{POISON}",
            502,
            None,
        ),
        ("GET", "Content-Length: 0x5\r\n\r\nhello{POISON}", 502, None),
        ("GET", "Content-Length: -5\r\n\r\nhello{POISON}", 502, None),
        // Chunks that end in more than one way.
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n{POISON}",
            200,
            Some("hello"),
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n{POISON}",
            200,
            Some("hello"),
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n{POISON}",
            200,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5;a\n=b\r\nhello\r\n0\r\n\r\n{POISON}",
            200,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n{POISON}",
            200,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n{POISON}",
            200,
            None,
        ),
        (
            "GET",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n{POISON}",
            200,
            None,
        ),
        // Interim answers: none is the last, and they have no body.
        (
            "GET",
            "103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            Some("ok"),
        ),
        (
            "GET",
            "100 Continue\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            200,
            Some("ok"),
        ),
        (
            "GET",
            "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n{POISON}",
            502,
            None,
        ),
        // Lines that are two.
        ("GET", "X: a\nContent-Length: 0\r\n\r\n{POISON}", 502, None),
        ("GET", "X: a\rContent-Length: 0\r\n\r\n{POISON}", 502, None),
        (
            "GET",
            "X: a\r\n Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello{POISON}",
            502,
            None,
        ),
        (
            "GET",
            "X: a\0b\r\nContent-Length: 0\r\n\r\n{POISON}",
            502,
            None,
        ),
        ("GET", "0200 OK\r\nContent-Length: 0\r\n\r\n", 502, None),
        ("GET", "099 OK\r\nContent-Length: 0\r\n\r\n", 502, None),
        ("GET", "200 O\rK\r\nContent-Length: 0\r\n\r\n", 502, None),
    ];
    for &(method, answer, wanted, body) in rows {
        let mut wire = answer.replace("{POISON}", POISON);
        let starts = if answer.starts_with(|first: char| first.is_ascii_digit()) {
            "HTTP/1.1 "
        } else {
            "HTTP/1.1 200 OK\r\n"
        };
        wire.insert_str(0, starts);
        for ends in [true, false] {
            let (status, got) = answered(wire.as_bytes(), method, ends);
            assert_eq!(status, wanted, "{wire:?}");
            if status != 502 {
                let got = got.map(|body| String::from_utf8(body).unwrap());
                assert_eq!(got.as_deref(), body, "{wire:?}");
            }
        }
    }
    let flood = "HTTP/1.1 102 Processing\r\n\r\n".repeat(40) + POISON;
    assert_eq!(answered(flood.as_bytes(), "GET", true).0, 502);
}

#[test]
fn no_answer_of_the_corpora_is_two() {
    let Some(answers) = llhttp("response") else {
        return;
    };
    assert_eq!(answers.len(), 85);
    for answer in &answers {
        answered(answer, "GET", true);
    }
}

#[test]
fn a_connection_with_an_unread_body_is_not_used_again() {
    // The first connection is answered before the body has come, and says that it lives on; what is asked on another is `clean`.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        let mut piece = [0; 1024];
        let _ = first.read(&mut piece).unwrap();
        first
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            .unwrap();
        let (mut second, _) = listener.accept().unwrap();
        let count = second.read(&mut piece).unwrap();
        second
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean")
            .unwrap();
        String::from_utf8_lossy(&piece[..count]).into_owned()
    });
    let front = front(address);
    let mut stream = TcpStream::connect(front.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n".repeat(50_000);
    let length = body.len();
    let mut writer = stream.try_clone().unwrap();
    thread::spawn(move || {
        // The front may answer before all is sent.
        let _ = write!(
            writer,
            "POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    });
    assert_eq!(status(&read_answer(&mut stream)), 403);
    let next = exchange(&front, b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(next.ends_with(b"clean"), "{}", next.escape_ascii());
    assert!(server.join().unwrap().starts_with("GET /next "));
}
