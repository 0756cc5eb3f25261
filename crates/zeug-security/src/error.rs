//! The crate's one error: why a path was refused, and where. It never repeats the refused text.

use std::fmt;

/// Why a path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecurityErrorKind {
    /// The part begins with a slash.
    Absolute,
    /// The part leads out of its folder by `..`.
    Escapes,
    /// A backslash, which separates folders on some systems.
    Backslash,
    /// A segment begins with a letter and a colon, which name a drive on some systems.
    Drive,
    /// A segment is a device on some systems: `NUL`, `con.txt`, `COM1:`.
    DeviceName,
    /// A NUL character, which ends a name on some systems.
    Nul,
}

/// Why a path was refused, and where.
///
/// # Example
///
/// ```
/// use zeug_security::{SecurityErrorKind, safe_join};
///
/// let error = safe_join("files", ["user", "a/b\\c"]).unwrap_err();
/// assert_eq!((error.kind(), error.part(), error.offset()), (SecurityErrorKind::Backslash, 1, 3));
/// assert_eq!(error.to_string(), "backslash in a path at byte 3 of part 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecurityError {
    kind: SecurityErrorKind,
    part: usize,
    offset: usize,
}

impl SecurityError {
    pub(crate) const fn new(kind: SecurityErrorKind, part: usize, offset: usize) -> Self {
        Self { kind, part, offset }
    }

    /// Why it was refused.
    #[must_use]
    pub const fn kind(&self) -> SecurityErrorKind {
        self.kind
    }

    /// Which of the parts was refused, counted from 0.
    #[must_use]
    pub const fn part(&self) -> usize {
        self.part
    }

    /// The byte offset in the part at which it stopped being acceptable; of a segment that is refused as a whole, where it begins.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The status that suits an answer: 404, as for any path at which nothing is.
    #[must_use]
    pub const fn status_hint(&self) -> u16 {
        404
    }
}

impl fmt::Display for SecurityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SecurityErrorKind::Absolute => "absolute path",
            SecurityErrorKind::Escapes => "path leads out of its folder",
            SecurityErrorKind::Backslash => "backslash in a path",
            SecurityErrorKind::Drive => "drive name in a path",
            SecurityErrorKind::DeviceName => "device name in a path",
            SecurityErrorKind::Nul => "nul character in a path",
        };
        write!(f, "{what} at byte {} of part {}", self.offset, self.part)
    }
}

impl std::error::Error for SecurityError {}
