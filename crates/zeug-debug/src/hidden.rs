//! Owns which names stand for secrets. It looks at names alone: a secret under an innocent name is shown.

/// Words that make a name a secret's, as whole words of it.
const WORDS: &[&str] = &[
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "csrf",
    "cvc",
    "cvv",
    "otp",
    "passphrase",
    "pwd",
    "session",
    "sessionid",
    "sid",
    "token",
    "tokens",
    "xsrf",
];
/// What makes a name a secret's wherever it stands in it.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "apikey",
    "privatekey",
    "accesskey",
];

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
        words(name).any(|word| WORDS.contains(&word.to_lowercase().as_str()))
            || PARTS.iter().any(|part| squeezed.contains(part))
            || self.more.iter().any(|part| squeezed.contains(part))
    }
}

/// The name in lower case with its letters and digits alone: `api_key`, `Api-Key` and `apiKey` are one.
fn squeezed(name: &str) -> String {
    let of_a_word = name.chars().filter(|char| char.is_alphanumeric());
    of_a_word.flat_map(char::to_lowercase).collect()
}

/// The words of a name: between what is no letter, and from one capital to the next.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let pieces = name.split(|char: char| !char.is_alphanumeric());
    pieces.flat_map(|piece| {
        let mut from = 0;
        let mut small = false;
        let mut words = Vec::new();
        for (at, char) in piece.char_indices() {
            if char.is_uppercase() && small {
                words.push(&piece[from..at]);
                from = at;
            }
            small = char.is_lowercase();
        }
        words.push(&piece[from..]);
        words
    })
}

#[cfg(test)]
mod tests {
    use super::HiddenNames;

    #[test]
    fn hides_secrets_and_no_more() {
        let names = HiddenNames::new(&["iban".to_owned()]);
        let hidden = [
            "password",
            "user_password",
            "PASSWORD2",
            "X-Api-Key",
            "apiKey",
            "csrfToken",
            "access_token",
            "client_secret",
            "Authorization",
            "Cookie",
            "sid",
            "session",
            "customerIBAN",
        ];
        for name in hidden {
            assert!(names.hides(name), "{name}");
        }
        for name in [
            "author",
            "tokenizer",
            "side",
            "name",
            "id",
            "cart",
            "passenger",
            "",
        ] {
            assert!(!names.hides(name), "{name}");
        }
    }
}
