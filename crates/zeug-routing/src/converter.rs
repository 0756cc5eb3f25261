//! Converters: what a variable matches, which values it refuses, how it writes them. The built-in ones, and the trait for others.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::options::Slashes;
use crate::path;
use crate::value::{Value, parse_uuid};

/// A variable's kind that is not built in.
///
/// Two variables with the same converter name and the same arguments share one place in the search tree.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use zeug_routing::{Converter, Map, Outcome, Rule};
///
/// #[derive(Debug)]
/// struct Year;
///
/// impl Converter for Year {
///     fn matches(&self, text: &str) -> bool {
///         text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
///     }
/// }
///
/// let map = Map::builder()
///     .converter("year", |_| Some(Arc::new(Year)))
///     .rule(Rule::new("/archive/<year:y>", "archive"))
///     .build()?;
/// let urls = map.bind("example.org")?;
/// assert!(matches!(urls.match_path("/archive/2024", "GET"), Outcome::Match(_)));
/// assert!(matches!(urls.match_path("/archive/now", "GET"), Outcome::NotFound));
/// # Ok::<(), zeug_routing::RoutingError>(())
/// ```
#[doc(alias = "BaseConverter")]
pub trait Converter: Send + Sync + fmt::Debug {
    /// Whether the whole of a percent-decoded text is such a value. Where it is not, the search goes on with the next rule.
    fn matches(&self, text: &str) -> bool;

    /// Where the variable stands among others in the same place: the lower, the earlier. Integers have 50, strings 100, paths 200.
    fn weight(&self) -> i32 {
        100
    }

    /// Whether a value may go over slashes, as `path` does.
    #[doc(alias = "part_isolating")]
    fn spans_segments(&self) -> bool {
        false
    }

    /// The text for a value, before percent-encoding; nothing where the value cannot be written.
    #[doc(alias = "to_url")]
    fn write<'v>(&self, value: &'v Value<'_>) -> Option<Cow<'v, str>> {
        plain(value)
    }
}

/// The text of a value that is one.
fn plain<'v>(value: &'v Value<'_>) -> Option<Cow<'v, str>> {
    match value {
        Value::Null | Value::List(_) => None,
        Value::Text(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

/// The arguments in a variable's parentheses, in order: `<any(red, green):colour>`, `<int(min=1):id>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ConverterArgs(Vec<ConverterArg>);

/// One argument of a converter: a name, a number, `True`, `False`, `None` or a text in quotes, perhaps after `name=`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConverterArg {
    name: Option<Box<str>>,
    text: Box<str>,
    quote: Option<char>,
}

impl ConverterArg {
    /// The argument's name, where it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The argument's text, without quotes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number the argument is.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        self.bare()?.parse().ok()
    }

    /// The floating point number the argument is.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        self.bare()?.parse().ok().filter(|f: &f64| f.is_finite())
    }

    /// The truth value the argument is: `True` or `False`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.bare()? {
            "True" | "true" => Some(true),
            "False" | "false" => Some(false),
            _ => None,
        }
    }

    fn bare(&self) -> Option<&str> {
        self.quote.is_none().then_some(&*self.text)
    }
}

impl ConverterArgs {
    /// Reads the text between the parentheses; on failure the byte where it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, usize> {
        let mut args = Vec::new();
        let mut at = 0;
        let skip = |at: usize| at + text[at..].len() - text[at..].trim_start().len();
        while skip(at) < text.len() {
            at = skip(at);
            let mut name = None;
            let word = word_end(&text[at..]);
            let equals = skip(at + word);
            if word > 0 && text[equals..].starts_with('=') {
                name = Some(text[at..at + word].into());
                at = skip(equals + 1);
            }
            let rest = &text[at..];
            let prefix = usize::from(
                rest.starts_with(['u', 'r', 'U', 'R']) && rest[1..].starts_with(['"', '\'']),
            );
            let quote = rest[prefix..]
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\''));
            let (value, length) = if let Some(quote) = quote {
                let inner = &rest[prefix + 1..];
                let end = inner.find(quote).ok_or(at)?;
                (&inner[..end], prefix + end + 2)
            } else {
                let value = bare_value(rest).ok_or(at)?;
                (value, value.len())
            };
            args.push(ConverterArg {
                name,
                text: value.into(),
                quote,
            });
            at = skip(at + length);
            if at < text.len() {
                at += text[at..].strip_prefix(',').map(|_| 1).ok_or(at)?;
            }
        }
        Ok(Self(args))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All arguments, in order.
    pub fn iter(&self) -> impl Iterator<Item = &ConverterArg> {
        self.0.iter()
    }

    /// The argument of that name, or the unnamed one at that position.
    #[must_use]
    pub fn get(&self, name: &str, position: usize) -> Option<&ConverterArg> {
        let named = self.0.iter().find(|arg| arg.name() == Some(name));
        named.or_else(|| self.0.iter().filter(|arg| arg.name.is_none()).nth(position))
    }

    /// Whether every argument has one of these names, or a position among them.
    fn only(&self, names: &[&str]) -> bool {
        self.0.iter().filter(|arg| arg.name.is_none()).count() <= names.len()
            && self
                .0
                .iter()
                .filter_map(ConverterArg::name)
                .all(|name| names.contains(&name))
    }
}

impl fmt::Display for ConverterArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, arg) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            if let Some(name) = &arg.name {
                write!(f, "{name}=")?;
            }
            match arg.quote {
                Some(quote) => write!(f, "{quote}{}{quote}", arg.text)?,
                None => f.write_str(&arg.text)?,
            }
        }
        Ok(())
    }
}

/// The length of the word (letters, digits, `_`) at the beginning.
fn word_end(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

/// A value without quotes: letters, digits, `_` and `.`, or digits around one other character, up to a comma.
fn bare_value(text: &str) -> Option<&str> {
    let value = text[..text.find(',').unwrap_or(text.len())].trim_end();
    let is_word = |s: &str| {
        s.chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '.')
    };
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut rest = value[digits..].chars();
    let odd = digits > 0 && rest.next().is_some() && rest.all(|c| c.is_ascii_digit());
    (!value.is_empty() && (is_word(value) || odd)).then_some(value)
}

/// A variable's kind, its arguments read.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Str(Len),
    Any(Box<[Box<str>]>),
    Path,
    Int {
        signed: bool,
        fixed: usize,
        min: Option<i128>,
        max: Option<i128>,
    },
    Float {
        signed: bool,
        min: Option<f64>,
        max: Option<f64>,
    },
    Uuid,
    Custom(Arc<dyn Converter>),
}

/// How many characters a string may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Len {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
    /// Given as `length`: another place in the tree than the same bounds given apart.
    exact: bool,
}

impl Len {
    pub(crate) const ANY: Self = Self {
        min: 1,
        max: None,
        exact: false,
    };

    pub(crate) fn fits(self, bytes: &[u8]) -> bool {
        let n = bytes.len();
        if n < self.min {
            return false;
        }
        if self.min <= 1 && self.max.is_none() {
            return true;
        }
        let chars = bytes
            .iter()
            .filter(|&&b| !(0x80..0xc0).contains(&b))
            .count();
        chars >= self.min && self.max.is_none_or(|max| chars <= max)
    }
}

impl Kind {
    /// The built-in converter of that name; nothing for another name, an error for arguments it does not take.
    pub(crate) fn builtin(name: &str, args: &ConverterArgs) -> Option<Result<Self, ()>> {
        Some(match name {
            "default" | "string" => string(args),
            "any" => any(args),
            "path" => {
                if args.is_empty() {
                    Ok(Self::Path)
                } else {
                    Err(())
                }
            }
            "uuid" => {
                if args.is_empty() {
                    Ok(Self::Uuid)
                } else {
                    Err(())
                }
            }
            "int" => int(args),
            "float" => float(args),
            _ => return None,
        })
    }

    pub(crate) fn weight(&self) -> i32 {
        match self {
            Self::Int { .. } | Self::Float { .. } => 50,
            Self::Path => 200,
            Self::Custom(custom) => custom.weight(),
            _ => 100,
        }
    }

    pub(crate) fn spans_segments(&self) -> bool {
        match self {
            Self::Path => true,
            Self::Custom(custom) => custom.spans_segments(),
            _ => false,
        }
    }

    /// Whether a value that has the right shape may still be refused.
    pub(crate) fn is_constrained(&self) -> bool {
        match self {
            Self::Int {
                fixed, min, max, ..
            } => *fixed > 0 || min.is_some() || max.is_some(),
            Self::Float { min, max, .. } => min.is_some() || max.is_some(),
            _ => false,
        }
    }

    /// The texts that are all the values there are.
    pub(crate) fn choices(&self) -> Vec<String> {
        match self {
            Self::Any(items) => items.iter().map(|item| item.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether a value of the right shape is refused.
    pub(crate) fn refuses(&self, text: &str) -> bool {
        match self {
            Self::Int {
                fixed, min, max, ..
            } => {
                let number = big_int(text);
                (*fixed > 0 && text.len() != *fixed)
                    || min.is_some_and(|min| number < min)
                    || max.is_some_and(|max| number > max)
            }
            Self::Float { min, max, .. } => {
                let number = text.parse().unwrap_or(f64::NAN);
                min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max)
            }
            _ => false,
        }
    }

    /// The value that a matched text stands for.
    pub(crate) fn value<'t>(&self, text: Cow<'t, str>) -> Value<'t> {
        match self {
            Self::Int { .. } => text.parse().map_or(Value::Text(text), Value::Int),
            Self::Float { .. } => text.parse().map_or(Value::Text(text), Value::Float),
            Self::Uuid => parse_uuid(&text).map_or(Value::Text(text), Value::Uuid),
            _ => Value::Text(text),
        }
    }

    /// Appends the percent-encoded text of a value; nothing where it cannot be written.
    pub(crate) fn write(
        &self,
        value: &Value<'_>,
        slashes: Slashes,
        out: &mut String,
    ) -> Option<()> {
        match self {
            Self::Str(_) => match value {
                Value::Text(text) => path::encode_segment(text, slashes, out),
                other => path::encode_segment(&plain(other)?, slashes, out),
            },
            Self::Path => path::encode_path(&plain(value)?, out),
            Self::Custom(custom) if custom.spans_segments() => {
                path::encode_path(&custom.write(value)?, out)
            }
            Self::Custom(custom) => path::encode_segment(&custom.write(value)?, slashes, out),
            Self::Any(items) => {
                let text = match value {
                    Value::Text(text) => items.iter().find(|item| ***item == **text)?,
                    _ => return None,
                };
                path::encode_segment(text, slashes, out);
            }
            Self::Int { fixed, .. } => write_int(value, *fixed, out)?,
            Self::Float { .. } => {
                let number = match value {
                    Value::Text(text) => text.trim().parse().ok()?,
                    other => other.number()?,
                };
                if !number.is_finite() {
                    return None;
                }
                write!(out, "{}", Value::Float(number)).ok()?;
            }
            Self::Uuid => match value {
                Value::Text(text) => write!(out, "{}", Value::Uuid(parse_uuid(text)?)).ok()?,
                Value::Uuid(_) => write!(out, "{value}").ok()?,
                _ => return None,
            },
        }
        Some(())
    }
}

/// Whole numbers of any length, the very long ones as the largest or smallest.
fn big_int(text: &str) -> i128 {
    text.parse().unwrap_or(if text.starts_with('-') {
        i128::MIN
    } else {
        i128::MAX
    })
}

/// A whole number, filled with zeros.
fn write_int(value: &Value<'_>, fixed: usize, out: &mut String) -> Option<()> {
    let number = match value {
        Value::Bool(b) => i128::from(*b),
        Value::Int(i) => i128::from(*i),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction is cut off, as Werkzeug does; the range saturates"
        )]
        Value::Float(f) if f.is_finite() => *f as i128,
        Value::Text(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            text.parse().ok()?
        }
        _ => return None,
    };
    // Writing 128 bits takes far longer than 64.
    match i64::try_from(number) {
        Ok(number) if fixed == 0 => write!(out, "{number}"),
        _ => write!(out, "{number:0fixed$}"),
    }
    .ok()
}

fn string(args: &ConverterArgs) -> Result<Kind, ()> {
    if !args.only(&["minlength", "maxlength", "length"]) {
        return Err(());
    }
    let number = |name, position| -> Result<Option<usize>, ()> {
        args.get(name, position)
            .filter(|arg| arg.bare() != Some("None"))
            .map(|arg| arg.as_int().and_then(|n| usize::try_from(n).ok()).ok_or(()))
            .transpose()
    };
    let (min, max, length) = (
        number("minlength", 0)?,
        number("maxlength", 1)?,
        number("length", 2)?,
    );
    Ok(Kind::Str(match length {
        Some(n) => Len {
            min: n,
            max: Some(n),
            exact: true,
        },
        None => Len {
            min: min.unwrap_or(1),
            max,
            exact: false,
        },
    }))
}

fn any(args: &ConverterArgs) -> Result<Kind, ()> {
    if args.iter().any(|arg| arg.name.is_some()) {
        return Err(());
    }
    Ok(Kind::Any(args.iter().map(|arg| arg.text.clone()).collect()))
}

fn int(args: &ConverterArgs) -> Result<Kind, ()> {
    if !args.only(&["fixed_digits", "min", "max", "signed"]) {
        return Err(());
    }
    let number = |name, position| -> Result<Option<i64>, ()> {
        let arg = args
            .get(name, position)
            .filter(|arg| arg.bare() != Some("None"));
        arg.map(|arg| arg.as_int().ok_or(())).transpose()
    };
    let fixed = number("fixed_digits", 0)?.unwrap_or(0);
    Ok(Kind::Int {
        fixed: usize::try_from(fixed).ok().filter(|&n| n <= 64).ok_or(())?,
        min: number("min", 1)?.map(i128::from),
        max: number("max", 2)?.map(i128::from),
        signed: signed(args, 3)?,
    })
}

fn float(args: &ConverterArgs) -> Result<Kind, ()> {
    if !args.only(&["min", "max", "signed"]) {
        return Err(());
    }
    let number = |name, position| -> Result<Option<f64>, ()> {
        let arg = args
            .get(name, position)
            .filter(|arg| arg.bare() != Some("None"));
        arg.map(|arg| arg.as_float().ok_or(())).transpose()
    };
    Ok(Kind::Float {
        min: number("min", 0)?,
        max: number("max", 1)?,
        signed: signed(args, 2)?,
    })
}

fn signed(args: &ConverterArgs, position: usize) -> Result<bool, ()> {
    args.get("signed", position)
        .map_or(Ok(false), |arg| arg.as_bool().ok_or(()))
}
