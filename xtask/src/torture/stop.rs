//! The trial of stopping: SIGTERM while clients ask.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::client::{Client, Lot};
use super::{Figure, Yard, at_least, at_most, exactly};

/// The longest that a handler sleeps, in ms.
const LONGEST: u64 = 500;

/// Row 40.
pub(super) fn under_load(yard: &Yard) -> Result<Vec<Figure>, String> {
    let rounds = if yard.whole { 50 } else { 15 };
    let report = yard.path("report");
    let shown = report.display().to_string();
    let (mut handled, mut answered) = (0, 0);
    let (mut slowest, mut accepted, mut exits) = (Duration::ZERO, 0, 0);
    for round in 0..rounds {
        let _ = std::fs::remove_file(&report);
        let mut server = yard.start(&["--report", &shown])?;
        let address = server.address;
        let whole = AtomicUsize::new(0);
        let stopped = AtomicBool::new(false);
        let late = AtomicUsize::new(0);
        let mut took = None;
        thread::scope(|scope| {
            for client in 0..64_u64 {
                let (whole, stopped) = (&whole, &stopped);
                scope.spawn(move || {
                    let mut lot = Lot(client + 1 + round * 1000);
                    // Half of the clients only ask what is quick: they make the number.
                    while !stopped.load(Ordering::SeqCst) {
                        let Ok(mut connection) = Client::connect(address) else {
                            return;
                        };
                        loop {
                            let path = if client % 2 == 0 {
                                "/".to_owned()
                            } else {
                                format!("/sleep/{}", 50 + lot.below(LONGEST - 50))
                            };
                            match connection.get(&path) {
                                Ok(answer) if answer.status == 200 => {
                                    whole.fetch_add(1, Ordering::SeqCst);
                                    if answer.closes {
                                        break;
                                    }
                                }
                                _ => break,
                            }
                        }
                    }
                });
            }
            thread::sleep(Duration::from_millis(700 + 7 * round));
            let asked = Instant::now();
            server.signal(Signal::TERM);
            stopped.store(true, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20));
            late.fetch_add(
                usize::from(TcpStream::connect(address).is_ok()),
                Ordering::SeqCst,
            );
            if server
                .wait(Duration::from_secs(40))
                .is_some_and(|status| status.success())
            {
                took = Some(asked.elapsed());
            }
        });
        exits += usize::from(took.is_some());
        slowest = slowest.max(took.unwrap_or(Duration::from_secs(40)));
        accepted += late.into_inner();
        let text = std::fs::read_to_string(&report).unwrap_or_default();
        handled += text
            .lines()
            .find_map(|line| {
                line.strip_prefix("zeug_requests_total ")?
                    .parse::<usize>()
                    .ok()
            })
            .ok_or("the server wrote no report")?;
        answered += whole.into_inner();
    }
    Ok(vec![
        at_least("requests handled", handled as f64, 50_000.0, "requests"),
        exactly("answers that clients have whole", answered, handled),
        exactly("clean exits", exits, rounds as usize),
        at_most(
            "longest exit",
            slowest.as_secs_f64() * 1e3,
            (LONGEST + 100) as f64,
            "ms",
        ),
        exactly("connections taken 20 ms after the signal", accepted, 0),
    ])
}
