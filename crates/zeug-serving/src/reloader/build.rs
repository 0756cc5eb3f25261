//! Owns one run of cargo: its words on the terminal as they come, and kept for the browser. It builds what it is told to; it decides nothing.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal};

use super::origin::Origin;
use super::program::ended;
use super::supervisor::Event;
use crate::sync::lock;

/// How much of cargo's words is kept for the browser.
const KEPT: usize = 1024 * 1024;

/// How long after cargo's end its last words are waited for. A compiler cache that it started may keep them open for ever.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// What a cargo of `cargo run` tells the program, and a build that is started by hand is not told. Build scripts that look at them would run again.
const TOLD: [&str; 4] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
];

/// A running cargo.
#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: u64,
    pub(super) begun: SystemTime,
    clock: Instant,
    child: Child,
    report: Arc<Mutex<Report>>,
}

/// What a build gave.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) messages: Vec<Message>,
    /// What cargo said itself.
    pub(super) said: String,
    /// Where the program is.
    pub(super) program: Option<PathBuf>,
    pub(super) kept: usize,
}

/// A message of the compiler, with its colours.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) error: bool,
    pub(super) headline: String,
    /// `src/main.rs:10:5`
    pub(super) place: Option<String>,
    pub(super) text: String,
}

impl Build {
    /// Starts cargo.
    pub(super) fn start(id: u64, origin: &Origin, events: &Sender<Event>) -> io::Result<Self> {
        let begun = SystemTime::now();
        let clock = Instant::now();
        let mut command = Command::new(&origin.cargo);
        for (name, _) in std::env::vars_os() {
            if name
                .to_str()
                .is_some_and(|name| TOLD.iter().any(|told| name.starts_with(told)))
            {
                command.env_remove(name);
            }
        }
        if let Some(wrapper) = wrapper(origin) {
            // The one that there was is called by it.
            if let Some(other) = std::env::var_os("RUSTC_WRAPPER").filter(|other| *other != wrapper)
            {
                command.env("ZEUG_RUSTC_WRAPPER", other);
            }
            command.env("RUSTC_WRAPPER", wrapper);
        }
        let mut child = command
            .args(&origin.arguments)
            .arg("--message-format=json-diagnostic-rendered-ansi")
            .env_remove("CARGO")
            .env("CARGO_TERM_COLOR", "always")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // So that it ends with all the compilers that it started.
            .process_group(0)
            .spawn()?;
        let report = Arc::new(Mutex::new(Report::default()));
        let (done, wait) = mpsc::channel::<()>();
        if let Some(stdout) = child.stdout.take() {
            let (report, done) = (Arc::clone(&report), done.clone());
            let name = origin.program.file_name().map(OsStr::to_owned);
            thread::Builder::new()
                .name("zeug-build".into())
                .spawn(move || {
                    for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                        hear(&line, name.as_deref(), &report);
                    }
                    drop(done);
                })?;
        }
        if let Some(stderr) = child.stderr.take() {
            let report = Arc::clone(&report);
            thread::Builder::new()
                .name("zeug-build".into())
                .spawn(move || {
                    copy(stderr, &report);
                    drop(done);
                })?;
        }
        let (process, said) = (Pid::from_child(&child), events.clone());
        thread::Builder::new()
            .name("zeug-build".into())
            .spawn(move || {
                ended(process);
                // Nothing is ever sent: this ends with the last reader, or with our patience.
                let _ = wait.recv_timeout(LAST_WORDS);
                let _ = said.send(Event::Built(id));
            })?;
        Ok(Self {
            id,
            begun,
            clock,
            child,
            report,
        })
    }

    /// Ends cargo and its compilers.
    pub(super) fn cancel(&self) {
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::TERM);
    }

    /// Whether it passed, what it said, and how long it took. Called once it has ended.
    pub(super) fn finish(mut self) -> io::Result<(bool, Report, Duration)> {
        let status = self.child.wait()?;
        Ok((
            status.success(),
            std::mem::take(&mut *lock(&self.report)),
            self.clock.elapsed(),
        ))
    }
}

impl Report {
    /// How much more may be kept.
    fn room(&mut self, wanted: usize) -> bool {
        self.kept = self.kept.saturating_add(wanted);
        self.kept <= KEPT
    }
}

/// The wrapper that `zeug-console` lays down for a debugger's console: it notes how the compiler is called, and changes nothing.
fn wrapper(origin: &Origin) -> Option<PathBuf> {
    let wrapper = origin.target.as_ref()?.join("zeug-console/rustc");
    wrapper.is_file().then_some(wrapper)
}

/// Writes to the terminal, without colours where it has none.
pub(super) fn show(text: &str) {
    let mut out = io::stderr().lock();
    let coloured = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    // There is nobody to tell that the terminal is gone.
    let _ = if coloured {
        out.write_all(text.as_bytes())
    } else {
        out.write_all(zeug_ansi::strip(text).as_bytes())
    };
}

/// Takes one of cargo's messages; `name` is the program's.
fn hear(line: &[u8], name: Option<&OsStr>, report: &Mutex<Report>) {
    let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else {
        // Not cargo's own, for example a proc-macro's that prints.
        return show(&format!("{}\n", String::from_utf8_lossy(line)));
    };
    match message["reason"].as_str() {
        Some("compiler-message") => {
            let message = &message["message"];
            let text = message["rendered"].as_str().unwrap_or_default();
            show(text);
            let mut report = lock(report);
            if report.room(text.len()) {
                report.messages.push(Message {
                    error: message["level"]
                        .as_str()
                        .is_some_and(|level| level.starts_with("error")),
                    headline: message["message"].as_str().unwrap_or_default().to_owned(),
                    place: place(message),
                    text: text.to_owned(),
                });
            }
        }
        Some("compiler-artifact") => {
            let program = message["executable"].as_str().map(PathBuf::from);
            // Where arguments were given there may be others.
            if let Some(program) = program.filter(|program| program.file_name() == name) {
                lock(report).program = Some(program);
            }
        }
        _ => {}
    }
}

/// Where a message points.
fn place(message: &serde_json::Value) -> Option<String> {
    let spans = message["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let (file, line, column) = (
        span["file_name"].as_str()?,
        &span["line_start"],
        &span["column_start"],
    );
    Some(format!("{file}:{line}:{column}"))
}

/// Copies cargo's own words, which come in lines.
fn copy(stderr: impl Read, report: &Mutex<Report>) {
    for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
        let line = format!("{}\n", String::from_utf8_lossy(&line));
        show(&line);
        let mut report = lock(report);
        if report.room(line.len()) {
            report.said.push_str(&line);
        }
    }
}
