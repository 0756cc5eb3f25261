//! Owns the writer of HTML: markup is what stands in this program's source, everything else is escaped. It checks no structure.

use std::fmt;

use zeug_messages::push_escaped;

/// A page, or a piece of one.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup, which only this program's own source can hold.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, escaped: for an element or for an attribute's value in quotes.
    pub(super) fn text(&mut self, text: impl fmt::Display) -> &mut Self {
        push_escaped(&mut self.0, &text.to_string());
        self
    }

    /// As [`text`](Self::text), without a copy.
    pub(super) fn str(&mut self, text: &str) -> &mut Self {
        push_escaped(&mut self.0, text);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}
