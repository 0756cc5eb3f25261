//! The crate's one error: why a signed value was refused, and where. It never repeats what was signed, nor a key.

use std::fmt;

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecureCookieErrorKind {
    /// No signature, or none that any of the keys makes.
    BadSignature,
    /// The same of a value that carries a time; also a good signature over a value without a time that can be read.
    BadTimeSignature,
    /// A good signature that is older than allowed.
    SignatureExpired {
        /// Seconds since it was made.
        age: u64,
        /// Seconds that were allowed.
        max_age: u64,
    },
    /// A good signature that will be made some seconds from now.
    SignedInTheFuture {
        /// How many seconds.
        ahead: u64,
    },
    /// A good signature over a payload that is not URL-safe base64.
    InvalidBase64,
    /// A good signature over a payload that does not inflate.
    InvalidCompression,
    /// A payload that inflates to more bytes than allowed.
    PayloadTooLarge {
        /// The bytes that are allowed.
        limit: usize,
    },
    /// A good signature over a payload that is not JSON, or not JSON of the wanted type.
    InvalidJson,
    /// A separator that is empty or made of characters that a signature has.
    InvalidSeparator,
    /// No key, or an empty one where one is needed.
    NoKey,
    /// A value that JSON cannot hold, or that is nested more than 60 deep.
    Unwritable,
    /// A cookie name or attribute that cannot stand in a field.
    InvalidCookie,
    /// An encrypted text that none of the keys opens.
    BadCiphertext,
    /// A CSRF token that is not the session's, or a session without one.
    WrongCsrfToken,
    /// The system gave no random bytes.
    NoRandomness,
}

/// Why something was refused, and where.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{SecureCookieErrorKind, Signer, SignerOptions};
///
/// let signer = Signer::new("secret", SignerOptions::default())?;
/// let error = signer.unsign("value.changed").unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (SecureCookieErrorKind::BadSignature, 6));
/// assert_eq!(error.to_string(), "signature does not match at byte 6");
/// assert_eq!(error.status_hint(), 400);
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecureCookieError {
    kind: SecureCookieErrorKind,
    offset: usize,
    signed_at: Option<u64>,
}

impl SecureCookieError {
    pub(crate) const fn new(kind: SecureCookieErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset,
            signed_at: None,
        }
    }

    /// The same with the time that the value carries.
    pub(crate) const fn signed_at_time(mut self, signed_at: Option<u64>) -> Self {
        self.signed_at = signed_at;
        self
    }

    /// Why it was refused.
    #[must_use]
    pub const fn kind(&self) -> SecureCookieErrorKind {
        self.kind
    }

    /// The byte offset in the refused text at which the refused part begins (the signature, the time, the payload); in a payload that is not JSON, the
    /// offset in the JSON. 0 where nothing was read.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The time that the value carries, in seconds since 1970: of `SignatureExpired` and `SignedInTheFuture` a fact, of `BadTimeSignature` what somebody claims.
    #[must_use]
    #[doc(alias = "date_signed")]
    pub const fn signed_at(&self) -> Option<u64> {
        self.signed_at
    }

    /// Whether the text was not vouched for: it was changed, made with another key, or is too old. The opposite is a good signature over what cannot be read.
    #[must_use]
    pub const fn is_bad_signature(&self) -> bool {
        matches!(
            self.kind,
            SecureCookieErrorKind::BadSignature
                | SecureCookieErrorKind::BadTimeSignature
                | SecureCookieErrorKind::SignatureExpired { .. }
                | SecureCookieErrorKind::SignedInTheFuture { .. }
                | SecureCookieErrorKind::BadCiphertext
        )
    }

    /// The status that suits an answer: 500 for what the program did itself (keys, separators, values to write), otherwise 400.
    #[must_use]
    pub const fn status_hint(&self) -> u16 {
        match self.kind {
            SecureCookieErrorKind::InvalidSeparator
            | SecureCookieErrorKind::NoKey
            | SecureCookieErrorKind::Unwritable
            | SecureCookieErrorKind::InvalidCookie
            | SecureCookieErrorKind::NoRandomness => 500,
            _ => 400,
        }
    }
}

impl fmt::Display for SecureCookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SecureCookieErrorKind::BadSignature => "signature does not match",
            SecureCookieErrorKind::BadTimeSignature => "timed signature does not match",
            SecureCookieErrorKind::SignatureExpired { age, max_age } => {
                return write!(
                    f,
                    "signature is {age} seconds old, at most {max_age} allowed"
                );
            }
            SecureCookieErrorKind::SignedInTheFuture { ahead } => {
                return write!(f, "signature is from {ahead} seconds ahead");
            }
            SecureCookieErrorKind::InvalidBase64 => "payload is not base64",
            SecureCookieErrorKind::InvalidCompression => "payload does not inflate",
            SecureCookieErrorKind::PayloadTooLarge { limit } => {
                return write!(f, "payload inflates to more than {limit} bytes");
            }
            SecureCookieErrorKind::InvalidJson => "payload is not the JSON that is wanted",
            SecureCookieErrorKind::InvalidSeparator => {
                return f.write_str("separator could be a part of a signature");
            }
            SecureCookieErrorKind::NoKey => return f.write_str("no secret key"),
            SecureCookieErrorKind::Unwritable => {
                return f.write_str("value cannot be written as JSON");
            }
            SecureCookieErrorKind::InvalidCookie => {
                return f.write_str("cookie cannot be written as a field");
            }
            SecureCookieErrorKind::BadCiphertext => "no key opens the encrypted text",
            SecureCookieErrorKind::WrongCsrfToken => {
                return f.write_str("csrf token is not the session's");
            }
            SecureCookieErrorKind::NoRandomness => {
                return f.write_str("the system gave no random bytes");
            }
        };
        write!(f, "{what} at byte {}", self.offset)
    }
}

impl std::error::Error for SecureCookieError {}
