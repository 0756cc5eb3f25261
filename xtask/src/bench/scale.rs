//! `cargo xtask bench scale`: the curves that are no criterion group. Parsers are timed by `benches/counts`, servers by the means of `serve-bench`.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{cargo, measured, output, progress, say, step};
use crate::serve_bench::scale::{Point, Servers};

use super::curves::Found;

/// What is built before anything is timed.
pub(super) struct Prepared {
    servers: Servers,
    counts: PathBuf,
}

pub(super) fn prepare() -> Result<Prepared, String> {
    Ok(Prepared {
        counts: build_counts()?,
        servers: Servers::prepare()?,
    })
}

/// Builds the program of `benches/counts`, as benchmarks are built.
pub(crate) fn build_counts() -> Result<PathBuf, String> {
    let mut build = cargo([
        "build",
        "--quiet",
        "--package",
        "counts",
        "--profile",
        "bench",
    ]);
    step("counts", &mut build)?;
    Ok(super::criterion::target().join("release/counts"))
}

/// Measures all of them.
pub(super) fn run(prepared: &mut Prepared, quick: bool, command: &str) -> Result<(), String> {
    if quick {
        prepared.servers.quick();
    }
    let write = |name: &str, points: Vec<Point>| {
        let mut found = empty(command);
        for (series, x, y) in points {
            found.add(series, x, y);
        }
        found.write(name)
    };
    progress("parsers, 1 KiB to 64 MiB");
    parsers(prepared, command)?;
    say("    parsers: done");
    write("memory", prepared.servers.idle())?;
    say("    idle connections: done");
    write("handler-time", prepared.servers.sleeping()?)?;
    say("    handlers that sleep: done");
    let (rates, p99) = prepared.servers.connections()?;
    write("requests", rates)?;
    write("p99", p99)?;
    say("    connections: done");
    Ok(())
}

fn empty(command: &str) -> Found {
    Found {
        measured: measured(command),
        series: Vec::new(),
    }
}

fn parsers(prepared: &Prepared, command: &str) -> Result<(), String> {
    let lines = output(Command::new(&prepared.counts).arg("times"))?;
    let mut found = empty(command);
    for line in lines.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let numbers = |text: &str| {
            text.parse::<f64>()
                .map_err(|error| format!("{line}: {error}"))
        };
        let [name, bytes, seconds] = cells[..] else {
            return Err(format!("counts: {line}"));
        };
        found.add(name, numbers(bytes)?, numbers(seconds)? * 1e6);
    }
    found.write("parse")
}
