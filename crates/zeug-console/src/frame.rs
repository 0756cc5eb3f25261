//! Owns one frame that lines can be compiled for: what of its variables is bound, and a library for each line.

use std::path::PathBuf;
use std::sync::Arc;

use crate::workshop::Shared;
use crate::{Error, ErrorKind, Line, Place, Stop};

/// A frame whose function was found and probed. Cheap to keep; it lives as long as it is wanted, also after its [`Workshop`](crate::Workshop).
#[derive(Debug)]
pub struct Frame {
    #[expect(dead_code, reason = "filled by the next commit")]
    shared: Arc<Shared>,
    #[expect(dead_code, reason = "filled by the next commit")]
    place: Place,
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
/// | 1 | the value, by `Debug` (`{:#?}`), or by `Display` where there is no `Debug` |
/// | 2 | the name of its type; comes first |
/// | 3 | the message and place of a panic |
/// | 4 | nothing: the value has neither `Debug` nor `Display` |
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
    /// Whether this is a `let` that later lines may stand on: then it belongs into their [`Line::lets`].
    pub keeps: bool,
    /// What is to be said with the answer: values that may be stale, a name of the program that is a copy here.
    pub warnings: Vec<String>,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // It goes with the workshop's folder otherwise.
        let _ = std::fs::remove_file(&self.library);
    }
}

impl Frame {
    pub(crate) fn probe(shared: &Arc<Shared>, place: &Place, _stop: &Stop) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::clone(shared),
            place: place.clone(),
            bindings: Vec::new(),
        })
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
    pub fn compile(&self, _line: &Line, _stop: &Stop) -> Result<Compiled, Error> {
        Err(Error::new(ErrorKind::Unsupported))
    }
}
