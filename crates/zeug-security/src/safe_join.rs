//! Owns `safe_join`: a path below a folder, of parts that came from outside. It refuses whatever some system would understand otherwise.

use std::borrow::Cow;
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
    let directory = match directory.as_ref().as_os_str() {
        empty if empty.is_empty() => ".".as_ref(),
        directory => directory,
    };
    let mut path = OsString::new();
    for (number, part) in parts.into_iter().enumerate() {
        let part = part.as_ref();
        if part.is_empty() {
            continue;
        }
        let below =
            checked(part).map_err(|(kind, offset)| SecurityError::new(kind, number, offset))?;
        if path.is_empty() {
            // A slash stands between them.
            path.reserve(
                directory
                    .len()
                    .saturating_add(below.len())
                    .saturating_add(1),
            );
            path.push(directory);
        }
        if !path.as_encoded_bytes().ends_with(b"/") {
            path.push("/");
        }
        path.push(below.as_ref());
    }
    if path.is_empty() {
        path.push(directory);
    }
    Ok(path.into())
}

/// The part without what it can do without, `.` where nothing is left; or what is wrong and at which byte.
fn checked(part: &str) -> Result<Cow<'_, str>, (SecurityErrorKind, usize)> {
    if part.starts_with('/') {
        return Err((SecurityErrorKind::Absolute, 0));
    }
    let is_foreign = |byte: u8| (byte == b'\\') | (byte == 0);
    // Most parts have none: the compiler looks at many bytes at once.
    if part.bytes().fold(false, |any, byte| any | is_foreign(byte)) {
        let at = part.bytes().position(is_foreign).unwrap_or_default();
        let kind = match part.as_bytes().get(at) {
            Some(0) => SecurityErrorKind::Nul,
            _ => SecurityErrorKind::Backslash,
        };
        return Err((kind, at));
    }
    let (mut depth, mut offset, mut as_it_is) = (0usize, 0, true);
    let mut rest = Some(part);
    while let Some(begun) = rest {
        let (segment, behind) = cut(begun);
        match segment {
            "" | "." => as_it_is = false,
            ".." => {
                depth = depth
                    .checked_sub(1)
                    .ok_or((SecurityErrorKind::Escapes, offset))?;
                as_it_is = false;
            }
            _ => {
                check(segment).map_err(|kind| (kind, offset))?;
                depth = depth.saturating_add(1);
            }
        }
        offset += segment.len() + 1;
        rest = behind;
    }
    Ok(if as_it_is {
        Cow::Borrowed(part)
    } else {
        Cow::Owned(shortened(part))
    })
}

/// The first segment, and what follows its slash if it has one. Segments are so short that a search by words begins later than this one ends.
#[inline]
fn cut(path: &str) -> (&str, Option<&str>) {
    let slash = path.bytes().position(|byte| byte == b'/');
    let parted = slash.and_then(|at| path.split_at_checked(at));
    match parted {
        Some((segment, behind)) => (segment, behind.strip_prefix('/')),
        None => (path, None),
    }
}

/// The segments of a checked part that are left.
fn shortened(part: &str) -> String {
    let mut kept = Vec::new();
    for segment in part.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    if kept.is_empty() {
        kept.push(".");
    }
    kept.join("/")
}

/// Refuses a segment that is more than a name somewhere.
fn check(segment: &str) -> Result<(), SecurityErrorKind> {
    if segment.starts_with("..") && segment.trim_end() == ".." {
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
