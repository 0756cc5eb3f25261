//! The driver over the vectors of all crates: every answer is equal, but for the deviations that a crate lists, and these differ.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The files `../*/tests/vectors/*.jsonl`.
fn vector_files() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = fs::read_dir(crates)
        .expect("the crates")
        .flatten()
        .map(|entry| entry.path().join("tests/vectors"));
    let files = folders
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<_> = files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    files
}

/// Whole numbers as floating ones, since `1` and `1.0` are equal.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), canonical(value)))
            .collect(),
        other => other.clone(),
    }
}

/// What the driver answers to these questions, by id.
fn answers(questions: &str) -> BTreeMap<String, Value> {
    let mut driver = Command::new(env!("CARGO_BIN_EXE_zeug-conformance"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the driver starts");
    let mut input = driver.stdin.take().expect("a pipe");
    let questions = questions.to_owned();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()));
    let output = driver.wait_with_output().expect("the driver answers");
    writer.join().expect("no panic").expect("all is written");
    assert!(output.status.success());
    let lines = str::from_utf8(&output.stdout).expect("text").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("json"))
        .map(|answer: Value| (id(&answer), answer))
        .collect()
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// The ids in the folder's `deviations.tsv`.
fn deviations(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("deviations.tsv")).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, _)| id.to_owned())
        .collect()
}

#[test]
fn all_vectors_but_the_listed_deviations() {
    let mut wrong = Vec::new();
    let mut listed: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for file in vector_files() {
        let folder = file.parent().expect("a folder").to_owned();
        let deviations = listed
            .entry(folder.clone())
            .or_insert_with(|| deviations(&folder));
        let text = fs::read_to_string(&file).expect("readable");
        let answers = answers(&text);
        let count = text.lines().count();
        assert_eq!(
            answers.len(),
            count,
            "each question of {} has one answer",
            file.display()
        );
        for line in text.lines() {
            let vector: Value = serde_json::from_str(line).expect("json");
            let answer = answers.get(&id(&vector)).unwrap_or(&Value::Null);
            let same = ["ok", "err", "data"]
                .iter()
                .all(|part| canonical(&vector[part]) == canonical(&answer[part]));
            let deviates = deviations
                .iter()
                .position(|deviation| *deviation == id(&vector));
            if let Some(at) = deviates {
                deviations.remove(at);
            }
            if same == deviates.is_some() {
                wrong.push(format!("{} {}: {answer}", id(&vector), vector["op"]));
            }
        }
    }
    wrong.extend(
        listed
            .into_iter()
            .filter(|(_, left)| !left.is_empty())
            .map(|left| format!("no such vectors: {left:?}")),
    );
    assert!(
        wrong.is_empty(),
        "{} of the vectors:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
