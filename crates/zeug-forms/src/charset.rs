//! Owns the three charsets a part's text may be in. Refuses no bytes: what does not decode becomes U+FFFD.

use std::borrow::Cow;

/// A charset that a part's content type may name; there will be no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Ascii,
    Utf8,
    Latin1,
}

impl Charset {
    /// The charset of that name; UTF-8 for any other.
    pub(crate) fn by_name(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("ascii") || is("us-ascii") {
            Self::Ascii
        } else if is("iso-8859-1") {
            Self::Latin1
        } else {
            Self::Utf8
        }
    }

    /// The text of `bytes`.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Ascii => bytes
                .iter()
                .map(|byte| {
                    if byte.is_ascii() {
                        char::from(*byte)
                    } else {
                        char::REPLACEMENT_CHARACTER
                    }
                })
                .collect(),
        }
    }
}
