//! `cargo xtask release --semver`: the public names of the published crates beside those of the last tag. It knows no rule of its own: `cargo-semver-checks` does.

use std::process::Command;

use crate::run::{cargo, root, say, step};
use crate::setup;

/// The last tag of a release.
pub(super) fn last_tag() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v*"]);
    let found = git.current_dir(root()).output().ok();
    let found = found.filter(|found| found.status.success())?;
    let tag = String::from_utf8(found.stdout).ok()?;
    Some(tag.trim().to_owned())
}

/// Holds these crates against the last tag; without one there is nothing to break. A crate that the tag does not have is new, and left out.
pub(super) fn compare(names: &[String]) -> Result<(), String> {
    let Some(tag) = last_tag() else {
        say("    semver: there is no tag v* yet, so there is nothing to compare with");
        return Ok(());
    };
    let (old, new): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_at(&tag, name));
    for name in new {
        say(&format!(
            "    semver: {name} is not in {tag}, so nothing of it can break"
        ));
    }
    if old.is_empty() {
        return Ok(());
    }
    setup::semver_checks()?;
    let mut command = cargo(["semver-checks", "--all-features", "--baseline-rev", &tag]);
    for name in old {
        command.args(["--package", name]);
    }
    step(&format!("semver since {tag}"), &mut command)
}

/// Whether a tag has a crate: each is in the folder of its name.
fn is_at(tag: &str, name: &str) -> bool {
    let mut git = Command::new("git");
    git.args(["cat-file", "-e", &format!("{tag}:crates/{name}/Cargo.toml")]);
    let output = git.current_dir(root()).output();
    output.is_ok_and(|output| output.status.success())
}
