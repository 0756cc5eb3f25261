//! Owns the one thread that reads debug information and snapshots for all who ask: what it knows of the program is read once.

use std::sync::Arc;
use std::time::Duration;

use super::Process;
use crate::attendant::{Attendant, NoAnswer};
use crate::dwarf::Program;
use crate::eval;
use crate::system::RawFrame;
use crate::traceback::{Answer, Completed, Frame};
use crate::value;

static READER: Attendant<Result<Program, String>> = Attendant::new("zeug-debug", Program::load);

pub(super) fn frames(
    process: Option<&Arc<Process>>,
    frames: &Arc<[RawFrame]>,
    patience: Duration,
) -> Result<(Vec<Frame>, Option<String>), String> {
    let (process, frames) = (process.cloned(), Arc::clone(frames));
    ask(patience, move |program| {
        value::frames(program, process.as_deref(), &frames)
    })
}

pub(super) fn evaluate(
    process: &Arc<Process>,
    frames: &Arc<[RawFrame]>,
    frame: usize,
    line: &str,
    patience: Duration,
) -> Result<Answer, String> {
    let (process, frames) = (Arc::clone(process), Arc::clone(frames));
    let line = line.to_owned();
    ask(patience, move |program| {
        eval::evaluate(program, &process, &frames, frame, &line)
    })?
}

pub(super) fn complete(
    process: &Arc<Process>,
    frames: &Arc<[RawFrame]>,
    frame: usize,
    line: &str,
    patience: Duration,
) -> Result<Completed, String> {
    let (process, frames) = (Arc::clone(process), Arc::clone(frames));
    let line = line.to_owned();
    ask(patience, move |program| {
        eval::complete(program, &process, &frames, frame, &line)
    })?
}

/// Has the thread run `job`, and waits for what it says.
pub(super) fn ask<T: Send + 'static>(
    patience: Duration,
    job: impl FnOnce(&Program) -> T + Send + 'static,
) -> Result<T, String> {
    let answer = READER.ask(patience, move |program| {
        program.as_ref().map(job).map_err(String::clone)
    });
    answer.map_err(|none| match none {
        NoAnswer::Late => {
            let patience = patience.as_millis();
            format!("the snapshot was not read within {patience} ms")
        }
        NoAnswer::Failed => "the debugger itself failed while it read the snapshot".to_owned(),
        NoAnswer::NoThread => "no thread for the debugger".to_owned(),
    })?
}
