//! How the commands run programs and talk to whoever waits: one line a step with its time, colours on a terminal only.

use std::ffi::OsStr;
use std::fs;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// Prints a line; a closed pipe is nobody's loss.
pub(crate) fn say(line: &str) {
    let _ = writeln!(stdout().lock(), "{line}");
}

/// Prints why a command failed.
pub(crate) fn complain(line: &str) {
    let red = stderr().is_terminal();
    let (on, off) = if red {
        ("\x1b[31m", "\x1b[0m")
    } else {
        ("", "")
    };
    let _ = writeln!(stderr().lock(), "{on}{line}{off}");
}

/// Cargo with these arguments, in the workspace's root.
pub(crate) fn cargo<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Runs a program that prints by itself.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), String> {
    let bold = stdout().is_terminal();
    let (on, off) = if bold {
        ("\x1b[1;34m", "\x1b[0m")
    } else {
        ("", "")
    };
    say(&format!("{on}==> {title}{off}: {}", shown(command)));
    let begun = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if status.success() {
        say(&format!(
            "    {title}: done in {:.1} s",
            begun.elapsed().as_secs_f32()
        ));
        Ok(())
    } else {
        Err(format!("{title} failed ({status}): {}", shown(command)))
    }
}

/// What a program prints.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{} failed ({})", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{}: {error}", shown(command)))
}

/// Where a long command is: one line that changes on a terminal, a line each elsewhere; an empty one ends it.
pub(crate) fn progress(what: &str) {
    let mut out = stderr().lock();
    let _ = if out.is_terminal() {
        write!(out, "\r\x1b[K{what}").and_then(|()| out.flush())
    } else if what.is_empty() {
        Ok(())
    } else {
        writeln!(out, "    {what}")
    };
}

/// By which command, when, of which commit and on which machine figures were taken.
pub(crate) fn measured(command: &str) -> String {
    let word = |program: &str, args: &[&str]| {
        output(Command::new(program).args(args).current_dir(root()))
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, model)| model);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "`{command}` on {}, commit {}: {cores} processors ({model}), Linux {}, load average at the end {}",
        word("date", &["-u", "+%Y-%m-%d"]),
        word("git", &["rev-parse", "--short", "HEAD"]),
        word("uname", &["-r"]),
        load.split(' ').next().unwrap_or_default(),
    )
}

/// What cargo knows of the workspace's own packages.
pub(crate) fn metadata() -> Result<serde_json::Value, String> {
    let text = output(&mut cargo([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}
