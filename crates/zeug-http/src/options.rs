//! Values with parameters, `value; key=value`, and their RFC 2231 marks. Which parameters mean what is for the fields to say.

use std::borrow::Cow;
use std::fmt;

use crate::charset::{decode_percent, push_extended, split_charset};
use crate::dict::push_parameter;
use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field, into_header_value};
use crate::ordered::OrderedMap;
use crate::parts::{Parts, split};
use crate::quote::unquote;
use crate::text::{is_token, lower};

/// A field value with parameters, such as `text/html; charset=utf-8` or `attachment; filename="a.txt"`.
///
/// Reading is lenient: a part that is no `key=value` is skipped, keys are compared in lower case, a key given twice keeps
/// the last value ([RFC 9110 section 5.6.6](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6)). `key*=charset'lang'text`
/// is decoded and `key*0=..; key*1=..` joined, in the order in which they stand
/// ([RFC 2231](https://www.rfc-editor.org/rfc/rfc2231#section-3), [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187)).
/// The charsets are ASCII, UTF-8 and ISO-8859-1; a value in any other stays encoded. `%22` in a plain value is a double
/// quote, as browsers write it in forms. Nothing is copied where nothing had to be decoded.
///
/// # Limits
///
/// Linear in the field's length whatever it holds; the field's size is the caller's limit.
///
/// # Example
///
/// ```
/// use zeug_http::OptionsField;
///
/// let field = OptionsField::parse("attachment; filename*=UTF-8''%C2%B5.txt; size=3");
/// assert_eq!(field.value(), "attachment");
/// assert_eq!(field.get("filename"), Some("µ.txt"));
/// assert_eq!(field.get("Size"), Some("3"));
/// // A parameter without a value, or whose quote is never closed, is none.
/// assert_eq!(OptionsField::parse("v; a; b=\"x").iter().count(), 0);
/// ```
#[doc(alias = "parse_options_header")]
#[doc(alias = "dump_options_header")]
#[derive(Clone, Default, PartialEq)]
pub struct OptionsField<'a> {
    value: Option<Cow<'a, str>>,
    parameters: OrderedMap<'a, Cow<'a, str>>,
}

impl<'a> OptionsField<'a> {
    /// Returns the value and the parameters that could be read; both empty where the text begins with a semicolon.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (value, parts) = split(text);
        let mut field = Self::new(value);
        for (key, raw) in parts.clone() {
            if key.as_bytes().contains(&b'*') {
                field.parameters = marked(parts);
                break;
            }
            field.parameters.insert(lower(key), plain(raw));
        }
        field
    }

    /// Returns a field with that value and no parameters; `default()` has not even a value.
    #[must_use]
    pub fn new(value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            value: Some(value.into()),
            parameters: OrderedMap::default(),
        }
    }

    /// Returns the text before the first semicolon.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or("")
    }

    /// Sets the text before the first semicolon.
    pub fn set_value(&mut self, value: impl Into<Cow<'a, str>>) {
        self.value = Some(value.into());
    }

    /// Returns the parameter's value; the key's case does not matter.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        if self.parameters.is_empty() {
            return None;
        }
        self.parameters.get(&lower(key)).map(AsRef::as_ref)
    }

    /// Sets a parameter; one that is there keeps its place.
    ///
    /// The value is quoted where it must be. A key that ends in `*` has its value written as it is; use
    /// [`insert_extended`](Self::insert_extended) to have text encoded that way.
    ///
    /// # Errors
    ///
    /// `InvalidName` if the key is no token.
    ///
    /// # Example
    ///
    /// ```
    /// let mut field = zeug_http::OptionsField::new("form-data");
    /// field.insert("name", "a b")?;
    /// assert_eq!(field.to_string(), "form-data; name=\"a b\"");
    /// assert!(field.insert("a b", "name").is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    pub fn insert(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> Result<(), FieldError> {
        let key = key.into();
        if !is_token(&key) {
            return Err(FieldError::new(
                FieldErrorKind::InvalidName,
                crate::text::token_len(&key),
            ));
        }
        self.parameters.insert(key, value.into());
        Ok(())
    }

    /// Sets a parameter in the form `key*=UTF-8''percent-encoded` that carries any text
    /// ([RFC 8187 section 3.2](https://www.rfc-editor.org/rfc/rfc8187#section-3.2)).
    ///
    /// # Errors
    ///
    /// `InvalidName` if the key is no token.
    pub fn insert_extended(&mut self, key: &str, value: &str) -> Result<(), FieldError> {
        let mut encoded = String::with_capacity(value.len() + 8);
        push_extended(&mut encoded, value);
        self.insert(format!("{key}*"), encoded)
    }

    /// Removes a parameter and returns its value; the key's case does not matter.
    pub fn remove(&mut self, key: &str) -> Option<Cow<'a, str>> {
        self.parameters.remove(&lower(key))
    }

    /// Returns the parameters in order, keys in lower case where they were read from a field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(key, value)| (key, value.as_ref()))
    }

    /// Returns the same field with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> OptionsField<'static> {
        let mut parameters = OrderedMap::default();
        for (key, value) in self.parameters.into_entries() {
            parameters.insert(Cow::Owned(key.into_owned()), Cow::Owned(value.into_owned()));
        }
        OptionsField {
            value: self.value.map(|value| Cow::Owned(value.into_owned())),
            parameters,
        }
    }

    /// Appends the field as it is written.
    pub(crate) fn push_to(&self, out: &mut String) {
        out.push_str(self.value());
        for (at, (key, value)) in self.iter().enumerate() {
            if at > 0 || self.value.is_some() {
                out.push_str("; ");
            }
            push_parameter(out, key, Some(value));
        }
    }
}

/// A plain parameter value: unquoted, `%22` read as a double quote.
#[inline]
fn plain(raw: &str) -> Cow<'_, str> {
    let value = if raw.starts_with('"') {
        unquote(raw)
    } else {
        Cow::Borrowed(raw)
    };
    if value.as_bytes().contains(&b'%') && value.contains("%22") {
        Cow::Owned(value.replace("%22", "\""))
    } else {
        value
    }
}

/// A parameter that is being joined from its numbered pieces.
#[derive(Default)]
struct Joined<'a> {
    text: String,
    charset: Option<&'a str>,
}

/// The parameters where some keys carry marks: `key*`, `key*0`, `key*0*`.
fn marked<'a>(parts: Parts<'a>) -> OrderedMap<'a, Cow<'a, str>> {
    let mut options: OrderedMap<'a, Cow<'a, str>> = OrderedMap::default();
    let mut joined: OrderedMap<'a, Joined<'a>> = OrderedMap::default();
    for (key, raw) in parts {
        let (extended, unmarked) = match key.strip_suffix('*') {
            Some(key) => (true, key),
            None => (false, key),
        };
        let (numbered, key) = match numbered(unmarked) {
            Some(key) => (true, key),
            None => (false, unmarked),
        };
        let key = lower(key);
        let mut charset = None;
        let value = if extended {
            let mut value = raw;
            if let Some((name, encoded)) = split_charset(raw) {
                charset = Some(name);
                value = encoded;
            }
            if numbered && charset.is_none_or(str::is_empty) {
                charset = joined.get(&key).and_then(|joined| joined.charset);
            }
            charset
                .and_then(|charset| decode_percent(charset, value))
                .unwrap_or(Cow::Borrowed(value))
        } else {
            plain(raw)
        };
        if !numbered {
            joined.remove(&key);
            options.insert(key, value);
            continue;
        }
        options.remove(&key);
        if joined.get(&key).is_none() {
            joined.insert(key.clone(), Joined::default());
        }
        if let Some(joined) = joined.get_mut(&key) {
            joined.text.push_str(&value);
            if charset.is_some_and(|charset| !charset.is_empty()) {
                joined.charset = charset;
            }
        }
    }
    for (key, joined) in joined.into_entries() {
        options.insert(key, Cow::Owned(joined.text));
    }
    options
}

/// The key without its `*digits` mark, if it has one.
fn numbered(key: &str) -> Option<&str> {
    let without = key.trim_end_matches(|char: char| char.is_ascii_digit());
    if without.len() == key.len() {
        return None;
    }
    without.strip_suffix('*')
}

impl fmt::Display for OptionsField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.push_to(&mut out);
        f.write_str(&out)
    }
}

impl fmt::Debug for OptionsField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OptionsField")
            .field(&self.to_string())
            .finish()
    }
}

impl Eq for OptionsField<'_> {}

borrowed_field!(OptionsField);
into_header_value!(OptionsField<'_>);
