//! HTTP's methods as bits. Knows no other methods: those have bits by map.

/// The methods that have fixed bits.
pub(crate) const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
];

/// A method with a fixed bit: its letters as [`letters`] has them, its length and its number.
#[derive(Debug, Clone, Copy)]
struct Known {
    letters: u64,
    len: usize,
    number: u8,
}

/// The methods by [`place`].
const PLACES: [Known; 16] = {
    let mut places = [Known {
        letters: 0,
        len: 0,
        number: 0,
    }; 16];
    let mut i = 0;
    while i < METHODS.len() {
        let name = METHODS[i].as_bytes();
        let place = place(name[0], name[1]);
        assert!(places[place].len == 0, "two methods in one place");
        places[place] = Known {
            letters: letters(name),
            len: name.len(),
            number: i as u8,
        };
        i += 1;
    }
    places
};

/// Where a method stands: no two of HTTP's have the same place.
const fn place(first: u8, second: u8) -> usize {
    (first as usize + 9 * second as usize) % 16
}

/// The letters of a method of three to seven in four pairs, which overlap as they must.
#[inline(always)]
const fn letters(method: &[u8]) -> u64 {
    let last = method.len() - 2;
    let pairs = [0, last / 2, last.div_ceil(2), last];
    let (mut letters, mut i) = (0, 0);
    while i < 4 {
        let (first, second) = (method[pairs[i]], method[pairs[i] + 1]);
        letters = letters << 16 | (first as u64) << 8 | second as u64;
        i += 1;
    }
    letters
}

/// The bit of one of HTTP's methods in upper case. Nothing here depends on which it is: what comes, no processor can foresee.
#[inline]
pub(crate) fn bit(method: &str) -> Option<u64> {
    let bytes = method.as_bytes();
    if !(3..8).contains(&bytes.len()) {
        return None;
    }
    let known = PLACES.get(place(bytes[0], bytes[1]))?;
    (known.letters == letters(bytes) && known.len == bytes.len()).then_some(1 << known.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_bit() {
        for (i, name) in METHODS.into_iter().enumerate() {
            assert_eq!(bit(name), Some(1 << i), "{name}");
        }
        for name in ["", "G", "GE", "GETS", "get", "PROPFIND", "POTS", "PAATCCH"] {
            assert_eq!(bit(name), None, "{name}");
        }
    }
}
