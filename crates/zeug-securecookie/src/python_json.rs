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
    #[cfg_attr(not(feature = "session"), expect(dead_code, reason = "Flask's session only"))]
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
        write_float(writer, &format!("{value:?}"))
    }

    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write_float(writer, &format!("{value:?}"))
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

/// Rust's and Python's shortest spellings differ in the exponent: it has a sign and two digits there.
fn write_float<W: Write + ?Sized>(writer: &mut W, text: &str) -> io::Result<()> {
    let Some((digits, exponent)) = text.split_once('e') else {
        return writer.write_all(text.as_bytes());
    };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    write!(writer, "{digits}e{sign}{exponent:0>2}")
}
