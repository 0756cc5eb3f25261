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
    eprintln!(
        "{:?} {} at {:?}",
        captured.kind, captured.message, captured.place
    );
    for frame in frames(captured) {
        eprintln!(
            "  {}{} {:?}",
            if frame.own { "* " } else { "" },
            frame.function,
            frame.place.map(|p| p.line)
        );
        if frame.own {
            for v in frame.variables {
                eprintln!("      {}: {} = {:?}", v.name, v.type_name, v.value);
            }
        }
    }
}

#[test]
fn console_look() {
    let c = caught(|| fixtures::everything());
    print(&c);
    let snap = c.snapshot.as_ref().unwrap();
    for line in [
        "small",
        "vector[1].sku",
        "vector.len()",
        "vector[5]",
        "vectr",
        "item.prise_cents",
        "password",
        "user.token",
        "user",
        "headers[1].1",
        "headers[0].1",
        "map[\"one\"]",
        "map[\"two\"]",
        "map.get(\"one\")",
        "numbers[0..2]",
        "&numbers",
        "*reference",
        "**double",
        "some.unwrap() + 1",
        "none.unwrap()",
        "res.is_err()",
        "res.unwrap_err()",
        "small + 100",
        "small as u32 + 100",
        "text == \"x\"",
        "owned == \"owned\"",
        "text[0..6]",
        "mutex.lock().unwrap()",
        "ref_cell.borrow()[0]",
        "tuple.1",
        "shape",
        "shape_ref",
        "tree[39]",
        "many[999]",
        "numbers.iter().sum()",
        "1 +",
        "(1",
        "a = 3",
        "closure(1)",
        "*pointer",
        "*wild",
        "events[3].1",
        "json",
        "wide",
        "ratio * 2.0",
        "!truth && small > 3",
        "numbers.contains(2)",
        "many",
        "long",
    ] {
        eprintln!("> {line}");
        match snap.evaluate(0, line, PATIENCE) {
            Ok(a) => eprintln!("{}: {}", &a.value[..a.value.len().min(300)], a.type_name),
            Err(e) => eprintln!("{e}"),
        }
    }
}
