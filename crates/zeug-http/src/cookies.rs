//! `Cookie` (RFC 6265 section 5.4): reading what browsers send, one cookie or all of them. Sets none.

use std::borrow::Cow;
use std::fmt;

use zeug_datastructures::MultiDict;

use crate::cookie_value::push_value;
use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field, into_header_value};
use crate::quote::quoted;
use crate::text::{find, from, to, trim};

/// How much of a `Cookie` field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CookieLimits {
    /// How many pairs there may be. Default 3000: what Go's `net/http` takes since CVE-2025-58186; browsers keep 180 a site.
    pub pairs: usize,
}

impl Default for CookieLimits {
    fn default() -> Self {
        Self { pairs: 3000 }
    }
}

impl CookieLimits {
    /// Sets how many pairs there may be.
    #[must_use]
    pub const fn pairs(mut self, pairs: usize) -> Self {
        self.pairs = pairs;
        self
    }
}

/// The cookies of a request: `a=1; b="x y"`.
///
/// Read when asked, and leniently, as browsers and servers have agreed to: blanks around names and values do not count; a name
/// without a value has the empty one; a quoted value loses its quotes, and in it `\` and three octal digits stand for a byte, `\`
/// and another character for that one. A pair without a name, as `=__Host-a=b`, is no cookie
/// ([CVE-2023-23934](https://nvd.nist.gov/vuln/detail/CVE-2023-23934)), nor is one with a stray quote or blank.
/// Values borrow from the field where no escape had to be removed. `Debug` shows names and no values.
///
/// # Limits
///
/// Linear in the field's length. [`get`](Self::get) copies nothing but an escaped value; only
/// [`to_multi_dict`](Self::to_multi_dict) builds a map, and it counts the pairs first.
///
/// # Example
///
/// ```
/// use zeug_http::Cookies;
///
/// let cookies = Cookies::parse("a=1; b=\"x\\054y\"; a=2; oops; =nameless");
/// assert_eq!(cookies.get("a").as_deref(), Some("1"));
/// assert_eq!(cookies.get("b").as_deref(), Some("x,y"));
/// assert_eq!(cookies.get("oops").as_deref(), Some(""));
/// // What has no name is no cookie.
/// assert_eq!(cookies.iter().count(), 4);
/// ```
#[doc(alias = "parse_cookie")]
#[derive(Clone, Default)]
pub struct Cookies<'a> {
    text: Cow<'a, str>,
}

impl<'a> Cookies<'a> {
    /// Returns the cookies of the field, unread.
    #[must_use]
    pub const fn parse(text: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(text),
        }
    }

    /// Returns the value of the first cookie of that name; case matters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        RawCookies { rest: &self.text }
            .find(|(other, _)| *other == name)
            .map(|(_, value)| decoded(value))
    }

    /// Returns names and values in order, a name as often as it was sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        RawCookies { rest: &self.text }.map(|(name, value)| (name, decoded(value)))
    }

    /// Returns the cookies as a map that keeps their order.
    ///
    /// # Errors
    ///
    /// `TooMany` if there are more pairs than the limit.
    pub fn to_multi_dict(&self, limits: CookieLimits) -> Result<MultiDict, FieldError> {
        let mut dict = MultiDict::new();
        for (at, (name, value)) in self.iter().enumerate() {
            if at == limits.pairs {
                let limit = limits.pairs;
                let offset = name.as_ptr() as usize - self.text.as_ptr() as usize;
                return Err(FieldError::new(FieldErrorKind::TooMany { limit }, offset));
            }
            dict.append(name, value.as_ref());
        }
        Ok(dict)
    }

    /// Returns whether there is no cookie.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Adds a cookie at the end, as a client does; the value is quoted where it must be.
    ///
    /// # Errors
    ///
    /// `InvalidName` for an empty name, and at the first blank, control character, quote, comma, semicolon, equals sign or backslash.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), FieldError> {
        check_name(name)?;
        let text = self.text.to_mut();
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(name);
        text.push('=');
        push_value(text, value);
        Ok(())
    }

    /// Returns the same cookies with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Cookies<'static> {
        Cookies {
            text: Cow::Owned(self.text.into_owned()),
        }
    }
}

/// Refuses a name that would be read as something else.
pub(crate) fn check_name(name: &str) -> Result<(), FieldError> {
    let bad = |byte: u8| byte <= b' ' || byte == 0x7f || b"\",;=\\".contains(&byte);
    match name.bytes().position(bad) {
        Some(at) => Err(FieldError::new(FieldErrorKind::InvalidName, at)),
        None if name.is_empty() => Err(FieldError::new(FieldErrorKind::InvalidName, 0)),
        None => Ok(()),
    }
}

/// Name, value, and what stands behind the first semicolon of a `Set-Cookie` field, where any byte may stand in a value.
pub(crate) fn first(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    if let Some((name, value, behind)) = pair(text) {
        return Some((name, decoded(value), behind));
    }
    let (pair, behind) = text.split_once(';').unwrap_or((text, ""));
    let (name, value) = pair.split_once('=')?;
    let name = trim(name);
    (!name.is_empty()).then(|| (name, Cow::Borrowed(trim(value)), behind))
}

/// Names and values as they stand.
#[derive(Clone, Debug)]
struct RawCookies<'a> {
    rest: &'a str,
}

impl<'a> Iterator for RawCookies<'a> {
    type Item = (&'a str, &'a str);

    #[inline]
    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        while !self.rest.is_empty() {
            match pair(self.rest) {
                Some((name, value, behind)) => {
                    self.rest = behind;
                    return Some((name, value));
                }
                None => {
                    self.rest = find(self.rest, b';').map_or("", |at| from(self.rest, at + 1));
                }
            }
        }
        None
    }
}

#[inline]
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The pair at the start and what stands behind its semicolon; nothing where no pair stands.
#[inline]
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let start = skip_blanks(bytes, 0);
    let mut end = start;
    while let Some(byte) = bytes.get(end)
        && NAME_END[usize::from(*byte)] == 0
    {
        end += 1;
    }
    if end == start {
        return None;
    }
    let name = text.get(start..end)?;
    let mut at = skip_blanks(bytes, end);
    let mut value = "";
    if bytes.get(at) == Some(&b'=') {
        let start = skip_blanks(bytes, at + 1);
        at = if bytes.get(start) == Some(&b'"') {
            quoted_end(bytes, start + 1)?
        } else {
            let mut end = start;
            while let Some(byte) = bytes.get(end)
                && NAME_END[usize::from(*byte)] != 1
            {
                end += 1;
            }
            end
        };
        value = text.get(start..at)?;
        at = skip_blanks(bytes, at);
    }
    match bytes.get(at) {
        None => Some((name, value, "")),
        Some(b';') => Some((name, value, text.get(at + 1..)?)),
        Some(_) => None,
    }
}

/// 1 for the bytes that end a name and a value, 2 for the one that ends a name only.
const NAME_END: [u8; 256] = {
    let mut table = [0; 256];
    table[b' ' as usize] = 1;
    table[b'\t' as usize] = 1;
    table[b'"' as usize] = 1;
    table[b';' as usize] = 1;
    table[b'=' as usize] = 2;
    table
};

/// Behind the closing quote of the value that begins at `at`.
fn quoted_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The value without quotes and escapes; bytes that are not UTF-8 become U+FFFD.
#[inline]
fn decoded(value: &str) -> Cow<'_, str> {
    match quoted(value) {
        None => Cow::Borrowed(value),
        Some(inner) => match find(inner, b'\\') {
            None => Cow::Borrowed(inner),
            Some(first) => Cow::Owned(unescaped(inner, first)),
        },
    }
}

/// The text with its escapes resolved, the first of which stands at `first`.
#[cold]
fn unescaped(text: &str, first: usize) -> String {
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(to(text, first).as_bytes());
    let mut rest = from(text, first).as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match after {
            [
                high @ b'0'..=b'3',
                mid @ b'0'..=b'7',
                low @ b'0'..=b'7',
                tail @ ..,
            ] => {
                out.push((high - b'0') << 6 | (mid - b'0') << 3 | (low - b'0'));
                rest = tail;
            }
            [b'\n', ..] | [] => out.push(b'\\'),
            [other, tail @ ..] => {
                out.push(*other);
                rest = tail;
            }
        }
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl fmt::Display for Cookies<'_> {
    /// The field as it was read or built.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cookies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookies")?;
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

impl PartialEq for Cookies<'_> {
    /// Two fields are equal if their names and values are.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Cookies<'_> {}

borrowed_field!(Cookies);
into_header_value!(Cookies<'_>);
