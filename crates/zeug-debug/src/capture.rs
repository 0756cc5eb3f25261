//! Owns the moment of the failure: the panic hook, the hook of error conversions, and what both leave for the request that failed.

use std::time::Duration;

use crate::traceback::{Answer, FailureKind, Frame, Place};

/// While it lives, a failure on this thread is captured.
#[derive(Debug)]
pub(crate) struct Scope {
    _private: (),
}

impl Scope {
    /// Begins the capture for a request on this thread, and installs the hooks where this is the first.
    pub(crate) fn enter() -> Self {
        Self { _private: () }
    }

    /// The last failure that was captured since.
    pub(crate) fn finish(self) -> Option<Captured> {
        None
    }
}

/// A failure as it was caught, and the frozen frames where they could be kept.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) kind: FailureKind,
    /// The panic's text, or the error's.
    pub(crate) message: String,
    /// The type of the error, where it is known.
    pub(crate) type_name: Option<String>,
    /// The error's sources, the nearest first.
    pub(crate) causes: Vec<String>,
    pub(crate) place: Option<Place>,
    pub(crate) thread: String,
    /// The frozen frames, or a sentence that says why there are none and what to change.
    pub(crate) snapshot: Result<Snapshot, String>,
    /// Frames without variables, for when there is no snapshot.
    pub(crate) frames: Vec<Frame>,
}

/// The process that holds the frames as they were. It ends when this is dropped, when ten minutes are over, or when the server ends.
#[derive(Debug)]
pub(crate) struct Snapshot {
    _private: (),
}

impl Snapshot {
    /// The frames with their variables; and, where variables are missing as a whole, the sentence that says why.
    ///
    /// # Errors
    ///
    /// A sentence that says what happened: the process ended, or did not answer in time.
    pub(crate) fn frames(&self, patience: Duration) -> Result<(Vec<Frame>, Option<String>), String> {
        let _ = patience;
        Err("there is no snapshot".to_owned())
    }

    /// The answer to `line` in the frame with that index in [`frames`](Self::frames).
    ///
    /// # Errors
    ///
    /// What was wrong with the line, as a text of several lines with a caret below the place where that is known.
    pub(crate) fn evaluate(&self, frame: usize, line: &str, patience: Duration) -> Result<Answer, String> {
        let _ = (frame, line, patience);
        Err("there is no snapshot".to_owned())
    }
}
