//! A handler under hyper, by HTTP/1.1: what is on the wire, piece by piece.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use http::StatusCode;
use tower_service::Service;
use zeug_gateway::{
    Body, BodyError, Cause, Handler, IntoResponse, Received, Request, Response, Upgrade,
};
use zeug_tower::HandlerService;

use crate::{Hyper, PATIENCE, read_until};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A megabyte that is not the same everywhere.
fn megabyte() -> Vec<u8> {
    (0..1_000_000_u32)
        .flat_map(|at| [(at >> 8) as u8 ^ at as u8])
        .collect()
}

#[test]
fn a_request_and_its_answer_are_whole() {
    let app = |request: Request| -> Response {
        let told = format!(
            "{} {} {:?} peer {} local {}",
            request.method(),
            request.uri(),
            request
                .headers()
                .get("x-word")
                .map(|word| word.to_utf8_lossy().into_owned()),
            request.received().peer().is_some(),
            request.received().local().is_some(),
        );
        let mut response = Response::new(told);
        response.headers_mut().try_append("X-Twice", "a").unwrap();
        response.headers_mut().try_append("X-Twice", "b").unwrap();
        *response.reason_mut() = Some("Fine Indeed".into());
        response
    };
    let hyper = Hyper::serve(HandlerService::new(app));
    let answer =
        hyper.raw("PUT /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-Word: w\r\nConnection: close\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200 Fine Indeed\r\n"),
        "{answer}"
    );
    assert!(
        answer.ends_with("PUT /a%20b?c=d Some(\"w\") peer true local true"),
        "{answer}"
    );
    assert!(answer.contains("x-twice: a\r\nx-twice: b\r\n"), "{answer}");
    assert!(answer.contains("content-length: "), "{answer}");
}

#[test]
fn bodies_stream_both_ways_and_trailers_come_along() {
    // Each piece goes back as it came, and the digest that follows the body is read when the body has ended.
    let app = |request: Request| -> Response {
        let (parts, mut body) = request.into_parts();
        let mut buffer = vec![0; 16 * 1024];
        let chunks = std::iter::from_fn(move || match body.read(&mut buffer) {
            Ok(0) => None,
            read => Some(read.map(|count| buffer[..count].to_vec())),
        });
        let trailers = std::iter::once_with(move || {
            let digest = parts
                .received
                .trailers()
                .and_then(|fields| fields.get("digest"));
            Ok(digest.map_or(Vec::new(), |digest| digest.as_bytes().to_vec()))
        });
        Response::new(Body::chunks(chunks.chain(trailers)))
    };
    let hyper = Hyper::serve(HandlerService::new(app));
    let mut stream = hyper.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n")
        .unwrap();
    let head = read_until(&mut stream, b"\r\n\r\n");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(
        read_until(&mut stream, b"hello\r\n"),
        "5\r\nhello\r\n",
        "before the request has ended"
    );
    stream
        .write_all(b"6\r\n world\r\n0\r\nDigest: d1\r\n\r\n")
        .unwrap();
    assert_eq!(
        read_until(&mut stream, b"0\r\n\r\n"),
        "6\r\n world\r\n2\r\nd1\r\n0\r\n\r\n"
    );
}

#[test]
fn a_large_upload_comes_back_unchanged() {
    let app = |request: Request| -> Result<Response, StatusCode> {
        let bytes = request
            .into_body()
            .into_bytes(64 << 20)
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Response::new(Body::reader(std::io::Cursor::new(bytes))))
    };
    let hyper = Hyper::serve(HandlerService::new(app).body_limit(None));
    let sent = megabyte().repeat(8);
    let mut stream = hyper.connect();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        sent.len()
    )
    .unwrap();
    let mut writer = stream.try_clone().unwrap();
    let bytes = sent.clone();
    let upload = thread::spawn(move || writer.write_all(&bytes).unwrap());
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    upload.join().unwrap();
    let head = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(dechunked(&answer[head..]), sent);
}

/// The data of a chunked body.
fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    loop {
        let line = body.iter().position(|byte| *byte == b'\r').unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return data;
        }
        data.extend(&body[line + 2..line + 2 + size]);
        body = &body[line + 4 + size..];
    }
}

#[test]
fn the_client_is_asked_to_send_by_the_first_read() {
    let app = |request: Request| -> Result<Response, StatusCode> {
        if request.uri().path() == "/closed" {
            return Err(StatusCode::FORBIDDEN);
        }
        let read = request
            .into_body()
            .into_bytes(100)
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Response::new(read))
    };
    let hyper = Hyper::serve(HandlerService::new(app));
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
    };
    let mut open = hyper.connect();
    open.write_all(head("/open").as_bytes()).unwrap();
    assert_eq!(
        read_until(&mut open, b"\r\n\r\n"),
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    open.write_all(b"abc").unwrap();
    assert!(read_until(&mut open, b"abc").starts_with("HTTP/1.1 200 OK"));

    let mut closed = hyper.connect();
    closed.write_all(head("/closed").as_bytes()).unwrap();
    assert!(read_until(&mut closed, b"\r\n\r\n").starts_with("HTTP/1.1 403 "));
}

#[test]
fn a_body_over_its_limit_is_refused() {
    let app = |mut request: Request| -> Result<String, StatusCode> {
        if request.uri().path() == "/large" {
            request.body_mut().set_limit(Some(100));
        }
        let refused = |error: BodyError| StatusCode::from_u16(error.status_hint()).unwrap();
        Ok(request
            .into_body()
            .into_bytes(1000)
            .map_err(refused)?
            .len()
            .to_string())
    };
    let hyper = Hyper::serve(HandlerService::new(app).body_limit(Some(10)));
    let post = |path: &str, len: usize| {
        let body = "x".repeat(len);
        hyper.raw(&format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n{body}"))
    };
    assert!(post("/", 10).ends_with("\r\n\r\n10"));
    assert!(post("/", 11).starts_with("HTTP/1.1 413 "));
    assert!(
        post("/large", 11).ends_with("\r\n\r\n11"),
        "the handler allows more"
    );
}

#[test]
fn a_slow_reader_is_waited_for_without_a_thread() {
    // The body makes 64 KiB pieces for as long as it is asked; of two threads none is held by two clients that do not read.
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let app = move |request: Request| -> Response {
        if request.uri().path() == "/quick" {
            return Response::new("quick");
        }
        let made = Arc::clone(&counted);
        Response::new(Body::chunks((0..10_000).map(move |_| {
            made.fetch_add(1, Ordering::Relaxed);
            Ok(vec![b'x'; 64 * 1024])
        })))
    };
    let hyper = Hyper::serve(HandlerService::new(app).threads(2, 2));
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = hyper.connect();
            stream
                .write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            read_until(&mut stream, b"\r\n\r\n");
            stream
        })
        .collect();
    let before = settled(&made);
    assert!(before < 2_000, "{before} pieces were made for nobody");
    for _ in 0..5 {
        assert!(
            hyper
                .raw("GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .ends_with("quick")
        );
    }
    drop(held);
    let after = settled(&made);
    assert!(
        after < 2_000,
        "{after} pieces were made after the clients had gone"
    );
}

/// The count, once it stands still.
fn settled(count: &AtomicUsize) -> usize {
    let begin = Instant::now();
    loop {
        let before = count.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(300));
        let now = count.load(Ordering::Relaxed);
        if before == now || begin.elapsed() > PATIENCE {
            return now;
        }
    }
}

#[test]
fn a_panic_is_a_500_and_a_full_queue_a_503() {
    let (begun, begins): (Sender<()>, Receiver<()>) = channel();
    let (release, released) = sync_channel::<()>(0);
    let (begun, released) = (Mutex::new(begun), Mutex::new(released));
    let app = move |request: Request| -> String {
        match request.uri().path() {
            "/panic" => panic!("on purpose"),
            _ => {
                begun.lock().unwrap().send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
                "done".into()
            }
        }
    };
    let hyper = Hyper::serve(HandlerService::new(app).threads(1, 0));
    let panicked = hyper.raw("GET /panic HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(
        panicked.starts_with("HTTP/1.1 500 ") && !panicked.contains("purpose"),
        "{panicked}"
    );

    thread::scope(|scope| {
        let first = scope.spawn(|| hyper.raw(GET));
        begins.recv_timeout(PATIENCE).unwrap();
        let refused = hyper.raw(GET);
        release.send(()).unwrap();
        assert!(
            refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 1\r\n"),
            "{refused}"
        );
        assert!(first.join().unwrap().ends_with("done"));
    });
}

#[test]
fn in_place_a_body_is_whole_before_its_handler() {
    let called = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&called);
    let app = move |request: Request| -> Response {
        counted.fetch_add(1, Ordering::Relaxed);
        let thread = thread::current().name().unwrap_or_default().to_owned();
        let trailers = request.received().trailers().cloned();
        match request.uri().path() {
            "/panic" => panic!("on purpose"),
            "/pieces" => Response::new(Body::chunks(["a", "b"].map(Ok))),
            _ => {
                let body = request.into_body();
                assert_eq!(body.limit(), Some(10));
                let held = body.as_bytes().is_some();
                let text = body.into_bytes(100).unwrap();
                let sum = trailers
                    .and_then(|fields| Some(fields.get("x-sum")?.to_utf8_lossy().into_owned()));
                Response::new(format!("{thread} {held} {text:?} {sum:?}"))
            }
        }
    };
    let hyper = Hyper::serve(HandlerService::new(app).in_place().body_limit(Some(10)));
    let ask = |head: &str, body: &str| {
        hyper.raw(&format!(
            "{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{body}"
        ))
    };
    let chunked =
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n";
    let whole = ask("POST /", chunked);
    assert!(
        whole.ends_with("tokio-rt-worker true b\"abcdefg\" Some(\"7\")"),
        "{whole}"
    );
    assert!(ask("GET /", "\r\n").ends_with("true b\"\" None"));
    assert!(ask("GET /pieces", "\r\n").contains("\r\na\r\n"));
    assert!(ask("GET /panic", "\r\n").starts_with("HTTP/1.1 500 "));

    let before = called.load(Ordering::Relaxed);
    let announced = ask(
        "POST /",
        "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
    );
    assert!(announced.starts_with("HTTP/1.1 413 "), "{announced}");
    let grows = "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n";
    assert!(ask("POST /", grows).starts_with("HTTP/1.1 413 "));
    let broken = "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\nno size\r\n";
    assert!(ask("POST /", broken).starts_with("HTTP/1.1 400 "));
    assert_eq!(
        called.load(Ordering::Relaxed),
        before,
        "no handler sees them"
    );
}

#[test]
fn an_upgraded_connection_is_handed_over() {
    let app = |_: Request| -> Response {
        Upgrade::to("shout", |stream| {
            let Ok((mut reader, mut writer)) = stream.into_halves() else {
                return;
            };
            let mut word = [0; 5];
            while reader.read_exact(&mut word).is_ok() {
                writer
                    .write_all(&word.map(|byte| byte.to_ascii_uppercase()))
                    .unwrap();
            }
        })
        .unwrap()
        .into_response()
    };
    let hyper = Hyper::serve(HandlerService::new(app));
    let mut stream = hyper.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n")
        .unwrap();
    let head = read_until(&mut stream, b"\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 101 ") && head.contains("upgrade: shout\r\n"),
        "{head}"
    );
    for word in ["hello", "again"] {
        stream.write_all(word.as_bytes()).unwrap();
        let mut shouted = [0; 5];
        stream.read_exact(&mut shouted).unwrap();
        assert_eq!(shouted, word.to_uppercase().as_bytes());
    }
}

/// What only this machine may see.
struct Private;

impl Handler for Private {
    fn handle(&self, _: Request) -> Response {
        Response::new("private")
    }

    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        match local.ip().is_loopback() {
            true => Ok(()),
            false => Err(Cause::new("for this machine alone")),
        }
    }
}

#[test]
fn a_handler_for_some_addresses_is_served_at_these_alone() {
    let hyper = Hyper::serve(HandlerService::new(Private));
    assert!(
        hyper.raw(GET).ends_with("private"),
        "its acceptor says that it is loopback"
    );

    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let elsewhere = Received::default().with_local(Some(([192, 0, 2, 1], 80).into()));
    for service in [
        HandlerService::new(Private),
        HandlerService::new(Private).received(elsewhere),
    ] {
        let mut service = service;
        let request = http::Request::new(String::new());
        let answer = runtime.block_on(async { service.call(request).await });
        assert_eq!(answer.unwrap().status(), 503);
    }
}
