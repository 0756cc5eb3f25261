//! Installs what the tests run beside Rust: with the system's package manager, and says so. Where it cannot, it says which tests are left out.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{complain, say, step};

/// A program that tests need.
struct Tool {
    program: &'static str,
    package: &'static str,
    tests: &'static str,
}

const TOOLS: &[Tool] = &[Tool {
    program: "curl",
    package: "curl",
    tests: "the examples called with curl (crates/zeug/tests)",
}];

/// Whether a program is on the path.
fn found(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// Installs what is missing.
pub(crate) fn run() -> Result<(), String> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !found(tool.program)).collect();
    if missing.is_empty() {
        say("    tools: all there");
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if Path::new("/usr/bin/apt-get").exists() && is_root() {
        say(&format!(
            "    installing with apt-get: {}",
            packages.join(" ")
        ));
        let mut update = Command::new("apt-get");
        update
            .args(["update", "-q"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        step("package lists", &mut update)?;
        let mut install = Command::new("apt-get");
        install
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        step("packages", &mut install)?;
    }
    for tool in missing {
        if !found(tool.program) {
            complain(&format!(
                "`{}` is not installed (package {}), left out: {}",
                tool.program, tool.package, tool.tests
            ));
        }
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
