//! Owns what is told on the terminal where a panic ends the program (`panic = "abort"`), so that there will be no page: the program's own frames with their variables.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::failure::{Caught, FRAMES};
use crate::traceback::{Frame, Shown};

/// Writes the traceback to standard error. The message is written by the hook that was there before.
pub(super) fn tell(caught: &Caught) {
    let (frames, note) = caught
        .frames(FRAMES)
        .unwrap_or_else(|why| (caught.walked(), Some(why)));
    // Where standard error is closed there is nobody to tell.
    let _ = io::stderr()
        .lock()
        .write_all(text(&frames, note.as_deref()).as_bytes());
}

fn text(frames: &[Frame], note: Option<&str>) -> String {
    let mut text = String::from(
        "panic = \"abort\" ends the program, so there is no page; the failed request's own frames:\n",
    );
    for frame in frames.iter().filter(|frame| frame.own) {
        let _ = write!(text, "  at {}", frame.function);
        if let Some(place) = &frame.place {
            let _ = write!(text, "  {}:{}", place.file.display(), place.line);
        }
        text.push('\n');
        for variable in &frame.variables {
            let value = match &variable.value {
                Shown::Value(value) => value.as_str(),
                Shown::Hidden => "<hidden>",
                Shown::Missing(why) => why.as_str(),
            };
            let _ = writeln!(text, "      {} = {value}", variable.name);
        }
    }
    if let Some(note) = note {
        let _ = writeln!(text, "  {note}");
    }
    text
}
