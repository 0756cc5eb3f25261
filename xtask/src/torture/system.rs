//! Trials of what the system refuses: no descriptor left, system calls that fail or are interrupted.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::client::{Client, Lot, Nudging, is_pattern, pattern};
use super::{Figure, Yard, at_least, at_most, exactly};
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

/// A server whose system calls are watched, and fail as told.
fn strace(yard: &Yard, fault: &str) -> Result<Running, String> {
    if !crate::setup::found("strace") {
        return Err("strace is not installed".to_owned());
    }
    let log = yard.path("strace").display().to_string();
    let (calls, how) = fault.split_once(':').unwrap_or((fault, ""));
    let trace = format!("trace={calls}");
    let inject = format!("inject={calls}:{how}");
    let mut words = vec!["strace", "-f", "-qq", "-o", &log, "-e", &trace];
    if !how.is_empty() {
        words.extend(["-e", &inject]);
    }
    yard.start_with(&words, &[])
}

/// What became of requests whose answers are known.
#[derive(Default)]
struct Tally {
    asked: usize,
    corrupt: usize,
    failed: usize,
}

impl Tally {
    /// Asks for this many bytes, or sends as many to have them back; `false` where the connection is of no more use.
    fn ask<S: Read + Write>(&mut self, client: &mut Client<S>, length: usize, post: bool) -> bool {
        self.asked += 1;
        let answer = if post {
            let body: Vec<u8> = (0..length).map(pattern).collect();
            client.post("/echo", &body)
        } else {
            client.get(&format!("/pattern/{length}"))
        };
        let Ok(answer) = answer else {
            self.failed += 1;
            return false;
        };
        let right = answer.status == 200 && answer.body.len() == length && is_pattern(&answer.body);
        self.corrupt += usize::from(!right);
        !answer.closes
    }

    fn figures(&self, name: &str, figures: &mut Vec<Figure>) {
        figures.push(exactly(&format!("{name}: requests"), self.asked, EACH));
        figures.push(exactly(
            &format!("{name}: corrupt answers"),
            self.corrupt,
            0,
        ));
        figures.push(exactly(&format!("{name}: failed"), self.failed, 0));
    }
}

/// How many requests each of seven kinds of fault meets: 17,500 together.
const EACH: usize = 2_500;
/// How many of them one connection has: new ones now and then, so that accepting is tried as well.
const IN_A_ROW: usize = 20;

/// Row 43. Each body is compared byte by byte.
pub(super) fn faults(yard: &Yard) -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    let wrong = |error: std::io::Error| format!("connect: {error}");
    // `read` and `write` are the loader's and the waker's: sockets are read and written by these.
    for calls in ["recvfrom", "sendto,writev", "epoll_wait", "accept4"] {
        let server = strace(yard, &format!("{calls}:error=EINTR:when=1+3"))?;
        let (mut lot, mut tally) = (Lot(42), Tally::default());
        while tally.asked < EACH {
            let mut client = Client::connect(server.address).map_err(wrong)?;
            for _ in 0..IN_A_ROW {
                if !tally.ask(&mut client, lot.below(60_000) as usize, lot.below(2) == 1) {
                    break;
                }
            }
            leave(client);
        }
        let name = format!("{calls} interrupted");
        tally.figures(&name, &mut figures);
        figures.push(met(yard, &name, |line| line.contains("(INJECTED)")));
    }
    // The system promises an event after an EAGAIN, and an injected one comes without: the client sees to it that there is one.
    for calls in ["recvfrom", "sendto,writev"] {
        let server = strace(yard, &format!("{calls}:error=EAGAIN:when=2+3"))?;
        let (mut lot, mut tally) = (Lot(43), Tally::default());
        while tally.asked < EACH {
            // One at a time: of two calls in a row only one fails, so that a nudge is heard.
            let mut client = Nudging::connect(server.address).map_err(wrong)?;
            for _ in 0..IN_A_ROW {
                if !tally.ask(&mut client, lot.below(60_000) as usize, lot.below(2) == 1) {
                    break;
                }
            }
        }
        let name = format!("{calls} would block");
        tally.figures(&name, &mut figures);
        figures.push(met(yard, &name, |line| line.contains("(INJECTED)")));
    }
    short_writes(yard, &mut figures)?;
    Ok(figures)
}

/// Clients with a window of a few kilobytes: what the server writes is taken in part.
fn short_writes(yard: &Yard, figures: &mut Vec<Figure>) -> Result<(), String> {
    let server = strace(yard, "sendto,writev")?;
    let (mut lot, mut tally) = (Lot(44), Tally::default());
    while tally.asked < EACH {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
            .and_then(|socket| {
                socket.set_recv_buffer_size(8192)?;
                socket.connect(&server.address.into())?;
                Ok(socket)
            })
            .map_err(|error| format!("connect: {error}"))?;
        let stream = TcpStream::from(socket);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let mut client = Client(BufReader::with_capacity(1500, stream));
        for _ in 0..IN_A_ROW {
            // Most are small, some are far more than the system takes at once.
            let length = match lot.below(25) {
                0 => 5_000_000 + lot.below(5_000_000),
                _ => lot.below(60_000),
            };
            if !tally.ask(&mut client, length as usize, false) {
                break;
            }
        }
        leave(client);
    }
    let name = "sendto,writev in part";
    tally.figures(name, figures);
    figures.push(met(yard, name, is_short));
    Ok(())
}

/// Ends a connection, and waits until the server has seen it.
fn leave(mut client: Client) {
    let _ = client.0.get_mut().shutdown(std::net::Shutdown::Write);
    let _ = client.0.read(&mut [0; 1]);
}

/// Whether a call of strace's log wrote less than it was given, or nothing.
fn is_short(line: &str) -> bool {
    let Some((call, result)) = line.rsplit_once(" = ") else {
        return false;
    };
    if result.starts_with("-1 EAGAIN") {
        return true;
    }
    // sendto(5, "..."..., 4096, MSG_NOSIGNAL, NULL, 0), writev(5, [{iov_base="..."..., iov_len=120}, ..], 2)
    let given: usize = if call.contains("writev(") {
        call.split("iov_len=").skip(1).filter_map(number).sum()
    } else {
        call.split("..., ").nth(1).and_then(number).unwrap_or(0)
    };
    number(result).is_some_and(|wrote| wrote < given)
}

/// The number with which a text begins.
fn number(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.get(..end.unwrap_or(text.len()))?.parse().ok()
}

/// How many lines of strace's log show the fault.
fn met(yard: &Yard, name: &str, shows: impl Fn(&str) -> bool) -> Figure {
    let log = std::fs::read_to_string(yard.path("strace")).unwrap_or_default();
    let count = log.lines().filter(|line| shows(line)).count();
    at_least(&format!("{name}: faults"), count as f64, 100.0, "faults")
}
