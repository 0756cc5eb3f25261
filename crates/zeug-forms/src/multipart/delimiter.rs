//! Owns the form of a delimiter: line break, dashes, boundary, padding, line break (RFC 2046 section 5.1.1). Decides on bytes that lie together; holds none.

/// Most spaces and tabs after a boundary; a delimiter is held back until its line break has come.
pub(super) const PADDING: usize = 1024;

/// What the bytes behind a boundary make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffix {
    /// A delimiter between parts that ends after `len` bytes; `open` if it ended with a CR whose LF may follow.
    Part { len: usize, open: bool },
    /// The last delimiter: two dashes. Padding and a line break may follow, and no longer matter.
    Last,
    /// No delimiter.
    None,
    /// Not known until more bytes have come.
    More,
    /// Longer than a delimiter may be.
    TooLong,
}

impl Suffix {
    /// How many bytes behind the boundary belong to the delimiter for certain.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Part { len, .. } => len,
            Self::Last => 2,
            Self::None | Self::More | Self::TooLong => 0,
        }
    }
}

/// Whether a byte is padding after a boundary.
pub(super) fn is_padding(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

/// Reads what follows a boundary.
#[inline]
pub(super) fn suffix(bytes: &[u8], strict: bool) -> Suffix {
    // what nearly every delimiter looks like
    match bytes {
        [b'\r', b'\n', ..] => {
            return Suffix::Part {
                len: 2,
                open: false,
            };
        }
        [b'-', b'-', ..] => return Suffix::Last,
        [] | [b'-'] => return Suffix::More,
        _ => {}
    }
    let padding = bytes
        .iter()
        .take(PADDING + 1)
        .take_while(|byte| is_padding(**byte))
        .count();
    if padding > PADDING {
        return Suffix::TooLong;
    }
    match &bytes[padding..] {
        [] => Suffix::More,
        [b'\r', b'\n', ..] => Suffix::Part {
            len: padding + 2,
            open: false,
        },
        [b'\r'] if strict => Suffix::More,
        [b'\r', ..] if !strict => Suffix::Part {
            len: padding + 1,
            open: bytes.len() == padding + 1,
        },
        [b'\n', ..] if !strict => Suffix::Part {
            len: padding + 1,
            open: false,
        },
        _ => Suffix::None,
    }
}

/// Where the line break that ends at `at` begins, if one does.
#[inline]
pub(super) fn line_break_before(bytes: &[u8], at: usize, strict: bool) -> Option<usize> {
    match &bytes[..at] {
        [.., b'\r', b'\n'] => Some(at - 2),
        [.., b'\n' | b'\r'] if !strict => Some(at - 1),
        _ => None,
    }
}

/// Where a delimiter may begin in the last bytes of a chunk without being complete: a line break, and as much of `needle` as there is room for.
#[inline]
pub(super) fn tail(bytes: &[u8], needle: &[u8], strict: bool) -> usize {
    let from = bytes.len().saturating_sub(needle.len());
    let Some(at) = memchr::memrchr2(b'\r', b'\n', &bytes[from..]) else {
        return bytes.len();
    };
    let at = from + at;
    let last = &bytes[at + 1..];
    if bytes[at] == b'\r' {
        // a lone CR begins a delimiter; a CR at the very end may belong to a CRLF
        return if last.is_empty() || (!strict && needle.starts_with(last)) {
            at
        } else {
            bytes.len()
        };
    }
    if !needle.starts_with(last) {
        return bytes.len();
    }
    match (at.checked_sub(1).map(|before| bytes[before]), strict) {
        (Some(b'\r'), _) => at - 1,
        (_, false) => at,
        (_, true) => bytes.len(),
    }
}

/// How long the line break at the start of `bytes` is; 0 if there is none.
pub(super) fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
