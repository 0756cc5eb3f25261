//! Owns `Value` and `Dict`: what a Flask session can hold. How it is written as JSON is in `tagged`.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeug_http::HttpDate;

use crate::error::{SecureCookieError, SecureCookieErrorKind};

/// A value of a session: JSON's, and those that Flask tags.
///
/// # Example
///
/// ```
/// use zeug_securecookie::Value;
///
/// assert_eq!(Value::from("text").as_str(), Some("text"));
/// assert_eq!(Value::from(7).as_i64(), Some(7));
/// assert_eq!(Value::from("7").as_i64(), None);
/// assert_eq!(Value::from_serde(&(1, "a"))?, Value::List(vec![1.into(), "a".into()]));
/// assert_eq!(Value::from(7).to_serde::<u8>()?, 7);
/// assert!(Value::from(700).to_serde::<u8>().is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Python's `None`.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number. One beyond 64 bits is read as a float.
    Int(i128),
    /// A float; one that is infinite or no number cannot be written.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A tuple, tagged ` t`.
    Tuple(Vec<Value>),
    /// A dict with texts for keys.
    Dict(Dict),
    /// Bytes, tagged ` b`.
    Bytes(Vec<u8>),
    /// Text that is safe as HTML, tagged ` m`.
    Markup(String),
    /// The 16 bytes of a UUID, first ones first, tagged ` u`.
    Uuid([u8; 16]),
    /// A time in whole seconds, tagged ` d`.
    DateTime(HttpDate),
}

impl Value {
    /// The text, of a text or markup.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Markup(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => (*number).try_into().ok(),
            _ => None,
        }
    }

    /// The number as a float.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The boolean.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The items, of a list or a tuple.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) | Self::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The dict.
    #[must_use]
    pub const fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether Python would take it for true.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) | Self::Markup(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) => !items.is_empty(),
            Self::Dict(dict) => !dict.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Uuid(_) | Self::DateTime(_) => true,
        }
    }

    /// The value of anything that serde writes, as JSON has it: no tuple, bytes or date comes of it.
    ///
    /// # Errors
    ///
    /// `Unwritable` for what JSON cannot hold.
    pub fn from_serde<T: Serialize + ?Sized>(value: &T) -> Result<Self, SecureCookieError> {
        serde_json::to_value(value)
            .map(Self::from_json)
            .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::Unwritable, 0))
    }

    /// The value as any type that serde reads. Tuples are lists to it, markup is text, bytes are a list of numbers, a UUID is its text with hyphens, a time the
    /// seconds since 1970.
    ///
    /// # Errors
    ///
    /// `InvalidJson` if it is not of that type.
    pub fn to_serde<T: DeserializeOwned>(&self) -> Result<T, SecureCookieError> {
        serde_json::from_value(self.to_json())
            .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::InvalidJson, 0))
    }

    fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(flag),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Self::Int(number.into()),
                (None, Some(number)) => Self::Int(number.into()),
                (None, None) => Self::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => {
                Self::List(items.into_iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(pairs) => Self::Dict(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key, Self::from_json(value)))
                    .collect(),
            ),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => {
                serde_json::Number::from_i128(*number).map_or(serde_json::Value::Null, Into::into)
            }
            Self::Float(number) => (*number).into(),
            Self::Text(text) | Self::Markup(text) => text.as_str().into(),
            Self::List(items) | Self::Tuple(items) => items.iter().map(Self::to_json).collect(),
            Self::Dict(dict) => dict
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_json()))
                .collect(),
            Self::Bytes(bytes) => bytes.as_slice().into(),
            Self::Uuid(bytes) => hyphenated(bytes).into(),
            Self::DateTime(date) => date.unix_seconds().into(),
        }
    }
}

fn hyphenated(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

macro_rules! from {
    ($($from:ty => $value:ident, $name:ident, $with:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($name: $from) -> Self {
                Self::$value($with)
            }
        }
    )*};
}

from! {
    bool => Bool, flag, flag;
    i32 => Int, number, number.into();
    u32 => Int, number, number.into();
    i64 => Int, number, number.into();
    u64 => Int, number, number.into();
    f64 => Float, number, number;
    &str => Text, text, text.to_owned();
    String => Text, text, text;
    Vec<Value> => List, items, items;
    Dict => Dict, dict, dict;
    HttpDate => DateTime, date, date;
}

/// Texts and their values, in the order in which they were put in.
///
/// For the few entries of a session: looking up and putting in go through all of them. Two are equal whatever their order.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Dict, Value};
///
/// let mut dict = Dict::from_iter([("b", 1), ("a", 2)]);
/// assert_eq!(dict.insert("b", 3), Some(Value::Int(1)), "it keeps its place");
/// assert_eq!(dict.keys().collect::<Vec<_>>(), ["b", "a"]);
/// assert_eq!(dict.get("c"), None);
/// ```
#[derive(Clone, Default)]
pub struct Dict {
    pairs: Vec<(String, Value)>,
}

impl Dict {
    /// An empty dict.
    #[must_use]
    pub const fn new() -> Self {
        Self { pairs: Vec::new() }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.pairs
            .iter()
            .find(|(other, _)| other == key)
            .map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.pairs
            .iter_mut()
            .find(|(other, _)| other == key)
            .map(|(_, value)| value)
    }

    /// Puts a value in, and gives the one whose place it takes.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.pairs.push((key, value));
                None
            }
        }
    }

    /// Takes a value out; the others stay in order.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.pairs.iter().position(|(other, _)| other == key)?;
        Some(self.pairs.remove(at).1)
    }

    /// Whether there is a value of that key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.pairs.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.pairs.iter().map(|(key, _)| key.as_str())
    }

    /// The dict of a JSON object: a key that comes again keeps its place and gets the later value.
    pub(crate) fn from_json_pairs(pairs: Vec<(String, Value)>) -> Self {
        // Few: looking is quicker than hashing.
        if pairs.len() <= 16 {
            return pairs.into_iter().collect();
        }
        let mut places = HashMap::with_capacity(pairs.len());
        let mut kept: Vec<(String, Value)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match places
                .get(&key)
                .and_then(|place: &usize| kept.get_mut(*place))
            {
                Some(place) => place.1 = value,
                None => {
                    places.insert(key.clone(), kept.len());
                    kept.push((key, value));
                }
            }
        }
        Self { pairs: kept }
    }

    /// The only pair, if there is one only.
    pub(crate) fn into_only_pair(mut self) -> Result<(String, Value), Self> {
        match self.pairs.pop() {
            Some(pair) if self.pairs.is_empty() => Ok(pair),
            Some(pair) => {
                self.pairs.push(pair);
                Err(self)
            }
            None => Err(self),
        }
    }

    /// The first pair.
    pub(crate) fn into_first_pair(self) -> Option<(String, Value)> {
        self.pairs.into_iter().next()
    }
}

impl PartialEq for Dict {
    fn eq(&self, other: &Self) -> bool {
        let sorted = |dict: &'_ Self| {
            let mut places: Vec<usize> = (0..dict.len()).collect();
            places
                .sort_unstable_by_key(|place| dict.pairs.get(*place).map(|(key, _)| key.as_str()));
            places
        };
        self.len() == other.len()
            && sorted(self)
                .into_iter()
                .zip(sorted(other))
                .all(|(here, there)| self.pairs.get(here) == other.pairs.get(there))
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Dict {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut dict = Self::new();
        for (key, value) in pairs {
            dict.insert(key, value);
        }
        dict
    }
}

impl fmt::Debug for Dict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
