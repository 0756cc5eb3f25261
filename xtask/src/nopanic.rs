//! `cargo xtask nopanic`: what clippy finds in the crates that read others' bytes and that could panic: `unwrap`, `expect`, `panic!`, indexing, arithmetic. It counts,
//! beside `docs/nopanic.tsv`: the first three are none, the others are read by eye and by fuzzing, and may not grow.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::run::{cargo, complain, root, say};

const HELP: &str = "\
cargo xtask nopanic [--write]

Counts what could panic in the libraries of the parser crates, and fails where a crate has more of it than docs/nopanic.tsv.
";

/// The crates that read what a client sends.
const CRATES: [&str; 8] = [
    "zeug-datastructures",
    "zeug-forms",
    "zeug-h1",
    "zeug-http",
    "zeug-routing",
    "zeug-securecookie",
    "zeug-security",
    "zeug-urls",
];

const LINTS: [&str; 6] = [
    "unwrap_used",
    "expect_used",
    "panic",
    "indexing_slicing",
    "string_slice",
    "arithmetic_side_effects",
];

const TABLE: &str = "docs/nopanic.tsv";

/// How often each lint is met in each crate.
type Counts = BTreeMap<String, [usize; LINTS.len()]>;

/// Counts, and compares or writes.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let write = match args {
        [] => false,
        [flag] if flag == "--write" => true,
        _ => {
            say(HELP.trim_end());
            return Ok(());
        }
    };
    let counts = count()?;
    let text = table(&counts);
    say(text.trim_end());
    let path = root().join(TABLE);
    if write {
        return fs::write(&path, text).map_err(|error| format!("{TABLE}: {error}"));
    }
    let known = read(&fs::read_to_string(&path).map_err(|error| format!("{TABLE}: {error}"))?);
    let mut more = 0;
    for (name, found) in &counts {
        let allowed = known.get(name).copied().unwrap_or_default();
        for ((lint, found), allowed) in LINTS.iter().zip(found).zip(allowed) {
            if *found > allowed {
                more += 1;
                complain(&format!(
                    "    {name}: {lint} {found} times, {allowed} in {TABLE}"
                ));
            }
        }
    }
    if more > 0 {
        return Err(format!("nopanic: {more} counts grew"));
    }
    Ok(())
}

/// Asks clippy, a crate at a time, so that each message has its owner.
fn count() -> Result<Counts, String> {
    let mut counts = Counts::new();
    for name in CRATES {
        let mut clippy = cargo([
            "clippy",
            "--quiet",
            "--all-features",
            "--lib",
            "--message-format=json",
        ]);
        clippy.args(["--package", name, "--"]);
        for lint in LINTS {
            // `expect` stands in some files for a reason that is given there; it is counted all the same.
            clippy.args(["--force-warn", &format!("clippy::{lint}")]);
        }
        let output = clippy
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo clippy: {error}"))?;
        if !output.status.success() {
            return Err(format!("clippy fails in {name}"));
        }
        let found = counts.entry(name.to_owned()).or_default();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let message: Value = serde_json::from_str(line).unwrap_or_default();
            let target = message["target"]["name"].as_str().unwrap_or_default();
            let code = message["message"]["code"]["code"]
                .as_str()
                .unwrap_or_default();
            let lint = LINTS
                .iter()
                .position(|lint| code.strip_prefix("clippy::") == Some(lint));
            if let (true, Some(lint)) = (target == name.replace('-', "_"), lint) {
                found[lint] += 1;
            }
        }
    }
    Ok(counts)
}

fn table(counts: &Counts) -> String {
    let mut text = format!("crate\t{}\n", LINTS.join("\t"));
    for (name, counts) in counts {
        let _ = write!(text, "{name}");
        for count in counts {
            let _ = write!(text, "\t{count}");
        }
        text.push('\n');
    }
    text
}

fn read(text: &str) -> Counts {
    let rows = text.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap_or_default().to_owned();
        let mut counts = [0; LINTS.len()];
        for (count, cell) in counts.iter_mut().zip(cells) {
            *count = cell.parse().unwrap_or(0);
        }
        (name, counts)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::{Counts, read, table};

    #[test]
    fn counts_are_read_as_they_were_written() {
        let counts = Counts::from([
            ("zeug-h1".to_owned(), [0, 1, 2, 3, 4, 5]),
            ("zeug-http".to_owned(), [9, 0, 0, 0, 0, 0]),
        ]);
        assert_eq!(read(&table(&counts)), counts);
    }
}
