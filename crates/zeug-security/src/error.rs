//! The crate's one error: why a path, a password hash or a length was refused, and where. It never repeats the refused text.

use std::fmt;

/// Why something was refused.
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
    /// A password hash that is not `method$salt$digest`, or a salt that such a text cannot hold.
    MalformedHash,
    /// A password method, or a digest of one, that is not known or not built in.
    UnknownMethod,
    /// Parameters of a password method that are missing, too many, no numbers or without sense, such as no iteration.
    InvalidParameters,
    /// Parameters of a password method that want more memory than allowed.
    TooMuchMemory {
        /// The bytes that are allowed.
        limit: u64,
    },
    /// Parameters of a password method that want more work than allowed.
    TooMuchWork {
        /// The steps that are allowed: iterations of PBKDF2, blocks of scrypt, KiB written by Argon2.
        limit: u64,
    },
    /// A length of nothing: no salt or token.
    EmptyLength,
    /// The system gave no random bytes.
    NoRandomness,
}

/// Why something was refused, and where.
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

    /// A refusal of a text that is not one of several parts.
    pub(crate) const fn at(kind: SecurityErrorKind, offset: usize) -> Self {
        Self::new(kind, 0, offset)
    }

    /// Why it was refused.
    #[must_use]
    pub const fn kind(&self) -> SecurityErrorKind {
        self.kind
    }

    /// Which of a path's parts was refused, counted from 0; 0 for what has no parts.
    #[must_use]
    pub const fn part(&self) -> usize {
        self.part
    }

    /// The byte offset in the part, the method or the stored hash at which it stopped being acceptable; of a segment that is refused as a whole, where it begins.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The status that suits an answer: 404 for a path, as for any at which nothing is, and 500 for the rest, which the client did not bring about.
    #[must_use]
    pub const fn status_hint(&self) -> u16 {
        if self.is_of_a_path() { 404 } else { 500 }
    }

    const fn is_of_a_path(&self) -> bool {
        matches!(
            self.kind,
            SecurityErrorKind::Absolute
                | SecurityErrorKind::Escapes
                | SecurityErrorKind::Backslash
                | SecurityErrorKind::Drive
                | SecurityErrorKind::DeviceName
                | SecurityErrorKind::Nul
        )
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
            SecurityErrorKind::MalformedHash => "password hash is not method, salt and digest",
            SecurityErrorKind::UnknownMethod => "unknown password method",
            SecurityErrorKind::InvalidParameters => "invalid parameters of a password method",
            SecurityErrorKind::TooMuchMemory { limit } => {
                return write!(f, "password method wants more than {limit} bytes of memory");
            }
            SecurityErrorKind::TooMuchWork { limit } => {
                return write!(f, "password method wants more than {limit} steps");
            }
            SecurityErrorKind::EmptyLength => return f.write_str("length of nothing"),
            SecurityErrorKind::NoRandomness => {
                return f.write_str("the system gave no random bytes");
            }
        };
        write!(f, "{what} at byte {}", self.offset)?;
        if self.is_of_a_path() {
            write!(f, " of part {}", self.part)?;
        }
        Ok(())
    }
}

impl std::error::Error for SecurityError {}
