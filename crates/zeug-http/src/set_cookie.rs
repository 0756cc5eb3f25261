//! `Set-Cookie` (RFC 6265 and its successor): writing and reading one cookie with its attributes. Stores none.

use std::borrow::Cow;
use std::fmt;

use crate::cookie_value::{write_value, written_len};
use crate::cookies::{check_name, first};
use crate::date::HttpDate;
use crate::error::{FieldError, FieldErrorKind};
use crate::punycode::ascii_domain;
use crate::text::{percent_encode, trim};

/// When a cookie is sent along with requests that another site caused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the three values that browsers know"
)]
pub enum SameSite {
    /// Never.
    Strict,
    /// Only when the user follows a link.
    Lax,
    /// Always; browsers want `Secure` with it.
    None,
}

impl SameSite {
    /// Returns the value of that name; case does not matter.
    ///
    /// # Errors
    ///
    /// `UnknownWord` for anything but `Strict`, `Lax` and `None`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        [Self::Strict, Self::Lax, Self::None]
            .into_iter()
            .find(|value| value.as_str().eq_ignore_ascii_case(text))
            .ok_or(FieldError::new(FieldErrorKind::UnknownWord, 0))
    }

    /// Returns the name of the value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A cookie that is too large for browsers to keep, which they do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CookieSize {
    /// The bytes of the whole field value.
    pub total: usize,
    /// The bytes of the cookie's value, as written, among them.
    pub value: usize,
    /// The bytes that may be.
    pub limit: usize,
}

/// A cookie as a server sets it: `a=b; Max-Age=60; Secure; Path=/`.
///
/// Values that a cookie cannot carry are written in quotes with octal escapes, which [`Cookies`](crate::Cookies) reads back; any text
/// survives. The path is `/` unless set otherwise. `Partitioned` brings `Secure` with it. `Debug` shows no value.
///
/// # Example
///
/// ```
/// use zeug_http::{HttpDate, SameSite, SetCookie};
///
/// let now = HttpDate::from_unix_seconds(784_111_777);
/// let cookie = SetCookie::new("session", "a,b").expires_in(60, now).http_only().same_site(SameSite::Lax);
/// assert_eq!(
///     cookie.to_string(),
///     "session=\"a\\054b\"; Expires=Sun, 06 Nov 1994 08:50:37 GMT; Max-Age=60; HttpOnly; Path=/; SameSite=Lax",
/// );
/// // A prefix promises attributes; browsers drop a cookie that lacks them.
/// assert!(SetCookie::new("__Host-session", "a").check().is_err());
/// // Nothing that could begin another field comes out.
/// assert!(http::HeaderValue::try_from(SetCookie::new("a\r\nb", "c")).is_err());
/// ```
#[doc(alias = "dump_cookie")]
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
    domain: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
    expires: Option<HttpDate>,
    max_age: Option<i64>,
    secure: bool,
    http_only: bool,
    same_site: Option<SameSite>,
    partitioned: bool,
}

impl<'a> SetCookie<'a> {
    /// The bytes that browsers surely keep of one cookie.
    pub const MAX_SIZE: usize = 4093;

    /// Returns a cookie of that name and value, for the whole site, until the browser is closed.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            path: Some(Cow::Borrowed("/")),
            expires: None,
            max_age: None,
            secure: false,
            http_only: false,
            same_site: None,
            partitioned: false,
        }
    }

    /// Returns the cookie that makes a browser forget the one of that name. Give it the path and the domain of that one.
    #[must_use]
    pub fn removal(name: impl Into<Cow<'a, str>>) -> Self {
        Self::new(name, "").max_age(0).expires(HttpDate::UNIX_EPOCH)
    }

    /// Returns the cookie of a field value.
    ///
    /// Unknown attributes, and known ones whose value cannot be read, are left out
    /// ([RFC 6265 section 5.2](https://www.rfc-editor.org/rfc/rfc6265#section-5.2)); a quoted value is unescaped.
    ///
    /// # Errors
    ///
    /// `InvalidName` where no name stands before the first equals sign.
    ///
    /// # Example
    ///
    /// ```
    /// let cookie = zeug_http::SetCookie::parse("a=\"b c\"; Path=/x; secure; Fancy=1")?;
    /// assert_eq!((cookie.name(), cookie.value()), ("a", "b c"));
    /// assert!(cookie.is_secure());
    /// assert!(zeug_http::SetCookie::parse("=b").is_err());
    /// # Ok::<(), zeug_http::FieldError>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, FieldError> {
        let (name, value, behind) =
            first(text).ok_or(FieldError::new(FieldErrorKind::InvalidName, 0))?;
        let mut cookie = Self::new(name, value).without_path();
        for attribute in behind.split(';') {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (key, value) = (trim(key), trim(value));
            let is = |name: &str| key.eq_ignore_ascii_case(name);
            if is("Expires") {
                cookie.expires = HttpDate::parse(value).ok().or(cookie.expires);
            } else if is("Max-Age") {
                cookie.max_age = max_age(value).or(cookie.max_age);
            } else if is("Domain") && !value.is_empty() {
                cookie.domain = Some(Cow::Borrowed(value.strip_prefix('.').unwrap_or(value)));
            } else if is("Path") {
                // The last one counts, and is none where it is no path.
                cookie.path = value.starts_with('/').then_some(Cow::Borrowed(value));
            } else if is("Secure") {
                cookie.secure = true;
            } else if is("HttpOnly") {
                cookie.http_only = true;
            } else if is("SameSite") {
                cookie.same_site = SameSite::parse(value).ok().or(cookie.same_site);
            } else if is("Partitioned") {
                cookie.partitioned = true;
            }
        }
        Ok(cookie)
    }

    /// Returns what [`parse`](Self::parse) returns for the text of these bytes.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); bytes that are not UTF-8 are read as ISO-8859-1 first.
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<Self, FieldError> {
        match crate::text::decode(bytes) {
            Cow::Borrowed(text) => Self::parse(text),
            Cow::Owned(text) => SetCookie::parse(&text).map(SetCookie::into_owned),
        }
    }

    /// Sets the domain: port and leading dots are dropped, and letters outside ASCII are written in Punycode. [`check`](Self::check) refuses one that
    /// is no domain, as does the conversion; `Display` writes an empty one in its place, which browsers take for none.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<Cow<'a, str>>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sets the path; bytes that a path cannot hold are escaped.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'a, str>>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Takes the path away: the browser then takes that of the request.
    #[must_use]
    pub fn without_path(mut self) -> Self {
        self.path = None;
        self
    }

    /// Sets `Expires`.
    #[must_use]
    pub const fn expires(mut self, date: HttpDate) -> Self {
        self.expires = Some(date);
        self
    }

    /// Sets `Max-Age` to that many seconds; zero and less make the browser forget the cookie.
    #[must_use]
    pub const fn max_age(mut self, seconds: i64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Sets `Max-Age`, and `Expires` in step with it for clients that know only that; a date that is set already stays.
    ///
    /// A huge age is written as it is and its date ends with the year 9999.
    #[doc(alias = "sync_expires")]
    #[must_use]
    pub fn expires_in(mut self, seconds: i64, now: HttpDate) -> Self {
        self.max_age = Some(seconds);
        self.expires = self.expires.or(Some(now.saturating_add(seconds)));
        self
    }

    /// Has the cookie sent over secure connections only.
    #[must_use]
    pub const fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    /// Keeps the cookie from scripts.
    #[must_use]
    pub const fn http_only(mut self) -> Self {
        self.http_only = true;
        self
    }

    /// Sets `SameSite`.
    #[must_use]
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// Has the cookie kept apart for each site that embeds this one; also makes it `Secure`.
    #[must_use]
    pub const fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value, unescaped.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the domain as it was set or read.
    #[must_use]
    pub fn domain_attribute(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// Returns the path as it was set or read.
    #[must_use]
    pub fn path_attribute(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Returns the date of `Expires`.
    #[must_use]
    pub const fn expires_attribute(&self) -> Option<HttpDate> {
        self.expires
    }

    /// Returns the seconds of `Max-Age`.
    #[must_use]
    pub const fn max_age_attribute(&self) -> Option<i64> {
        self.max_age
    }

    /// Returns whether the cookie is sent over secure connections only.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure || self.partitioned
    }

    /// Returns whether the cookie is kept from scripts.
    #[must_use]
    pub const fn is_http_only(&self) -> bool {
        self.http_only
    }

    /// Returns the value of `SameSite`.
    #[must_use]
    pub const fn same_site_attribute(&self) -> Option<SameSite> {
        self.same_site
    }

    /// Returns whether the cookie is kept apart for each embedding site.
    #[must_use]
    pub const fn is_partitioned(&self) -> bool {
        self.partitioned
    }

    /// Returns whether browsers would take the cookie.
    ///
    /// `__Secure-` and `__Host-` names, in any case, promise `Secure`, and `__Host-` also the path `/` and no domain
    /// ([draft-ietf-httpbis-rfc6265bis section 4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3)).
    ///
    /// # Errors
    ///
    /// `InvalidName` for a name that would be read as something else; `InvalidHost` for a domain that cannot be written;
    /// `CookiePrefix` where the name's promise is broken; `InsecureCookie` for `SameSite=None` without `Secure`.
    pub fn check(&self) -> Result<(), FieldError> {
        check_name(&self.name)?;
        if let Some(domain) = &self.domain {
            ascii_domain(domain).ok_or(FieldError::new(FieldErrorKind::InvalidHost, 0))?;
        }
        let has = |prefix: &str| {
            self.name
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let at_home = self.domain.is_none() && self.path.as_deref() == Some("/");
        if (has("__Secure-") && !self.is_secure())
            || (has("__Host-") && !(self.is_secure() && at_home))
        {
            return Err(FieldError::new(FieldErrorKind::CookiePrefix, 0));
        }
        if self.same_site == Some(SameSite::None) && !self.is_secure() {
            return Err(FieldError::new(FieldErrorKind::InsecureCookie, 0));
        }
        Ok(())
    }

    /// Returns the sizes of a cookie that is larger than `limit` bytes, which browsers drop without a word; `None` for one that is not.
    ///
    /// [`MAX_SIZE`](Self::MAX_SIZE) is the limit that fits them.
    #[doc(alias = "max_size")]
    #[must_use]
    pub fn oversize(&self, limit: usize) -> Option<CookieSize> {
        let total = self.write().len();
        (total > limit).then(|| CookieSize {
            total,
            value: written_len(&self.value),
            limit,
        })
    }

    /// Returns the same cookie with nothing borrowed.
    #[must_use]
    pub fn into_owned(self) -> SetCookie<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        SetCookie {
            name: owned(self.name),
            value: owned(self.value),
            domain: self.domain.map(owned),
            path: self.path.map(owned),
            expires: self.expires,
            max_age: self.max_age,
            secure: self.secure,
            http_only: self.http_only,
            same_site: self.same_site,
            partitioned: self.partitioned,
        }
    }

    /// The field value, in a text of the right size.
    fn write(&self) -> String {
        let domain = self.domain.as_ref().map_or(0, |domain| domain.len());
        let path = self.path.as_ref().map_or(0, |path| path.len());
        let size = self.name.len() + written_len(&self.value) + domain + path + ATTRIBUTES;
        let mut out = String::with_capacity(size);
        // Writing into a string cannot fail.
        let _ = self.write_to(&mut out);
        out
    }

    /// Writes the field value piece by piece.
    fn write_to(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str(&self.name)?;
        out.write_char('=')?;
        write_value(out, &self.value)?;
        if let Some(domain) = &self.domain {
            out.write_str("; Domain=")?;
            // A domain that cannot be written is refused by `check` and by the conversion.
            out.write_str(&ascii_domain(domain).unwrap_or_default())?;
        }
        if let Some(date) = self.expires {
            out.write_str("; Expires=")?;
            out.write_str(std::str::from_utf8(&date.to_bytes()).unwrap_or_default())?;
        }
        if let Some(seconds) = self.max_age {
            write!(out, "; Max-Age={seconds}")?;
        }
        if self.is_secure() {
            out.write_str("; Secure")?;
        }
        if self.http_only {
            out.write_str("; HttpOnly")?;
        }
        match self.path.as_deref() {
            None => {}
            Some("/") => out.write_str("; Path=/")?,
            Some(path) => {
                out.write_str("; Path=")?;
                percent_encode(out, path, is_path_byte)?;
            }
        }
        if let Some(same_site) = self.same_site {
            out.write_str("; SameSite=")?;
            out.write_str(same_site.as_str())?;
        }
        if self.partitioned {
            out.write_str("; Partitioned")?;
        }
        Ok(())
    }
}

/// Room for the attributes and their names: a cookie with all of them but a domain and a long path.
const ATTRIBUTES: usize = 128;

/// Digits, perhaps behind a minus sign, as seconds; saturating.
fn max_age(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let seconds = i64::try_from(crate::text::digits(digits)?).unwrap_or(i64::MAX);
    Some(if negative { -seconds } else { seconds })
}

/// What a path segment may hold, the slash and what is escaped already; no semicolon, which would end the attribute.
const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'.'
                | b'-'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'/'
                | b':'
                | b'='
                | b'@'
        )
}

impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.len() <= Self::MAX_SIZE {
            // One write of the whole, for writers that grow.
            return f.write_str(&self.write());
        }
        self.write_to(f)
    }
}

impl fmt::Debug for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .field("path", &self.path)
            .field("expires", &self.expires)
            .field("max_age", &self.max_age)
            .field("secure", &self.is_secure())
            .field("http_only", &self.http_only)
            .field("same_site", &self.same_site)
            .field("partitioned", &self.partitioned)
            .finish_non_exhaustive()
    }
}

impl TryFrom<SetCookie<'_>> for http::HeaderValue {
    type Error = FieldError;

    /// Refuses names and domains that would be read as something else; the value is marked sensitive.
    fn try_from(cookie: SetCookie<'_>) -> Result<Self, FieldError> {
        Self::try_from(&cookie)
    }
}

impl TryFrom<&SetCookie<'_>> for http::HeaderValue {
    type Error = FieldError;

    /// Refuses names and domains that would be read as something else; the value is marked sensitive.
    fn try_from(cookie: &SetCookie<'_>) -> Result<Self, FieldError> {
        check_name(&cookie.name)?;
        if let Some(domain) = &cookie.domain {
            ascii_domain(domain).ok_or(FieldError::new(FieldErrorKind::InvalidHost, 0))?;
        }
        let mut value = crate::value::header_value(cookie.write())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl<'a> TryFrom<&'a str> for SetCookie<'a> {
    type Error = FieldError;

    fn try_from(text: &'a str) -> Result<Self, FieldError> {
        Self::parse(text)
    }
}

impl std::str::FromStr for SetCookie<'static> {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        SetCookie::parse(text).map(SetCookie::into_owned)
    }
}
