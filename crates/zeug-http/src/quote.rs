//! Quoted strings and tokens (RFC 9110 sections 5.6.2 and 5.6.4): writing and reading one value. Knows no field.

use std::borrow::Cow;
use std::fmt;

use crate::text::{from, is_token, to};

/// When [`quote`] puts a value into double quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a value is quoted always or when it must be"
)]
pub enum Quoting {
    /// Only where the value is no token.
    #[default]
    WhenNeeded,
    /// Always, as some parameters (`realm`, `nonce`) want it.
    Always,
}

/// Returns `value` as it may stand in a field: a token as it is, anything else in double quotes.
///
/// Inside the quotes `"` and `\` get a backslash; the empty value becomes `""`
/// ([RFC 9110 section 5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4)).
/// Control characters are not this function's business: turning the finished text into a `HeaderValue` refuses them.
///
/// # Example
///
/// ```
/// use zeug_http::{Quoting, quote};
///
/// assert_eq!(quote("gzip", Quoting::WhenNeeded), "gzip");
/// assert_eq!(quote("gzip", Quoting::Always), "\"gzip\"");
/// assert_eq!(quote("a \"b\"", Quoting::WhenNeeded), r#""a \"b\"""#);
/// ```
#[doc(alias = "quote_header_value")]
#[must_use]
pub fn quote(value: &str, quoting: Quoting) -> Cow<'_, str> {
    if quoting == Quoting::WhenNeeded && is_token(value) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + 2);
    push_quoted(&mut out, value);
    Cow::Owned(out)
}

/// Appends `value` as a token or a quoted string.
pub(crate) fn push_value(out: &mut String, value: &str) {
    // Writing into a string cannot fail; this and the next.
    let _ = write_value(out, value);
}

/// Appends `value` as a quoted string.
pub(crate) fn push_quoted(out: &mut String, value: &str) {
    let _ = write_quoted(out, value);
}

/// Writes `value` as a token or a quoted string.
pub(crate) fn write_value(out: &mut impl fmt::Write, value: &str) -> fmt::Result {
    if is_token(value) {
        out.write_str(value)
    } else {
        write_quoted(out, value)
    }
}

fn write_quoted(out: &mut impl fmt::Write, value: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = value;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\')) {
        out.write_str(to(rest, at))?;
        out.write_char('\\')?;
        out.write_str(to(from(rest, at), 1))?;
        rest = from(rest, at + 1);
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// Returns the value without its double quotes and backslash escapes; text that is not quoted comes back unchanged.
///
/// A backslash before any character but a line feed stands for that character
/// ([RFC 9110 section 5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4)). Borrows where nothing was escaped.
///
/// # Example
///
/// ```
/// assert_eq!(zeug_http::unquote(r#""a \"b\"""#), r#"a "b""#);
/// assert_eq!(zeug_http::unquote(r#""not closed"#), r#""not closed"#);
/// ```
#[doc(alias = "unquote_header_value")]
#[must_use]
pub fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inner) = quoted(value) else {
        return Cow::Borrowed(value);
    };
    let Some(first) = inner.find('\\') else {
        return Cow::Borrowed(inner);
    };
    let mut out = String::with_capacity(inner.len());
    out.push_str(to(inner, first));
    let mut chars = from(inner, first).chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('\n') => out.push_str("\\\n"),
            Some(char) => out.push(char),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}

/// What stands between the double quotes, if the text begins and ends with one.
pub(crate) fn quoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// [`unquote`] for text that may be owned already.
pub(crate) fn unquote_cow(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(value) => unquote(value),
        Cow::Owned(value) => match unquote(&value) {
            Cow::Borrowed(same) if same.len() == value.len() => Cow::Owned(value),
            other => Cow::Owned(other.into_owned()),
        },
    }
}
