//! Values that go into URLs and defaults that come out of rules. Refuses nothing: whether a value fits is the converter's business.

use std::borrow::Cow;
use std::fmt;

/// A value for a URL's variable or query, or a rule's default.
///
/// Numbers compare by value (`Int(1) == Float(1.0)`), everything else only with its own kind: the text `"1"` is not the number 1.
///
/// # Example
///
/// ```
/// use zeug_routing::Value;
///
/// assert_eq!(Value::from(2.0).to_string(), "2.0");
/// assert_ne!(Value::from("1"), Value::from(1));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value: left out of queries, missing for a variable.
    Null,
    /// A truth value, written `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating point number, written with a point and never with an exponent.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A UUID as a 128 bit number, written in lower case with hyphens.
    Uuid(u128),
    /// Several values of one query key, in order.
    List(Vec<Value<'a>>),
}

impl Value<'_> {
    /// The same value, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(i) => Value::Int(i),
            Self::Float(f) => Value::Float(f),
            Self::Text(t) => Value::Text(Cow::Owned(t.into_owned())),
            Self::Uuid(u) => Value::Uuid(u),
            Self::List(l) => Value::List(l.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// The number this value is, if it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(b) => Some(f64::from(u8::from(*b))),
            #[expect(
                clippy::cast_precision_loss,
                reason = "only for comparing with a float, as Python and JSON do"
            )]
            Self::Int(i) => Some(*i as f64),
            Self::Float(f) => Some(*f),
            _ => None,
        }
    }
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            _ => matches!((self.number(), other.number()), (Some(a), Some(b)) if a == b),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Bool(b) => b.fmt(f),
            Self::Int(i) => i.fmt(f),
            Self::Float(x) if x.fract() == 0.0 => write!(f, "{x}.0"),
            Self::Float(x) => x.fmt(f),
            Self::Text(t) => f.write_str(t),
            Self::Uuid(u) => write_uuid(*u, f),
            Self::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    item.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

/// Writes the five groups of a UUID.
fn write_uuid(u: u128, f: &mut impl fmt::Write) -> fmt::Result {
    write!(
        f,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        u >> 96,
        (u >> 80) & 0xffff,
        (u >> 64) & 0xffff,
        (u >> 48) & 0xffff,
        u & 0xffff_ffff_ffff
    )
}

/// The number a UUID's text stands for: 32 hexadecimal digits and four hyphens in their places.
pub(crate) fn parse_uuid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut number = 0u128;
    for (i, &b) in bytes.iter().enumerate() {
        if matches!(i, 8 | 13 | 18 | 23) {
            if b != b'-' {
                return None;
            }
        } else {
            number = (number << 4) | u128::from(char::from(b).to_digit(16)?);
        }
    }
    Some(number)
}

macro_rules! from_int {
    ($($t:ty)*) => {$(
        impl From<$t> for Value<'_> {
            /// The number; as text where it does not fit into 64 signed bits.
            fn from(n: $t) -> Self {
                i64::try_from(n).map_or_else(|_| Self::Text(Cow::Owned(n.to_string())), Self::Int)
            }
        }
    )*};
}
from_int!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

impl From<[u8; 16]> for Value<'_> {
    /// A UUID of its bytes.
    fn from(bytes: [u8; 16]) -> Self {
        Self::Uuid(u128::from_be_bytes(bytes))
    }
}

impl From<bool> for Value<'_> {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<f32> for Value<'_> {
    fn from(f: f32) -> Self {
        Self::Float(f.into())
    }
}

impl From<f64> for Value<'_> {
    fn from(f: f64) -> Self {
        Self::Float(f)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(t: &'a str) -> Self {
        Self::Text(Cow::Borrowed(t))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(t: &'a String) -> Self {
        Self::Text(Cow::Borrowed(t))
    }
}

impl From<String> for Value<'_> {
    fn from(t: String) -> Self {
        Self::Text(Cow::Owned(t))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(t: Cow<'a, str>) -> Self {
        Self::Text(t)
    }
}

impl From<char> for Value<'_> {
    fn from(c: char) -> Self {
        Self::Text(Cow::Owned(c.to_string()))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

impl<'a, T: Into<Value<'a>>> From<Vec<T>> for Value<'a> {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}
