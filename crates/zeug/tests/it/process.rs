//! An example as a running process, and raw connections to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running example; killed when dropped.
pub(crate) struct Example {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    _stdout: BufReader<ChildStdout>,
}

impl Example {
    /// Starts an example on a free port and reads the address that it prints.
    pub(crate) fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// The same, with more arguments.
    pub(crate) fn start_with(name: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program(name));
        command.arg("127.0.0.1:0").args(args);
        Self::spawn(&mut command)
    }

    /// Starts an example on a socket that it is passed as systemd does, with more in its environment.
    pub(crate) fn start_on(listener: &TcpListener, name: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new("sh");
        // The socket comes as standard input, which is what a child can be given, and becomes descriptor 3.
        command
            .args([
                "-c",
                "exec 3<&0 0</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\"",
            ])
            .arg(program(name))
            .envs(variables.iter().copied())
            .stdin(OwnedFd::from(listener.try_clone().unwrap()));
        Self::spawn(&mut command)
    }

    /// Starts an example with more in its environment.
    #[allow(dead_code, reason = "used by tests of some features alone")]
    pub(crate) fn start_env(name: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program(name));
        Self::spawn(command.arg("127.0.0.1:0").envs(variables.iter().copied()))
    }

    /// Starts a program that prints its address as `run_simple` does.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{command:?}: {error}; run `cargo build -p zeug --examples`")
            });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("{command:?}: no address in {line:?}"));
        Self {
            address,
            child,
            _stdout: stdout,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends bytes, says that nothing more comes, and gives all that is answered.
    pub(crate) fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that refuses early may close before all is sent.
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        read_all(stream)
    }

    /// What is printed on the terminal until all of these texts were, and then until the process has ended.
    #[allow(dead_code, reason = "used by tests of some features alone")]
    pub(crate) fn log_once(mut self, texts: &[&str]) -> String {
        let mut lines = BufReader::new(self.child.stderr.take().unwrap());
        let mut log = String::new();
        while !texts.iter().all(|text| log.contains(text)) {
            assert!(lines.read_line(&mut log).unwrap() > 0, "ended after {log}");
        }
        self.terminate();
        lines.read_to_string(&mut log).unwrap();
        log
    }

    /// All lines of the access log so far, once the process has ended.
    pub(crate) fn log(mut self) -> String {
        self.terminate();
        self.child.wait().unwrap();
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        log
    }

    pub(crate) fn terminate(&self) {
        let status = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where an example is built.
pub(crate) fn program(name: &str) -> PathBuf {
    let mut path = PathBuf::from(std::env::current_exe().unwrap().parent().unwrap());
    path.pop();
    path.push("examples");
    path.push(name);
    path
}

/// Reads to the end of the connection.
pub(crate) fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let result = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    if let Err(error) = result {
        panic!("{error} after {text:?}");
    }
    text
}

/// Reads one answer with a `Content-Length`; the head and the body.
pub(crate) fn read_answer(stream: &mut impl BufRead) -> (String, Vec<u8>) {
    let mut head = String::new();
    loop {
        let begun = head.len();
        assert!(
            stream.read_line(&mut head).unwrap() > 0,
            "the connection ended after {head:?}"
        );
        if &head[begun..] == "\r\n" {
            break;
        }
    }
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        })
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}
