//! Quoting of values inside a field: tokens stay, all else goes between quotes. Reading them is not done here.

use std::borrow::Cow;

use crate::field::TOKEN;

/// The text as it may stand where a field wants a token or a quoted string: a token stays as it is, other text is put in quotes, with a backslash before
/// `"` and `\` ([RFC 9110, section 5.6.4](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.4)).
///
/// Control bytes are not looked at: putting the result into a [`FieldValue`](crate::FieldValue) refuses them.
///
/// # Example
///
/// ```
/// use zeug_datastructures::{FieldValue, quoted};
///
/// assert_eq!(quoted("utf-8"), "utf-8");
/// assert_eq!(quoted("a \"b\""), r#""a \"b\"""#);
/// assert_eq!(quoted(""), r#""""#);
/// assert!(FieldValue::parse(&quoted("a\nb")).is_err());
/// ```
#[doc(alias = "quote_header_value")]
pub fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.bytes().all(|byte| TOKEN[usize::from(byte)]) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for part in text.split_inclusive(['"', '\\']) {
        match part.strip_suffix(['"', '\\']) {
            Some(before) => {
                out.push_str(before);
                out.push('\\');
                out.push_str(&part[before.len()..]);
            }
            None => out.push_str(part),
        }
    }
    out.push('"');
    Cow::Owned(out)
}

/// Writes `; name=value` for each parameter behind `text`.
pub(crate) fn write_params<'p>(
    text: &mut String,
    params: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
) {
    for (name, value) in params {
        let Some(value) = value else { continue };
        text.push_str("; ");
        text.push_str(name);
        text.push('=');
        text.push_str(&if name.ends_with('*') {
            Cow::Borrowed(value)
        } else {
            quoted(value)
        });
    }
}
