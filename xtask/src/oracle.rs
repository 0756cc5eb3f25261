//! `cargo xtask oracle`: random questions of the conformance protocol, asked of zeug's driver and of the real Werkzeug, and where the two answers differ. The
//! questions are the crates' own vectors with one text changed, so that they stay near what is parsed. It knows no grammar; what differs a person judges.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::conform;
use crate::run::{cargo, progress, root, say, step};

const HELP: &str = "\
cargo xtask oracle [AREA..] [--count N] [--seed S] [--show N] [--with FILE]

  AREA..     forms http urls datastructures ..: the names of the files in crates/*/tests/vectors; http and urls where none is named
  --count N  how many questions, 10,000 unless said otherwise
  --seed S   other questions
  --show N   how many differences are shown, 20 unless said otherwise
  --with F   the program that asks Werkzeug, ../shared/conformance/oracle.py unless said otherwise
";

/// How many questions the two are asked at once.
const BATCH: usize = 5_000;

/// Asks, and counts by operation.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut areas, mut count, mut seed, mut show) = (Vec::new(), 10_000, 20_261_123, 20);
    let mut oracle = root().join("../shared/conformance/oracle.py");
    let mut parser = lexopt::Parser::from_args(args);
    let wrong = |error: lexopt::Error| format!("{error}\n\n{HELP}");
    while let Some(arg) = parser.next().map_err(wrong)? {
        use lexopt::prelude::*;
        match arg {
            Long("count") => count = number(&mut parser).map_err(wrong)?,
            Long("seed") => seed = number(&mut parser).map_err(wrong)? as u64,
            Long("show") => show = number(&mut parser).map_err(wrong)?,
            Long("with") => oracle = parser.value().map_err(wrong)?.into(),
            Long("help") | Short('h') => {
                say(HELP.trim_end());
                return Ok(());
            }
            Value(name) => areas.push(name.string().map_err(wrong)?),
            other => return Err(wrong(other.unexpected())),
        }
    }
    if areas.is_empty() {
        areas.extend(["http", "urls"].map(str::to_owned));
    }
    if !oracle.is_file() {
        return Err(format!(
            "oracle: {} is not there (--with)",
            oracle.display()
        ));
    }
    let python = crate::setup::werkzeug()?;
    let vectors = vectors(&areas)?;
    step(
        "driver",
        &mut cargo(["build", "--quiet", "--release", "-p", "zeug-conformance"]),
    )?;
    let mut lot = Lot(seed);
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut shown = 0;
    let mut asked = 0;
    while asked < count {
        let questions: Vec<Value> = (0..BATCH.min(count - asked))
            .map(|at| question(&vectors, asked + at, &mut lot))
            .collect();
        asked += questions.len();
        let (ours, theirs) = (
            conform::ask(&questions)?,
            of_werkzeug(&python, &oracle, &questions)?,
        );
        for question in &questions {
            let id = question["id"].as_str().unwrap_or_default();
            let (Some(our), Some(their)) = (ours.get(id), theirs.get(id)) else {
                return Err(format!("no answer to {question}"));
            };
            let op = question["op"].as_str().unwrap_or_default();
            let count = counts.entry(op.to_owned()).or_default();
            count.0 += 1;
            if conform::same(&conform::result(our), &conform::result(their)) {
                continue;
            }
            count.1 += 1;
            if shown < show {
                shown += 1;
                say(&format!(
                    "    {op} {}\n      Werkzeug {}\n      zeug     {}",
                    question["args"],
                    conform::result(their),
                    conform::result(our)
                ));
            }
        }
        progress(&format!("{asked} of {count}"));
    }
    progress("");
    let different: usize = counts.values().map(|count| count.1).sum();
    for (op, (asked, different)) in &counts {
        say(&format!(
            "    {op:<40} {asked:>6} asked, {different:>5} answered differently"
        ));
    }
    say(&format!(
        "    oracle: {asked} questions, {different} answered differently ({:.2} %)",
        different as f64 / asked as f64 * 100.0
    ));
    Ok(())
}

fn number(parser: &mut lexopt::Parser) -> Result<usize, lexopt::Error> {
    use lexopt::ValueExt;
    parser.value()?.parse()
}

/// The vectors of these areas, but for the deliberate deviations.
fn vectors(areas: &[String]) -> Result<Vec<Value>, String> {
    let mut vectors = Vec::new();
    for file in conform::own_vectors()? {
        if !areas
            .iter()
            .any(|area| file.file_stem().is_some_and(|stem| stem == area.as_str()))
        {
            continue;
        }
        let deviations = conform::deviations(&file);
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        for line in text.lines() {
            let vector: Value = serde_json::from_str(line)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            if !deviations.contains(vector["id"].as_str().unwrap_or_default()) {
                vectors.push(vector);
            }
        }
    }
    if vectors.is_empty() {
        return Err(format!(
            "oracle: no vectors called {}\n\n{HELP}",
            areas.join(" or ")
        ));
    }
    Ok(vectors)
}

/// A vector with one of its texts changed.
fn question(vectors: &[Value], number: usize, lot: &mut Lot) -> Value {
    let vector = &vectors[lot.below(vectors.len())];
    let mut args = vector["args"].clone();
    let mut texts = Vec::new();
    collect(&mut args, &mut texts);
    if !texts.is_empty() {
        let at = lot.below(texts.len());
        let changes = 1 + lot.below(3);
        for _ in 0..changes {
            change(texts[at], lot);
        }
    }
    serde_json::json!({"id": number.to_string(), "op": vector["op"], "args": args})
}

/// Members of arguments that hold a word of the protocol.
const WORDS: [&str; 6] = ["kind", "type", "op", "method", "mode", "content_length"];

/// All texts in a value.
fn collect<'v>(value: &'v mut Value, texts: &mut Vec<&'v mut String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter_mut().for_each(|value| collect(value, texts)),
        // Bytes in base64 and words of the protocol itself: changed, they would be no question.
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| !name.ends_with("_b64") && !WORDS.contains(&name.as_str()))
            .for_each(|(_, value)| collect(value, texts)),
        _ => {}
    }
}

/// What means something to some grammar.
const PIECES: [&str; 32] = [
    " ", "\t", ",", ";", "=", "\"", "\\", "'", "*", "/", ":", "-", "--", "+", "&", "%", "%41",
    "%C3", "q=0.5", "0", "9", "é", "a", "A", "\u{1}", "\r\n", "W/", "bytes", "UTF-8''", "<", ".",
    "☃",
];

/// Puts something in, takes something away, doubles it or changes its case.
fn change(text: &mut String, lot: &mut Lot) {
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let from = places[lot.below(places.len())];
    let to = places[lot.below(places.len())];
    let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 12));
    let to = (to..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len());
    match lot.below(6) {
        0 | 1 => text.insert_str(from, PIECES[lot.below(PIECES.len())]),
        2 => text.replace_range(from..to, ""),
        3 => {
            let piece = text[from..to].to_owned();
            text.insert_str(from, &piece);
        }
        4 => text.replace_range(from..to, PIECES[lot.below(PIECES.len())]),
        _ => {
            let piece = text[from..to].to_uppercase();
            text.replace_range(from..to, &piece);
        }
    }
}

/// What Werkzeug answers, by id.
fn of_werkzeug(
    python: &Path,
    oracle: &PathBuf,
    questions: &[Value],
) -> Result<BTreeMap<String, Value>, String> {
    conform::ask_program(Command::new(python).arg(oracle), questions)
}

/// A small generator of numbers (xorshift), so that a seed has its questions.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::{Lot, question};

    #[test]
    fn a_question_is_a_vector_with_a_text_changed() {
        let vectors = [serde_json::json!({"op": "a", "args": {"text": "été", "more": [1, "x"]}})];
        let mut lot = Lot(7);
        let changed = (0..1000)
            .map(|at| question(&vectors, at, &mut lot))
            .filter(|question| question["args"] != vectors[0]["args"])
            .count();
        assert!(changed > 800, "{changed}");
    }
}
