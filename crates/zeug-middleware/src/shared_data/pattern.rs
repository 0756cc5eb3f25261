//! Owns patterns of file names, as shells have them. It knows no folders: a slash is a character as another.

/// A pattern: `*`, `?`, `[a-c]`, `[!a-c]`; what is no whole bracket stands for itself.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Any,
    One,
    Char(char),
    /// Ranges, and whether the character is to be in one of them.
    Class(Vec<(char, char)>, bool),
}

impl Pattern {
    pub(super) fn new(text: String) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut parts = Vec::new();
        let mut rest = &characters[..];
        while let Some((&first, behind)) = rest.split_first() {
            rest = behind;
            parts.push(match first {
                '*' => Part::Any,
                '?' => Part::One,
                '[' => match class(behind) {
                    Some((part, behind)) => {
                        rest = behind;
                        part
                    }
                    None => Part::Char('['),
                },
                other => Part::Char(other),
            });
        }
        Self { parts }
    }

    /// Whether the whole name fits. Time is at most the name's length times the pattern's.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut part) = (0, 0);
        // Where to go on if what follows the last star does not fit.
        let mut retry: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.parts.get(part) {
                Some(Part::Any) => {
                    retry = Some((at, part));
                    part += 1;
                    continue;
                }
                Some(single) if name.get(at).is_some_and(|&found| single.fits(found)) => {
                    at += 1;
                    part += 1;
                    continue;
                }
                _ => {}
            }
            let Some((from, star)) = retry else {
                return false;
            };
            at = from + 1;
            part = star + 1;
            retry = Some((at, star));
        }
        self.parts
            .iter()
            .skip(part)
            .all(|part| matches!(part, Part::Any))
    }
}

impl Part {
    fn fits(&self, found: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Char(own) => *own == found,
            Self::Class(ranges, wanted) => {
                let within = |&(low, high): &(char, char)| low <= found && found <= high;
                ranges.iter().any(within) == *wanted
            }
        }
    }
}

/// The class behind an opening bracket, and what follows it; `None` where it is not closed.
fn class(text: &[char]) -> Option<(Part, &[char])> {
    let (negated, inner) = match text.split_first() {
        Some((&'!', rest)) => (true, rest),
        _ => (false, text),
    };
    // A closing bracket at the beginning stands for itself.
    let close = inner
        .iter()
        .skip(1)
        .position(|&character| character == ']')?
        + 1;
    let (inner, rest) = (inner.get(..close)?, inner.get(close + 1..)?);
    let mut ranges = Vec::new();
    let mut left = inner;
    while let Some((&low, behind)) = left.split_first() {
        match behind {
            ['-', high, rest @ ..] => {
                ranges.push((low, *high));
                left = rest;
            }
            _ => {
                ranges.push((low, low));
                left = behind;
            }
        }
    }
    Some((Part::Class(ranges, !negated), rest))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_fit_whole_names() {
        let matches = |pattern: &str, name: &str| Pattern::new(pattern.into()).matches(name);
        for (pattern, name) in [
            ("*.txt", "a.txt"),
            ("*", ""),
            ("a?c", "aéc"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]]", "]"),
            ("[", "["),
            ("a*b*c", "a-b-b-c"),
            ("**a", "ba"),
            ("[a-]", "-"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.txt", "a.txt.gz"),
            ("*.txt", "A.TXT"),
            ("?", ""),
            ("[a-c]x", "dx"),
            ("[!a-c]x", "ax"),
            ("a", "ab"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
