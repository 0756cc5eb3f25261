//! Owns the questions that the compiler is asked once a frame: which names have their value before the statement, which behind it, which are references.

use std::ops::Range;

use super::Frame;
use crate::binding::{State, sentence};
use crate::said::{Message, messages};
use crate::scaffold::{self, Reading, Reference};
use crate::{Error, ErrorKind, Local, Stop};

impl Frame {
    /// Asks the compiler which captured names are references, where the debug information tells of what they refer to.
    pub(super) fn look_through(&mut self, locals: &[Local], stop: &Stop) -> Result<(), Error> {
        let asked: Vec<usize> = (0..self.readings.len())
            .filter(|&index| {
                let captured = self
                    .readings
                    .get(index)
                    .is_some_and(|reading| reading.captured);
                let local = self
                    .bindings
                    .get(index)
                    .and_then(|binding| locals.get(binding.local));
                let kind = local.and_then(|local| local.type_name.as_deref());
                captured && kind.is_some_and(|kind| !kind.starts_with(['&', '*']))
            })
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let readings = asked
            .iter()
            .filter_map(|&index| self.readings.get(index).cloned());
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
    pub(super) fn ask(&mut self, stop: &Stop) -> Result<(), Error> {
        let mut ask_behind = true;
        loop {
            let asked: Vec<usize> = (0..self.bindings.len())
                .filter(|&index| {
                    self.bindings
                        .get(index)
                        .is_some_and(|each| each.state != State::Elsewhere)
                })
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
                    (None, None) if matches!(message.code.as_deref(), Some("E0381" | "E0382")) => {
                        continue;
                    }
                    (None, None) => {
                        other.get_or_insert(message.text);
                        continue;
                    }
                };
                let Some(binding) = self.bindings.get_mut(index) else {
                    continue;
                };
                let name = self
                    .readings
                    .get(index)
                    .map_or("", |reading| reading.name.as_str());
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
                    binding.said =
                        format!("`{name}` was moved at {}, in whole or in part", span.place);
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
}
