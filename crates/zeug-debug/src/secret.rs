//! Owns which names say that their value is a secret.

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
