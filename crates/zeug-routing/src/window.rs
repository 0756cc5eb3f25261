//! A path read sixteen bytes at a time, as segments between slashes. Knows no tables, refuses nothing.

use std::hint::select_unpredictable;

use crate::scan::{last_word, short_word};
use crate::table::middle;

const ONES: u128 = u128::from_le_bytes([1; 16]);

const SLASHES: u128 = u128::from_le_bytes([b'/'; 16]);

/// A segment: its length, and what stands for its text in the table of edges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) len: usize,
    pub(crate) key: u128,
}

/// Sixteen bytes of a path, slashes after its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window(u128);

impl Window {
    /// Not zero where one of the bytes is a slash; the lowest bit that is set belongs to the first such byte, bits above it may be wrong.
    #[inline(always)]
    fn slashes(self) -> u128 {
        let x = self.0 ^ SLASHES;
        x.wrapping_sub(ONES) & !x & (ONES << 7)
    }

    /// Whether the first segment here is empty.
    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.0 & 0xff == u128::from(b'/')
    }

    /// Whether the first segment here is a label of at most fifteen bytes, given by its key.
    #[inline(always)]
    pub(crate) fn is(self, key: u128, len: usize) -> bool {
        THROUGH
            .get(len)
            .is_some_and(|mask| (self.0 ^ SLASHES ^ key) & mask == 0)
    }
}

/// The bits of as many bytes as the place says and one more.
const THROUGH: [u128; 16] = {
    let mut masks = [0; 16];
    let mut i = 0;
    while i < 16 {
        masks[i] = u128::MAX >> (8 * (15 - i));
        i += 1;
    }
    masks
};

/// A path to be read in windows.
///
/// How long segments are and how near the path's end one is, no processor can foresee: no condition depends on it for one of fewer than
/// sixteen bytes.
#[derive(Debug)]
pub(crate) struct Windows<'t> {
    text: &'t [u8],
    /// The text's last sixteen bytes, or all of a shorter one, and slashes after them.
    tail: [u8; 32],
    /// Where in the text the tail begins.
    tail_from: usize,
}

impl<'t> Windows<'t> {
    #[inline]
    pub(crate) fn new(text: &'t [u8]) -> Self {
        let mut tail = [b'/'; 32];
        if let (Some(room), Some(bytes)) = (tail.first_chunk_mut::<16>(), text.last_chunk()) {
            *room = *bytes;
        } else if let Some(room) = tail.get_mut(..text.len()) {
            room.copy_from_slice(text);
        }
        Self {
            text,
            tail,
            tail_from: text.len().saturating_sub(16),
        }
    }

    /// The whole text.
    #[inline(always)]
    pub(crate) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// The window at a place, which is at most the text's end.
    #[inline(always)]
    pub(crate) fn at(&self, at: usize) -> Window {
        let (source, from) = select_unpredictable(
            at + 16 <= self.text.len(),
            (self.text, at),
            (&self.tail[..], at.wrapping_sub(self.tail_from)),
        );
        let bytes = source.get(from..).and_then(|rest| rest.first_chunk());
        Window(bytes.map_or(0, |bytes| u128::from_le_bytes(*bytes)))
    }

    /// The segment at the place of a window.
    #[inline(always)]
    pub(crate) fn segment(&self, at: usize, window: Window) -> Segment {
        let slashes = window.slashes();
        if slashes == 0 {
            return self.long_segment(at);
        }
        Segment {
            len: slashes.trailing_zeros() as usize / 8,
            key: (window.0 ^ SLASHES) & !slashes & (slashes - 1),
        }
    }

    /// The segment of sixteen bytes or more at a place.
    #[inline(never)]
    fn long_segment(&self, at: usize) -> Segment {
        let mut end = at + 16;
        loop {
            let slashes = self.at(end).slashes();
            if slashes != 0 {
                end += slashes.trailing_zeros() as usize / 8;
                break;
            }
            end += 16;
        }
        let label = self.text.get(at..end).unwrap_or_default();
        Segment {
            len: label.len(),
            key: label_key(label),
        }
    }
}

/// The key of a label: its bytes told apart from slashes; of more than sixteen the first eight and a fold of the rest.
pub(crate) fn label_key(label: &[u8]) -> u128 {
    match label.first_chunk() {
        Some(bytes) if label.len() == 16 => u128::from_le_bytes(*bytes) ^ SLASHES,
        Some(bytes) => {
            let first = (u128::from_le_bytes(*bytes) ^ SLASHES) & u128::from(u64::MAX);
            first | u128::from(last_word(label) ^ middle(label)) << 64
        }
        None => {
            let slashes = SLASHES & !(u128::MAX << (8 * label.len()));
            short_window(label) ^ slashes
        }
    }
}

/// The bytes of fewer than sixteen.
fn short_window(bytes: &[u8]) -> u128 {
    let (low, high) = bytes.split_at_checked(8).unwrap_or((bytes, &[]));
    u128::from(short_word(low)) | u128::from(short_word(high)) << 64
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
                    }
                    let windows = Windows::new(&path);
                    let window = windows.at(before);
                    let found = windows.segment(before, window);
                    let key = label_key(&text[..len]);
                    let case = format!("{before} {len} {after:?}");
                    assert_eq!((found.len, found.key), (len, key), "{case}");
                    assert_eq!(window.is_empty(), len == 0, "{case}");
                    assert_eq!(window.is(key, len), len < 16, "{case}");
                    assert!(!window.is(key, len + 1), "{case}");
                }
            }
        }
    }
}
