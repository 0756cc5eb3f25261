//! Trials of many connections at once: idle ones, half heads, slow readers, resets, and slowhttptest's.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use super::client::Client;
use super::{Figure, Yard, at_least, at_most, exactly, growth, printed};
use crate::process::Running;
use crate::serve_bench::load;

/// As many connections as the system's limit of descriptors allows, at most ten thousand.
fn crowd() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit
        .map_or(10_000, |limit| usize::try_from(limit).unwrap_or(10_000))
        .saturating_sub(500)
        .min(10_000)
}

fn warm(server: &Running) {
    drop(load::idle(server.address, 64));
    thread::sleep(Duration::from_millis(200));
}

/// The share of a processor used in a while, in percent.
fn processor(server: &Running, time: Duration) -> f64 {
    let before = server.usage();
    thread::sleep(time);
    server.usage().since(before).total().as_secs_f64() / time.as_secs_f64() * 100.0
}

/// Row 34.
pub(super) fn idle(yard: &Yard) -> Result<Vec<Figure>, String> {
    let count = crowd();
    let server = yard.start(&[])?;
    warm(&server);
    let before = server.memory();
    let (open, failed) = load::idle(server.address, count);
    let each = server.memory().saturating_sub(before) as f64 / count as f64;
    let share = processor(&server, Duration::from_secs(5));
    Ok(vec![
        exactly("connections open", open.len(), count),
        exactly("failed", failed, 0),
        at_most("memory a connection", each.round(), 512.0, "bytes"),
        at_most("processor meanwhile", share, 1.0, "%"),
    ])
}

/// The p99 that wrk finds with a few connections; the median of three runs.
fn p99(address: SocketAddr) -> Result<f64, String> {
    let mut found = Vec::new();
    for _ in 0..3 {
        let text = printed(Command::new("wrk").args([
            "-t1",
            "-c16",
            "-d1s",
            "--latency",
            &format!("http://{address}/"),
        ]))?;
        let word = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("99%"))
            .map(str::trim)
            .ok_or("wrk shows no 99 %")?;
        let digits: f64 = word
            .trim_end_matches(|c: char| c.is_alphabetic())
            .parse()
            .map_err(|_| format!("wrk says {word:?}"))?;
        found.push(
            match word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.') {
                "us" => digits / 1e3,
                "ms" => digits,
                _ => digits * 1e3,
            },
        );
    }
    found.sort_by(f64::total_cmp);
    Ok(found[1])
}

/// Row 35.
pub(super) fn slow_heads(yard: &Yard) -> Result<Vec<Figure>, String> {
    let count = crowd();
    let server = yard.start(&[])?;
    warm(&server);
    let alone = p99(server.address)?;
    let before = server.memory();
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream =
            TcpStream::connect(server.address).map_err(|error| format!("connect: {error}"))?;
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: slow and in no hu")
            .and_then(|()| stream.set_nonblocking(true))
            .map_err(|error| format!("send: {error}"))?;
        streams.push(stream);
    }
    let last = Instant::now();
    let each = server.memory().saturating_sub(before) as f64 / count as f64 / 1024.0;
    let beside = p99(server.address)?;
    thread::sleep(Duration::from_secs(11).saturating_sub(last.elapsed()));
    let (mut cut, mut told) = (0, 0);
    for stream in &mut streams {
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        loop {
            match stream.read(&mut piece) {
                Ok(0) => {
                    cut += 1;
                    break;
                }
                Ok(count) => answer.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => {
                    cut += 1;
                    break;
                }
            }
        }
        told += usize::from(answer.starts_with(b"HTTP/1.1 408 "));
    }
    Ok(vec![
        at_most("memory a connection", each, 10.0, "KiB"),
        at_most(
            "p99 beside them, to that alone",
            beside / alone,
            2.0,
            &format!("times ({alone} ms alone)"),
        ),
        exactly("cut 11 s after the last began", cut, count),
        exactly("told so with 408", told, count),
    ])
}

/// Row 36.
pub(super) fn slowhttptest(yard: &Yard) -> Result<Vec<Figure>, String> {
    if !crate::setup::found("slowhttptest") {
        return Err("slowhttptest is not installed".to_owned());
    }
    let server = yard.start(&[])?;
    let seconds = if yard.whole { "60" } else { "20" };
    let mut figures = Vec::new();
    for (mode, what, path) in [
        ("-H", "slow heads", "/"),
        ("-B", "slow bodies", "/count"),
        ("-R", "ranges", "/"),
        ("-X", "slow reading", "/large"),
    ] {
        let url = format!("http://{}{path}", server.address);
        let text = printed(Command::new("slowhttptest").args([
            mode, "-c", "4000", "-r", "400", "-i", "10", "-l", seconds, "-u", &url,
        ]))?;
        // It paints the words on its screen: what stands between is no letter.
        let letters: String = plain(&text);
        let available = letters.matches("service available: YES").count();
        let not = letters.matches("service available: NO").count();
        figures.push(at_least(
            &format!("{what}: ticks with the service available"),
            available as f64,
            2.0,
            "ticks",
        ));
        figures.push(exactly(&format!("{what}: ticks without"), not, 0));
    }
    Ok(figures)
}

/// Text without a terminal's colours, its blanks single.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            for c in rest.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Row 37.
pub(super) fn slow_readers(yard: &Yard) -> Result<Vec<Figure>, String> {
    const COUNT: usize = 1000;
    const SECONDS: usize = 16;
    let mut figures = Vec::new();
    for path in ["/large", "/stream"] {
        let server = yard.start(&[])?;
        warm(&server);
        let (memory, threads) = (server.memory(), server.threads());
        let mut streams = Vec::new();
        for _ in 0..COUNT {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
                .map_err(|error| format!("socket: {error}"))?;
            socket
                .set_recv_buffer_size(4096)
                .and_then(|()| socket.connect(&SockAddr::from(server.address)))
                .map_err(|error| format!("connect: {error}"))?;
            let mut stream = TcpStream::from(socket);
            let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .map_err(|error| format!("send: {error}"))?;
            streams.push(stream);
        }
        let (mut slowest, mut most_threads) = (Duration::ZERO, 0);
        // Longer than a spare thread waits for work: whoever is left then is held by a reader.
        for _ in 0..SECONDS {
            let second = Instant::now();
            for stream in &mut streams {
                stream
                    .read_exact(&mut [0; 1024])
                    .map_err(|error| format!("{path}: cut: {error}"))?;
            }
            let begun = Instant::now();
            Client::connect(server.address)
                .and_then(|mut client| client.get("/"))
                .map_err(|error| format!("a quick request: {error}"))?;
            slowest = slowest.max(begun.elapsed());
            most_threads = most_threads.max(server.threads());
            thread::sleep(Duration::from_secs(1).saturating_sub(second.elapsed()));
        }
        let each = server.memory().saturating_sub(memory) as f64 / COUNT as f64 / 1024.0;
        let held = server.threads().saturating_sub(threads) as f64;
        let figure = |what: &str| format!("{path}: {what}");
        figures.push(at_most(&figure("memory a connection"), each, 64.0, "KiB"));
        figures.push(at_most(&figure("threads held"), held, 0.0, "threads"));
        // What the first rush took; the server's own bound is 512 spare threads.
        figures.push(at_most(
            &figure("most threads meanwhile"),
            most_threads as f64,
            515.0,
            "threads",
        ));
        figures.push(at_most(
            &figure("a quick request beside, slowest"),
            slowest.as_secs_f64() * 1e3,
            100.0,
            "ms",
        ));
    }
    Ok(figures)
}

/// Row 39.
pub(super) fn resets(yard: &Yard) -> Result<Vec<Figure>, String> {
    const COUNT: usize = 50_000;
    let server = yard.start(&[])?;
    let reset = |n: usize| -> std::io::Result<()> {
        let mut stream = TcpStream::connect(server.address)?;
        match n % 4 {
            0 => {}
            1 => stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")?,
            2 => stream
                .write_all(b"POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhal")?,
            _ => stream.write_all(b"GET / HT")?,
        }
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))
    };
    warm(&server);
    // Until there is room for as many at once as a burst brings: about 1.5 MiB, which is kept. A leak would go on.
    for n in 0..30_000 {
        reset(n).map_err(|error| format!("connect: {error}"))?;
    }
    settle(&server, 0);
    let (memory, threads, descriptors) = (server.memory(), server.threads(), server.descriptors());
    for n in 0..COUNT {
        reset(n).map_err(|error| format!("connect: {error}"))?;
    }
    settle(&server, descriptors);
    // A spare thread that has had nothing to do for 10 s ends.
    thread::sleep(Duration::from_secs(12));
    Ok(vec![
        exactly("descriptors", server.descriptors(), descriptors),
        at_most(
            "threads",
            server.threads() as f64,
            threads as f64,
            "threads",
        ),
        growth("memory", memory, server.memory(), 1024.0),
        exactly(
            "answers afterwards",
            usize::from(
                Client::connect(server.address)
                    .and_then(|mut client| client.get("/"))
                    .is_ok_and(|answer| answer.status == 200),
            ),
            1,
        ),
    ])
}

/// Waits until no more descriptors are open than this, or the number has stood still.
fn settle(server: &Running, aim: usize) {
    let mut before = usize::MAX;
    for _ in 0..50 {
        let now = server.descriptors();
        if now <= aim || now == before {
            return;
        }
        before = now;
        thread::sleep(Duration::from_millis(200));
    }
}
