//! Owns what is put around a line: text of Rust for inside the frame's function, on one line. The text has unsafe code, since it reads memory by address; this crate has none.

use std::fmt::Write;
use std::ops::Range;

use crate::line::{Placed, Text, hidden};
use crate::site::{After, Site};

/// A name that a scaffold reads or asks about.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// As the debug information has it: `order`, `self`, `order__lines`.
    pub(crate) name: String,
    pub(crate) size: Option<u64>,
    /// A number's type.
    pub(crate) number: Option<String>,
    /// Whether a closure has captured it. Naming it must not change what is captured, nor in which order: else it would be another closure.
    pub(crate) captured: bool,
    /// What a closure has captured is what the variable refers to.
    pub(crate) through: Option<Reference>,
}

/// The kind of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    Shared,
    Unique,
}

/// A function that everything else is left out for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alone<'a> {
    /// Its linkage name.
    pub(crate) symbol: &'a str,
    /// Whether its source is the crate's root.
    pub(crate) is_here: bool,
}

/// A source with something put into it.
#[derive(Debug)]
pub(crate) struct Injected {
    pub(crate) source: String,
    /// Where text of the line stands.
    pub(crate) texts: Vec<(usize, Text)>,
    /// What was put in.
    pub(crate) added: Vec<Range<usize>>,
}

/// A source with questions put into it.
#[derive(Debug)]
pub(crate) struct Questions {
    pub(crate) source: String,
    /// For each name the question before the statement, and the one behind it.
    pub(crate) before: Vec<Range<usize>>,
    pub(crate) behind: Vec<Range<usize>>,
}

/// The items that each scaffold has.
const SUPPORT: &str = include_str!("scaffold.rs.txt");

impl Reading {
    /// How the function names it.
    fn path(&self) -> String {
        self.name.replace("__", ".")
    }

    /// The place whose address the debug information has.
    fn place(&self) -> String {
        let through = if self.through.is_some() { "*" } else { "" };
        format!("{through}{}", self.path())
    }
}

/// Asks of each name, before the statement and behind it, whether it has its value.
pub(crate) fn questions(
    source: &str,
    site: &Site,
    readings: &[Reading],
    ask_behind: bool,
) -> Questions {
    let mut edit = Edit::new(source, site);
    let ask = |edit: &mut Edit<'_>| {
        edit.add("{ fn __zc_see<T: ?Sized>(_: &T) {} ");
        let mut asked = Vec::new();
        for reading in readings {
            let start = edit.text.len();
            edit.add(&format!("__zc_see(&{}); ", reading.path()));
            asked.push(start..edit.text.len());
        }
        edit.add("}");
        asked
    };
    edit.copy(site.at);
    if site.wrapped.is_some() {
        edit.add("{ ");
    }
    let before = ask(&mut edit);
    edit.add(" ");
    let mut behind = Vec::new();
    match &site.after {
        _ if !ask_behind => {}
        After::Behind(at) => {
            edit.copy(*at);
            edit.add(" ");
            behind = ask(&mut edit);
        }
        After::Value(value) => {
            edit.copy(value.start);
            edit.add("match ");
            edit.copy(value.end);
            edit.add(" { __zc_value => { ");
            behind = ask(&mut edit);
            edit.add(" __zc_value } }");
        }
    }
    if let Some(end) = site.wrapped {
        edit.copy(end);
        edit.add(" }");
    }
    Questions {
        source: edit.finish().source,
        before,
        behind,
    }
}

/// Asks of each name whether it is a shared reference, and whether it is a unique one: a wrong question does not pass the type check.
pub(crate) fn references(source: &str, site: &Site, readings: &[Reading]) -> Questions {
    let mut edit = Edit::new(source, site);
    edit.copy(site.at);
    edit.add(if site.wrapped.is_some() { "{ {" } else { "{" });
    edit.add(" fn __zc_shared<T: ?Sized>(_: *const &T) {} fn __zc_unique<T: ?Sized>(_: *const &mut T) {} ");
    let mut asked = [Vec::new(), Vec::new()];
    for reading in readings {
        for (kind, ranges) in ["shared", "unique"].iter().zip(&mut asked) {
            let start = edit.text.len();
            edit.add(&format!("__zc_{kind}(&raw const {}); ", reading.path()));
            ranges.push(start..edit.text.len());
        }
    }
    edit.add("} ");
    if let Some(end) = site.wrapped {
        edit.copy(end);
        edit.add(" }");
    }
    let [before, behind] = asked;
    Questions {
        source: edit.finish().source,
        before,
        behind,
    }
}

/// Where an attribute of the crate may stand, and the attribute: it has no `main`, so that code is made for what is exported alone.
const WITHOUT_MAIN: &str = "#![no_main] ";

fn beginning(source: &str) -> usize {
    let mark = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let rest = source.get(mark..).unwrap_or_default();
    let is_script = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    // Behind the line that names an interpreter.
    mark + if is_script {
        rest.find('\n').map_or(rest.len(), |at| at + 1)
    } else {
        0
    }
}

/// A crate's root that has no `main`.
pub(crate) fn without_main(source: &str) -> String {
    let (before, behind) = source.split_at(beginning(source));
    format!("{before}{WITHOUT_MAIN}{behind}")
}

/// What a function is exported as that keeps no name of the program.
const EXPORTED: &str = "__zc_root";

/// A function that is exported, and refers to the one that runs what an async function gives back.
fn polling(path: &str, count: usize) -> String {
    let parameters: String = (0..count).map(|index| format!("A{index}, ")).collect();
    format!(
        "#[unsafe(export_name = {EXPORTED:?})] fn __zc_root() {{ \
         fn polled<{parameters}R: ::std::future::Future, F: ::std::ops::Fn({parameters}) -> R>(_: F) {{ \
         ::std::hint::black_box(<R as ::std::future::Future>::poll as fn(::std::pin::Pin<&mut R>, &mut ::std::task::Context<'_>) -> ::std::task::Poll<R::Output>); }} \
         polled({path}) }} "
    )
}

/// Puts lines before the statement, in a function of their own that reads the names and is registered for the instance. `lines` are run in order; the last is answered. `alone` the function is all that code is made for, with what it calls. `captured` are
/// all names that a closure has captured, in its order.
pub(crate) fn line(
    source: &str,
    site: &Site,
    alone: Option<Alone<'_>>,
    readings: &[Reading],
    captured: &[Reading],
    lines: Vec<Placed>,
) -> Injected {
    let mut edit = Edit::new(source, site);
    if let (Some(alone), Some(root)) = (alone, &site.root) {
        if alone.is_here {
            edit.copy(beginning(source));
            edit.add(WITHOUT_MAIN);
        }
        edit.copy(root.at);
        edit.add(&match &root.polled {
            // In a closure the frame's symbol is the closure's.
            None if site.depth > 0 => format!("#[unsafe(export_name = {EXPORTED:?})] "),
            None => format!("#[unsafe(export_name = {:?})] ", alone.symbol),
            Some((path, count)) => polling(path, *count),
        });
    }
    edit.copy(site.at);
    if site.wrapped.is_some() {
        edit.add("{ ");
    }
    edit.add("{ ");
    let breaks = |text: &Text| text.text.matches('\n').count();
    let broken: usize = lines
        .iter()
        .map(|placed| 1 + breaks(&placed.statements) + placed.value.as_ref().map_or(0, breaks))
        .sum();
    edit.add(
        &SUPPORT
            .replace('\n', " ")
            .replace("@SECTION@", crate::image::SECTION)
            // And one behind the value.
            .replace("@LINES@", &(broken + 1).to_string()),
    );
    for (index, reading) in readings.iter().enumerate() {
        let number = reading.number.as_deref().unwrap_or("_");
        edit.add(&format!("let __zc{index} = __Zc::<{number}>::new(); "));
    }
    // Behind a loop that does not end nothing is checked but types.
    edit.add("if __zc_no() { loop {} ");
    for reading in captured {
        edit.add(&format!("let _ = &raw const {}; ", reading.place()));
    }
    for (index, reading) in readings.iter().enumerate() {
        let is = match reading.through {
            None => "is",
            Some(Reference::Shared) => "is_shared",
            Some(Reference::Unique) => "is_unique",
        };
        edit.add(&format!(
            "__zc{index}.{is}(&raw const {}); ",
            reading.place()
        ));
    }
    edit.add("} __zc_register(move |__zc_locals, __zc_out| { ");
    for (index, reading) in readings.iter().enumerate() {
        if let (Some(size), None) = (reading.size, reading.through) {
            let path = reading.path();
            edit.add(&format!(
                "__zc{index}.check({path:?}, {size}usize, __zc_out); "
            ));
        }
    }
    for (index, reading) in readings.iter().enumerate() {
        let name = hidden(&reading.name).unwrap_or_else(|| reading.name.clone());
        edit.add(&format!(
            "let mut {name} = unsafe {{ __zc{index}.read(__zc_locals, {index}, {}) }}; ",
            reading.through.is_some()
        ));
    }
    edit.add("let __zc_end = __ZcEnd(__zc_out); ");
    let last = lines.len();
    for (index, placed) in lines.into_iter().enumerate() {
        let answered = index + 1 == last;
        if answered {
            edit.add("__zc_begin(__zc_out); ");
        }
        edit.text(placed.statements);
        // A comment at a line's end ends there.
        edit.add("\n");
        if answered {
            edit.add("match &(");
            match placed.value {
                Some(value) => edit.text(value),
                None => edit.add("()"),
            }
            edit.add("\n) { __zc_value => { __zc_type(__zc_out, __zc_value); __zc_show(__zc_out, __zc_value, (&&&__ZcShown(__zc_value)).__zc_shown()); } } ");
        }
    }
    edit.add("::std::mem::drop(__zc_end); }); } ");
    if let Some(end) = site.wrapped {
        edit.copy(end);
        edit.add(" }");
    }
    edit.finish()
}

/// A source that is copied with additions.
struct Edit<'a> {
    source: &'a str,
    text: String,
    /// How much is copied.
    copied: usize,
    texts: Vec<(usize, Text)>,
    added: Vec<Range<usize>>,
    constant: Option<Range<usize>>,
}

impl<'a> Edit<'a> {
    fn new(source: &'a str, site: &Site) -> Self {
        Self {
            source,
            text: String::with_capacity(source.len() + 4096),
            copied: 0,
            texts: Vec::new(),
            added: Vec::new(),
            constant: site.constant.clone(),
        }
    }

    /// Copies up to a byte of the source.
    fn copy(&mut self, to: usize) {
        if let Some(constant) = self.constant.take_if(|constant| constant.end <= to) {
            self.copy(constant.start);
            let _ = write!(self.text, "{:1$}", "", constant.len());
            self.copied = constant.end;
        }
        self.text
            .push_str(self.source.get(self.copied..to).unwrap_or_default());
        self.copied = self.copied.max(to);
    }

    fn add(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        match self.added.last_mut() {
            Some(last) if last.end == start => last.end = self.text.len(),
            _ => self.added.push(start..self.text.len()),
        }
    }

    fn text(&mut self, text: Text) {
        let start = self.text.len();
        self.add(&text.text);
        self.texts.push((start, text));
    }

    fn finish(mut self) -> Injected {
        self.copy(self.source.len());
        Injected {
            source: self.text,
            texts: self.texts,
            added: self.added,
        }
    }
}
