//! Three examples that fail in six ways each: the frames of the application and their variables, beside what gdb reads of the same frozen process.

use std::process::Command;

use serde_json::Value;

use super::failed;
use crate::process::{Example, program};

/// An example, its arguments, and the requests that fail: an index out of bounds, `unwrap` on a library's error, an error through three `?`, a failure inside an iterator chain, a poisoned
/// lock, an overflow.
pub(crate) const PROGRAMS: [(&str, &[&str], [&str; 6]); 4] = [
    (
        "shop",
        &[],
        [
            "/cart",
            "/delivery?by=soon",
            "/order?number=A-1017",
            "/sum?discount=100",
            "/stock",
            "/loyalty?points=200",
        ],
    ),
    (
        "wiki",
        &[":memory:"],
        [
            "/broken/contents",
            "/broken/search",
            "/broken/print",
            "/broken/density",
            "/broken/cache",
            "/broken/size",
        ],
    ),
    (
        "api",
        &[],
        [
            "/broken/colour",
            "/broken/import",
            "/broken/restore",
            "/broken/second",
            "/broken/visits",
            "/broken/quota",
        ],
    ),
    (
        "depot",
        &[],
        [
            "/track/AT-7",
            "/due?by=soon",
            "/import",
            "/loads?vans=0",
            "/tour",
            "/shelves",
        ],
    ),
];

/// The processes that were forked from this one.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| {
        std::fs::read_to_string(format!("/proc/{id}/status"))
            .is_ok_and(|status| status.contains(&format!("\nPPid:\t{parent}\n")))
    })
    .collect()
}

/// What gdb says of each of these processes; nothing where it is not there or may not attach.
fn beside(name: &str, frozen: &[u32]) -> Option<Vec<Value>> {
    let ids: Vec<_> = frozen.iter().map(u32::to_string).collect();
    let output = Command::new("gdb")
        .args(["-q", "-batch", "-nx", "-iex", "set auto-load off"])
        .args(["-iex", "set debuginfod enabled off", "-x"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/debugger/gdb_frames.py"
        ))
        .arg(program(name))
        .env("FROZEN", ids.join(","))
        .env("SOURCES", "/crates/zeug/examples/")
        .env("CRATES", name)
        .output();
    let Ok(output) = output else {
        eprintln!("gdb is not installed (package gdb), left out: frames beside gdb's");
        return None;
    };
    let told = String::from_utf8_lossy(&output.stdout);
    let lines = told
        .lines()
        .filter_map(|line| line.strip_prefix("FRAMES "))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect::<Vec<_>>();
    let why = String::from_utf8_lossy(&output.stderr);
    if lines.is_empty() && why.contains("ptrace") {
        eprintln!("gdb may not attach here, left out: frames beside gdb's\n{why}");
        return None;
    }
    assert_eq!(lines.len(), frozen.len(), "{told}\n{why}");
    Some(lines)
}

/// The end of a function's name, without parameters; closures and `async` blocks are alike.
fn bare(function: &str) -> String {
    let mut depth = 0;
    let mut name = String::new();
    for char in function.chars() {
        match char {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => name.push(char),
            _ => {}
        }
    }
    let last = name.rsplit("::").next().unwrap();
    match last.starts_with('{') {
        true => "{..}".to_owned(),
        false => last.to_owned(),
    }
}

/// How many there were.
#[derive(Debug, Default)]
struct Counts {
    frames: usize,
    /// Variables that the page names, and those of them with a value.
    ours: usize,
    shown: usize,
    /// Variables that gdb names, and those of them whose value it tells plainly.
    theirs: usize,
    compared: usize,
}

/// Variables that no line of the examples declares: what `?` hands on, what `.await` waits with, what `for` asks. And the whole parameters of async functions, `__arg0`.
const COMPILERS: [&str; 4] = ["residual", "__awaitee", "_task_context", "iter"];

/// Compares the frames of one failure; the differences.
fn compare(path: &str, ours: &Value, theirs: &Value, counts: &mut Counts) -> Vec<String> {
    let mut differences = Vec::new();
    let own = ours["frames"].as_array().unwrap().iter();
    let own: Vec<_> = own.filter(|frame| frame["own"] == true).collect();
    let theirs = theirs.as_array().unwrap();
    let names = |frames: &[&Value], place: &dyn Fn(&Value) -> (Value, Value)| -> Vec<_> {
        let name = |frame: &&Value| {
            let (file, line) = place(frame);
            let function = bare(frame["function"].as_str().unwrap());
            (function, file, line)
        };
        frames.iter().map(name).collect()
    };
    let theirs: Vec<_> = theirs.iter().collect();
    assert_eq!(
        names(&own, &|frame| (
            frame["place"]["file"].clone(),
            frame["place"]["line"].clone()
        )),
        names(&theirs, &|frame| (
            frame["file"].clone(),
            frame["line"].clone()
        )),
        "{path}"
    );
    for (own, theirs) in own.iter().zip(theirs) {
        counts.frames += 1;
        let variables = own["variables"].as_array().unwrap();
        let values = theirs["variables"].as_object().unwrap();
        counts.ours += variables.len();
        let shown = variables.iter().filter(|one| one["value"].is_string());
        counts.shown += shown.count();
        for (name, value) in values {
            if COMPILERS.contains(&name.as_str()) || name.starts_with("__arg") {
                continue;
            }
            counts.theirs += 1;
            let found = variables.iter().find(|variable| variable["name"] == **name);
            counts.compared += usize::from(value.is_string());
            match found {
                Some(found) if value.is_null() || found["value"] == *value => {}
                _ => differences.push(format!(
                    "{path}: {name} of {} is {value}, and not {found:?}",
                    own["function"]
                )),
            }
        }
    }
    differences
}

#[test]
fn gdb_sees_the_same() {
    for (name, args, paths) in PROGRAMS {
        let example = Example::start_with(name, args);
        let mut frozen = Vec::new();
        let failures = paths.map(|path| {
            let failure = failed(&example, path);
            let mut new = children(example.child.id());
            new.retain(|child| !frozen.contains(child));
            assert_eq!(new.len(), 1, "{path} froze one process");
            frozen.append(&mut new);
            failure
        });
        let Some(theirs) = beside(name, &frozen) else {
            return;
        };
        let mut counts = Counts::default();
        let mut differences = Vec::new();
        for ((path, ours), theirs) in paths.iter().zip(&failures).zip(&theirs) {
            differences.append(&mut compare(path, ours, theirs, &mut counts));
        }
        assert!(differences.is_empty(), "{differences:#?}");
        eprintln!("{name}: {counts:?}");
        assert_eq!(counts.ours, counts.theirs);
        assert!(counts.compared * 3 > counts.theirs, "not much was compared");
    }
}
