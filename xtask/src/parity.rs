//! `cargo xtask parity`: counts what of Werkzeug's names is done, and holds each Rust path in `docs/parity.tsv` against the compiler. It refuses rows
//! with an unknown status and paths that do not exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::run::{cargo, complain, metadata, root, say};

/// A row of the project's own tables.
struct Row {
    id: String,
    status: String,
    paths: Vec<String>,
    /// File and line, for messages.
    place: String,
}

/// Counts and checks; `--no-paths` leaves the compiler out.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let mut faults = Vec::new();
    let rows = rows(&root().join("docs/parity.tsv"), &mut faults)?;
    // The table of names stands beside the project; without it there is nothing to count by.
    let wanted = wanted(&root().join("../shared/parity/parity.tsv"));
    match &wanted {
        Some(wanted) => count(wanted, &rows, &mut faults),
        None => say(&format!(
            "    {} rows; the table of Werkzeug's names is not here",
            rows.len()
        )),
    }
    if !args.iter().any(|arg| arg == "--no-paths") {
        let missing = missing_paths(&rows)?;
        for row in &rows {
            let lost = row.paths.iter().filter(|path| missing.contains(*path));
            faults.extend(lost.map(|path| format!("{}: no such path: {path}", row.place)));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        complain(&format!("    {fault}"));
    }
    Err(format!("parity: {} faults", faults.len()))
}

fn rows(file: &Path, faults: &mut Vec<String>) -> Result<Vec<Row>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    for (index, line) in text
        .lines()
        .enumerate()
        .skip(1)
        .filter(|(_, line)| !line.is_empty())
    {
        let place = format!("docs/parity.tsv:{}", index + 1);
        let mut columns = line.split('\t').map(str::trim);
        let mut column = || columns.next().unwrap_or_default().to_owned();
        let (id, status, paths) = (column(), column(), column());
        if !matches!(status.as_str(), "done" | "idiom" | "left out") {
            faults.push(format!(
                "{place}: status {status:?} is not done, idiom or left out"
            ));
        }
        let paths: Vec<String> = paths
            .split(", ")
            .map(str::trim)
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect();
        if status == "done" && paths.is_empty() {
            faults.push(format!("{place}: done, but no path says where"));
        }
        faults.extend(
            paths
                .iter()
                .filter(|path| !is_path(path))
                .map(|path| format!("{place}: not a path: {path}")),
        );
        if !seen.insert(id.clone()) {
            faults.push(format!("{place}: {id} has a row already"));
        }
        rows.push(Row {
            id,
            status,
            paths,
            place,
        });
    }
    Ok(rows)
}

/// `krate::module::Type::method`, and nothing that could be anything but a path.
fn is_path(path: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    path.contains("::") && path.split("::").all(is_name)
}

/// Each id of tier 1 and 2 with its area and tier.
fn wanted(file: &Path) -> Option<BTreeMap<String, (String, String)>> {
    let text = fs::read_to_string(file).ok()?;
    let rows = text.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let (id, area, tier) = (columns.first()?, columns.get(3)?, columns.get(4)?);
        matches!(*tier, "1" | "2")
            .then(|| ((*id).to_owned(), ((*area).to_owned(), (*tier).to_owned())))
    });
    Some(rows.collect())
}

/// Says, an area a line, how many names there are, how many are done in each way, and how many have no row.
fn count(wanted: &BTreeMap<String, (String, String)>, rows: &[Row], faults: &mut Vec<String>) {
    let by_id: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut areas: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    for (id, (area, tier)) in wanted {
        let counts = areas.entry(area).or_default();
        counts[0] += 1;
        match by_id.get(id.as_str()).map(|row| row.status.as_str()) {
            Some("done") => counts[1] += 1,
            Some("idiom") => counts[2] += 1,
            Some(_) => counts[3] += 1,
            None if tier == "1" => counts[4] += 1,
            None => counts[5] += 1,
        }
    }
    say(&format!(
        "    {:<20}{:>7}{:>7}{:>7}{:>10}{:>12}{:>12}",
        "area", "names", "done", "idiom", "left out", "no row (1)", "no row (2)"
    ));
    let line = |area: &str, [names, done, idiom, left, first, second]: [usize; 6]| {
        say(&format!(
            "    {area:<20}{names:>7}{done:>7}{idiom:>7}{left:>10}{first:>12}{second:>12}"
        ));
    };
    let mut all = [0; 6];
    for (area, counts) in areas {
        line(area, counts);
        all.iter_mut()
            .zip(counts)
            .for_each(|(sum, count)| *sum += count);
    }
    line("all", all);
    // A row about a name of tier 3 does no harm, but one about no name at all is a slip of the pen. Names of tier 3 are not in `wanted`.
    let odd = rows.iter().filter(|row| {
        !row.id.starts_with("werkzeug.")
            && !row.id.starts_with("itsdangerous.")
            && !row.id.starts_with("flask.")
    });
    faults.extend(odd.map(|row| {
        format!(
            "{}: {:?} is no name of Werkzeug, itsdangerous or Flask",
            row.place, row.id
        )
    }));
}

/// The paths that the compiler does not find. Each is a line of a generated crate; errors of name resolution hide those about methods and fields, so lines that
/// failed are taken out and the rest is looked at again.
fn missing_paths(rows: &[Row]) -> Result<BTreeSet<String>, String> {
    let mut left: Vec<&str> = rows
        .iter()
        .flat_map(|row| &row.paths)
        .map(String::as_str)
        .filter(|path| is_path(path))
        .collect();
    left.sort_unstable();
    left.dedup();
    let folder = root().join("target/parity");
    write_manifest(&folder, &left)?;
    let mut missing = BTreeSet::new();
    let mut forms = vec![Form::Item; left.len()];
    loop {
        let failed = check(&folder, &left, &forms)?;
        if failed.is_empty() {
            break;
        }
        let mut kept = Vec::new();
        for (index, (path, form)) in left.iter().zip(&forms).enumerate() {
            match (failed.contains(&index), form.next()) {
                (false, _) => kept.push((*path, *form)),
                (true, Some(other)) => kept.push((*path, other)),
                (true, None) => {
                    missing.insert((*path).to_owned());
                }
            }
        }
        (left, forms) = kept.into_iter().unzip();
    }
    say(&format!(
        "    {} paths looked up, {} missing",
        left.len() + missing.len(),
        missing.len()
    ));
    Ok(missing)
}

/// What a path may name: tried in turn, since only the compiler knows.
#[derive(Clone, Copy)]
enum Form {
    /// A module, type, trait, function, constant, macro or variant.
    Item,
    /// A method, or another item of a type.
    Associated,
    /// A field of a struct.
    Field,
}

impl Form {
    fn next(self) -> Option<Self> {
        match self {
            Self::Item => Some(Self::Associated),
            Self::Associated => Some(Self::Field),
            Self::Field => None,
        }
    }

    fn line(self, path: &str) -> String {
        let (owner, last) = path.rsplit_once("::").unwrap_or_default();
        match self {
            Self::Item => format!("use {path} as _;"),
            Self::Associated => format!("const _: () = {{ fn _a() {{ let _ = {path}; }} }};"),
            Self::Field => format!(
                "const _: () = {{ fn _a() {{ let _ = |value: &{owner}| {{ let _ = &value.{last}; }}; }} }};"
            ),
        }
    }
}

/// Errors that mean that there is no such thing, or that it is not public. Others, as that a type is not known yet, are about how it is used here.
const NOT_THERE: &[&str] = &[
    "E0364", "E0365", "E0405", "E0412", "E0423", "E0425", "E0432", "E0433", "E0573", "E0574",
    "E0576", "E0599", "E0603", "E0609", "E0610", "E0616", "E0624",
];

/// The indexes of the paths that are not there in this form.
fn check(folder: &Path, paths: &[&str], forms: &[Form]) -> Result<BTreeSet<usize>, String> {
    let mut source = String::from("#![allow(unused, deprecated)]\n");
    for (path, form) in paths.iter().zip(forms) {
        let _ = writeln!(source, "{}", form.line(path));
    }
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
    };
    write("lib.rs", &source)?;
    let mut command = cargo(["check", "--quiet", "--message-format", "json"]);
    command
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(root().join("target"));
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cargo check: {error}"))?;
    let mut failed = BTreeSet::new();
    let mut understood = output.status.success();
    for message in String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        let is_ours = message["target"]["name"].as_str() == Some("parity-paths")
            || message["target"]["name"].as_str() == Some("parity_paths");
        let message = &message["message"];
        if message["level"] != "error" || !is_ours {
            continue;
        }
        understood = true;
        if message["code"]["code"]
            .as_str()
            .is_some_and(|code| NOT_THERE.contains(&code))
        {
            let spans = message["spans"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|span| span["is_primary"] == true);
            let lines = spans
                .filter_map(|span| span["line_start"].as_u64())
                .filter_map(|line| usize::try_from(line).ok());
            // The first line of the file is the attribute, and lines count from one.
            failed.extend(lines.filter_map(|line| line.checked_sub(2)));
        }
    }
    if understood {
        Ok(failed)
    } else {
        Err(format!(
            "the generated crate did not build:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// The manifest of the generated crate: each crate that a path begins with, with all its features.
fn write_manifest(folder: &Path, paths: &[&str]) -> Result<(), String> {
    let used: BTreeSet<&str> = paths
        .iter()
        .filter_map(|path| path.split("::").next())
        .collect();
    let mut manifest = String::from(
        "[package]\nname = \"parity-paths\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[lib]\npath = \"lib.rs\"\n\n[workspace]\n\n[dependencies]\n",
    );
    for package in metadata()?["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if !used.contains(name.replace('-', "_").as_str()) {
            continue;
        }
        let place = package["manifest_path"]
            .as_str()
            .map(Path::new)
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        let features: Vec<_> = package["features"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(feature, _)| format!("{feature:?}"))
            .collect();
        let _ = writeln!(
            manifest,
            "{name} = {{ path = {:?}, features = [{}] }}",
            place.display().to_string(),
            features.join(", ")
        );
    }
    if used.contains("http") {
        manifest.push_str("http = \"1\"\n");
    }
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    fs::write(folder.join("Cargo.toml"), manifest)
        .map_err(|error| format!("Cargo.toml: {error}"))?;
    // The same versions as the project's, so that nothing is built twice.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    Ok(())
}
