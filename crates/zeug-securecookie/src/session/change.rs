//! What a session does to an answer: a cookie, and that the answer depends on cookies. It knows no response.

use http::HeaderValue;
use zeug_datastructures::Headers;
use zeug_http::{SetCookie, Vary};

use crate::error::{SecureCookieError, SecureCookieErrorKind};

/// What an answer gets of a session.
///
/// # Example
///
/// ```
/// use zeug_datastructures::Headers;
/// use zeug_http::Cookies;
/// use zeug_securecookie::SessionSettings;
///
/// let settings = SessionSettings::new("secret key")?;
/// let session = settings.open(&Cookies::parse(""), 1_700_000_000);
/// let mut headers = Headers::new();
///
/// settings.close(&session, 1_700_000_000)?.apply(&mut headers)?;
/// assert!(headers.is_empty(), "a session that nobody looked at changes nothing");
///
/// let _ = session.get("user");
/// settings.close(&session, 1_700_000_000)?.apply(&mut headers)?;
/// assert_eq!(headers.get("vary").map(|value| value.as_bytes().to_vec()), Some(b"Cookie".to_vec()));
/// # Ok::<(), zeug_securecookie::SecureCookieError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionChange {
    pub(super) set_cookie: Option<SetCookie<'static>>,
    pub(super) varies: bool,
}

impl SessionChange {
    /// The cookie to set, or to take away.
    ///
    /// A browser drops a cookie of more than about 4093 bytes without a word: [`SetCookie::oversize`] tells.
    #[must_use]
    pub const fn set_cookie(&self) -> Option<&SetCookie<'static>> {
        self.set_cookie.as_ref()
    }

    /// Whether the answer depends on the request's cookies, so that no cache may give it to somebody else: true whenever there is a cookie to set.
    #[must_use]
    pub const fn varies(&self) -> bool {
        self.varies
    }

    /// Adds `Set-Cookie`, and `Cookie` to `Vary` unless it is there.
    ///
    /// # Errors
    ///
    /// `InvalidCookie` for a cookie name or attribute in the settings that cannot stand in a field; the headers are left as they were.
    pub fn apply(&self, headers: &mut Headers) -> Result<(), SecureCookieError> {
        let invalid = |_| SecureCookieError::new(SecureCookieErrorKind::InvalidCookie, 0);
        if let Some(cookie) = &self.set_cookie {
            let value = HeaderValue::try_from(cookie.clone()).map_err(invalid)?;
            headers
                .try_append("Set-Cookie", value.as_bytes())
                .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::InvalidCookie, 0))?;
        }
        if self.varies {
            let fields: Vec<String> = headers
                .get_all("Vary")
                .map(|value| value.to_utf8_lossy().into_owned())
                .collect();
            let text = fields.join(", ");
            let mut vary = Vary::parse(&text);
            if !vary.is_star() && !vary.contains("Cookie") {
                vary.insert("Cookie");
                headers
                    .try_insert("Vary", vary.to_string())
                    .map_err(|_| SecureCookieError::new(SecureCookieErrorKind::InvalidCookie, 0))?;
            }
        }
        Ok(())
    }
}
