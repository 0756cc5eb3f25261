//! Owns what is known of a failure: message, causes, frames and their locals, as plain values. It reads no memory and renders nothing.

use std::path::PathBuf;

/// What ended the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The handler panicked.
    Panic,
    /// The handler returned an error that became a 500.
    Error,
}

/// A place in a source file. Lines and columns count from 1; a column of 0 is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A function that was running when the failure happened, the innermost first.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// Its name as one writes it: `shop::cart::total`, without hash.
    pub(crate) function: String,
    /// Where it stood.
    pub(crate) place: Option<Place>,
    /// Of the program's own packages, not of a library or the standard library.
    pub(crate) own: bool,
    /// The compiler put it into its caller.
    pub(crate) inlined: bool,
    /// Its variables and parameters that are in scope at its place, in the order of their declaration.
    pub(crate) variables: Vec<Variable>,
}

/// A local variable or parameter.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// As one writes it: `Vec<shop::Item>`.
    pub(crate) type_name: String,
    pub(crate) value: Shown,
    /// The line of its declaration, where it is known.
    pub(crate) line: Option<u32>,
}

/// What can be said of a variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The value, in the form of `Debug`, cut where it was too long or too deep.
    Value(String),
    /// It is there, and its name says that it is a secret.
    Hidden,
    /// It cannot be read, and why: optimised away, not yet set, memory that is not there.
    Missing(String),
}

/// The answer of the console to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The value, in the form of `Debug`.
    pub(crate) value: String,
    /// As one writes it.
    pub(crate) type_name: String,
}

/// What may stand at the end of a line that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Completed {
    /// Where the word begins that it completes: a byte of the line.
    pub(crate) start: usize,
    pub(crate) names: Vec<String>,
}
