//! Owns `TimestampSigner`: signatures that carry the time of their making. The clock is the caller's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{SecureCookieError, SecureCookieErrorKind};
use crate::signer::Signer;

/// The whole seconds from 1970 to that time; 0 for a time before.
///
/// # Example
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use zeug_securecookie::unix_seconds;
///
/// assert_eq!(unix_seconds(UNIX_EPOCH + Duration::from_millis(1_999)), 1);
/// assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_secs(9)), 0);
/// ```
#[must_use]
pub fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Signs texts together with the time, and gives back those whose signature is good and not too old.
///
/// The time is seconds since 1970, given by the caller: [`unix_seconds`] makes them of the system's.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use zeug_securecookie::{SecureCookieErrorKind, Signer, SignerOptions, TimestampSigner};
///
/// let signer = TimestampSigner::new(Signer::new("k", SignerOptions::default())?);
/// let signed = signer.sign("v", 1_700_000_000);
/// assert!(signed.starts_with("v.ZVPxAA."));
///
/// let minute = Duration::from_secs(60);
/// assert_eq!(signer.unsign_within(&signed, minute, 1_700_000_060)?.value(), "v");
/// let error = signer.unsign_within(&signed, minute, 1_700_000_061).unwrap_err();
/// assert_eq!(error.kind(), SecureCookieErrorKind::SignatureExpired { age: 61, max_age: 60 });
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
///
/// # Deviations
///
/// itsdangerous passes over characters in the time that are not base64; here such a time is none. It can only stand behind a good signature where the same key and salt
/// also sign without a time.
#[derive(Clone, Debug)]
pub struct TimestampSigner {
    signer: Signer,
}

impl TimestampSigner {
    /// The signer that adds the time.
    #[must_use]
    pub const fn new(signer: Signer) -> Self {
        Self { signer }
    }

    /// The text with the time and the signature behind it.
    #[must_use]
    pub fn sign(&self, value: &str, now: u64) -> String {
        let mut signed =
            String::with_capacity(value.len() + 2 * self.signer.separator().len() + 97);
        signed.push_str(value);
        self.sign_in_place(&mut signed, now);
        signed
    }

    pub(crate) fn sign_in_place(&self, text: &mut String, now: u64) {
        text.push_str(self.signer.separator());
        let bytes = now.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        URL_SAFE_NO_PAD.encode_string(bytes.get(zeros..).unwrap_or_default(), text);
        self.signer.sign_in_place(text);
    }

    /// The text whose signature is good, however old.
    ///
    /// # Errors
    ///
    /// `BadSignature` where no time can stand, `BadTimeSignature` where one stands but no key makes the signature, or where the signature is good and no time
    /// can be read.
    pub fn unsign<'a>(&self, signed: &'a str) -> Result<TimedSigned<'a>, SecureCookieError> {
        let bad_time =
            |offset| SecureCookieError::new(SecureCookieErrorKind::BadTimeSignature, offset);
        match self.signer.unsign(signed) {
            Ok(good) => {
                let (value, time) = good
                    .value()
                    .rsplit_once(self.signer.separator())
                    .ok_or_else(|| bad_time(good.value().len()))?;
                let signed_at =
                    seconds(time).ok_or_else(|| bad_time(good.value().len() - time.len()))?;
                Ok(TimedSigned {
                    value,
                    signed_at,
                    key: good.key_index(),
                })
            }
            Err(error) => Err(match self.split(signed) {
                Err(_) => error,
                Ok((_, time, _)) => bad_time(error.offset()).signed_at_time(seconds(time)),
            }),
        }
    }

    /// The text, the time as it stands there, and the signature, nothing verified: for looking, never for trusting.
    ///
    /// # Errors
    ///
    /// `BadSignature` if there are not two separators.
    pub fn split<'a>(
        &self,
        signed: &'a str,
    ) -> Result<(&'a str, &'a str, &'a str), SecureCookieError> {
        let (timed, signature) = self.signer.split(signed)?;
        let (value, time) = self.signer.split(timed)?;
        Ok((value, time, signature))
    }

    /// The text whose signature is good and at most so old.
    ///
    /// # Errors
    ///
    /// As [`unsign`](Self::unsign), and `SignatureExpired` or `SignedInTheFuture` for a good signature of another time. Fractions of a second in `max_age` are
    /// dropped.
    pub fn unsign_within<'a>(
        &self,
        signed: &'a str,
        max_age: Duration,
        now: u64,
    ) -> Result<TimedSigned<'a>, SecureCookieError> {
        let good = self.unsign(signed)?;
        check_age(good.signed_at, max_age, now)?;
        Ok(good)
    }
}

/// Refuses what is older than allowed, or younger than now.
pub(crate) fn check_age(
    signed_at: u64,
    max_age: Duration,
    now: u64,
) -> Result<(), SecureCookieError> {
    let max_age = max_age.as_secs();
    let kind = match now.checked_sub(signed_at) {
        None => SecureCookieErrorKind::SignedInTheFuture {
            ahead: signed_at - now,
        },
        Some(age) if age > max_age => SecureCookieErrorKind::SignatureExpired { age, max_age },
        Some(_) => return Ok(()),
    };
    Err(SecureCookieError::new(kind, 0).signed_at_time(Some(signed_at)))
}

/// The number of up to 8 bytes behind leading zeros.
fn seconds(text: &str) -> Option<u64> {
    let mut buffer = [0; 64];
    let len = URL_SAFE_NO_PAD.decode_slice(text, &mut buffer).ok()?;
    buffer.get(..len)?.iter().try_fold(0_u64, |seconds, byte| {
        Some(seconds.checked_mul(256)? | u64::from(*byte))
    })
}

/// A text whose signature is good, and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedSigned<'a> {
    value: &'a str,
    signed_at: u64,
    key: usize,
}

impl<'a> TimedSigned<'a> {
    /// The text.
    #[must_use]
    pub const fn value(&self) -> &'a str {
        self.value
    }

    /// When it was signed, in seconds since 1970.
    #[must_use]
    #[doc(alias = "return_timestamp")]
    pub const fn signed_at(&self) -> u64 {
        self.signed_at
    }

    /// Which key signed it: 0 for the current one, 1 for the first fallback and so on.
    #[must_use]
    pub const fn key_index(&self) -> usize {
        self.key
    }
}
