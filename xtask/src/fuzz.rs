//! `cargo xtask fuzz`: the crates' fuzz targets, each on a copy of its committed seeds. What is committed is never written to, nor is anything installed.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::run::{complain, root, say, step};

const HELP: &str = "\
cargo xtask fuzz <what>

  --list            the targets
  NAME [SECONDS]    one target, 60 seconds by default
  all [SECONDS]     each target in turn, so long each
  NAME FILE         one input, as it was found
";

/// How long a target runs where nothing is said.
const SECONDS: u64 = 60;
/// How long one input may take, in seconds of the clock, with the sanitizer and on a machine that others want.
const SLOWEST: u64 = 60;
/// The most lines of a failed run that are shown.
const TOLD: usize = 40;

/// A fuzz target of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    name: String,
    /// The crate that it belongs to.
    owner: String,
    /// The crate's folder `fuzz`.
    folder: PathBuf,
}

impl Target {
    /// The committed inputs.
    fn seeds(&self) -> PathBuf {
        self.folder.join("seeds").join(&self.name)
    }

    /// Where a run keeps what it needs: `corpus`, `artifacts`.
    fn room(&self, what: &str) -> PathBuf {
        root().join("target/fuzz").join(what).join(&self.name)
    }
}

/// Lists, runs or replays.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let targets = targets(&root().join("crates"))?;
    let (name, more) = match args {
        [] => return Err(format!("fuzz what?\n\n{HELP}")),
        [flag] if flag == "--list" => return list(&targets),
        [flag] if matches!(flag.as_str(), "--help" | "-h") => {
            say(HELP.trim_end());
            return Ok(());
        }
        [name] => (name, None),
        [name, more] => (name, Some(more)),
        [_, _, other, ..] => return Err(format!("fuzz: {other:?} is too much\n\n{HELP}")),
    };
    let chosen: Vec<&Target> = targets
        .iter()
        .filter(|target| name == "all" || target.name == *name)
        .collect();
    let Some(first) = chosen.first() else {
        return Err(format!(
            "no fuzz target {name:?}; `cargo xtask fuzz --list` shows them"
        ));
    };
    let seconds = match more.map(|more| more.parse()) {
        None => SECONDS,
        Some(Ok(seconds)) => seconds,
        Some(Err(_)) => {
            let file = Path::new(more.map_or("", String::as_str));
            return if name == "all" || !file.is_file() {
                Err(format!("{}: neither seconds nor a file", file.display()))
            } else {
                tools()?;
                replay(first, file)
            };
        }
    };
    tools()?;
    let mut found = Vec::new();
    for target in chosen {
        found.extend(fuzz(target, seconds)?);
    }
    match &found[..] {
        [] => Ok(()),
        found => Err(format!("fuzz: {}", found.join("\n"))),
    }
}

/// The targets of all crates, by crate and name.
fn targets(crates: &Path) -> Result<Vec<Target>, String> {
    let mut targets = Vec::new();
    for owner in names(crates)? {
        let folder = crates.join(&owner).join("fuzz");
        let Ok(files) = names(&folder.join("fuzz_targets")) else {
            continue;
        };
        targets.extend(files.iter().filter_map(|file| {
            Some(Target {
                name: file.strip_suffix(".rs")?.to_owned(),
                owner: owner.clone(),
                folder: folder.clone(),
            })
        }));
    }
    Ok(targets)
}

/// What a folder holds, sorted.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Says which targets there are.
fn list(targets: &[Target]) -> Result<(), String> {
    for target in targets {
        say(&format!(
            "  {:<16}{:<20} seeds: {:>4}",
            target.name,
            target.owner,
            names(&target.seeds())?.len()
        ));
    }
    say(&format!("    fuzz: {} targets", targets.len()));
    Ok(())
}

/// Cargo of the nightly toolchain, which knows the sanitizer.
fn nightly() -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]);
    command.current_dir(root());
    command
}

/// Says what is missing and how it is had.
fn tools() -> Result<(), String> {
    let works = |command: &mut Command| {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let mut missing = Vec::new();
    if !works(nightly().arg("--version")) {
        missing.push("the nightly toolchain: rustup toolchain install nightly --profile minimal");
    }
    if !works(Command::new("cargo").args(["fuzz", "--version"])) {
        missing.push("cargo-fuzz: cargo install cargo-fuzz --locked");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "fuzzing wants {}",
            missing.join("\n     and wants ")
        ))
    }
}

/// A command of cargo-fuzz for a target.
fn cargo_fuzz(action: &str, target: &Target) -> Command {
    let mut command = nightly();
    command
        .args(["fuzz", action, "--fuzz-dir"])
        .arg(target.folder.strip_prefix(root()).unwrap_or(&target.folder))
        .args(["--target-dir", "target/fuzz/build"])
        .arg(&target.name);
    command
}

/// Builds a target, runs it, and says what came of it: `Some` where something was found.
fn fuzz(target: &Target, seconds: u64) -> Result<Option<String>, String> {
    step(
        &format!("build {}", target.name),
        &mut cargo_fuzz("build", target),
    )?;
    let (corpus, artifacts) = (target.room("corpus"), target.room("artifacts"));
    let seeds = target.seeds();
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    for seed in names(&seeds)? {
        fs::copy(seeds.join(&seed), corpus.join(&seed))
            .map_err(|error| format!("{}: {error}", seeds.join(&seed).display()))?;
    }
    let mut command = cargo_fuzz("run", target);
    command
        .arg(&corpus)
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()));
    let begun = SystemTime::now();
    let (succeeded, progress, last) = watched(&target.name, &mut command)?;
    let outcome = format!("{} of {}: {progress}", target.name, target.owner);
    if succeeded {
        say(&format!("    {outcome}; nothing was found"));
        return Ok(None);
    }
    for line in &last {
        complain(&format!("    {line}"));
    }
    let Some(file) = newest(&artifacts, begun) else {
        return Err(format!("{outcome}; the run failed without an input"));
    };
    let shown = file.strip_prefix(root()).unwrap_or(&file).display();
    // Where others have the processor, the clock runs on without the fuzzer: what is quick when it is asked alone was not slow.
    let timeout = file.file_name().and_then(|name| name.to_str());
    if timeout.is_some_and(|name| name.starts_with("timeout-")) && replay(target, &file).is_ok() {
        say(&format!(
            "    {outcome}; ended by a time-out that {shown} does not repeat: the machine was busy; nothing was found"
        ));
        return Ok(None);
    }
    Ok(Some(format!(
        "{outcome}; FOUND {shown}\n      again:   cargo xtask fuzz {} {shown}\n      mended:  keep it in {}, where the stable tests run it",
        target.name,
        seeds.strip_prefix(root()).unwrap_or(&seeds).display()
    )))
}

/// Runs a fuzzer, which writes to its error stream: whether it succeeded, how far it came, and its last lines.
fn watched(
    name: &str,
    command: &mut Command,
) -> Result<(bool, Progress, VecDeque<String>), String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("rustup: {error}"))?;
    let (begun, live) = (Instant::now(), stderr().is_terminal());
    let mut told = begun;
    let mut progress = Progress::default();
    let mut last = VecDeque::new();
    let mut ended = false;
    let lines = BufReader::new(child.stderr.take().ok_or("no error stream")?);
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        if progress.read(&line) {
            if live && told.elapsed() > Duration::from_millis(500) {
                told = Instant::now();
                let _ = write!(stderr(), "\r    {name}: {progress}\x1b[K");
            }
            continue;
        }
        // Frames of the fuzzer, its advice and cargo-fuzz's own failure tell nothing.
        let frame = line.trim_start().starts_with('#');
        if line.starts_with("Error: Fuzz target exited") {
            ended = true;
        }
        if frame || ended || line.is_empty() {
            continue;
        }
        last.push_back(line);
        if last.len() > TOLD {
            last.pop_front();
        }
    }
    if live {
        let _ = write!(stderr(), "\r\x1b[K");
    }
    let status = child.wait().map_err(|error| format!("rustup: {error}"))?;
    progress.seconds = begun.elapsed().as_secs();
    Ok((status.success(), progress, last))
}

/// How far a run has come, as libFuzzer says in lines such as `#1024 NEW cov: 290 ft: 700 corp: 41/2Kb ..`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Progress {
    runs: u64,
    coverage: u64,
    inputs: u64,
    seconds: u64,
}

impl Progress {
    /// Whether the line is one of progress; then it counts.
    fn read(&mut self, line: &str) -> bool {
        let mut words = line.split_ascii_whitespace();
        let Some(runs) = words
            .next()
            .and_then(|word| word.strip_prefix('#')?.trim_end_matches(':').parse().ok())
        else {
            return false;
        };
        // The frames of a stack are numbered too: `#0 0x55..`.
        let Some(kind) = words.next().filter(|kind| !kind.starts_with("0x")) else {
            return false;
        };
        if kind != "pulse" && !kind.chars().all(|letter| letter.is_ascii_uppercase()) {
            return false;
        }
        self.runs = runs;
        while let Some(word) = words.next() {
            let value = words.clone().next().unwrap_or_default();
            let value = value.split('/').next().unwrap_or_default().parse();
            match (word, value) {
                ("cov:", Ok(value)) => self.coverage = value,
                ("corp:", Ok(value)) => self.inputs = value,
                _ => {}
            }
        }
        true
    }
}

impl std::fmt::Display for Progress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} runs, coverage {}, {} inputs kept",
            self.runs, self.coverage, self.inputs
        )?;
        if self.seconds > 0 {
            write!(formatter, ", {} s", self.seconds)?;
        }
        Ok(())
    }
}

/// The newest file that was written since.
fn newest(folder: &Path, since: SystemTime) -> Option<PathBuf> {
    let written = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    names(folder)
        .ok()?
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| written(path) >= Some(since))
        .max_by_key(written)
}

/// Runs one input.
fn replay(target: &Target, file: &Path) -> Result<(), String> {
    let file = file
        .canonicalize()
        .map_err(|error| format!("{}: {error}", file.display()))?;
    step(
        &format!("replay {}", target.name),
        cargo_fuzz("run", target)
            .arg(file)
            .arg("--")
            .arg(format!("-timeout={SLOWEST}")),
    )
}

#[cfg(test)]
mod tests {
    use super::{Progress, root, targets};

    #[test]
    fn lines_of_progress_are_told_from_others() {
        let mut progress = Progress::default();
        assert!(progress.read("#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 30Mb"));
        assert!(
            progress
                .read("#4096\tpulse  cov: 290 ft: 700 corp: 41/2Kb lim: 4 exec/s: 2048 rss: 31Mb")
        );
        for other in [
            "    #0 0x55d0 in main",
            "SUMMARY: libFuzzer: deadly signal",
            "# a comment",
            "",
        ] {
            assert!(!progress.read(other), "{other}");
        }
        let expected = Progress {
            runs: 4096,
            coverage: 290,
            inputs: 41,
            seconds: 0,
        };
        assert_eq!(progress, expected);
    }

    #[test]
    fn every_target_has_a_name_of_its_own_and_seeds() {
        let targets = targets(&root().join("crates")).expect("the crates");
        assert!(targets.len() >= 12);
        for (at, target) in targets.iter().enumerate() {
            assert!(
                targets[..at].iter().all(|other| other.name != target.name),
                "{target:?}"
            );
            assert!(
                target
                    .seeds()
                    .read_dir()
                    .is_ok_and(|mut seeds| seeds.next().is_some()),
                "{target:?}"
            );
        }
    }
}
