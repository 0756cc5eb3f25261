//! HTTP's methods as bits. Knows no other methods: those have bits by map.

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
        let n = name.len();
        let (first, last) = (
            [name[0], name[1], name[2]],
            [name[n - 3], name[n - 2], name[n - 1]],
        );
        let place = place(first);
        assert!(places[place].0 == 0, "two methods in one place");
        places[place] = (letters(first, last, name[n / 2], n), i as u8);
        i += 1;
    }
    places
};

/// Where a method stands: no two of HTTP's have the same place.
const fn place(first: [u8; 3]) -> usize {
    (first[0] as usize + 9 * first[1] as usize) % 16
}

/// A name of three to seven letters as one number: its ends, its middle and its length.
const fn letters(first: [u8; 3], last: [u8; 3], middle: u8, len: usize) -> u64 {
    let ([a, b, c], [d, e, f]) = (first, last);
    u64::from_le_bytes([a, b, c, d, e, f, middle, len as u8])
}

/// The bit of one of HTTP's methods in upper case. No chain of comparisons: which method comes, no processor can foresee.
#[inline]
pub(crate) fn bit(method: &str) -> Option<u64> {
    let bytes = method.as_bytes();
    let n = bytes.len();
    if !(3..=7).contains(&n) {
        return None;
    }
    let (first, last) = (*bytes.first_chunk()?, *bytes.last_chunk()?);
    let &(known, number) = PLACES.get(place(first))?;
    (known == letters(first, last, *bytes.get(n / 2)?, n)).then_some(1 << number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_bit() {
        for (i, name) in METHODS.into_iter().enumerate() {
            assert_eq!(bit(name), Some(1 << i), "{name}");
        }
        for name in [
            "", "G", "GE", "GETS", "get", "PROPFIND", "POTS", "OPTXONS", "DELEXE",
        ] {
            assert_eq!(bit(name), None, "{name}");
        }
    }
}
