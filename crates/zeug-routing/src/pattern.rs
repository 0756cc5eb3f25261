//! The text of a rule, taken apart: literals, slashes and variables with their places. Knows no converter; refuses text that is no rule.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use crate::converter::ConverterArgs;
use crate::error::{RoutingError, RoutingErrorKind as Kind};

/// A rule's text as its pieces, for those who adapt rules to other notations (OpenAPI, another router's paths).
///
/// A rule is a URL path in which `<name>`, `<converter:name>` and `<converter(arguments):name>` stand for variables. Text outside of them
/// is literal and is written as the path reads after percent-decoding.
///
/// # Example
///
/// ```
/// use zeug_routing::{Pattern, Piece};
///
/// let pattern = Pattern::parse("/user/<int(min=1):id>")?;
/// let openapi: String = pattern.pieces().map(|piece| match piece {
///     Piece::Variable(variable) => format!("{{{}}}", variable.name()),
///     other => other.to_string(),
/// }).collect();
/// assert_eq!(openapi, "/user/{id}");
///
/// assert_eq!(Pattern::parse("user/<id>").unwrap_err().offset(), Some(0));
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    text: Box<str>,
    pieces: Vec<Piece>,
}

/// One piece of a rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Piece {
    /// A slash, which ends a segment.
    Slash,
    /// Text that stands for itself; never empty, never with a slash.
    Literal(Box<str>),
    /// A variable.
    Variable(Variable),
}

/// A variable of a rule: `<converter(arguments):name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    name: Box<str>,
    converter: Option<Box<str>>,
    args: ConverterArgs,
    offset: usize,
}

impl Variable {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The converter's name; `default` where the rule names none.
    #[must_use]
    pub fn converter(&self) -> &str {
        self.converter.as_deref().unwrap_or("default")
    }

    /// The converter's arguments.
    #[must_use]
    pub fn args(&self) -> &ConverterArgs {
        &self.args
    }

    /// The byte in the rule's text where the variable's `<` stands.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl Pattern {
    /// The pieces of a rule's text.
    ///
    /// # Errors
    ///
    /// [`MissingSlash`](Kind::MissingSlash) for a text that does not begin with `/`, [`MalformedVariable`](Kind::MalformedVariable) for a `<` that
    /// begins no variable, [`MalformedArguments`](Kind::MalformedArguments) for arguments that cannot be read,
    /// [`DuplicateVariable`](Kind::DuplicateVariable) for a name used twice.
    pub fn parse(text: &str) -> Result<Self, RoutingError> {
        if !text.starts_with('/') {
            return Err(RoutingError::at(Kind::MissingSlash, text, 0));
        }
        Self::parse_any(text)
    }

    /// The pieces of a host's or subdomain's pattern, which has no slash.
    pub(crate) fn parse_host(text: &str) -> Result<Self, RoutingError> {
        let pattern = Self::parse_any(text)?;
        if pattern.pieces.contains(&Piece::Slash) {
            return Err(RoutingError::at(
                Kind::SlashInHost,
                text,
                text.find('/').unwrap_or(0),
            ));
        }
        Ok(pattern)
    }

    fn parse_any(text: &str) -> Result<Self, RoutingError> {
        let count = text.bytes().filter(|b| matches!(b, b'/' | b'<')).count();
        let mut pieces: Vec<Piece> = Vec::with_capacity(2 * count);
        // Few names are compared one by one, many by a set.
        let mut seen = HashSet::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match rest.as_bytes().first() {
                Some(b'/') => {
                    pieces.push(Piece::Slash);
                    at += 1;
                }
                Some(b'<') => {
                    let (variable, length) = variable(text, rest, at)?;
                    let known = if count < 32 {
                        let same = |piece: &Piece| matches!(piece, Piece::Variable(v) if v.name == variable.name);
                        pieces.iter().any(same)
                    } else {
                        !seen.insert(variable.name.clone())
                    };
                    if known {
                        return Err(RoutingError::at(Kind::DuplicateVariable, text, at));
                    }
                    pieces.push(Piece::Variable(variable));
                    at += length;
                }
                _ => {
                    let length = rest.find(['<', '/']).unwrap_or(rest.len());
                    pieces.push(Piece::Literal(rest[..length].into()));
                    at += length;
                }
            }
        }
        Ok(Self {
            text: text.into(),
            pieces,
        })
    }

    /// The rule's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// The variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            _ => None,
        })
    }
}

/// The variable that begins `rest`, and its length in bytes.
fn variable(text: &str, rest: &str, at: usize) -> Result<(Variable, usize), RoutingError> {
    let malformed = || RoutingError::at(Kind::MalformedVariable, text, at);
    let first = identifier(&rest[1..]).ok_or_else(malformed)?;
    let after = &rest[1 + first.len()..];
    let made = |converter: Option<&str>, args, name: &str, length| {
        (
            Variable {
                name: name.into(),
                converter: converter.map(Into::into),
                args,
                offset: at,
            },
            length,
        )
    };
    if after.starts_with('>') {
        return Ok(made(None, ConverterArgs::default(), first, first.len() + 2));
    }
    // `:name>` after the converter, or after the first closing parenthesis that has it.
    let tail = |tail: &str| -> Option<usize> {
        let name = identifier(tail.strip_prefix(':')?)?;
        tail[1 + name.len()..]
            .starts_with('>')
            .then_some(name.len())
    };
    if let Some(length) = tail(after) {
        let name = &after[1..=length];
        return Ok(made(
            Some(first),
            ConverterArgs::default(),
            name,
            first.len() + length + 3,
        ));
    }
    let inner = after.strip_prefix('(').ok_or_else(malformed)?;
    for (close, _) in inner.match_indices(')') {
        if let Some(length) = tail(&inner[close + 1..]) {
            let args_at = at + first.len() + 2;
            let args = ConverterArgs::parse(&inner[..close]).map_err(|offset| {
                RoutingError::at(Kind::MalformedArguments, text, args_at + offset)
            })?;
            let name = &inner[close + 2..close + 2 + length];
            return Ok(made(
                Some(first),
                args,
                name,
                first.len() + close + length + 5,
            ));
        }
    }
    Err(malformed())
}

/// The identifier at the beginning of a text: an ASCII letter or `_`, then letters, digits and `_`.
fn identifier(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let name = &text[..end];
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
}

impl FromStr for Pattern {
    type Err = RoutingError;

    fn from_str(text: &str) -> Result<Self, RoutingError> {
        Self::parse(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slash => f.write_str("/"),
            Self::Literal(text) => f.write_str(text),
            Self::Variable(variable) => variable.fmt(f),
        }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<")?;
        if let Some(converter) = &self.converter {
            f.write_str(converter)?;
            if !self.args.is_empty() {
                write!(f, "({})", self.args)?;
            }
            f.write_str(":")?;
        }
        write!(f, "{}>", self.name)
    }
}
