//! Owns what the compiler says: its messages, read from JSON, and their places in the file that it was given. Which of them are about the line is for the frame.

mod render;

use std::ops::Range;
use std::path::Path;

use serde_json::Value;

pub(crate) use render::render;

/// A message of the compiler.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) is_error: bool,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
    pub(crate) spans: Vec<Span>,
    pub(crate) children: Vec<Message>,
    /// `note`, `help`, `error`, ...
    pub(crate) level: String,
}

/// A place that a message points at.
#[derive(Debug)]
pub(crate) struct Span {
    /// In the changed file; `None` in another.
    pub(crate) range: Option<Range<usize>>,
    /// `src/cart.rs:12`
    pub(crate) place: String,
    pub(crate) primary: bool,
    pub(crate) label: String,
    /// What the compiler would put there.
    pub(crate) replacement: Option<String>,
}

/// The messages in the compiler's output; `file` is the changed one, as the compiler was given it.
pub(crate) fn messages(said: &str, file: &Path) -> Vec<Message> {
    said.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|value| message(&value, file))
        .collect()
}

fn message(value: &Value, file: &Path) -> Option<Message> {
    let level = value["level"].as_str()?.to_owned();
    let list = |name: &str| value[name].as_array().into_iter().flatten();
    Some(Message {
        is_error: level.starts_with("error"),
        text: value["message"].as_str()?.to_owned(),
        code: value["code"]["code"].as_str().map(str::to_owned),
        spans: list("spans")
            .filter_map(|value| span(value, file))
            .collect(),
        children: list("children")
            .filter_map(|value| message(value, file))
            .collect(),
        level,
    })
}

fn span(value: &Value, file: &Path) -> Option<Span> {
    let mut place = value;
    // From within a macro outwards, to where it was called in the file.
    let range = loop {
        if place["file_name"]
            .as_str()
            .is_some_and(|name| Path::new(name) == file)
        {
            let byte = |name: &str| usize::try_from(place[name].as_u64()?).ok();
            break Some(byte("byte_start")?..byte("byte_end")?);
        }
        match &place["expansion"]["span"] {
            Value::Null => break None,
            outer => place = outer,
        }
    };
    Some(Span {
        range,
        place: format!("{}:{}", value["file_name"].as_str()?, value["line_start"]),
        primary: value["is_primary"] == true,
        label: value["label"].as_str().unwrap_or_default().to_owned(),
        replacement: value["suggested_replacement"].as_str().map(str::to_owned),
    })
}

impl Message {
    /// Where it points first in the changed file.
    pub(crate) fn primary(&self) -> Option<&Range<usize>> {
        self.spans
            .iter()
            .filter(|span| span.primary)
            .find_map(|span| span.range.as_ref())
    }

    /// One of the borrow checker's, but for what is moved or has no value.
    pub(crate) fn is_borrow(&self) -> bool {
        const BORROWS: [&str; 16] = [
            "E0499", "E0502", "E0503", "E0505", "E0506", "E0507", "E0515", "E0521", "E0594",
            "E0596", "E0597", "E0626", "E0712", "E0713", "E0716", "E0793",
        ];
        let code = self.code.as_deref();
        code.is_some_and(|code| BORROWS.contains(&code))
            || code.is_none() && self.text.contains("lifetime may not live long enough")
    }
}
