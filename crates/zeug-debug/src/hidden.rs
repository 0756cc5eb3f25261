//! Owns which names stand for secrets: those of every program, and those that this one was told of. A secret under an innocent name is shown.

/// Words that make a name a secret's, in lower case.
const WORDS: [&str; 31] = [
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "csrftoken",
    "cvc",
    "cvv",
    "jwt",
    "key",
    "keys",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pin",
    "private",
    "pwd",
    "salt",
    "secret",
    "secrets",
    "session",
    "sessionid",
    "sid",
    "token",
    "tokens",
];

/// Whether one of the words of a variable's, a field's or a map key's name is that of a secret: `api_key`, `ApiKey`, `x-auth-token`, but not `monkey`.
pub(crate) fn is_secret(name: &str) -> bool {
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        let ends = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if ends {
            if WORDS.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_numeric();
    }
    WORDS.contains(&word.as_str())
}

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
