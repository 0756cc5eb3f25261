//! The hash of a `MultiDict`'s keys: fast, with random keys, and `SipHash` where that is not enough. It knows no table.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A hash of 32 bits with keys of its own.
#[derive(Debug)]
pub(super) enum Hash {
    /// Products of secret keys and text, folded: a fraction of `SipHash`'s time, and keys that collide cannot be told without the secret.
    Fast([u64; 2]),
    /// `SipHash`, for a table that met such keys nevertheless.
    Careful(RandomState),
}

impl Hash {
    /// The fast hash with keys from the system's randomness.
    pub(super) fn random() -> Self {
        let random = RandomState::new();
        Self::Fast([random.hash_one(0), random.hash_one(1)])
    }

    pub(super) fn careful() -> Self {
        Self::Careful(RandomState::new())
    }

    /// The fast hash as it must never be.
    #[cfg(test)]
    pub(super) fn known() -> Self {
        Self::Fast([0, 0])
    }

    pub(super) fn is_careful(&self) -> bool {
        matches!(self, Self::Careful(_))
    }

    #[inline]
    pub(super) fn of(&self, key: &str) -> u32 {
        match self {
            Self::Fast(keys) => fast(keys, key.as_bytes()),
            Self::Careful(random) => random.hash_one(key) as u32,
        }
    }
}

#[inline]
fn fast(&[low, high]: &[u64; 2], bytes: &[u8]) -> u32 {
    // Words are read that overlap; so that keys of other lengths cannot be made to fit, the length turns what nobody knows.
    let mut hash = low.rotate_right(bytes.len() as u32);
    let mut rest = bytes;
    while rest.len() > 16
        && let Some((block, behind)) = rest.split_first_chunk::<16>()
    {
        let (first, last) = words(block);
        hash = fold(hash ^ first, high ^ last);
        rest = behind;
    }
    let (first, last) = match (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            (Some(first), Some(last)) => (
                u64::from(u32::from_le_bytes(*first)),
                u64::from(u32::from_le_bytes(*last)),
            ),
            _ => match rest {
                [] => (0, 0),
                [first, .., last] => (
                    u64::from(*first),
                    u64::from(*last) | u64::from(rest[1]) << 8,
                ),
                [only] => (u64::from(*only), 0),
            },
        },
    };
    let hash = fold(hash ^ first, high ^ last);
    // The table takes the low bits: each has to depend on all.
    (fold(hash, 0x9e37_79b9_7f4a_7c15)) as u32
}

fn words(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

/// Both halves of the product, one over the other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_spread() {
        let hash = Hash::random();
        for kind in 0..4 {
            let mut counts = [0; 256];
            for n in 0..256 * 16 {
                let key = match kind {
                    0 => n.to_string(),
                    1 => format!("field{n}"),
                    2 => format!("{}{n:04}", "a".repeat(40)),
                    _ => format!("{n:04}{}", "a".repeat(40)),
                };
                counts[hash.of(&key) as usize & 255] += 1;
            }
            let most = counts.iter().max();
            assert!(most < Some(&48), "{kind}: {most:?}");
        }
        let short = [
            "", "a", "b", "aa", "ab", "ba", "aaa", "aba", "abc", "abcd", "abcde", "a\0", "\0",
        ];
        let all: std::collections::HashSet<u32> = short.iter().map(|key| hash.of(key)).collect();
        assert_eq!(all.len(), short.len());
    }
}
