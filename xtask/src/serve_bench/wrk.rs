//! Load by wrk: its scripts, and what it found. Numbers come from its own counters, not from the text that it prints for people.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::shared::Shared;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    /// `GET /`.
    Hello,
    /// Sixteen times `GET /` at once.
    Pipelined,
    /// `GET /file`.
    File,
    /// `POST /upload` of a megabyte.
    Upload,
    /// A file of a folder.
    Shared(&'static Shared),
}

impl Ask {
    /// The path of the URL.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Hello | Self::Pipelined => "/",
            Self::File => "/file",
            Self::Upload => "/upload",
            Self::Shared(shared) => shared.path,
        }
    }
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load<'a> {
    pub(super) url: &'a str,
    pub(super) ask: Ask,
    pub(super) connections: usize,
    pub(super) seconds: u32,
    pub(super) cores: Option<&'a str>,
}

/// What a run found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) requests: f64,
    pub(super) time: Duration,
    pub(super) p99: Duration,
    /// Connections that failed, answers that did not come or were no 200.
    pub(super) errors: u64,
}

const DONE: &str = r#"
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("\nfound %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99),
    e.connect + e.read + e.write + e.timeout + e.status))
end
"#;

fn script(ask: Ask) -> String {
    let begin = match ask {
        Ask::Hello | Ask::File => String::new(),
        Ask::Pipelined => "init = function(args)
  local all = {}
  for i = 1, 16 do all[i] = wrk.format('GET', '/') end
  all = table.concat(all)
  request = function() return all end
end"
        .to_owned(),
        Ask::Upload => "wrk.method = 'POST'\nwrk.body = string.rep('x', 1048576)".to_owned(),
        Ask::Shared(shared) => shared.field.map_or_else(String::new, |(name, value)| {
            format!("wrk.headers['{name}'] = '{value}'")
        }),
    };
    format!("{begin}\n{DONE}")
}

/// Runs wrk once.
pub(super) fn run(load: Load<'_>, folder: &Path) -> Result<Found, String> {
    let path: PathBuf = folder.join("load.lua");
    std::fs::write(&path, script(load.ask))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut words = Vec::new();
    if let Some(cores) = load.cores {
        words.extend(["taskset".to_owned(), "-c".to_owned(), cores.to_owned()]);
    }
    words.extend([
        "wrk".to_owned(),
        "-t1".to_owned(),
        format!("-c{}", load.connections),
    ]);
    words.extend([
        format!("-d{}s", load.seconds),
        "-s".to_owned(),
        path.display().to_string(),
    ]);
    words.push(load.url.to_owned());
    let output = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error} (`cargo xtask setup` installs it)", words[0]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text
        .lines()
        .find_map(|line| line.strip_prefix("found "))
        .unwrap_or_default()
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [requests, micros, p99, errors] = numbers[..] else {
        return Err(format!("wrk said nothing of use: {text}"));
    };
    Ok(Found {
        requests: requests as f64,
        time: Duration::from_micros(micros),
        p99: Duration::from_micros(p99),
        errors,
    })
}
