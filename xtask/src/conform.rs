//! `cargo xtask conform`: runs the driver over vectors and counts, an operation a row, what it answers as recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Map, Value};

use crate::run::{cargo, complain, root, say, step};

#[derive(Default)]
struct Count {
    passed: usize,
    total: usize,
    unsupported: usize,
}

/// Runs the given files, or each crate's own vectors.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let files = if args.is_empty() {
        own_vectors()?
    } else {
        args.iter().map(PathBuf::from).collect()
    };
    step(
        "driver",
        &mut cargo(["build", "--quiet", "--release", "-p", "zeug-conformance"]),
    )?;
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut deviations = 0;
    for file in &files {
        deviations += run_file(file, &mut counts, &mut wrong)?;
    }
    let width = counts.keys().map(String::len).max().unwrap_or(0);
    let (mut passed, mut total) = (0, 0);
    for (op, count) in &counts {
        let note = match count {
            Count { unsupported, .. } if *unsupported > 0 => format!("  {unsupported} unsupported"),
            Count { passed, total, .. } if passed < total => "  FAIL".to_owned(),
            _ => String::new(),
        };
        say(&format!(
            "    {op:<width$}  {:>5}/{}{note}",
            count.passed, count.total
        ));
        passed += count.passed;
        total += count.total;
    }
    say(&format!(
        "    conform: {passed} of {total} passed, {deviations} deliberate deviations, {} files",
        files.len()
    ));
    for line in wrong.iter().take(20) {
        complain(line);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} vectors are not answered as they should",
            wrong.len()
        ))
    }
}

/// Each `*.jsonl` in a crate's vectors that holds protocol questions.
pub(crate) fn own_vectors() -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for krate in entries(&root().join("crates"))? {
        let folder = krate.join("tests/vectors");
        if folder.is_dir() {
            files.extend(entries(&folder)?.into_iter().filter(|path| {
                path.extension().is_some_and(|ending| ending == "jsonl")
                    && fs::read_to_string(path).is_ok_and(|text| text.starts_with("{\"id\""))
            }));
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = read.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// Runs one file; gives the number of its deviations.
fn run_file(
    file: &Path,
    counts: &mut BTreeMap<String, Count>,
    wrong: &mut Vec<String>,
) -> Result<usize, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let vectors: Vec<Value> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).map_err(|error| format!("{}: {error}", file.display()))
        })
        .collect::<Result<_, _>>()?;
    let deviations = deviations(file);
    let mut answers = ask(&vectors)?;
    let mut seen = BTreeSet::new();
    for vector in &vectors {
        let id = vector["id"].as_str().unwrap_or_default();
        let op = vector["op"].as_str().unwrap_or_default();
        let got = answers.remove(id).unwrap_or_default();
        let right = same(&result(vector), &result(&got));
        if deviations.contains(id) {
            seen.insert(id.to_owned());
            if right {
                wrong.push(format!(
                    "{id}: listed as a deviation, but answered as recorded"
                ));
            }
            continue;
        }
        let count = counts.entry(op.to_owned()).or_default();
        count.total += 1;
        if got["err"] == "unsupported_op" {
            count.unsupported += 1;
        }
        if right {
            count.passed += 1;
        } else {
            wrong.push(format!(
                "{id} {op} {}\n  want {}\n  got  {}",
                vector["args"],
                result(vector),
                result(&got)
            ));
        }
    }
    for id in deviations.difference(&seen) {
        // Another file beside it may hold it: one list serves a folder.
        let elsewhere = siblings(file).iter().any(|path| {
            fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("\"{id}\"")))
        });
        if !elsewhere {
            wrong.push(format!(
                "{id}: listed as a deviation, but in none of the files beside the list"
            ));
        }
    }
    Ok(seen.len())
}

fn siblings(file: &Path) -> Vec<PathBuf> {
    file.parent()
        .and_then(|folder| entries(folder).ok())
        .unwrap_or_default()
        .into_iter()
        .filter(|path| path != file && path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect()
}

/// The ids of `deviations.tsv` beside the file.
pub(crate) fn deviations(file: &Path) -> BTreeSet<String> {
    fs::read_to_string(file.with_file_name("deviations.tsv"))
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter_map(|line| line.split('\t').next())
        .filter(|id| *id != "id")
        .map(str::to_owned)
        .collect()
}

/// All of the driver's answers by id.
pub(crate) fn ask(vectors: &[Value]) -> Result<BTreeMap<String, Value>, String> {
    let mut driver = cargo(["run", "--quiet", "--release", "-p", "zeug-conformance"]);
    ask_program(&mut driver, vectors)
}

/// All answers of a program that speaks the protocol, by id.
pub(crate) fn ask_program(
    program: &mut Command,
    vectors: &[Value],
) -> Result<BTreeMap<String, Value>, String> {
    let mut driver = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the driver does not start: {error}"))?;
    let mut input = driver.stdin.take().ok_or("the driver has no input")?;
    let questions: Vec<u8> = vectors
        .iter()
        .flat_map(|vector| {
            let mut line =
                serde_json::json!({"id": vector["id"], "op": vector["op"], "args": vector["args"]})
                    .to_string();
            line.push('\n');
            line.into_bytes()
        })
        .collect();
    // A driver that ends early is seen by its status.
    let writer = thread::spawn(move || drop(input.write_all(&questions)));
    let output = driver
        .wait_with_output()
        .map_err(|error| format!("the driver: {error}"))?;
    let _ = writer.join();
    if !output.status.success() {
        complain(&format!("the driver ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|answer| Some((answer["id"].as_str()?.to_owned(), answer)))
        .collect())
}

/// The part of a vector or an answer that is compared.
pub(crate) fn result(value: &Value) -> Value {
    let mut kept = Map::new();
    for key in ["ok", "err", "data"] {
        if let Some(part) = value.get(key) {
            kept.insert(key.into(), part.clone());
        }
    }
    Value::Object(kept)
}

/// Equality as JSON, where `1` and `1.0` are one number.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}
