//! Owns the source around a place: only files that a frame names are read, and only some lines of them.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::failure::resolved;
use crate::traceback::Place;

/// Lines shown before and behind: Werkzeug's number.
const AROUND: u32 = 5;
/// The largest file that is read, and the longest line that is shown: beyond are files that a program wrote.
const FILE: u64 = 4 * 1024 * 1024;
const LINE: usize = 400;

/// Some lines of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The number of the first line.
    pub(crate) first: u32,
    pub(crate) lines: Vec<String>,
    /// Whether the file is younger than the program, so that its lines may be others.
    pub(crate) changed: bool,
}

/// The lines around a place; none where the file cannot be read or has no such line.
pub(crate) fn around(place: &Place) -> Option<Excerpt> {
    let path = resolved(&place.file);
    let text = text(&path)?;
    let first = place.line.saturating_sub(AROUND).max(1);
    let count = place.line.checked_sub(first)?.saturating_add(AROUND + 1);
    let lines: Vec<String> = text
        .lines()
        .skip(first as usize - 1)
        .take(count as usize)
        .map(shortened)
        .collect();
    let has_it = lines.len() > (place.line - first) as usize;
    has_it.then(|| Excerpt {
        first,
        lines,
        changed: is_younger_than_program(&path),
    })
}

/// One line of a file, from 1; none where the file cannot be read or has no such line.
pub(crate) fn line(file: &Path, number: u32) -> Option<String> {
    let text = text(&resolved(file))?;
    let line = text.lines().nth(number.checked_sub(1)? as usize)?;
    Some(shortened(line))
}

/// The text of a source of Rust that is not too large.
fn text(path: &Path) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > FILE || path.extension().is_none_or(|end| end != "rs") {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(FILE)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

fn is_younger_than_program(path: &Path) -> bool {
    let written = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let program = std::env::current_exe().ok();
    match (written(path), program.as_deref().and_then(written)) {
        (Some(source), Some(program)) => source > program,
        _ => false,
    }
}
