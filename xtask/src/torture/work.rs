//! Trials of handlers and of time: panics, too much work, and all of it for minutes.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::client::{Client, Lot, is_pattern};
use super::{Figure, Yard, at_least, at_most, exactly, growth};
use crate::run::say;

/// Row 41.
pub(super) fn panics(yard: &Yard) -> Result<Vec<Figure>, String> {
    const CLIENTS: usize = 20;
    const EACH: usize = 5_000;
    let server = yard.start(&[])?;
    let address = server.address;
    let run = |each: usize| {
        let good = AtomicUsize::new(0);
        let panicked = AtomicUsize::new(0);
        let broken = AtomicUsize::new(0);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (good, panicked, broken) = (&good, &panicked, &broken);
                scope.spawn(move || {
                    let mut connection = Client::connect(address).ok();
                    for n in 0..each {
                        let path = match (n + client) % 30 {
                            0 => "/panic",
                            10 => "/panic-body",
                            20 => "/panic-drop",
                            _ => "/",
                        };
                        let answer = match &mut connection {
                            Some(connection) => connection.get(path),
                            None => Err(std::io::ErrorKind::NotConnected.into()),
                        };
                        match (path, &answer) {
                            ("/", Ok(answer)) if answer.status == 200 => {
                                good.fetch_add(1, Ordering::SeqCst)
                            }
                            ("/panic", Ok(answer)) if answer.status == 500 => {
                                panicked.fetch_add(1, Ordering::SeqCst)
                            }
                            // Its head was sent when it panicked: the client sees that it was cut.
                            ("/panic-body", Err(_)) => broken.fetch_add(1, Ordering::SeqCst),
                            ("/panic-drop", _) => broken.fetch_add(1, Ordering::SeqCst),
                            _ => 0,
                        };
                        if answer.map_or(true, |answer| answer.closes) || path == "/panic-drop" {
                            connection = Client::connect(address).ok();
                        }
                    }
                });
            }
        });
        (
            good.into_inner(),
            panicked.into_inner(),
            broken.into_inner(),
        )
    };
    run(300);
    thread::sleep(Duration::from_millis(300));
    let (threads, memory) = (server.threads(), server.memory());
    let (good, panicked, broken) = run(EACH);
    thread::sleep(Duration::from_millis(300));
    let wanted = |residues: &[usize]| {
        (0..CLIENTS)
            .flat_map(|client| (0..EACH).map(move |n| (n + client) % 30))
            .filter(|residue| residues.contains(residue))
            .count()
    };
    let panics = wanted(&[0]);
    let cut = wanted(&[10, 20]);
    // A spare thread that has had nothing to do for 10 s ends.
    let patience = Instant::now() + Duration::from_secs(20);
    while server.threads() > threads && Instant::now() < patience {
        thread::sleep(Duration::from_millis(100));
    }
    Ok(vec![
        exactly(
            "good answers to good requests",
            good,
            CLIENTS * EACH - panics - cut,
        ),
        exactly("500 for panics", panicked, panics),
        exactly("bodies that panic, cut or done", broken, cut),
        at_most(
            "threads afterwards",
            server.threads() as f64,
            threads as f64 + 2.0,
            "threads",
        ),
        growth("memory", memory, server.memory(), 2048.0),
    ])
}

/// Row 45.
pub(super) fn overload(yard: &Yard) -> Result<Vec<Figure>, String> {
    // Two loops keep a thread each in reserve: what is left works.
    const THREADS: usize = 34;
    const WAITING: usize = 20;
    const HANDLER: Duration = Duration::from_millis(50);
    let server = yard.start(&[
        "--threads",
        &THREADS.to_string(),
        "--waiting",
        &WAITING.to_string(),
    ])?;
    let address = server.address;
    let loops = thread::available_parallelism().map_or(1, usize::from);
    let capacity = (THREADS - loops) as f64 / HANDLER.as_secs_f64();
    let clients = 4 * (THREADS + WAITING);
    let counting = AtomicBool::new(false);
    let over = AtomicBool::new(false);
    let good = AtomicUsize::new(0);
    let odd = AtomicUsize::new(0);
    let refusals: Mutex<Vec<Duration>> = Mutex::default();
    let (mut memory, time) = ([0; 2], Duration::from_secs(6));
    thread::scope(|scope| {
        for _ in 0..clients {
            let (good, odd, refusals, over, counting) = (&good, &odd, &refusals, &over, &counting);
            scope.spawn(move || {
                let mut connection = None;
                while !over.load(Ordering::SeqCst) {
                    let begun = Instant::now();
                    let Some(client) = connection.as_mut() else {
                        connection = Client::connect(address).ok();
                        continue;
                    };
                    let answer = client.get("/sleep/50");
                    let counts = counting.load(Ordering::SeqCst);
                    match &answer {
                        Ok(answer) if answer.status == 200 => {
                            good.fetch_add(usize::from(counts), Ordering::SeqCst);
                        }
                        Ok(answer) if answer.status == 503 => {
                            if counts {
                                refusals
                                    .lock()
                                    .unwrap_or_else(PoisonError::into_inner)
                                    .push(begun.elapsed());
                            }
                            // As a client would that was told to come again.
                            thread::sleep(Duration::from_millis(40));
                        }
                        _ => {
                            odd.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                    if answer.map_or(true, |answer| answer.closes) {
                        connection = None;
                    }
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        memory[0] = server.memory();
        counting.store(true, Ordering::SeqCst);
        thread::sleep(time);
        counting.store(false, Ordering::SeqCst);
        memory[1] = server.memory();
        over.store(true, Ordering::SeqCst);
    });
    let mut refusals = refusals
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    refusals.sort_unstable();
    let p99 = refusals
        .get(refusals.len().saturating_sub(1) * 99 / 100)
        .copied()
        .unwrap_or_default();
    let goodput = good.into_inner() as f64 / time.as_secs_f64() / capacity * 100.0;
    Ok(vec![
        at_least("refused with 503", refusals.len() as f64, 100.0, "requests"),
        at_most("until refused, p99", p99.as_secs_f64() * 1e3, 5.0, "ms"),
        at_least("answered, of what the threads can", goodput, 90.0, "%"),
        exactly("anything else", odd.into_inner(), 0),
        growth("memory", memory[0], memory[1], 512.0),
    ])
}

/// Row 46.
pub(super) fn soak(yard: &Yard) -> Result<Vec<Figure>, String> {
    let server = yard.start(&[])?;
    let address = server.address;
    let over = AtomicBool::new(false);
    let asked = AtomicUsize::new(0);
    let wrong = AtomicUsize::new(0);
    let idle = server.descriptors();
    let (mut memory, mut descriptors) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        for client in 0..8 {
            let (asked, wrong, over) = (&asked, &wrong, &over);
            scope.spawn(move || {
                let mut lot = Lot(client + 77);
                while !over.load(Ordering::SeqCst) {
                    let right = mixed(address, &mut lot);
                    asked.fetch_add(1, Ordering::SeqCst);
                    wrong.fetch_add(usize::from(!right), Ordering::SeqCst);
                    // Two cores are shared: it need not be all that there is.
                    thread::sleep(Duration::from_millis(1));
                }
            });
        }
        let begun = Instant::now();
        while begun.elapsed() < yard.soak {
            thread::sleep(Duration::from_millis(500));
            let at = begun.elapsed();
            // A new process grows for a while: five minutes, where there are so many.
            if at > Duration::from_secs(300).min(yard.soak.mul_f64(0.4)) {
                memory.push((at.as_secs_f64(), server.memory() as f64));
                descriptors.push((at.as_secs_f64(), server.descriptors() as f64));
            }
        }
        over.store(true, Ordering::SeqCst);
    });
    // What a body's rest still holds open is closed after 2 s, at the loop's next look at its deadlines, a second later at the most.
    let patience = Instant::now() + Duration::from_secs(20);
    while server.descriptors() > idle && Instant::now() < patience {
        thread::sleep(Duration::from_millis(100));
    }
    // Whether it settles or goes on growing.
    let tenths = memory.iter().step_by((memory.len() / 10).max(1));
    let shown: Vec<String> = tenths
        .map(|(_, bytes)| format!("{:.2}", bytes / 1024.0 / 1024.0))
        .collect();
    say(&format!("    memory, in MiB: {}", shown.join(" ")));
    let hour = 3600.0;
    let grown = slope(&memory) * hour / 1024.0 / 1024.0;
    // A short run cannot tell a megabyte an hour from a page, nor a connection that was just open from one that stays: what that weighs in it is allowed.
    let measured = yard.soak.as_secs_f64() * 0.6 / hour;
    let page = 256.0 / 1024.0 / measured;
    Ok(vec![
        at_least("for", yard.soak.as_secs_f64() / 60.0, 0.0, "minutes"),
        at_least("requests", asked.into_inner() as f64, 1000.0, "requests"),
        exactly(
            "answered otherwise than they should be",
            wrong.into_inner(),
            0,
        ),
        at_most("memory's slope", grown, f64::max(1.0, page), "MiB an hour"),
        at_most(
            "descriptors' slope",
            slope(&descriptors).abs() * hour,
            3.0 / measured,
            "an hour",
        ),
        exactly(
            "descriptors more than at the start",
            server.descriptors().saturating_sub(idle),
            0,
        ),
    ])
}

/// One request of the mixture; whether it was answered as it should be.
fn mixed(address: SocketAddr, lot: &mut Lot) -> bool {
    let Ok(mut client) = Client::connect(address) else {
        return false;
    };
    let refused = |client: &mut Client, bytes: &[u8]| {
        client
            .send(bytes)
            .and_then(|()| client.answer())
            .is_ok_and(|answer| answer.status == 400)
    };
    match lot.below(9) {
        0 => client.get("/").is_ok_and(|answer| answer.body == b"Hello, World!"),
        1 => {
            let length = lot.below(200_000) as usize;
            client.get(&format!("/pattern/{length}")).is_ok_and(|answer| answer.body.len() == length && is_pattern(&answer.body))
        }
        2 => {
            let body = vec![b'x'; lot.below(300_000) as usize];
            client.post("/echo", &body).is_ok_and(|answer| answer.body == body)
        }
        3 => refused(&mut client, b"GET / HTTP/1.1\r\nHost : h\r\n\r\n"),
        4 => refused(&mut client, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        5 => {
            // Leaves while it sends.
            let _ = client.send(b"POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\nhalf");
            true
        }
        6 => {
            // Leaves while it is sent.
            let _ = TcpStream::connect(address).and_then(|mut stream| stream.write_all(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"));
            true
        }
        7 => client.get("/sleep/5").is_ok_and(|answer| answer.status == 200),
        _ => client.get("/panic").is_ok_and(|answer| answer.status == 500),
    }
}

/// The slope of the line through these points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let over: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let under: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    over / under
}
