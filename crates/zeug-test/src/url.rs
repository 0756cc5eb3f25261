//! Owns where requests go: scheme, host, the path that the application is mounted at. It resolves no name and opens no connection.

use std::borrow::Cow;

use http::Uri;
use zeug_gateway::Scheme;
use zeug_urls::{Host, iri_to_uri};

use crate::{TestError, TestErrorKind};

/// What stands before the path: `http://localhost` unless set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) scheme: Scheme,
    /// Host and perhaps a port, in lower case and ASCII.
    pub(crate) authority: Cow<'static, str>,
    /// Empty, or a path that begins with a slash and does not end in one.
    pub(crate) root: Cow<'static, str>,
}

impl Default for Base {
    fn default() -> Self {
        Self {
            scheme: Scheme::Http,
            authority: Cow::Borrowed("localhost"),
            root: Cow::Borrowed(""),
        }
    }
}

impl Base {
    /// The base in a URL like `https://example.org/app`.
    pub(crate) fn parse(url: &str) -> Result<Self, TestError> {
        let invalid = || TestError::new(TestErrorKind::InvalidBaseUrl, url);
        if url.contains(['?', '#']) {
            return Err(invalid());
        }
        let (mut base, path) = split_absolute(url)?.ok_or_else(invalid)?;
        base.root = relative(&path)?
            .path()
            .trim_end_matches('/')
            .to_owned()
            .into();
        Ok(base)
    }

    /// The host without its port.
    pub(crate) fn host(&self) -> &str {
        let authority: &str = &self.authority;
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Whether a browser takes the connection for one that nobody listens to: encrypted, or within the machine.
    pub(crate) fn is_trustworthy(&self) -> bool {
        let host = self.host();
        self.scheme == Scheme::Https
            || host == "localhost"
            || host.ends_with(".localhost")
            || host.starts_with("127.")
            || host == "[::1]"
    }

    /// The absolute URL of a path and query below the root.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}://{}{}{target}", self.scheme, self.authority, self.root)
    }
}

/// Path and query as a request has them, and the base where the text is an absolute URL.
///
/// Text that is not ASCII or holds characters that no URI has is encoded; a fragment is dropped.
pub(crate) fn target(text: &str) -> Result<(Option<Base>, Uri), TestError> {
    if text.starts_with('/')
        && !text.starts_with("//")
        && text.is_ascii()
        && let Ok(uri) = Uri::try_from(text)
    {
        return Ok((None, uri));
    }
    let (base, rest) = match split_absolute(text)? {
        Some((base, rest)) => (Some(base), rest),
        None => (None, Cow::Borrowed(text)),
    };
    Ok((base, relative(&rest)?))
}

/// A path and query as `http` has it.
fn relative(text: &str) -> Result<Uri, TestError> {
    let invalid = || TestError::new(TestErrorKind::InvalidUrl, text);
    let text = text.split('#').next().unwrap_or_default();
    // Encoding wants a host, or it would take `//x` for one.
    let whole = iri_to_uri(&format!(
        "http://h/{}",
        text.strip_prefix('/').unwrap_or(text)
    ))
    .map_err(|_| invalid())?;
    let path = whole.strip_prefix("http://h").unwrap_or("/");
    http::uri::PathAndQuery::try_from(path)
        .map(Uri::from)
        .map_err(|_| invalid())
}

/// The base and the rest of an absolute URL; `None` for what has no scheme before a `//`.
fn split_absolute(url: &str) -> Result<Option<(Base, Cow<'_, str>)>, TestError> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok(None);
    };
    if !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) || scheme.is_empty() {
        return Ok(None);
    }
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return Err(TestError::new(TestErrorKind::UnsupportedScheme, url)),
    };
    let invalid = || TestError::new(TestErrorKind::InvalidUrl, url);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let ascii = iri_to_uri(&format!("http://{authority}/")).map_err(|_| invalid())?;
    let authority = ascii.trim_start_matches("http://").trim_end_matches('/');
    Host::parse(authority).map_err(|_| invalid())?;
    let authority = match (scheme, authority.rsplit_once(':')) {
        (Scheme::Http, Some((host, "80"))) | (Scheme::Https, Some((host, "443"))) => host,
        _ => authority,
    };
    let base = Base {
        scheme,
        authority: authority.to_owned().into(),
        root: Cow::Borrowed(""),
    };
    Ok(Some((base, Cow::Borrowed(rest))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn goes_to(text: &str, base: Option<&str>, uri: &str) {
        let (found, path) = target(text).unwrap();
        assert_eq!(found.map(|base| base.url("")), base.map(str::to_owned));
        assert_eq!(path.to_string(), uri);
    }

    #[test]
    fn targets() {
        goes_to("/", None, "/");
        goes_to("", None, "/");
        goes_to("a/b?c", None, "/a/b?c");
        goes_to(
            "/föö bar?q=ü ä#frag",
            None,
            "/f%C3%B6%C3%B6%20bar?q=%C3%BC%20%C3%A4",
        );
        goes_to("/foo%40bar", None, "/foo%40bar");
        goes_to("//x/y", None, "//x/y");
        goes_to(
            "http://Other.test:80/p?q",
            Some("http://other.test"),
            "/p?q",
        );
        goes_to("https://☃.net:8443", Some("https://xn--n3h.net:8443"), "/");
        goes_to("/a?next=http://x/", None, "/a?next=http://x/");
        assert_eq!(
            target("ftp://x/").unwrap_err().kind(),
            TestErrorKind::UnsupportedScheme
        );
        assert_eq!(
            target("http://a b/").unwrap_err().kind(),
            TestErrorKind::InvalidUrl
        );
    }

    #[test]
    fn bases() {
        let base = Base::parse("https://Example.org:8443/app/").unwrap();
        assert_eq!(
            (base.url("/x").as_str(), base.host()),
            ("https://example.org:8443/app/x", "example.org")
        );
        assert_eq!(Base::parse("http://[::1]:5000").unwrap().host(), "[::1]");
        assert_eq!(Base::parse("http://[::1]").unwrap().host(), "[::1]");
        for wrong in ["http://a/?q", "http://a/#f", "/app", "a.org"] {
            assert_eq!(
                Base::parse(wrong).unwrap_err().kind(),
                TestErrorKind::InvalidBaseUrl,
                "{wrong}"
            );
        }
    }
}
