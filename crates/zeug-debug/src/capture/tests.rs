//! Owns the proofs of the whole way from a failure to its frames, their variables and the console's answers. The functions that fail are in `fixtures`.

mod console;
mod failures;
mod figures;
mod fixtures;
mod gdb;
mod lacks;
mod life;
#[cfg(all(feature = "console", target_env = "gnu"))]
mod lines;
mod values;

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeug_gateway::Request;

use super::Scope;
use crate::failure::Caught;
use crate::snapshot::Snapshot;
use crate::traceback::{Frame, Shown};

/// No test waits as long: a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Snapshots are limited in the whole process, so only one test at a time takes some.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is left of a request whose handler is `fails`.
#[track_caller]
fn caught(fails: impl FnOnce()) -> Caught {
    let scope = scope();
    let _ = panic::catch_unwind(AssertUnwindSafe(fails));
    scope.finish().1.expect("the failure was caught")
}

/// The scope of a request.
fn scope() -> Scope {
    Scope::enter(&Request::default(), "/")
}

#[track_caller]
fn snapshot(captured: &Caught) -> &Snapshot {
    let frozen = captured.frozen.as_ref().expect("frozen frames");
    frozen.snapshot().expect("a snapshot")
}

/// The frames of the fixtures.
#[track_caller]
fn own_frames(captured: &Caught) -> Vec<Frame> {
    let (frames, lack) = snapshot(captured).frames(PATIENCE).expect("frames");
    assert_eq!(lack, None);
    frames
        .into_iter()
        .filter(|frame| frame.own && frame.function.contains("fixtures::"))
        .collect()
}

/// A variable as one line: `name: type = value`.
fn line(variable: &crate::traceback::Variable) -> String {
    let value = match &variable.value {
        Shown::Value(value) => value.clone(),
        Shown::Hidden => "(hidden)".to_owned(),
        Shown::Missing(why) => format!("({why})"),
    };
    let path = "zeug_debug::capture::tests::fixtures::";
    let ty = variable.type_name.replace(path, "");
    format!("{}: {ty} = {}", variable.name, value.replace(path, ""))
}

/// The identifier of a snapshot's process.
fn pid(captured: &Caught) -> u32 {
    use std::os::fd::AsRawFd;
    let handle = snapshot(captured).handle().as_raw_fd();
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{handle}")).expect("fdinfo");
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:"));
    pid.expect("a process").trim().parse().expect("a number")
}

/// Runs a future to its end.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
