//! `cargo xtask mutants`: cargo-mutants on what must not be wrong by one: framing, the limits of forms, signing, safe paths. A change of the code that no test notices
//! is a survivor; one that changes nothing is explained in `docs/mutants.tsv`. Hours for all; `--shard` takes a part.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{cargo, complain, root, say};

const HELP: &str = "\
cargo xtask mutants [AREA..] [--comparisons] [--shard K/N] [--in-place]

  AREA           of those below; all where none is named
  --comparisons  only `<` for `<=` and their like: what is wrong by one
  --shard        the K-th of N parts of an area's mutants, from 0
  --in-place     changes this tree's own files and puts them back, so that what is built is used: for a tree that is made for it

Needs cargo-mutants: cargo install cargo-mutants --locked. A survivor that is not in docs/mutants.tsv fails the command.

  framing     zeug-h1: lengths, chunks, heads
  forms       zeug-forms: multipart and urlencoded decoders, their limits
  signing     zeug-securecookie: keys, signatures, ages
  paths       zeug-security: joined paths, device names, file names, comparison
";

/// What is changed, and whose tests have to notice.
struct Area {
    name: &'static str,
    package: &'static str,
    files: &'static [&'static str],
}

const AREAS: &[Area] = &[
    Area {
        name: "framing",
        package: "zeug-h1",
        files: &[
            "framing.rs",
            "chunked.rs",
            "body.rs",
            "start_line.rs",
            "request.rs",
        ],
    },
    Area {
        name: "forms",
        package: "zeug-forms",
        files: &[
            "urlencoded.rs",
            "multipart/decoder.rs",
            "multipart/body.rs",
            "multipart/decoder/walk.rs",
            "multipart/delimiter.rs",
            "multipart/head.rs",
            "multipart/search.rs",
        ],
    },
    Area {
        name: "signing",
        package: "zeug-securecookie",
        files: &["signer.rs", "timed.rs", "key.rs", "digest.rs", "csrf.rs"],
    },
    Area {
        name: "paths",
        package: "zeug-security",
        files: &["safe_join.rs", "device.rs", "file_name.rs", "compare.rs"],
    },
];

/// How long the tests of one mutant may take, in seconds; what never ends has been noticed.
const SLOWEST: &str = "240";
const EXPLAINED: &str = "docs/mutants.tsv";

/// The names of mutants that compare otherwise.
const COMPARISON: &str = "replace (<|>|<=|>=|==|!=) with";

/// Which mutants, and where.
#[derive(Default)]
struct Options {
    comparisons: bool,
    shard: Option<String>,
    in_place: bool,
}

/// Runs the areas, and judges what survived.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut areas = Vec::new();
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_args(args);
    let wrong = |error: lexopt::Error| format!("{error}\n\n{HELP}");
    while let Some(arg) = parser.next().map_err(wrong)? {
        use lexopt::prelude::*;
        match arg {
            Long("shard") => {
                let value = parser.value().and_then(|value| value.string());
                options.shard = Some(value.map_err(wrong)?);
            }
            Long("comparisons") => options.comparisons = true,
            Long("in-place") => options.in_place = true,
            Long("help") | Short('h') => {
                say(HELP.trim_end());
                return Ok(());
            }
            Value(name) => {
                let area = AREAS.iter().find(|area| name == *area.name);
                let unknown = || format!("no area {}\n\n{HELP}", name.display());
                areas.push(area.ok_or_else(unknown)?);
            }
            other => return Err(wrong(other.unexpected())),
        }
    }
    if areas.is_empty() {
        areas.extend(AREAS);
    }
    if !is_there() {
        return Err("cargo-mutants is missing: cargo install cargo-mutants --locked".to_owned());
    }
    let explained = explained()?;
    let mut survivors = 0;
    for area in areas {
        survivors += mutate(area, &options, &explained)?;
    }
    if survivors > 0 {
        return Err(format!(
            "mutants: {survivors} changes that no test notices and {EXPLAINED} does not explain"
        ));
    }
    Ok(())
}

fn is_there() -> bool {
    let mut command = cargo(["mutants", "--version"]);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// One area; how many survivors are not explained.
fn mutate(area: &Area, options: &Options, explained: &BTreeSet<String>) -> Result<usize, String> {
    let folder = root().join("target/mutants").join(area.name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut command: Command = cargo(["mutants", "--package", area.package]);
    for file in area.files {
        command.arg("--file");
        command.arg(format!("crates/{}/src/{file}", area.package));
    }
    command.args([
        "--timeout",
        SLOWEST,
        "--build-timeout",
        "600",
        "--no-shuffle",
        "--output",
    ]);
    command.arg(&folder);
    if options.comparisons {
        command.args(["--re", COMPARISON]);
    }
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard]);
    }
    if options.in_place {
        command.arg("--in-place");
    }
    // Doc tests take longer than all others, and are examples.
    command.args(["--", "--lib", "--tests"]);
    say(&format!("==> mutants of {}: {}", area.name, area.package));
    // It fails where something survived, which is judged below.
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("cargo mutants: {error}"))?;
    let found = Outcomes::read(&folder.join("mutants.out"));
    let noticed = found.caught.len() + found.timeout.len();
    let all = noticed + found.missed.len();
    if all == 0 {
        return Err(format!("cargo mutants {status}: nothing was tried"));
    }
    let (known, new): (Vec<&String>, Vec<&String>) = found
        .missed
        .iter()
        .partition(|mutant| explained.contains(&placeless(mutant)));
    say(&format!(
        "    {}: {all} tried, {} noticed by a failing test, {} by a test that never ends, {} survived ({} explained); {} did not compile: {:.0} %",
        area.name,
        found.caught.len(),
        found.timeout.len(),
        found.missed.len(),
        known.len(),
        found.unviable.len(),
        noticed as f64 / all as f64 * 100.0
    ));
    for mutant in &new {
        complain(&format!("    survived: {mutant}"));
    }
    Ok(new.len())
}

/// What cargo-mutants wrote, a list of names each.
#[derive(Default)]
struct Outcomes {
    caught: Vec<String>,
    missed: Vec<String>,
    timeout: Vec<String>,
    unviable: Vec<String>,
}

impl Outcomes {
    fn read(folder: &Path) -> Self {
        let list = |name: &str| {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
            text.lines().map(str::to_owned).collect()
        };
        Self {
            caught: list("caught.txt"),
            missed: list("missed.txt"),
            timeout: list("timeout.txt"),
            unviable: list("unviable.txt"),
        }
    }
}

/// A mutant's name without its line and column, which move: `crates/a/src/b.rs: replace > with >= in c`.
fn placeless(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(change)) => format!("{file}:{change}"),
        _ => mutant.to_owned(),
    }
}

/// The survivors that are no fault, each with its reason.
fn explained() -> Result<BTreeSet<String>, String> {
    let path: PathBuf = root().join(EXPLAINED);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| match line.split_once('\t') {
            Some((mutant, reason)) if !reason.trim().is_empty() => Ok(mutant.to_owned()),
            _ => Err(format!("{EXPLAINED}: no reason: {line}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{explained, placeless};

    #[test]
    fn names_are_told_without_their_place() {
        assert_eq!(
            placeless("crates/zeug-h1/src/body.rs:93:12: replace < with <= in decode"),
            "crates/zeug-h1/src/body.rs: replace < with <= in decode"
        );
    }

    #[test]
    fn each_explained_survivor_has_its_reason() {
        assert!(explained().is_ok());
    }
}
