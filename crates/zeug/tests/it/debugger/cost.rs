//! What the debugger costs a request that does not fail: the instructions of a debug build, which callgrind counts. Run by hand:
//! `cargo test -p zeug --all-features --test it cost_ -- --ignored --nocapture`.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::process::{Example, program, read_answer};

/// Eight fields, as a browser sends them.
const FIELDS: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
Accept-Language: en\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nCookie: theme=dark\r\nSec-Fetch-Site: none\r\n";

/// The instructions of a process that answers that many requests: all, and those of the debugger.
fn instructions(name: &str, args: &[&str], path: &str, requests: usize) -> (i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let counted = folder.path().join("counted");
    let mut command = Command::new("valgrind");
    command
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", counted.display()))
        .arg(program(name))
        .arg("127.0.0.1:0")
        .args(args);
    let example = Example::spawn(&mut command);
    let mut stream = std::io::BufReader::new(example.connect());
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\n{FIELDS}\r\n",
        example.address
    );
    for _ in 0..requests {
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (head, _) = read_answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    }
    drop(stream);
    let log = example.log();
    assert!(counted.exists(), "{log}");
    (total(&counted), debuggers(&counted))
}

fn total(counted: &Path) -> i64 {
    let text = std::fs::read_to_string(counted).unwrap();
    let totals = text
        .lines()
        .filter_map(|line| line.strip_prefix("totals: "));
    totals.map(|total| total.parse::<i64>().unwrap()).sum()
}

/// What is spent within the debugger's layer, without the handler that it calls.
fn debuggers(counted: &Path) -> i64 {
    let text = std::fs::read_to_string(counted).unwrap();
    let mut names = HashMap::new();
    let mut name = |text: &str| {
        let (id, name) = text.split_once(' ').unwrap_or((text, ""));
        if !name.is_empty() {
            names.insert(id.to_owned(), name.to_owned());
        }
        names[id].clone()
    };
    let (mut caller, mut callee, mut called) = (String::new(), String::new(), false);
    let mut spent = 0;
    for line in text.lines() {
        if let Some(function) = line.strip_prefix("fn=") {
            caller = name(function);
        } else if let Some(function) = line.strip_prefix("cfn=") {
            callee = name(function);
        } else if line.starts_with("calls=") {
            called = true;
        } else if std::mem::take(&mut called) {
            // The line below a call says what was spent within it.
            let within: i64 = line.rsplit(' ').next().unwrap().parse().unwrap();
            let layer = |name: &str| name.starts_with("<zeug_debug::debugger::Debugged<");
            if layer(&callee) && callee.ends_with("::handle") {
                spent += within;
            } else if layer(&caller) && callee.ends_with("::handle") {
                spent -= within;
            }
        }
    }
    spent
}

#[test]
#[ignore = "a measurement"]
fn cost_when_nothing_fails() {
    for (name, args, path) in [
        ("shop", &[][..], "/"),
        ("wiki", &[":memory:"], "/Main%20Page/log"),
    ] {
        let few = instructions(name, args, path, 100);
        let many = instructions(name, args, path, 600);
        let (all, debugger) = ((many.0 - few.0) / 500, (many.1 - few.1) / 500);
        let rest = all - debugger;
        let percent = debugger as f64 * 100.0 / rest as f64;
        eprintln!(
            "{name} {path}: {debugger} of the debugger beside {rest}, {percent:.2} % of a request"
        );
    }
}
