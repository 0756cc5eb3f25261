//! Owns how a value is written: in the form of `Debug`, on one line, cut where it is too long or too deep, with secrets left out.

use super::masked::{HIDDEN, masked};
use super::view::{Entries, Field, Form, Reach, Text, View, tuple_index};
use super::{Scene, Sequence, Value};
use crate::dwarf::{Encoding, Kind};
use crate::hidden::is_secret;

/// How much of a value is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes in all.
    length: usize,
    /// Values in values.
    depth: u32,
    /// Elements of each sequence, map or set.
    elements: usize,
    /// Bytes of each text.
    text: usize,
}

impl Limits {
    /// For a variable: many stand on a page.
    pub(crate) fn local() -> Self {
        Self {
            length: 4 << 10,
            depth: 8,
            elements: 50,
            text: 1 << 10,
        }
    }

    /// For an answer of the console: it was asked for.
    pub(crate) fn answer() -> Self {
        Self {
            length: 32 << 10,
            depth: 12,
            elements: 500,
            text: 16 << 10,
        }
    }

    pub(crate) fn reach(self) -> Reach {
        Reach {
            text: self.text,
            entries: self.elements,
        }
    }
}

/// The value in the form of `Debug`.
pub(crate) fn show(scene: Scene<'_>, value: &Value, limits: Limits) -> String {
    let mut writer = Writer {
        scene,
        limits,
        text: String::new(),
        full: false,
    };
    writer.value(value, limits.depth);
    writer.text
}

/// A view of no value in memory, in the form of `Debug`.
pub(crate) fn show_view(scene: Scene<'_>, view: &View, limits: Limits) -> String {
    let mut writer = Writer {
        scene,
        limits,
        text: String::new(),
        full: false,
    };
    writer.view(view, limits.depth);
    writer.text
}

struct Writer<'a> {
    scene: Scene<'a>,
    limits: Limits,
    text: String,
    /// Nothing more is written.
    full: bool,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        if self.full {
            return;
        }
        if self.text.len() + text.len() > self.limits.length {
            self.full = true;
            self.text.push_str("...");
            return;
        }
        self.text.push_str(text);
    }

    fn value(&mut self, value: &Value, depth: u32) {
        if self.full {
            return;
        }
        match self.scene.view(value, self.limits.reach()) {
            Ok(view) => self.view(&view, depth),
            Err(unread) => self.push(&format!("<{unread}>")),
        }
    }

    fn view(&mut self, view: &View, depth: u32) {
        match view {
            View::Unit => self.push("()"),
            View::Bool(value) => self.push(&value.to_string()),
            View::Char(value) => self.push(&format!("{value:?}")),
            View::Signed(value) => self.push(&value.to_string()),
            View::Unsigned(value) => self.push(&value.to_string()),
            View::Float(value) => self.push(&format!("{value:?}")),
            View::Single(value) => self.push(&format!("{value:?}")),
            View::Text(text) => self.text(text),
            View::Written(text) => self.push(text),
            View::Address(address, None) => self.push(&format!("{address:#x}")),
            View::Address(address, Some(name)) => self.push(&format!("{address:#x} <{name}>")),
            _ if depth == 0 => self.push(".."),
            View::Through(mark, inner) => {
                self.push(mark);
                self.value(inner, depth - 1);
            }
            View::Sequence(sequence) => self.sequence(sequence, depth - 1),
            View::Map(entries) => self.entries(entries, depth - 1),
            View::Form(form) => self.form(form, depth - 1),
        }
    }

    fn text(&mut self, text: &Text) {
        let whole = text.start.len() as u64 == text.length;
        let start = match std::str::from_utf8(&text.start) {
            // The end of what was read may lie within a character.
            Err(error) if !whole && error.error_len().is_none() => {
                text.start.get(..error.valid_up_to()).unwrap_or_default()
            }
            _ => &text.start,
        };
        let start = String::from_utf8_lossy(start);
        self.push(&format!("{:?}", masked(&start)));
        if !whole {
            self.push(&format!("... ({} bytes)", text.length));
        }
    }

    /// Writes what `write` writes of the first elements, and how many there are where those are not all.
    fn list(
        &mut self,
        brackets: (&str, &str),
        shown: usize,
        count: u64,
        mut write: impl FnMut(&mut Self, usize),
    ) {
        self.push(brackets.0);
        for index in 0..shown {
            if self.full {
                return;
            }
            if index > 0 {
                self.push(", ");
            }
            write(self, index);
        }
        if (shown as u64) < count {
            self.push(&format!(", ... ({count} in all)"));
        }
        self.push(brackets.1);
    }

    fn sequence(&mut self, sequence: &Sequence, depth: u32) {
        let most = self.limits.elements;
        let shown = usize::try_from(sequence.count).map_or(most, |count| count.min(most));
        if self.printable(sequence) {
            return;
        }
        self.list(("[", "]"), shown, sequence.count, |writer, index| {
            if let Some(element) = sequence.get(index as u64) {
                writer.value(&element, depth);
            }
        });
    }

    /// Writes bytes that are all printable as such: `b"GET /"`.
    fn printable(&mut self, sequence: &Sequence) -> bool {
        let is_byte = sequence.element.size == 1
            && matches!(sequence.element.kind, Kind::Base(Encoding::Unsigned));
        if !is_byte || sequence.count == 0 {
            return false;
        }
        let Ok(text) = self.scene.text(sequence, self.limits.reach()) else {
            return false;
        };
        let mut bytes = text.start.iter();
        if !bytes.all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
            return false;
        }
        let start = String::from_utf8_lossy(&text.start);
        self.push("b\"");
        self.push(&masked(&start).as_bytes().escape_ascii().to_string());
        self.push("\"");
        if (text.start.len() as u64) < text.length {
            self.push(&format!("... ({} bytes)", text.length));
        }
        true
    }

    fn entries(&mut self, entries: &Entries, depth: u32) {
        let shown = entries.first.len();
        self.list(("{", "}"), shown, entries.count, |writer, index| {
            let Some((key, value)) = entries.first.get(index) else {
                return;
            };
            writer.value(key, depth);
            if let (Some(value), false) = (value, entries.is_set) {
                writer.push(": ");
                if writer.names_secret(key) {
                    writer.push(HIDDEN);
                } else {
                    writer.value(value, depth);
                }
            }
        });
    }

    /// Whether a value is a text that is the name of a secret.
    fn names_secret(&self, key: &Value) -> bool {
        self.scene.text_of(key).is_some_and(|name| is_secret(&name))
    }

    fn form(&mut self, form: &Form, depth: u32) {
        self.push(&form.name);
        let count = form.fields.len() as u64;
        // A pair of a name and a value is a field of a header, a form or a query.
        let hides = match form.fields.first() {
            Some((_, Field::Value(key))) if count == 2 && form.name.is_empty() => {
                self.names_secret(key)
            }
            _ => false,
        };
        if form.fields.is_empty() {
            return;
        }
        let is_tuple = form.is_tuple();
        let brackets = match is_tuple {
            // A tuple of one has a comma.
            true if count == 1 && form.name.is_empty() => ("(", ",)"),
            true => ("(", ")"),
            false => (" { ", " }"),
        };
        self.list(brackets, form.fields.len(), count, |writer, index| {
            let Some((name, field)) = form.fields.get(index) else {
                return;
            };
            if !is_tuple {
                writer.push(tuple_index(name).unwrap_or(name));
                writer.push(": ");
            }
            match field {
                _ if is_secret(name) || (hides && index == 1) => writer.push(HIDDEN),
                Field::Value(value) => writer.value(value, depth),
                Field::Said(what) => writer.push(what),
            }
        });
    }
}

impl Scene<'_> {
    /// A short text that the value is, or leads to.
    pub(crate) fn text_of(self, value: &Value) -> Option<String> {
        let reach = Reach {
            text: 256,
            entries: 0,
        };
        match self.meant(value, reach).ok()?.1 {
            View::Text(text) => Some(String::from_utf8_lossy(&text.start).into_owned()),
            _ => None,
        }
    }
}
