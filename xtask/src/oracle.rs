//! `cargo xtask oracle`: random questions of the conformance protocol, asked of zeug's driver and of the real Werkzeug, and where the two answers differ: by kinds that are
//! deliberate, each with its reason, and by what is left, of which there must be nothing. What the kinds are, `oracle/kinds.rs` says.

mod kinds;
mod questions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::conform;
use crate::run::{cargo, complain, progress, root, say, step};
use kinds::Case;
use questions::{Lot, Vectors};

const HELP: &str = "\
cargo xtask oracle [AREA..] [--count N] [--seed S] [--show N] [--op NAME] [--with FILE]

  AREA..     forms http urls datastructures ..: the names of the files in crates/*/tests/vectors; forms, http and urls where none is named
  --count N  how many questions, 10,000 unless said otherwise
  --seed S   other questions
  --show N   how many differences are shown of each sort, 3 unless said otherwise; the shortest
  --op NAME  only this operation, or those that begin so
  --with F   the program that asks Werkzeug, ../shared/conformance/oracle.py unless said otherwise

A difference of no known kind fails the command.
";

/// How many questions the two are asked at once.
const BATCH: usize = 5_000;

const AREAS: [&str; 3] = ["forms", "http", "urls"];

struct Options {
    areas: Vec<String>,
    count: usize,
    seed: u64,
    show: usize,
    op: String,
    oracle: PathBuf,
}

/// Asks, and judges.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let Some(options) = options(args).map_err(|error| format!("{error}\n\n{HELP}"))? else {
        say(HELP.trim_end());
        return Ok(());
    };
    if !options.oracle.is_file() {
        return Err(format!(
            "oracle: {} is not there (--with)",
            options.oracle.display()
        ));
    }
    let python = crate::setup::werkzeug()?;
    let vectors = Vectors::new(vectors(&options)?);
    step(
        "driver",
        &mut cargo(["build", "--quiet", "--release", "-p", "zeug-conformance"]),
    )?;
    let mut lot = Lot(options.seed);
    let mut found = Found::default();
    let mut asked = 0;
    while asked < options.count {
        let questions: Vec<Value> = (0..BATCH.min(options.count - asked))
            .map(|at| vectors.question(asked + at, &mut lot))
            .collect();
        asked += questions.len();
        let ours = conform::ask(&questions)?;
        let same: Vec<Value> = questions.iter().map(questions::to_werkzeug).collect();
        let theirs = of_werkzeug(&python, &options.oracle, &same)?;
        for question in &questions {
            let id = question["id"].as_str().unwrap_or_default();
            let our = ours
                .get(id)
                .ok_or_else(|| format!("no answer to {question}"))?;
            // One with half a character in it is no JSON.
            let unreadable = || serde_json::json!({"err": "accident:JSON"});
            let their = theirs.get(id).cloned().unwrap_or_else(unreadable);
            found.judge(question, &conform::result(our), &conform::result(&their));
        }
        progress(&format!("{asked} of {}", options.count));
    }
    progress("");
    found.tell(options.show)
}

fn options(args: &[String]) -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut options = Options {
        areas: Vec::new(),
        count: 10_000,
        seed: 20_261_123,
        show: 3,
        op: String::new(),
        oracle: root().join("../shared/conformance/oracle.py"),
    };
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("count") => options.count = parser.value()?.parse()?,
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("show") => options.show = parser.value()?.parse()?,
            Long("op") => options.op = parser.value()?.string()?,
            Long("with") => options.oracle = parser.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            Value(name) => options.areas.push(name.string()?),
            other => return Err(other.unexpected()),
        }
    }
    if options.areas.is_empty() {
        options.areas.extend(AREAS.map(str::to_owned));
    }
    Ok(Some(options))
}

/// The vectors of these areas, but for the deliberate deviations.
fn vectors(options: &Options) -> Result<Vec<Value>, String> {
    let mut vectors = Vec::new();
    for file in conform::own_vectors()? {
        let is_asked = |area: &String| file.file_stem().is_some_and(|stem| stem == area.as_str());
        if !options.areas.iter().any(is_asked) {
            continue;
        }
        let deviations = conform::deviations(&file);
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(|error| wrong(&error))?;
        for line in text.lines() {
            let vector: Value = serde_json::from_str(line).map_err(|error| wrong(&error))?;
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            if text("op").starts_with(&options.op) && !deviations.contains(text("id")) {
                vectors.push(vector);
            }
        }
    }
    if vectors.is_empty() {
        return Err(format!(
            "oracle: no vectors called {}\n\n{HELP}",
            options.areas.join(" or ")
        ));
    }
    Ok(vectors)
}

/// What Werkzeug answers, by id.
fn of_werkzeug(
    python: &Path,
    oracle: &Path,
    questions: &[Value],
) -> Result<BTreeMap<String, Value>, String> {
    conform::ask_program(Command::new(python).arg(oracle), questions)
}

/// How the answers compare.
#[derive(Default)]
struct Found {
    /// By operation: asked, and without an answer that says anything.
    asked: BTreeMap<String, (usize, usize)>,
    /// What is known, by operation and reason.
    known: BTreeMap<(String, &'static str), usize>,
    /// What is not, by operation and where the answers part; the shortest first.
    unknown: BTreeMap<(String, String), BTreeSet<(usize, String)>>,
}

impl Found {
    fn judge(&mut self, question: &Value, ours: &Value, theirs: &Value) {
        let op = question["op"].as_str().unwrap_or_default();
        let count = self.asked.entry(op.to_owned()).or_default();
        count.0 += 1;
        if conform::same(ours, theirs) {
            return;
        }
        let args = &question["args"];
        let case = Case {
            op,
            args,
            ours,
            theirs,
        };
        if kinds::is_accident(theirs) {
            count.1 += 1;
        } else if let Some(reason) = kinds::reason(&case) {
            *self.known.entry((op.to_owned(), reason)).or_default() += 1;
        } else {
            let shown = format!("{args}\n      Werkzeug {theirs}\n      zeug     {ours}");
            let sort = (op.to_owned(), parting(ours, theirs));
            let all = self.unknown.entry(sort).or_default();
            all.insert((shown.len(), shown));
        }
    }

    fn tell(&self, show: usize) -> Result<(), String> {
        let (mut asked, mut accidents) = (0, 0);
        for (op, (count, without)) in &self.asked {
            asked += count;
            accidents += without;
            let of_op = self.known.iter().filter(|((of, _), _)| of == op);
            let known: usize = of_op.clone().map(|(_, count)| count).sum();
            let of_sorts = self.unknown.iter().filter(|((of, _), _)| of == op);
            let unknown: usize = of_sorts.map(|(_, all)| all.len()).sum();
            say(&format!(
                "    {op:<40} {count:>6} asked, {without:>5} that Werkzeug has no answer to, {known:>5} otherwise on purpose, {unknown:>5} unexplained"
            ));
            for ((_, reason), count) in of_op {
                say(&format!("      {count:>5} {reason}"));
            }
        }
        for ((op, sort), all) in &self.unknown {
            complain(&format!("    {op} {sort}: {}", all.len()));
            for (_, shown) in all.iter().take(show) {
                complain(&format!("      {shown}"));
            }
        }
        let known: usize = self.known.values().sum();
        let unknown: usize = self.unknown.values().map(BTreeSet::len).sum();
        say(&format!(
            "    oracle: {asked} questions, {accidents} that Werkzeug has no answer to, {known} answered otherwise on purpose, {unknown} unexplained"
        ));
        if unknown > 0 {
            return Err(format!(
                "oracle: {unknown} answers differ, and no kind in xtask/src/oracle/kinds.rs says why"
            ));
        }
        Ok(())
    }
}

/// Where two answers part first, without the numbers of places: a sort of differences.
fn parting(ours: &Value, theirs: &Value) -> String {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                match (ours.get(name), theirs.get(name)) {
                    (Some(our), Some(their)) if conform::same(our, their) => {}
                    (Some(our), Some(their)) => return format!(".{name}{}", parting(our, their)),
                    (Some(Value::String(kind)), None) if name == "err" => {
                        return format!(": zeug {kind}");
                    }
                    (None, Some(Value::String(kind))) if name == "err" => {
                        return format!(": Werkzeug {kind}");
                    }
                    _ => {}
                }
            }
            String::new()
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let first = ours
                .iter()
                .zip(theirs)
                .find(|(our, their)| !conform::same(our, their));
            first.map_or_else(String::new, |(our, their)| {
                format!("[]{}", parting(our, their))
            })
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() < theirs.len() => {
            " has fewer".to_owned()
        }
        (Value::Array(_), Value::Array(_)) => " has more".to_owned(),
        (Value::Null, _) => " is absent".to_owned(),
        (_, Value::Null) => " is there".to_owned(),
        _ => " is another".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Found, parting};

    #[test]
    fn differences_are_sorted_by_where_they_part() {
        let (ours, theirs) = (json!({"ok": [1, [2, 3]]}), json!({"ok": [1, [2, 4]]}));
        assert_eq!(parting(&ours, &theirs), ".ok[][] is another");
        let (ours, theirs) = (json!({"err": "value_error"}), json!({"ok": 1}));
        assert_eq!(parting(&ours, &theirs), ": zeug value_error");
        assert_eq!(parting(&theirs, &ours), ": Werkzeug value_error");
        let (ours, theirs) = (json!({"ok": {"a": null}}), json!({"ok": {"a": []}}));
        assert_eq!(parting(&ours, &theirs), ".ok.a is absent");
    }

    #[test]
    fn what_nothing_explains_fails() {
        let mut found = Found::default();
        let question = json!({"op": "a.b", "args": {}});
        found.judge(&question, &json!({"ok": 1}), &json!({"ok": 1.0}));
        found.judge(
            &question,
            &json!({"ok": 1}),
            &json!({"err": "accident:TypeError"}),
        );
        assert!(found.tell(1).is_ok());
        found.judge(&question, &json!({"ok": 1}), &json!({"ok": 2}));
        assert!(found.tell(0).is_err());
    }
}
