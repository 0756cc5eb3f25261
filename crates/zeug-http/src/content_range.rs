//! `Content-Range` (RFC 9110 section 14.4): which part of a body an answer carries.

use std::borrow::Cow;
use std::fmt;

use zeug_datastructures::FieldValue;

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field_fallible, into_header_value};
use crate::text::{digits, split_once, trim};

/// Which part of a body an answer carries: `bytes 0-99/1000`, `bytes */1000` where none can be carried.
///
/// # Example
///
/// ```
/// use zeug_http::ContentRange;
///
/// let field = ContentRange::parse("bytes 0-98/*")?;
/// assert_eq!((field.range(), field.length()), (Some(0..99), None));
/// assert_eq!(ContentRange::unsatisfied(100).to_string(), "bytes */100");
/// // A part cannot begin behind the end.
/// assert!(ContentRange::parse("bytes 100-110/100").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_content_range_header")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRange<'a> {
    unit: Cow<'a, str>,
    range: Option<std::ops::Range<u64>>,
    length: Option<u64>,
}

impl<'a> ContentRange<'a> {
    /// Returns the unit, the positions and the length of the field.
    ///
    /// # Errors
    ///
    /// `UnexpectedEnd` without a blank or a slash; `InvalidNumber` for positions or a length that are no numbers; `InvalidRange` as in
    /// [`new`](Self::new).
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        let trimmed = trim(text);
        let end = FieldError::new(FieldErrorKind::UnexpectedEnd, text.len());
        let (unit, rest) = trimmed.split_once(' ').ok_or(end)?;
        let (positions, length) = split_once(rest, b'/').ok_or(end)?;
        let number = |text: &str| {
            digits(trim(text)).ok_or(FieldError::new(
                FieldErrorKind::InvalidNumber,
                unit.len() + 1,
            ))
        };
        let length = match length {
            "*" => None,
            _ => Some(number(length)?),
        };
        let range = match positions {
            "*" => None,
            _ => {
                let (first, last) = split_once(positions, b'-').ok_or(FieldError::new(
                    FieldErrorKind::InvalidRange,
                    unit.len() + 1,
                ))?;
                Some(number(first)?..number(last)?.saturating_add(1))
            }
        };
        Self::new(unit, range, length)
            .map_err(|error| FieldError::new(error.kind(), unit.len() + 1))
    }

    /// Returns that part of a body: positions from the first to before the last, and the whole length where it is known.
    ///
    /// # Errors
    ///
    /// `InvalidRange` for an empty range, and for one that begins behind the length
    /// ([RFC 9110 section 14.4](https://www.rfc-editor.org/rfc/rfc9110#section-14.4)).
    #[doc(alias = "is_byte_range_valid")]
    pub fn new(
        unit: impl Into<Cow<'a, str>>,
        range: Option<std::ops::Range<u64>>,
        length: Option<u64>,
    ) -> Result<Self, FieldError> {
        if let Some(range) = &range
            && (range.start >= range.end || length.is_some_and(|length| range.start >= length))
        {
            return Err(FieldError::new(FieldErrorKind::InvalidRange, 0));
        }
        Ok(Self {
            unit: unit.into(),
            range,
            length,
        })
    }

    /// Returns what an answer 416 says of a body of that length: `bytes */length`.
    #[must_use]
    pub const fn unsatisfied(length: u64) -> Self {
        Self {
            unit: Cow::Borrowed("bytes"),
            range: None,
            length: Some(length),
        }
    }

    /// Returns the unit.
    #[doc(alias = "units")]
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Returns the positions, the last one excluded; `None` for the star.
    #[doc(alias = "start")]
    #[doc(alias = "stop")]
    #[must_use]
    pub fn range(&self) -> Option<std::ops::Range<u64>> {
        self.range.clone()
    }

    /// Returns the length of the whole body; `None` for the star.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Sets positions and length.
    ///
    /// # Errors
    ///
    /// `InvalidRange` as in [`new`](Self::new); then nothing has changed.
    pub fn set(
        &mut self,
        range: Option<std::ops::Range<u64>>,
        length: Option<u64>,
    ) -> Result<(), FieldError> {
        let unit = std::mem::take(&mut self.unit);
        match Self::new(unit.clone(), range, length) {
            Ok(new) => {
                *self = new;
                Ok(())
            }
            Err(error) => {
                self.unit = unit;
                Err(error)
            }
        }
    }

    /// Returns the same value with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> ContentRange<'static> {
        ContentRange {
            unit: Cow::Owned(self.unit.into_owned()),
            range: self.range,
            length: self.length,
        }
    }
}

impl fmt::Display for ContentRange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(self))
    }
}

impl From<&ContentRange<'_>> for String {
    /// What [`Display`](fmt::Display) writes, with one allocation.
    fn from(value: &ContentRange<'_>) -> Self {
        let number = |out: &mut Self, number| {
            let mut digits = [0; 20];
            out.push_str(
                FieldValue::decimal(number, &mut digits)
                    .to_str()
                    .unwrap_or_default(),
            );
        };
        // Three numbers and what stands between them.
        let mut out = Self::with_capacity(value.unit.len() + 3 * 20 + 3);
        out.push_str(&value.unit);
        out.push(' ');
        match &value.range {
            Some(range) => {
                number(&mut out, range.start);
                out.push('-');
                number(&mut out, range.end.saturating_sub(1));
            }
            None => out.push('*'),
        }
        out.push('/');
        match value.length {
            Some(length) => number(&mut out, length),
            None => out.push('*'),
        }
        out
    }
}

borrowed_field_fallible!(ContentRange);
into_header_value!(ContentRange<'_>);
