//! Owns the comparison with gdb, which is attached to the frozen process and asked for the same variables.

use std::process::Command;

use super::{alone, caught, fixtures, own_frames, pid};
use crate::traceback::Shown;

/// Variables of types that gdb knows without help. (Of enums whose variants have fields gdb 13 writes some and fails at others with an internal error.)
const COMPARED: [&str; 18] = [
    "small", "negative", "wide", "unsigned", "truth", "ratio", "text", "array", "tuple", "one",
    "unit", "some", "none", "res", "levels", "range", "ordering", "generic",
];

/// The words of a value: gdb writes types with their paths and parameters, enums before their variants, and `3.0` as `3`.
fn words(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '-' | '"' | '\\')))
        .map(|word| word.trim_end_matches(':').rsplit("::").next().unwrap_or(""))
        .map(|word| word.strip_suffix(".0").unwrap_or(word))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn gdb_sees_the_same() {
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("gdb is not installed (package gdb), left out: variables beside gdb's");
        return;
    }
    let _alone = alone();
    let captured = caught(fixtures::everything);
    let frames = own_frames(&captured);
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-batch", "-nx", "-iex", "set auto-load off"])
        .args([
            "-ex",
            "set print frame-arguments none",
            "-ex",
            "set width 0",
        ])
        .args(["-p", &pid(&captured).to_string()])
        .args([
            "-ex",
            "frame function zeug_debug::capture::tests::fixtures::everything",
        ]);
    for name in COMPARED {
        gdb.args([
            "-ex",
            &format!("echo @{name}=\\n"),
            "-ex",
            &format!("output {name}"),
        ]);
        gdb.args(["-ex", "echo \\n"]);
    }
    let output = gdb.output().expect("gdb runs");
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.contains("fixtures::everything") {
        let why = String::from_utf8_lossy(&output.stderr);
        eprintln!("gdb may not attach here, left out: variables beside gdb's\n{why}");
        return;
    }
    let mut compared = 0;
    for part in text.split('@').skip(1) {
        let (name, theirs) = part.split_once("=\n").expect("a name and a value");
        let theirs = theirs.lines().next().unwrap_or("");
        let variable = frames[0]
            .variables
            .iter()
            .find(|variable| variable.name == name);
        let Shown::Value(ours) = &variable.expect("a variable").value else {
            panic!("{name} has no value");
        };
        assert_eq!(words(ours), words(theirs), "{name}: {ours} and {theirs}");
        compared += 1;
    }
    assert_eq!(compared, COMPARED.len(), "{text}");
}
