//! `cargo xtask bench`: the criterion groups of `benches/`, and how things grow; what was found goes into `docs/benchmarks/` as text, and from there into the page
//! and its pictures. A run of one group replaces what is known of that group and leaves the rest.

mod bars;
mod criterion;
mod curves;
mod figures;
mod page;
mod paint;
mod plot;
pub(crate) mod scale;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use crate::run::{cargo, complain, measured, output, root, say, step};

use self::figures::Group;

const HELP: &str = "\
cargo xtask bench [GROUP..] [--quick] [--check | --page | --list]

  GROUP..   these groups only, of those that --list names; all of them and `scale` where none is named
  --quick   short times: all in a quarter of an hour on a quiet machine, once they are built
  --check   measures nothing: whether docs/benchmarks.md is what its figures give, and names only what exists
  --page    measures nothing: writes page and pictures of the figures that are there
  --list    the groups

Figures lie in docs/benchmarks/, the page is docs/benchmarks.md. Each group's bench is built before the first is timed: minutes.
";

/// How things grow: not criterion's.
const SCALE: &str = "scale";

/// Where the figures and the pictures lie, and the page.
fn folder() -> PathBuf {
    root().join("docs/benchmarks")
}

/// Measures, or checks.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let groups = groups()?;
    let (mut chosen, mut quick, mut check) = (Vec::new(), false, false);
    for arg in args {
        match arg.as_str() {
            "--quick" => quick = true,
            "--check" => check = true,
            "--page" => return page::write(),
            "--list" => {
                say(&groups.join("\n"));
                say(SCALE);
                return Ok(());
            }
            "--help" | "-h" => {
                say(HELP.trim_end());
                return Ok(());
            }
            name if name == SCALE || groups.iter().any(|group| group == name) => {
                chosen.push(name.to_owned());
            }
            other => return Err(format!("bench: no group is called {other:?}\n\n{HELP}")),
        }
    }
    if check {
        return whole_check(&groups);
    }
    let command = ["cargo xtask bench"]
        .into_iter()
        .chain(args.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    if chosen.is_empty() {
        chosen = groups.iter().cloned().chain([SCALE.to_owned()]).collect();
    }
    measure(&chosen, quick, &command)
}

/// Builds everything, then times one group after the other; each is written down as soon as it is done.
fn measure(chosen: &[String], quick: bool, command: &str) -> Result<(), String> {
    let benches: Vec<&String> = chosen.iter().filter(|name| *name != SCALE).collect();
    if !benches.is_empty() {
        let mut build = cargo(["bench", "--package", "zeug-benches", "--no-run", "--quiet"]);
        for name in &benches {
            build.args(["--bench", name]);
        }
        step("benches", &mut build)?;
    }
    let mut prepared = if chosen.iter().any(|name| name == SCALE) {
        Some(scale::prepare()?)
    } else {
        None
    };
    let begun = Instant::now();
    let mut failed = Vec::new();
    for (at, name) in chosen.iter().enumerate() {
        say(&format!(
            "==> {name} ({} of {}, {:.0} s so far)",
            at + 1,
            chosen.len(),
            begun.elapsed().as_secs_f64()
        ));
        let done = match &mut prepared {
            Some(prepared) if name == SCALE => scale::run(prepared, quick, command),
            _ => criterion::run(name, quick).and_then(|mut group| {
                group.measured = measured(command);
                group.write()
            }),
        };
        // What one group cannot do is no reason to lose the others.
        if let Err(error) = done {
            complain(&format!("    {name}: {error}"));
            failed.push(name.as_str());
        }
        page::write()?;
    }
    say(&format!(
        "    written: docs/benchmarks.md, after {:.0} s",
        begun.elapsed().as_secs_f64()
    ));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("bench: failed: {}", failed.join(", ")))
    }
}

/// The groups, as the manifest of `benches/` names them.
fn groups() -> Result<Vec<String>, String> {
    let path = root().join("benches/Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut groups = Vec::new();
    let mut bench = false;
    for line in text.lines() {
        if line.starts_with('[') {
            bench = line == "[[bench]]";
        } else if let (true, Some(name)) = (bench, line.strip_prefix("name = ")) {
            groups.push(name.trim_matches('"').to_owned());
        }
    }
    groups.sort();
    Ok(groups)
}

/// What can be told without building: the page and the pictures are what the figures give, and each group and operation is in the sources.
pub(crate) fn check(faults: &mut Vec<String>) -> usize {
    let (groups, known) = match (groups(), Group::all()) {
        (Ok(groups), Ok(known)) => (groups, known),
        (Err(error), _) | (_, Err(error)) => {
            faults.push(error);
            return 0;
        }
    };
    for group in &known {
        if !groups.contains(&group.name) {
            faults.push(format!(
                "docs/benchmarks/{}.tsv: there is no such group in benches/Cargo.toml",
                group.name
            ));
            continue;
        }
        let source = root().join(format!("benches/{}.rs", group.name));
        let source = fs::read_to_string(source).unwrap_or_default();
        for operation in group.operations() {
            let named =
                ["\"", "/"].map(|behind| source.contains(&format!("\"{operation}{behind}")));
            if named == [false, false] {
                faults.push(format!(
                    "docs/benchmarks/{}.tsv: benches/{}.rs has no operation {operation}",
                    group.name, group.name
                ));
            }
        }
    }
    match page::files() {
        Ok(files) => {
            for (path, text) in files {
                if fs::read_to_string(&path).unwrap_or_default() != text {
                    let path = path.strip_prefix(root()).unwrap_or(&path).display();
                    faults.push(format!(
                        "{path} is not what docs/benchmarks/*.tsv give: cargo xtask bench --check says more"
                    ));
                }
            }
        }
        Err(error) => faults.push(error),
    }
    known.len()
}

/// All of that, and each case asked of the benches themselves.
fn whole_check(groups: &[String]) -> Result<(), String> {
    let mut faults = Vec::new();
    check(&mut faults);
    let mut cases = 0;
    for group in Group::all()? {
        if !groups.contains(&group.name) {
            continue;
        }
        let mut list = cargo(["bench", "--package", "zeug-benches", "--quiet", "--bench"]);
        let listed = output(list.args([&group.name, "--", "--list"]))?;
        let there: BTreeSet<&str> = listed
            .lines()
            .filter_map(|line| line.strip_suffix(": benchmark"))
            .collect();
        for figure in &group.figures {
            let id = format!("{}/{}", figure.case, figure.implementation);
            cases += 1;
            if !there.contains(id.as_str()) {
                faults.push(format!(
                    "docs/benchmarks/{}.tsv: there is no case {id}",
                    group.name
                ));
            }
        }
    }
    if faults.is_empty() {
        say(&format!(
            "    bench: {cases} cases on the page, each of which exists"
        ));
        return Ok(());
    }
    Err(format!("bench --check:\n{}", faults.join("\n")))
}
