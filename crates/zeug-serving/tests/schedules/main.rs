//! The engine's threads under shuttle, a scheduler that tries thousands of orders: the files of `src/engine` as they are, compiled with shuttle's locks and
//! threads in the place of the standard library's, and with a readiness queue, sockets and connections that are models. Nobody may wait for ever: each request
//! that was read is answered, quick ones while others wait, and when the server stops every thread ends.
//!
//! `ZEUG_SCHEDULES` says how many orders are tried of each kind; `cargo xtask torture schedules` asks for many.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod connection;
mod engine;
mod listener;
mod readiness;
mod settings;
mod stream;
mod sync;
mod system;

// What the engine calls `mio` is this crate.
extern crate self as mio;
pub(crate) use readiness::{Events, Interest, Poll, Token, Waker, unix};

use std::sync::atomic::Ordering;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};

use crate::engine::Server;
use crate::settings::{Limits, Timeouts};
use crate::sync::thread;
use crate::system::{COUNTS, Client, Kind, Time, system};

/// How many orders of each kind are tried in an ordinary run.
const FEW: usize = 250;

fn schedules() -> usize {
    std::env::var("ZEUG_SCHEDULES").map_or(FEW, |text| {
        text.parse().expect("ZEUG_SCHEDULES is a number")
    })
}

/// Runs a scenario in many orders.
fn check(scheduler: impl Scheduler + 'static, scenario: fn()) {
    let mut config = Config::new();
    // A schedule takes some hundreds; where nobody comes forward it is a livelock.
    config.max_steps = MaxSteps::FailAfter(200_000);
    config.silence_warnings = true;
    config.stack_size = 0x10000;
    Runner::new(scheduler, config).run(scenario);
}

fn randomly(scenario: fn()) {
    check(RandomScheduler::new(schedules()), scenario);
}

fn by_priority(scenario: fn()) {
    check(PctScheduler::new(3, schedules()), scenario);
}

/// A client that asks for these on one connection, one after the other; how many were answered.
fn client(asks: &[Kind]) -> usize {
    let Some(client) = Client::connect() else {
        return 0;
    };
    let mut answered = 0;
    for &kind in asks {
        client.send(kind);
        match client.answer() {
            Some(_) => answered += 1,
            None => break,
        }
    }
    answered
}

fn some(most: usize) -> Vec<Kind> {
    let count = thread_rng().gen_range(1..=most);
    (0..count)
        .map(|_| match thread_rng().gen_range(0..3) {
            0 => Kind::Quick,
            1 => Kind::Works,
            _ => Kind::Other,
        })
        .collect()
}

/// Waiting handlers let go only when every quick request has been answered: the server owes that as long as its bound leaves a thread a loop beside them.
fn quick_ones_pass_waiting_ones(time: Time) {
    system::begin(time);
    let loops = thread_rng().gen_range(1..=2);
    let waiters = thread_rng().gen_range(1..=2);
    let limits = Limits {
        // A thread for each that waits, one in reserve for each loop, and one for what is not known to be quick.
        threads: loops + waiters + 1,
        waiting: 8,
        connections: 100,
    };
    let server = Server::start(loops, limits, Timeouts::default());
    if thread_rng().gen_bool(0.5) {
        // Long enough for the watch to fall asleep.
        (0..150).for_each(|_| thread::yield_now());
    }
    let waiting: Vec<_> = (0..waiters)
        .map(|_| thread::spawn(|| client(&[Kind::Waits])))
        .collect();
    let quick: Vec<_> = (0..2)
        .map(|_| {
            let asks = some(2);
            thread::spawn(move || {
                let answered = client(&asks);
                // An idle connection may be closed where time-outs end.
                assert!(answered == asks.len() || time == Time::Flows);
            })
        })
        .collect();
    for each in quick {
        each.join().unwrap();
    }
    system().open_gate();
    for each in waiting {
        let answered = each.join().unwrap();
        assert!(answered == 1 || time == Time::Flows);
    }
    server.stop();
    server.join();
}

/// A stop at any moment loses no answer, and ends all threads; too much work is refused.
fn a_stop_ends_everything(time: Time) {
    system::begin(time);
    let loops = thread_rng().gen_range(1..=2);
    let limits = Limits {
        threads: thread_rng().gen_range(1..=3),
        waiting: thread_rng().gen_range(0..=2),
        connections: 100,
    };
    let server = Server::start(loops, limits, Timeouts::default());
    system().open_gate();
    let clients: Vec<_> = (0..3)
        .map(|at| {
            let asks = if at == 0 { vec![Kind::Waits] } else { some(2) };
            thread::spawn(move || client(&asks))
        })
        .collect();
    for _ in 0..thread_rng().gen_range(0..60) {
        thread::yield_now();
    }
    server.stop();
    for each in clients {
        each.join().unwrap();
    }
    server.join();
}

/// Whether a run met what it is there for.
#[track_caller]
fn met(what: &str, count: &std::sync::atomic::AtomicUsize) {
    assert!(count.load(Ordering::Relaxed) > 0, "no schedule with {what}");
}

// Where time stands still a lost wake is not mended by a time-out: it is a deadlock, and shuttle says so.

#[test]
fn quick_ones_pass_while_time_stands_still() {
    let scenario = || quick_ones_pass_waiting_ones(Time::Stands);
    randomly(scenario);
    by_priority(scenario);
    met("a spare thread", &COUNTS.spare_threads);
    met("a request on a spare thread", &COUNTS.spare_requests);
    met("a watch that sleeps", &COUNTS.sleeps);
}

#[test]
fn quick_ones_pass_while_time_flows() {
    let scenario = || quick_ones_pass_waiting_ones(Time::Flows);
    randomly(scenario);
    by_priority(scenario);
    met("a time-out", &COUNTS.timeouts);
}

#[test]
fn a_stop_ends_everything_while_time_stands_still() {
    let scenario = || a_stop_ends_everything(Time::Stands);
    randomly(scenario);
    by_priority(scenario);
    met("a request that is refused", &COUNTS.refused);
}

#[test]
fn a_stop_ends_everything_while_time_flows() {
    let scenario = || a_stop_ends_everything(Time::Flows);
    randomly(scenario);
    by_priority(scenario);
    met("a time-out", &COUNTS.timeouts);
}
