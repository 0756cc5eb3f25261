//! Trials of one connection at a time: lengths that lie, pipelines, clients that only read, bodies that nobody reads.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, is_pattern};
use super::{Figure, Yard, at_most, exactly, growth};
use crate::process::Running;

/// How long a quick request takes, the server being otherwise idle.
fn quick(server: &Running) -> Result<Duration, String> {
    let begun = Instant::now();
    let answer = Client::connect(server.address).and_then(|mut client| client.get("/"));
    match answer {
        Ok(answer) if answer.status == 200 => Ok(begun.elapsed()),
        other => Err(format!("a quick request: {other:?}")),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Sends a head and what follows to `/count`, once; the status of the answer.
fn count(server: &Running, rest: &str) -> Result<u16, String> {
    let mut client =
        Client::connect(server.address).map_err(|error| format!("connect: {error}"))?;
    let sent = client.send(format!("POST /count HTTP/1.1\r\nHost: h\r\n{rest}").as_bytes());
    let answer = sent.and_then(|()| client.answer());
    answer
        .map(|answer| answer.status)
        .map_err(|error| format!("no answer: {error}"))
}

/// Row 12.
pub(super) fn chunk_bomb(yard: &Yard) -> Result<Vec<Figure>, String> {
    const BOMB: &str = "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\nabc";
    let server = yard.start(&[])?;
    for _ in 0..200 {
        count(&server, BOMB)?;
        count(&server, "Content-Length: 3\r\n\r\nabc")?;
    }
    let before = server.memory();
    let (mut refused, mut slowest) = (0, Duration::ZERO);
    for n in 0..1000 {
        refused += usize::from(count(&server, BOMB)? == 400);
        if n % 50 == 0 {
            slowest = slowest.max(quick(&server)?);
        }
    }
    Ok(vec![
        exactly("answered with 400", refused, 1000),
        growth("memory", before, server.memory(), 1024.0),
        at_most(
            "a quick request right after, slowest of 20",
            millis(slowest),
            100.0,
            "ms",
        ),
    ])
}

/// Row 13.
pub(super) fn length_lie(yard: &Yard) -> Result<Vec<Figure>, String> {
    const LIE: &str = "POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999\r\n\r\n";
    let server = yard.start(&[])?;
    for _ in 0..200 {
        quick(&server)?;
    }
    let before = server.memory();
    // All at once: what one costs would else be given back before it is seen.
    let mut clients = Vec::new();
    for _ in 0..1000 {
        let mut client =
            Client::connect(server.address).map_err(|error| format!("connect: {error}"))?;
        client
            .send(LIE.as_bytes())
            .map_err(|error| format!("send: {error}"))?;
        clients.push(client);
    }
    let refused = clients
        .iter_mut()
        .filter_map(|client| client.answer().ok())
        .filter(|answer| answer.status == 413)
        .count();
    let during = server.memory();
    drop(clients);
    Ok(vec![
        exactly("answered with 413", refused, 1000),
        growth("memory", before, during.max(server.memory()), 4096.0),
        at_most(
            "a quick request right after",
            millis(quick(&server)?),
            100.0,
            "ms",
        ),
    ])
}

/// Row 42.
pub(super) fn half_close(yard: &Yard) -> Result<Vec<Figure>, String> {
    const BODY: usize = 10 * 1024 * 1024;
    let server = yard.start(&[])?;
    let (mut whole, mut resets) = (0, 0);
    for n in 0..1000 {
        let length = 1 + n * 997;
        let mut client =
            Client::connect(server.address).map_err(|error| format!("connect: {error}"))?;
        let request = format!("GET /pattern/{length} HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = client
            .send(request.as_bytes())
            .and_then(|()| client.0.get_ref().shutdown(Shutdown::Write))
            .and_then(|()| client.answer());
        match answer {
            Ok(answer) if answer.body.len() == length && is_pattern(&answer.body) => whole += 1,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => resets += 1,
            _ => {}
        }
    }
    let mut figures = vec![
        exactly("whole answers after the client's end", whole, 1000),
        exactly("resets", resets, 0),
    ];
    // A client that reads while it sends, as browsers do, and one that first sends as much as it can.
    for (what, reads) in [
        ("that reads while it sends", true),
        ("that sends first", false),
    ] {
        let (mut whole, mut resets) = (0, 0);
        let piece = vec![b'x'; 64 * 1024];
        for _ in 0..1000 {
            let stream =
                TcpStream::connect(server.address).map_err(|error| format!("connect: {error}"))?;
            let head =
                format!("POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: {BODY}\r\n\r\n");
            let mut writer = stream
                .try_clone()
                .map_err(|error| format!("clone: {error}"))?;
            let piece = &piece;
            let mut send = move || {
                let mut left = BODY;
                let mut result = writer.write_all(head.as_bytes());
                while left > 0 && result.is_ok() {
                    result = writer.write_all(&piece[..piece.len().min(left)]);
                    left = left.saturating_sub(piece.len());
                }
            };
            let mut answer = Vec::new();
            let mut read = |mut stream: TcpStream| {
                let mut piece = [0; 4096];
                loop {
                    match stream.read(&mut piece) {
                        Ok(0) => return,
                        Ok(count) => answer.extend_from_slice(&piece[..count]),
                        Err(error) => {
                            // Once the answer is whole, a client takes its leave anyway.
                            let whole = answer.ends_with(b"\r\n\r\nignored");
                            resets +=
                                usize::from(!whole && error.kind() == ErrorKind::ConnectionReset);
                            return;
                        }
                    }
                    if answer.ends_with(b"\r\n\r\nignored") {
                        let _ = stream.shutdown(Shutdown::Both);
                        return;
                    }
                }
            };
            if reads {
                thread::scope(|scope| {
                    scope.spawn(send);
                    read(stream);
                });
            } else {
                send();
                read(stream);
            }
            whole +=
                usize::from(answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"ignored"));
        }
        figures.push(exactly(&format!("answers to a client {what}"), whole, 1000));
        figures.push(exactly(
            &format!("resets before the answer, client {what}"),
            resets,
            0,
        ));
    }
    Ok(figures)
}

/// Row 44.
pub(super) fn pipelines(yard: &Yard) -> Result<Vec<Figure>, String> {
    const DEPTH: usize = 100;
    let server = yard.start(&[])?;
    let (mut right, mut refused, mut over) = (0, 0, 0);
    for bad in 0..=DEPTH {
        let mut wire = String::new();
        for n in 0..DEPTH {
            wire.push_str(&if n == bad {
                format!("GET /pattern/{n} HTTP/1.1\r\nHost : h\r\n\r\n")
            } else {
                format!("GET /pattern/{n} HTTP/1.1\r\nHost: h\r\n\r\n")
            });
        }
        let mut client =
            Client::connect(server.address).map_err(|error| format!("connect: {error}"))?;
        client
            .send(wire.as_bytes())
            .map_err(|error| format!("send: {error}"))?;
        let in_order = (0..bad.min(DEPTH)).all(|n| {
            client.answer().is_ok_and(|answer| {
                answer.status == 200 && answer.body.len() == n && is_pattern(&answer.body)
            })
        });
        right += usize::from(in_order);
        if bad < DEPTH {
            refused += usize::from(
                client
                    .answer()
                    .is_ok_and(|answer| answer.status == 400 && answer.closes),
            );
            over += usize::from(client.is_over());
        }
    }
    Ok(vec![
        exactly(
            "pipelines answered in order up to the bad request",
            right,
            DEPTH + 1,
        ),
        exactly("bad requests refused", refused, DEPTH),
        exactly("nothing served behind them", over, DEPTH),
    ])
}
