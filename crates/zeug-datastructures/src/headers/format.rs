//! `Headers` and numbers as text: for the wire, for people, and for debugging, where secrets are not shown.

use std::fmt;

use super::{BETWEEN, END, Headers};
use crate::field::{FieldName, FieldValue};

impl Headers {
    /// Writes each field as `Name: value` and CRLF behind `out`; the empty line that ends a head is the caller's.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        self.write_some(out, |_, _| true);
    }

    /// The fields as [`write_to`](Self::write_to) writes them, where that is how they stand in memory: then nothing has to be put together. Fields that were added
    /// one by one and not changed do; those that were read from the wire may not.
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    ///
    /// let mut headers = Headers::try_from([("Age", "5"), ("X-A", "b")])?;
    /// assert_eq!(headers.as_lines(), Some(&b"Age: 5\r\nX-A: b\r\n"[..]));
    /// headers.remove("age");
    /// assert_eq!(headers.as_lines(), None);
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    pub fn as_lines(&self) -> Option<&[u8]> {
        (self.dead == 0 && !self.as_sent).then_some(&self.text)
    }

    /// As [`write_to`](Self::write_to), but only the fields that `keep` accepts: for a writer of heads that has some to write itself.
    ///
    /// ```
    /// use zeug_datastructures::{Headers, names};
    ///
    /// let headers = Headers::try_from([("Age", "5"), ("Connection", "close"), ("X-A", "b")])?;
    /// let mut out = Vec::new();
    /// headers.write_some(&mut out, |name, _| name != names::CONNECTION);
    /// assert_eq!(out, b"Age: 5\r\nX-A: b\r\n");
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    pub fn write_some(
        &self,
        out: &mut Vec<u8>,
        mut keep: impl FnMut(FieldName<'_>, FieldValue<'_>) -> bool,
    ) {
        out.reserve(self.text.len().saturating_sub(self.dead as usize) + self.fields.len() * 4);
        // Lines that stand behind each other are copied at once.
        let mut run = 0..0;
        for field in &self.fields {
            let (name, value) = (self.name_of(field), self.value_of(field));
            if !keep(name, value) {
                continue;
            }
            match field.line_in(&self.text) {
                Some(line) if line.start == run.end => run.end = line.end,
                Some(line) => {
                    out.extend_from_slice(self.text.get(run).unwrap_or_default());
                    run = line;
                }
                None => {
                    out.extend_from_slice(self.text.get(run).unwrap_or_default());
                    run = 0..0;
                    for part in [name.as_bytes(), BETWEEN, value.as_bytes(), END] {
                        out.extend_from_slice(part);
                    }
                }
            }
        }
        out.extend_from_slice(self.text.get(run).unwrap_or_default());
    }
}

impl<'a> FieldValue<'a> {
    /// A number in decimal digits, which are written to `digits`.
    ///
    /// ```
    /// use zeug_datastructures::FieldValue;
    ///
    /// assert_eq!(FieldValue::decimal(1207, &mut [0; 20]), "1207");
    /// ```
    pub fn decimal(number: u64, digits: &'a mut [u8; 20]) -> Self {
        let mut rest = number;
        let mut at = digits.len();
        for (index, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            at = index;
            if rest == 0 {
                break;
            }
        }
        Self::checked(digits.get(at..).unwrap_or_default(), false)
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
