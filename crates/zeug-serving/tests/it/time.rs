//! Time-outs, with settings short enough to wait for.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use zeug_gateway::{Body, BodyError, Request};
use zeug_serving::{Limits, Server, Timeouts};

use crate::running::{Running, read_all};

const SHORT: Duration = Duration::from_millis(300);

fn app(mut request: Request) -> Result<Body, BodyError> {
    Ok(std::mem::take(request.body_mut())
        .into_bytes(100_000)?
        .into())
}

fn server(timeouts: Timeouts) -> Running {
    Running::start(|server: Server| server.timeouts(timeouts), app)
}

#[test]
fn a_head_that_does_not_come_is_a_408() {
    let server = server(Timeouts::default().head(SHORT));
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHos").unwrap();
    let answer = read_all(&mut stream);
    assert!(
        answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
        "{answer}"
    );
    assert!(
        answer.contains("Connection: close\r\n") && answer.ends_with("did not arrive in time\n"),
        "{answer}"
    );
}

#[test]
fn trickled_bytes_do_not_help() {
    let server = server(Timeouts::default().head(SHORT));
    let mut stream = server.connect();
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    let mut piece = [0; 1000];
    loop {
        // Writing fails once the server has had enough.
        let _ = stream.write_all(b"x");
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "never cut");
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 408 "),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
}

#[test]
fn connections_that_say_nothing_are_closed() {
    let server = server(Timeouts::default().head(SHORT).idle(SHORT));
    assert_eq!(read_all(&mut server.connect()), "");
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    let answer = read_all(&mut stream);
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[test]
fn a_body_that_does_not_come_is_a_408_before_the_handler_is_called() {
    let server = Running::start(
        |server: Server| server.timeouts(Timeouts::default().body(SHORT)),
        |_: Request| -> &'static str { panic!("called") },
    );
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel")
        .unwrap();
    let answer = read_all(&mut stream);
    assert!(
        answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("did not arrive in time\n"), "{answer}");
}

#[test]
fn a_body_that_does_not_come_is_the_handlers_408_where_it_is_not_waited_for() {
    let set = |server: Server| {
        server
            .timeouts(Timeouts::default().body(SHORT))
            .limits(Limits::default().gathered(0))
    };
    let server = Running::start(set, app);
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel")
        .unwrap();
    let answer = read_all(&mut stream);
    assert!(
        answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("did not arrive in time\n"), "{answer}");
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let server = Running::start(
        |server: Server| server.timeouts(Timeouts::default().write(SHORT)),
        |_: Request| Body::from(vec![b'x'; 50_000_000]),
    );
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    let mut begun = [0; 1];
    stream.read_exact(&mut begun).unwrap();
    // The server ends only when no connection is left: the slow reader must be cut for that.
    let asked = Instant::now();
    server.stop();
    server.join().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(read_all(&mut stream).len() < 49_000_000);
}

#[test]
fn a_stop_does_not_wait_for_idle_connections() {
    let server = server(Timeouts::default());
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    let mut begun = [0; 15];
    stream.read_exact(&mut begun).unwrap();
    let fresh = server.connect();
    let asked = Instant::now();
    server.stop();
    server.join().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5));
    drop(fresh);
}

/// Sends a byte of a body now and then until the server has had enough; the answer.
fn trickle(gathered: usize) -> String {
    let set = |server: Server| {
        server
            .timeouts(Timeouts::default().body(SHORT).min_rate(100_000))
            .limits(Limits::default().gathered(gathered))
    };
    let server = Running::start(set, app);
    let mut stream = server.connect();
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n")
        .unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    let mut piece = [0; 1000];
    loop {
        // Writing fails once the server has had enough.
        let _ = stream.write_all(b"x");
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "never cut");
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_trickled_body_is_cut_by_its_rate() {
    for gathered in [64 * 1024, 0] {
        let answer = trickle(gathered);
        assert!(
            answer.starts_with("HTTP/1.1 408 "),
            "{gathered}: {answer:?}"
        );
    }
}

#[test]
fn an_answer_that_is_taken_too_slowly_is_cut_by_the_rate() {
    let size = 20_000_000;
    let server = Running::start(
        |server: Server| {
            server.timeouts(
                Timeouts::default()
                    .write(Duration::from_secs(1))
                    .min_rate(100_000_000),
            )
        },
        move |_: Request| Body::from(vec![b'x'; size]),
    );
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    let begun = Instant::now();
    let mut taken = 0;
    let mut piece = vec![0; 256 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        taken += count;
        assert!(begun.elapsed() < Duration::from_secs(20), "never cut");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(taken < size, "{taken}");
}
