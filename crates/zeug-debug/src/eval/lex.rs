//! Owns the console's words: a line cut into names, numbers, texts and signs, each with its place.

use std::ops::Range;

use super::Fault;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Name(String),
    /// With the type that stands right behind it, if one does.
    Int(i128, Option<String>),
    Float(f64),
    Text(String),
    Char(char),
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) word: Word,
    /// Bytes of the line.
    pub(super) at: Range<usize>,
}

/// The signs, the longer before those that they begin with.
const SIGNS: [&str; 27] = [
    "..=", "..", "::", "==", "!=", "<=", ">=", "&&", "||", ".", "(", ")", "[", "]", "&", "*", "!",
    "-", "+", "/", "%", "<", ">", ",", "=", "?", "|",
];

/// The words of a line, with an end.
pub(super) fn words(line: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut start = 0;
    while let Some(c) = line[start..].chars().next() {
        if c.is_whitespace() {
            start += c.len_utf8();
            continue;
        }
        // After a dot stand the numbers of a tuple's fields: `pair.0.1` has no number with a point.
        let after_dot = tokens
            .last()
            .is_some_and(|last| last.word == Word::Sign("."));
        let (word, length) = word(&line[start..], after_dot).map_err(|(text, length)| Fault {
            at: start..start + length,
            text,
        })?;
        tokens.push(Token {
            word,
            at: start..start + length,
        });
        start += length;
    }
    tokens.push(Token {
        word: Word::End,
        at: line.len()..line.len() + 1,
    });
    Ok(tokens)
}

type Cut = Result<(Word, usize), (String, usize)>;

/// The first word of a text that does not begin with a space, and its length.
fn word(text: &str, after_dot: bool) -> Cut {
    let first = text.chars().next().unwrap_or(' ');
    if first.is_alphabetic() || first == '_' {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let end = end.unwrap_or(text.len());
        return Ok((Word::Name(text[..end].to_owned()), end));
    }
    if first.is_ascii_digit() {
        return number(text, after_dot);
    }
    if first == '"' || first == '\'' {
        return quoted(text, first);
    }
    match SIGNS.iter().find(|sign| text.starts_with(**sign)) {
        Some(sign) => Ok((Word::Sign(sign), sign.len())),
        None => Err((format!("{first:?} has no meaning here"), first.len_utf8())),
    }
}

fn number(text: &str, after_dot: bool) -> Cut {
    let is_digit = |c: char| c.is_alphanumeric() || c == '_';
    let whole = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let mut end = whole;
    let after = &text[whole..];
    // `1.5`, but neither `1..5` nor `1.max(2)`.
    let fraction = after.strip_prefix('.').unwrap_or_default();
    if !after_dot && fraction.starts_with(|c: char| c.is_ascii_digit()) {
        end += 1 + fraction.find(|c| !is_digit(c)).unwrap_or(fraction.len());
    }
    let digits = text[..end].replace('_', "");
    let names_float = digits.ends_with("f64") || digits.ends_with("f32");
    let is_float = end > whole || (names_float && !digits.starts_with("0x"));
    if is_float {
        let digits = digits.trim_end_matches("f64").trim_end_matches("f32");
        return match digits.parse() {
            Ok(number) => Ok((Word::Float(number), end)),
            Err(_) => Err((format!("`{digits}` is no number"), end)),
        };
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, &*digits),
    };
    let kind = digits.find(['i', 'u']).unwrap_or(digits.len());
    let (digits, kind) = digits.split_at(kind);
    let kind = (!kind.is_empty()).then(|| kind.to_owned());
    match i128::from_str_radix(digits, radix) {
        Ok(number) => Ok((Word::Int(number, kind), end)),
        Err(_) => Err((format!("`{}` is no number that fits", &text[..end]), end)),
    }
}

/// A text or a character, with the usual escapes.
fn quoted(text: &str, quote: char) -> Cut {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => {
                let end = at + 1;
                if quote == '"' {
                    return Ok((Word::Text(value), end));
                }
                let mut chars = value.chars();
                return match (chars.next(), chars.next()) {
                    (Some(only), None) => Ok((Word::Char(only), end)),
                    _ => Err(("a character is exactly one between `'`".to_owned(), end)),
                };
            }
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, '0')) => value.push('\0'),
                Some((_, c @ ('\\' | '"' | '\''))) => value.push(c),
                Some((at, c)) => {
                    return Err((format!("`\\{c}` is no escape here"), at + c.len_utf8()));
                }
                None => break,
            },
            _ => value.push(c),
        }
    }
    Err((format!("the closing `{quote}` is missing"), text.len()))
}
