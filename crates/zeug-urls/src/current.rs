//! The URL of a request, put together from its parts.

use crate::error::UrlError;
use crate::escape::{Bytes, escape, plain};
use crate::iri::uri_to_iri;

/// The URL of a request, for people: scheme, host, the path that the application is mounted at, the path below it, and the raw query string.
///
/// The first part that is `None` ends the URL: without `root_path` it is the host alone, without `path` the application's root. Paths are decoded
/// already, as the gateway has them; what must be is encoded again. `root_path` is empty or begins with a slash.
///
/// # Errors
///
/// As [`uri_to_iri`], when `host` is none.
///
/// # Example
///
/// ```
/// use zeug_urls::current_url;
///
/// let url = current_url("https", "xn--n3h.net", Some("/app"), Some("/a b"), Some(b"q=%C3%A9&bad=\xff"))?;
/// assert_eq!(url, "https://☃.net/app/a%20b?q=é&bad=%FF");
/// assert_eq!(current_url("https", "example.org:8443", None, None, None)?, "https://example.org:8443/");
/// assert!(current_url("https", "example.org:x", None, None, None).is_err());
/// # Ok::<(), zeug_urls::UrlError>(())
/// ```
#[doc(alias = "get_current_url")]
pub fn current_url(
    scheme: &str,
    host: &str,
    root_path: Option<&str>,
    path: Option<&str>,
    query: Option<&[u8]>,
) -> Result<String, UrlError> {
    const PATH: Bytes = plain("!$&'()*+,/:;=@%");
    const QUERY: Bytes = plain("!$&'()*+,/:;=?@%");
    let mut url = format!("{scheme}://{host}");
    escape(
        root_path
            .unwrap_or_default()
            .trim_end_matches('/')
            .as_bytes(),
        &PATH,
        "%20",
        &mut url,
    );
    url.push('/');
    if let (Some(_), Some(path)) = (root_path, path) {
        escape(
            path.trim_start_matches('/').as_bytes(),
            &PATH,
            "%20",
            &mut url,
        );
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            url.push('?');
            escape(query, &QUERY, "%20", &mut url);
        }
    }
    uri_to_iri(&url)
}
