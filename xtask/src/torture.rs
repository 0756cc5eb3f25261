//! `cargo xtask torture`: the server, as a process of its own, under what breaks servers. Each trial is named, says its figures beside what is allowed, and passes
//! or fails. Minutes, not part of `test`.

mod client;
mod crowds;
mod forms;
mod framing;
mod stop;
mod system;
mod tested;
mod work;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::{Running, free_address};
use crate::run::{cargo, complain, root, say, step};
use crate::serve_bench::raise_descriptors;

/// A trial, with its row of the scorecard.
struct Trial {
    row: u8,
    name: &'static str,
    what: &'static str,
    run: fn(&Yard) -> Result<Vec<Figure>, String>,
}

const TRIALS: &[Trial] = &[
    Trial {
        row: 6,
        name: "smuggling",
        what: "3,536 spellings of Transfer-Encoding beside Content-Length",
        run: tested::smuggling,
    },
    Trial {
        row: 8,
        name: "fronts",
        what: "what is read in two ways, through nginx, haproxy, Apache, Varnish, Traffic Server and Squid",
        run: tested::fronts,
    },
    Trial {
        row: 10,
        name: "differential",
        what: "a million mutated requests, judged by h11 and httptools as well",
        run: tested::differential,
    },
    Trial {
        row: 12,
        name: "chunk-bomb",
        what: "1,000 chunks of 2^68 bytes",
        run: framing::chunk_bomb,
    },
    Trial {
        row: 13,
        name: "length-lie",
        what: "1,000 bodies of 999,999,999 bytes that never come",
        run: framing::length_lie,
    },
    Trial {
        row: 14,
        name: "forms",
        what: "a million parts, a text of 1 GiB and a file of 1 GiB, decoded by a process each (rows 14 to 16)",
        run: forms::bombs,
    },
    Trial {
        row: 34,
        name: "idle",
        what: "10,000 connections that rest after one request",
        run: crowds::idle,
    },
    Trial {
        row: 35,
        name: "slow-heads",
        what: "10,000 half heads, and normal traffic beside",
        run: crowds::slow_heads,
    },
    Trial {
        row: 36,
        name: "slowhttptest",
        what: "slowhttptest -H -B -R -X with 4,000 connections",
        run: crowds::slowhttptest,
    },
    Trial {
        row: 37,
        name: "slow-readers",
        what: "1,000 clients that read 10 MiB at 1 KiB a second",
        run: crowds::slow_readers,
    },
    Trial {
        row: 38,
        name: "descriptors",
        what: "256 descriptors and 1,000 clients; accept4 that fails",
        run: system::descriptors,
    },
    Trial {
        row: 39,
        name: "resets",
        what: "50,000 connections that are reset",
        run: crowds::resets,
    },
    Trial {
        row: 40,
        name: "stop",
        what: "SIGTERM under load",
        run: stop::under_load,
    },
    Trial {
        row: 41,
        name: "panics",
        what: "100,000 requests, a tenth of which panic",
        run: work::panics,
    },
    Trial {
        row: 42,
        name: "half-close",
        what: "clients that only read, and bodies that nobody reads",
        run: framing::half_close,
    },
    Trial {
        row: 43,
        name: "faults",
        what: "system calls that are interrupted or would block, one in three, and writes that are taken in part",
        run: system::faults,
    },
    Trial {
        row: 44,
        name: "pipelines",
        what: "100 requests at once, one of them bad",
        run: framing::pipelines,
    },
    Trial {
        row: 45,
        name: "overload",
        what: "four times as many requests as there are threads for",
        run: work::overload,
    },
    Trial {
        row: 46,
        name: "soak",
        what: "good, bad and broken requests for minutes",
        run: work::soak,
    },
    Trial {
        row: 52,
        name: "schedules",
        what: "104,000 orders in which the server's threads may run",
        run: tested::schedules,
    },
];

/// A figure beside what is allowed.
struct Figure {
    what: String,
    found: String,
    allowed: String,
    passed: bool,
}

/// A number that may be at most so much.
fn at_most(what: &str, found: f64, allowed: f64, unit: &str) -> Figure {
    Figure {
        what: what.to_owned(),
        found: format!("{} {unit}", number(found)),
        allowed: format!("at most {} {unit}", number(allowed)),
        passed: found <= allowed,
    }
}

/// A number that must be at least so much.
fn at_least(what: &str, found: f64, allowed: f64, unit: &str) -> Figure {
    Figure {
        what: what.to_owned(),
        found: format!("{} {unit}", number(found)),
        allowed: format!("at least {} {unit}", number(allowed)),
        passed: found >= allowed,
    }
}

/// A count that must be exactly so much.
fn exactly(what: &str, found: usize, wanted: usize) -> Figure {
    Figure {
        what: what.to_owned(),
        found: found.to_string(),
        allowed: wanted.to_string(),
        passed: found == wanted,
    }
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

/// How memory grew, against what it may.
fn growth(what: &str, before: u64, after: u64, kib: f64) -> Figure {
    at_most(
        what,
        after.saturating_sub(before) as f64 / 1024.0,
        kib,
        "KiB",
    )
}

/// What the trials share: the program, and how long the long ones take.
struct Yard {
    /// The trial server, built when one is first asked for.
    program: OnceCell<PathBuf>,
    folder: PathBuf,
    soak: Duration,
    whole: bool,
}

impl Yard {
    /// A trial server with these options.
    fn start(&self, options: &[&str]) -> Result<Running, String> {
        self.start_with(&[], options)
    }

    /// A trial server, started by another program.
    fn start_with(&self, before: &[&str], options: &[&str]) -> Result<Running, String> {
        let address = free_address()?;
        let program = self.program()?.display().to_string();
        let words: Vec<&str> = before.iter().copied().chain([program.as_str()]).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .arg(address.to_string())
            .args(options)
            // What the standard library keeps for printing backtraces, 40 MiB, is not the server's.
            .env("RUST_BACKTRACE", "0");
        Running::start(&mut command, address)
    }

    fn program(&self) -> Result<&Path, String> {
        if self.program.get().is_none() {
            let _ = self.program.set(build()?);
        }
        self.program
            .get()
            .map(PathBuf::as_path)
            .ok_or_else(|| "no trial server".to_owned())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

const HELP: &str = "\
cargo xtask torture [NAME..] [--minutes M] [--whole] [--list]

  NAME..       these trials only
  --minutes M  how long `soak` takes, 1 unless said otherwise
  --whole      the long trials as long as the scorecard has them: slowhttptest 60 s a kind, 50 stops; ten million requests in differential
  --list       what there is
";

/// Runs the trials; the message counts those that failed.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut names, mut soak, mut whole) = (Vec::new(), 1.0, false);
    let mut parser = lexopt::Parser::from_args(args);
    let wrong = |error: lexopt::Error| format!("{error}\n\n{HELP}");
    while let Some(arg) = parser.next().map_err(wrong)? {
        use lexopt::prelude::*;
        match arg {
            Long("minutes") => {
                soak = parser
                    .value()
                    .and_then(|value| value.parse::<f64>())
                    .map_err(wrong)?;
            }
            Long("whole") => whole = true,
            Long("list") => {
                for trial in TRIALS {
                    say(&format!(
                        "{:>3}  {:<13}{}",
                        trial.row, trial.name, trial.what
                    ));
                }
                return Ok(());
            }
            Long("help") | Short('h') => {
                say(HELP.trim_end());
                return Ok(());
            }
            Value(name) if TRIALS.iter().any(|trial| name == *trial.name) => {
                names.push(name.to_string_lossy().into_owned());
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    crate::setup::all()?;
    raise_descriptors();
    let folder = std::env::temp_dir().join(format!("zeug-torture-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let yard = Yard {
        program: OnceCell::new(),
        folder,
        soak: Duration::from_secs_f64(soak * 60.0),
        whole,
    };
    let mut failed = Vec::new();
    for trial in TRIALS {
        if !names.is_empty() && !names.iter().any(|name| name == trial.name) {
            continue;
        }
        if !show(trial, &yard) {
            failed.push(trial.name);
        }
    }
    // What is left lies in the system's folder for what may be left.
    let _ = std::fs::remove_dir_all(&yard.folder);
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("torture: failed: {}", failed.join(", ")))
    }
}

/// Runs a trial and shows its figures; whether it passed.
fn show(trial: &Trial, yard: &Yard) -> bool {
    say(&format!(
        "{} (row {}): {}",
        trial.name, trial.row, trial.what
    ));
    let begun = Instant::now();
    let figures = match (trial.run)(yard) {
        // A trial without a figure has shown nothing.
        Ok(figures) if figures.is_empty() => Err("it found nothing".to_owned()),
        other => other,
    };
    let passed = match figures {
        Ok(figures) => {
            for figure in &figures {
                let Figure {
                    what,
                    found,
                    allowed,
                    passed,
                } = figure;
                let line = format!("    {what}: {found} ({allowed})");
                if *passed {
                    say(&line);
                } else {
                    complain(&format!("{line}: too bad"));
                }
            }
            figures.iter().all(|figure| figure.passed)
        }
        Err(error) => {
            complain(&format!("    {error}"));
            false
        }
    };
    let word = if passed { "passed" } else { "FAILED" };
    say(&format!(
        "    {word} in {:.1} s",
        begun.elapsed().as_secs_f32()
    ));
    passed
}

fn build() -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target/servers"), PathBuf::from);
    let mut command = cargo([
        "build",
        "--release",
        "--quiet",
        "--bin",
        "trial",
        "--no-default-features",
        "--manifest-path",
    ]);
    command
        .arg(root().join("benches/servers/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    step("trial server", &mut command)?;
    Ok(target.join("release/trial"))
}

/// What a program prints, whatever its end.
fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| {
        let program = Path::new(command.get_program()).display().to_string();
        format!("{program}: {error}")
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
