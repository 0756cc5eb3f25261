//! Owns `PasswordHash`: a stored text taken apart, in Werkzeug's format, Django's, or Argon2's. It refuses costly ones before any work.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "argon2")]
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::limits::PasswordLimits;
use super::method::{PasswordDigest, PasswordMethod, number};
use crate::compare::constant_time_eq;
use crate::error::{SecurityError, SecurityErrorKind};

/// A stored hash: its method, its salt and its digest.
///
/// Three texts are read:
///
/// | of | text |
/// | --- | --- |
/// | Werkzeug | `scrypt:32768:8:1$salt$hex`, `pbkdf2:sha256:1000000$salt$hex` |
/// | Django | `pbkdf2_sha256$1000000$salt$base64`, `pbkdf2_sha1$…` |
/// | Argon2, with the feature | `$argon2id$v=19$m=19456,t=2,p=1$salt$base64`, also with Django's `argon2` in front |
///
/// It is written back as Werkzeug's, or as Argon2's.
///
/// # Example
///
/// ```
/// use zeug_security::{PasswordHash, PasswordLimits, SecurityErrorKind};
///
/// let stored = "pbkdf2:sha1:1$phum$78e08ae774baec4b7276f0dc5b9961b746df171a";
/// let hash = PasswordHash::parse(stored, PasswordLimits::default())?;
/// assert_eq!((hash.method().to_string(), hash.salt()), ("pbkdf2:sha1:1".to_owned(), &b"phum"[..]));
///
/// let costly = PasswordHash::parse("scrypt:1073741824:8:1$salt$00", PasswordLimits::default());
/// assert_eq!(costly.unwrap_err().kind(), SecurityErrorKind::TooMuchMemory { limit: 256 << 20 });
/// # Ok::<(), zeug_security::SecurityError>(())
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    method: PasswordMethod,
    salt: Vec<u8>,
    /// Nothing for one that cannot be a digest of the method.
    digest: Vec<u8>,
}

impl PasswordHash {
    /// The stored hash of a text.
    ///
    /// A digest that is not of the method's form is no error: no password has it.
    ///
    /// # Errors
    ///
    /// `MalformedHash` if there are not three parts or the text is longer than the limit, `UnknownMethod`, `InvalidParameters`, and `TooMuchMemory` or
    /// `TooMuchWork` for parameters beyond the limits.
    pub fn parse(text: &str, limits: PasswordLimits) -> Result<Self, SecurityError> {
        let malformed = SecurityError::at(SecurityErrorKind::MalformedHash, text.len());
        if text.len() > limits.text {
            return Err(SecurityError::at(
                SecurityErrorKind::MalformedHash,
                limits.text,
            ));
        }
        #[cfg(feature = "argon2")]
        if let Some(rest) = text
            .strip_prefix("argon2$")
            .or_else(|| text.strip_prefix('$'))
            .and_then(|rest| rest.strip_prefix("argon2id$"))
        {
            let at = text.len() - rest.len();
            return Self::parse_argon2(rest)
                .ok_or(SecurityError::at(SecurityErrorKind::InvalidParameters, at))?
                .checked(limits);
        }
        let (method, rest) = text.split_once('$').ok_or(malformed)?;
        let (salt, digest) = rest.split_once('$').ok_or(malformed)?;
        if let Some(name) = method.strip_prefix("pbkdf2_") {
            return Self::parse_django(name, salt, digest, method.len())?.checked(limits);
        }
        let method = PasswordMethod::parse(method)?;
        Self {
            method,
            salt: salt.as_bytes().to_vec(),
            digest: hex(digest, method.digest_length()).unwrap_or_default(),
        }
        .checked(limits)
    }

    /// Of `sha256`, the iterations, and the rest: the salt and the digest.
    fn parse_django(
        name: &str,
        iterations: &str,
        rest: &str,
        at: usize,
    ) -> Result<Self, SecurityError> {
        let digest = match name {
            "sha256" => PasswordDigest::Sha256,
            "sha1" => PasswordDigest::Sha1,
            _ => return Err(SecurityError::at(SecurityErrorKind::UnknownMethod, 0)),
        };
        let iterations = number(iterations)
            .filter(|iterations| *iterations > 0)
            .ok_or(SecurityError::at(
                SecurityErrorKind::InvalidParameters,
                at + 1,
            ))?;
        let (salt, encoded) = rest.split_once('$').ok_or(SecurityError::at(
            SecurityErrorKind::MalformedHash,
            at + 2 + rest.len(),
        ))?;
        let decoded = STANDARD.decode(encoded).unwrap_or_default();
        Ok(Self {
            method: PasswordMethod::Pbkdf2 { digest, iterations },
            salt: salt.as_bytes().to_vec(),
            digest: Some(decoded)
                .filter(|decoded| decoded.len() == digest.size())
                .unwrap_or_default(),
        })
    }

    /// Of `v=19$m=19456,t=2,p=1$salt$digest`.
    #[cfg(feature = "argon2")]
    fn parse_argon2(rest: &str) -> Option<Self> {
        let [version, parameters, salt, digest] = rest.splitn(5, '$').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let (memory, parameters) = parameters.strip_prefix("m=")?.split_once(",t=")?;
        let (passes, lanes) = parameters.split_once(",p=")?;
        let salt = STANDARD_NO_PAD.decode(salt).ok()?;
        let digest = STANDARD_NO_PAD.decode(digest).ok()?;
        // What the method itself can do: salts from 8 bytes on, and a digest that is not a guess.
        (version == "v=19" && salt.len() >= 8 && (16..=128).contains(&digest.len()))
            .then_some(())?;
        Some(Self {
            method: PasswordMethod::Argon2id {
                memory: number(memory)?,
                passes: number(passes)?,
                lanes: number(lanes)?,
            },
            salt,
            digest,
        })
    }

    fn checked(self, limits: PasswordLimits) -> Result<Self, SecurityError> {
        self.method.check(limits)?;
        Ok(self)
    }

    /// A new hash.
    pub(super) fn make(
        method: PasswordMethod,
        salt: &str,
        password: &[u8],
        limits: PasswordLimits,
    ) -> Result<Self, SecurityError> {
        if salt.is_empty() || salt.contains('$') || salt.len() > limits.text {
            return Err(SecurityError::at(SecurityErrorKind::MalformedHash, 0));
        }
        method.check(limits)?;
        Ok(Self {
            method,
            salt: salt.as_bytes().to_vec(),
            digest: method.derive(password, salt.as_bytes(), method.digest_length()),
        })
    }

    /// The method with its parameters.
    #[must_use]
    pub const fn method(&self) -> PasswordMethod {
        self.method
    }

    /// The salt's bytes.
    #[must_use]
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Whether it was made of this password. The digests are compared in constant time, and the work is done even where the stored digest cannot be one.
    #[must_use]
    pub fn verify(&self, password: impl AsRef<[u8]>) -> bool {
        let length = if self.digest.is_empty() {
            self.method.digest_length()
        } else {
            self.digest.len()
        };
        let derived =
            zeroize::Zeroizing::new(self.method.derive(password.as_ref(), &self.salt, length));
        !derived.is_empty() && constant_time_eq(&*derived, &self.digest)
    }
}

/// The bytes of that many pairs of lower-case digits.
fn hex(text: &str, length: usize) -> Option<Vec<u8>> {
    if text.len() != length * 2 {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?))
        .collect()
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "argon2")]
        if let PasswordMethod::Argon2id {
            memory,
            passes,
            lanes,
        } = self.method
        {
            let salt = STANDARD_NO_PAD.encode(&self.salt);
            let digest = STANDARD_NO_PAD.encode(&self.digest);
            return write!(
                f,
                "$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${digest}"
            );
        }
        write!(
            f,
            "{}${}$",
            self.method,
            String::from_utf8_lossy(&self.salt)
        )?;
        self.digest
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PasswordHash {
    /// The method; salt and digest stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
