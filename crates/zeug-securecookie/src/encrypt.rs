//! Owns `Encryptor`: texts that their bearer can neither change nor read. It does not compress: the length would tell of the contents.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::digest::{Digest, KeyDerivation};
use crate::error::{SecureCookieError, SecureCookieErrorKind};
use crate::key::{KeyRing, SecretKey, fill_random};
use crate::timed::check_age;

/// What the key is derived for, before the purpose: it must not be a key that signs.
const CONTEXT: &[u8] = b"zeug encrypted text 1: ";
const NONCE: usize = 24;
const TIME: usize = 8;

/// Encrypts bytes into texts that carry the time of their making, and decrypts those that no one has changed.
///
/// XChaCha20-Poly1305 ([draft](https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha-03)) with a random nonce of 24 bytes and a key derived by
/// HMAC-SHA-256 of the secret key and the purpose. The text is URL-safe base64 of the nonce and of the encrypted time (8 bytes, big-endian seconds since 1970) and bytes.
/// The length shows: 75 characters and four for each three bytes.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use zeug_securecookie::Encryptor;
///
/// let encryptor = Encryptor::new("secret key", "remember me");
/// let text = encryptor.seal(b"user 7", 1_700_000_000)?;
/// let day = Duration::from_secs(86_400);
/// assert_eq!(encryptor.open_within(&text, day, 1_700_000_001)?.value(), b"user 7");
/// assert!(encryptor.open_within(&text, day, 1_800_000_000).is_err(), "too old");
/// assert!(Encryptor::new("secret key", "session").open_within(&text, day, 1_700_000_001).is_err(), "another purpose");
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone)]
pub struct Encryptor {
    /// Of the newest key first.
    ciphers: Vec<XChaCha20Poly1305>,
}

impl Encryptor {
    /// The encryptor of those keys for that purpose: the current key encrypts, all of them decrypt.
    #[must_use]
    pub fn new(keys: impl Into<KeyRing>, purpose: &str) -> Self {
        let context = [CONTEXT, purpose.as_bytes()].concat();
        let prepare = |key: &SecretKey| {
            let derived = KeyDerivation::Hmac.derive(Digest::Sha256, &context, key.expose());
            // SHA-256 has the 32 bytes that the cipher wants.
            XChaCha20Poly1305::new_from_slice(&derived).ok()
        };
        Self {
            ciphers: keys.into().iter().filter_map(prepare).collect(),
        }
    }

    /// The text of those bytes: another one each time.
    ///
    /// # Errors
    ///
    /// `NoRandomness` if the system has none to give.
    pub fn seal(&self, value: &[u8], now: u64) -> Result<String, SecureCookieError> {
        let mut nonce = [0; NONCE];
        fill_random(&mut nonce)?;
        let plain = zeroize::Zeroizing::new([&now.to_be_bytes()[..], value].concat());
        let sealed = self
            .ciphers
            .first()
            .and_then(|cipher| {
                cipher
                    .encrypt(&XNonce::from(nonce), Payload::from(&plain[..]))
                    .ok()
            })
            .ok_or(SecureCookieError::new(SecureCookieErrorKind::NoKey, 0))?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// The bytes of a text that was made at most so long ago.
    ///
    /// # Errors
    ///
    /// `BadCiphertext` for what none of the keys opens, `SignatureExpired` or `SignedInTheFuture` for a good one of another time.
    ///
    /// # Limits
    ///
    /// Linear in the length, once for each key; what comes out is shorter than what went in.
    pub fn open_within(
        &self,
        text: &str,
        max_age: Duration,
        now: u64,
    ) -> Result<Opened, SecureCookieError> {
        let bad = SecureCookieError::new(SecureCookieErrorKind::BadCiphertext, 0);
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(bad)?;
        let nonce = XNonce::from(*nonce);
        let (key, mut plain) = self
            .ciphers
            .iter()
            .enumerate()
            .find_map(|(key, cipher)| Some((key, cipher.decrypt(&nonce, sealed).ok()?)))
            .ok_or(bad)?;
        let time = *plain.first_chunk::<TIME>().ok_or(bad)?;
        let sealed_at = u64::from_be_bytes(time);
        check_age(sealed_at, max_age, now)?;
        plain.drain(..TIME);
        Ok(Opened {
            value: plain,
            sealed_at,
            key,
        })
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryptor").finish_non_exhaustive()
    }
}

/// Bytes that were encrypted, and when.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    value: Vec<u8>,
    sealed_at: u64,
    key: usize,
}

impl Opened {
    /// The bytes.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// When they were encrypted, in seconds since 1970.
    #[must_use]
    pub const fn sealed_at(&self) -> u64 {
        self.sealed_at
    }

    /// Which key encrypted them: 0 for the current one, 1 for the first fallback and so on.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key
    }
}

impl fmt::Debug for Opened {
    /// The time and the key; the bytes stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("sealed_at", &self.sealed_at)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
