//! Owns the way of a terminal's text to HTML and to plain text. Everything that is no colour is escaped or dropped, whatever the text holds.

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

/// The text alone: without colours, links, titles and whatever else an escape begins.
///
/// # Example
///
/// ```
/// assert_eq!(zeug_ansi::strip("\u{1b}[1;31merror\u{1b}[0m: no"), "error: no");
/// // What never ends is dropped.
/// assert_eq!(zeug_ansi::strip("yes\u{1b}[31"), "yes");
/// ```
#[must_use]
pub fn strip(text: &str) -> String {
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

/// The text as HTML, its colours as classes: `<span class="b c9">`.
///
/// `b`, `d`, `i` and `u` are bold, dim, italic and underlined; `c0` to `c15` are the terminal's colours, of which 8 to 15 are the bright ones. Other colours, backgrounds
/// and sequences ([ECMA-48](https://ecma-international.org/publications-and-standards/standards/ecma-48/)) are left out. The style sheet is the page's.
///
/// # Example
///
/// ```
/// assert_eq!(
///     zeug_ansi::to_html("\u{1b}[1;31merror\u{1b}[0m: <no>"),
///     "<span class=\"b c1\">error</span>: &lt;no&gt;",
/// );
/// // What is no colour is neither shown nor markup.
/// assert_eq!(zeug_ansi::to_html("\u{1b}]8;;https://evil.test/<\u{7}a"), "a");
/// ```
#[must_use]
pub fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    let mut look = Look::default();
    for part in parts(text) {
        match part {
            Part::Style(numbers) => look.set(numbers),
            Part::Text(text) if look == Look::default() => push_escaped(&mut html, text),
            Part::Text(text) => {
                let _ = write!(html, "<span class=\"{}\">", look.classes());
                push_escaped(&mut html, text);
                html.push_str("</span>");
            }
        }
    }
    html
}

/// Adds text without colours to HTML, for content and quoted attributes. Control characters become U+FFFD, which is what a browser would make of most.
///
/// # Example
///
/// ```
/// let mut html = String::from("<b>");
/// zeug_ansi::push_escaped(&mut html, "a < b\0");
/// assert_eq!(html, "<b>a &lt; b\u{fffd}");
/// ```
pub fn push_escaped(html: &mut String, text: &str) {
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
