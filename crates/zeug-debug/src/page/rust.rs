//! Owns the colours of Rust source: a tokenizer that is quick and never wrong about where a line ends. It parses nothing, and begins anew with each excerpt.

use super::html::Html;

const KEYWORDS: &[&str] = &[
    "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move",
    "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "type",
    "union", "unsafe", "use", "where", "while",
];

/// What a line may begin inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Code,
    /// Comments may lie in one another.
    Comment(u32),
    /// A string, and how many `#` end it; none where backslashes escape.
    Text(Option<usize>),
}

/// Adds a line with its colours, and says what the next one begins inside of.
pub(super) fn push_line(html: &mut Html, line: &str, mut inside: Inside) -> Inside {
    let mut rest = line;
    while !rest.is_empty() {
        let (len, class, next) = token(rest, inside);
        let (text, behind) = rest.split_at(len);
        match class {
            Some(class) => {
                html.markup(class).str(text).markup("</i>");
            }
            None => {
                html.str(text);
            }
        }
        inside = next;
        rest = behind;
    }
    inside
}

type Token = (usize, Option<&'static str>, Inside);

const COMMENT: Option<&str> = Some("<i class=c>");
const TEXT: Option<&str> = Some("<i class=s>");
const NUMBER: Option<&str> = Some("<i class=n>");
const KEYWORD: Option<&str> = Some("<i class=k>");
const TYPE: Option<&str> = Some("<i class=t>");
const CALL: Option<&str> = Some("<i class=f>");
const LIFETIME: Option<&str> = Some("<i class=l>");

/// The length of the first token of a text that is not empty, its markup, and what follows it.
fn token(text: &str, inside: Inside) -> Token {
    match inside {
        Inside::Comment(depth) => comment(text, depth),
        Inside::Text(hashes) => string(text, 0, hashes),
        Inside::Code => code(text),
    }
}

fn code(text: &str) -> Token {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    let second = chars.next();
    match first {
        '/' if second == Some('/') => (text.len(), COMMENT, Inside::Code),
        '/' if second == Some('*') => comment(text, 0),
        '"' => string(text, 1, None),
        '\'' => quote(text),
        'r' | 'b' | 'c' if begins_string(text).is_some() => {
            let (at, hashes) = begins_string(text).unwrap_or((1, None));
            string(text, at, hashes)
        }
        '0'..='9' => {
            let part = |char: char| char.is_ascii_alphanumeric() || char == '_';
            let len = text.find(|char| !part(char)).unwrap_or(text.len());
            // A range's dots are not the number's.
            let fraction = text.get(len..).and_then(|rest| rest.strip_prefix('.'));
            let digits = fraction.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            let more = digits.map_or(0, |rest| {
                1 + rest.find(|char| !part(char)).unwrap_or(rest.len())
            });
            (len + more, NUMBER, Inside::Code)
        }
        first if first == '_' || first.is_alphabetic() => word(text),
        _ => {
            let plain = |char: char| {
                char == '_' || char.is_alphanumeric() || matches!(char, '/' | '"' | '\'')
            };
            let len = text
                .char_indices()
                .skip(1)
                .find(|(_, char)| plain(*char))
                .map_or(text.len(), |(at, _)| at);
            (len, None, Inside::Code)
        }
    }
}

fn word(text: &str) -> Token {
    let part = |char: char| char == '_' || char.is_alphanumeric();
    let len = text.find(|char| !part(char)).unwrap_or(text.len());
    let (word, rest) = text.split_at(len);
    let class = if KEYWORDS.contains(&word) {
        KEYWORD
    } else if word.starts_with(char::is_uppercase) {
        TYPE
    } else if rest.starts_with('(') || (rest.starts_with('!') && !rest.starts_with("!=")) {
        CALL
    } else {
        None
    };
    (len, class, Inside::Code)
}

/// A comment from inside or from its beginning on.
fn comment(text: &str, mut depth: u32) -> Token {
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") => {
                (at, depth) = (at + 2, depth.saturating_sub(1));
                if depth == 0 {
                    return (at, COMMENT, Inside::Code);
                }
            }
            _ => at += 1,
        }
    }
    (text.len(), COMMENT, Inside::Comment(depth))
}

/// A string, whose inside begins at that byte.
fn string(text: &str, from: usize, hashes: Option<usize>) -> Token {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match (byte, hashes) {
            (b'\\', None) => at += 2,
            (b'"', None) => return (at + 1, TEXT, Inside::Code),
            (b'"', Some(count)) => {
                let end = at + 1 + count;
                let closing = bytes.get(at + 1..end);
                if closing.is_some_and(|closing| closing.iter().all(|byte| *byte == b'#')) {
                    return (end, TEXT, Inside::Code);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    (text.len(), TEXT, Inside::Text(hashes))
}

/// Where the inside of a string with a prefix begins, and the `#` that end it.
fn begins_string(text: &str) -> Option<(usize, Option<usize>)> {
    let bare = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - bare.len();
    if prefix > 1 {
        return None;
    }
    let Some(raw) = bare.strip_prefix('r') else {
        return bare.starts_with('"').then_some((prefix + 1, None));
    };
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    raw.get(hashes..)?
        .starts_with('"')
        .then_some((prefix + 1 + hashes + 1, Some(hashes)))
}

/// A character or a lifetime.
fn quote(text: &str) -> Token {
    let rest = text.get(1..).unwrap_or_default();
    let mut chars = rest.char_indices();
    let end = match chars.next() {
        Some((_, '\\')) => rest
            .get(2..)
            .and_then(|tail| tail.find('\'').map(|at| at + 4)),
        Some(_) => match chars.next() {
            Some((at, '\'')) => Some(at + 2),
            _ => None,
        },
        None => None,
    };
    match end {
        Some(end) => (end, TEXT, Inside::Code),
        None => {
            let part = |char: char| char == '_' || char.is_alphanumeric();
            let len = rest.find(|char| !part(char)).unwrap_or(rest.len());
            (1 + len, LIFETIME, Inside::Code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Html, Inside, push_line};

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let mut html = Html::default();
        push_line(&mut html, line, Inside::Code);
        assert_eq!(html.into_string(), expected);
    }

    #[test]
    fn colours() {
        check("let x = 1;", "<i class=k>let</i> x = <i class=n>1</i>;");
        check(
            "a.len() // <b>",
            "a.<i class=f>len</i>() <i class=c>// &lt;b&gt;</i>",
        );
        check(
            r#"f("\"<", 'a', '\'')"#,
            "<i class=f>f</i>(<i class=s>&#34;\\&#34;&lt;&#34;</i>, <i class=s>&#39;a&#39;</i>, <i class=s>&#39;\\&#39;&#39;</i>)",
        );
        check(
            "&'a Vec<u8>",
            "&amp;<i class=l>&#39;a</i> <i class=t>Vec</i>&lt;u8&gt;",
        );
        check("0..1.5", "<i class=n>0</i>..<i class=n>1.5</i>");
        check("x!=y", "x!=y");
        check(r##"r#"a"b"# c"##, "<i class=s>r#&#34;a&#34;b&#34;#</i> c");
    }

    #[test]
    fn goes_on_over_lines_and_keeps_every_byte() {
        let mut html = Html::default();
        let inside = push_line(&mut html, "/* a /* b */", Inside::Code);
        assert_eq!(inside, Inside::Comment(1));
        assert_eq!(push_line(&mut html, "*/ x", inside), Inside::Code);
        for line in [
            "'",
            "'\\",
            "\"\\",
            "b",
            "br",
            "r#",
            "é'é'",
            "'é",
            "1.",
            "1..",
            "/",
            "/*",
            "*/",
            "\u{0}",
            "b'x'",
            "''",
            "r\"",
            "#!",
            "'\\u{1F}'",
        ] {
            for inside in [
                Inside::Code,
                Inside::Comment(2),
                Inside::Text(None),
                Inside::Text(Some(2)),
            ] {
                let mut html = Html::default();
                push_line(&mut html, line, inside);
                let text = html.into_string();
                let plain: String = text
                    .replace("</i>", "")
                    .split("<i class=")
                    .enumerate()
                    .map(|(at, part)| if at == 0 { part } else { &part[2..] })
                    .collect();
                let plain = plain.replace("&#34;", "\"").replace("&#39;", "'");
                assert_eq!(plain, line);
            }
        }
    }
}
