//! One criterion group run, and what it found read from criterion's own files below `target/criterion`. It builds nothing that is built, and judges nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::run::{cargo, progress, root, say};

use super::figures::{Figure, Group};

/// Criterion's options for a short run: a quarter of its time goes into each case, and into few resamples.
const QUICK: &str =
    "--warm-up-time 0.08 --measurement-time 0.24 --sample-size 12 --nresamples 2000";

/// Runs a group.
pub(super) fn run(name: &str, quick: bool) -> Result<Group, String> {
    let (since, begun) = (SystemTime::now(), Instant::now());
    let expected = Group::read(name).map_or(0, |group| group.figures.len());
    let mut command = cargo(["bench", "--package", "zeug-benches", "--quiet", "--bench"]);
    command.args([name, "--", "--noplot"]);
    if quick {
        command.args(QUICK.split(' '));
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo: {error}"))?;
    let (out, errors) = child
        .stdout
        .take()
        .zip(child.stderr.take())
        .ok_or("no output")?;
    // Both are read at once, so that neither pipe is ever full.
    let errors = thread::spawn(move || {
        BufReader::new(errors)
            .lines()
            .map_while(Result::ok)
            .collect()
    });
    let mut done = 0;
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        if let Some(id) = line
            .strip_prefix("Benchmarking ")
            .filter(|id| !id.contains(": "))
        {
            done += 1;
            let of = if done <= expected {
                format!(" of {expected}")
            } else {
                String::new()
            };
            progress(&format!("{name}: {done}{of}, {id}"));
        }
    }
    progress("");
    let errors: Vec<String> = errors.join().unwrap_or_default();
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        let last = errors.iter().rev().take(20).rev().cloned();
        return Err(format!("{status}\n{}", last.collect::<Vec<_>>().join("\n")));
    }
    let mut left_out: Vec<String> = errors
        .into_iter()
        .filter(|line| line.contains("left out"))
        .collect();
    left_out.dedup();
    let mut figures = Vec::new();
    for folder in results(&target().join("criterion")) {
        let written = fs::metadata(folder.join("estimates.json")).and_then(|data| data.modified());
        if written.is_ok_and(|written| written >= since) {
            figures.push(figure(&folder)?);
        }
    }
    if figures.is_empty() {
        return Err("criterion wrote nothing".to_owned());
    }
    say(&format!(
        "    {name}: {} cases of an implementation in {:.0} s",
        figures.len(),
        begun.elapsed().as_secs_f64()
    ));
    Ok(Group::new(name, left_out, figures))
}

pub(super) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folders `new` below, which hold what was found last.
fn results(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_dir() {
        } else if path.file_name().is_some_and(|name| name == "new") {
            found.push(path);
        } else {
            found.extend(results(&path));
        }
    }
    found
}

/// What lies in one of them.
fn figure(folder: &Path) -> Result<Figure, String> {
    let read = |name: &str| -> Result<Value, String> {
        let path = folder.join(name);
        let text = fs::read_to_string(&path);
        let value = text
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
        value.map_err(|error| format!("{}: {error}", path.display()))
    };
    let (about, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let text = |key: &str| about[key].as_str();
    // Criterion names an implementation as a function or, where it was given as a parameter, as a value.
    let implementation = text("function_id").or(text("value_str"));
    let median = &estimates["median"];
    let (case, implementation, time, low, high) = text("group_id")
        .zip(implementation)
        .zip(median["point_estimate"].as_f64())
        .zip(median["confidence_interval"]["lower_bound"].as_f64())
        .zip(median["confidence_interval"]["upper_bound"].as_f64())
        .map(|((((case, name), time), low), high)| (case, name, time, low, high))
        .ok_or_else(|| format!("{}: not as criterion writes it", folder.display()))?;
    Ok(Figure {
        case: case.to_owned(),
        implementation: implementation.to_owned(),
        time,
        low,
        high,
        elements: about["throughput"]["Elements"].as_u64().unwrap_or(1).max(1),
    })
}
