//! Looks for what makes a path other than plain, many bytes at a time: percent signs, slashes in a row. Decides nothing about either.

const ONES: u64 = 0x0101_0101_0101_0101;

/// Not zero where one of a word's bytes equals a byte; the lowest bit that is set belongs to the first such byte, bits above it may be
/// wrong.
#[inline(always)]
pub(crate) fn find_byte(word: u64, byte: u8) -> u64 {
    let x = word ^ (u64::from(byte) * ONES);
    x.wrapping_sub(ONES) & !x & (ONES << 7)
}

/// A bit for each of a word's bytes that is no digit; the lowest bit that is set belongs to the first such byte, bits above it may be wrong.
#[inline(always)]
pub(crate) fn find_other_than_digit(word: u64) -> u64 {
    // What a digit is worth is below ten, and with 0x76 added still below 0x80.
    let worth = word ^ (ONES * u64::from(b'0'));
    (worth.wrapping_add(ONES * 0x76) | worth) & (ONES << 7)
}

/// The number that one to eight digits in a text stand for, between two bytes of it; nothing for anything else, or where there are not eight bytes
/// before the second. Pairs of digits become numbers at once, then pairs of those.
#[inline(always)]
pub(crate) fn short_number_in(text: &[u8], start: usize, end: usize) -> Option<u32> {
    let len = end.checked_sub(start)?;
    let word = text.get(end.checked_sub(8)?..end)?.first_chunk()?;
    if !(1..=8).contains(&len) {
        return None;
    }
    let zeros = ONES * u64::from(b'0');
    // What stands before the digits becomes zeros before them.
    let worth = (u64::from_le_bytes(*word) ^ zeros) & u64::MAX << (64 - 8 * len);
    if find_other_than_digit(worth ^ zeros) != 0 {
        return None;
    }
    let ones = worth.wrapping_mul(10 << 8 | 1) >> 8;
    let hundreds = (ones & 0x00ff_00ff_00ff_00ff).wrapping_mul(100 << 16 | 1) >> 16;
    let all = (hundreds & 0x0000_ffff_0000_ffff).wrapping_mul(10_000 << 32 | 1) >> 32;
    u32::try_from(all).ok()
}

/// The first eight bytes of a text that has as many, else zero.
#[inline(always)]
pub(crate) fn first_word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |c| u64::from_le_bytes(*c))
}

/// The last eight bytes of a text that has as many, else zero.
#[inline(always)]
pub(crate) fn last_word(bytes: &[u8]) -> u64 {
    bytes.last_chunk().map_or(0, |c| u64::from_le_bytes(*c))
}

/// The bytes of at most eight.
#[inline]
pub(crate) fn short_word(bytes: &[u8]) -> u64 {
    match *bytes {
        [] => 0,
        [a] => a.into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        _ => {
            let low = bytes
                .first_chunk::<4>()
                .map_or(0, |c| u32::from_le_bytes(*c));
            let high = bytes
                .last_chunk::<4>()
                .map_or(0, |c| u32::from_le_bytes(*c));
            u64::from(low) | u64::from(high) << (8 * (bytes.len().min(8) - 4))
        }
    }
}

/// Whether two texts are the same; up to 32 bytes without the call that comparing them means elsewhere.
#[inline(always)]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && match a.len() {
            0..8 => short_word(a) == short_word(b),
            8..16 => (first_word(a) ^ first_word(b)) | (last_word(a) ^ last_word(b)) == 0,
            16..=32 => {
                a.first_chunk::<16>() == b.first_chunk::<16>()
                    && a.last_chunk::<16>() == b.last_chunk::<16>()
            }
            _ => a == b,
        }
}

/// What is known of a path from looking at it once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// A bit for each slash among the first 64 bytes, and one for the end of a path that is shorter.
    pub(crate) slashes: u64,
    /// Whether there is a percent sign.
    pub(crate) percent: bool,
}

/// Where a path's slashes are, and whether it has a percent sign.
#[inline(always)]
pub(crate) fn marks(path: &[u8]) -> Marks {
    let Some(last) = path.len().checked_sub(16) else {
        return short_marks(path);
    };
    // Of up to 64 bytes always four windows: how long a path is, no processor can foresee.
    let end = last.min(48);
    let places = [0, end.min(16), end.min(32), end];
    let mut windows = [[0; 16]; 4];
    for (window, at) in windows.iter_mut().zip(places) {
        if let Some(bytes) = path.get(at..).and_then(|rest| rest.first_chunk()) {
            *window = *bytes;
        }
    }
    // Written over all windows at once, which compilers turn into instructions for sixteen bytes.
    let (mut slashes, mut percent) = ([0; 64], 0);
    for (i, (slash, &b)) in slashes.iter_mut().zip(windows.as_flattened()).enumerate() {
        *slash = u8::from(b == b'/') << (i % 8);
        percent |= u8::from(b == b'%');
    }
    let mut bits = 1u64
        .checked_shl(path.len().try_into().unwrap_or(64))
        .unwrap_or(0);
    for (i, bytes) in slashes.as_chunks().0.iter().enumerate() {
        let at = places.get(i / 2).map_or(0, |at| at + i % 2 * 8);
        bits |= sum(*bytes) << (at & 63);
    }
    Marks {
        slashes: bits,
        percent: percent != 0 || last > 48 && has_percent_far(path),
    }
}

/// The sum of eight bytes, if it is one byte.
#[inline(always)]
fn sum(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes).wrapping_mul(ONES) >> 56
}

/// The same of fewer than sixteen bytes.
#[inline(always)]
fn short_marks(path: &[u8]) -> Marks {
    let (low, high) = if path.len() < 8 {
        (short_word(path), 0)
    } else {
        // Two shifts, as one by 64 is not allowed.
        let rest = (last_word(path) >> 8) >> (8 * (15 - path.len()));
        (first_word(path), rest)
    };
    Marks {
        slashes: slash_bits(low) | slash_bits(high) << 8 | 1 << path.len(),
        percent: find_byte(low, b'%') | find_byte(high, b'%') != 0,
    }
}

/// A bit for each byte of a word that is a slash.
#[inline(always)]
fn slash_bits(word: u64) -> u64 {
    let x = word ^ (u64::from(b'/') * ONES);
    let low = (x & (ONES * 0x7f)) + ONES * 0x7f;
    // The highest bit of each byte that is zero, and all of them pushed together.
    ((!(low | x) & (ONES << 7)) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether there is one in a path of more than 64 bytes. Apart, as few paths are that long.
#[inline(never)]
fn has_percent_far(path: &[u8]) -> bool {
    path.as_chunks().0.iter().any(any_percent) || path.last_chunk().is_none_or(any_percent)
}

/// Written as a sum without a way out, which compilers turn into a few instructions.
#[inline(always)]
fn any_percent(window: &[u8; 16]) -> bool {
    let mut sum = 0;
    for &b in window {
        sum |= u8::from(b == b'%');
    }
    sum != 0
}

/// Whether a path has neither a percent sign nor two slashes in a row. Says no for some that have neither.
#[inline(always)]
pub(crate) fn is_plain(path: &[u8]) -> bool {
    match path.len() {
        n @ 17..=33 => {
            // Two windows written as one, which compilers turn into instructions for sixteen bytes.
            let (mut bytes, mut nexts) = ([[0; 16]; 2], [[0; 16]; 2]);
            let places = bytes.iter_mut().zip(&mut nexts).zip([0, n - 17]);
            for ((bytes, nexts), at) in places {
                let window = |at: usize| path.get(at..).and_then(|rest| rest.first_chunk());
                *bytes = window(at).copied().unwrap_or_default();
                *nexts = window(at + 1).copied().unwrap_or_default();
            }
            let mut odd = u8::from(path.ends_with(b"%"));
            for (&b, &next) in bytes.as_flattened().iter().zip(nexts.as_flattened()) {
                odd |= u8::from(b == b'%') | u8::from(b == b'/') & u8::from(next == b'/');
            }
            odd == 0
        }
        _ => is_plain_other(path),
    }
}

/// The same of a path of any length.
#[inline(never)]
fn is_plain_other(path: &[u8]) -> bool {
    let Some(last) = path.len().checked_sub(17) else {
        return is_plain_short(path);
    };
    let mut found = path.ends_with(b"%");
    let mut at = 0;
    // One window at a time: compilers make less of two.
    loop {
        let window = path.get(at.min(last)..);
        found |= window
            .and_then(|rest| rest.first_chunk())
            .is_none_or(any_odd);
        at += 16;
        if at > last + 15 {
            return !found;
        }
    }
}

/// Whether one of the first sixteen bytes is a percent sign, or a slash before another.
#[inline(always)]
fn any_odd(window: &[u8; 17]) -> bool {
    let mut sum = 0;
    for i in 0..16 {
        let slashes = u8::from(window[i] == b'/') & u8::from(window[i + 1] == b'/');
        sum |= u8::from(window[i] == b'%') | slashes;
    }
    sum != 0
}

#[inline]
fn is_plain_short(path: &[u8]) -> bool {
    let odd = |word: u64| {
        let slashes = find_byte(word, b'/');
        find_byte(word, b'%') | slashes & slashes >> 8
    };
    if path.len() < 8 {
        return odd(short_word(path)) == 0;
    }
    let middle = path.get((path.len() - 8) / 2..).unwrap_or_default();
    odd(first_word(path)) | odd(first_word(middle)) | odd(last_word(path)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_found_everywhere() {
        for n in 0..80 {
            let plain = vec![b'a'; n];
            assert!(!marks(&plain).percent && is_plain(&plain), "{n}");
            for at in 0..n {
                let mut path = plain.clone();
                path[at] = b'%';
                assert!(marks(&path).percent && !is_plain(&path), "{n} {at}");
            }
        }
    }

    #[test]
    fn slashes_in_a_row_are_found_everywhere() {
        for n in 2..80 {
            for at in 0..n - 1 {
                let mut path = vec![b'a'; n];
                path[at] = b'/';
                assert!(is_plain(&path), "{n} {at}");
                path[at + 1] = b'/';
                assert!(!is_plain(&path), "{n} {at}");
            }
        }
    }

    #[test]
    fn slashes_are_bits() {
        for n in 0..80usize {
            for step in 1..9 {
                let path: Vec<u8> = (0..n)
                    .map(|i| if i % step == 0 { b'/' } else { b'.' + 4 })
                    .collect();
                let slashes = (0..n.min(64))
                    .step_by(step)
                    .fold(0, |bits, i| bits | 1u64 << i);
                let end = if n < 64 { 1 << n } else { 0 };
                assert_eq!(marks(&path).slashes, slashes | end, "{n} {step}");
            }
        }
    }

    #[test]
    fn digits_are_told_from_all_other_bytes() {
        for at in 0..8 {
            for b in 0..=u8::MAX {
                let mut bytes = *b"09182736";
                bytes[at] = b;
                let found = find_other_than_digit(u64::from_le_bytes(bytes));
                assert_eq!(found == 0, b.is_ascii_digit(), "{at} {b}");
                assert!(found == 0 || found.trailing_zeros() as usize / 8 == at);
            }
        }
    }

    #[test]
    fn short_numbers_are_read() {
        let number = |digits: &str, before: &str| {
            let text = format!("{before}{digits}/9");
            short_number_in(text.as_bytes(), before.len(), before.len() + digits.len())
        };
        for digits in [
            "0", "7", "42", "007", "1234", "65535", "654321", "7654321", "87654321", "99999999",
        ] {
            for before in ["/users/9", "1234567890", "/\u{663}/\u{663}/\u{663}"] {
                assert_eq!(number(digits, before), digits.parse().ok(), "{digits}");
            }
        }
        for other in ["", "-1", "+1", "1a", "1234567/", "123456789", "\u{663}"] {
            assert_eq!(number(other, "/users/9"), None, "{other}");
        }
        assert_eq!(number("42", "/"), None);
        assert_eq!(short_number_in(b"/users/42", 9, 7), None);
        assert_eq!(short_number_in(b"/users/42", 7, 10), None);
    }
}
