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
    let mut folder = "";
    let mut dots = true;
    if target.scheme.is_empty() && target.authority.is_none() {
        if target.path.is_empty() {
            target.path = base.path;
            target.query = target.query.or(base.query);
            dots = false;
        } else if !target.path.starts_with('/') {
            folder = match base.path.rfind('/') {
                Some(slash) => &base.path[..=slash],
                None if base.authority.is_some() => "/",
                None => "",
            };
        }
        target.authority = base.authority;
    }
    if target.scheme.is_empty() {
        target.scheme = base.scheme;
    }
    let authority = target.authority.map_or(0, str::len);
    let mut out = String::with_capacity(reference.len() + base.path.len() + authority + 16);
    if !target.scheme.is_empty() {
        out.push_str(target.scheme);
        out.push(':');
    }
    if let Some(authority) = target.authority {
        out.push_str("//");
        out.push_str(authority);
    }
    let path = out.len();
    if dots {
        push_without_dots(folder, target.path, &mut out);
    } else {
        out.push_str(target.path);
    }
    // Two slashes at the start of a path would be taken for an authority.
    if target.authority.is_none() && out[path..].starts_with("//") {
        out.insert_str(path, "/.");
    }
    for (mark, part) in [('?', target.query), ('#', target.fragment)] {
        if let Some(part) = part {
            out.push(mark);
            out.push_str(part);
        }
    }
    out
}

/// Appends folder and path without `.` and `..` segments ([RFC 3986, section 5.2.4](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4)). The folder is
/// empty or ends in a slash.
fn push_without_dots(folder: &str, path: &str, out: &mut String) {
    let (first, behind) = if folder.is_empty() {
        (path, None)
    } else {
        (folder, Some(path))
    };
    let first = match first.strip_prefix('/') {
        Some(rest) => {
            out.push('/');
            rest
        }
        None => first,
    };
    let (first, behind) = match behind {
        // The folder's last slash stands before the path's first segment.
        Some(path) => (first.strip_suffix('/'), Some(path)),
        None => (Some(first), None),
    };
    let start = out.len();
    let mut count = 0;
    let segments = [first, behind].into_iter().flatten();
    for segment in segments.flat_map(|part| part.split('/')) {
        match segment {
            "." => {}
            ".." if count == 0 => {}
            ".." => {
                count -= 1;
                let slash = out[start..].rfind('/').map_or(start, |at| start + at);
                out.truncate(slash);
            }
            other => {
                if count > 0 {
                    out.push('/');
                }
                out.push_str(other);
                count += 1;
            }
        }
    }
    if count > 0 && matches!(path.rsplit('/').next(), Some("." | "..")) {
        out.push('/');
    }
}
