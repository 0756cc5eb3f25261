//! Owns `SessionSettings`: from a request's cookies to a session, and from the session to what the answer gets. It has no clock.

use std::time::Duration;

use zeug_datastructures::Headers;
use zeug_http::{Cookies, HttpDate, SameSite, SetCookie};

use super::{Session, SessionChange};
#[cfg(feature = "encrypt")]
use crate::encrypt::Encryptor;
use crate::error::{SecureCookieError, SecureCookieErrorKind};
use crate::key::KeyRing;
use crate::signer::{Signer, SignerOptions};
use crate::tagged::{read_value, write_dict};
use crate::timed::TimestampSigner;
use crate::timed_serializer::UrlSafeTimedSerializer;
use crate::value::{Dict, Value};

/// How sessions are kept in cookies; the defaults are Flask's.
///
/// Make it once, at the start: it derives the keys. Times are seconds since 1970, given by the caller.
///
/// # Example
///
/// A cookie of Flask's, and what changes when the key is another:
///
/// ```
/// use zeug_http::Cookies;
/// use zeug_securecookie::{KeyRing, SessionSettings, Value};
///
/// let cookies = Cookies::parse("session=eyJ1c2VyIjoiYSJ9.ZVPxAA.nlAz3FXb9xh1GcTl8IUX8-0QZn8");
/// let settings = SessionSettings::new(KeyRing::new("new").fallback("k"))?;
/// let session = settings.open(&cookies, 1_700_000_500);
/// assert_eq!(session.get("user").and_then(Value::as_str), Some("a"));
///
/// let stranger = SessionSettings::new("new")?;
/// assert!(stranger.open(&cookies, 1_700_000_500).is_empty());
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "SecureCookieSessionInterface")]
pub struct SessionSettings {
    serializer: UrlSafeTimedSerializer,
    #[cfg(feature = "encrypt")]
    encryptor: Option<Encryptor>,
    keys: KeyRing,
    name: String,
    domain: Option<String>,
    path: String,
    http_only: bool,
    secure: bool,
    partitioned: bool,
    same_site: Option<SameSite>,
    lifetime: Duration,
    refresh: bool,
    renew_old_keys: bool,
}

impl SessionSettings {
    /// The settings with those keys.
    ///
    /// # Errors
    ///
    /// `NoKey` if the current key is empty.
    pub fn new(keys: impl Into<KeyRing>) -> Result<Self, SecureCookieError> {
        let keys = keys.into();
        if keys.iter().next().is_none_or(|key| key.expose().is_empty()) {
            return Err(SecureCookieError::new(SecureCookieErrorKind::NoKey, 0));
        }
        let signer = Signer::new(keys.clone(), SignerOptions::flask_session())?;
        Ok(Self {
            serializer: UrlSafeTimedSerializer::new(TimestampSigner::new(signer)),
            #[cfg(feature = "encrypt")]
            encryptor: None,
            keys,
            name: "session".to_owned(),
            domain: None,
            path: "/".to_owned(),
            http_only: true,
            secure: false,
            partitioned: false,
            same_site: None,
            lifetime: Duration::from_secs(31 * 86_400),
            refresh: true,
            renew_old_keys: false,
        })
    }

    /// The same with other signing options: another salt, hash or derivation than Flask's default session has.
    ///
    /// # Errors
    ///
    /// `InvalidSeparator`, as [`Signer::new`].
    pub fn signing(mut self, options: SignerOptions) -> Result<Self, SecureCookieError> {
        let signer = Signer::new(self.keys.clone(), options)?;
        self.serializer = UrlSafeTimedSerializer::new(TimestampSigner::new(signer));
        Ok(self)
    }

    /// The same with cookies that their bearer cannot read. Flask cannot either; and signed cookies are not read any more.
    #[cfg(feature = "encrypt")]
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.encryptor = Some(Encryptor::new(self.keys.clone(), "cookie-session"));
        self
    }

    /// The same with that cookie name. Default `session`.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_NAME")]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same with that domain, whose subdomains get the cookie too. Default none: the host that set it, alone.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_DOMAIN")]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// The same with that path, below which the cookie is sent. Default `/`.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_PATH")]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The same with cookies that scripts can read. By default they cannot.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_HTTPONLY")]
    pub const fn without_http_only(mut self) -> Self {
        self.http_only = false;
        self
    }

    /// The same with cookies that are sent over TLS only. Every program that is served so wants this; the default is Flask's, which works without.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_SECURE")]
    pub const fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    /// The same with cookies that a page embedded elsewhere keeps apart for each place. Wants [`secure`](Self::secure).
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_PARTITIONED")]
    pub const fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// The same with that rule for requests from other sites. Default none, which browsers take for `Lax`.
    #[must_use]
    #[doc(alias = "SESSION_COOKIE_SAMESITE")]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// The same with that lifetime: how old a cookie may be to be read, and when a permanent one expires. Default 31 days; fractions of a second are dropped.
    #[must_use]
    #[doc(alias = "PERMANENT_SESSION_LIFETIME")]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The same with permanent cookies that are sent when the session changes, and not with each answer.
    #[must_use]
    #[doc(alias = "SESSION_REFRESH_EACH_REQUEST")]
    pub const fn without_refresh(mut self) -> Self {
        self.refresh = false;
        self
    }

    /// The same with cookies that are sent anew, by the current key, when a fallback key made the old one. Flask does not do so.
    #[must_use]
    pub const fn renewing_old_keys(mut self) -> Self {
        self.renew_old_keys = true;
        self
    }

    /// The same with that many bytes of JSON in a cookie. Default 1 MiB.
    #[must_use]
    pub fn payload_limit(mut self, bytes: usize) -> Self {
        self.serializer = self.serializer.payload_limit(bytes);
        self
    }

    /// The session of a request: empty without a cookie, and for one that is forged, too old or not readable.
    ///
    /// Of several cookies of the name the first counts.
    ///
    /// # Deviations
    ///
    /// Flask fails on a payload that is well signed and not readable; here the session is empty then too. [`decode`](Self::decode) tells why.
    #[must_use]
    #[doc(alias = "open_session")]
    pub fn open(&self, cookies: &Cookies<'_>, now: u64) -> Session {
        cookies
            .get(&self.name)
            .and_then(|cookie| self.decode(&cookie, now).ok())
            .unwrap_or_default()
    }

    /// The session of a request with those fields: [`open`](Self::open) of the first `Cookie` field that has a cookie of the name.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    /// use zeug_securecookie::SessionSettings;
    ///
    /// let cookie = "session=eyJ1c2VyIjoiYSJ9.ZVPxAA.nlAz3FXb9xh1GcTl8IUX8-0QZn8";
    /// let headers = Headers::try_from_pairs([("Cookie", "theme=dark"), ("Cookie", cookie)])?;
    /// assert_eq!(SessionSettings::new("k")?.open_headers(&headers, 1_700_000_500).len(), 1);
    /// assert!(SessionSettings::new("other")?.open_headers(&headers, 1_700_000_500).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn open_headers(&self, headers: &Headers, now: u64) -> Session {
        headers
            .get_all("Cookie")
            .find_map(|field| {
                let text = field.to_utf8_lossy();
                let cookie = Cookies::parse(&text).get(&self.name)?.into_owned();
                Some(self.decode(&cookie, now).unwrap_or_default())
            })
            .unwrap_or_default()
    }

    /// The session of a cookie's value.
    ///
    /// # Errors
    ///
    /// `BadSignature`, `BadTimeSignature`, `SignatureExpired` and `SignedInTheFuture` (`BadCiphertext` in place of the first two for an encrypted one); behind a
    /// good signature `InvalidBase64`, `InvalidCompression`, `PayloadTooLarge` and `InvalidJson`, the last also for what is no dict.
    pub fn decode(&self, cookie: &str, now: u64) -> Result<Session, SecureCookieError> {
        #[cfg(feature = "encrypt")]
        if let Some(encryptor) = &self.encryptor {
            let opened = encryptor.open_within(cookie, self.lifetime, now)?;
            let dict = read_dict(opened.value())?;
            return Ok(Session::opened(
                dict,
                opened.key_index(),
                opened.sealed_at(),
            ));
        }
        let loaded = self
            .serializer
            .load_json(cookie, Some((self.lifetime, now)))?;
        let dict = read_dict(loaded.value())?;
        Ok(Session::opened(
            dict,
            loaded.key_index(),
            loaded.signed_at(),
        ))
    }

    /// The cookie's value for a session, whatever was done with it.
    ///
    /// # Errors
    ///
    /// `Unwritable` for a float that is no number and for values nested more than 60 deep; `NoRandomness` where it is encrypted.
    pub fn encode(&self, session: &Session, now: u64) -> Result<String, SecureCookieError> {
        let json = write_dict(&session.values)?;
        #[cfg(feature = "encrypt")]
        if let Some(encryptor) = &self.encryptor {
            return encryptor.seal(&json, now);
        }
        Ok(self.serializer.dump_json(&json, now))
    }

    /// What the answer gets.
    ///
    /// | the session | cookie | `Vary` |
    /// | --- | --- | --- |
    /// | was not looked at | - | - |
    /// | was read | - | yes |
    /// | was changed | set | yes |
    /// | was changed and is empty | taken away, with the same attributes | yes |
    /// | is permanent, with refresh | set | yes |
    /// | came of an old key, with [`renewing_old_keys`](Self::renewing_old_keys) | set | yes |
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    #[doc(alias = "save_session")]
    #[doc(alias = "should_set_cookie")]
    pub fn close(&self, session: &Session, now: u64) -> Result<SessionChange, SecureCookieError> {
        let cookie = if session.values.is_empty() {
            session
                .modified
                .then(|| SetCookie::removal(self.name.clone()))
        } else if session.modified
            || (self.refresh && session.lasts())
            || (self.renew_old_keys && session.key.is_some_and(|key| key > 0))
        {
            let cookie = SetCookie::new(self.name.clone(), self.encode(session, now)?);
            Some(if session.lasts() {
                let expires = now.saturating_add(self.lifetime.as_secs());
                cookie.expires(HttpDate::from_unix_seconds(
                    i64::try_from(expires).unwrap_or(i64::MAX),
                ))
            } else {
                cookie
            })
        } else {
            None
        };
        Ok(SessionChange {
            varies: cookie.is_some() || session.is_accessed(),
            set_cookie: cookie.map(|cookie| self.with_attributes(cookie)),
        })
    }

    fn with_attributes(&self, mut cookie: SetCookie<'static>) -> SetCookie<'static> {
        cookie = cookie.path(self.path.clone());
        if let Some(domain) = &self.domain {
            cookie = cookie.domain(domain.clone());
        }
        if self.http_only {
            cookie = cookie.http_only();
        }
        if self.secure {
            cookie = cookie.secure();
        }
        if self.partitioned {
            cookie = cookie.partitioned();
        }
        if let Some(same_site) = self.same_site {
            cookie = cookie.same_site(same_site);
        }
        cookie
    }
}

fn read_dict(json: &[u8]) -> Result<Dict, SecureCookieError> {
    match read_value(json)? {
        Value::Dict(dict) => Ok(dict),
        _ => Err(SecureCookieError::new(
            SecureCookieErrorKind::InvalidJson,
            0,
        )),
    }
}
