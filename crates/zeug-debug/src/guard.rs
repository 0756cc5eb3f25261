//! Owns who may see a failure and who may act on one: addresses, the `Host` field, where a request comes from. It refuses whatever it cannot read.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use zeug_datastructures::{Headers, names};
use zeug_gateway::Received;
use zeug_http::{SecFetchDest, SecFetchMode, SecFetchSite};
use zeug_urls::{Host, TrustedHosts};

/// Whether an address is this machine's own, for itself alone.
pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    match address {
        SocketAddr::V4(address) => address.ip().is_loopback(),
        SocketAddr::V6(address) => address.ip().to_canonical().is_loopback(),
    }
}

/// Whether both ends of the connection are this machine. One without addresses is a Unix socket, or a request made by hand.
pub(crate) fn is_local(received: &Received) -> bool {
    let elsewhere = |address| matches!(address, Some(address) if !is_loopback(address));
    !elsewhere(received.peer()) && !elsewhere(received.local())
}

/// Whom the debugger answers.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: TrustedHosts,
}

impl Guard {
    pub(crate) fn new(hosts: &[String]) -> Self {
        Self {
            hosts: TrustedHosts::new(hosts),
        }
    }

    /// Whether a failure may be shown to whoever sent this.
    ///
    /// # Errors
    ///
    /// What was wrong, for a person.
    pub(crate) fn may_read(&self, uri: &Uri, headers: &Headers) -> Result<(), &'static str> {
        self.host(uri, headers)?;
        if is_forwarded(headers) {
            return Err("the request was forwarded for a client that is not on this machine");
        }
        // A link from elsewhere only has the browser show the page, which no script from elsewhere can read.
        let navigates = field(headers, "sec-fetch-mode")
            .is_some_and(|mode| SecFetchMode::parse(mode) == Ok(SecFetchMode::Navigate))
            && field(headers, "sec-fetch-dest")
                .is_some_and(|dest| SecFetchDest::parse(dest) == Ok(SecFetchDest::Document));
        if navigates {
            return Ok(());
        }
        if let Some(site) = field(headers, "sec-fetch-site")
            && !matches!(SecFetchSite::parse(site), Ok(site) if site != SecFetchSite::CrossSite)
        {
            return Err("the request comes from another site");
        }
        match origin(headers)? {
            Some(origin) if !self.hosts.contains(&origin) => {
                Err("the request comes from another site")
            }
            _ => Ok(()),
        }
    }

    /// Whether whoever sent this may act: the debugger's own page, and nobody else.
    ///
    /// # Errors
    ///
    /// What was wrong, for a person.
    pub(crate) fn may_act(&self, uri: &Uri, headers: &Headers) -> Result<(), &'static str> {
        const ELSEWHERE: &str = "the request does not come from the debugger's own page";
        let host = self.host(uri, headers)?;
        if is_forwarded(headers) {
            return Err("the request was forwarded for a client that is not on this machine");
        }
        if let Some(site) = field(headers, "sec-fetch-site")
            && SecFetchSite::parse(site) != Ok(SecFetchSite::SameOrigin)
        {
            return Err(ELSEWHERE);
        }
        match origin(headers).map_err(|_| ELSEWHERE)? {
            Some(origin) if origin.as_str() != host.as_str() => Err(ELSEWHERE),
            _ => Ok(()),
        }
    }

    /// The host that was asked for: each place that names one has to name one that is trusted.
    fn host(&self, uri: &Uri, headers: &Headers) -> Result<Host, &'static str> {
        let named = headers.get_all(names::HOST).map(|value| value.as_bytes());
        let target = uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        let mut found = None;
        for name in named.chain(target) {
            let host = std::str::from_utf8(name)
                .ok()
                .and_then(|name| Host::parse(name).ok())
                .filter(|host| self.hosts.contains(host))
                .ok_or("the Host field names no host that the debugger trusts")?;
            found = Some(host);
        }
        found.ok_or("the request names no host")
    }
}

/// The field's text; nothing where it is absent. What is not UTF-8 is no value of any field that is looked at here.
fn field<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// The host of the `Origin` field, with its port; nothing where there is no field.
fn origin(headers: &Headers) -> Result<Option<Host>, &'static str> {
    let Some(origin) = field(headers, "origin") else {
        return Ok(None);
    };
    let host = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .and_then(|host| Host::parse(host).ok());
    host.map(Some).ok_or("the request comes from another site")
}

/// Whether a proxy says that the client is not on this machine.
fn is_forwarded(headers: &Headers) -> bool {
    let elsewhere = |text: &str| {
        text.split(',').any(|client| {
            let client = client.trim().trim_matches('"');
            let bare = client.trim_start_matches('[').split(']').next();
            let address = client
                .parse::<IpAddr>()
                .ok()
                .or_else(|| {
                    client
                        .parse::<SocketAddr>()
                        .ok()
                        .map(|address| address.ip())
                })
                .or_else(|| bare?.parse().ok());
            !address.is_some_and(|address| address.to_canonical().is_loopback())
        })
    };
    let says = |name: &str, elsewhere: &dyn Fn(&str) -> bool| {
        headers
            .get_all(name)
            .any(|value| elsewhere(&value.to_utf8_lossy()))
    };
    says("x-forwarded-for", &elsewhere)
        || says("x-real-ip", &elsewhere)
        || says("forwarded", &|text| {
            text.split([';', ',']).any(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or_default();
                name.trim().eq_ignore_ascii_case("for") && elsewhere(value)
            })
        })
}
