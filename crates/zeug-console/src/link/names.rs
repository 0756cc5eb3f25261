//! Owns a table from symbols' names to what is known of them. A program has tens of thousands, and this runs in programs that are not optimised: it hashes three words of a name.

/// Names, each with a value.
#[derive(Debug, Default)]
pub(super) struct Names<T> {
    text: Vec<u8>,
    entries: Vec<(u32, u32, T)>,
    /// Indices of entries from 1, twice as many as there are entries at the least.
    slots: Vec<u32>,
}

impl<T> Names<T> {
    /// A table of the names that lie in `text` at those places.
    pub(super) fn new(text: Vec<u8>, entries: Vec<(u32, u32, T)>) -> Self {
        let slots = vec![0; (2 * entries.len()).next_power_of_two().max(2)];
        let mut names = Self {
            text,
            entries,
            slots,
        };
        for index in 0..names.entries.len() {
            let mut slot = names.slot(names.name(index));
            while names.slots[slot] != 0 {
                slot = (slot + 1) & (names.slots.len() - 1);
            }
            names.slots[slot] = index as u32 + 1;
        }
        names
    }

    /// What the name stands for. Of two with one name it is the first.
    pub(super) fn get(&self, name: &[u8]) -> Option<&T> {
        let mut slot = self.slot(name);
        loop {
            let index = (*self.slots.get(slot)?).checked_sub(1)? as usize;
            if self.name(index) == name {
                return self.entries.get(index).map(|(.., value)| value);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// All names with what they stand for.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &T)> {
        let entries = self.entries.iter().enumerate();
        entries.map(|(index, (.., value))| (self.name(index), value))
    }

    fn name(&self, index: usize) -> &[u8] {
        let entry = self.entries.get(index);
        let range = entry.map(|(start, length, _)| *start as usize..(start + length) as usize);
        range
            .and_then(|range| self.text.get(range))
            .unwrap_or_default()
    }

    fn slot(&self, name: &[u8]) -> usize {
        let word = |at: usize| match name.get(at..at + 8).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => 0,
        };
        let length = name.len();
        let words = [
            word(length.saturating_sub(9)),
            word(length.saturating_sub(17)),
            word(length / 2),
        ];
        let seed = length as u64;
        let mixed = words.iter().fold(seed, |mixed, word| {
            (mixed.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        });
        (mixed >> 32) as usize & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn each_name_is_found_and_no_other() {
        let mut text = Vec::new();
        let mut entries = Vec::new();
        for number in 0..1000_u32 {
            let name = format!("_ZN4shop{number}17h{:016x}E", u64::from(number) * 7);
            entries.push((text.len() as u32, name.len() as u32, number));
            text.extend_from_slice(name.as_bytes());
        }
        entries.push((0, 0, 1000));
        let names = Names::new(text, entries);
        for (name, number) in names.iter() {
            assert_eq!(names.get(name), Some(number));
        }
        assert_eq!(names.get(b"_ZN4shop4main17h0000000000000000E"), None);
        assert_eq!(Names::<u8>::new(Vec::new(), Vec::new()).get(b"a"), None);
    }
}
