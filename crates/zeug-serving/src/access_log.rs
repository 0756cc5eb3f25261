//! Owns the access log: one line a request, gathered by the threads that answer and written by a thread of its own. It never makes a request wait:
//! where standard error takes nothing, lines are dropped and counted.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http::{StatusCode, Version};

use crate::sync::lock;

/// How many bytes may wait to be written.
const WAITING: usize = 1024 * 1024;
/// How long lines are gathered before they are written.
const GATHER: Duration = Duration::from_millis(10);

/// One request's line.
pub(crate) struct Entry<'a> {
    pub(crate) peer: Option<SocketAddr>,
    /// Seconds since 1970.
    pub(crate) second: u64,
    pub(crate) method: &'a str,
    pub(crate) target: &'a [u8],
    pub(crate) version: Version,
    pub(crate) status: StatusCode,
    /// Bytes of the answer's body where they are known when its head is written.
    pub(crate) length: Option<u64>,
}

/// The log as the answering threads see it.
#[derive(Debug)]
pub(crate) struct Log {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: String,
    dropped: u64,
    stop: bool,
    /// The last second that was formatted, and its text.
    second: u64,
    date: String,
}

/// Writes the last lines when it is dropped.
#[derive(Debug)]
pub(crate) struct Writer {
    log: Arc<Log>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the writing thread.
    pub(crate) fn start() -> io::Result<Self> {
        let log = Arc::new(Log {
            state: Mutex::default(),
            filled: Condvar::new(),
        });
        let shared = Arc::clone(&log);
        let thread = thread::Builder::new()
            .name("zeug-log".into())
            .spawn(move || shared.write())?;
        Ok(Self {
            log,
            thread: Some(thread),
        })
    }

    /// What the answering threads write to.
    pub(crate) fn log(&self) -> Arc<Log> {
        Arc::clone(&self.log)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        lock(&self.log.state).stop = true;
        self.log.filled.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already.
            let _ = thread.join();
        }
    }
}

impl Log {
    /// Adds a request's line.
    pub(crate) fn add(&self, entry: &Entry<'_>) {
        let mut state = lock(&self.state);
        if state.lines.len() > WAITING {
            state.dropped += 1;
            return;
        }
        if state.second != entry.second || state.date.is_empty() {
            state.second = entry.second;
            state.date = common_date(entry.second);
        }
        let State { lines, date, .. } = &mut *state;
        let first = lines.is_empty();
        // Writing to a String cannot fail.
        let _ = match entry.peer {
            Some(peer) => write!(lines, "{}", peer.ip()),
            None => write!(lines, "-"),
        };
        let _ = write!(lines, " - - [{date}] \"{} ", entry.method);
        push_escaped(lines, entry.target);
        let _ = write!(lines, " {:?}\" {} ", entry.version, entry.status.as_u16());
        let _ = match entry.length {
            Some(length) => writeln!(lines, "{length}"),
            None => writeln!(lines, "-"),
        };
        drop(state);
        if first {
            self.filled.notify_one();
        }
    }

    fn write(&self) {
        let mut batch = String::new();
        loop {
            let mut state = lock(&self.state);
            while state.lines.is_empty() && state.dropped == 0 && !state.stop {
                state = self
                    .filled
                    .wait(state)
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
            }
            // More lines come within a moment: they go out with one write.
            state = match self
                .filled
                .wait_timeout_while(state, GATHER, |state| !state.stop)
            {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
            batch.clear();
            std::mem::swap(&mut batch, &mut state.lines);
            let dropped = std::mem::take(&mut state.dropped);
            let stop = state.stop;
            drop(state);
            if dropped > 0 {
                let _ = writeln!(
                    batch,
                    "access log: {dropped} lines dropped, standard error is too slow"
                );
            }
            // There is nowhere else to say that standard error is gone.
            let _ = io::stderr().lock().write_all(batch.as_bytes());
            if stop {
                return;
            }
        }
    }
}

/// The target with everything outside printable ASCII, quotes and backslashes as `\xNN`, so that no client writes to a terminal.
fn push_escaped(text: &mut String, target: &[u8]) {
    for &byte in target {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte as char]),
            0x21..=0x7e => text.push(byte as char),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
}

/// The common log format's date, in UTC: `22/Nov/2026:17:28:00 +0000`.
fn common_date(second: u64) -> String {
    let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(second));
    // "Sun, 22 Nov 2026 17:28:00 GMT"
    let mut parts = date.split(' ').skip(1);
    let mut next = || parts.next().unwrap_or_default();
    let (day, month, year, time) = (next(), next(), next(), next());
    format!("{day}/{month}/{year}:{time} +0000")
}

#[cfg(test)]
mod tests {
    use super::{common_date, push_escaped};

    #[test]
    fn dates_are_in_the_common_format() {
        assert_eq!(common_date(784_111_777), "06/Nov/1994:08:49:37 +0000");
    }

    #[test]
    fn targets_cannot_write_to_a_terminal() {
        let mut text = String::new();
        push_escaped(&mut text, b"/a\x1b[2J\"\\\n\xff");
        assert_eq!(text, r#"/a\x1b[2J\"\\\x0a\xff"#);
    }
}
