//! Owns the console's answers to a line: level 1, which reads the snapshot and runs nothing of the program. The grammar is in `parse`, what values can do is in `run`.

mod complete;
mod lex;
mod methods;
mod nearest;
mod number;
mod parse;
mod run;

use std::ops::Range;

use crate::dwarf::Program;
use crate::snapshot::Process;
use crate::system::RawFrame;
use crate::traceback::{Answer, Completed};
use crate::value::Scene;

/// The longest line, in bytes.
const LONGEST: usize = 2000;

/// What is wrong with a line, and where.
#[derive(Debug, PartialEq)]
struct Fault {
    /// Bytes of the line.
    at: Range<usize>,
    text: String,
}

impl Fault {
    /// The fault below the line, with carets below its place.
    fn render(&self, line: &str) -> String {
        let start = line.floor_char(self.at.start);
        let end = line.floor_char(self.at.end).max(start);
        let before = line[..start].chars().count();
        let wide = line[start..end].chars().count().max(1);
        let line: String = line
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        format!(
            "{}\n  {line}\n  {}{}",
            self.text,
            " ".repeat(before),
            "^".repeat(wide)
        )
    }
}

trait FloorChar {
    /// The nearest start of a character at or before that byte.
    fn floor_char(&self, byte: usize) -> usize;
}

impl FloorChar for str {
    fn floor_char(&self, byte: usize) -> usize {
        let byte = byte.min(self.len());
        (0..=byte)
            .rev()
            .find(|byte| self.is_char_boundary(*byte))
            .unwrap_or(0)
    }
}

/// The answer to `line` in the frame with that index among [`Program::functions`].
///
/// # Errors
///
/// What is wrong with the line, in several lines with carets.
pub(crate) fn evaluate(
    program: &Program,
    process: &Process,
    raw: &[RawFrame],
    frame: usize,
    line: &str,
) -> Result<Answer, String> {
    if line.len() > LONGEST {
        return Err(format!("the line is longer than {LONGEST} bytes"));
    }
    process.answers(raw)?;
    let functions = program.functions(raw);
    let function = functions
        .get(frame)
        .ok_or_else(|| format!("there is no frame {frame}"))?;
    let node = parse::parse(line).map_err(|fault| fault.render(line))?;
    let frame = run::Frame {
        scene: Scene { program, process },
        locals: program.locals(process, raw, function),
    };
    frame.answer(&node).map_err(|fault| fault.render(line))
}

/// Whether a line only looks: a path of names, fields and indices, and questions such as `len`. What it is answered here is what Rust would say.
#[cfg(all(feature = "console", target_env = "gnu"))]
pub(crate) fn only_looks(line: &str) -> bool {
    line.len() <= LONGEST && parse::parse(line).is_ok_and(|node| node.only_looks())
}

/// Whether a line is an expression of this console that names a secret.
#[cfg(all(feature = "console", target_env = "gnu"))]
pub(crate) fn names_a_secret(line: &str) -> bool {
    line.len() <= LONGEST && parse::parse(line).is_ok_and(|node| node.names_a_secret())
}

/// What may stand where `line` ends.
///
/// # Errors
///
/// A sentence: the snapshot has ended.
pub(crate) fn complete(
    program: &Program,
    process: &Process,
    raw: &[RawFrame],
    frame: usize,
    line: &str,
) -> Result<Completed, String> {
    process.answers(raw)?;
    let functions = program.functions(raw);
    let function = functions
        .get(frame)
        .ok_or_else(|| format!("there is no frame {frame}"))?;
    let frame = run::Frame {
        scene: Scene { program, process },
        locals: program.locals(process, raw, function),
    };
    Ok(frame.complete(line))
}

/// The place of a fault in any text; for the property that no text makes the parser fail otherwise.
#[cfg(test)]
pub(crate) fn parses(line: &str) -> Result<(), String> {
    parse::parse(line)
        .map(drop)
        .map_err(|fault| fault.render(line))
}
