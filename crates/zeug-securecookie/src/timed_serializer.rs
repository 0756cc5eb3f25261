//! Owns `UrlSafeTimedSerializer`: signed tokens of any serde type that carry the time of their making.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::compress::{pack, unpack};
use crate::error::SecureCookieError;
use crate::python_json::{self, Escapes};
use crate::serializer::{PAYLOAD_LIMIT, no_signature};
use crate::timed::{TimedSigned, TimestampSigner, check_age};

/// Makes signed tokens that grow old: for links in mails, for what a form sends back.
///
/// The time is seconds since 1970, given by the caller.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use zeug_securecookie::{Signer, SignerOptions, TimestampSigner, UrlSafeTimedSerializer};
///
/// let signer = Signer::new("secret", SignerOptions::serializer().salt("confirm mail"))?;
/// let serializer = UrlSafeTimedSerializer::new(TimestampSigner::new(signer));
/// let token = serializer.dumps("user@example.org", 1_700_000_000)?;
///
/// let day = Duration::from_secs(86_400);
/// let loaded = serializer.loads_within::<String>(&token, day, 1_700_003_600)?;
/// assert_eq!((loaded.value().as_str(), loaded.signed_at()), ("user@example.org", 1_700_000_000));
/// assert!(serializer.loads_within::<String>(&token, day, 1_700_090_000).is_err());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
///
/// # Limits
///
/// A payload inflates to at most 1 MiB unless [`payload_limit`](Self::payload_limit) says otherwise.
///
/// # Deviations
///
/// Those of [`UrlSafeSerializer`](crate::UrlSafeSerializer).
#[derive(Clone, Debug)]
#[doc(alias = "URLSafeTimedSerializer")]
pub struct UrlSafeTimedSerializer {
    signer: TimestampSigner,
    fallbacks: Vec<TimestampSigner>,
    payload_limit: usize,
}

impl UrlSafeTimedSerializer {
    /// The serializer whose tokens that signer signs; itsdangerous' default salt for it is in [`SignerOptions::serializer`](crate::SignerOptions::serializer).
    #[must_use]
    pub const fn new(signer: TimestampSigner) -> Self {
        Self {
            signer,
            fallbacks: Vec::new(),
            payload_limit: PAYLOAD_LIMIT,
        }
    }

    /// The same with a signer that only verifies, tried after the others.
    #[must_use]
    #[doc(alias = "fallback_signers")]
    pub fn fallback(mut self, signer: TimestampSigner) -> Self {
        self.fallbacks.push(signer);
        self
    }

    /// The same with that many bytes of JSON in a token.
    #[must_use]
    pub const fn payload_limit(mut self, bytes: usize) -> Self {
        self.payload_limit = bytes;
        self
    }

    /// The token of a value, signed now. Keys stand in the order in which the value gives them.
    ///
    /// # Errors
    ///
    /// `Unwritable` for a value that JSON cannot hold, such as a map whose keys are no texts.
    pub fn dumps<T: Serialize + ?Sized>(
        &self,
        value: &T,
        now: u64,
    ) -> Result<String, SecureCookieError> {
        Ok(self.dump_json(&python_json::write(value, Escapes::Needed)?, now))
    }

    /// The token of a JSON text.
    pub(crate) fn dump_json(&self, json: &[u8], now: u64) -> String {
        let mut token = pack(json);
        self.signer.sign_in_place(&mut token, now);
        token
    }

    /// The value of a token whose signature is good, however old.
    ///
    /// # Errors
    ///
    /// `BadSignature` and `BadTimeSignature`; behind a good signature `InvalidBase64`, `InvalidCompression`, `PayloadTooLarge` and `InvalidJson`.
    pub fn loads<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<TimedLoaded<T>, SecureCookieError> {
        self.load_json(token, None)?.read()
    }

    /// The value of a token whose signature is good and at most so old.
    ///
    /// # Errors
    ///
    /// As [`loads`](Self::loads), and `SignatureExpired` or `SignedInTheFuture`.
    pub fn loads_within<T: DeserializeOwned>(
        &self,
        token: &str,
        max_age: Duration,
        now: u64,
    ) -> Result<TimedLoaded<T>, SecureCookieError> {
        self.load_json(token, Some((max_age, now)))?.read()
    }

    /// The value of a token, whoever made it and when: for looking at tokens, never for trusting them.
    ///
    /// # Errors
    ///
    /// `BadSignature` without two separators, otherwise as [`loads`](Self::loads) for the payload.
    #[doc(alias = "loads_unsafe")]
    pub fn loads_unverified<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<T, SecureCookieError> {
        let (payload, _, _) = self.signer.split(token)?;
        python_json::read(&unpack(payload, self.payload_limit)?)
    }

    /// The JSON text of a token whose signature is good.
    pub(crate) fn load_json(
        &self,
        token: &str,
        age: Option<(Duration, u64)>,
    ) -> Result<TimedLoaded<Vec<u8>>, SecureCookieError> {
        let (signed, current) = self.unsign(token)?;
        if let Some((max_age, now)) = age {
            check_age(signed.signed_at(), max_age, now)?;
        }
        Ok(TimedLoaded {
            value: unpack(signed.value(), self.payload_limit)?,
            signed_at: signed.signed_at(),
            current: current && signed.key_index() == 0,
            key: signed.key_index(),
        })
    }

    /// The signed text, and whether the first signer made it.
    fn unsign<'a>(&self, token: &'a str) -> Result<(TimedSigned<'a>, bool), SecureCookieError> {
        let mut refused = None;
        for (number, signer) in std::iter::once(&self.signer)
            .chain(&self.fallbacks)
            .enumerate()
        {
            match signer.unsign(token) {
                Ok(signed) => return Ok((signed, number == 0)),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(no_signature))
    }
}

/// A value out of a token whose signature is good, and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedLoaded<T> {
    value: T,
    signed_at: u64,
    current: bool,
    key: usize,
}

impl TimedLoaded<Vec<u8>> {
    /// The value of the JSON text.
    fn read<T: DeserializeOwned>(self) -> Result<TimedLoaded<T>, SecureCookieError> {
        Ok(TimedLoaded {
            value: python_json::read(&self.value)?,
            signed_at: self.signed_at,
            current: self.current,
            key: self.key,
        })
    }
}

impl<T> TimedLoaded<T> {
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

    /// When it was signed, in seconds since 1970.
    #[must_use]
    pub const fn signed_at(&self) -> u64 {
        self.signed_at
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
