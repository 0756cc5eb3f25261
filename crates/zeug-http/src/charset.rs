//! Extended parameter values (RFC 8187, RFC 2231): `charset'language'percent-encoded`, both ways. Other charsets are left alone.

use std::borrow::Cow;

use crate::text::{is_token_byte, latin1, percent_decode, percent_encode};

/// The charset and the encoded text of `charset'language'encoded`, if it has that shape.
pub(crate) fn split_charset(value: &str) -> Option<(&str, &str)> {
    let mut parts = value.splitn(3, '\'');
    let (charset, language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let token = |text: &str| text.bytes().all(is_token_byte);
    (token(charset) && token(language) && !encoded.is_empty() && token(encoded))
        .then_some((charset, encoded))
}

/// The text of percent-encoded bytes in that charset; `None` for a charset that is not known. Broken bytes become U+FFFD.
pub(crate) fn decode_percent<'a>(charset: &str, encoded: &'a str) -> Option<Cow<'a, str>> {
    let charset = Charset::of(charset)?;
    if !encoded.contains('%') {
        return Some(Cow::Borrowed(encoded));
    }
    let bytes = percent_decode(encoded);
    Some(Cow::Owned(match charset {
        Charset::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
        Charset::Latin1 => latin1(&bytes),
        Charset::Ascii => bytes
            .iter()
            .map(|&byte| {
                if byte.is_ascii() {
                    char::from(byte)
                } else {
                    char::REPLACEMENT_CHARACTER
                }
            })
            .collect(),
    }))
}

/// The charsets that extended values may name.
#[derive(Clone, Copy)]
enum Charset {
    Ascii,
    Utf8,
    Latin1,
}

impl Charset {
    fn of(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utf-8") {
            Some(Self::Utf8)
        } else if name.eq_ignore_ascii_case("iso-8859-1") {
            Some(Self::Latin1)
        } else if name.eq_ignore_ascii_case("us-ascii") || name.eq_ignore_ascii_case("ascii") {
            Some(Self::Ascii)
        } else {
            None
        }
    }
}

/// Appends `UTF-8''` and the text, percent-encoded as RFC 8187 section 3.2.1 has it.
pub(crate) fn push_extended(out: &mut String, text: &str) {
    out.push_str("UTF-8''");
    // Writing into a string cannot fail.
    let _ = percent_encode(out, text, |byte| {
        byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
    });
}
