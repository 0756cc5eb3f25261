//! Owns the line that someone typed, and what of earlier lines it stands on.

/// A line of a frame's session.
///
/// One expression, or statements with an expression at the end. `self` is the frame's; `_` is the value of [`last`](Self::last). There is no `?`, `.await` and `return` outside of a
/// closure: the frame's function does not run on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub source: String,
    /// The `let` lines of this session so far, each as it was given ([`Compiled::keeps`](crate::Compiled::keeps)): they are run again before the line.
    pub lets: Vec<String>,
    /// The line whose value is `_`: it is evaluated again.
    pub last: Option<String>,
}
