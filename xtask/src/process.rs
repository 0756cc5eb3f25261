//! A program that serves, started for a measurement or a trial: where it listens, what it costs, and its end. It knows nothing of what is asked of it.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to listen.
const START: Duration = Duration::from_secs(20);

/// A running program; it is killed when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What a program and its children have used of the processor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

impl Usage {
    pub(crate) fn total(self) -> Duration {
        self.user + self.system
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

/// A loopback address with a port that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port: {error}"))
}

impl Running {
    /// Starts a program that will listen on `address`, and waits until it does.
    pub(crate) fn start(command: &mut Command, address: SocketAddr) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let mut running = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("{name} ended at its start: {status}"));
            }
            if begun.elapsed() > START {
                return Err(format!("{name} does not listen on {address}"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The program itself and its children.
    fn family(&self) -> Vec<u32> {
        let mut family = vec![self.pid()];
        let mut next = 0;
        while let Some(&pid) = family.get(next) {
            next += 1;
            for task in entries(&format!("/proc/{pid}/task")) {
                let children = read(&format!("/proc/{pid}/task/{task}/children"));
                family.extend(
                    children
                        .split_whitespace()
                        .filter_map(|word| word.parse::<u32>().ok()),
                );
            }
        }
        family
    }

    /// The processor time used so far.
    pub(crate) fn usage(&self) -> Usage {
        let tick = 1.0 / rustix::param::clock_ticks_per_second() as f64;
        let mut usage = Usage::default();
        for pid in self.family() {
            let stat = read(&format!("/proc/{pid}/stat"));
            // The name may hold blanks: the fields are counted from behind it.
            let fields: Vec<&str> = stat
                .rsplit_once(')')
                .map(|(_, rest)| rest.split_whitespace().collect())
                .unwrap_or_default();
            let time = |index: usize| {
                let ticks: f64 = fields
                    .get(index)
                    .and_then(|word| word.parse().ok())
                    .unwrap_or(0.0);
                Duration::from_secs_f64(ticks * tick)
            };
            usage.user += time(11);
            usage.system += time(12);
        }
        usage
    }

    /// The resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.family()
            .into_iter()
            .map(|pid| status(pid, "VmRSS:") * 1024)
            .sum()
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> u64 {
        self.family()
            .into_iter()
            .map(|pid| status(pid, "Threads:"))
            .sum()
    }

    /// How many descriptors are open.
    pub(crate) fn descriptors(&self) -> usize {
        self.family()
            .into_iter()
            .map(|pid| entries(&format!("/proc/{pid}/fd")).len())
            .sum()
    }

    /// Whether the program has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Waits for the program's end.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<std::process::ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM first: nginx's children end with their parent. Those of strace do not.
        let family = self.family();
        if self.ended().is_none() {
            self.signal(Signal::TERM);
            if self.wait(Duration::from_millis(300)).is_none() {
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
        for pid in family.into_iter().skip(1) {
            send(pid, Signal::KILL);
        }
    }
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // One that has ended already needs none.
        let _ = kill_process(pid, signal);
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn entries(path: &str) -> Vec<String> {
    fs::read_dir(Path::new(path))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect()
}

/// A number of `/proc/PID/status`.
fn status(pid: u32, name: &str) -> u64 {
    read(&format!("/proc/{pid}/status"))
        .lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
