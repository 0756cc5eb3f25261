//! Owns why a line was not compiled, in sentences that say what to do next.

use std::fmt;
use std::path::PathBuf;

use crate::Diagnostic;

/// Why there is no library for a line.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Neither Linux on x86-64 nor on aarch64, which is where this works.
    Unsupported,
    /// Nothing is known of how the program, or the part of it that holds the place, was compiled.
    NoRecord {
        /// What was looked for.
        wanted: String,
        /// The wrapper that makes records, where it could be laid down.
        wrapper: Option<PathBuf>,
    },
    /// The place is in a library that cargo fetched, or in the standard library.
    Foreign {
        /// The source.
        file: PathBuf,
    },
    /// A source is newer than the program.
    SourceChanged {
        /// Which.
        file: PathBuf,
    },
    /// There is no statement at the place that a line could stand before: a signature, a constant, code that a macro made.
    NoStatement {
        /// Where, as `src/cart.rs:12:5`.
        place: String,
    },
    /// The copy does not have the function that the frame runs: another compiler or other flags, or one that only another part of the program makes.
    NotReproduced {
        /// What was not found, or what differed.
        what: String,
    },
    /// The compiler refused the line, or it is no Rust.
    Rustc {
        /// What it said of the line. Never empty.
        diagnostics: Vec<Diagnostic>,
    },
    /// The compiler refused what was put around the line, at this place. Not the line's fault.
    Scaffold {
        /// What it said.
        said: String,
    },
    /// A name that the line uses cannot be read, and why.
    Unreadable {
        /// The name.
        name: String,
        /// The sentence of [`Binding::said`](crate::Binding).
        said: String,
    },
    /// It was stopped, or took longer than it may.
    Stopped,
    /// The system refused something: a file, a folder, the compiler's start.
    System {
        /// What, and the system's own words.
        what: String,
    },
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind }
    }

    pub(crate) fn system(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(ErrorKind::System {
            what: format!("{what}: {error}"),
        })
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The status that says it best, where it ends a request: 422 for a line that is wrong, 504 for one that took too long, otherwise 501.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        match self.kind {
            ErrorKind::Rustc { .. } | ErrorKind::Unreadable { .. } => 422,
            ErrorKind::Stopped => 504,
            ErrorKind::System { .. } => 500,
            _ => 501,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ErrorKind::Unsupported => {
                f.write_str("compiled lines need Linux on x86-64 or aarch64; path expressions are answered everywhere")
            }
            ErrorKind::NoRecord { wanted, wrapper } => {
                write!(f, "it is not recorded how {wanted} was compiled; ")?;
                match wrapper {
                    Some(wrapper) => write!(
                        f,
                        "change a source while the reloader runs, or build with RUSTC_WRAPPER={}",
                        wrapper.display()
                    ),
                    None => f.write_str("it does not lie in a folder that cargo builds in"),
                }
            }
            ErrorKind::Foreign { file } => write!(
                f,
                "{} is a library's, and no line can stand in it; take a frame of the program",
                file.display()
            ),
            ErrorKind::SourceChanged { file } => write!(
                f,
                "{} is newer than the program; build it and fail again",
                file.display()
            ),
            ErrorKind::NoStatement { place } => write!(
                f,
                "no statement is at {place} that a line could stand before; take another frame, or a path expression"
            ),
            ErrorKind::NotReproduced { what } => write!(
                f,
                "this frame could not be reproduced: {what}; path expressions are answered"
            ),
            ErrorKind::Rustc { diagnostics } => match diagnostics.first() {
                Some(first) => f.write_str(&first.message),
                None => f.write_str("the compiler refused the line"),
            },
            ErrorKind::Scaffold { said } => write!(
                f,
                "no line can be compiled at this place: {said}; path expressions are answered"
            ),
            ErrorKind::Unreadable { name, said } => write!(f, "`{name}` cannot be used: {said}"),
            ErrorKind::Stopped => f.write_str("the compiler was stopped; a shorter line, or the same again, may do"),
            ErrorKind::System { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
