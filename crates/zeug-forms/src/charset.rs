//! Owns the three charsets a part's text may be in. Refuses no bytes: what does not decode becomes U+FFFD.

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

    /// Appends the text of `bytes`.
    pub(crate) fn decode_into(self, bytes: &[u8], text: &mut String) {
        match self {
            Self::Utf8 => match str::from_utf8(bytes) {
                Ok(whole) => text.push_str(whole),
                Err(_) => text.push_str(&String::from_utf8_lossy(bytes)),
            },
            Self::Latin1 => text.extend(bytes.iter().map(|byte| char::from(*byte))),
            Self::Ascii => text.extend(bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER })),
        }
    }
}
