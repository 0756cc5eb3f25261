//! A fast hash for tables whose keys a program's own rules give. Not for keys that strangers choose.

use std::hash::{BuildHasherDefault, Hasher};

use crate::scan::short_word;
use crate::table::{K0, K1, K2, mix};

/// The hasher's maker, for maps.
pub(crate) type Fast = BuildHasherDefault<Mixer>;

/// A hash that grows by one multiplication for eight bytes.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Mixer(u64);

impl Mixer {
    fn add(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word ^ K1, K0);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        self.add(short_word(rest) ^ (bytes.len() as u64).wrapping_mul(K2));
    }

    fn write_u8(&mut self, n: u8) {
        self.add(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.add(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
