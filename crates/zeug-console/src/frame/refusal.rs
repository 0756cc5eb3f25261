//! Owns why a line was not compiled: the compiler's messages as messages about the line, without what was put around it.

use std::ops::Range;

use super::{Frame, uses};
use crate::binding::{Binding, State};
use crate::compiler::Run;
use crate::line::Text;
use crate::said::{Message, messages, render};
use crate::scaffold::Injected;
use crate::{Diagnostic, Error, ErrorKind, Level, Line};

impl Frame {
    /// Why the compiler refused.
    pub(super) fn refused(
        &self,
        run: &Run,
        injected: &Injected,
        line: &Line,
        complete: &Text,
    ) -> Error {
        let used = |name: &str| line.texts().any(|text| uses(text, name));
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
        let captured = |message: &Message| {
            let mut all = std::iter::once(message).chain(&message.children);
            all.any(|message| message.text.contains("__zc: captured"))
        };
        if messages.iter().any(captured) {
            let is_bound = |name: &str| self.bindings.iter().any(|binding| binding.name == name);
            let mut scope = self.site.scope.iter().rev().map(|name| name.name.as_str());
            let name = scope.find(|name| used(name) && !is_bound(name));
            return Error::new(ErrorKind::Unreadable {
                name: name.unwrap_or("a name").to_owned(),
                said: "it is not here: a closure has of the function around it what it uses itself"
                    .to_owned(),
            });
        }
        let said = other.map_or_else(
            || run.said.trim().to_owned(),
            |message| message.text.clone(),
        );
        Error::new(ErrorKind::Scaffold { said })
    }
}

fn unreadable(binding: &Binding) -> Error {
    Error::new(ErrorKind::Unreadable {
        name: binding.name.clone(),
        said: binding.said.clone(),
    })
}

/// A message about the line; `None` for one about something else.
fn diagnostic(
    message: &Message,
    injected: &Injected,
    line: &Line,
    complete: &Text,
) -> Option<Diagnostic> {
    let (start, text) = injected.texts.iter().rev().find_map(|(start, text)| {
        let range = *start..=*start + text.text.len();
        range
            .contains(&message.primary()?.start)
            .then_some((*start, text))
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
            injected
                .added
                .iter()
                .any(|added| added.start <= range.start && range.end <= added.end)
        });
        match ours {
            Some(ours) => marks.push((ours, span.primary, span.label.as_str())),
            None if span.label.is_empty()
                || span.label.contains("__zc") && !span.label.contains("__zc_self") => {}
            None if added => notes.push(("note".to_owned(), span.label.clone())),
            None => notes.push(("note".to_owned(), format!("{}: {}", span.place, span.label))),
        }
    }
    if earlier {
        notes.push((
            "note".to_owned(),
            "this is about an earlier line of the session".to_owned(),
        ));
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
        let elsewhere = child.spans.iter().all(|span| {
            span.range
                .as_ref()
                .is_some_and(|range| own(range).is_none())
        });
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
    let range = marks
        .iter()
        .find(|mark| mark.1)
        .map_or(0..0, |mark| mark.0.clone());
    let mut diagnostic = Diagnostic {
        level: if message.is_error {
            Level::Error
        } else {
            Level::Warning
        },
        message: clean(&message.text),
        code: message.code.clone(),
        rendered_ansi: String::new(),
        start: range.start,
        end: range.end,
    };
    diagnostic.rendered_ansi = render(&line.source, &diagnostic, &marks, &notes);
    Some(diagnostic)
}
