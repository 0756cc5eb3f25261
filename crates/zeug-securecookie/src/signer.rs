//! Owns `Signer`: a text, a separator and a signature, as itsdangerous writes them. It knows no time and reads no payload.

use std::fmt;

use crate::digest::{Digest, KeyDerivation, Mac};
use crate::error::{SecureCookieError, SecureCookieErrorKind};
use crate::key::{KeyRing, SecretKey};

/// What a signer does with its keys; the defaults are those of itsdangerous' `Signer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerOptions {
    salt: Vec<u8>,
    separator: String,
    derivation: KeyDerivation,
    digest: Digest,
}

impl Default for SignerOptions {
    fn default() -> Self {
        Self {
            salt: b"itsdangerous.Signer".to_vec(),
            separator: ".".to_owned(),
            derivation: KeyDerivation::default(),
            digest: Digest::default(),
        }
    }
}

impl SignerOptions {
    /// The options of itsdangerous' serializers: the salt `itsdangerous`.
    #[must_use]
    pub fn serializer() -> Self {
        Self::default().salt("itsdangerous")
    }

    /// The options of Flask's session: the salt `cookie-session`, the derivation by HMAC.
    #[must_use]
    pub fn flask_session() -> Self {
        Self::default()
            .salt("cookie-session")
            .key_derivation(KeyDerivation::Hmac)
    }

    /// The same with that salt. It is no secret: it names what the signature is for, so that a value signed for one purpose is worth nothing elsewhere.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<Vec<u8>>) -> Self {
        self.salt = salt.into();
        self
    }

    /// The same with that separator between value and signature.
    #[must_use]
    pub fn separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = separator.into();
        self
    }

    /// The same with that way to the signing key.
    #[must_use]
    pub const fn key_derivation(mut self, derivation: KeyDerivation) -> Self {
        self.derivation = derivation;
        self
    }

    /// The same with that hash.
    #[must_use]
    pub const fn digest(mut self, digest: Digest) -> Self {
        self.digest = digest;
        self
    }

    /// The key that signatures of a secret key are made with: [`Signer`] derives it itself.
    #[must_use]
    pub fn derive_key(&self, key: &SecretKey) -> SecretKey {
        let derived = self
            .derivation
            .derive(self.digest, &self.salt, key.expose());
        SecretKey::new(&derived[..])
    }
}

/// Signs texts and gives back those whose signature is good.
///
/// The keys are derived and prepared once, when the signer is made. Keep it: making one costs more than signing.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Signer, SignerOptions};
///
/// let signer = Signer::new("k", SignerOptions::default())?;
/// let signed = signer.sign("v");
/// assert_eq!(signed, "v.2JukJbdKiJ0MywoHcbEm2OQg0dM");
/// assert_eq!(signer.unsign(&signed)?.value(), "v");
/// assert!(signer.unsign("w.2JukJbdKiJ0MywoHcbEm2OQg0dM").is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
///
/// # Deviations
///
/// itsdangerous reads several spellings of a signature in base64, here there is one; padding may stand behind it. It allows a separator such as `ba`, since its alphabet has `ab` only;
/// here one character must be none of the alphabet.
#[derive(Clone)]
pub struct Signer {
    /// Of the newest key first.
    macs: Vec<Mac>,
    separator: String,
}

impl Signer {
    /// The signer of those keys.
    ///
    /// # Errors
    ///
    /// `InvalidSeparator` for a separator that is empty or made of letters, digits, `-`, `_` and `=` alone.
    pub fn new(
        keys: impl Into<KeyRing>,
        options: SignerOptions,
    ) -> Result<Self, SecureCookieError> {
        let is_of_a_signature =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
        if options.separator.bytes().all(is_of_a_signature) {
            return Err(SecureCookieError::new(
                SecureCookieErrorKind::InvalidSeparator,
                0,
            ));
        }
        let prepare = |key: &SecretKey| {
            let derived = options
                .derivation
                .derive(options.digest, &options.salt, key.expose());
            Mac::new(options.digest, &derived)
        };
        Ok(Self {
            macs: keys.into().iter().map(prepare).collect(),
            separator: options.separator,
        })
    }

    pub(crate) fn separator(&self) -> &str {
        &self.separator
    }

    /// The text with the separator and the signature behind it.
    #[must_use]
    pub fn sign(&self, value: &str) -> String {
        let mut signed = String::with_capacity(value.len() + self.separator.len() + 86);
        signed.push_str(value);
        self.sign_in_place(&mut signed);
        signed
    }

    /// Puts the separator and the signature behind a text.
    pub(crate) fn sign_in_place(&self, text: &mut String) {
        // A ring has a key.
        if let Some(mac) = self.macs.first() {
            let signature = mac.sign(text.as_bytes());
            text.push_str(&self.separator);
            text.push_str(signature.as_str());
        }
    }

    /// The text whose signature is good, and the key that it was made with.
    ///
    /// # Errors
    ///
    /// `BadSignature` if there is no separator, or behind the last one no signature that one of the keys makes.
    ///
    /// # Limits
    ///
    /// Linear in the length, once for each key.
    pub fn unsign<'a>(&self, signed: &'a str) -> Result<Signed<'a>, SecureCookieError> {
        let (value, signature) = self.split(signed)?;
        match self.verifying_key(value, signature) {
            Some(key) => Ok(Signed { value, key }),
            None => Err(SecureCookieError::new(
                SecureCookieErrorKind::BadSignature,
                signed.len() - signature.len(),
            )),
        }
    }

    /// The text before the last separator and what follows it, nothing verified: for looking, never for trusting.
    ///
    /// # Errors
    ///
    /// `BadSignature` if there is no separator.
    pub fn split<'a>(&self, signed: &'a str) -> Result<(&'a str, &'a str), SecureCookieError> {
        signed.rsplit_once(&self.separator).ok_or_else(|| {
            SecureCookieError::new(SecureCookieErrorKind::BadSignature, signed.len())
        })
    }

    /// Which key made the signature, the newest tried first.
    fn verifying_key(&self, value: &str, signature: &str) -> Option<usize> {
        self.macs
            .iter()
            .position(|mac| mac.verify(value.as_bytes(), signature))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("keys", &self.macs)
            .field("separator", &self.separator)
            .finish()
    }
}

/// A text whose signature is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    value: &'a str,
    key: usize,
}

impl<'a> Signed<'a> {
    /// The text.
    #[must_use]
    pub const fn value(&self) -> &'a str {
        self.value
    }

    /// Which key signed it: 0 for the current one, 1 for the first fallback and so on. Sign anew what is not 0.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key
    }
}
