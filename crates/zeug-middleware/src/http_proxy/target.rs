//! Owns the path that is handed on. It refuses what leads out of its prefix once the other server takes dots for folders.

use http::StatusCode;

use super::{Trouble, Upstream};

/// The target of the request line: the URL's path, what is left of the request's, and its query.
pub(super) fn of(
    upstream: &Upstream,
    prefix: &str,
    path: &str,
    query: Option<&str>,
) -> Result<String, Trouble> {
    let rest = path.get(prefix.len()..).unwrap_or_default();
    if leaves(rest) {
        let message = "The path leads out of what is shared here.";
        return Err(Trouble::new(StatusCode::BAD_REQUEST, message));
    }
    let mut target = upstream.base.clone();
    target.push_str(if upstream.strips { rest } else { path });
    if !target.starts_with('/') {
        target.insert(0, '/');
    }
    if let Some(query) = query {
        target.push('?');
        target.push_str(query);
    }
    Ok(target)
}

/// Whether the segments lead above where they begin, for a server that decodes them once, or takes backslashes for slashes.
fn leaves(path: &str) -> bool {
    let lower = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/")
        .replace("%5c", "/")
        .replace('\\', "/");
    let mut depth = 0_u32;
    for segment in lower.split('/') {
        // Behind a semicolon some servers see parameters, which they take off before they look at the dots.
        match segment.split(';').next() {
            Some("..") => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            Some("" | ".") | None => {}
            Some(_) => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leaves;

    #[test]
    fn paths_that_leave_are_seen() {
        for path in [
            "/..",
            "/a/../..",
            "/%2e%2e/x",
            "/.%2E/x",
            "/..%2fx",
            "/..\\x",
            "/..;a=b/x",
            "/a/..%5c..%5cx",
            "/./..",
            "//..",
        ] {
            assert!(leaves(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/a/..",
            "/a/b/../c",
            "/...",
            "/a..b",
            "/..a",
            "/;..",
        ] {
            assert!(!leaves(path), "{path}");
        }
    }
}
