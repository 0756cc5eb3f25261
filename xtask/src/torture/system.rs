//! Trials of what the system refuses: no descriptor left, system calls that fail or are interrupted.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Lot, is_pattern, pattern};
use super::{Figure, Yard, at_most, exactly};
use crate::process::Running;

fn is_good(server: &Running) -> bool {
    Client::connect(server.address)
        .and_then(|mut client| client.get("/"))
        .is_ok_and(|answer| answer.status == 200)
}

/// Row 38.
pub(super) fn descriptors(yard: &Yard) -> Result<Vec<Figure>, String> {
    let few = ["sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\""];
    let mut server = yard.start_with(&few, &[])?;
    let mut held: Vec<TcpStream> = Vec::new();
    let mut refused = 0;
    for _ in 0..1000 {
        match TcpStream::connect_timeout(&server.address, Duration::from_millis(500)) {
            Ok(stream) => held.push(stream),
            Err(_) => refused += 1,
        }
    }
    let rest = Duration::from_secs(10);
    let before = server.usage();
    thread::sleep(rest);
    let share = server.usage().since(before).total().as_secs_f64() / rest.as_secs_f64() * 100.0;
    let ended = usize::from(server.ended().is_some());
    let connected = held.len();
    drop(held);
    let begun = Instant::now();
    while !is_good(&server) {
        if begun.elapsed() > Duration::from_secs(20) {
            return Err("no answer 20 s after all clients have left".to_owned());
        }
    }
    let back = begun.elapsed();
    let mut figures = vec![
        exactly("clients, connected or refused", connected + refused, 1000),
        exactly("exits", ended, 0),
        at_most("processor meanwhile", share, 10.0, "%"),
        at_most(
            "until it serves again",
            back.as_secs_f64() * 1e3,
            1000.0,
            "ms",
        ),
    ];
    drop(server);
    let mut server = strace(yard, "accept4:error=EMFILE:when=1+3")?;
    let good = (0..300).filter(|_| is_good(&server)).count();
    figures.push(exactly(
        "answered while one accept in three fails",
        good,
        300,
    ));
    figures.push(exactly("exits", usize::from(server.ended().is_some()), 0));
    Ok(figures)
}

/// A server whose system calls fail as told.
fn strace(yard: &Yard, fault: &str) -> Result<Running, String> {
    if !crate::setup::found("strace") {
        return Err("strace is not installed".to_owned());
    }
    let log = yard.path("strace").display().to_string();
    let calls = fault.split(':').next().unwrap_or_default();
    let (trace, inject) = (format!("trace={calls}"), format!("inject={fault}"));
    yard.start_with(
        &[
            "strace", "-f", "-qq", "-o", &log, "-e", &trace, "-e", &inject,
        ],
        &[],
    )
}

/// Row 43. `EAGAIN` is left out: the system promises an event after it, and an injected one comes without.
pub(super) fn faults(yard: &Yard) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    // `read` and `write` are the loader's and the waker's: sockets are read and written by these.
    for calls in ["recvfrom", "sendto,writev", "epoll_wait", "accept4"] {
        let server = strace(yard, &format!("{calls}:error=EINTR:when=1+3"))?;
        let mut lot = Lot(42);
        let (mut asked, mut corrupt, mut failed) = (0, 0, 0);
        let name = calls.split(',').next().unwrap_or_default();
        // New connections now and then, so that accepting is tried as well.
        for _ in 0..125 {
            let mut client =
                Client::connect(server.address).map_err(|error| format!("connect: {error}"))?;
            for _ in 0..20 {
                asked += 1;
                let length = lot.below(60_000) as usize;
                let (answer, post) = if lot.below(2) == 0 {
                    (client.get(&format!("/pattern/{length}")), false)
                } else {
                    let body: Vec<u8> = (0..length).map(pattern).collect();
                    (client.post("/echo", &body), true)
                };
                match answer {
                    Ok(answer)
                        if answer.status == 200
                            && answer.body.len() == length
                            && is_pattern(&answer.body) => {}
                    Ok(_) => corrupt += 1,
                    Err(error) => {
                        failed += 1;
                        if error.kind() == ErrorKind::WouldBlock {
                            return Err(format!("{name}: no answer for 20 s, post: {post}"));
                        }
                        break;
                    }
                }
            }
            let _ = client.0.get_mut().shutdown(std::net::Shutdown::Write);
            let _ = client.0.read(&mut [0; 1]);
        }
        figures.push(exactly(&format!("{name}: requests"), asked, 2500));
        figures.push(exactly(&format!("{name}: corrupt answers"), corrupt, 0));
        figures.push(exactly(&format!("{name}: failed"), failed, 0));
        let seen = std::fs::read_to_string(yard.path("strace")).unwrap_or_default();
        let injected = seen
            .lines()
            .filter(|line| line.contains("(INJECTED)"))
            .count();
        figures.push(super::at_least(
            &format!("{name}: faults"),
            injected as f64,
            10.0,
            "faults",
        ));
    }
    Ok(figures)
}
