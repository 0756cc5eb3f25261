//! Owns what stands on the terminal: the short traceback, in colour where there is a terminal and `NO_COLOR` is not set.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use super::place_text;
use crate::failure::Failure;
use crate::source::around;
use crate::traceback::Frame;

/// How many frames are shown: the page has them all.
const FRAMES: usize = 6;

/// Prints a failure to standard error, whole at once, so that two of them do not mix.
pub(crate) fn tell(failure: &Failure, link: &str, pin: Option<&str>) {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    say(&short(failure, link, pin, Style { colours }));
}

/// Prints to standard error; where that is closed there is nobody to tell.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) colours: bool,
}

impl Style {
    /// The text in that colour, without a control character of its own: it may be a client's.
    fn paint(self, code: &str, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        for char in text.chars() {
            match char {
                '\n' => plain.push_str("\n    "),
                '\t' => plain.push(char),
                char if char.is_control() => plain.extend(char.escape_default()),
                char => plain.push(char),
            }
        }
        match self.colours {
            true => format!("\x1b[{code}m{plain}\x1b[0m"),
            false => plain,
        }
    }
}

const RED: &str = "1;31";
const BOLD: &str = "1";
const DIM: &str = "2";
const BLUE: &str = "34";
const PLAIN: &str = "0";

/// The failure in a dozen lines: request, message, causes, the program's own innermost frames, and where more is to be seen.
pub(super) fn short(failure: &Failure, link: &str, pin: Option<&str>, style: Style) -> String {
    let caught = &failure.caught;
    let traced = failure.traced();
    let mut text = String::with_capacity(1024);
    let asked = format!("{} {}", failure.asked.method, failure.asked.path);
    let _ = writeln!(
        text,
        "{} {}",
        style.paint(RED, "failed"),
        style.paint(BOLD, &asked)
    );
    // A panic's message was printed by the panic hook as well: far above in a busy log, or somewhere else, where the program has a hook of its own.
    let _ = writeln!(text, "  {}", style.paint(BOLD, &caught.message));
    for cause in &caught.causes {
        let _ = writeln!(text, "  caused by: {}", style.paint(PLAIN, cause));
    }
    let own: Vec<&Frame> = traced.frames.iter().filter(|frame| frame.own).collect();
    for (at, frame) in own.iter().take(FRAMES).enumerate() {
        let place = frame.place.as_ref().map(place_text).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {} {}  {}",
            style.paint(DIM, "at"),
            style.paint(BOLD, &frame.function),
            style.paint(BLUE, &place)
        );
        if at == 0 {
            push_line(&mut text, frame, style);
        }
    }
    if own.is_empty()
        && let Some(place) = &caught.place
    {
        let _ = writeln!(text, "  at {}", style.paint(BLUE, &place_text(place)));
    }
    let left = traced.frames.len() - own.len().min(FRAMES);
    if left > 0 {
        let more = match left {
            1 => "and 1 more frame".to_owned(),
            left => format!("and {left} more frames"),
        };
        let _ = writeln!(text, "  {}", style.paint(DIM, &more));
    }
    if let Some(note) = &traced.note {
        let _ = writeln!(text, "  {}", style.paint(DIM, note));
    }
    let _ = write!(
        text,
        "  {} {}",
        style.paint(DIM, "debugger:"),
        style.paint(PLAIN, link)
    );
    if let Some(pin) = pin {
        let _ = write!(
            text,
            "  {} {}",
            style.paint(DIM, "PIN"),
            style.paint(BOLD, pin)
        );
    }
    text.push('\n');
    text
}

fn push_line(text: &mut String, frame: &Frame, style: Style) {
    let Some(place) = &frame.place else { return };
    let Some(excerpt) = around(place) else { return };
    let line = place
        .line
        .checked_sub(excerpt.first)
        .and_then(|at| excerpt.lines.get(at as usize));
    if let Some(line) = line {
        let _ = writeln!(
            text,
            "     {} {}",
            style.paint(DIM, &format!("{} |", place.line)),
            style.paint(PLAIN, line.trim())
        );
    }
}
