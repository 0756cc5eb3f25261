//! Owns which names stand for secrets: those of every program, and those that this one was told of. A secret under an innocent name is shown.

use crate::secret::is_secret;

/// The names whose values are not shown.
#[derive(Debug, Default)]
pub(crate) struct HiddenNames {
    /// In lower case, without anything between words.
    more: Vec<String>,
}

impl HiddenNames {
    pub(crate) fn new(words: &[String]) -> Self {
        let more = words.iter().map(|word| squeezed(word));
        Self {
            more: more.filter(|word| !word.is_empty()).collect(),
        }
    }

    /// Whether values of that name are secrets.
    pub(crate) fn hides(&self, name: &str) -> bool {
        let squeezed = squeezed(name);
        is_secret(name) || self.more.iter().any(|word| squeezed.contains(word))
    }
}

/// The name in lower case with its letters and digits alone: `api_key`, `Api-Key` and `apiKey` are one.
fn squeezed(name: &str) -> String {
    let of_a_word = name.chars().filter(|char| char.is_alphanumeric());
    of_a_word.flat_map(char::to_lowercase).collect()
}
