//! Three processes behind nginx, by the configuration that the guide shows: a session that begins at one is read at the others, and all are replaced in turn,
//! with a change of the key, while clients call. Left out, with a word, where nginx is not installed.

use std::collections::BTreeSet;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Example, read_answer};
use crate::programs::Program;

/// How long what must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The configuration in the guide, with these processes behind, on an address of the test's own and without TLS.
fn configuration(listen: SocketAddr, processes: &[SocketAddr]) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src/deployment.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, text) = page.split_once("```nginx\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    let mut text: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("ssl_"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut replace = |from: &str, to: String| {
        assert_eq!(text.matches(from).count(), 1, "{from} in the guide");
        text = text.replace(from, &to);
    };
    replace("listen 443 ssl;", format!("listen {listen};"));
    for (process, port) in processes.iter().zip(8001..) {
        replace(&format!("127.0.0.1:{port}"), process.to_string());
    }
    // So that a client sees who has answered.
    let seen = "location / {\n        add_header X-Process $upstream_addr;".to_owned();
    replace("location / {", seen);
    text
}

/// The example `login`, three times, behind nginx. The test has the sockets, as systemd has.
struct Site {
    listeners: Vec<TcpListener>,
    processes: Vec<Example>,
    nginx: Program,
}

impl Site {
    fn start(keys: &[&str]) -> Option<Self> {
        let listeners: Vec<TcpListener> = (0..3)
            .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
            .collect();
        let addresses: Vec<SocketAddr> = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap())
            .collect();
        let nginx = Program::nginx(&[], |listen, _| configuration(listen, &addresses))?;
        let processes = listeners
            .iter()
            .map(|listener| process(listener, keys))
            .collect();
        Some(Self {
            listeners,
            processes,
            nginx,
        })
    }

    /// Stops one and starts its successor, as `systemctl restart` does.
    fn replace(&mut self, at: usize, keys: &[&str]) {
        let process = &mut self.processes[at];
        process.terminate();
        assert!(process.child.wait().unwrap().success());
        *process = self::process(&self.listeners[at], keys);
    }

    fn visitor(&self) -> Visitor {
        let stream = TcpStream::connect(self.nginx.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Visitor {
            stream: BufReader::new(stream),
            cookie: String::new(),
            seen: BTreeSet::new(),
        }
    }
}

/// Signs with the first of the keys, and knows the others.
fn process(listener: &TcpListener, keys: &[&str]) -> Example {
    let fallbacks = keys[1..].join(",");
    let variables = [
        ("SECRET_KEY", keys[0]),
        ("SECRET_KEY_FALLBACKS", &fallbacks),
    ];
    Example::start_on(listener, "login", &variables)
}

/// A client with one connection to nginx and one cookie.
struct Visitor {
    stream: BufReader<TcpStream>,
    cookie: String,
    /// The processes that answered.
    seen: BTreeSet<String>,
}

impl Visitor {
    /// The body of the answer, or what came in its place.
    fn ask(&mut self, method: &str, path: &str) -> Result<String, String> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: example.org\r\nCookie: {}\r\nContent-Length: 3\r\n\r\na=b",
            self.cookie
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (head, body) = read_answer(&mut self.stream);
        let body = String::from_utf8_lossy(&body).into_owned();
        for line in head.lines() {
            match line.split_once(": ") {
                Some(("Set-Cookie", set)) => {
                    self.cookie = set.split(';').next().unwrap_or_default().to_owned();
                }
                Some(("X-Process", process)) => {
                    self.seen.insert(process.to_owned());
                }
                _ => {}
            }
        }
        if head.starts_with("HTTP/1.1 200 ") {
            Ok(body)
        } else {
            Err(format!("{head}{body}"))
        }
    }

    fn log_in(&mut self) {
        let answer = self.ask("POST", "/login?name=ada&password=mellon");
        assert_eq!(answer.as_deref(), Ok("ada"));
    }
}

#[test]
fn a_session_begun_at_one_process_is_read_at_the_others() {
    let Some(site) = Site::start(&["shared"]) else {
        return;
    };
    let mut visitor = site.visitor();
    assert_eq!(visitor.ask("GET", "/").as_deref(), Ok("nobody"));
    visitor.log_in();
    visitor.seen.clear();
    for _ in 0..9 {
        assert_eq!(visitor.ask("GET", "/").as_deref(), Ok("ada"));
    }
    assert_eq!(visitor.seen.len(), 3, "{:?}", visitor.seen);
}

#[test]
fn all_are_replaced_while_visitors_call_and_none_is_lost() {
    let Some(mut site) = Site::start(&["old"]) else {
        return;
    };
    let stop = AtomicBool::new(false);
    let calls: [AtomicUsize; 4] = Default::default();
    let visitors: Vec<Visitor> = calls.iter().map(|_| site.visitor()).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = visitors
            .into_iter()
            .zip(&calls)
            .map(|(mut visitor, calls)| {
                let stop = &stop;
                scope.spawn(move || {
                    visitor.log_in();
                    while !stop.load(Ordering::Relaxed) {
                        let method = ["GET", "POST"][calls.load(Ordering::Relaxed) % 2];
                        match visitor.ask(method, "/").as_deref() {
                            Ok("ada") => calls.fetch_add(1, Ordering::Relaxed),
                            other => return Err(format!("{method} after {calls:?}: {other:?}")),
                        };
                    }
                    Ok(visitor.seen)
                })
            })
            .collect();
        let everybody_calls = |times: usize| {
            let (begun, before) = (
                Instant::now(),
                calls.each_ref().map(|calls| calls.load(Ordering::Relaxed)),
            );
            while (0..4).any(|at| calls[at].load(Ordering::Relaxed) < before[at] + times) {
                if threads.iter().any(|thread| thread.is_finished()) || begun.elapsed() > PATIENCE {
                    // It says why below.
                    break;
                }
                thread::yield_now();
            }
        };
        // A process knows a key before another signs with it, and as long as one may have.
        for keys in [&["old", "new"][..], &["new", "old"], &["new"]] {
            for at in 0..3 {
                everybody_calls(10);
                site.replace(at, keys);
            }
            everybody_calls(10);
        }
        stop.store(true, Ordering::Relaxed);
        for thread in threads {
            let seen = thread.join().unwrap();
            assert!(seen.as_ref().is_ok_and(|seen| seen.len() >= 3), "{seen:?}");
        }
    });
}
