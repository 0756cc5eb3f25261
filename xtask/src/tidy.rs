//! `cargo xtask tidy`: holds the tree against the house's rules, which stand in `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{complain, metadata, root, say};
use crate::{bench, links, named_tests, scorecard};

/// The most lines of a source file, and of a crate's README.
const FILE: usize = 600;
const README: usize = 80;
/// The most outside dependencies of a crate in layers 0 and 1.
const OUTSIDE: usize = 4;

/// A row of the table of crates.
struct Row {
    layer: Option<u8>,
    edges: BTreeSet<String>,
    /// Crates whose formats need more than the usual number of outside dependencies.
    excepted: bool,
}

/// Checks all rules; the message counts what breaks them.
pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let mut faults = Vec::new();
    let rows = table(&root().join("docs/architecture.md"))?;
    let metadata = metadata()?;
    let packages: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    for package in &packages {
        edges(package, &names, &rows, &mut faults);
        if package["publish"].is_null() {
            papers(package, &mut faults);
        }
    }
    examples(&packages, &mut faults);
    for name in rows.keys().filter(|name| !names.contains(name.as_str())) {
        faults.push(format!(
            "docs/architecture.md names {name}, which is no crate"
        ));
    }
    let mut files = 0;
    for folder in ["crates", "benches", "examples", "xtask"] {
        sources(&root().join(folder), &mut files, &mut faults);
    }
    let named = named_tests::check(&root(), &mut faults);
    let links = links::check(&root(), &mut faults);
    let benches = bench::check(&mut faults);
    let (met, scored) = scorecard::check(&root(), &mut faults);
    if !faults.is_empty() {
        for fault in &faults {
            complain(&format!("    {fault}"));
        }
        return Err(format!("tidy: {} rules broken", faults.len()));
    }
    say(&format!(
        "    tidy: {} crates and {files} files keep the rules; {named} tests that docs/security.md names and {links} files that pages link to are there; {benches} groups stand on docs/benchmarks.md as they were measured; {met} of the scorecard's {scored} rows are met",
        rows.len()
    ));
    Ok(())
}

/// Reads the table of crates: `| layer | crate | owns | may depend on (workspace) | outside |`.
fn table(path: &Path) -> Result<BTreeMap<String, Row>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [layer, name, _, edges, outside] = cells[..] else {
            continue;
        };
        let Some(name) = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
        else {
            continue;
        };
        let row = Row {
            layer: layer.parse().ok(),
            edges: edges
                .split(',')
                .map(|edge| edge.trim().trim_matches('`').to_owned())
                .filter(|edge| edge != "-" && !edge.is_empty())
                .collect(),
            excepted: outside.contains("(excepted)"),
        };
        rows.insert(name.to_owned(), row);
    }
    if rows.is_empty() {
        Err(format!("{}: no table of crates", path.display()))
    } else {
        Ok(rows)
    }
}

/// The edges of one package against its row.
fn edges(
    package: &Value,
    names: &BTreeSet<&str>,
    rows: &BTreeMap<String, Row>,
    faults: &mut Vec<String>,
) {
    let name = package["name"].as_str().unwrap_or_default();
    if !name.starts_with("zeug") || name == "zeug-benches" {
        return;
    }
    let Some(row) = rows.get(name) else {
        faults.push(format!("{name} has no row in docs/architecture.md"));
        return;
    };
    let all = row.edges.contains("all");
    let mut outside = 0;
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let to = dependency["name"].as_str().unwrap_or_default();
        let test_only = dependency["kind"] == "dev";
        if names.contains(to) {
            let short = to.strip_prefix("zeug-").unwrap_or(to);
            if !test_only && !all && !row.edges.contains(short) {
                faults.push(format!(
                    "{name} depends on {to}, which its row does not allow"
                ));
            }
        } else if !test_only && dependency["optional"] != true {
            outside += 1;
        }
    }
    if row.layer.is_some_and(|layer| layer <= 1) && outside > OUTSIDE && !row.excepted {
        faults.push(format!(
            "{name} has {outside} outside dependencies, at most {OUTSIDE} are allowed in its layer"
        ));
    }
    let kinds = |target: &Value, kind: &str| {
        target["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|each| each == kind))
    };
    for target in package["targets"].as_array().into_iter().flatten() {
        let macro_crate = kinds(target, "proc-macro") && !name.ends_with("-derive");
        if row.layer.is_some_and(|layer| layer <= 1)
            && (macro_crate || kinds(target, "custom-build"))
        {
            faults.push(format!("{name} has a build script or is a proc-macro"));
        }
    }
}

/// The one crate with code that the workspace's lints forbid: one file reads the frames of a failed handler.
const UNSAFE: &str = "zeug-debug";

/// A published crate's lints, README and change log.
fn papers(package: &Value, faults: &mut Vec<String>) {
    let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let name = package["name"].as_str().unwrap_or_default();
    let text = fs::read_to_string(manifest).unwrap_or_default();
    if name != UNSAFE && !text.contains("[lints]\nworkspace = true") {
        faults.push(format!(
            "{name}: Cargo.toml does not take the workspace's lints, which forbid unsafe code"
        ));
    }
    match fs::read_to_string(manifest.with_file_name("README.md")) {
        Ok(text) if text.lines().count() > README => {
            faults.push(format!(
                "{name}: README.md has {} lines, at most {README}",
                text.lines().count()
            ));
        }
        Ok(text) if !text.starts_with(&format!("# {name}")) => {
            faults.push(format!("{name}: README.md does not begin with `# {name}`"));
        }
        Ok(_) => {}
        Err(_) => faults.push(format!("{name}: no README.md")),
    }
    if !manifest.with_file_name("CHANGELOG.md").is_file() {
        faults.push(format!("{name}: no CHANGELOG.md"));
    }
    for field in ["description", "license", "readme"] {
        if package[field].is_null() {
            faults.push(format!("{name}: no {field} in Cargo.toml"));
        }
    }
}

/// All packages' examples are built into one folder, where the last of two of one name is what is found.
fn examples(packages: &[&Value], faults: &mut Vec<String>) {
    let mut owners = BTreeMap::new();
    for package in packages {
        let owner = package["name"].as_str().unwrap_or_default();
        for target in package["targets"].as_array().into_iter().flatten() {
            let name = target["name"].as_str().unwrap_or_default();
            if target["kind"][0] == "example"
                && let Some(other) = owners.insert(name, owner)
            {
                faults.push(format!(
                    "example {name} of {owner}: {other} has one of that name, and one replaces the other when both are built"
                ));
            }
        }
    }
}

/// Each source file's first line and length.
fn sources(folder: &Path, files: &mut usize, faults: &mut Vec<String>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "target" | "corpus" | "artifacts") {
                sources(&path, files, faults);
            }
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        *files += 1;
        let shown = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .display()
            .to_string();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let first = text
            .lines()
            .find(|line| !line.starts_with("#![no_main]") && !line.is_empty())
            .unwrap_or_default();
        if !first.starts_with("//!") && !first.starts_with("#![doc = include_str!") {
            faults.push(format!("{shown}: does not begin with a `//!` line"));
        }
        let tests =
            shown.contains("/tests/") || name == "tests.rs" || shown.starts_with("benches/");
        let lines = text.lines().count();
        if !tests && lines > FILE {
            faults.push(format!("{shown}: {lines} lines, at most {FILE}"));
        }
        let stem = name.trim_end_matches(".rs");
        // The driver's files have the names of the protocol's areas, of which one is `utils`.
        let area = shown.starts_with("crates/zeug-conformance/");
        if !area && matches!(stem, "util" | "utils" | "common" | "helpers" | "misc") {
            faults.push(format!("{shown}: name the room after what lives in it"));
        }
    }
}
