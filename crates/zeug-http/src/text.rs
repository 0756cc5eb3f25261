//! Bytes to text, character classes, trimming and slicing that cannot panic. Decides nothing about any field.

use std::borrow::Cow;
use std::fmt;

/// The text of raw field bytes: UTF-8 where they are UTF-8, ISO-8859-1 where they are not. Borrows in the first case.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(latin1(bytes)),
    }
}

/// Each byte as the character of the same number.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let extra = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < extra.len() {
        table[extra[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0;
    while byte < 128u8 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = true;
        }
        byte += 1;
    }
    table
};

/// Whether the byte may stand in a token (RFC 9110 section 5.6.2).
#[inline]
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// Whether the text is one or more token characters.
#[inline]
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// The length of the token at the start of `text`, in bytes.
#[inline]
pub(crate) fn token_len(text: &str) -> usize {
    text.bytes()
        .position(|byte| !is_token_byte(byte))
        .unwrap_or(text.len())
}

/// Without the blanks (space and tab) around it.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    trim_end(trim_start(text))
}

/// Without the blanks before it.
#[inline]
pub(crate) fn trim_start(text: &str) -> &str {
    let at = text
        .bytes()
        .position(|byte| byte != b' ' && byte != b'\t')
        .unwrap_or(text.len());
    from(text, at)
}

/// Without the blanks after it.
#[inline]
pub(crate) fn trim_end(text: &str) -> &str {
    let end = text
        .bytes()
        .rposition(|byte| byte != b' ' && byte != b'\t')
        .map_or(0, |at| at + 1);
    to(text, end)
}

/// The text from byte `at` on; empty where that is no character boundary.
#[inline]
pub(crate) fn from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or("")
}

/// The text up to byte `end`; empty where that is no character boundary.
#[inline]
pub(crate) fn to(text: &str, end: usize) -> &str {
    text.get(..end).unwrap_or("")
}

/// The position of the first `byte`.
#[inline]
pub(crate) fn find(text: &str, byte: u8) -> Option<usize> {
    text.bytes().position(|other| other == byte)
}

/// The text before and after the first `byte`.
#[inline]
pub(crate) fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = find(text, byte)?;
    Some((to(text, at), from(text, at + 1)))
}

/// A `Cow` without blanks around it, borrowed where it was borrowed.
pub(crate) fn trim_cow(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => {
            let trimmed = trim(&text);
            if trimmed.len() == text.len() {
                Cow::Owned(text)
            } else {
                Cow::Owned(trimmed.to_owned())
            }
        }
    }
}

/// Lower case, borrowed where it is that already.
pub(crate) fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Equality without regard to ASCII case, which is all the case that field values have.
#[inline]
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Decimal digits and nothing else, as a number; saturates where the number is larger than the type.
pub(crate) fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.bytes().fold(0u64, |sum, byte| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(byte - b'0'))
    }))
}

/// Percent-decodes into bytes; a `%` that two hex digits do not follow stays as it is.
pub(crate) fn percent_decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%'
            && let [high, low, tail @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = tail;
            continue;
        }
        out.push(byte);
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Writes `text`, each byte that `keep` does not keep as `%XX`.
pub(crate) fn percent_encode(
    out: &mut impl fmt::Write,
    text: &str,
    keep: impl Fn(u8) -> bool,
) -> fmt::Result {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !keep(byte)) {
        out.write_str(to(rest, at))?;
        let len = from(rest, at).chars().next().map_or(1, char::len_utf8);
        for byte in from(rest, at).bytes().take(len) {
            out.write_char('%')?;
            out.write_char(char::from(HEX[usize::from(byte >> 4)]))?;
            out.write_char(char::from(HEX[usize::from(byte & 15)]))?;
        }
        rest = from(rest, at + len);
    }
    out.write_str(rest)
}
