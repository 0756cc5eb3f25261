//! The `; key=value` parts of a field value as they stand there. Skips what is no part; marks and escapes are not resolved.

use crate::text::{find, from, is_token_byte, to, token_len, trim, trim_start};

/// The parts behind the first semicolon: key, and value as a token or as a quoted string with its quotes.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'a> {
    rest: &'a str,
}

/// The text before the first semicolon and the parts behind it; no parts where there is no such text.
#[inline]
pub(crate) fn split(text: &str) -> (&str, Parts<'_>) {
    match find(text, b';') {
        None => (trim(text), Parts { rest: "" }),
        Some(at) => {
            let value = trim(to(text, at));
            let rest = if value.is_empty() {
                ""
            } else {
                trim(from(text, at + 1))
            };
            (value, Parts { rest })
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        while !self.rest.is_empty() {
            let rest = self.rest;
            let key_len = token_len(rest);
            let mut at = 0;
            let mut part = None;
            if key_len > 0 && rest.as_bytes().get(key_len) == Some(&b'=') {
                at = key_len + 1;
                let value = from(rest, at);
                match value.as_bytes().first() {
                    Some(b'"') => match quoted_len(value) {
                        Some(len) => {
                            part = Some((to(rest, key_len), to(value, len)));
                            at += len;
                        }
                        None => {
                            // A quote that is never closed swallows the rest.
                            self.rest = "";
                            return None;
                        }
                    },
                    Some(&byte) if is_token_byte(byte) => {
                        let len = token_len(value);
                        part = Some((to(rest, key_len), to(value, len)));
                        at += len;
                    }
                    _ => {}
                }
            }
            let tail = from(rest, at);
            self.rest = match tail.as_bytes().first() {
                None => "",
                Some(b';') => trim_start(from(tail, 1)),
                Some(_) => find(tail, b';').map_or("", |at| trim_start(from(tail, at + 1))),
            };
            if part.is_some() {
                return part;
            }
        }
        None
    }
}

/// The length of the quoted string at the start, both quotes counted. Only `\\` and `\"` are escapes here.
fn quoted_len(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'"' {
            return Some(at + 1);
        }
        if byte == b'\\' {
            bytes.next_if(|&(_, next)| next == b'\\' || next == b'"');
        }
    }
    None
}
