//! Owns `SecretKey` and `KeyRing`. Keys are not shown, not compared, and wiped when they go.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{SecureCookieError, SecureCookieErrorKind};

/// A secret that signs. `Debug` hides it, its memory is overwritten when it is dropped, and it cannot be compared.
///
/// # Example
///
/// ```
/// use zeug_securecookie::SecretKey;
///
/// let key = SecretKey::generate()?;
/// assert_eq!(key.expose().len(), 64, "hexadecimal digits, to be kept in a file");
/// assert_eq!(format!("{key:?}"), "SecretKey(..)");
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

impl SecretKey {
    /// The key of those bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// A new key of 32 random bytes, as 64 hexadecimal digits: text, so that the same key can stand in Flask's configuration.
    ///
    /// # Errors
    ///
    /// `NoRandomness` if the system has none to give.
    pub fn generate() -> Result<Self, SecureCookieError> {
        let mut random = Zeroizing::new([0; 32]);
        fill_random(&mut *random)?;
        let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 15)];
        let text: Vec<u8> = random
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
            .collect();
        Ok(Self::new(text))
    }

    /// The key's bytes: to be stored, never to be logged.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes of the system's randomness.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), SecureCookieError> {
    getrandom::fill(bytes)
        .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::NoRandomness, 0))
}

impl From<&str> for SecretKey {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for SecretKey {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&[u8]> for SecretKey {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for SecretKey {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// The keys of a program: the current one signs, all of them verify.
///
/// To rotate, put a new key in front and keep the old one as a fallback for as long as its signatures may live.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{KeyRing, Signer, SignerOptions};
///
/// let before = Signer::new("2025", SignerOptions::default())?;
/// let after = Signer::new(KeyRing::new("2026").fallback("2025"), SignerOptions::default())?;
///
/// assert_eq!(after.unsign(&before.sign("value"))?.key_index(), 1, "an old key: sign again");
/// assert_eq!(after.unsign(&after.sign("value"))?.key_index(), 0);
/// assert!(before.unsign(&after.sign("value")).is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeyRing {
    /// Newest first.
    keys: Vec<SecretKey>,
}

impl KeyRing {
    /// The ring of one key, which signs.
    #[must_use]
    #[doc(alias = "SECRET_KEY")]
    pub fn new(current: impl Into<SecretKey>) -> Self {
        Self {
            keys: vec![current.into()],
        }
    }

    /// The ring with another key that verifies only, tried after those that are there.
    #[must_use]
    #[doc(alias = "SECRET_KEY_FALLBACKS")]
    pub fn fallback(mut self, old: impl Into<SecretKey>) -> Self {
        self.keys.push(old.into());
        self
    }

    /// The ring of a list as itsdangerous takes it: oldest first, the last one signs.
    ///
    /// # Errors
    ///
    /// `NoKey` for an empty list.
    #[doc(alias = "secret_keys")]
    pub fn oldest_first<K: Into<SecretKey>>(
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Self, SecureCookieError> {
        let mut keys: Vec<SecretKey> = keys.into_iter().map(Into::into).collect();
        keys.reverse();
        if keys.is_empty() {
            return Err(SecureCookieError::new(SecureCookieErrorKind::NoKey, 0));
        }
        Ok(Self { keys })
    }

    /// The keys, the one that signs first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SecretKey> {
        self.keys.iter()
    }
}

impl<K: Into<SecretKey>> From<K> for KeyRing {
    fn from(key: K) -> Self {
        Self::new(key)
    }
}
