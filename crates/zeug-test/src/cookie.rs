//! Owns `Cookie`: one that the client has stored, and to whom it is sent. It reads no clock.

use std::fmt;

use zeug_http::{HttpDate, SameSite, SetCookie};

/// A cookie that a [`Client`](crate::Client) has stored.
///
/// ```
/// use zeug_gateway::Body;
/// use zeug_http::SetCookie;
/// use zeug_test::Client;
///
/// let client = Client::new(|_: zeug_gateway::Request| "").base_url("http://example.org");
/// client.set_cookie(SetCookie::new("theme", "dark, very").domain("example.org").path("/shop"));
/// let cookie = client.cookie_at("http://www.example.org/shop/1", "theme").expect("domain and path match");
/// assert_eq!((cookie.value(), cookie.as_sent()), ("dark, very", "theme=\"dark\\054 very\""));
/// assert_eq!((cookie.domain(), cookie.is_host_only(), cookie.path()), ("example.org", false, "/shop"));
/// assert!(client.cookie("theme").is_none(), "not at the path /");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    set: SetCookie<'static>,
    /// `name=value` as it stood in the field.
    raw: String,
    domain: String,
    host_only: bool,
    path: String,
    /// When it stops being sent.
    ends: Option<HttpDate>,
}

/// A request as far as cookies care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    pub(crate) host: &'a str,
    /// The whole path, percent-encoded.
    pub(crate) path: &'a str,
    /// Encrypted, or within the machine.
    pub(crate) trustworthy: bool,
    pub(crate) cause: Cause,
}

/// What caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    SameSite,
    /// A link of another site.
    Link,
    /// A form or a script of another site.
    Other,
}

impl Cookie {
    /// The cookie of a field that came with an answer from `from`; `None` where browsers would not take it.
    pub(crate) fn received(
        field: &[u8],
        from: &Destination<'_>,
        now: impl Fn() -> HttpDate,
    ) -> Option<Self> {
        let set = SetCookie::parse_bytes(field).ok()?.into_owned();
        let first = field.split(|&byte| byte == b';').next().unwrap_or_default();
        let first = String::from_utf8_lossy(first);
        // What is no pair is no cookie (RFC 6265 section 5.2).
        let (name, value) = first.split_once('=')?;
        let raw = format!("{}={}", name.trim_ascii(), value.trim_ascii());
        let domain = set.domain_attribute().map(str::to_ascii_lowercase);
        let host_only = match &domain {
            None => true,
            Some(domain) if domain == from.host => false,
            Some(domain) if is_below(from.host, domain) => false,
            Some(_) => return None,
        };
        // A prefix promises attributes, and a secure cookie cannot come by a connection that is not.
        if set.check().is_err() || (set.is_secure() && !from.trustworthy) {
            return None;
        }
        let ends = match (set.max_age_attribute(), set.expires_attribute()) {
            (Some(seconds), _) if seconds <= 0 => Some(HttpDate::UNIX_EPOCH),
            (Some(seconds), _) => Some(now().saturating_add(seconds)),
            (None, expires) => expires,
        };
        Some(Self {
            path: set
                .path_attribute()
                .map_or_else(|| default_path(from.path), str::to_owned),
            domain: domain.unwrap_or_else(|| from.host.to_owned()),
            host_only,
            raw,
            ends,
            set,
        })
    }

    /// Whether it is sent along with a request.
    pub(crate) fn goes_to(&self, to: &Destination<'_>) -> bool {
        let host = self.domain == to.host || (!self.host_only && is_below(to.host, &self.domain));
        let site = match to.cause {
            Cause::SameSite => true,
            // What says nothing is lax, as in browsers today.
            Cause::Link => self.set.same_site_attribute() != Some(SameSite::Strict),
            Cause::Other => self.set.same_site_attribute() == Some(SameSite::None),
        };
        host && site && self.covers(to.path) && (to.trustworthy || !self.set.is_secure())
    }

    fn covers(&self, path: &str) -> bool {
        path.strip_prefix(&self.path).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }

    /// Whether it would take the other's place.
    pub(crate) fn is_stored_as(&self, other: &Self) -> bool {
        self.name() == other.name() && self.domain == other.domain && self.path == other.path
    }

    /// When it stops being sent: from `Max-Age`, else from `Expires`; `None` for one that ends with the client.
    #[must_use]
    pub fn ends(&self) -> Option<HttpDate> {
        self.ends
    }

    /// The name.
    #[must_use]
    #[doc(alias = "decoded_key")]
    pub fn name(&self) -> &str {
        self.set.name()
    }

    /// The value as the application set it and sees it.
    #[must_use]
    #[doc(alias = "decoded_value")]
    pub fn value(&self) -> &str {
        self.set.value()
    }

    /// `name=value` as it stands in the fields, quotes and escapes included.
    #[must_use]
    #[doc(alias = "key")]
    pub fn as_sent(&self) -> &str {
        &self.raw
    }

    /// The host that it is sent to, in lower case: that of the attribute, else the one it came from.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether it is not sent to subdomains, since it came without a `Domain`.
    #[must_use]
    #[doc(alias = "origin_only")]
    pub fn is_host_only(&self) -> bool {
        self.host_only
    }

    /// The path at and below which it is sent.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The date of `Expires`.
    #[must_use]
    pub fn expires(&self) -> Option<HttpDate> {
        self.set.expires_attribute()
    }

    /// The seconds of `Max-Age`.
    #[must_use]
    pub fn max_age(&self) -> Option<i64> {
        self.set.max_age_attribute()
    }

    /// Whether it is sent over secure connections only.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.set.is_secure()
    }

    /// Whether scripts cannot see it.
    #[must_use]
    pub fn is_http_only(&self) -> bool {
        self.set.is_http_only()
    }

    /// The value of `SameSite`.
    #[must_use]
    pub fn same_site(&self) -> Option<SameSite> {
        self.set.same_site_attribute()
    }

    /// Whether it is kept apart for each site that embeds this one.
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        self.set.is_partitioned()
    }
}

impl fmt::Debug for Cookie {
    /// Everything but the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name())
            .field("domain", &self.domain)
            .field("host_only", &self.host_only)
            .field("path", &self.path)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// Whether `host` is a subdomain of `domain`. An address has none.
fn is_below(host: &str, domain: &str) -> bool {
    let address = host.starts_with('[')
        || host
            .rsplit('.')
            .next()
            .is_some_and(|label| label.parse::<u8>().is_ok());
    !address
        && host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// The path of a request up to its last slash ([RFC 6265 section 5.1.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4)).
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(slash) => path[..slash].to_owned(),
    }
}
