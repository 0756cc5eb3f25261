//! Which bytes may stand where: tokens, field values, targets, hosts. It decides about bytes and knows no message.

use std::net::Ipv6Addr;

const TOKEN: u8 = 1;
const VALUE: u8 = 2;
const TARGET: u8 = 4;
const HOST: u8 = 8;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let alphanumeric = byte.is_ascii_alphanumeric();
        let mut class = 0;
        // RFC 9110 section 5.6.2
        let token = matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        );
        if alphanumeric || token {
            class |= TOKEN;
        }
        // RFC 9110 section 5.5: visible, space, tab and obs-text
        if byte == b'\t' || (byte >= b' ' && byte != 0x7f) {
            class |= VALUE;
        }
        // RFC 3986, and the bytes beyond it that browsers leave as they are
        if byte.is_ascii_graphic() && !matches!(byte, b'#' | b'<' | b'>') {
            class |= TARGET;
        }
        // RFC 3986 section 3.2.2: unreserved and sub-delims, but for the comma: a host with one is two fields that someone joined.
        // A percent sign is looked at more closely
        let reg_name = matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b';'
                | b'='
        );
        if alphanumeric || reg_name {
            class |= HOST;
        }
        table[index] = class;
        index += 1;
    }
    table
}

pub(crate) fn is_token(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TOKEN != 0
}

pub(crate) fn is_value(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & VALUE != 0
}

/// Whether all bytes may stand in a field value. Without an early exit, so that the compiler takes many bytes at a time.
#[inline]
pub(crate) fn all_value(bytes: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // A word's highest bits are set where a byte is below a space or DEL; where bytes above 0x7f are among them it may say so too often.
    let suspect = |word: &[u8; 8]| {
        let word = u64::from_ne_bytes(*word);
        let below = word.wrapping_sub(ONES * 0x20) & !word;
        let del = (word ^ (ONES * 0x7f)).wrapping_sub(ONES) & !(word ^ (ONES * 0x7f));
        (below | del) & (ONES * 0x80) != 0
    };
    let (words, _) = bytes.as_chunks::<8>();
    if let Some(last) = bytes.last_chunk::<8>()
        && !words.iter().any(suspect)
        && !suspect(last)
    {
        return true;
    }
    let control = |byte: u8| (byte < b' ' && byte != b'\t') || byte == 0x7f;
    !bytes.iter().fold(false, |any, &byte| any | control(byte))
}

pub(crate) fn is_target(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TARGET != 0
}

/// A port after a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// There is no colon, or nothing after it.
    Absent,
    Number(u16),
}

/// The port of `host [ ":" port ]`, or the index of the first byte that is wrong.
pub(crate) fn host_and_port(text: &[u8]) -> Result<Port, usize> {
    match plain_host_and_port(text) {
        Some(port) => Ok(port),
        None => any_host_and_port(text),
    }
}

/// As [`host_and_port`], for every spelling.
fn any_host_and_port(text: &[u8]) -> Result<Port, usize> {
    let end = match text.first() {
        None => return Err(0),
        Some(b'[') => {
            let close = text
                .iter()
                .position(|&byte| byte == b']')
                .ok_or(text.len())?;
            let inside = text
                .get(1..close)
                .and_then(|inside| std::str::from_utf8(inside).ok());
            inside
                .and_then(|inside| inside.parse::<Ipv6Addr>().ok())
                .ok_or(1_usize)?;
            close + 1
        }
        Some(_) => {
            let end = end_of_name(text)?;
            if end == 0 {
                return Err(0);
            }
            end
        }
    };
    match text.get(end) {
        None => Ok(Port::Absent),
        Some(b':') => port(&text[end + 1..]).map_err(|at| end + 1 + at),
        Some(_) => Err(end),
    }
}

/// What nearly every client sends: a name without percent signs, and perhaps a port.
#[inline]
fn plain_host_and_port(text: &[u8]) -> Option<Port> {
    let tail = text.len().saturating_sub(MOST_PORT_BYTES);
    let (name, port) = match text.iter().skip(tail).position(|&byte| byte == b':') {
        Some(at) => (&text[..tail + at], port(&text[tail + at + 1..]).ok()?),
        None => (text, Port::Absent),
    };
    let mut class = HOST;
    for byte in name {
        class &= CLASSES[usize::from(*byte)];
    }
    (!name.is_empty() && class != 0).then_some(port)
}

/// A colon and five digits.
const MOST_PORT_BYTES: usize = 6;

fn port(digits: &[u8]) -> Result<Port, usize> {
    if digits.is_empty() {
        return Ok(Port::Absent);
    }
    let mut number: u16 = 0;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            return Err(at);
        };
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(u16::from(digit)))
            .ok_or(at)?;
    }
    Ok(Port::Number(number))
}

/// The index of the first byte that does not belong to a registered name, or of a percent sign without its two digits.
fn end_of_name(text: &[u8]) -> Result<usize, usize> {
    let is_plain = |byte: u8| CLASSES[usize::from(byte)] & HOST != 0;
    let plain = text.iter().position(|&byte| !is_plain(byte));
    let mut at = plain.unwrap_or(text.len());
    while let Some(&byte) = text.get(at) {
        at += match byte {
            _ if is_plain(byte) => 1,
            b'%' => match text.get(at + 1..at + 3) {
                Some(pair) if pair.iter().all(u8::is_ascii_hexdigit) => 3,
                _ => return Err(at),
            },
            _ => break,
        };
    }
    Ok(at)
}

/// The text without the spaces and tabs around it, and how many were before it.
pub(crate) fn trim(text: &[u8]) -> (&[u8], usize) {
    let start = text
        .iter()
        .position(|&byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|&byte| !matches!(byte, b' ' | b'\t'))
        .map_or(start, |last| last + 1);
    (&text[start..end], start)
}

#[cfg(test)]
mod tests {
    use super::{all_value, any_host_and_port, host_and_port};

    #[test]
    fn hosts_are_read_the_same_in_both_ways() {
        let pieces = [
            "",
            "a",
            ":",
            "80",
            "8080",
            "127.0.0.1",
            "%41",
            "%",
            "é",
            "[::1]",
            ",",
            "0",
            "65536",
            "x:",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let text = format!("{first}{second}{third}");
                    let (one, other) = (
                        host_and_port(text.as_bytes()),
                        any_host_and_port(text.as_bytes()),
                    );
                    assert_eq!(one, other, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn values_are_told_from_control_bytes_at_every_place() {
        for byte in 0..=u8::MAX {
            let allowed = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
            for len in 1..20 {
                for at in 0..len {
                    let mut text = vec![b'a'; len];
                    text[at] = byte;
                    assert_eq!(all_value(&text), allowed, "{byte:#x} at {at} of {len}");
                }
            }
        }
    }
}
