//! The guide's page of examples: each has its block, is started as its source says, with the features that it asks for, and prints what stands there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{process, words};

/// The word behind another.
fn behind<'a>(words: &'a str, word: &str) -> Option<&'a str> {
    let mut words = words.split_whitespace();
    words.find(|each| *each == word)?;
    words.next()
}

/// What `cargo metadata` says of this package.
fn package() -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let metadata: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .find(|package| package["name"] == "zeug")
        .unwrap()
        .clone()
}

/// The features that these bring, with them.
fn closure(package: &Value, features: &[&str]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut todo: Vec<String> = features.iter().map(|&feature| feature.to_owned()).collect();
    while let Some(feature) = todo.pop() {
        if let Some(brought) = package["features"][&feature].as_array() {
            todo.extend(brought.iter().map(|each| each.as_str().unwrap().to_owned()));
            all.insert(feature);
        }
    }
    all
}

#[test]
fn the_page_of_examples_is_right() {
    let package = package();
    let examples: Vec<&Value> = package["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|target| target["kind"][0] == "example")
        .collect();
    let built = |command: &str| {
        assert!(command.starts_with("-p zeug "), "{command}");
        let name = behind(command, "--example").unwrap();
        let example = examples.iter().find(|example| example["name"] == name);
        let example = example.unwrap_or_else(|| panic!("no example {name}"));
        let features: Vec<&str> = behind(command, "--features")
            .map_or(Vec::new(), |features| features.split(',').collect());
        let there = closure(&package, &[&["default"], &features[..]].concat());
        for needed in example["required-features"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let all = command.contains("--all-features");
            assert!(
                all || there.contains(needed.as_str().unwrap()),
                "{command} lacks {needed}"
            );
        }
        let source = std::fs::read_to_string(example["src_path"].as_str().unwrap()).unwrap();
        assert!(
            source.contains(&format!("`cargo run {command}")),
            "{name} says something else of its start"
        );
        process::program(name)
    };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/src/examples.md");
    assert_eq!(
        words::run(&page, built),
        examples.len(),
        "each example has its block"
    );
}
