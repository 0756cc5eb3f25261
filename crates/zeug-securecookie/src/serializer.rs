//! Owns `UrlSafeSerializer`: signed tokens of any serde type. It reads a payload only behind a good signature.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compress::{pack, unpack};
use crate::error::SecureCookieError;
use crate::python_json::{self, Escapes};
use crate::signer::Signer;

/// The bytes that a payload may inflate to: 1 MiB, four thousand times what a cookie holds of it and sixteen times the longest head that servers take.
pub(crate) const PAYLOAD_LIMIT: usize = 1 << 20;

/// Makes signed tokens for URLs, cookies and fields out of values, and reads them: JSON, compressed where that is shorter, in base64.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{Signer, SignerOptions, UrlSafeSerializer};
///
/// let signer = Signer::new("k", SignerOptions::serializer().salt("s"))?;
/// let serializer = UrlSafeSerializer::new(signer);
/// let token = serializer.dumps(&std::collections::BTreeMap::from([("a", 1)]))?;
/// assert_eq!(token, "eyJhIjoxfQ.yGlEv78zJInzALRubafgjtdad9w");
///
/// let loaded = serializer.loads::<std::collections::BTreeMap<String, u8>>(&token)?;
/// assert_eq!(loaded.value()["a"], 1);
/// assert!(serializer.loads::<Vec<u8>>("eyJhIjoyfQ.yGlEv78zJInzALRubafgjtdad9w").is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
///
/// # Limits
///
/// A payload inflates to at most 1 MiB unless [`payload_limit`](Self::payload_limit) says otherwise.
///
/// # Deviations
///
/// Compressed payloads are those of another library: as short to a few bytes, not the same. Characters in a payload that are not base64 are refused, where
/// Python passes over them. Numbers beyond 64 bits become floats.
#[derive(Clone, Debug)]
#[doc(alias = "URLSafeSerializer")]
pub struct UrlSafeSerializer {
    signer: Signer,
    fallbacks: Vec<Signer>,
    payload_limit: usize,
}

impl UrlSafeSerializer {
    /// The serializer whose tokens that signer signs; itsdangerous' default salt for it is in [`SignerOptions::serializer`](crate::SignerOptions::serializer).
    #[must_use]
    pub const fn new(signer: Signer) -> Self {
        Self {
            signer,
            fallbacks: Vec::new(),
            payload_limit: PAYLOAD_LIMIT,
        }
    }

    /// The same with a signer that only verifies, tried after the others: for the way from one hash or derivation to another. For another key take a
    /// [`KeyRing`](crate::KeyRing).
    #[must_use]
    #[doc(alias = "fallback_signers")]
    pub fn fallback(mut self, signer: Signer) -> Self {
        self.fallbacks.push(signer);
        self
    }

    /// The same with that many bytes of JSON in a token.
    #[must_use]
    pub const fn payload_limit(mut self, bytes: usize) -> Self {
        self.payload_limit = bytes;
        self
    }

    /// The token of a value. Keys stand in the order in which the value gives them.
    ///
    /// # Errors
    ///
    /// `Unwritable` for a value that JSON cannot hold, such as a map whose keys are no texts.
    pub fn dumps<T: Serialize + ?Sized>(&self, value: &T) -> Result<String, SecureCookieError> {
        let mut token = pack(&python_json::write(value, Escapes::Needed)?);
        self.signer.sign_in_place(&mut token);
        Ok(token)
    }

    /// The value of a token whose signature is good.
    ///
    /// # Errors
    ///
    /// `BadSignature`; behind a good signature `InvalidBase64`, `InvalidCompression`, `PayloadTooLarge` and `InvalidJson`.
    pub fn loads<T: DeserializeOwned>(&self, token: &str) -> Result<Loaded<T>, SecureCookieError> {
        let mut refused = None;
        for (number, signer) in std::iter::once(&self.signer)
            .chain(&self.fallbacks)
            .enumerate()
        {
            match signer.unsign(token) {
                Ok(signed) => {
                    return Ok(Loaded {
                        value: self.read(signed.value())?,
                        current: number == 0 && signed.key_index() == 0,
                        key: signed.key_index(),
                    });
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(no_signature))
    }

    /// The value of a token, whoever made it: for looking at tokens, never for trusting them.
    ///
    /// # Errors
    ///
    /// `BadSignature` without a separator, otherwise as [`loads`](Self::loads) for the payload.
    #[doc(alias = "loads_unsafe")]
    pub fn loads_unverified<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<T, SecureCookieError> {
        self.read(self.signer.split(token)?.0)
    }

    fn read<T: DeserializeOwned>(&self, payload: &str) -> Result<T, SecureCookieError> {
        python_json::read(&unpack(payload, self.payload_limit)?)
    }
}

/// There is always a signer, and it has refused.
pub(crate) const fn no_signature() -> SecureCookieError {
    SecureCookieError::new(crate::SecureCookieErrorKind::BadSignature, 0)
}

/// A value out of a token whose signature is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded<T> {
    value: T,
    current: bool,
    key: usize,
}

impl<T> Loaded<T> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The value itself.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// Whether the current key and signer made the token. Otherwise hand out a new one.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.current
    }

    /// Which key of the signer made it: 0 for the current one, 1 for the first fallback and so on.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key
    }
}
