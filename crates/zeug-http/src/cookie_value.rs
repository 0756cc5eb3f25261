//! A cookie's value as it is written: bare, or in quotes with octal escapes. It refuses nothing.

use std::fmt;

/// What a value may hold without quotes.
const BARE: [bool; 256] = {
    let mut table = [false; 256];
    let extra = b"_!#$%&'()*+-./:<=>?@[]^`{|}~";
    let mut at = 0;
    while at < extra.len() {
        table[extra[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = true;
        }
        byte += 1;
    }
    table
};

/// How each byte is written inside quotes: itself, with a backslash, or as a backslash and three octal digits; and how many bytes that takes.
static WRITTEN: [([u8; 4], u8); 256] = {
    let mut table = [([0; 4], 0); 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'"' | b'\\' => ([b'\\', byte, 0, 0], 2),
            b',' | b';' | 0..=0x1f | 0x7f.. => (
                [
                    b'\\',
                    b'0' + (byte >> 6 & 7),
                    b'0' + (byte >> 3 & 7),
                    b'0' + (byte & 7),
                ],
                4,
            ),
            _ => ([byte, 0, 0, 0], 1),
        };
        at += 1;
    }
    table
};

fn is_bare(value: &str) -> bool {
    value.bytes().all(|byte| BARE[usize::from(byte)])
}

/// How many bytes [`write_value`] writes.
pub(crate) fn written_len(value: &str) -> usize {
    if is_bare(value) {
        return value.len();
    }
    let lens = value
        .bytes()
        .map(|byte| usize::from(WRITTEN[usize::from(byte)].1));
    lens.sum::<usize>() + 2
}

/// Appends a cookie value: bare, or in quotes with octal escapes.
pub(crate) fn push_value(out: &mut String, value: &str) {
    // Writing into a string cannot fail.
    let _ = write_value(out, value);
}

/// Writes a cookie value: bare, or in quotes with octal escapes.
pub(crate) fn write_value(out: &mut impl fmt::Write, value: &str) -> fmt::Result {
    if is_bare(value) {
        return out.write_str(value);
    }
    out.write_char('"')?;
    // Escapes are gathered, so that the writer is called seldom.
    let mut room = [0; 128];
    for piece in value.as_bytes().chunks(room.len() / 4) {
        let mut len = 0;
        for &byte in piece {
            let (written, count) = &WRITTEN[usize::from(byte)];
            if let Some(place) = room.get_mut(len..len + 4) {
                place.copy_from_slice(written);
            }
            len += usize::from(*count);
        }
        let written = room
            .get(..len)
            .and_then(|written| str::from_utf8(written).ok());
        out.write_str(written.unwrap_or_default())?;
    }
    out.write_char('"')
}
