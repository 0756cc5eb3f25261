//! The host that a request is for: its syntax, whether it is trusted, and where it comes from. Anything but a name or address with a port is refused.

use std::fmt;
use std::str::FromStr;

use crate::error::{UrlError, UrlErrorKind};

/// A host and perhaps a port, as a `Host` field has it ([RFC 9110, section 7.2](https://www.rfc-editor.org/rfc/rfc9110#section-7.2)).
///
/// A host is letters, digits, `.` and `-`, or an IPv6 address in brackets; a port is a number from 1 to 65535 without leading zeros. Whether a name is one
/// that the DNS could have is not looked at.
///
/// # Example
///
/// ```
/// use zeug_urls::Host;
///
/// let host = Host::parse("[::1]:8080")?;
/// assert_eq!((host.name(), host.port()), ("[::1]", Some(8080)));
/// assert!(Host::parse("evil.example/path").is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host {
    text: String,
    name_len: usize,
    port: Option<u16>,
}

impl Host {
    /// The host in `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidHost`](UrlErrorKind::InvalidHost) at the first byte that may not stand in a host, [`InvalidIpv6`](UrlErrorKind::InvalidIpv6) for brackets without
    /// colons and hexadecimal digits between them, [`InvalidPort`](UrlErrorKind::InvalidPort) at the port.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let bytes = text.as_bytes();
        let name_len = if bytes.first() == Some(&b'[') {
            bracketed_len(bytes)?
        } else {
            name_len(bytes)?
        };
        let port = match bytes.get(name_len..) {
            None | Some([]) => None,
            Some(port) => Some(
                parse_port(port)
                    .ok_or_else(|| UrlError::new(UrlErrorKind::InvalidPort, Some(name_len + 1)))?,
            ),
        };
        Ok(Self {
            text: text.to_owned(),
            name_len,
            port,
        })
    }

    /// The name or address, an IPv6 address in its brackets.
    pub fn name(&self) -> &str {
        &self.text[..self.name_len]
    }

    /// The port, where one is given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Name and port as they were given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Host {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn name_len(bytes: &[u8]) -> Result<usize, UrlError> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    let len = bytes
        .iter()
        .position(|&byte| !is_name(byte))
        .unwrap_or(bytes.len());
    match bytes.get(len) {
        None | Some(b':') if len > 0 => Ok(len),
        _ => Err(UrlError::new(UrlErrorKind::InvalidHost, Some(len))),
    }
}

fn bracketed_len(bytes: &[u8]) -> Result<usize, UrlError> {
    let bad = || UrlError::new(UrlErrorKind::InvalidIpv6, Some(0));
    let close = bytes
        .iter()
        .position(|&byte| byte == b']')
        .ok_or_else(bad)?;
    let inside = &bytes[1..close];
    let colon = inside
        .iter()
        .position(|&byte| byte == b':')
        .ok_or_else(bad)?;
    let (before, after) = inside.split_at(colon);
    let is_address = |&byte: &u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    if !before.iter().all(u8::is_ascii_hexdigit) || after.len() < 2 || !after.iter().all(is_address)
    {
        return Err(bad());
    }
    match bytes.get(close + 1) {
        None | Some(b':') => Ok(close + 1),
        Some(_) => Err(UrlError::new(UrlErrorKind::InvalidHost, Some(close + 1))),
    }
}

/// The port in `:8080`.
fn parse_port(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b":")?;
    if !digits.iter().all(u8::is_ascii_digit) || matches!(digits.first(), None | Some(b'0')) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// The hosts that an application answers for; none listed means all are.
///
/// An entry is a name or an address, whose port is passed over. One that begins with a dot stands for the name behind it and all its subdomains. Names are
/// compared without case, and in the form that the DNS has (with the feature `iri`; without it an entry that is not ASCII trusts nothing).
///
/// # Deviations
///
/// Werkzeug compares with case, cannot trust an IPv6 address, and stops at an entry that cannot be encoded.
///
/// # Example
///
/// ```
/// use zeug_urls::TrustedHosts;
///
/// let trusted = TrustedHosts::new([".example.org", "localhost", "[::1]"]);
/// assert!(trusted.trust("api.example.org:8080"));
/// assert!(trusted.trust("[::1]:5000"));
/// assert!(!trusted.trust("example.org.evil.test"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TrustedHosts {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    Name(String),
    /// The name and all names that end in a dot and it.
    Below(String),
    /// What cannot be encoded.
    Nothing,
}

impl TrustedHosts {
    /// The hosts of this list.
    pub fn new<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Self {
        Self {
            entries: entries
                .into_iter()
                .map(|entry| Entry::of(entry.as_ref()))
                .collect(),
        }
    }

    /// Whether no host is listed, so that all are trusted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether this is a valid host, and listed if any is.
    #[doc(alias = "host_is_trusted")]
    pub fn trust(&self, host: &str) -> bool {
        Host::parse(host).is_ok_and(|host| self.contains(&host))
    }

    /// Whether the host is listed, or none is.
    pub fn contains(&self, host: &Host) -> bool {
        let name = host.name();
        let below = |parent: &str| {
            let (rest, end) = name.split_at(name.len().saturating_sub(parent.len()));
            end.eq_ignore_ascii_case(parent) && (rest.is_empty() || rest.ends_with('.'))
        };
        let listed = self.entries.iter().any(|entry| match entry {
            Entry::Name(entry) => entry.eq_ignore_ascii_case(name),
            Entry::Below(parent) => below(parent),
            Entry::Nothing => false,
        });
        self.is_empty() || listed
    }
}

impl Entry {
    fn of(text: &str) -> Self {
        let (name, wrap): (_, fn(String) -> Self) = match text.strip_prefix('.') {
            Some(name) => (name, Self::Below),
            None => (text, Self::Name),
        };
        let end = if name.starts_with('[') {
            name.split_inclusive(']').next().map(str::len)
        } else {
            name.find(':').or(Some(name.len()))
        };
        let Some((name, port)) = name.split_at_checked(end.unwrap_or_default()) else {
            return Self::Nothing;
        };
        if !port.is_empty() && !port.starts_with(':') {
            return Self::Nothing;
        }
        encode(name).map_or(Self::Nothing, wrap)
    }
}

#[cfg(feature = "iri")]
fn encode(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let name = crate::iri::domain_to_ascii(&name).ok()?;
    Some(name.into_owned())
}

#[cfg(not(feature = "iri"))]
fn encode(name: &str) -> Option<String> {
    name.is_ascii().then(|| name.to_owned())
}

/// The host that a request is for: what its `Host` field says, else where the server listens; without the port that the scheme has by itself.
///
/// `server` is the address that the server listens at; a port of `None` means that it listens at a path, which gives no host. `Ok(None)` means that
/// there is no host or a malformed one: nothing can then be built on it, but the request may be answered. Forwarded hosts are not looked at.
///
/// # Errors
///
/// [`UntrustedHost`](UrlErrorKind::UntrustedHost) when hosts are listed in `trusted` and there is a host that is not one of them, malformed ones included.
///
/// # Example
///
/// ```
/// use zeug_urls::{TrustedHosts, request_host};
///
/// let any = TrustedHosts::default();
/// let host = request_host("https", Some("example.org:443"), None, &any)?;
/// assert_eq!(host.unwrap().as_str(), "example.org");
/// assert_eq!(request_host("http", None, Some(("::1", Some(8080))), &any)?.unwrap().as_str(), "[::1]:8080");
/// assert_eq!(request_host("http", Some("no host"), None, &any)?, None);
/// assert!(request_host("http", Some("evil.test"), None, &TrustedHosts::new(["example.org"])).is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[doc(alias = "get_host")]
pub fn request_host(
    scheme: &str,
    host_field: Option<&str>,
    server: Option<(&str, Option<u16>)>,
    trusted: &TrustedHosts,
) -> Result<Option<Host>, UrlError> {
    let own;
    let host = match (host_field, server) {
        (Some(host), _) => host,
        (None, Some((name, Some(port)))) => {
            own = if name.contains(':') && !name.starts_with('[') {
                format!("[{name}]:{port}")
            } else {
                format!("{name}:{port}")
            };
            &own
        }
        (None, _) => return Ok(None),
    };
    let usual_port = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let host = Host::parse(host.strip_suffix(usual_port).unwrap_or(host)).ok();
    if !trusted.is_empty() && !host.as_ref().is_some_and(|host| trusted.contains(host)) {
        return Err(UrlError::new(UrlErrorKind::UntrustedHost, None));
    }
    Ok(host)
}
