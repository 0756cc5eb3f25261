//! The names that Windows takes for devices, in whatever folder and with whatever ending. It opens nothing.

/// Devices that have no number.
const DEVICES: [&str; 6] = ["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];

/// Whether Windows takes the name for a device: case, what stands behind the first `.` or `:`, and blanks before that do not count.
///
/// See [the list](https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions).
pub(crate) fn is_device(name: &str) -> bool {
    let end = name.bytes().position(|byte| matches!(byte, b':' | b'.'));
    let stem = end.and_then(|end| name.get(..end)).unwrap_or(name).trim();
    if DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return true;
    }
    let Some((kind, number)) = stem.split_at_checked(3) else {
        return false;
    };
    (kind.eq_ignore_ascii_case("COM") || kind.eq_ignore_ascii_case("LPT"))
        && matches!(
            number,
            "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
        )
}
