//! Owns how a message about a line looks on a terminal: as the compiler would show it, had it been given the line alone.

use std::fmt::Write;
use std::ops::Range;

use crate::{Diagnostic, Level};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1m\x1b[38;5;9m";
const YELLOW: &str = "\x1b[1m\x1b[33m";
const BLUE: &str = "\x1b[1m\x1b[38;5;12m";
const PLAIN: &str = "\x1b[0m";

/// What is said beside the marks: a kind (`note`, `help`) and a text.
pub(crate) type Note = (String, String);

/// A message as a terminal shows it. `marks` are bytes of the line, whether they are what the message is about, and a label.
pub(crate) fn render(
    source: &str,
    message: &Diagnostic,
    marks: &[(Range<usize>, bool, &str)],
    notes: &[Note],
) -> String {
    let (colour, level) = match message.level {
        Level::Error => (RED, "error"),
        Level::Warning => (YELLOW, "warning"),
    };
    let code = message.code.as_ref().map(|code| format!("[{code}]"));
    let mut text = format!(
        "{colour}{level}{}{PLAIN}{BOLD}: {}{PLAIN}\n",
        code.unwrap_or_default(),
        message.message
    );
    let lines: Vec<&str> = source.split('\n').collect();
    let width = lines.len().to_string().len();
    let blank = " ".repeat(width);
    let (line, column) = place(source, message.start);
    if !marks.is_empty() {
        let _ = writeln!(
            text,
            "{blank}{BLUE}-->{PLAIN} {}:{}\n{blank} {BLUE}|{PLAIN}",
            line + 1,
            column + 1
        );
    }
    let mut sorted: Vec<_> = marks.iter().collect();
    sorted.sort_by_key(|(range, primary, _)| (place(source, range.start).0, !primary));
    let mut shown = None;
    for (range, primary, label) in sorted {
        let (line, column) = place(source, range.start);
        let whole = lines.get(line).copied().unwrap_or_default();
        if shown != Some(line) {
            let _ = writeln!(text, "{BLUE}{:>width$} |{PLAIN} {whole}", line + 1);
            shown = Some(line);
        }
        let marked = source.get(range.clone()).unwrap_or_default();
        let length = marked
            .split('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            .max(1);
        let (colour, mark) = if *primary { (colour, "^") } else { (BLUE, "-") };
        let _ = writeln!(
            text,
            "{blank} {BLUE}|{PLAIN} {}{colour}{}{}{label}{PLAIN}",
            " ".repeat(column),
            mark.repeat(length),
            if label.is_empty() { "" } else { " " },
        );
    }
    if !marks.is_empty() && !notes.is_empty() {
        let _ = writeln!(text, "{blank} {BLUE}|{PLAIN}");
    }
    for (kind, note) in notes {
        let indent = " ".repeat(blank.len() + kind.len() + 5);
        let note = note.replace('\n', &format!("\n{indent}"));
        let _ = writeln!(text, "{blank} {BLUE}={PLAIN} {BOLD}{kind}{PLAIN}: {note}");
    }
    text
}

/// Line and column of a byte, both from 0; the column in characters.
fn place(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or_default().chars().count();
    (before.matches('\n').count(), column)
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::{Diagnostic, Level};

    #[test]
    fn a_message_looks_as_the_compilers() {
        let message = Diagnostic {
            level: Level::Error,
            message: "mismatched types".to_owned(),
            code: Some("E0308".to_owned()),
            rendered_ansi: String::new(),
            start: 6,
            end: 9,
        };
        let marks = [(6..9, true, "expected `u8`"), (0..1, false, "this")];
        let notes = [("note".to_owned(), "one\ntwo".to_owned())];
        let text = render("é +\n \"a\"", &message, &marks, &notes);
        let mut plain = String::new();
        for (index, part) in text.split('\x1b').enumerate() {
            plain.push_str(if index == 0 {
                part
            } else {
                part.split_once('m').map_or("", |(_, text)| text)
            });
        }
        assert_eq!(
            plain,
            "error[E0308]: mismatched types\n --> 2:2\n  |\n1 | é +\n  | - this\n2 |  \"a\"\n  |  ^^^ expected `u8`\n  |\n  = note: one\n          two\n"
        );
    }
}
