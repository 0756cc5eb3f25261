//! `cargo xtask cost`: what each crate costs whoever depends on it, beside its peers: crates that come with it, and processor seconds from clean. It
//! writes `docs/costs.md` and judges nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use lexopt::prelude::*;
use serde_json::Value;

use crate::run::{cargo, measured, metadata, output, progress, root, say};

/// The peers, as one names them in a manifest.
const PEERS: [(&str, &str); 3] = [("axum", "0.8"), ("actix-web", "4"), ("rouille", "3")];

const HELP: &str = "\
cargo xtask cost [--only NAME,NAME..] [--no-write]

For each published crate and for axum, actix-web and rouille: the crates that come with it, and the processor
seconds of `cargo build` from clean. Minutes. Without --only it writes docs/costs.md.";

/// A crate that somebody may depend on.
struct Subject {
    name: String,
    /// What stands behind the `=` in a manifest, without features.
    source: String,
    features: Vec<String>,
}

/// What was found of a subject.
struct Cost {
    name: String,
    version: String,
    /// Crates that are compiled beside it: default features, all features.
    crates: usize,
    all_crates: usize,
    cpu: f64,
    waited: f64,
}

/// Measures; the page is written when all were measured.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut only, mut write) = (Vec::new(), true);
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Long("only") => {
                let names = parser.value().map_err(|error| error.to_string())?;
                only.extend(names.to_string_lossy().split(',').map(str::to_owned));
                write = false;
            }
            Long("no-write") => write = false,
            Short('h') | Long("help") => {
                say(HELP);
                return Ok(());
            }
            other => return Err(format!("{}\n\n{HELP}", other.unexpected())),
        }
    }
    let mut subjects = subjects()?;
    if let Some(name) = only
        .iter()
        .find(|name| subjects.iter().all(|subject| subject.name != **name))
    {
        return Err(format!("cost: no published crate and no peer is {name}"));
    }
    subjects.retain(|subject| only.is_empty() || only.contains(&subject.name));
    let mut costs = Vec::new();
    for subject in &subjects {
        progress(&format!(
            "{} of {}: {}",
            costs.len() + 1,
            subjects.len(),
            subject.name
        ));
        costs.push(cost(subject)?);
    }
    progress("");
    let table = table(&costs);
    say(table.trim_end());
    if write {
        let path = root().join("docs/costs.md");
        fs::write(&path, page(&table)).map_err(|error| format!("{}: {error}", path.display()))?;
        say("    written: docs/costs.md");
    }
    Ok(())
}

/// The published crates by name, then the peers.
fn subjects() -> Result<Vec<Subject>, String> {
    let metadata = metadata()?;
    let mut subjects: Vec<Subject> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|package| package["publish"].is_null())
        .map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
            Subject {
                name: package["name"].as_str().unwrap_or_default().to_owned(),
                source: format!("path = {:?}", manifest.parent().unwrap_or(manifest)),
                features: features(package),
            }
        })
        .collect();
    subjects.sort_by(|one, other| one.name.cmp(&other.name));
    subjects.extend(PEERS.map(|(name, version)| Subject {
        name: name.to_owned(),
        source: format!("version = {version:?}"),
        // Known when cargo has looked at it.
        features: Vec::new(),
    }));
    Ok(subjects)
}

fn features(package: &Value) -> Vec<String> {
    let features = package["features"].as_object();
    features
        .into_iter()
        .flat_map(|features| features.keys().cloned())
        .collect()
}

/// Counts, then builds: in a package of its own, so that no neighbour's feature and no profile of this workspace counts.
fn cost(subject: &Subject) -> Result<Cost, String> {
    let folder = root().join("target/cost").join(&subject.name);
    let _ = fs::remove_dir_all(&folder);
    scratch(&folder, subject, &[])?;
    let manifest = folder.join("Cargo.toml");
    let on = |command: &str| {
        let mut cargo = cargo([command]);
        cargo.arg("--manifest-path").arg(&manifest);
        cargo
    };
    output(on("fetch").arg("--quiet"))?;
    let (version, crates) = tree(&output(&mut listed(on("tree")))?, &subject.name)?;
    let began = (children(), Instant::now());
    output(
        on("build")
            .args(["--quiet", "--offline", "--target-dir"])
            .arg(folder.join("target")),
    )?;
    let cost = (children() - began.0, began.1.elapsed().as_secs_f64());

    let features = if subject.features.is_empty() {
        let text = output(on("metadata").args(["--format-version", "1"]))?;
        let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let mut packages = metadata["packages"].as_array().into_iter().flatten();
        packages
            .find(|package| package["name"] == *subject.name)
            .map(features)
            .unwrap_or_default()
    } else {
        subject.features.clone()
    };
    scratch(&folder, subject, &features)?;
    let (_, all_crates) = tree(&output(&mut listed(on("tree")))?, &subject.name)?;
    let _ = fs::remove_dir_all(&folder);
    Ok(Cost {
        name: subject.name.clone(),
        version,
        crates,
        all_crates,
        cpu: cost.0,
        waited: cost.1,
    })
}

/// Writes a package that depends on the subject alone, with the versions that the workspace has locked.
fn scratch(folder: &Path, subject: &Subject, features: &[String]) -> Result<(), String> {
    let said = |error| format!("{}: {error}", folder.display());
    let Subject { name, source, .. } = subject;
    let manifest = format!(
        "[package]\nname = \"cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n[dependencies]\n{name} = {{ {source}, features = {features:?} }}\n"
    );
    fs::create_dir_all(folder).map_err(said)?;
    fs::write(folder.join("Cargo.toml"), manifest).map_err(said)?;
    fs::write(folder.join("lib.rs"), "").map_err(said)?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).map_err(said)?;
    Ok(())
}

/// `cargo tree`, a crate a line: what is compiled for a build on this machine.
fn listed(mut tree: Command) -> Command {
    tree.args(["--quiet", "--prefix", "none", "--edges", "normal,build"]);
    tree
}

/// The subject's version, and how many other crates a listing has: each version counts.
fn tree(listing: &str, name: &str) -> Result<(String, usize), String> {
    let crates: BTreeSet<(&str, &str)> = listing
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect();
    let subject = crates.iter().find(|(each, _)| *each == name);
    let (_, version) = subject.ok_or_else(|| format!("cargo tree does not list {name}"))?;
    // Neither the subject nor the package that was made for it.
    Ok((version.trim_start_matches('v').to_owned(), crates.len() - 2))
}

/// The processor seconds, user and system, of all programs that this one has waited for, and of theirs.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    waited_for(&stat) / ticks
}

/// Fields 16 and 17 of `/proc/self/stat`, in ticks; the name in front may hold blanks.
fn waited_for(stat: &str) -> f64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks.filter_map(|word| word.parse::<f64>().ok()).sum()
}

/// Markdown that reads well in a terminal too.
fn table(costs: &[Cost]) -> String {
    let wide = costs.iter().map(|cost| cost.name.len() + 2).max();
    let wide = wide.unwrap_or_default().max("crate".len());
    let mut text = format!(
        "| {:wide$} | version | crates | all features | CPU s | waited s |\n| {:-<wide$} | ------- | -----: | -----------: | ----: | -------: |\n",
        "crate", ""
    );
    for cost in costs {
        let Cost {
            version,
            crates,
            all_crates,
            cpu,
            waited,
            ..
        } = cost;
        let name = format!("`{}`", cost.name);
        let _ = writeln!(
            text,
            "| {name:wide$} | {version:7} | {crates:6} | {all_crates:12} | {cpu:5.1} | {waited:8.0} |"
        );
    }
    text
}

fn page(table: &str) -> String {
    format!(
        "# What a crate costs to compile

{}.

For each published crate, and for three peers: the crates that are compiled beside it (normal and build dependencies of its default features and of all
features, on this machine's target, each version counted), and what `cargo build` from clean takes: a package of its own that depends on the one crate,
default features, cargo's debug profile, sources downloaded before. CPU is user and system time of cargo and all that it started, which other work on the machine
disturbs little; waited is the time by the clock, which it disturbs much. Versions are those of `Cargo.lock`.

A peer is a framework; what does its job here is `zeug` with its default features (`messages`, `serving`): requests, answers, forms, routing, the server with TLS.
By default none of the three has TLS; axum has no multipart; actix-web and rouille compress answers, which `zeug` leaves to `middleware`.

{table}",
        measured("cargo xtask cost")
    )
}

#[cfg(test)]
mod tests {
    use super::{Cost, table, tree, waited_for};

    #[test]
    fn counts_each_crate_once_and_neither_the_subject_nor_its_package() {
        let listing = "cost v0.0.0 (/tmp/cost)\na v1.2.3\nb v0.1.0 (proc-macro)\nc v1.0.0\n\nc v2.0.0\nb v0.1.0 (proc-macro) (*)\n";
        assert_eq!(tree(listing, "a"), Ok(("1.2.3".to_owned(), 3)));
        assert!(tree(listing, "d").is_err_and(|error| error.contains("list d")));
    }

    #[test]
    fn reads_the_times_of_programs_that_ended() {
        let stat = "7 (a) name) S 1 7 7 0 -1 4194560 1 2 3 4 11 12 130 40 20 0 1 0";
        assert_eq!(waited_for(stat), 170.0);
        assert_eq!(waited_for("nothing"), 0.0);
    }

    #[test]
    fn rows_stand_below_their_heads() {
        let text = table(&[Cost {
            name: "zeug-h1".to_owned(),
            version: "0.1.0".to_owned(),
            crates: 4,
            all_crates: 12,
            cpu: 3.25,
            waited: 9.0,
        }]);
        let widths: Vec<usize> = text.lines().map(str::len).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{text}");
        assert!(
            text.contains("|      4 |           12 |   3.2 |        9 |"),
            "{text}"
        );
    }
}
