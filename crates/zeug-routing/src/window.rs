//! A path read sixteen bytes at a time, as segments between slashes. Knows no tables, refuses nothing.

use crate::scan::{last_word, short_word};
use crate::table::middle;

const ONES: u128 = u128::from_le_bytes([1; 16]);

/// A segment: its length, and what stands for its text in the table of edges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) len: usize,
    pub(crate) key: u128,
}

/// A path to be read in windows of sixteen bytes.
///
/// How long segments are, no processor can foresee: what is done to one of up to sixteen bytes depends on no condition but for its being
/// the last one.
#[derive(Debug)]
pub(crate) struct Windows<'t> {
    text: &'t [u8],
    /// The text, or a shorter one with zeros after its end.
    source: &'t [u8],
    /// Where the last window begins.
    last: usize,
}

impl<'t> Windows<'t> {
    /// The windows of a text; one of fewer than sixteen bytes is copied.
    #[inline]
    pub(crate) fn new(text: &'t [u8], room: &'t mut [u8; 16]) -> Self {
        let source = if text.len() < 16 {
            *room = short_window(text).to_le_bytes();
            room
        } else {
            text
        };
        Self {
            text,
            source,
            last: source.len() - 16,
        }
    }

    /// The whole text.
    #[inline(always)]
    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Sixteen bytes from a place before the text's end on, zeros after it.
    #[inline(always)]
    pub(crate) fn window(&self, at: usize) -> u128 {
        let from = at.min(self.last);
        let bytes = self.source.get(from..).and_then(|rest| rest.first_chunk());
        let window = bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes));
        window >> (8 * (at - from))
    }

    /// The segment that begins at a place before the text's end.
    #[inline(always)]
    pub(crate) fn segment(&self, at: usize) -> Segment {
        let window = self.window(at);
        let slash = find_slash(window);
        let left = self.text.len() - at;
        if slash != 0 {
            Segment {
                len: slash.trailing_zeros() as usize / 8,
                key: window & ((slash ^ (slash - 1)) >> 8),
            }
        } else if left <= 16 {
            Segment {
                len: left,
                key: window,
            }
        } else {
            self.long_segment(at, window)
        }
    }

    /// The segment of sixteen bytes or more that begins with a window.
    #[inline(never)]
    fn long_segment(&self, at: usize, window: u128) -> Segment {
        let mut end = at + 16;
        while end < self.text.len() {
            let slash = find_slash(self.window(end));
            if slash != 0 {
                end += slash.trailing_zeros() as usize / 8;
                break;
            }
            end = (end + 16).min(self.text.len());
        }
        let label = self.text.get(at..end).unwrap_or_default();
        Segment {
            len: label.len(),
            key: long_key(label, window),
        }
    }
}

/// The key of a label.
pub(crate) fn label_key(label: &[u8]) -> u128 {
    match label.first_chunk() {
        Some(window) => long_key(label, u128::from_le_bytes(*window)),
        None => short_window(label),
    }
}

/// The key of a label of sixteen bytes, which are it, or more: then the first eight bytes and a fold of the rest.
fn long_key(label: &[u8], window: u128) -> u128 {
    if label.len() <= 16 {
        return window;
    }
    let folded = last_word(label) ^ middle(label);
    window & u128::from(u64::MAX) | u128::from(folded) << 64
}

/// The bytes of fewer than sixteen.
fn short_window(bytes: &[u8]) -> u128 {
    let (low, high) = bytes.split_at_checked(8).unwrap_or((bytes, &[]));
    u128::from(short_word(low)) | u128::from(short_word(high)) << 64
}

/// Not zero where one of a window's bytes is a slash; the lowest bit that is set belongs to the first such byte, bits above it may be
/// wrong.
#[inline(always)]
fn find_slash(window: u128) -> u128 {
    let x = window ^ (ONES * b'/' as u128);
    x.wrapping_sub(ONES) & !x & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_of_all_lengths_are_found_everywhere() {
        let text: Vec<u8> = (0..90).map(|i| b'a' + i % 23).collect();
        for before in 0..40 {
            for len in 0..40 {
                for after in [None, Some(0), Some(1), Some(30)] {
                    let mut path = text[..before].to_vec();
                    path.extend(&text[..len]);
                    if let Some(after) = after {
                        path.push(b'/');
                        path.extend(&text[..after]);
                    } else if len == 0 {
                        continue;
                    }
                    let mut room = [0; 16];
                    let found = Windows::new(&path, &mut room).segment(before);
                    let label = (len, label_key(&text[..len]));
                    assert_eq!((found.len, found.key), label, "{before} {len} {after:?}");
                }
            }
        }
    }
}
