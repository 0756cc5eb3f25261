//! Owns `CsrfTokens`: tokens for forms, bound to a session, as Flask-WTF makes them. It knows no form and no request.

use std::time::Duration;

use subtle::ConstantTimeEq;

use crate::error::{SecureCookieError, SecureCookieErrorKind};
use crate::key::{KeyRing, fill_random};
use crate::session::Session;
use crate::signer::{Signer, SignerOptions};
use crate::timed::TimestampSigner;
use crate::timed_serializer::UrlSafeTimedSerializer;
use crate::value::Value;

/// The key under which the session keeps its half.
const FIELD: &str = "csrf_token";

/// Makes and checks the tokens that a form sends back, to show that it came from a page of this session.
///
/// The session keeps a random text; the token is that text, signed with the time. The formats are Flask-WTF's: both programs of a shared login take each
/// other's forms.
///
/// # Example
///
/// ```
/// use zeug_securecookie::{CsrfTokens, Session};
///
/// let tokens = CsrfTokens::new("secret key")?;
/// let mut session = Session::new();
/// let token = tokens.issue(&mut session, 1_700_000_000)?;
///
/// assert!(tokens.check(&session, &token, 1_700_000_060).is_ok());
/// assert!(tokens.check(&session, &token, 1_700_009_999).is_err(), "an hour has passed");
/// assert!(tokens.check(&Session::new(), &token, 1_700_000_060).is_err(), "another session");
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CsrfTokens {
    serializer: UrlSafeTimedSerializer,
    lifetime: Duration,
}

impl CsrfTokens {
    /// The tokens of those keys, good for an hour.
    ///
    /// # Errors
    ///
    /// `NoKey` if the current key is empty.
    pub fn new(keys: impl Into<KeyRing>) -> Result<Self, SecureCookieError> {
        let keys = keys.into();
        if keys.iter().next().is_none_or(|key| key.expose().is_empty()) {
            return Err(SecureCookieError::new(SecureCookieErrorKind::NoKey, 0));
        }
        let signer = Signer::new(keys, SignerOptions::default().salt("wtf-csrf-token"))?;
        Ok(Self {
            serializer: UrlSafeTimedSerializer::new(TimestampSigner::new(signer)),
            lifetime: Duration::from_secs(3600),
        })
    }

    /// The same, good for that time. Default one hour.
    #[must_use]
    #[doc(alias = "WTF_CSRF_TIME_LIMIT")]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// A token for a form. The session gets its half with the first one.
    ///
    /// # Errors
    ///
    /// `NoRandomness` if the system has none to give.
    #[doc(alias = "generate_csrf")]
    pub fn issue(&self, session: &mut Session, now: u64) -> Result<String, SecureCookieError> {
        let secret = match session.get(FIELD).and_then(Value::as_str) {
            Some(secret) => secret.to_owned(),
            None => {
                // As long as Flask-WTF's, which is a SHA-1.
                let mut random = [0; 20];
                fill_random(&mut random)?;
                let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
                session.insert(FIELD, secret.as_str());
                secret
            }
        };
        self.serializer.dumps(&secret, now)
    }

    /// Whether the token is one of this session and of the last hour.
    ///
    /// # Errors
    ///
    /// `WrongCsrfToken` for another session's, or without the session's half; `BadSignature`, `BadTimeSignature`, `SignatureExpired` and `SignedInTheFuture` as
    /// for other tokens.
    #[doc(alias = "validate_csrf")]
    pub fn check(&self, session: &Session, token: &str, now: u64) -> Result<(), SecureCookieError> {
        let wrong = SecureCookieError::new(SecureCookieErrorKind::WrongCsrfToken, 0);
        let secret = session.get(FIELD).and_then(Value::as_str).ok_or(wrong)?;
        let loaded = self
            .serializer
            .loads_within::<String>(token, self.lifetime, now)?;
        if bool::from(loaded.value().as_bytes().ct_eq(secret.as_bytes())) {
            Ok(())
        } else {
            Err(wrong)
        }
    }
}
