//! A reference made absolute. It refuses nothing: what has no base stays as it is.

use crate::split::Parts;

/// The URL that `reference` means where `base` is the URL of the document it stands in.
///
/// The rule is [RFC 3986, section 5.2](https://www.rfc-editor.org/rfc/rfc3986#section-5.2); parts are neither decoded nor encoded.
///
/// # Example
///
/// ```
/// use zeug_urls::join;
///
/// assert_eq!(join("http://a/b/c?q#f", "../d?x=1"), "http://a/d?x=1");
/// assert_eq!(join("http://a/b/c", "//evil/x"), "http://evil/x");
/// assert_eq!(join("", "x"), "x");
/// ```
#[doc(alias = "urljoin")]
pub fn join(base: &str, reference: &str) -> String {
    let (base, mut target) = (Parts::of(base), Parts::of(reference));
    let mut path = target.path.to_owned();
    if !target.scheme.is_empty() || target.authority.is_some() {
        path = without_dots(&path);
    } else {
        if target.path.is_empty() {
            path = base.path.to_owned();
            target.query = target.query.or(base.query);
        } else if target.path.starts_with('/') {
            path = without_dots(&path);
        } else {
            let folder = match base.path.rfind('/') {
                Some(slash) => &base.path[..=slash],
                None if base.authority.is_some() => "/",
                None => "",
            };
            path = without_dots(&format!("{folder}{path}"));
        }
        target.authority = base.authority;
    }
    if target.scheme.is_empty() {
        target.scheme = base.scheme;
    }
    let mut out = String::with_capacity(reference.len() + base.path.len() + 16);
    for (before, part, after) in [
        (
            "",
            Some(target.scheme).filter(|scheme| !scheme.is_empty()),
            ":",
        ),
        ("//", target.authority, ""),
        // Two slashes at the start of a path would be taken for an authority.
        (
            if target.authority.is_none() && path.starts_with("//") {
                "/."
            } else {
                ""
            },
            Some(path.as_str()),
            "",
        ),
        ("?", target.query, ""),
        ("#", target.fragment, ""),
    ] {
        if let Some(part) = part {
            out.push_str(before);
            out.push_str(part);
            out.push_str(after);
        }
    }
    out
}

/// The path without `.` and `..` segments ([RFC 3986, section 5.2.4](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4)).
fn without_dots(path: &str) -> String {
    let (root, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut kept = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    if matches!(rest.rsplit('/').next(), Some("." | "..")) {
        kept.push("");
    }
    format!("{root}{}", kept.join("/"))
}
