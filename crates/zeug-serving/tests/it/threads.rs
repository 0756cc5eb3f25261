//! Handlers and threads: who waits for whom.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use zeug_gateway::{Body, Request, Response};
use zeug_serving::{Limits, Server};

use crate::running::{Running, read_all};

/// Lets handlers wait until a test opens it.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Default)]
struct Passage {
    open: bool,
    /// How many handlers have come.
    come: usize,
}

impl Gate {
    fn wait(&self) {
        let (passage, changed) = &*self.0;
        let mut passage = passage.lock().unwrap();
        passage.come += 1;
        changed.notify_all();
        drop(
            changed
                .wait_while(passage, |passage| !passage.open)
                .unwrap(),
        );
    }

    /// Returns when this many handlers wait: however long the machine takes for it.
    fn reached_by(&self, count: usize) {
        let (passage, changed) = &*self.0;
        let passage = passage.lock().unwrap();
        drop(
            changed
                .wait_while(passage, |passage| passage.come < count)
                .unwrap(),
        );
    }

    fn open(&self) {
        let (passage, changed) = &*self.0;
        passage.lock().unwrap().open = true;
        changed.notify_all();
    }
}

fn gated(gate: &Gate) -> impl Fn(Request) -> &'static str + Send + Sync + use<> {
    let gate = gate.clone();
    move |request| {
        if request.uri().path() == "/wait" {
            gate.wait();
            return "waited";
        }
        "quick"
    }
}

/// Asks for `/wait` and leaves the connection open.
fn ask(server: &Running) -> TcpStream {
    let mut stream = server.connect();
    stream
        .write_all(b"GET /wait HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .unwrap();
    stream
}

/// How many threads this process has.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[test]
fn slow_handlers_delay_nobody() {
    let gate = Gate::default();
    let server = Running::start(|server: Server| server.loops(1), gated(&gate));
    let mut slow: Vec<_> = (0..40).map(|_| ask(&server)).collect();
    // One loop, forty handlers that do not return, and still every quick request is answered.
    for _ in 0..200 {
        assert!(server.get("/").ends_with("quick"));
    }
    gate.reached_by(40);
    gate.open();
    for stream in &mut slow {
        assert!(read_all(stream).ends_with("waited"));
    }
}

#[test]
fn handlers_run_at_the_same_time() {
    let gate = Gate::default();
    let server = Running::start(|server| server, gated(&gate));
    let mut all: Vec<_> = (0..16).map(|_| ask(&server)).collect();
    // No client waits for its answer by the clock before all handlers have begun.
    gate.reached_by(16);
    gate.open();
    for stream in &mut all {
        assert!(read_all(stream).ends_with("waited"));
    }
}

/// How many questions to a database near by are asked at a time.
#[derive(Clone, Default)]
struct Database(Arc<(AtomicUsize, AtomicUsize)>);

impl Database {
    fn ask(&self) {
        let (now, most) = &*self.0;
        let count = now.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(count, Ordering::SeqCst);
        std::thread::sleep(Duration::from_micros(300));
        now.fetch_sub(1, Ordering::SeqCst);
    }

    /// A handler that asks once.
    fn app(&self) -> impl Fn(Request) -> &'static str + Send + Sync + use<> {
        let database = self.clone();
        move |_| {
            database.ask();
            "asked"
        }
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// Sixteen clients ask, one after the other at first; a loop learns that a kind waits from a few. So until six wait at a time, or sixty times each.
fn asked_by_many(server: &Running, database: &Database, path: fn(&str) -> String, end: &str) {
    std::thread::scope(|scope| {
        for name in 'a'..='p' {
            scope.spawn(move || {
                let mut client = BufReader::new(server.connect());
                let mut line = String::new();
                for times in 0..60 {
                    if database.most() >= 6 {
                        break;
                    }
                    let path = path(&format!("{name}{}", "x".repeat(times)));
                    let ask = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
                    client.get_mut().write_all(ask.as_bytes()).unwrap();
                    while !line.ends_with(end) {
                        let mut byte = [0];
                        client.read_exact(&mut byte).unwrap();
                        line.push(char::from(byte[0]));
                    }
                    line.clear();
                }
            });
        }
    });
    assert!(database.most() >= 6, "{} at once", database.most());
}

#[test]
fn handlers_that_wait_for_less_than_a_tick_run_at_the_same_time_too() {
    let database = Database::default();
    let server = Running::start(|server: Server| server.loops(1), database.app());
    asked_by_many(&server, &database, |_| "/query".to_owned(), "asked");
}

#[test]
fn what_is_asked_for_once_is_learned_from_what_stands_beside_it() {
    let database = Database::default();
    let server = Running::start(|server: Server| server.loops(1), database.app());
    asked_by_many(&server, &database, |name| format!("/wiki/{name}"), "asked");
}

#[test]
fn bodies_that_wait_for_less_than_a_tick_are_sent_at_the_same_time_too() {
    let database = Database::default();
    let asked = database.clone();
    let app = move |_: Request| {
        let asked = asked.clone();
        let words = ["as", "k", "ed"].into_iter().map(move |word| {
            asked.ask();
            Ok(word)
        });
        Response::new(Body::chunks(words))
    };
    let server = Running::start(|server: Server| server.loops(1), app);
    asked_by_many(
        &server,
        &database,
        |_| "/rows".to_owned(),
        "ed\r\n0\r\n\r\n",
    );
}

#[test]
fn the_bound_on_threads_makes_requests_wait_and_loses_none() {
    let gate = Gate::default();
    let limits = Limits::default().threads(4);
    let server = Running::start(
        |server: Server| server.loops(1).limits(limits),
        gated(&gate),
    );
    assert!(server.get("/").ends_with("quick"));
    let mut slow: Vec<_> = (0..20).map(|_| ask(&server)).collect();
    // All threads but the one that is kept for the loop.
    gate.reached_by(3);
    // That one answers quick requests while the others wait.
    for _ in 0..50 {
        assert!(server.get("/").ends_with("quick"));
    }
    gate.open();
    for stream in &mut slow {
        assert!(read_all(stream).ends_with("waited"));
    }
}

#[test]
fn beyond_what_may_wait_the_answer_is_503_at_once() {
    let gate = Gate::default();
    let limits = Limits::default().threads(3).waiting(2);
    let server = Running::start(
        |server: Server| server.loops(1).limits(limits),
        gated(&gate),
    );
    assert!(server.get("/").ends_with("quick"));
    let (sender, answers) = channel();
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let (mut stream, sender) = (ask(&server), sender.clone());
            std::thread::spawn(move || sender.send(read_all(&mut stream)).unwrap())
        })
        .collect();
    let is_refused = |answer: &str| {
        let retry = answer
            .to_ascii_lowercase()
            .contains("\r\nretry-after: 1\r\n");
        answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n") && retry
    };
    // At least thirty are answered although no handler returns.
    for answer in answers.iter().take(30) {
        assert!(is_refused(&answer), "{answer}");
    }
    assert!(server.get("/").ends_with("quick"));
    gate.open();
    for answer in answers.iter().take(10) {
        assert!(
            answer.ends_with("waited") || is_refused(&answer),
            "{answer}"
        );
    }
    clients
        .into_iter()
        .for_each(|client| client.join().unwrap());
}

#[test]
fn idle_connections_cost_no_thread() {
    let server = Running::start(|server| server, |_: Request| "ok");
    assert!(server.get("/").ends_with("ok"));
    let before = threads();
    let mut idle = Vec::new();
    for _ in 0..200 {
        let mut stream = server.connect();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            .unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
        idle.push(stream);
    }
    // Other tests of this process run beside: still far fewer than two hundred threads.
    assert!(
        threads() < before + 100,
        "{} threads, {before} before",
        threads()
    );
    assert!(server.get("/").ends_with("ok"));
}

#[test]
fn a_pipeline_survives_being_handed_on() {
    let app = |request: Request| {
        // Now and then long enough for the watch to hand the loop on.
        let until = Instant::now() + Duration::from_millis(8);
        while request.uri().path().ends_with('7') && Instant::now() < until {}
        request.uri().path().to_owned()
    };
    let server = Running::start(|server: Server| server.loops(1), app);
    let mut clients: Vec<_> = (0..4)
        .map(|_| {
            let mut stream = server.connect();
            let requests: String = (0..60)
                .map(|n| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n"))
                .collect();
            stream.write_all(requests.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            stream
        })
        .collect();
    for stream in &mut clients {
        let answer = read_all(stream);
        let answers = answer.split("HTTP/1.1 200 OK").skip(1);
        let bodies: Vec<_> = answers
            .map(|one| one.rsplit('/').next().unwrap().to_owned())
            .collect();
        let expected: Vec<_> = (0..60).map(|n| n.to_string()).collect();
        assert_eq!(bodies, expected);
    }
}

#[test]
fn what_a_stop_waits_for_is_the_last_answer() {
    let gate = Gate::default();
    let server = Running::start(|server| server, gated(&gate));
    let mut slow = server.connect();
    slow.write_all(b"GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
        .unwrap();
    gate.reached_by(1);
    server.stop();
    gate.open();
    // Asked for before the stop, answered after it: the client is told not to ask again.
    let answer = read_all(&mut slow);
    assert!(
        answer.contains("\r\nConnection: close\r\n") && answer.ends_with("waited"),
        "{answer}"
    );
    server.join().unwrap();
}

#[test]
fn a_stop_waits_for_handlers() {
    let gate = Gate::default();
    let server = Running::start(|server| server, gated(&gate));
    let mut slow = ask(&server);
    gate.reached_by(1);
    server.stop();
    while TcpStream::connect(server.address).is_ok() {}
    gate.open();
    assert!(read_all(&mut slow).ends_with("waited"));
    server.join().unwrap();
}

#[test]
fn clients_that_send_slowly_cost_no_thread() {
    let set = |server: Server| server.loops(1).limits(Limits::default().threads(2));
    let app = |mut request: Request| {
        let body = std::mem::take(request.body_mut());
        body.into_bytes(1000).map(|bytes| bytes.len().to_string())
    };
    let server = Running::start(set, app);
    let slow: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = server.connect();
            stream
                .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nConnection: close\r\n\r\nbegun")
                .unwrap();
            stream
        })
        .collect();
    // All threads there are would wait for bodies, were each given to its handler at once.
    for _ in 0..20 {
        assert!(server.get("/").starts_with("HTTP/1.1 200 "));
    }
    for mut stream in slow {
        stream.write_all(b" ende").unwrap();
        let answer = read_all(&mut stream);
        assert!(answer.ends_with("\r\n\r\n10"), "{answer}");
    }
}
