//! Owns what is said where the program does not hold all that is needed: its file is changed as other profiles would have built it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PATIENCE, alone, caught, fixtures, snapshot};

/// The words that begin the line which the test's process answers with.
const ANSWER: &str = "frames and why: ";

#[test]
#[ignore = "run by the others, from a copy of this program"]
fn answers() {
    let captured = caught(fixtures::index);
    let (frames, lack) = snapshot(&captured).frames(PATIENCE).expect("frames");
    let first = frames.first().map_or("", |frame| &frame.function);
    let count: usize = frames.iter().map(|frame| frame.variables.len()).sum();
    eprintln!(
        "{ANSWER}{first} | {count} variables | {}",
        lack.unwrap_or_default()
    );
}

/// What a copy of this program answers after `tool` has changed it; nothing where the tool is not there.
fn answer(name: &str, tool: &str, change: &[&str]) -> Option<String> {
    let program = std::env::current_exe().expect("the tests' program");
    let copy = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp");
    fs::create_dir_all(&copy).expect("a folder");
    let copy = copy.join(format!("zeug-debug-{name}-{}", std::process::id()));
    fs::copy(program, &copy).expect("a copy");
    let changed = Command::new(tool).args(change).arg(&copy).status();
    let answer = changed
        .is_ok_and(|status| status.success())
        .then(|| run(&copy));
    fs::remove_file(&copy).expect("removed");
    if answer.is_none() {
        eprintln!(
            "{tool} is not installed (package binutils), left out: programs without debug information"
        );
    }
    answer
}

fn run(program: &Path) -> String {
    let _alone = alone();
    let output = Command::new(program)
        .args([
            "--exact",
            "capture::tests::lacks::answers",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(ANSWER));
    line.unwrap_or(&text).to_owned()
}

#[track_caller]
fn says(found: Option<String>, expected: &str) {
    if let Some(found) = found {
        assert_eq!(found, expected);
    }
}

#[test]
fn without_debug_information_there_are_names() {
    says(
        answer("bare", "strip", &["--strip-debug"]),
        "zeug_debug::capture::tests::fixtures::pick | 0 variables | no variables: the program was built without debug information: set `debug = 2` in [profile.dev] of Cargo.toml",
    );
}

/// The reason alone: which function is named depends on what is left of the program.
fn why(found: String) -> String {
    match found.split_once(" | 0 variables | ") {
        Some((_, why)) => why.to_owned(),
        None => found,
    }
}

#[test]
fn a_stripped_program_says_so() {
    let found = answer("stripped", "strip", &["--strip-all"]);
    says(
        found.map(why),
        "no variables: the program is stripped: set `strip = false` and `debug = 2` in [profile.dev] of Cargo.toml",
    );
}

#[test]
fn compressed_debug_information_is_named() {
    let found = answer("compressed", "objcopy", &["--compress-debug-sections=zlib"]);
    says(
        found.map(why),
        "no variables: the debug information is compressed: leave out the linker's --compress-debug-sections",
    );
}
