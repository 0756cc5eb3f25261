//! Owns a fixture that was built with the wrapper and stopped in gdb: its frames as places, and answers to lines. It knows no expectations.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use object::{Object, ObjectSymbol};
use serde_json::Value;
use zeug_console::{Compiled, Local, Place, Records, Stop};

pub(crate) fn stop() -> Stop {
    Stop::after(Duration::from_secs(300))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A cargo that builds the fixture at `target`.
pub(crate) fn cargo(target: &Path, words: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO") && name != "CARGO_HOME" || name.starts_with("RUSTC")
        }) {
            cargo.env_remove(name);
        }
    }
    cargo
        .args(words)
        .args(["--quiet", "--offline", "--target-dir"])
        .arg(target)
        .arg("--manifest-path")
        .arg(fixtures().join("ledger/Cargo.toml"));
    cargo
}

#[track_caller]
pub(crate) fn passes(command: &mut Command) {
    assert!(command.status().expect("cargo").success());
}

/// The fixture, built with the wrapper.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zeug-console");
        let program = target.join("debug/ledger");
        passes(&mut cargo(&target, &["build"]));
        let records =
            |name| Records::of(&program.with_file_name(name)).expect("a program of cargo's");
        let wrapper = records("ledger").wrapper().expect("a wrapper");
        if !["ledger", "threads"]
            .iter()
            .all(|name| records(name).is_complete())
        {
            passes(&mut cargo(
                &target,
                &["clean", "--package", "ledger", "--package", "tariff"],
            ));
            passes(cargo(&target, &["build"]).env("RUSTC_WRAPPER", wrapper));
        }
        program
    })
}

/// A frame of the stopped program.
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// The program, stopped.
pub(crate) struct Stopped {
    gdb: Child,
    out: BufReader<std::process::ChildStdout>,
    tasks: PathBuf,
    pub(crate) process: u32,
    pub(crate) frames: Vec<Seen>,
}

impl Stopped {
    /// The fixture.
    pub(crate) fn new() -> Self {
        Self::of_program(program())
    }

    pub(crate) fn of_program(program: &Path) -> Self {
        let tasks = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "tasks-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        let mut gdb = Command::new("gdb")
            .args(["-q", "-nx", "-batch", "-x"])
            .arg(fixtures().join("frames.py"))
            .arg("--args")
            .arg(program)
            .env("LEDGER_TASKS", &tasks)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("gdb");
        if let Ok(ask) = std::env::var("ZEUG_CONSOLE_ASK") {
            let command = Command::new("sh").args(["-c", &ask]).spawn();
            let mut shell = command.expect("a shell");
            std::thread::spawn(move || shell.wait());
        }
        let mut out = BufReader::new(gdb.stdout.take().expect("its output"));
        let told = wait_for(&mut out, "FRAMES ");
        let told: Value = serde_json::from_str(&told).expect("frames as JSON");
        let bytes = fs::read(program).expect("the program");
        let file = object::File::parse(bytes.as_slice()).expect("an ELF file");
        let symbols: Vec<_> = file.symbols().filter(|each| each.size() > 0).collect();
        let number = |value: &Value| value.as_u64().expect("a number");
        let base = number(&told["entry"]) - file.entry();
        let frames = told["frames"].as_array().expect("a list");
        let seen = frames.iter().map(|frame| {
            let address = number(&frame["address"]) - base;
            let symbol = symbols
                .iter()
                .find(|each| (each.address()..each.address() + each.size()).contains(&address));
            let locals = frame["locals"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|local| Local {
                    name: local["name"].as_str().unwrap_or_default().to_owned(),
                    line: u32::try_from(number(&local["line"])).unwrap_or(0),
                    size: Some(number(&local["size"])),
                    type_name: local["type"].as_str().map(str::to_owned),
                });
            Seen {
                name: frame["name"].as_str().unwrap_or_default().to_owned(),
                place: Place {
                    file: frame["file"].as_str().unwrap_or_default().into(),
                    line: u32::try_from(number(&frame["line"])).unwrap_or(0),
                    // gdb tells none. Where a line has more than one place, the last call is where it stands.
                    column: column(frame),
                    symbol: symbol
                        .and_then(|each| each.name().ok())
                        .unwrap_or_default()
                        .to_owned(),
                    locals: locals.collect(),
                },
            }
        });
        let frames = seen.collect();
        let process = u32::try_from(number(&told["process"])).expect("a process");
        Self {
            gdb,
            out,
            tasks,
            process,
            frames,
        }
    }

    /// The index of the frame of a function.
    #[track_caller]
    pub(crate) fn of(&self, name: &str) -> usize {
        let names = || self.frames.iter().map(|frame| frame.name.as_str());
        let found = names().position(|each| each.ends_with(name));
        found
            .or_else(|| names().position(|each| each.contains(name)))
            .unwrap_or_else(|| panic!("no frame of {name}"))
    }

    /// Runs compiled lines, each in a frame: what each said, by kind, and what it printed (kind 200).
    pub(crate) fn run(mut self, lines: &[(usize, Compiled)]) -> Vec<HashMap<u32, String>> {
        let tasks: String = lines
            .iter()
            .map(|(frame, compiled)| {
                let locals: String = compiled
                    .locals
                    .iter()
                    .map(|local| format!(" {local}"))
                    .collect();
                format!(
                    "{} {} {frame}{locals}\n",
                    compiled.file.display(),
                    compiled.entry
                )
            })
            .collect();
        fs::write(&self.tasks, tasks).expect("a file for tasks");
        let answers = PathBuf::from(format!("{}.answers", self.tasks.display()));
        let _ = fs::remove_file(&answers);
        let stdin = self.gdb.stdin.as_mut().expect("gdb's input");
        stdin.write_all(b"\n").expect("gdb listens");
        wait_for(&mut self.out, "DONE");
        let mut said = vec![HashMap::new(); lines.len()];
        for line in fs::read_to_string(&answers).expect("answers").lines() {
            let mut parts = line.splitn(3, ' ');
            let mut number = || {
                parts
                    .next()
                    .and_then(|part| part.parse::<usize>().ok())
                    .expect("a number")
            };
            let (index, kind) = (number(), u32::try_from(number()).expect("a kind"));
            let text: String =
                serde_json::from_str(&parts.next().expect("a text").replace("\\'", "'"))
                    .expect("a text");
            said[index].insert(kind, text);
        }
        for ((_, compiled), said) in lines.iter().zip(&mut said) {
            let printed = format!("{}.out", compiled.file.display());
            said.insert(200, fs::read_to_string(printed).unwrap_or_default());
        }
        let _ = fs::remove_file(answers);
        said
    }
}

fn column(frame: &Value) -> u32 {
    let text = fs::read_to_string(frame["file"].as_str().unwrap_or_default()).unwrap_or_default();
    let line = frame["line"]
        .as_u64()
        .and_then(|line| usize::try_from(line).ok())
        .unwrap_or(0);
    let at = text
        .lines()
        .nth(line - 1)
        .and_then(|line| line.find("consume("));
    at.map_or(0, |at| u32::try_from(at + 1).unwrap_or(0))
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.gdb.kill();
        let _ = self.gdb.wait();
        let _ = fs::remove_file(&self.tasks);
    }
}

/// What follows `word` in the line that begins with it.
#[track_caller]
fn wait_for(out: &mut impl BufRead, word: &str) -> String {
    let mut lines = out.lines().map_while(Result::ok);
    let found = lines.find_map(|line| line.strip_prefix(word).map(str::to_owned));
    found.unwrap_or_else(|| panic!("gdb did not say {word}"))
}
