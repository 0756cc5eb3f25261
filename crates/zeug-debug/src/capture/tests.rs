//! Owns the proofs of the whole way from a failure to its frames, their variables and the console's answers. The functions that fail are in `fixtures`.

mod fixtures;

use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use super::{Captured, Scope};
use crate::traceback::{Frame, Shown};

const PATIENCE: Duration = Duration::from_secs(60);

/// What is left of a request whose handler is `fails`.
fn caught(fails: impl FnOnce()) -> Captured {
    let scope = Scope::enter();
    let _ = panic::catch_unwind(AssertUnwindSafe(fails));
    scope.finish().expect("the failure was caught")
}

fn frames(captured: &Captured) -> Vec<Frame> {
    let snapshot = captured.snapshot.as_ref().expect("a snapshot");
    snapshot.frames(PATIENCE).expect("frames").0
}

fn print(captured: &Captured) {
    eprintln!("{:?} {} at {:?}", captured.kind, captured.message, captured.place);
    for frame in frames(captured) {
        eprintln!("  {}{} {:?}", if frame.own { "* " } else { "" }, frame.function, frame.place.map(|p| p.line));
        if frame.own {
            for v in frame.variables {
                eprintln!("      {}: {} = {:?}", v.name, v.type_name, v.value);
            }
        }
    }
}

#[test]
fn look() {
    let start = std::time::Instant::now();
    let c = caught(|| fixtures::index());
    eprintln!("{:?}", start.elapsed());
    print(&c);
    eprintln!("{:?}", start.elapsed());
    let c = caught(|| fixtures::everything());
    print(&c);
    eprintln!("{:?}", start.elapsed());
}
