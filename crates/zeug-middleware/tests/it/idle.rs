//! Connections of `HttpProxy` that are kept: how many, for how long, and how long a server is waited for in each of its states.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request, Response};
use zeug_middleware::{HttpProxy, ProxyTimeouts, Upstream};

use crate::programs::PATIENCE;

/// More than are kept by default.
const AT_ONCE: usize = 40;

fn app(upstream: Upstream) -> impl Handler {
    let proxy = HttpProxy::new().upstream("/", upstream).unwrap();
    (|_: Request| ()).into_handler().with(proxy)
}

fn to(address: SocketAddr) -> Upstream {
    Upstream::parse(&format!("http://{address}")).unwrap()
}

fn get(app: &impl Handler) -> Response {
    app.handle(http::Request::get("/").body(()).unwrap().into())
}

/// A server that answers once so many requests are there, and counts its open connections.
fn gathering(count: usize) -> (SocketAddr, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (open, made) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let counts = (Arc::clone(&open), Arc::clone(&made));
    let all = Arc::new(Barrier::new(count));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (open, all) = (Arc::clone(&open), Arc::clone(&all));
            open.fetch_add(1, Ordering::SeqCst);
            made.fetch_add(1, Ordering::SeqCst);
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).unwrap_or(0) > 0 {
                    if line == "\r\n" {
                        all.wait();
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                    }
                    line.clear();
                }
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (address, counts.0, counts.1)
}

/// How many connections are open once that many requests at once are answered.
#[track_caller]
fn kept(upstream: impl FnOnce(SocketAddr) -> Upstream, wanted: usize) {
    let (address, open, _) = gathering(AT_ONCE);
    let app = app(upstream(address));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| assert_eq!(get(&app).into_body().into_bytes(10).unwrap(), "x"));
        }
    });
    let begun = Instant::now();
    while open.load(Ordering::SeqCst) != wanted {
        assert!(begun.elapsed() < PATIENCE, "{open:?}, not {wanted}");
        thread::yield_now();
    }
}

#[test]
fn so_many_idle_connections_are_kept() {
    kept(to, 32);
    kept(|address| to(address).most_idle(3), 3);
    kept(|address| to(address).most_idle(0), 0);
}

#[test]
fn no_connection_is_used_after_its_time() {
    for (idle, wanted) in [(Duration::ZERO, 3), (Duration::from_secs(600), 1)] {
        let (address, _, made) = gathering(1);
        let app = app(to(address).timeouts(ProxyTimeouts::default().idle(idle)));
        for _ in 0..3 {
            assert_eq!(get(&app).into_body().into_bytes(10).unwrap(), "x");
        }
        assert_eq!(made.load(Ordering::SeqCst), wanted, "{idle:?}");
    }
}

/// A server whose first connection is dealt with so.
fn dealing(with: impl FnOnce(std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || with(listener.accept().unwrap().0));
    address
}

/// Keeps a connection, from which nothing is read, for longer than the test takes.
fn hold(stream: std::net::TcpStream) {
    std::mem::forget(stream);
}

fn hurried(address: SocketAddr) -> Upstream {
    let short = Duration::from_millis(200);
    to(address).timeouts(
        ProxyTimeouts::default()
            .connect(short)
            .read(short)
            .write(short),
    )
}

#[test]
fn each_wait_has_its_end() {
    // It takes the connection and nothing of a body that no buffer holds.
    let address = dealing(hold);
    let endless = Body::sized_reader(std::io::repeat(b'x'), 1 << 30);
    let request = http::Request::post("/").body(endless).unwrap();
    let response = app(hurried(address)).handle(request.into());
    assert_eq!(response.status(), 504);
    let text = response.into_body().into_bytes(10_000).unwrap();
    assert!(String::from_utf8_lossy(&text).contains("does not take the request"));

    // It begins the head, or the body, and sends no more.
    for begun in ["HTTP/1.1 200", "HTTP/1.1 102 Wait\r\n\r\n"] {
        let address = dealing(move |mut stream| {
            stream.write_all(begun.as_bytes()).unwrap();
            hold(stream);
        });
        assert_eq!(get(&app(hurried(address))).status(), 504, "{begun}");
    }
    for begun in [
        "Content-Length: 5\r\n\r\nhe",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "\r\nhe",
    ] {
        let address = dealing(move |mut stream| {
            write!(stream, "HTTP/1.1 200 OK\r\n{begun}").unwrap();
            hold(stream);
        });
        let response = get(&app(hurried(address)));
        assert_eq!(response.status(), 200, "{begun}");
        let late = response.into_body().into_bytes(100).unwrap_err();
        assert_eq!(
            late.kind(),
            zeug_gateway::BodyErrorKind::TimedOut,
            "{begun}"
        );
    }
}

#[test]
fn a_slow_server_that_goes_on_is_no_late_one() {
    // Each piece comes within the time, all of them do not.
    let address = dealing(|mut stream| {
        let mut some = [0; 1000];
        let _ = stream.read(&mut some).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        for n in 0..8 {
            thread::park_timeout(Duration::from_millis(60));
            write!(stream, "X-Wait-{n}: 1\r\n").unwrap();
        }
        stream.write_all(b"Content-Length: 2\r\n\r\nok").unwrap();
    });
    let response = get(&app(hurried(address)));
    assert_eq!(response.into_body().into_bytes(10).unwrap(), "ok");
}
