//! Owns the one thread that reads debug information and snapshots for all who ask: what it knows of the program is read once, and a caller waits only as long as it wants to.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Process, lock};
use crate::dwarf::Program;
use crate::eval;
use crate::system::RawFrame;
use crate::traceback::{Answer, Frame};
use crate::value;

/// What the thread is asked to do.
type Job = Box<dyn FnOnce(Result<&Program, &str>) + Send>;

/// The way to the thread, once there is one.
static WORKER: Mutex<Option<Sender<Job>>> = Mutex::new(None);

/// The stack of the thread: values may lie in values for as deep as they are shown.
const STACK: usize = 16 << 20;

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

/// Has the thread run `job`, and waits for what it says.
fn ask<T: Send + 'static>(
    patience: Duration,
    job: impl FnOnce(&Program) -> T + Send + 'static,
) -> Result<T, String> {
    let (answer, answered) = mpsc::sync_channel(1);
    let job: Job = Box::new(move |program| {
        // Nobody may wait any more.
        let _ = answer.send(program.map(job).map_err(str::to_owned));
    });
    send(job)?;
    answered
        .recv_timeout(patience)
        .map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                let patience = patience.as_millis();
                format!("the snapshot was not read within {patience} ms")
            }
            RecvTimeoutError::Disconnected => {
                "the debugger itself failed while it read the snapshot".to_owned()
            }
        })?
}

/// Hands the job to the thread; begins one where there is none, or where a panic has ended it.
fn send(job: Job) -> Result<(), String> {
    let mut worker = lock(&WORKER);
    let job = match worker.as_ref() {
        Some(jobs) => match jobs.send(job) {
            Ok(()) => return Ok(()),
            Err(refused) => refused.0,
        },
        None => job,
    };
    let (jobs, taken) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("zeug-debug".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let program = Program::load();
            for job in taken {
                job(program.as_ref().map_err(String::as_str));
            }
        })
        .map_err(|error| format!("no thread for the debugger: {error}"))?;
    // It is there: the other end was just given to it.
    let _ = jobs.send(job);
    *worker = Some(jobs);
    Ok(())
}
