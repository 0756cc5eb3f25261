//! Owns a failure as text, as JSON and on the terminal. Colours and links are the terminal's alone; a control character is shown, never sent.

mod terminal;

use std::fmt::Write;

use serde_json::{Value, json};

use crate::failure::{Failure, resolved, short};
use crate::source::around;
use crate::traceback::{Frame, Place, Shown, Variable};
pub(crate) use terminal::{say, tell};

/// How many characters of a value are shown in text.
const VALUE: usize = 400;

/// The whole failure as plain text: what is copied into an issue.
pub(crate) fn text(failure: &Failure) -> String {
    let mut text = String::with_capacity(4096);
    let caught = &failure.caught;
    let _ = writeln!(text, "{}: {}", failure.verb(), caught.message);
    for cause in &caught.causes {
        let _ = writeln!(text, "  caused by: {cause}");
    }
    if let Some(type_name) = &caught.type_name {
        let _ = writeln!(text, "type: {type_name}");
    }
    let _ = writeln!(
        text,
        "request: {} {}\nthread: {}",
        failure.asked.method, failure.asked.path, caught.thread
    );
    let traced = failure.traced();
    if let Some(place) = &caught.place {
        let _ = writeln!(text, "at: {}", place_text(place));
    }
    if let Some(note) = &traced.note {
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str("\nframes, the innermost first; those of libraries are marked with a dot\n");
    for (at, frame) in traced.frames.iter().enumerate() {
        let mark = if frame.own { ' ' } else { '.' };
        let _ = write!(text, "{at:>3} {mark} {}", frame.function);
        if let Some(place) = &frame.place {
            let _ = write!(text, "\n        {}", place_text(place));
        }
        text.push('\n');
        if frame.own {
            push_source(&mut text, frame);
            for variable in &frame.variables {
                let value = shown(variable);
                let _ = writeln!(
                    text,
                    "        {}: {} = {value}",
                    variable.name, variable.type_name
                );
            }
        }
    }
    text
}

fn push_source(text: &mut String, frame: &Frame) {
    let Some(place) = &frame.place else { return };
    let Some(excerpt) = around(place) else { return };
    for (number, line) in (excerpt.first..).zip(&excerpt.lines) {
        if number.abs_diff(place.line) <= 1 {
            let mark = if number == place.line { '>' } else { ' ' };
            let _ = writeln!(text, "      {mark} {number:>5} | {line}");
        }
    }
}

/// The file, short, with line and column.
pub(crate) fn place_text(place: &Place) -> String {
    let file = short(&place.file);
    match place.column {
        0 => format!("{file}:{}", place.line),
        column => format!("{file}:{}:{column}", place.line),
    }
}

/// The variable's value as text.
fn shown(variable: &Variable) -> String {
    match &variable.value {
        Shown::Hidden => "(hidden)".to_owned(),
        Shown::Value(value) => match value.char_indices().nth(VALUE) {
            Some((at, _)) => format!("{}…", &value[..at]),
            None => value.clone(),
        },
        Shown::Missing(why) => format!("({why})"),
    }
}

/// The failure as problem details (RFC 9457) with more members: what a program reads.
pub(crate) fn json(failure: &Failure) -> Value {
    let caught = &failure.caught;
    let traced = failure.traced();
    let place = |place: &Place| json!({"file": resolved(&place.file).to_string_lossy(), "line": place.line, "column": place.column});
    let variable = |variable: &Variable| {
        let mut object = json!({"name": variable.name, "type": variable.type_name});
        match &variable.value {
            Shown::Value(value) => object["value"] = json!(value),
            Shown::Missing(why) => object["missing"] = json!(why),
            Shown::Hidden => object["hidden"] = json!(true),
        }
        object
    };
    let frame = |frame: &Frame| {
        json!({
            "function": frame.function,
            "place": frame.place.as_ref().map(place),
            "own": frame.own,
            "variables": frame.variables.iter().map(variable).collect::<Vec<_>>(),
        })
    };
    json!({
        "title": "Internal Server Error",
        "status": 500,
        "detail": caught.message,
        "kind": failure.verb(),
        "type_name": caught.type_name,
        "causes": caught.causes,
        "place": caught.place.as_ref().map(place),
        "request": {"method": failure.asked.method, "path": failure.asked.path},
        "failure": format!("{}/failures/{}", crate::desk::MOUNT, failure.id),
        "note": traced.note,
        "frames": traced.frames.iter().map(frame).collect::<Vec<_>>(),
    })
}
