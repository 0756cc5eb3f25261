//! The body of the fuzz target `addresses`: hosts, references, IRIs and lengths of any text.

use zeug_urls::{Host, TrustedHosts, content_length, iri_to_uri, join, uri_to_iri};

/// Checks one input: a line, and what comes after it. Nothing panics, and a URI is plain ASCII that stays as it is.
pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    if let Ok(host) = Host::parse(first) {
        assert_eq!(host.to_string(), first);
    }
    let _ = TrustedHosts::new([rest]).trust(first);
    let _ = content_length(Some(first), Some(rest));
    let joined = join(first, rest);
    for address in [first, rest, &joined] {
        let _ = uri_to_iri(address);
        if let Ok(uri) = iri_to_uri(address) {
            assert!(uri.is_ascii(), "{uri:?}");
            assert_eq!(iri_to_uri(&uri), Ok(uri.clone()));
        }
    }
}
