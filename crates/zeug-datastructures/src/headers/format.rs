//! `Headers` as text: for the wire, for people, and for debugging, where secrets are not shown.

use std::fmt;

use super::Headers;

impl Headers {
    /// Writes each field as `Name: value` and CRLF behind `out`; the empty line that ends a head is the caller's.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.reserve(self.text.len() - self.dead.min(self.text.len()) + self.fields.len() * 4);
        for (name, value) in self {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Each field as `Name: value` and CRLF, and the CRLF that ends a head. Bytes that are not UTF-8 are written `\xe9`; for the wire there is
/// [`write_to`](Headers::write_to).
impl fmt::Display for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self {
            write!(f, "{name}: {value}\r\n")?;
        }
        f.write_str("\r\n")
    }
}

/// A list of pairs. Credentials, cookies and values marked as secrets are shown as `Sensitive`.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| {
            (
                name,
                if name.holds_secret() {
                    value.sensitive()
                } else {
                    value
                },
            )
        });
        f.debug_list().entries(shown).finish()
    }
}
