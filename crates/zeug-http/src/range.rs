//! `Range` (RFC 9110 section 14.2): the parts of a body that a client wants. Reads ascending ranges; the answer is for the conditional rules to choose.

use std::borrow::Cow;
use std::fmt;

use crate::content_range::ContentRange;
use crate::error::{FieldError, FieldErrorKind};
use crate::macros::{borrowed_field_fallible, into_header_value};
use crate::text::{digits, lower, split_once, trim};

/// One range of positions, all inclusive and counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9110 section 14.1.1 has these three forms"
)]
pub enum RangeSpec {
    /// From the first position to the last: `0-99`.
    Closed {
        /// The first position.
        first: u64,
        /// The last position, at least `first`.
        last: u64,
    },
    /// From a position to the end: `100-`.
    From(u64),
    /// That many at the end, at least one: `-100`.
    Suffix(u64),
}

impl RangeSpec {
    /// Returns the range that begins at `start` and ends before `stop`; a negative `start` counts from the end and has no `stop`.
    ///
    /// # Errors
    ///
    /// `InvalidRange` where `stop` is not behind `start`, and for a negative `start` with a `stop`.
    pub fn new(start: i64, stop: Option<u64>) -> Result<Self, FieldError> {
        let invalid = FieldError::new(FieldErrorKind::InvalidRange, 0);
        match (u64::try_from(start), stop) {
            (Err(_), None) => Ok(Self::Suffix(start.unsigned_abs())),
            (Err(_), Some(_)) => Err(invalid),
            (Ok(first), None) => Ok(Self::From(first)),
            (Ok(first), Some(stop)) if first < stop => Ok(Self::Closed {
                first,
                last: stop - 1,
            }),
            (Ok(_), Some(_)) => Err(invalid),
        }
    }

    /// Returns the positions that the range covers in a body of that length, or nothing where it covers none.
    ///
    /// The end is clipped, and a suffix longer than the body is the whole body
    /// ([RFC 9110 section 14.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2)).
    #[must_use]
    pub fn resolve(self, length: u64) -> Option<std::ops::Range<u64>> {
        let range = match self {
            Self::Closed { first, last } => first..last.saturating_add(1).min(length),
            Self::From(first) => first..length,
            Self::Suffix(count) => length.saturating_sub(count)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

impl fmt::Display for RangeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { first, last } => write!(f, "{first}-{last}"),
            Self::From(first) => write!(f, "{first}-"),
            Self::Suffix(count) => write!(f, "-{count}"),
        }
    }
}

/// The ranges of a body that a client wants: `bytes=0-99`, `bytes=-500`.
///
/// # Limits
///
/// Linear in the field's length. How many ranges are answered is for [`evaluate`](crate::evaluate) to say: at most 16.
///
/// # Example
///
/// ```
/// use zeug_http::Range;
///
/// let range = Range::parse("bytes=0-99, -20")?;
/// assert_eq!(range.resolve(50), [0..50, 30..50]);
/// assert_eq!(Range::parse("bytes=60-")?.single(50), None);
/// // Ranges that go back are refused.
/// assert!(Range::parse("bytes=10-20, 0-5").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_range_header")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range<'a> {
    unit: Cow<'a, str>,
    specs: Vec<RangeSpec>,
}

impl<'a> Range<'a> {
    /// Returns the unit, in lower case, and the ranges of the field.
    ///
    /// # Errors
    ///
    /// `UnexpectedEnd` without an equals sign; `InvalidNumber` where a position is no number or a range has no hyphen;
    /// `InvalidRange` for a range that ends before it begins, for `-0`, and for ranges that overlap or go back: a suffix or an open
    /// range must be the last.
    ///
    /// # Deviations
    ///
    /// RFC 9110 lets ranges come in any order, and lets servers ignore those that do not ascend; refusing means ignoring here.
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        let (unit, rest) = split_once(text, b'=')
            .ok_or(FieldError::new(FieldErrorKind::UnexpectedEnd, text.len()))?;
        let mut specs = Vec::new();
        let mut offset = unit.len() + 1;
        // Where the next range may begin; nowhere once a range reaches the end.
        let mut next = Some(0);
        for item in rest.split(',') {
            let spec = spec(trim(item)).map_err(|kind| FieldError::new(kind, offset))?;
            let ascends = match (next, spec) {
                (None, _) => false,
                (Some(_), RangeSpec::Suffix(_)) => true,
                (Some(next), RangeSpec::Closed { first, .. } | RangeSpec::From(first)) => {
                    first >= next
                }
            };
            if !ascends {
                return Err(FieldError::new(FieldErrorKind::InvalidRange, offset));
            }
            next = match spec {
                RangeSpec::Closed { last, .. } => Some(last.saturating_add(1)),
                _ => None,
            };
            specs.push(spec);
            offset += item.len() + 1;
        }
        Ok(Self {
            unit: lower(trim(unit)),
            specs,
        })
    }

    /// Returns a field of those ranges, in any order.
    #[must_use]
    pub fn new(unit: impl Into<Cow<'a, str>>, specs: Vec<RangeSpec>) -> Self {
        Self {
            unit: unit.into(),
            specs,
        }
    }

    /// Returns a field of those byte ranges, in any order.
    #[must_use]
    pub fn bytes(specs: Vec<RangeSpec>) -> Self {
        Self::new("bytes", specs)
    }

    /// Returns the unit; `bytes` is the only one with a meaning here.
    #[doc(alias = "units")]
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Returns the ranges as they stand.
    #[doc(alias = "ranges")]
    #[must_use]
    pub fn specs(&self) -> &[RangeSpec] {
        &self.specs
    }

    /// Returns the positions that the ranges cover in a body of that length, those that cover none left out; none for other units.
    #[must_use]
    pub fn resolve(&self, length: u64) -> Vec<std::ops::Range<u64>> {
        if self.unit != "bytes" {
            return Vec::new();
        }
        self.specs
            .iter()
            .filter_map(|spec| spec.resolve(length))
            .collect()
    }

    /// Returns the positions of the one range in a body of that length: `None` for several, for other units, and where it covers none.
    #[doc(alias = "range_for_length")]
    #[must_use]
    pub fn single(&self, length: u64) -> Option<std::ops::Range<u64>> {
        match self.specs.as_slice() {
            [spec] if self.unit == "bytes" => spec.resolve(length),
            _ => None,
        }
    }

    /// Returns the `Content-Range` of the one range in a body of that length, where [`single`](Self::single) returns positions.
    #[doc(alias = "make_content_range")]
    #[doc(alias = "to_content_range_header")]
    #[must_use]
    pub fn content_range(&self, length: u64) -> Option<ContentRange<'static>> {
        let range = self.single(length)?;
        ContentRange::new("bytes", Some(range), Some(length)).ok()
    }

    /// Returns the same field with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> Range<'static> {
        Range {
            unit: Cow::Owned(self.unit.into_owned()),
            specs: self.specs,
        }
    }
}

/// Reads one range.
fn spec(item: &str) -> Result<RangeSpec, FieldErrorKind> {
    let (first, last) = split_once(item, b'-').ok_or(FieldErrorKind::InvalidNumber)?;
    let number = |text: &str| digits(text).ok_or(FieldErrorKind::InvalidNumber);
    if first.is_empty() {
        return match number(last)? {
            0 => Err(FieldErrorKind::InvalidRange),
            count => Ok(RangeSpec::Suffix(count)),
        };
    }
    let first = number(trim(first))?;
    let last = trim(last);
    if last.is_empty() {
        return Ok(RangeSpec::From(first));
    }
    let last = number(last)?;
    if last < first {
        return Err(FieldErrorKind::InvalidRange);
    }
    Ok(RangeSpec::Closed { first, last })
}

impl fmt::Display for Range<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit)?;
        for (at, spec) in self.specs.iter().enumerate() {
            f.write_str(if at == 0 { "=" } else { "," })?;
            spec.fmt(f)?;
        }
        if self.specs.is_empty() {
            f.write_str("=")?;
        }
        Ok(())
    }
}

borrowed_field_fallible!(Range);
into_header_value!(Range<'_>);
