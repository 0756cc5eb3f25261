//! Real programs beside the tests: nginx, a browser, a Flask program, an example of this crate, each on a free port and ended with its guard. One that is not installed is left out,
//! and the test says so (`cargo xtask setup` installs them).

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::python;

/// How long what must happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running program; asked to end when dropped, and then made to.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    folder: Option<TempDir>,
}

impl Program {
    /// An example of this crate, which prints where it listens.
    pub(crate) fn example(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut path = PathBuf::from(std::env::current_exe().unwrap().parent().unwrap());
        path.pop();
        path.push("examples");
        path.push(name);
        let mut command = Command::new(&path);
        command.arg("127.0.0.1:0").envs(variables.iter().copied());
        Self::that_prints(command)
    }

    /// The Flask program beside these tests; `None` without Python.
    pub(crate) fn flask() -> Option<Self> {
        let Some(python) = python::interpreter() else {
            eprintln!("left out: no Python environment with Flask can be made here");
            return None;
        };
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/flask_upstream.py"));
        Some(Self::that_prints(command))
    }

    fn that_prints(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{command:?}: {error}; run `cargo build -p zeug-middleware --examples`")
            });
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next())
            .unwrap_or_else(|| panic!("{command:?}: no address in {line:?}"));
        Self {
            address: address.parse().unwrap(),
            child,
            folder: None,
        }
    }

    /// nginx with these upstreams and locations: `server` is told the address and the folder, which holds `files`; `None` where it is not installed.
    pub(crate) fn nginx(
        files: &[(&str, &[u8])],
        http: impl FnOnce(SocketAddr, &Path) -> String,
    ) -> Option<Self> {
        let program = on_path("nginx")?;
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let http = http(address, folder.path());
        let path = folder.path().display();
        let text = format!(
            "daemon off; user root; worker_processes 1; pid {path}/pid; error_log {path}/errors;
events {{ worker_connections 512; }}
http {{
  access_log off; default_type text/plain;
  client_body_temp_path {path}/b; proxy_temp_path {path}/p; fastcgi_temp_path {path}/f; uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;
  {http}
}}
"
        );
        let config = folder.path().join("config");
        fs::write(&config, text).unwrap();
        let child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("start")).unwrap())
            .spawn()
            .unwrap();
        let mut program = Self {
            child,
            address,
            folder: Some(folder),
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = program.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "nginx does not start: {}",
                program.read("start")
            );
            std::thread::yield_now();
        }
        Some(program)
    }

    fn read(&self, name: &str) -> String {
        let folder = self.folder.as_ref().unwrap();
        fs::read_to_string(folder.path().join(name)).unwrap_or_default()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // nginx's children end with their parent where it is asked, not killed.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let begun = Instant::now();
        while asked.is_ok() && begun.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::yield_now();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a program is; `None`, with a word, where it is not installed.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("left out: {program} is not installed");
    }
    found
}
