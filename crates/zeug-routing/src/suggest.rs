//! The name that comes nearest to one that does not exist. Refuses none; a name with nothing in common is not suggested.

/// Names are compared by their first bytes, this many.
const LENGTH: usize = 64;

/// The most similar of the names, the first of several, if it has a third or more in common.
pub(crate) fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let wanted: Vec<char> = wanted.chars().take(LENGTH).collect();
    let mut best = (1.0 / 3.0, None);
    for name in names {
        let chars: Vec<char> = name.chars().take(LENGTH).collect();
        #[expect(clippy::cast_precision_loss, reason = "lengths are at most 64")]
        let ratio =
            2.0 * common(&wanted, &chars) as f64 / (wanted.len() + chars.len()).max(1) as f64;
        if ratio > best.0 {
            best = (ratio, Some(name));
        }
    }
    best.1
}

/// How many characters two texts have in common: their longest common run, and so on to both sides of it.
fn common(a: &[char], b: &[char]) -> usize {
    let (mut best, mut at_a, mut at_b) = (0, 0, 0);
    let mut runs = vec![0usize; b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        let mut before = 0;
        for (j, y) in b.iter().enumerate() {
            let run = if x == y { before + 1 } else { 0 };
            before = runs.get(j + 1).copied().unwrap_or(0);
            if let Some(place) = runs.get_mut(j + 1) {
                *place = run;
            }
            if run > best {
                (best, at_a, at_b) = (run, i + 1 - run, j + 1 - run);
            }
        }
    }
    if best == 0 {
        return 0;
    }
    let (left_a, left_b) = (
        a.get(..at_a).unwrap_or_default(),
        b.get(..at_b).unwrap_or_default(),
    );
    let (right_a, right_b) = (
        a.get(at_a + best..).unwrap_or_default(),
        b.get(at_b + best..).unwrap_or_default(),
    );
    best + common(left_a, left_b) + common(right_a, right_b)
}
