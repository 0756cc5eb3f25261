//! HTTP's methods as bits. Knows no other methods: those have bits by map.

use crate::scan::short_word;

/// The methods that have fixed bits.
pub(crate) const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
];

/// The methods by [`place`]: their letters and their numbers.
const PLACES: [(u64, u8); 16] = {
    let mut places = [(0, 0); 16];
    let mut i = 0;
    while i < METHODS.len() {
        let name = METHODS[i].as_bytes();
        let mut letters = [0; 8];
        let mut at = 0;
        while at < name.len() {
            letters[at] = name[at];
            at += 1;
        }
        let place = place(name[0], name[1]);
        assert!(places[place].0 == 0, "two methods in one place");
        places[place] = (u64::from_le_bytes(letters), i as u8);
        i += 1;
    }
    places
};

/// Where a method stands: no two of HTTP's have the same place.
const fn place(first: u8, second: u8) -> usize {
    (first as usize + 9 * second as usize) % 16
}

/// The bit of one of HTTP's methods in upper case. No chain of comparisons: which method comes, no processor can foresee.
#[inline]
pub(crate) fn bit(method: &str) -> Option<u64> {
    if method == "GET" {
        return Some(1);
    }
    let bytes = method.as_bytes();
    let [first, second, ..] = bytes else {
        return None;
    };
    let &(letters, number) = PLACES.get(place(*first, *second))?;
    (bytes.len() < 8 && short_word(bytes) == letters).then_some(1 << number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_bit() {
        for (i, name) in METHODS.into_iter().enumerate() {
            assert_eq!(bit(name), Some(1 << i), "{name}");
        }
        for name in ["", "G", "GE", "GETS", "get", "PROPFIND", "POTS"] {
            assert_eq!(bit(name), None, "{name}");
        }
    }
}
