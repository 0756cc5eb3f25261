//! Owns one frame that lines can be compiled for: the probe that tells what of its variables is bound, and a library for each line.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::compiler::{Goal, Run};
use crate::line::Placed;
use crate::said::{Message, messages, render};
use crate::scaffold::{self, Injected, Questions, Reading, Reference};
use crate::site::{Name, Site};
use crate::workshop::{Bench, Shared, lock};
use crate::{Diagnostic, Error, ErrorKind, Level, Line, Local, Place, Stop, image};

/// How many places are tried, from the innermost outwards.
const SITES: usize = 3;

/// A frame whose function was found and probed. Cheap to keep; it lives as long as it is wanted, also after its [`Workshop`](crate::Workshop).
#[derive(Debug)]
pub struct Frame {
    shared: Arc<Shared>,
    bench: Arc<Mutex<Bench>>,
    symbol: String,
    /// The source's name in the folder that the compiler is called in.
    within: PathBuf,
    source: String,
    site: Site,
    /// One for each binding.
    readings: Vec<Reading>,
    bindings: Vec<Binding>,
}

/// What a name means in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Its index in [`Place::locals`].
    pub local: usize,
    /// Whether it can be read.
    pub state: State,
    /// The sentence that the page shows; empty for [`State::Bound`].
    pub said: String,
}

/// Whether a name can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It has its value.
    Bound,
    /// It had one, and gave it away before the statement.
    Moved,
    /// It has none yet.
    Uninitialized,
    /// The statement that failed moves it: it is bound, and what it refers to may be gone. A line that uses it carries a warning.
    Stale,
    /// It is not in scope where the line stands.
    Elsewhere,
}

/// A library that runs one line. Its file is removed when this is dropped.
///
/// The function at [`entry`](Self::entry) is
/// `extern "C" fn(locals: *const *const u8, out: extern "C" fn(kind: u32, text: *const u8, len: usize))`. It reads each local by value from its address and drops none. It calls `out` with
///
/// | kind | text |
/// | --- | --- |
/// | 6 | nothing: the lines before are run, what is printed now is this line's |
/// | 2 | the name of the value's type; comes before the value |
/// | 1 | the value, by `Debug` (`{:#?}`), or by `Display` where there is no `Debug` |
/// | 4 | the value has neither `Debug` nor `Display`: its address and its size, eight bytes each |
/// | 3 | the message and place of a panic |
/// | 5 | why nothing was read: a variable's size is not the expected one |
/// | 0 | nothing: this is the end |
///
/// After kind 0 the process has to end by `_exit`, since the locals are still there to be dropped; if `out` comes back, the library does it with status 0. So the function never returns.
#[derive(Debug)]
pub struct Compiled {
    /// Where the shared library is.
    pub library: PathBuf,
    /// The address of the function in the library's image: add the base that it was loaded at.
    pub entry: u64,
    /// The order of the addresses that the function takes, as indices in [`Place::locals`].
    pub locals: Vec<usize>,
    /// The line with `_` replaced: what a later line's [`Line::last`] is, or, where this [`keeps`](Self::keeps), one of its [`Line::lets`].
    pub source: String,
    /// Whether this is a `let` that later lines may stand on.
    pub keeps: bool,
    /// What is to be said with the answer: names that may be stale.
    pub warnings: Vec<String>,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // It goes with the workshop's folder otherwise.
        let _ = std::fs::remove_file(&self.library);
    }
}

impl Frame {
    pub(crate) fn probe(shared: &Arc<Shared>, place: &Place, stop: &Stop) -> Result<Self, Error> {
        let unit = shared.records.unit_of(&place.file)?;
        let file = unit.folder.join(&place.file);
        let named = || format!("{}:{}:{}", place.file.display(), place.line, place.column);
        let none = || Error::new(ErrorKind::NoStatement { place: named() });
        let source = std::fs::read_to_string(&file)
            .map_err(|error| Error::system(file.display(), &error))?;
        let bench = shared.bench(&unit)?;
        let within = lock(&bench)
            .mirror
            .within(&file)
            .map(Path::to_owned)
            .ok_or_else(none)?;
        let mut refused = none();
        for site in Site::find(&source, place.line, place.column)
            .into_iter()
            .take(SITES)
        {
            let (bindings, readings) = bind(&site, &place.locals);
            let mut frame = Self {
                shared: Arc::clone(shared),
                bench: Arc::clone(&bench),
                symbol: place.symbol.clone(),
                within: within.clone(),
                source: source.clone(),
                site,
                readings,
                bindings,
            };
            match frame.look_through(&place.locals, stop).and_then(|()| frame.ask(stop)) {
                Ok(()) => return Ok(frame),
                Err(error) if matches!(error.kind(), ErrorKind::Scaffold { .. }) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// What the names of the frame's variables mean in a line.
    #[must_use]
    pub fn bound(&self) -> &[Binding] {
        &self.bindings
    }

    /// Compiles what all lines of this frame have in common, so that the first is as fast as the later ones.
    ///
    /// # Errors
    ///
    /// As for [`compile`](Self::compile).
    pub fn warm(&self, stop: &Stop) -> Result<(), Error> {
        let nothing = Line {
            source: "()".to_owned(),
            ..Line::default()
        };
        self.compile(&nothing, stop).map(drop)
    }

    /// Compiles a line.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rustc`] where the line is wrong, [`ErrorKind::Unreadable`] where it uses a name that has no value, [`ErrorKind::SourceChanged`] where the program's sources are newer
    /// than the program, [`ErrorKind::NotReproduced`] where the copy does not have the frame's function, [`ErrorKind::Stopped`].
    pub fn compile(&self, line: &Line, stop: &Stop) -> Result<Compiled, Error> {
        let complete = line.complete()?;
        let hidden: Vec<&str> = self.names(State::Bound).chain(self.names(State::Stale)).collect();
        let mut lines = line
            .lets
            .iter()
            .map(|earlier| Placed::new(earlier, &hidden))
            .collect::<Result<Vec<_>, _>>()?;
        let placed = Placed::new(&complete.text, &hidden).map_err(|error| match &line.last {
            None => error,
            // The place is to be one of the line as it was given.
            Some(_) => Placed::new(&line.source, &hidden).err().unwrap_or(error),
        })?;
        let keeps = placed.keeps;
        lines.push(placed);
        let used = |name: &str| line.texts().any(|text| uses(text, name));
        let mut read = Vec::new();
        let mut locals = Vec::new();
        let mut warnings = Vec::new();
        for (binding, reading) in self.bindings.iter().zip(&self.readings) {
            let readable = matches!(binding.state, State::Bound | State::Stale);
            if readable && used(&binding.name) {
                read.push(reading.clone());
                locals.push(binding.local);
                if binding.state == State::Stale {
                    warnings.push(binding.said.clone());
                }
            }
        }
        let captured = self.readings.iter().filter(|reading| reading.captured);
        let captured: Vec<Reading> = captured.cloned().collect();
        let injected = scaffold::line(&self.source, &self.site, &read, &captured, lines);
        let library = self.shared.library();
        let mut compiled = Compiled {
            entry: 0,
            locals,
            source: complete.text.clone(),
            keeps,
            warnings,
            library,
        };
        let run = self.build(&injected, &compiled.library, stop)?;
        if !run.passed {
            return Err(self.refused(&run, &injected, line, &complete, &used));
        }
        compiled.entry = image::entry(&compiled.library, &self.symbol)?;
        Ok(compiled)
    }

    fn names(&self, state: State) -> impl Iterator<Item = &str> {
        let bindings = self.bindings.iter();
        bindings.filter_map(move |each| (each.state == state).then_some(each.name.as_str()))
    }

    /// Makes the library.
    fn build(&self, injected: &Injected, library: &Path, stop: &Stop) -> Result<Run, Error> {
        let mut bench = lock(&self.bench);
        self.shared.records.check(bench.compiler.unit())?;
        self.put(&mut bench, &injected.source)?;
        if !bench.thread_locals {
            let run = bench
                .compiler
                .run(bench.mirror.root(), Goal::Library, library, stop)?;
            // Code for programs reaches thread-locals in a way that no library can.
            let locals = ["TPOFF32", "TLSLE_"];
            if run.passed || !locals.iter().any(|word| run.said.contains(word)) {
                return Ok(run);
            }
            bench.thread_locals = true;
        }
        let goal = Goal::LibraryWithThreadLocals;
        bench.compiler.run(bench.mirror.root(), goal, library, stop)
    }

    fn put(&self, bench: &mut Bench, source: &str) -> Result<(), Error> {
        let put = bench.mirror.put(&self.within, source);
        put.map_err(|error| Error::system("the copy of the source cannot be written", &error))
    }

    fn check(&self, questions: &Questions, stop: &Stop) -> Result<Run, Error> {
        let mut bench = lock(&self.bench);
        self.shared.records.check(bench.compiler.unit())?;
        self.put(&mut bench, &questions.source)?;
        let library = Path::new("");
        bench.compiler.run(bench.mirror.root(), Goal::Check, library, stop)
    }

    /// Asks the compiler which captured names are references, where the debug information tells of what they refer to.
    fn look_through(&mut self, locals: &[Local], stop: &Stop) -> Result<(), Error> {
        let asked: Vec<usize> = (0..self.readings.len())
            .filter(|&index| {
                let captured = self.readings.get(index).is_some_and(|reading| reading.captured);
                let local = self.bindings.get(index).and_then(|binding| locals.get(binding.local));
                let kind = local.and_then(|local| local.type_name.as_deref());
                captured && kind.is_some_and(|kind| !kind.starts_with(['&', '*']))
            })
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let readings = asked.iter().filter_map(|&index| self.readings.get(index).cloned());
        let readings: Vec<Reading> = readings.collect();
        let questions = scaffold::references(&self.source, &self.site, &readings);
        let run = self.check(&questions, stop)?;
        let messages = messages(&run.said, &self.within);
        let refused = |range: &Range<usize>| {
            let mut places = messages.iter().filter_map(Message::primary);
            places.any(|place| range.contains(&place.start))
        };
        let answers = questions.before.iter().zip(&questions.behind);
        for (index, (shared, unique)) in asked.into_iter().zip(answers) {
            if let Some(reading) = self.readings.get_mut(index) {
                reading.through = match (refused(shared), refused(unique)) {
                    (false, true) => Some(Reference::Shared),
                    (true, false) => Some(Reference::Unique),
                    _ => None,
                };
            }
        }
        Ok(())
    }

    /// Asks the compiler which names have their value before the statement, and which behind it.
    fn ask(&mut self, stop: &Stop) -> Result<(), Error> {
        let mut ask_behind = true;
        loop {
            let asked: Vec<usize> = (0..self.bindings.len())
                .filter(|&index| self.bindings.get(index).is_some_and(|each| each.state != State::Elsewhere))
                .collect();
            let readings: Vec<Reading> = asked
                .iter()
                .filter_map(|&index| self.readings.get(index).cloned())
                .collect();
            let questions = scaffold::questions(&self.source, &self.site, &readings, ask_behind);
            let run = self.check(&questions, stop)?;
            if run.passed {
                return Ok(());
            }
            let mut elsewhere = false;
            let mut other = None;
            for message in messages(&run.said, &self.within) {
                if !message.is_error || message.spans.is_empty() {
                    continue;
                }
                let which = |ranges: &[Range<usize>]| {
                    let at = message.primary()?.start;
                    let index = ranges.iter().position(|range| range.contains(&at))?;
                    asked.get(index).copied()
                };
                let (index, behind) = match (which(&questions.before), which(&questions.behind)) {
                    (Some(index), _) => (index, false),
                    (None, Some(index)) => (index, true),
                    (None, None) if message.is_borrow() => continue,
                    // A move that is refused since something else now uses the name.
                    (None, None) if matches!(message.code.as_deref(), Some("E0381" | "E0382")) => continue,
                    (None, None) => {
                        other.get_or_insert(message.text);
                        continue;
                    }
                };
                let Some(binding) = self.bindings.get_mut(index) else { continue };
                let name = self.readings.get(index).map_or("", |reading| reading.name.as_str());
                let state = match (message.code.as_deref(), behind) {
                    (Some("E0382"), true) if binding.state == State::Bound => State::Stale,
                    (Some("E0382"), false) => State::Moved,
                    (Some("E0381"), false) => State::Uninitialized,
                    _ if message.is_borrow() || behind => continue,
                    _ => State::Elsewhere,
                };
                elsewhere |= state == State::Elsewhere;
                binding.state = state;
                binding.said = sentence(name, state);
                let moved = |span: &&crate::said::Span| span.label.starts_with("value moved here");
                if let (State::Moved, Some(span)) = (state, message.spans.iter().find(moved)) {
                    binding.said = format!("`{name}` was moved at {}, in whole or in part", span.place);
                }
            }
            // A wrong name keeps the borrow checker from running.
            match other {
                _ if elsewhere => {}
                None => return Ok(()),
                Some(_) if ask_behind => ask_behind = false,
                Some(said) => return Err(Error::new(ErrorKind::Scaffold { said })),
            }
        }
    }

    /// Why the compiler refused.
    fn refused(
        &self,
        run: &Run,
        injected: &Injected,
        line: &Line,
        complete: &crate::line::Text,
        used: &dyn Fn(&str) -> bool,
    ) -> Error {
        let messages = messages(&run.said, &self.within);
        let mut diagnostics = Vec::new();
        let mut other = None;
        for message in messages.iter().filter(|message| message.is_error) {
            if message.text.starts_with("aborting due to") {
                continue;
            }
            match diagnostic(message, injected, line, complete) {
                Some(diagnostic) => diagnostics.push(diagnostic),
                None => {
                    other.get_or_insert(message);
                }
            }
        }
        // A name that is in scope, but not where the line stands.
        let unknown = diagnostics.iter().find_map(|diagnostic: &Diagnostic| {
            let name = line.source.get(diagnostic.start..diagnostic.end)?;
            let unknown = diagnostic.code.as_deref() == Some("E0425");
            let mut bindings = self.bindings.iter();
            bindings.find(|each| unknown && each.state == State::Elsewhere && each.name == name)
        });
        if let Some(binding) = unknown {
            return unreadable(binding);
        }
        if !diagnostics.is_empty() {
            diagnostics.dedup();
            return Error::new(ErrorKind::Rustc { diagnostics });
        }
        let unbound = self.bindings.iter().find(|binding| {
            !matches!(binding.state, State::Bound | State::Stale) && used(&binding.name)
        });
        if let Some(binding) = unbound {
            return unreadable(binding);
        }
        if run.said.contains("__zc: captured") {
            let is_bound = |name: &str| self.bindings.iter().any(|binding| binding.name == name);
            let mut scope = self.site.scope.iter().rev().map(|name| name.name.as_str());
            let name = scope.find(|name| used(name) && !is_bound(name));
            return Error::new(ErrorKind::Unreadable {
                name: name.unwrap_or("a name").to_owned(),
                said: "it is not here: a closure has of the function around it what it uses itself"
                    .to_owned(),
            });
        }
        let said = other.map_or_else(|| run.said.trim().to_owned(), |message| message.text.clone());
        Error::new(ErrorKind::Scaffold { said })
    }
}

fn unreadable(binding: &Binding) -> Error {
    Error::new(ErrorKind::Unreadable {
        name: binding.name.clone(),
        said: binding.said.clone(),
    })
}

/// The names in scope that the debug information knows, the inner ones of two with one name.
fn bind(site: &Site, locals: &[Local]) -> (Vec<Binding>, Vec<Reading>) {
    let mut bindings = Vec::new();
    let mut readings = Vec::new();
    let mut add = |index: usize, local: &Local, name: Option<&Name>| {
        let captured = name.is_some_and(|name| name.depth < site.depth);
        let kind = local.type_name.as_deref();
        let unsized_one = captured && kind.is_some_and(is_unsized);
        let state = if name.is_some() && !unsized_one { State::Bound } else { State::Elsewhere };
        bindings.push(Binding {
            name: local.name.clone(),
            local: index,
            state,
            said: if unsized_one {
                format!("`{}` is captured by a closure, and the debug information does not tell its length or table", local.name)
            } else {
                sentence(&local.name, state)
            },
        });
        readings.push(Reading {
            name: local.name.clone(),
            size: local.size,
            number: kind.filter(|kind| !captured && is_number(kind)).map(str::to_owned),
            captured,
            through: None,
        });
    };
    for (index, local) in locals.iter().enumerate() {
        // A later one of this name hides it.
        let mut later = locals.iter().skip(index + 1).filter(|later| later.name == local.name);
        let hidden = later.clone().next().is_some();
        // An async function's parameter, and the variable that it is moved into.
        if later.any(|later| later.line == local.line) {
            continue;
        }
        let root = local.name.split("__").next().unwrap_or_default();
        let name = site.scope.iter().rev().find(|name| name.name == local.name);
        let (name, exact) = match name {
            Some(name) => (Some(name), true),
            None => (site.scope.iter().rev().find(|name| name.name == root), false),
        };
        let same = name.filter(|name| local.line == 0 || name.line == local.line);
        let only = || {
            let scope = site.scope.iter().filter(|name| name.name == local.name);
            let same = locals.iter().filter(|other| other.name == local.name);
            scope.count() == 1 && same.count() == 1
        };
        match same.or_else(|| name.filter(|_| !exact || only())) {
            Some(name) => add(index, local, Some(name)),
            None if !hidden => add(index, local, None),
            None => {}
        }
    }
    (bindings, readings)
}

fn is_number(name: &str) -> bool {
    const NUMBERS: [&str; 14] = [
        "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "f32", "f64",
    ];
    NUMBERS.contains(&name)
}

/// Whether a type has no fixed size, by its name.
fn is_unsized(name: &str) -> bool {
    name == "str" || name.starts_with("dyn ") || name.starts_with('[') && !name.contains(';')
}

/// What is said of a name.
fn sentence(name: &str, state: State) -> String {
    match state {
        State::Bound => String::new(),
        State::Moved => format!("`{name}` was moved, in whole or in part, before this statement"),
        State::Uninitialized => format!("`{name}` has no value yet"),
        State::Stale => format!("this statement moves `{name}`: what it refers to may be gone"),
        State::Elsewhere => format!("`{name}` is not in scope where a line can stand"),
    }
}

/// Whether a text has a name as a word, be it in a literal: what is bound and not used does no harm.
fn uses(text: &str, name: &str) -> bool {
    let root = name.split("__").next().unwrap_or(name);
    text.split(|each: char| !each.is_alphanumeric() && each != '_')
        .any(|word| word == name || word == root)
}

/// A message about the line; `None` for one about something else.
fn diagnostic(
    message: &Message,
    injected: &Injected,
    line: &Line,
    complete: &crate::line::Text,
) -> Option<Diagnostic> {
    let (start, text) = injected.texts.iter().rev().find_map(|(start, text)| {
        let range = *start..=*start + text.text.len();
        range.contains(&message.primary()?.start).then_some((*start, text))
    })?;
    // Of the last two texts, which are this line's.
    let own = |range: &Range<usize>| {
        let texts = injected.texts.iter().rev().take(2);
        texts.into_iter().find_map(|(start, text)| {
            let end = *start + text.text.len();
            let within = range.start >= *start && range.end <= end;
            let range = within.then(|| range.start - start..range.end - start)?;
            complete.original(text.original(range)?)
        })
    };
    let earlier = own(&(start..start)).is_none() && !text.text.is_empty();
    let mut marks = Vec::new();
    let mut notes = Vec::new();
    for span in &message.spans {
        let range = span.range.as_ref();
        let ours = range.and_then(own);
        let added = range.is_some_and(|range| {
            injected.added.iter().any(|added| added.start <= range.start && range.end <= added.end)
        });
        match ours {
            Some(ours) => marks.push((ours, span.primary, span.label.as_str())),
            None if span.label.is_empty() || span.label.contains("__zc") && !span.label.contains("__zc_self") => {}
            None if added => notes.push(("note".to_owned(), span.label.clone())),
            None => notes.push(("note".to_owned(), format!("{}: {}", span.place, span.label))),
        }
    }
    if earlier {
        notes.push(("note".to_owned(), "this is about an earlier line of the session".to_owned()));
    }
    for child in &message.children {
        let mut text = child.text.clone();
        for span in &child.spans {
            match (&span.replacement, span.range.as_ref().and_then(own)) {
                (Some(replacement), Some(_)) if !replacement.trim().is_empty() => {
                    text = format!("{text}: `{}`", replacement.trim());
                }
                _ => {}
            }
        }
        // What is said of the scaffold helps nobody.
        let elsewhere = child.spans.iter().all(|span| span.range.as_ref().is_some_and(|range| own(range).is_none()));
        if child.spans.is_empty() || !elsewhere {
            notes.push((child.level.clone(), text));
        }
    }
    let clean = |text: &str| text.replace("__zc_self", "self");
    notes.retain(|(_, note)| !clean(note).contains("__zc") && !clean(note).contains("__Zc"));
    notes.iter_mut().for_each(|(_, note)| *note = clean(note));
    let labels: Vec<String> = marks.iter().map(|(.., label)| clean(label)).collect();
    let marks: Vec<_> = marks
        .iter()
        .zip(&labels)
        .map(|((range, primary, _), label)| (range.clone(), *primary, label.as_str()))
        .collect();
    let range = marks.iter().find(|mark| mark.1).map_or(0..0, |mark| mark.0.clone());
    let mut diagnostic = Diagnostic {
        level: if message.is_error { Level::Error } else { Level::Warning },
        message: clean(&message.text),
        code: message.code.clone(),
        rendered_ansi: String::new(),
        start: range.start,
        end: range.end,
    };
    diagnostic.rendered_ansi = render(&line.source, &diagnostic, &marks, &notes);
    Some(diagnostic)
}
