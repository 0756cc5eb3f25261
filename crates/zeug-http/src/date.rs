//! HTTP dates (RFC 9110 section 5.6.7): three formats in, and the mail forms that clients send; IMF-fixdate out. Knows no clock and no leap seconds.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{FieldError, FieldErrorKind};
use crate::macros::owned_field;

/// A moment in whole seconds, as the fields `Date`, `Last-Modified`, `Expires` and `If-Modified-Since` carry it.
///
/// Between the years 1 and 9999; what lies outside is moved to the nearer end when a date is made.
///
/// # Example
///
/// ```
/// use zeug_http::HttpDate;
///
/// let date = HttpDate::parse("Sun, 06 Nov 1994 08:49:37 GMT")?;
/// assert_eq!(date.unix_seconds(), 784_111_777);
/// assert_eq!(HttpDate::parse("Sunday, 06-Nov-94 08:49:37 GMT")?, date);
/// assert_eq!(HttpDate::parse("Sun Nov  6 08:49:37 1994")?, date);
/// assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// // A day that does not exist is refused.
/// assert!(HttpDate::parse("Tue, 31 Feb 1995 00:00:00 GMT").is_err());
/// # Ok::<(), zeug_http::FieldError>(())
/// ```
#[doc(alias = "parse_date")]
#[doc(alias = "http_date")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(i64);

/// 0001-01-01 00:00:00 and 9999-12-31 23:59:59, in seconds since 1970.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;
const DAY: i64 = 86_400;

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const DAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

impl HttpDate {
    /// 1970-01-01 00:00:00 UTC.
    pub const UNIX_EPOCH: Self = Self(0);

    /// Returns the moment that many seconds after 1970-01-01 00:00:00 UTC; negative numbers lie before it.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(if seconds < FIRST {
            FIRST
        } else if seconds > LAST {
            LAST
        } else {
            seconds
        })
    }

    /// Returns the seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// Returns the moment that many seconds later, at most the end of the year 9999.
    #[must_use]
    pub const fn saturating_add(self, seconds: i64) -> Self {
        Self::from_unix_seconds(self.0.saturating_add(seconds))
    }

    /// Returns the moment that the text names.
    ///
    /// The three formats of [RFC 9110 section 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7), and what clients make of
    /// them: a wrong or missing weekday, a day of one digit, seconds left out, a year of two digits (00 to 68 are 20xx), no zone
    /// (then it is UTC), `UTC`, a zone in numbers (`+0100`) or one of the US zone names.
    ///
    /// # Errors
    ///
    /// `InvalidDate` for any other text, and for a day or a time that does not exist, a leap second included.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let text = text.trim_ascii();
        imf_fixdate(text.as_bytes())
            .or_else(|| asctime(text.as_bytes()))
            .or_else(|| rfc850(text.as_bytes()))
            .or_else(|| lenient(text))
            .ok_or(FieldError::new(FieldErrorKind::InvalidDate, 0))
    }

    /// Returns the IMF-fixdate of this moment, always 29 bytes of ASCII: what [`Display`](fmt::Display) writes, without any allocation.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 29] {
        let days = self.0.div_euclid(DAY);
        let second = self.0.rem_euclid(DAY) as u32;
        let (year, month, day) = civil(days);
        // 1970-01-01 was a Thursday.
        let weekday = (days + 3).rem_euclid(7) as usize;
        let mut out = *b"Thu, 01 Jan 1970 00:00:00 GMT";
        let [
            w0,
            w1,
            w2,
            _,
            _,
            d0,
            d1,
            _,
            m0,
            m1,
            m2,
            _,
            y0,
            y1,
            y2,
            y3,
            _,
            h0,
            h1,
            _,
            n0,
            n1,
            _,
            s0,
            s1,
            ..,
        ] = &mut out;
        [*w0, *w1, *w2] = **DAYS.get(weekday).unwrap_or(&DAYS[0]);
        [*m0, *m1, *m2] = **MONTHS.get(month as usize - 1).unwrap_or(&MONTHS[0]);
        [*d0, *d1] = two(day);
        [*y0, *y1] = two(year / 100);
        [*y2, *y3] = two(year % 100);
        [*h0, *h1] = two(second / 3600);
        [*n0, *n1] = two(second / 60 % 60);
        [*s0, *s1] = two(second % 60);
        out
    }
}

/// A number below 100 as two digits.
#[inline]
fn two(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// Year, month and day of the day that many days after 1970-01-01. Years are counted from March, so that the leap day is last.
///
/// Divisions are multiplications with a shift, by Neri and Schneider, [Euclidean affine functions and their application to calendar
/// algorithms](https://doi.org/10.1002/spe.3172), figure 12.
#[inline]
fn civil(days: i64) -> (u32, u32, u32) {
    // Days since 0000-03-01, which is not negative for the years 1 to 9999.
    let days = (days + 719_468) as u32;
    let quarters = 4 * days + 3;
    let (century, day_of_century) = (quarters / 146_097, quarters % 146_097 / 4);
    let product = 2_939_745 * u64::from(4 * day_of_century + 3);
    let (year_of_century, day_of_year) = ((product >> 32) as u32, product as u32 / 2_939_745 / 4);
    let product = 2141 * day_of_year + 197_913;
    let (shifted, day) = (product >> 16, (product & 0xffff) / 2141 + 1);
    // From March on, January and February are of the next year.
    let next = day_of_year >= 306;
    let month = if next { shifted - 12 } else { shifted };
    (
        century * 100 + year_of_century + u32::from(next),
        month,
        day,
    )
}

/// The moment of that date and time, if both exist.
#[inline]
fn moment(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<i64> {
    const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = *LENGTHS.get(month.checked_sub(1)? as usize)? + u32::from(leap && month == 2);
    if !(1..=9999).contains(&year)
        || !(1..=length).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let (shifted_year, shifted_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + day_of_year;
    Some((i64::from(days) - 719_468) * DAY + i64::from(hour * 3600 + minute * 60 + second))
}

/// Two digits as a number.
#[inline]
fn pair(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// The month of those three letters, in any case.
#[inline]
fn month(letters: [u8; 3]) -> Option<u32> {
    let letters = letters.map(|byte| byte | 0x20);
    Some(match &letters {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// The one format that is written today, byte for byte. The weekday is not compared with the date.
#[inline]
fn imf_fixdate(text: &[u8]) -> Option<HttpDate> {
    let [
        _,
        _,
        _,
        b',',
        b' ',
        d0,
        d1,
        b' ',
        m0,
        m1,
        m2,
        b' ',
        y0,
        y1,
        y2,
        y3,
        b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        b'G',
        b'M',
        b'T',
    ] = *text
    else {
        return None;
    };
    let seconds = moment(
        pair(y0, y1)? * 100 + pair(y2, y3)?,
        month([m0, m1, m2])?,
        pair(d0, d1)?,
        pair(h0, h1)?,
        pair(n0, n1)?,
        pair(s0, s1)?,
    )?;
    // The weekday must at least be a word.
    let [w0, w1, w2, ..] = *text else { return None };
    let is_word = w0.is_ascii_alphabetic() && w1.is_ascii_alphabetic() && w2.is_ascii_alphabetic();
    // Years below 100 are years of two digits with zeros before them.
    (is_word && seconds >= YEAR_100).then_some(HttpDate(seconds))
}

/// `Sun Nov  6 08:49:37 1994`, byte for byte.
#[inline]
fn asctime(text: &[u8]) -> Option<HttpDate> {
    let [
        w0,
        w1,
        w2,
        b' ',
        m0,
        m1,
        m2,
        b' ',
        d0,
        d1,
        b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        y0,
        y1,
        y2,
        y3,
    ] = *text
    else {
        return None;
    };
    let d0 = if d0 == b' ' { b'0' } else { d0 };
    let seconds = moment(
        pair(y0, y1)? * 100 + pair(y2, y3)?,
        month([m0, m1, m2])?,
        pair(d0, d1)?,
        pair(h0, h1)?,
        pair(n0, n1)?,
        pair(s0, s1)?,
    )?;
    let is_word = DAYS
        .iter()
        .any(|day| [w0, w1, w2].eq_ignore_ascii_case(*day));
    (is_word && seconds >= YEAR_100).then_some(HttpDate(seconds))
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`, byte for byte behind the weekday.
#[inline]
fn rfc850(text: &[u8]) -> Option<HttpDate> {
    let (_, rest) = text.split_at_checked(text.len().checked_sub(24)?)?;
    let [
        b',',
        b' ',
        d0,
        d1,
        b'-',
        m0,
        m1,
        m2,
        b'-',
        y0,
        y1,
        b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        b'G',
        b'M',
        b'T',
    ] = *rest
    else {
        return None;
    };
    // The weekday is one word.
    if text
        .iter()
        .take(text.len() - 24)
        .any(|byte| !byte.is_ascii_alphabetic())
    {
        return None;
    }
    let seconds = moment(
        century(pair(y0, y1)?),
        month([m0, m1, m2])?,
        pair(d0, d1)?,
        pair(h0, h1)?,
        pair(n0, n1)?,
        pair(s0, s1)?,
    )?;
    Some(HttpDate(seconds))
}

/// The year that a year of two digits means.
const fn century(year: u32) -> u32 {
    match year {
        0..=68 => year + 2000,
        69..=99 => year + 1900,
        _ => year,
    }
}

/// 0100-01-01 00:00:00, in seconds since 1970.
const YEAR_100: i64 = -59_011_459_200;

/// The other two formats, and the lenient forms of all three.
fn lenient(text: &str) -> Option<HttpDate> {
    let mut words = text.split_ascii_whitespace();
    let mut first = words.next()?;
    if first.ends_with(',') || is_weekday(first) {
        first = words.next()?;
    } else if let Some((_, rest)) = first.rsplit_once(',') {
        // `Sun,06 Nov 1994 ...`: the comma has no blank behind it.
        first = rest;
    }
    let mut dashed = first.split('-');
    let (day, month_name, year, time) =
        match (dashed.next(), dashed.next(), dashed.next(), dashed.next()) {
            (Some(day), Some(month_name), Some(year), None) => {
                let time = words.next()?;
                // This format has its zone behind a blank, always.
                words.clone().next()?;
                (day, month_name, year, time)
            }
            (Some(_), None, None, None) => {
                let second = words.next()?;
                let third = words.next()?;
                let fourth = words.next()?;
                if first.as_bytes().first()?.is_ascii_alphabetic() {
                    // asctime: month, day, time, year.
                    if third.contains(':') {
                        (second, first, fourth, third)
                    } else {
                        (second, first, third, fourth)
                    }
                } else {
                    (first, second, third, fourth)
                }
            }
            _ => return None,
        };
    let zone = words.next();
    if words.next().is_some() {
        return None;
    }
    let day = number(day.strip_suffix(',').unwrap_or(day), 2)?;
    let year = century(number(year.strip_suffix(',').unwrap_or(year), 4)?);
    let [m0, m1, m2] = *month_name.as_bytes() else {
        return None;
    };
    let (time, zone) = match time.find(['+', '-']) {
        Some(at) if zone.is_none() => (time.get(..at)?, time.get(at..)),
        _ => (time, zone),
    };
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |part| number(part, 2))?;
    if parts.next().is_some() {
        return None;
    }
    let seconds = moment(year, month([m0, m1, m2])?, day, hour, minute, second)?;
    Some(HttpDate::from_unix_seconds(
        seconds - zone.map_or(Some(0), offset)?,
    ))
}

/// At most so many digits, and at least one.
fn number(text: &str, most: usize) -> Option<u32> {
    (text.len() <= most)
        .then(|| crate::text::digits(text))
        .flatten()
        .and_then(|number| u32::try_from(number).ok())
}

fn is_weekday(word: &str) -> bool {
    DAYS.iter()
        .any(|day| word.as_bytes().eq_ignore_ascii_case(*day))
}

/// What a zone is ahead of UTC, in seconds.
fn offset(zone: &str) -> Option<i64> {
    const NAMES: [(&str, i64); 12] = [
        ("GMT", 0),
        ("UTC", 0),
        ("UT", 0),
        ("Z", 0),
        ("AST", -4),
        ("ADT", -3),
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
    ];
    let named = NAMES
        .iter()
        .chain(&[("PST", -8), ("PDT", -7)])
        .find(|(name, _)| zone.eq_ignore_ascii_case(name));
    if let Some((_, hours)) = named {
        return Some(hours * 3600);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 {
        return None;
    }
    let number = i64::from(number(digits, 4)?);
    let seconds = number / 100 * 3600 + number % 100 * 60;
    (seconds < DAY).then_some(sign * seconds)
}

impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.to_bytes()).unwrap_or_default())
    }
}

impl From<SystemTime> for HttpDate {
    /// The second that the time lies in.
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                -whole - i64::from(before.subsec_nanos() > 0)
            }
        };
        Self::from_unix_seconds(seconds)
    }
}

impl From<HttpDate> for String {
    /// The IMF-fixdate.
    fn from(date: HttpDate) -> Self {
        let bytes = date.to_bytes();
        std::str::from_utf8(&bytes).unwrap_or_default().to_owned()
    }
}

impl From<HttpDate> for SystemTime {
    fn from(date: HttpDate) -> Self {
        let distance = Duration::from_secs(date.0.unsigned_abs());
        // The years 1 to 9999 lie within every system's range but for the oldest; there the epoch stands in.
        let time = if date.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

impl From<HttpDate> for http::HeaderValue {
    fn from(date: HttpDate) -> Self {
        Self::from_bytes(&date.to_bytes()).unwrap_or_else(|_| Self::from_static(""))
    }
}

owned_field!(HttpDate);
