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
    // There is none, or one behind a comma; more are rare.
    match text.as_bytes() {
        [b' ' | b'\t', b' ' | b'\t', ..] => {
            let kept = text.bytes().position(|byte| !is_blank(byte));
            from(text, kept.unwrap_or(text.len()))
        }
        [b' ' | b'\t', ..] => from(text, 1),
        _ => text,
    }
}

/// Without the blanks after it.
#[inline]
pub(crate) fn trim_end(text: &str) -> &str {
    match text.as_bytes() {
        [.., b' ' | b'\t'] => {
            let kept = text.bytes().rposition(|byte| !is_blank(byte));
            to(text, kept.map_or(0, |at| at + 1))
        }
        _ => text,
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
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
    find_any(text, [byte])
}

/// The position of the first byte that is one of these, looked for in eight at a time.
#[inline]
pub(crate) fn find_any<const N: usize>(text: &str, wanted: [u8; N]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let (words, tail) = text.as_bytes().as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The known test for a zero byte: the lowest bit that it sets is right.
        let hits = wanted.iter().fold(0, |hits, &byte| {
            let other = word ^ (ONES * u64::from(byte));
            hits | (other.wrapping_sub(ONES) & !other)
        }) & (ONES << 7);
        if hits != 0 {
            return Some(at * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    let at = tail.iter().position(|byte| wanted.contains(byte))?;
    Some(words.len() * 8 + at)
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
#[inline]
pub(crate) fn digits(text: &str) -> Option<u64> {
    let mut number = 0u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Nineteen digits fit.
        number = if text.len() < 20 {
            number * 10 + u64::from(digit)
        } else {
            number.saturating_mul(10).saturating_add(u64::from(digit))
        };
    }
    (!text.is_empty()).then_some(number)
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
