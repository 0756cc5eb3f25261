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

/// How many bytes at the start of `bytes` are padding after a boundary.
pub(super) fn padding(bytes: &[u8]) -> usize {
    // no pattern: the compiler would make a shift of it, which it cannot do sixteen times at once
    let is_padding =
        |byte: &u8| (*byte == b' ') | (*byte == b'\t') | (*byte == 0x0b) | (*byte == 0x0c);
    let (blocks, _) = bytes.as_chunks::<32>();
    let is_blank = |block: &[u8; 32]| {
        let mut other = 0;
        for byte in block {
            other |= u8::from(!is_padding(byte));
        }
        other == 0
    };
    let blank = blocks
        .iter()
        .position(|block| !is_blank(block))
        .unwrap_or(blocks.len())
        * 32;
    blank
        + bytes[blank..]
            .iter()
            .position(|byte| !is_padding(byte))
            .unwrap_or(bytes.len() - blank)
}

/// Whether a delimiter may go on with these two bytes behind its boundary.
#[inline(always)]
pub(super) fn may_follow(first: u8, second: u8) -> bool {
    (BEHIND[usize::from(first)] >> 4) & BEHIND[usize::from(second)] != 0
}

/// What a byte is behind a boundary, as one bit of the lower four, and what may stand behind it, as bits of the upper four.
static BEHIND: [u8; 256] = {
    const LINE_BREAK: u8 = 1;
    const DASH: u8 = 2;
    const BLANK: u8 = 4;
    const OTHER: u8 = 8;
    let mut table = [OTHER; 256];
    table[b'\r' as usize] = LINE_BREAK | (LINE_BREAK | DASH | BLANK | OTHER) << 4;
    table[b'\n' as usize] = table[b'\r' as usize];
    table[b'-' as usize] = DASH | DASH << 4;
    table[b' ' as usize] = BLANK | (LINE_BREAK | BLANK) << 4;
    table[b'\t' as usize] = table[b' ' as usize];
    table[0x0b] = table[b' ' as usize];
    table[0x0c] = table[b' ' as usize];
    table
};

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
        [b'-', ..] => return Suffix::None,
        _ => {}
    }
    padded_suffix(bytes, strict)
}

/// Reads what follows a boundary and may begin with padding.
#[inline(never)]
fn padded_suffix(bytes: &[u8], strict: bool) -> Suffix {
    let padding = padding(&bytes[..bytes.len().min(PADDING + 1)]);
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

/// Where the first delimiter of a body may begin in the last bytes of a chunk without being complete: it needs no line break, but takes one in.
pub(super) fn first_tail(bytes: &[u8], needle: &[u8]) -> usize {
    let begun = bytes.last().and_then(|last| {
        memchr::memrchr_iter(*last, needle)
            .map(|at| &needle[..=at])
            .find(|begun| bytes.ends_with(begun))
    });
    let at = bytes.len() - begun.map_or(0, <[u8]>::len);
    line_break_before(bytes, at, false).unwrap_or(at)
}

/// How long the line break at the start of `bytes` is; 0 if there is none.
pub(super) fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
