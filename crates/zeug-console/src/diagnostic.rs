//! Owns what is said of a line: a message with its place in the line.

/// What the compiler says of a line. Places count in the line as it was given; what was put around it is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// `mismatched types`, without code and place.
    pub message: String,
    /// `E0308`
    pub code: Option<String>,
    /// As the compiler shows it on a terminal, with its colours: message, the line, carets, notes and help.
    pub rendered_ansi: String,
    /// Where it begins: a byte of the line.
    pub start: usize,
    /// Where it ends: the byte after its last.
    pub end: usize,
}

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// The line was not compiled.
    Error,
    /// It was.
    Warning,
}
