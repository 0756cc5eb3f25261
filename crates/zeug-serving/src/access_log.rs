//! Owns the access log: one line a request, gathered by the threads that answer and written by a thread of its own. It never makes a request wait:
//! where standard error takes nothing, lines are dropped and counted.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use http::{HeaderValue, StatusCode, Version};

use crate::AccessLog;
use crate::sync::lock;

/// How many bytes may wait to be written.
const WAITING: usize = 1024 * 1024;
/// How long lines are gathered before they are written.
const GATHER: Duration = Duration::from_millis(10);
/// How long the end waits for the last lines: nobody may be reading them.
const LAST: Duration = Duration::from_secs(1);

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
    /// How long the handler took; none where there was no request.
    pub(crate) time: Option<Duration>,
    pub(crate) referer: Option<&'a HeaderValue>,
    pub(crate) user_agent: Option<&'a HeaderValue>,
}

/// The log as the answering threads see it.
#[derive(Debug)]
pub(crate) struct Log {
    format: AccessLog,
    colours: bool,
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

/// Writes the last lines when it is dropped, where they are taken.
#[derive(Debug)]
pub(crate) struct Writer {
    log: Arc<Log>,
    /// Tells nothing but that the thread has ended.
    ended: Receiver<()>,
}

impl Writer {
    /// Starts the writing thread.
    pub(crate) fn start(format: AccessLog) -> io::Result<Self> {
        let log = Arc::new(Log {
            format,
            colours: io::stderr().is_terminal(),
            state: Mutex::default(),
            filled: Condvar::new(),
        });
        let shared = Arc::clone(&log);
        let (ends, ended) = mpsc::channel();
        thread::Builder::new()
            .name("zeug-log".into())
            .spawn(move || {
                let _ends: mpsc::Sender<()> = ends;
                shared.write();
            })?;
        Ok(Self { log, ended })
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
        let _ = self.ended.recv_timeout(LAST);
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
        let first = state.lines.is_empty();
        if self.format == AccessLog::Json {
            json(&mut state.lines, entry);
        } else {
            self.common(&mut state, entry);
        }
        drop(state);
        if first {
            self.filled.notify_one();
        }
    }

    /// Whether lines say what clients say of themselves.
    pub(crate) fn has_client(&self) -> bool {
        matches!(self.format, AccessLog::Combined | AccessLog::Json)
    }

    /// Adds a line in the common format, or the combined one.
    fn common(&self, state: &mut State, entry: &Entry<'_>) {
        if state.second != entry.second || state.date.is_empty() {
            state.second = entry.second;
            state.date = common_date(entry.second);
        }
        let State { lines, date, .. } = state;
        // Writing to a String cannot fail.
        let _ = match entry.peer {
            Some(peer) => write!(lines, "{}", peer.ip()),
            None => write!(lines, "-"),
        };
        let _ = write!(lines, " - - [{date}] \"{} ", entry.method);
        push_escaped(lines, entry.target);
        let _ = write!(lines, " {:?}\" ", entry.version);
        let (on, off) = if self.colours {
            (colour(entry.status), "\x1b[0m")
        } else {
            ("", "")
        };
        let _ = write!(lines, "{on}{}{off} ", entry.status.as_u16());
        let _ = match entry.length {
            Some(length) => write!(lines, "{length}"),
            None => write!(lines, "-"),
        };
        if self.format == AccessLog::Combined {
            for value in [entry.referer, entry.user_agent] {
                lines.push_str(" \"");
                push_escaped(lines, value.map_or(b"-", HeaderValue::as_bytes));
                lines.push('"');
            }
        }
        lines.push('\n');
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

/// Adds a line of JSON.
fn json(lines: &mut String, entry: &Entry<'_>) {
    // Writing to a String cannot fail.
    let _ = write!(lines, "{{\"time\":{}", entry.second);
    if let Some(peer) = entry.peer {
        let _ = write!(lines, ",\"peer\":\"{}\"", peer.ip());
    }
    push_member(lines, "method", entry.method.as_bytes());
    push_member(lines, "target", entry.target);
    let _ = write!(
        lines,
        ",\"version\":\"{:?}\",\"status\":{}",
        entry.version,
        entry.status.as_u16()
    );
    if let Some(length) = entry.length {
        let _ = write!(lines, ",\"length\":{length}");
    }
    if let Some(time) = entry.time {
        let _ = write!(lines, ",\"micros\":{}", time.as_micros());
    }
    for (name, value) in [("referer", entry.referer), ("user_agent", entry.user_agent)] {
        if let Some(value) = value {
            push_member(lines, name, value.as_bytes());
        }
    }
    lines.push_str("}\n");
}

/// A member of text; bytes that are no text are U+FFFD.
fn push_member(lines: &mut String, name: &str, value: &[u8]) {
    let _ = write!(lines, ",\"{name}\":\"");
    for character in String::from_utf8_lossy(value).chars() {
        match character {
            '"' | '\\' => lines.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(lines, "\\u{:04x}", u32::from(character));
            }
            _ => lines.push(character),
        }
    }
    lines.push('"');
}

/// A status' colour on a terminal.
fn colour(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "\x1b[1m",
        304 => "\x1b[36m",
        300..=399 => "\x1b[32m",
        404 => "\x1b[33m",
        400..=499 => "\x1b[1;31m",
        500..=599 => "\x1b[1;35m",
        _ => "",
    }
}

/// The target with everything outside printable ASCII, quotes and backslashes as `\xNN`, so that no client writes to a terminal.
fn push_escaped(text: &mut String, target: &[u8]) {
    for &byte in target {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte as char]),
            0x20..=0x7e => text.push(byte as char),
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
    use std::time::Duration;

    use http::{HeaderValue, StatusCode, Version};

    use super::{AccessLog, Entry, Log, State, common_date, json, push_escaped};

    #[test]
    fn dates_are_in_the_common_format() {
        assert_eq!(common_date(784_111_777), "06/Nov/1994:08:49:37 +0000");
    }

    #[test]
    fn clients_cannot_write_to_a_terminal() {
        let mut text = String::new();
        push_escaped(&mut text, b"/a\x1b[2J\"\\\n\xff ok");
        assert_eq!(text, r#"/a\x1b[2J\"\\\x0a\xff ok"#);
    }

    fn lines(format: AccessLog, colours: bool) -> String {
        let agent = HeaderValue::from_static("curl \"8\"\\");
        let entry = Entry {
            peer: Some(([127, 0, 0, 1], 4711).into()),
            second: 784_111_777,
            method: "GET",
            target: b"/a?\"b\x1b",
            version: Version::HTTP_11,
            status: StatusCode::NOT_FOUND,
            length: Some(9),
            time: Some(Duration::from_micros(85)),
            referer: None,
            user_agent: Some(&agent),
        };
        let mut state = State::default();
        if format == AccessLog::Json {
            json(&mut state.lines, &entry);
        } else {
            Log {
                format,
                colours,
                state: Default::default(),
                filled: Default::default(),
            }
            .common(&mut state, &entry);
        }
        state.lines
    }

    #[test]
    fn each_format_has_its_line() {
        let common =
            r#"127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET /a?\"b\x1b HTTP/1.1" 404 9"#;
        assert_eq!(lines(AccessLog::Common, false), format!("{common}\n"));
        assert_eq!(
            lines(AccessLog::Combined, false),
            format!("{common} {}\n", r#""-" "curl \"8\"\\""#)
        );
        assert!(lines(AccessLog::Common, true).contains("\" \x1b[33m404\x1b[0m 9\n"));
        let expected = r#"{"time":784111777,"peer":"127.0.0.1","method":"GET","target":"/a?\"b\u001b","version":"HTTP/1.1","status":404,"length":9,"micros":85,"user_agent":"curl \"8\"\\"}"#;
        assert_eq!(lines(AccessLog::Json, false), format!("{expected}\n"));
    }
}
