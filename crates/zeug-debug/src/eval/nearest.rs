//! Owns the suggestion of a name that was perhaps meant.

/// The one of `names` that differs least from `name`, if it differs little: by a third of its characters at most.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; a longer one is not compared.
    const LONGEST: usize = 64;
    let most = name.chars().count() / 3;
    names
        .filter(|other| other.len() <= LONGEST && name.len() <= LONGEST)
        .map(|other| (distance(name, other), other))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// How many characters must be put in, taken out or replaced.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&other) {
            let up = *cell;
            let same = corner + usize::from(a != *b);
            left = same.min(up + 1).min(left + 1);
            corner = up;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
