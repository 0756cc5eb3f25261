//! An authority taken apart: user, password, host and port. It refuses ports that are no numbers and brackets that do not fit.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use crate::error::{UrlError, UrlErrorKind};

/// The parts of an authority: `user:password@host:port`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Authority<'a> {
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    /// Without its brackets.
    pub(crate) host: &'a str,
    pub(crate) bracketed: bool,
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    pub(crate) fn of(text: &'a str) -> Result<Self, UrlError> {
        let (info, place) = match text.rsplit_once('@') {
            Some((info, place)) => (Some(info), place),
            None => (None, text),
        };
        let (user, password) = match info.map(|info| info.split_once(':').ok_or(info)) {
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
            None => (None, None),
        };
        let bad_brackets = || UrlError::new(UrlErrorKind::InvalidIpv6, None);
        let bracketed = text.contains(['[', ']']);
        let (host, port) = if bracketed {
            let (before, after) = place.split_once('[').ok_or_else(bad_brackets)?;
            let (host, port) = after.split_once(']').ok_or_else(bad_brackets)?;
            if !before.is_empty()
                || !is_address(host)
                || !(port.is_empty() || port.starts_with(':'))
            {
                return Err(bad_brackets());
            }
            (host, port.strip_prefix(':').unwrap_or_default())
        } else {
            place.split_once(':').unwrap_or((place, ""))
        };
        let port = match port {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(
                digits
                    .parse()
                    .map_err(|_| UrlError::new(UrlErrorKind::InvalidPort, None))?,
            ),
            _ => return Err(UrlError::new(UrlErrorKind::InvalidPort, None)),
        };
        Ok(Self {
            user,
            password,
            host,
            bracketed,
            port,
        })
    }
}

/// Whether this may stand between brackets: an IPv6 address, perhaps with a zone, or an address of a later version.
fn is_address(text: &str) -> bool {
    if let Some(later) = text.strip_prefix('v') {
        let is_version = |version: &str| {
            !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        return later
            .split_once('.')
            .is_some_and(|(version, address)| is_version(version) && !address.is_empty());
    }
    let (address, zone) = text.split_once('%').unwrap_or((text, "zone"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && !zone.contains('%')
}

/// The URL without the characters that browsers do not see in it: control characters and spaces before it, tabs and line breaks anywhere.
pub(crate) fn seen(url: &str) -> Cow<'_, str> {
    let url = url.trim_start_matches(|character: char| character <= ' ');
    if url.contains(['\t', '\r', '\n']) {
        Cow::Owned(url.replace(['\t', '\r', '\n'], ""))
    } else {
        Cow::Borrowed(url)
    }
}
