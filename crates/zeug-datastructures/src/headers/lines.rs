//! `Headers` from the wire: the field lines of a whole head, checked and placed in one pass. It refuses line ends other than CRLF and folded lines.

use super::{Field, Headers, bit};
use crate::error::{HeaderError, HeaderErrorKind};
use crate::field::{FieldName, FieldValue, control_at};

/// Room for the fields that a browser sends, so that their list grows seldom.
const TYPICAL_FIELDS: usize = 16;

impl Headers {
    /// The field lines at the start of `input`, and how many bytes they and the empty line behind them have; `None` when there is no empty line yet.
    ///
    /// A line is a name, a colon, the value between blanks that do not belong to it, and CRLF
    /// ([RFC 9112, section 5](https://www.rfc-editor.org/rfc/rfc9112#section-5)). It is the way back from [`write_to`](Self::write_to).
    ///
    /// # Errors
    ///
    /// Those of [`FieldName::parse`] and [`FieldValue::parse`](crate::FieldValue::parse), with offsets in `input`: a line that begins with a blank, or has
    /// one before its colon, has an [`InvalidNameByte`](HeaderErrorKind::InvalidNameByte) there, and CR or LF alone is an
    /// [`InvalidValueByte`](HeaderErrorKind::InvalidValueByte). [`TooLarge`](HeaderErrorKind::TooLarge) above 4 GiB.
    ///
    /// # Limits
    ///
    /// Linear in the length of `input`, which is the caller's to limit; the lines are copied once.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    ///
    /// let (headers, consumed) = Headers::parse_lines(b"Host: example.org\r\nX: \r\n\r\nbody")?.expect("whole");
    /// assert_eq!((headers.len(), consumed), (2, 26));
    /// assert_eq!(headers.get("host").unwrap(), "example.org");
    /// assert!(Headers::parse_lines(b"Host: exam")?.is_none());
    /// assert_eq!(Headers::parse_lines(b"Host : a\r\n\r\n").unwrap_err().offset(), Some(4));
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[inline]
    pub fn parse_lines(input: &[u8]) -> Result<Option<(Self, usize)>, HeaderError> {
        let mut headers = Self::new();
        let consumed = headers.read_lines(input, |_, _| ())?;
        Ok(consumed.map(|consumed| (headers, consumed)))
    }

    /// Reads the field lines at the start of `input` in place of the fields that are here, and gives each to `each`: as [`parse_lines`](Self::parse_lines),
    /// in memory that is here already. It says how many bytes the lines and the empty line have.
    ///
    /// Where the lines are not whole, or not right, no fields are here afterwards.
    ///
    /// # Errors
    ///
    /// As [`parse_lines`](Self::parse_lines).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::{Headers, names};
    ///
    /// let (mut headers, mut hosts) = (Headers::new(), 0);
    /// let consumed = headers.read_lines(b"Host: a\r\nhost: b\r\n\r\nbody", |name, _| hosts += i32::from(name == names::HOST))?;
    /// assert_eq!((consumed, hosts, headers.len()), (Some(20), 2, 2));
    /// assert!(headers.read_lines(b"Host : a\r\n\r\n", |_, _| ()).is_err());
    /// assert!(headers.is_empty());
    /// # Ok::<(), zeug_datastructures::HeaderError>(())
    /// ```
    #[inline]
    pub fn read_lines(
        &mut self,
        input: &[u8],
        each: impl FnMut(FieldName<'_>, FieldValue<'_>),
    ) -> Result<Option<usize>, HeaderError> {
        self.clear();
        let read = self.place_lines(input, each);
        match read {
            Ok(Some(len)) => {
                self.text
                    .extend_from_slice(input.get(..len).unwrap_or_default());
                self.as_sent = true;
                return Ok(Some(len + 2));
            }
            _ => self.clear(),
        }
        read
    }

    /// Places the fields, and says how many bytes their lines have.
    #[inline(always)]
    fn place_lines(
        &mut self,
        input: &[u8],
        mut each: impl FnMut(FieldName<'_>, FieldValue<'_>),
    ) -> Result<Option<usize>, HeaderError> {
        if self.fields.capacity() == 0 {
            self.fields.reserve(TYPICAL_FIELDS);
        }
        let mut at = 0;
        loop {
            let line = input.get(at..).unwrap_or_default();
            match line {
                [] | [b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => break,
                _ => {}
            }
            let Some((name, behind)) = cut_at_colon(line) else {
                // A name that has begun: what is there of it is valid, or never will be.
                let begun = FieldName::parse_bytes(line);
                return begun.map(|_| None).map_err(|error| error.shifted(at));
            };
            let name = FieldName::parse_bytes(name).map_err(|error| error.shifted(at))?;
            let value_at = at + name.as_bytes().len() + 1;
            let blanks = match behind {
                [b' ', byte, ..] if !is_blank(*byte) => 1,
                _ => behind.iter().take_while(|byte| is_blank(**byte)).count(),
            };
            let behind = behind.get(blanks..).unwrap_or_default();
            let Some(len) = control_at(behind) else {
                return Ok(None);
            };
            let (value, end) = behind.split_at_checked(len).unwrap_or_default();
            match end {
                [b'\r', b'\n', ..] => {}
                [b'\r'] => return Ok(None),
                _ => {
                    let offset = Some(value_at + blanks + len);
                    let error = HeaderError::new(HeaderErrorKind::InvalidValueByte, offset);
                    return Err(error.in_field(name.as_str()));
                }
            }
            let len_without_blanks = without_blanks(value);
            each(
                name,
                FieldValue::checked(value.get(..len_without_blanks).unwrap_or_default(), false),
            );
            self.present |= bit(name.tag());
            self.fields.push(Field {
                name: at as u32,
                value: (value_at + blanks) as u32,
                value_len: len_without_blanks as u32,
                name_len: name.as_bytes().len() as u16,
                tag: name.tag(),
                sensitive: false,
            });
            at = value_at + blanks + len + 2;
        }
        if u32::try_from(at).is_err() {
            return Err(HeaderError::new(HeaderErrorKind::TooLarge, None));
        }
        Ok(Some(at))
    }
}

/// What is before and behind the first colon, looked for in eight bytes at a time.
#[inline]
fn cut_at_colon(line: &[u8]) -> Option<(&[u8], &[u8])> {
    const ONES: u64 = u64::MAX / 255;
    let (words, tail) = line.as_chunks::<8>();
    let mut found = None;
    for (index, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ (ONES * b':' as u64);
        // The known test for a zero byte: the lowest bit that it sets is right.
        let hits = other.wrapping_sub(ONES) & !other & (ONES << 7);
        if hits != 0 {
            found = Some(index * 8 + hits.trailing_zeros() as usize / 8);
            break;
        }
    }
    let in_tail = || Some(words.len() * 8 + tail.iter().position(|&byte| byte == b':')?);
    let colon = found.or_else(in_tail)?;
    Some((line.get(..colon)?, line.get(colon + 1..)?))
}

/// The length of a value without the blanks behind it.
fn without_blanks(value: &[u8]) -> usize {
    match value {
        [.., b' ' | b'\t'] => {
            let last = value.iter().rposition(|byte| !is_blank(*byte));
            last.map_or(0, |last| last + 1)
        }
        _ => value.len(),
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
