//! Trials of the form decoders: bodies that are meant to fill memory or disk, each in a process of its own (`crates/zeug-forms/examples/bombs.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Figure, Yard, at_most, exactly, printed};
use crate::run::{cargo, root, step};

/// What a process said of a body, by name.
struct Said(BTreeMap<String, u64>);

impl Said {
    fn get(&self, name: &str) -> Result<u64, String> {
        let said = self.0.get(name).copied();
        said.ok_or_else(|| format!("bombs says nothing of {name}"))
    }
}

/// Has a process of `program` decode a body.
fn decode(program: &Path, body: &str) -> Result<Said, String> {
    let text = printed(Command::new(program).arg(body))?;
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Ok(Said(
        lines
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect(),
    ))
}

/// Rows 14 to 16.
pub(super) fn bombs(_: &Yard) -> Result<Vec<Figure>, String> {
    let example = ["build", "--release", "--quiet", "-p", "zeug-forms"];
    step("bombs", cargo(example).args(["--example", "bombs"]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = target.join("release/examples/bombs");
    let decode = |body| decode(&program, body);
    let (parts, field, file) = (decode("parts")?, decode("field")?, decode("file")?);
    let is = |what: &str, said: u64, wanted: u64| exactly(what, said as usize, wanted as usize);
    let memory = |what: &str, said: &Said, kib: f64| {
        Ok::<_, String>(at_most(what, said.get("kib")? as f64, kib, "KiB"))
    };
    Ok(vec![
        is("a million parts: status", parts.get("status")?, 413),
        is("    refused at part", parts.get("part")?, 1001),
        at_most(
            "    time",
            parts.get("microseconds")? as f64 / 1000.0,
            50.0,
            "ms",
        ),
        memory("    memory", &parts, 2048.0)?,
        is("a text of 1 GiB: status", field.get("status")?, 413),
        is("    refused at its byte", field.get("byte")?, 500_000),
        memory("    memory", &field, 2048.0)?,
        is("a file of 1 GiB: bytes", file.get("bytes")?, 1 << 30),
        is("    with the same SHA-256", file.get("same")?, 1),
        is("    kept in memory", file.get("in_memory")?, 0),
        memory("    memory", &file, 4096.0)?,
        is(
            "    files open when it is dropped",
            file.get("left_by_drop")?,
            0,
        ),
        is(
            "    and when the body is cut short",
            file.get("left_by_abort")?,
            0,
        ),
    ])
}
