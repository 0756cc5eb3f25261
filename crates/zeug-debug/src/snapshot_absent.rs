//! Owns what stands in for a snapshot where there can be none: on other systems and processors than Linux on x86-64 and aarch64. The frames come from the standard library's backtrace, without variables.

use std::backtrace::Backtrace;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::traceback::{Answer, Completed, Frame, Place};

/// No process is ever frozen here.
#[derive(Debug)]
pub(crate) struct Snapshot(Infallible);

/// The frames of a thread as they were.
#[derive(Debug, Clone)]
pub(crate) struct Stack(Arc<Backtrace>);

impl Stack {
    /// Those of this thread.
    pub(crate) fn walk() -> Self {
        Self(Arc::new(Backtrace::force_capture()))
    }

    /// The frames without variables.
    pub(crate) fn frames(&self, _patience: Duration) -> Vec<Frame> {
        read(&self.0.to_string())
    }
}

impl Snapshot {
    /// # Errors
    ///
    /// Always: the sentence that says why there are no variables.
    pub(crate) fn take(_stack: &Stack) -> Result<Self, String> {
        Err(format!(
            "no variables: they are read on Linux with an x86-64 or aarch64 processor, and this is {} on {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ))
    }

    pub(crate) fn watch(&self) {
        match self.0 {}
    }

    pub(crate) fn frames(
        &self,
        _patience: Duration,
    ) -> Result<(Vec<Frame>, Option<String>), String> {
        match self.0 {}
    }

    pub(crate) fn evaluate(
        &self,
        _frame: usize,
        _line: &str,
        _patience: Duration,
    ) -> Result<Answer, String> {
        match self.0 {}
    }

    pub(crate) fn complete(
        &self,
        _frame: usize,
        _line: &str,
        _patience: Duration,
    ) -> Result<Completed, String> {
        match self.0 {}
    }
}

/// The frames out of a backtrace's text: a line `  3: shop::total` and below it `     at src/shop.rs:7:5`.
fn read(text: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                frame.place = read_place(place);
                frame.own = frame.place.as_ref().is_some_and(is_own);
            }
        } else if let Some((_, function)) = line.split_once(": ") {
            frames.push(Frame {
                function: function.to_owned(),
                place: None,
                own: false,
                inlined: false,
                variables: Vec::new(),
            });
        }
    }
    let failed = frames
        .iter()
        .rposition(|frame| frame.function.contains("rust_begin_unwind"));
    frames.drain(..failed.map_or(0, |failed| failed + 1));
    frames
}

fn read_place(text: &str) -> Option<Place> {
    let mut parts = text.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = PathBuf::from(parts.next()?);
    Some(Place { file, line, column })
}

fn is_own(place: &Place) -> bool {
    let text = place.file.to_string_lossy();
    !["/rustc/", "registry", "checkouts", "rustlib"]
        .iter()
        .any(|library| text.contains(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtraces_text_is_read() {
        let text = "   0: rust_begin_unwind\n             at /rustc/1/library/std/src/panicking.rs:689:5\n   1: shop::total\n             at ./src/shop.rs:7:5\n   2: main\n";
        let frames = read(text);
        let names: Vec<_> = frames.iter().map(|frame| &*frame.function).collect();
        assert_eq!(names, ["shop::total", "main"]);
        let place = frames[0].place.clone().expect("a place");
        assert_eq!((place.line, place.column, frames[0].own), (7, 5, true));
    }
}
