//! The real Flask, in a Python environment under `target/python` that is made at first use; `cargo xtask setup` makes it too.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed in it.
const PACKAGES: [&str; 4] = [
    "flask==3.1.3",
    "werkzeug==3.1.9",
    "itsdangerous==2.2.0",
    "flask-wtf==1.2.2",
];

/// The interpreter that has Flask, or `None` where there is no Python or nothing can be installed.
pub(crate) fn interpreter() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python");
    let python = folder.join("bin/python");
    let has_all = |python: &Path| {
        let imports = "import flask, flask_wtf, itsdangerous, werkzeug";
        quietly(Command::new(python).args(["-c", imports]))
    };
    if !has_all(&python) {
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        quietly(
            Command::new(&python)
                .args(["-m", "pip", "install", "-q"])
                .args(PACKAGES),
        );
    }
    has_all(&python).then_some(python)
}

fn quietly(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What `flask_peer.py` answers, a line for each line; `None` without Python.
pub(crate) fn ask(questions: &[String]) -> Option<Vec<String>> {
    let Some(python) = interpreter() else {
        eprintln!("left out: no Python environment with Flask can be made here");
        return None;
    };
    let mut peer = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/flask_peer.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = peer.stdin.take().unwrap();
    let text = questions.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = peer.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect(),
    )
}
