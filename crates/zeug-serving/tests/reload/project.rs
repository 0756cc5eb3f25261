//! A package on disk, its program as a running process, and how both are asked. One at a time: cargo would have them wait for each other anyway.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long what must happen may take. A busy machine compiles slowly.
const PATIENCE: Duration = Duration::from_secs(240);

static ONE: Mutex<()> = Mutex::new(());

/// A package with a program.
pub(crate) struct Project {
    folder: PathBuf,
    _one: MutexGuard<'static, ()>,
}

/// What a program that answers `answer` looks like.
pub(crate) fn program(answer: &str) -> String {
    format!(
        "fn main() -> zeug_serving::Result {{
    zeug_serving::run_simple(\"127.0.0.1:0\", |_: zeug_gateway::Request| {answer:?})
}}
"
    )
}

impl Project {
    /// Makes a package of which only `src/main.rs` is given.
    pub(crate) fn new(name: &str, main: &str) -> Self {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("reload")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        let project = Self { folder, _one: one };
        let crates = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap()
            .to_owned();
        let manifest = format!(
            "[package]
name = \"{name}\"
version = \"0.1.0\"
edition = \"2024\"

[features]
default = [\"plain\"]
plain = []
loud = []

[dependencies]
zeug-gateway = {{ path = {:?} }}
zeug-serving = {{ path = {:?}, features = [\"adhoc\", \"reloader\"] }}

[workspace]
",
            crates.join("zeug-gateway"),
            crates.join("zeug-serving"),
        );
        project.write("Cargo.toml", &manifest);
        project.write("src/main.rs", main);
        // The versions that are there already.
        fs::copy(crates.join("../Cargo.lock"), project.path("Cargo.lock")).unwrap();
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn name(&self) -> &str {
        self.folder.file_name().unwrap().to_str().unwrap()
    }

    /// The folder that all packages are built in: their dependencies are the same.
    pub(crate) fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("reload/target")
    }

    /// Builds with cargo, as a user does; how long it took.
    pub(crate) fn build(&self, arguments: &[&str]) -> Duration {
        let begun = Instant::now();
        let mut command = Command::new(env!("CARGO"));
        // What cargo told this test: a user's shell does not have it.
        for (name, _) in std::env::vars_os() {
            let told = [
                "CARGO_PKG_",
                "CARGO_MANIFEST_",
                "CARGO_BIN_",
                "CARGO_CRATE_",
            ];
            if name
                .to_str()
                .is_some_and(|name| told.iter().any(|told| name.starts_with(told)))
            {
                command.env_remove(name);
            }
        }
        let output = command
            .args(["build", "--offline", "--quiet"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Self::target())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        begun.elapsed()
    }

    /// Builds and starts the program with a reloader.
    pub(crate) fn start(&self) -> Running {
        self.build(&[]);
        self.run(&format!("debug/{}", self.name()))
    }

    /// Starts a program that was built, with a reloader.
    pub(crate) fn run(&self, program: &str) -> Running {
        self.run_with(program, "")
    }

    /// The same, with cargo's arguments.
    pub(crate) fn run_with(&self, program: &str, arguments: &str) -> Running {
        let mut child = Command::new(Self::target().join(program))
            .current_dir(&self.folder)
            .env("ZEUG_RELOAD", "1")
            .env("CARGO", env!("CARGO"))
            .env("CARGO_NET_OFFLINE", "true")
            // As cargo run has it; these are this test's.
            .env_remove("CARGO_MANIFEST_DIR")
            .env_remove("CARGO_PKG_NAME")
            .env("ZEUG_RELOAD_CARGO", arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, kept) = (child.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let address =
            address.unwrap_or_else(|| panic!("no address in {line:?}: {}", log.lock().unwrap()));
        Running {
            address: address.parse().unwrap(),
            child,
            log,
        }
    }
}

/// A program with its reloader; both are ended when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Running {
    /// Asks as a program would; the whole answer.
    pub(crate) fn get(&self) -> String {
        get(self.address, "/", "*/*")
    }

    /// Asks as a browser would.
    pub(crate) fn browse(&self) -> String {
        get(
            self.address,
            "/",
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        )
    }

    /// What was said on the terminal so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// How often something was said.
    pub(crate) fn said(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// Waits until something was said so often.
    #[track_caller]
    pub(crate) fn until_said(&self, words: &str, times: usize) {
        until(
            || self.said(words) >= times,
            || format!("{words:?} {times} times in {}", self.log()),
        );
    }

    /// Asks until the answer ends so.
    #[track_caller]
    pub(crate) fn until_answered(&self, end: &str) -> String {
        let mut answer = String::new();
        let answered = || {
            answer = self.get();
            answer.ends_with(end)
        };
        until(answered, || format!("{end:?}: {}", self.log()));
        answer
    }

    /// The process of the program itself.
    pub(crate) fn program(&self) -> u32 {
        let parent = self.child.id();
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
        // A build may run beside it.
        let program = children
            .split_whitespace()
            .map(|child| child.parse().unwrap())
            .find(|child: &u32| {
                fs::read_link(format!("/proc/{child}/exe")).is_ok_and(|exe| !exe.ends_with("cargo"))
            });
        program.unwrap_or_else(|| panic!("no program: {}", self.log()))
    }

    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The program ends with its reloader.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(mut holds: impl FnMut() -> bool, what: impl FnOnce() -> String) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {}", what());
        thread::sleep(Duration::from_millis(5));
    }
}

/// Asks over a connection of its own; the whole answer.
pub(crate) fn get(address: SocketAddr, path: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer:?}");
    answer
}
