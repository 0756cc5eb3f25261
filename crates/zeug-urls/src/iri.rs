//! URLs for people (IRIs) and URLs for the wire (URIs), and the way from one to the other. Ports and brackets that do not fit are refused.

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::authority::{Authority, seen};
use crate::error::{UrlError, UrlErrorKind};
use crate::escape::{Bytes, escape, only, plain, unescape};
use crate::split::Parts;

/// The URL for the wire: other characters than ASCII, and those that may not stand where they stand, as escapes; the domain for the DNS.
///
/// Escapes stay as they are, so that doing it twice is the same as doing it once. The rule is
/// [RFC 3987, section 3.1](https://www.rfc-editor.org/rfc/rfc3987#section-3.1) with the sets of characters of the
/// [URL standard](https://url.spec.whatwg.org/#percent-encoded-bytes) for each part.
///
/// # Errors
///
/// [`InvalidPort`](UrlErrorKind::InvalidPort), [`InvalidIpv6`](UrlErrorKind::InvalidIpv6), [`InvalidDomain`](UrlErrorKind::InvalidDomain). They have no offset.
///
/// # Deviations
///
/// Domain names follow IDNA 2008 with the compatibility mapping of UTS 46, as browsers do; Werkzeug follows IDNA 2003. A path that begins with two slashes
/// keeps them apart from a host (`////a` stays so, and does not become `//a`).
///
/// # Example
///
/// ```
/// use zeug_urls::iri_to_uri;
///
/// assert_eq!(iri_to_uri("http://☃.net/påth?q=èry%DF")?, "http://xn--n3h.net/p%C3%A5th?q=%C3%A8ry%DF");
/// assert!(iri_to_uri("http://example.org:port/").is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
pub fn iri_to_uri(iri: &str) -> Result<String, UrlError> {
    const PATH: Bytes = plain("%!$&'()*+,/:;=@");
    const QUERY: Bytes = plain("%!$&'()*+,/:;=?@");
    const FRAGMENT: Bytes = plain("%!#$&'()*+,/:;=?@");
    const USER: Bytes = plain("%!$&'()*+,;=");
    let quote = |set| move |text: &str, out: &mut String| escape(text.as_bytes(), set, "%20", out);
    convert(
        iri,
        quote(&PATH),
        quote(&QUERY),
        quote(&FRAGMENT),
        quote(&USER),
        |host, out| {
            out.push_str(&domain_to_ascii(host)?);
            Ok(())
        },
    )
}

/// The URL for people: escapes of valid UTF-8 resolved, but for those that would change what the URL says; the domain in its own script.
///
/// Control characters, spaces and `%` stay escapes; so do `/?#` in the path, `&=+#` in the query, and `:@/?#` in user and password. Bytes that are
/// not UTF-8 stay escapes, and domain labels that cannot be decoded stay as they are. What comes back means the same:
/// [`iri_to_uri`] makes an equivalent URL of it.
///
/// # Errors
///
/// [`InvalidPort`](UrlErrorKind::InvalidPort), [`InvalidIpv6`](UrlErrorKind::InvalidIpv6). They have no offset.
///
/// # Deviations
///
/// As [`iri_to_uri`].
///
/// # Example
///
/// ```
/// use zeug_urls::uri_to_iri;
///
/// assert_eq!(uri_to_iri("http://xn--n3h.net/p%C3%A5th%2F?q=%C3%A8ry%DF")?, "http://☃.net/påth%2F?q=èry%DF");
/// assert!(uri_to_iri("http://[::1/").is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
pub fn uri_to_iri(uri: &str) -> Result<String, UrlError> {
    const FRAGMENT: Bytes = with_unsafe("");
    const QUERY: Bytes = with_unsafe("&=+#");
    const PATH: Bytes = with_unsafe("/?#");
    const USER: Bytes = with_unsafe(":@/?#");
    let unquote = |set| move |text: &str, out: &mut String| unescape(text, set, out);
    convert(
        uri,
        unquote(&PATH),
        unquote(&QUERY),
        unquote(&FRAGMENT),
        unquote(&USER),
        |host, out| {
            push_unicode(host, out);
            Ok(())
        },
    )
}

/// The bytes of `more`, control bytes, space and `%`.
const fn with_unsafe(more: &str) -> Bytes {
    let mut set = only(more);
    let mut byte = 0;
    while byte <= 0x20 {
        set[byte] = true;
        byte += 1;
    }
    set[b'%' as usize] = true;
    set[0x7f] = true;
    set
}

/// The schemes whose URLs keep an empty authority: `file:///x`.
const WITH_AUTHORITY: &[&str] = &[
    "ftp",
    "http",
    "gopher",
    "nntp",
    "telnet",
    "imap",
    "wais",
    "file",
    "mms",
    "https",
    "shttp",
    "snews",
    "prospero",
    "rtsp",
    "rtsps",
    "rtspu",
    "rsync",
    "svn",
    "svn+ssh",
    "sftp",
    "nfs",
    "git",
    "git+ssh",
    "ws",
    "wss",
    "itms-services",
];

/// Takes the URL apart, writes each part by its own rule, and puts it together.
fn convert(
    url: &str,
    path: impl Fn(&str, &mut String),
    query: impl Fn(&str, &mut String),
    fragment: impl Fn(&str, &mut String),
    user: impl Fn(&str, &mut String),
    domain: impl Fn(&str, &mut String) -> Result<(), UrlError>,
) -> Result<String, UrlError> {
    let url = seen(url);
    let parts = Parts::of(&url);
    let mut out = String::with_capacity(url.len() + url.len() / 4);
    let scheme = parts.scheme.to_ascii_lowercase();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    let text = parts.authority.unwrap_or_default();
    // An empty authority, as which `:` counts too, is none, unless the scheme asks for one or the path would be taken for one.
    let keep_empty = WITH_AUTHORITY.contains(&scheme.as_str()) || parts.path.starts_with("//");
    let before = out.len();
    out.push_str("//");
    let authority = out.len();
    write_authority(Authority::of(text)?, user, domain, &mut out)?;
    if out.len() == authority && !keep_empty {
        out.truncate(before);
    } else if !parts.path.is_empty() && !parts.path.starts_with('/') {
        out.push('/');
    }
    path(parts.path, &mut out);
    for (mark, part, write) in [
        ('?', parts.query, &query as &dyn Fn(&str, &mut String)),
        ('#', parts.fragment, &fragment),
    ] {
        // An empty part means the same as none.
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            out.push(mark);
            write(part, &mut out);
        }
    }
    Ok(out)
}

fn write_authority(
    authority: Authority<'_>,
    user: impl Fn(&str, &mut String),
    domain: impl Fn(&str, &mut String) -> Result<(), UrlError>,
    out: &mut String,
) -> Result<(), UrlError> {
    if let Some(name) = authority.user {
        user(name, out);
        if let Some(password) = authority.password {
            out.push(':');
            user(password, out);
        }
        out.push('@');
    }
    // What comes after a `%`, the zone of an address or an escape, keeps its case.
    let (name, zone) = authority
        .host
        .split_at(authority.host.find('%').unwrap_or(authority.host.len()));
    let host = if name
        .bytes()
        .any(|byte| !byte.is_ascii() || byte.is_ascii_uppercase())
    {
        Cow::Owned(name.to_lowercase() + zone)
    } else {
        Cow::Borrowed(authority.host)
    };
    if authority.bracketed {
        out.push('[');
        out.push_str(&host);
        out.push(']');
    } else {
        domain(&host, out)?;
    }
    if let Some(port) = authority.port {
        out.push(':');
        out.push_str(&port.to_string());
    }
    Ok(())
}

/// The domain as the DNS has it. A domain in ASCII stays as it is.
pub(crate) fn domain_to_ascii(domain: &str) -> Result<Cow<'_, str>, UrlError> {
    if domain.is_ascii() {
        return Ok(Cow::Borrowed(domain));
    }
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::URL,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map_err(|_| UrlError::new(UrlErrorKind::InvalidDomain, None))
}

/// Appends the domain in its own script; labels that cannot be decoded stay as they are.
fn push_unicode(domain: &str, out: &mut String) {
    if !domain.is_ascii() {
        out.push_str(domain);
        return;
    }
    for (at, label) in domain.split('.').enumerate() {
        if at > 0 {
            out.push('.');
        }
        // Longer labels do not fit the domain name system, and nothing decodes them.
        let coded = label.starts_with("xn--") && label.len() <= 63;
        let decoded = coded
            .then(|| Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::URL, Hyphens::Allow));
        match decoded {
            Some((decoded, Ok(()))) => out.push_str(&decoded),
            _ => out.push_str(label),
        }
    }
}
