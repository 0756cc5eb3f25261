//! How the time of a reading grows with its input: for the linear-time tests of this crate, zeug-http and zeug-urls. It knows no grammar.

use std::hint::black_box;
use std::time::Instant;

/// The processor time of this thread in seconds, exact to some milliseconds; `None` where that is not told.
fn used() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = told.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// How long `work` takes: on a busy machine, what it has used of the processor and a tick.
fn time(work: impl FnOnce()) -> f64 {
    const TICK: f64 = 0.004;
    let (start, before) = (Instant::now(), used());
    work();
    let elapsed = start.elapsed().as_secs_f64();
    let spent = used().zip(before).map(|(after, before)| after - before);
    spent.map_or(elapsed, |spent| elapsed.min(spent + TICK))
}

/// Sixteen times as much of the shape takes less than 48 times as long: 1 and 16 MiB, without optimisation a 64th of that. The least of up to ten rounds.
///
/// Linear is 16, n to the power of 1.5 is 64, quadratic 256: what lies between 16 and 48 is the machine's, whose caches hold the small one and not the large one.
#[track_caller]
pub(crate) fn linear(name: &str, shape: &str, mut read: impl FnMut(&str)) {
    const MOST: f64 = 48.0;
    let small_len = if cfg!(debug_assertions) {
        1 << 14
    } else {
        1 << 20
    };
    let small_len = small_len / shape.len() * shape.len();
    let large = shape.repeat(16 * small_len / shape.len());
    // The same memory in sixteen pieces, so that caches do not count either.
    let pieces: Vec<&str> = (0..16)
        .map(|at| &large[at * small_len..(at + 1) * small_len])
        .collect();
    let (mut short, mut long) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..10 {
        // The long one first, so that what it makes room for is there for both.
        long = long.min(time(|| read(black_box(&large))));
        let pieces = time(|| pieces.iter().for_each(|text| read(black_box(text))));
        short = short.min(pieces / 16.0);
        if long / short <= MOST {
            return in_time(name, shape, short);
        }
    }
    panic!(
        "{name} {shape:?}: {long} s, a sixteenth of it {short} s, {:.1} times",
        long / short
    );
}

/// Where `ZEUG_MILLISECONDS` says how many the smaller text may take, 1 MiB with optimisation, says how long it took and holds it to that: for a machine that is known, by hand.
#[track_caller]
fn in_time(name: &str, shape: &str, seconds: f64) {
    let Some(most) = std::env::var("ZEUG_MILLISECONDS")
        .ok()
        .and_then(|most| most.parse::<f64>().ok())
    else {
        return;
    };
    let took = seconds * 1e3;
    eprintln!("{took:8.2} ms  {name} {shape:?}");
    assert!(took <= most, "{name} {shape:?}: {took:.2} ms");
}
