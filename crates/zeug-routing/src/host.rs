//! Host names: their ASCII form, what a `Host` field says, the subdomain in it. Refuses labels that the domain name system cannot have.

use std::borrow::Cow;

use crate::error::{RoutingError, RoutingErrorKind};

/// A host, perhaps with a port, in lower case and ASCII; labels with other letters become Punycode (RFC 3492).
pub(crate) fn ascii<'h>(host: Cow<'h, str>) -> Result<Cow<'h, str>, RoutingError> {
    if is_canonical(&host) {
        return Ok(host);
    }
    let lower = host.to_lowercase();
    let end = lower.find(':').unwrap_or(lower.len());
    let (name, port) = lower.split_at(end);
    if is_canonical(name) {
        return Ok(Cow::Owned(lower));
    }
    let bad = || RoutingError::new(RoutingErrorKind::BadHost, &lower);
    if name.is_ascii() {
        return Err(bad());
    }
    let mut out = String::with_capacity(lower.len() + 8);
    let dots = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let trimmed = name.strip_suffix(dots).unwrap_or(name);
    for (i, label) in trimmed.split(dots).enumerate() {
        if i > 0 {
            out.push('.');
        }
        let from = out.len();
        if label.is_ascii() {
            out.push_str(label);
        } else {
            out.push_str("xn--");
            punycode(label, &mut out).ok_or_else(bad)?;
        }
        if !(1..=63).contains(&(out.len() - from)) {
            return Err(bad());
        }
    }
    if trimmed.len() < name.len() {
        out.push('.');
    }
    out.push_str(port);
    Ok(Cow::Owned(out))
}

/// Whether a host is in lower case and ASCII, none of its labels but the last one empty and none longer than 63 bytes.
#[inline]
fn is_canonical(host: &str) -> bool {
    let mut label = 0;
    for (at, b) in host.bytes().enumerate() {
        match b {
            b'.' if (1..=63).contains(&label) => label = 0,
            b'.' | b'A'..=b'Z' | 128.. => return false,
            b':' => {
                let port = host.as_bytes().get(at..).unwrap_or_default();
                let fits = |b: &u8| b.is_ascii() && !b.is_ascii_uppercase();
                return label <= 63 && port.iter().all(fits);
            }
            _ => label += 1,
        }
    }
    label <= 63
}

/// Appends a label's Punycode ([RFC 3492, section 6.3](https://www.rfc-editor.org/rfc/rfc3492#section-6.3)); nothing for one longer than a
/// label can be.
fn punycode(label: &str, out: &mut String) -> Option<()> {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let chars: Vec<u32> = label.chars().take(64).map(u32::from).collect();
    if chars.len() > 63 {
        return None;
    }
    out.extend(label.chars().filter(char::is_ascii));
    let basic = u32::try_from(label.chars().filter(char::is_ascii).count()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut done) = (128u32, 0u32, 72u32, basic);
    while (done as usize) < chars.len() {
        let next = chars.iter().copied().filter(|&c| c >= n).min()?;
        delta += (next - n) * (done + 1);
        n = next;
        for &c in &chars {
            delta += u32::from(c < n);
            if c == n {
                let mut q = delta;
                for k in (36u32..).step_by(36) {
                    let t = k.saturating_sub(bias).clamp(1, 26);
                    let digit = if q < t { q } else { t + (q - t) % (36 - t) };
                    out.push(char::from(*DIGITS.get(digit as usize)?));
                    if q < t {
                        break;
                    }
                    q = (q - t) / (36 - t);
                }
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    Some(())
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

/// The host that a `Host` field's value names, without the scheme's own port; empty for a value that names none.
pub(crate) fn from_field<'h>(value: &'h str, scheme: &str) -> &'h str {
    let host = strip_port(value, scheme);
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            let digits = address
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
            (
                digits && address.contains(':'),
                after
                    .strip_prefix(':')
                    .or((!after.is_empty()).then_some("-")),
            )
        }
        None => {
            let (name, port) = host
                .split_once(':')
                .map_or((host, None), |(name, port)| (name, Some(port)));
            (
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-'),
                port,
            )
        }
    };
    let port_fits = port.is_none_or(|p| {
        p.bytes().all(|b| b.is_ascii_digit()) && !p.starts_with('0') && p.parse::<u16>().is_ok()
    });
    if name && port_fits { host } else { "" }
}

/// A host without the port that its scheme has anyway.
pub(crate) fn strip_port<'h>(host: &'h str, scheme: &str) -> &'h str {
    let own = match scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => return host,
    };
    host.strip_suffix(own).unwrap_or(host)
}

/// The labels of a host before a server's name; nothing where the host is another's.
pub(crate) fn subdomain<'h>(host: &'h str, server: &str) -> Option<&'h str> {
    if host == server {
        return Some("");
    }
    host.strip_suffix(server)?.strip_suffix('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(host: &str, expected: Option<&str>) {
        assert_eq!(ascii(host.into()).ok().as_deref(), expected);
    }

    #[test]
    fn hosts_become_ascii() {
        becomes("Example.ORG:8080", Some("example.org:8080"));
        becomes("☃.net", Some("xn--n3h.net"));
        becomes("bücher.example", Some("xn--bcher-kva.example"));
        becomes("例え.テスト", Some("xn--r8jz45g.xn--zckzah"));
        becomes("a..b", None);
        becomes("a.b.", Some("a.b."));
        becomes(&"a".repeat(64), None);
        becomes(&"ü".repeat(64), None);
        becomes("", Some(""));
    }

    #[test]
    fn subdomains_are_what_is_before_the_name() {
        assert_eq!(subdomain("api.example.org", "example.org"), Some("api"));
        assert_eq!(subdomain("badexample.org", "example.org"), None);
        assert_eq!(subdomain("example.org", "example.org"), Some(""));
    }

    #[test]
    fn host_fields_are_checked() {
        let rows = [
            ("example.org:80", "example.org"),
            ("example.org:8080", "example.org:8080"),
            ("bad host", ""),
            ("", ""),
            ("[::1]:80", "[::1]"),
            ("[::1", ""),
            ("a:0", ""),
            ("a:99999", ""),
            ("[::1]x", ""),
        ];
        for (value, host) in rows {
            assert_eq!(from_field(value, "http"), host, "{value}");
        }
    }
}
