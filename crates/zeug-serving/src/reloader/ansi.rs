//! Owns terminal colours elsewhere: rustc's words as HTML and as plain text. Everything that is no colour is escaped or dropped, whatever the text holds.

use std::fmt::Write;

/// A part of a text with colours.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    /// The numbers of a "select graphic rendition" sequence.
    Style(&'a str),
}

/// The parts of a text; sequences that mean anything else are dropped.
fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut left = text;
    std::iter::from_fn(move || {
        loop {
            let escape = left.find('\x1b').unwrap_or(left.len());
            if escape > 0 {
                let (text, rest) = left.split_at(escape);
                left = rest;
                return Some(Part::Text(text));
            }
            let rest = left.strip_prefix('\x1b')?;
            if let Some(rest) = rest.strip_prefix('[') {
                let Some(end) = rest.find(|c: char| ('@'..='~').contains(&c)) else {
                    left = "";
                    continue;
                };
                let (numbers, behind) = rest.split_at(end);
                left = behind.get(1..).unwrap_or_default();
                if behind.starts_with('m') {
                    return Some(Part::Style(numbers));
                }
            } else if let Some(rest) = rest.strip_prefix(']') {
                // A link or a title, up to BEL or ESC \.
                let end = rest.find(['\x07', '\x1b']).unwrap_or(rest.len());
                let behind = rest.get(end..).unwrap_or_default();
                left = behind
                    .strip_prefix("\x1b\\")
                    .or(behind.strip_prefix('\x07'))
                    .unwrap_or(behind);
            } else {
                left = rest;
            }
        }
    })
}

/// The text alone.
pub(super) fn strip(text: &str) -> String {
    let text = parts(text).filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Style(_) => None,
    });
    text.collect()
}

/// How text looks: the classes of the page's style sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Look {
    bold: bool,
    dim: bool,
    italic: bool,
    underlined: bool,
    /// One of the terminal's 16 colours.
    colour: Option<u8>,
}

impl Look {
    fn set(&mut self, numbers: &str) {
        let mut numbers = numbers
            .split([';', ':'])
            .map(|number| number.parse::<u8>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underlined = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underlined = false,
                30..=37 => self.colour = Some(number - 30),
                90..=97 => self.colour = Some(number - 82),
                39 => self.colour = None,
                38 | 48 => {
                    let colour = match numbers.next() {
                        Some(5) => numbers.next().filter(|&colour| colour < 16),
                        // Red, green and blue.
                        Some(2) => numbers.by_ref().take(3).fold(None, |_, _| None),
                        _ => None,
                    };
                    if number == 38 {
                        self.colour = colour;
                    }
                }
                _ => {}
            }
        }
    }

    fn classes(self) -> String {
        let mut classes = String::new();
        let flags = [
            (self.bold, "b "),
            (self.dim, "d "),
            (self.italic, "i "),
            (self.underlined, "u "),
        ];
        classes.extend(
            flags
                .into_iter()
                .filter_map(|(set, class)| set.then_some(class)),
        );
        if let Some(colour) = self.colour {
            let _ = write!(classes, "c{colour} ");
        }
        classes.trim_end().to_owned()
    }
}

/// The text as HTML, its colours as `<span class="b c9">`.
pub(super) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    let mut look = Look::default();
    for part in parts(text) {
        match part {
            Part::Style(numbers) => look.set(numbers),
            Part::Text(text) if look == Look::default() => escape(&mut html, text),
            Part::Text(text) => {
                let _ = write!(html, "<span class=\"{}\">", look.classes());
                escape(&mut html, text);
                html.push_str("</span>");
            }
        }
    }
    html
}

/// Adds text to HTML, for content and quoted attributes.
pub(super) fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(character),
            _ if character.is_control() => html.push('\u{fffd}'),
            _ => html.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{strip, to_html};

    #[test]
    fn colours_become_classes_and_everything_else_is_escaped() {
        for (text, html, plain) in [
            ("plain", "plain", "plain"),
            (
                "a <b> & \"c\" 'd'",
                "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;",
                "a <b> & \"c\" 'd'",
            ),
            (
                "\x1b[1m\x1b[38;5;9merror[E0425]\x1b[0m\x1b[1m: no\x1b[0m",
                "<span class=\"b c9\">error[E0425]</span><span class=\"b\">: no</span>",
                "error[E0425]: no",
            ),
            ("\x1b[91mx\x1b[39my", "<span class=\"c9\">x</span>y", "xy"),
            ("\x1b[1;32mx\x1b[my", "<span class=\"b c2\">x</span>y", "xy"),
            ("\x1b[38;2;1;2;3mx", "x", "x"),
            ("\x1b[48;5;9;1mx", "<span class=\"b\">x</span>", "x"),
            ("\x1b[38;5;200mx", "x", "x"),
            ("\x1b]8;;https://e/?<\x1b\\E1\x1b]8;;\x07", "E1", "E1"),
            ("\x1b[2Kx\x1b7y\x1b", "x7y", "x7y"),
            ("\x1b[1", "", ""),
            ("\x1b]8", "", ""),
            ("a\0b", "a\u{fffd}b", "a\0b"),
            ("\x1b[999999mé", "é", "é"),
        ] {
            assert_eq!(to_html(text), html, "{text:?}");
            assert_eq!(strip(text), plain, "{text:?}");
        }
    }
}
