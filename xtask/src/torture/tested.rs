//! Trials of a crate and not of the server: tests that are run here so that the list is whole, or for longer than an ordinary run takes, and a comparison with other
//! parsers.

use std::process::Command;

use super::{Figure, Yard, at_least, exactly};
use crate::run::{cargo, root, step};
use crate::setup;

/// How many orders `schedules` tries of each kind: eight kinds, 104,000 orders.
const SCHEDULES: usize = 13_000;
/// Two scenarios, with and without time-outs, under two schedulers.
const KINDS: usize = 8;

/// Runs tests of `zeug-serving`; how many passed.
fn passed(words: &[&str], settings: &[(&str, &str)]) -> Result<usize, String> {
    let mut command = cargo(["test", "--quiet", "-p", "zeug-serving", "--test"]);
    let output = command
        .args(words)
        .envs(settings.iter().copied())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(text.trim().to_owned());
    }
    text.lines()
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .filter_map(|rest| rest.split(' ').next()?.parse::<usize>().ok())
        .next()
        .ok_or_else(|| "cargo shows no result".to_owned())
}

/// Row 6.
pub(super) fn smuggling(_: &Yard) -> Result<Vec<Figure>, String> {
    let words = ["it", "--", "no_second_request_is_smuggled"];
    Ok(vec![exactly("tests passed", passed(&words, &[])?, 1)])
}

/// Row 52.
pub(super) fn schedules(_: &Yard) -> Result<Vec<Figure>, String> {
    let count = SCHEDULES.to_string();
    let words = ["schedules", "--", "while_time"];
    let passed = passed(&words, &[("ZEUG_SCHEDULES", &count)])?;
    let tried = (SCHEDULES * KINDS) as f64;
    Ok(vec![
        at_least("orders of threads tried", tried, 100_000.0, "orders"),
        exactly("scenarios without a deadlock or a livelock", passed, 4),
    ])
}

/// Row 8.
pub(super) fn fronts(_: &Yard) -> Result<Vec<Figure>, String> {
    setup::fronts()?;
    let words = ["it", "--", "--include-ignored", "counts_the_same_requests"];
    let passed = passed(&words, &[("ZEUG_FRONTS", "all")])?;
    Ok(vec![exactly("fronts that count as zeug does", passed, 6)])
}

/// Row 10.
pub(super) fn differential(yard: &Yard) -> Result<Vec<Figure>, String> {
    let count: usize = if yard.whole { 10_000_000 } else { 1_000_000 };
    let python = setup::oracles()?;
    let example = ["build", "--release", "--quiet", "-p", "zeug-h1"];
    step("judge", cargo(example).args(["--example", "judge"]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let output = Command::new(python)
        .arg(root().join("crates/zeug-h1/tests/differential/compare.py"))
        .arg(target.join("release/examples/judge"))
        .args([&count.to_string(), "20261122"])
        .arg(root().join("../shared/corpora"))
        .output()
        .map_err(|error| format!("compare.py: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let found = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1)?.parse::<usize>().ok()
    };
    let figure = |name| found(name).ok_or_else(|| format!("compare.py says {text:?}"));
    Ok(vec![
        exactly("requests", figure("requests")?, count),
        at_least(
            "accepted",
            figure("accepted")? as f64,
            count as f64 / 100.0,
            "requests",
        ),
        exactly(
            "accepted, and refused by h11 and httptools",
            figure("alone")?,
            0,
        ),
        exactly("with another body than theirs", figure("otherwise")?, 0),
    ])
}
