//! A URL taken apart and put together again, without looking into its parts. It refuses nothing.

/// The five parts of a URL ([RFC 3986, appendix B](https://www.rfc-editor.org/rfc/rfc3986#appendix-B)).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'a> {
    /// As written; empty where there is none.
    pub(crate) scheme: &'a str,
    pub(crate) authority: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(url: &'a str) -> Self {
        let mut parts = Self::default();
        let mut rest = url;
        if let Some((scheme, after)) = rest.split_once(':') {
            let mut bytes = scheme.bytes();
            let more =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            if bytes
                .next()
                .is_some_and(|first| first.is_ascii_alphabetic())
                && bytes.all(more)
            {
                parts.scheme = scheme;
                rest = after;
            }
        }
        if let Some((before, fragment)) = rest.split_once('#') {
            parts.fragment = Some(fragment);
            rest = before;
        }
        if let Some((before, query)) = rest.split_once('?') {
            parts.query = Some(query);
            rest = before;
        }
        if let Some(after) = rest.strip_prefix("//") {
            let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
            parts.authority = Some(authority);
            rest = path;
        }
        parts.path = rest;
        parts
    }
}
