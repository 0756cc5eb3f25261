//! Percent-encoding by tables of bytes. It refuses nothing: what is no escape stays as it is.

use std::fmt::Write;

/// A set of bytes.
pub(crate) type Bytes = [bool; 256];

/// Letters, digits and `_.-~`, which never need an escape, and the bytes of `more`.
pub(crate) const fn plain(more: &str) -> Bytes {
    let mut set = only(more);
    let mut byte = 0;
    while byte < 128 {
        set[byte] |=
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'.' | b'-' | b'~');
        byte += 1;
    }
    set
}

/// The bytes of `text`.
pub(crate) const fn only(text: &str) -> Bytes {
    let mut set = [false; 256];
    let mut index = 0;
    while index < text.len() {
        set[text.as_bytes()[index] as usize] = true;
        index += 1;
    }
    set
}

/// Writes `bytes` behind `out`, with an escape for each byte that is not in `plain`. `space` stands for a space.
pub(crate) fn escape(bytes: &[u8], plain: &Bytes, space: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let is_plain = |byte: u8| plain[usize::from(byte)] && byte.is_ascii();
    let mut rest = bytes;
    while let Some(stop) = rest.iter().position(|&byte| !is_plain(byte)) {
        let (before, after) = rest.split_at(stop);
        let [byte, after @ ..] = after else { break };
        out.push_str(str::from_utf8(before).unwrap_or_default());
        if *byte == b' ' {
            out.push_str(space);
        } else {
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)].into());
            out.push(HEX[usize::from(byte & 15)].into());
        }
        rest = after;
    }
    out.push_str(str::from_utf8(rest).unwrap_or_default());
}

/// The byte that stands for an escape's two digits.
pub(crate) fn unhex(high: u8, low: u8) -> Option<u8> {
    let (high, low) = (NIBBLE[usize::from(high)], NIBBLE[usize::from(low)]);
    // A digit is below 16, all else is 0xff.
    (high | low < 16).then_some(high << 4 | low)
}

static NIBBLE: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'a'..=b'f' => letter - b'a' + 10,
            letter @ b'A'..=b'F' => letter - b'A' + 10,
            _ => 0xff,
        };
        byte += 1;
    }
    table
};

/// Writes `bytes` as text behind `out`, with an escape for each byte that is not UTF-8.
pub(crate) fn text_or_escapes(bytes: &[u8], out: &mut String) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// The text with each escape resolved whose byte is not in `kept`; bytes that are not UTF-8 stay escapes.
#[cfg(feature = "iri")]
pub(crate) fn unescape(text: &str, kept: &Bytes, out: &mut String) {
    if !text.contains('%') {
        out.push_str(text);
        return;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, ..] if byte == b'%' => {
                unhex(*high, *low).filter(|&byte| !kept[usize::from(byte)])
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    text_or_escapes(&bytes, out);
}
