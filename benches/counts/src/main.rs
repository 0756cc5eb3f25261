//! zeug's hot paths and hostile shapes, run so that somebody else can count: `counts paths`, `counts shapes`, `counts times`.
//!
//! The first two print a line for each thing that they run inside of [`counted`], where callgrind begins and ends to count: its name, and how often it ran; for a shape, what the
//! clock says of it (without callgrind) and how many times the smaller size it is. `times` prints what the clock says.
//! It judges nothing: `cargo xtask icount` and `cargo xtask bench scale` do.

mod engine;
mod paths;
mod shapes;
mod times;

use std::io::{Write, stdout};
use std::process::ExitCode;

/// A line on standard output; a closed pipe is nobody's loss.
fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// What is counted: callgrind is told this function's name.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("paths") => {
            paths::run();
            engine::run();
        }
        Some("shapes") => shapes::run(),
        Some("times") => times::run(),
        _ => {
            say("counts paths|shapes|times");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
