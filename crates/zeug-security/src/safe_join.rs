//! Owns `safe_join`: a path below a folder, of parts that came from outside. It refuses whatever some system would understand otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::device::is_device;
use crate::error::{SecurityError, SecurityErrorKind};

/// The path of `parts` below `directory`: always below it, on whatever system it is opened.
///
/// Each part is a path with `/` between its segments, as in a URL that was percent-decoded once. Empty segments and `.` are dropped, `..` takes back the
/// segment before it within the same part. Parts that are empty are passed over; the directory is trusted and stays as it is, and an empty one is `.`.
///
/// Nothing is looked up: a link in the directory is followed by whoever opens the path.
///
/// # Errors
///
/// | kind | by |
/// | --- | --- |
/// | [`Absolute`](SecurityErrorKind::Absolute) | `/etc/passwd`, `//host/share` |
/// | [`Escapes`](SecurityErrorKind::Escapes) | `..`, `a/../../b`, and `.. /b`, since blanks at the end of a name do not count on Windows |
/// | [`Backslash`](SecurityErrorKind::Backslash) | `..\b`, `\\host\share` |
/// | [`Drive`](SecurityErrorKind::Drive) | `c:/b`, `a/c:b` |
/// | [`DeviceName`](SecurityErrorKind::DeviceName) | `NUL`, `a/con.txt`, `COM1 .log`, `aux::$DATA` |
/// | [`Nul`](SecurityErrorKind::Nul) | a NUL character |
///
/// # Limits
///
/// Linear in the length of the parts.
///
/// # Deviations
///
/// Werkzeug refuses backslashes and devices on Windows only, and drives and NUL nowhere; here they are refused everywhere, so that a program that was tested
/// on one system is safe on another.
///
/// # Example
///
/// ```
/// use zeug_security::safe_join;
///
/// assert_eq!(safe_join("/srv", ["a/./b", "", "c//d"])?.to_str(), Some("/srv/a/b/c/d"));
/// assert!(safe_join("/srv", ["a/../../b"]).is_err());
/// assert!(safe_join("/srv", ["a", "../b"]).is_err(), "each part stays below those before it");
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
pub fn safe_join<P: AsRef<str>>(
    directory: impl AsRef<Path>,
    parts: impl IntoIterator<Item = P>,
) -> Result<PathBuf, SecurityError> {
    let mut path = OsString::from(directory.as_ref());
    if path.is_empty() {
        path.push(".");
    }
    for (number, part) in parts.into_iter().enumerate() {
        let part = part.as_ref();
        if part.is_empty() {
            continue;
        }
        let segments =
            segments(part).map_err(|(kind, offset)| SecurityError::new(kind, number, offset))?;
        if !path.as_encoded_bytes().ends_with(b"/") {
            path.push("/");
        }
        match segments.split_first() {
            None => path.push("."),
            Some((first, rest)) => {
                path.push(first);
                for segment in rest {
                    path.push("/");
                    path.push(segment);
                }
            }
        }
    }
    Ok(path.into())
}

/// The segments of a part that are left, or what is wrong and at which byte.
fn segments(part: &str) -> Result<Vec<&str>, (SecurityErrorKind, usize)> {
    if part.starts_with('/') {
        return Err((SecurityErrorKind::Absolute, 0));
    }
    if let Some(at) = part.bytes().position(|byte| matches!(byte, b'\\' | 0)) {
        let kind = match part.as_bytes().get(at) {
            Some(0) => SecurityErrorKind::Nul,
            _ => SecurityErrorKind::Backslash,
        };
        return Err((kind, at));
    }
    let mut kept = Vec::new();
    let mut offset = 0;
    for segment in part.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop().ok_or((SecurityErrorKind::Escapes, offset))?;
            }
            _ => {
                check(segment).map_err(|kind| (kind, offset))?;
                kept.push(segment);
            }
        }
        offset += segment.len() + 1;
    }
    Ok(kept)
}

/// Refuses a segment that is more than a name somewhere.
fn check(segment: &str) -> Result<(), SecurityErrorKind> {
    if segment.trim_end() == ".." {
        return Err(SecurityErrorKind::Escapes);
    }
    if is_device(segment) {
        return Err(SecurityErrorKind::DeviceName);
    }
    match segment.as_bytes() {
        [letter, b':', ..] if letter.is_ascii_alphabetic() => Err(SecurityErrorKind::Drive),
        _ => Ok(()),
    }
}
