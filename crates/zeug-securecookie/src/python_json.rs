//! JSON as Python's `json` writes it: no blanks, its spelling of floats, and escapes for all but ASCII where asked for. It reads JSON as `serde_json` does.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::error::{SecureCookieError, SecureCookieErrorKind};

/// Which characters are written as they are.
#[derive(Clone, Copy)]
pub(crate) enum Escapes {
    /// All that JSON allows.
    Needed,
    /// ASCII only.
    #[cfg_attr(
        not(feature = "session"),
        expect(dead_code, reason = "Flask's session only")
    )]
    Ascii,
}

/// The JSON of a value.
pub(crate) fn write<T: Serialize + ?Sized>(
    value: &T,
    escapes: Escapes,
) -> Result<Vec<u8>, SecureCookieError> {
    let mut out = Vec::with_capacity(128);
    value
        .serialize(&mut Serializer::with_formatter(&mut out, escapes))
        .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::Unwritable, 0))?;
    Ok(out)
}

/// The value of a JSON text.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, SecureCookieError> {
    serde_json::from_slice(json).map_err(|error| {
        let line = error.line().saturating_sub(1);
        let before: usize = json
            .split_inclusive(|byte| *byte == b'\n')
            .take(line)
            .map(<[u8]>::len)
            .sum();
        let offset = (before + error.column().saturating_sub(1)).min(json.len());
        SecureCookieError::new(SecureCookieErrorKind::InvalidJson, offset)
    })
}

impl Formatter for Escapes {
    fn write_f32<W: Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, value.into())
    }

    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(as_python(&shortest(value)).as_bytes())
    }

    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let plain = |character: char| matches!(character, ' '..='~');
        if matches!(self, Self::Needed) || fragment.bytes().all(|byte| plain(byte.into())) {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if plain(character) {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// The shortest digits that make the number, as `-1.25e7`.
///
/// Rust and Python choose the same, but where the number lies halfway between two: there Python takes the even one.
fn shortest(value: f64) -> String {
    let text = format!("{value:e}");
    let fraction = text
        .split_once('e')
        .and_then(|(mantissa, _)| mantissa.split_once('.'))
        .map_or(0, |(_, fraction)| fraction.len());
    // Only behind many digits is another as near.
    if fraction < 14 {
        return text;
    }
    let even = format!("{value:.fraction$e}");
    match even.parse::<f64>() {
        Ok(number) if value == number => even,
        _ => text,
    }
}

/// Python's layout of `-1.25e7`: with an exponent only below 0.0001 and from 1e16 on, and then of two digits at least.
fn as_python(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    match usize::try_from(exponent) {
        Ok(before) if before < 16 => match digits.split_at_checked(before + 1) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits:0<width$}.0", width = before + 1),
        },
        Err(_) if exponent >= -4 => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            format!("{sign}0.{zeros}{digits}")
        }
        _ => {
            let mark = if exponent < 0 { '-' } else { '+' };
            format!("{sign}{mantissa}e{mark}{:02}", exponent.abs())
        }
    }
}
