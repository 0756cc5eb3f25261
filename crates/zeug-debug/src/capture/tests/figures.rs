//! Owns the measurements: what a snapshot costs the failing request, and how long its first frames take. Run by hand: `cargo test -p zeug-debug --lib figures -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use super::{PATIENCE, alone, caught, fixtures, scope, snapshot};

/// The time that the threads of this process have had a processor: on a busy machine the clock on the wall says little.
fn processor() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads");
    let nanos = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// How long `run` takes: by the clock, and of a processor.
fn measured<T>(run: impl FnOnce() -> T) -> (Duration, Duration, T) {
    let (clock, cpu) = (Instant::now(), processor());
    let result = run();
    (clock.elapsed(), processor().saturating_sub(cpu), result)
}

/// The least time that a panic takes, with a scope around it and without.
fn failure() -> (Duration, Duration) {
    let fails = || measured(|| std::panic::catch_unwind(fixtures::overflow)).0;
    let runs = (0..51).map(|_| {
        let without = fails();
        let scope = scope();
        let with = fails();
        drop(scope.finish());
        (with, without)
    });
    runs.fold((Duration::MAX, Duration::MAX), |least, run| {
        (least.0.min(run.0), least.1.min(run.1))
    })
}

#[test]
#[ignore = "a measurement"]
fn cost_of_a_failure() {
    let _alone = alone();
    std::panic::set_hook(Box::new(|_| {}));
    drop(caught(fixtures::overflow));
    let (with, without) = failure();
    eprintln!("a panic: {with:?} with a snapshot, {without:?} without");
    let large = vec![1_u8; 1 << 30];
    let (with, without) = failure();
    let size = large.len() >> 20;
    eprintln!("with {size} MB more: {with:?} with a snapshot, {without:?} without");
    drop(large);
    let captured = caught(fixtures::overflow);
    let rollup = format!("/proc/{}/smaps_rollup", super::pid(&captured));
    let rollup = std::fs::read_to_string(rollup).expect("its memory");
    let private = rollup
        .lines()
        .filter(|line| line.starts_with("Private_Dirty"));
    eprintln!("a snapshot's own memory: {}", private.collect::<String>());
}

/// The memory of this process that is in use.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let lines = status.lines().filter(|line| line.starts_with("Rss"));
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "a measurement"]
fn time_to_the_first_frames() {
    let _alone = alone();
    let captured = caught(fixtures::everything);
    eprintln!("before: {}", resident());
    for name in ["first", "second"] {
        let frames = || snapshot(&captured).frames(PATIENCE).expect("frames").0;
        let (clock, cpu, frames) = measured(frames);
        eprintln!(
            "{name} frames: {clock:?}, of a processor {cpu:?}, {} frames",
            frames.len()
        );
    }
    let answer = || snapshot(&captured).evaluate(0, "item.sku", PATIENCE);
    let (clock, cpu, _) = measured(answer);
    eprintln!("an answer of the console: {clock:?}, of a processor {cpu:?}");
    eprintln!("after: {}", resident());
}
