//! Owns the patterns of what is ignored: the caller's, and the names of the files that editors and tools leave beside sources.

use std::path::Path;

/// A pattern with `*` and `?`.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn new(pattern: String) -> Self {
        Self(pattern)
    }

    /// Whether a path, or a folder that it is in, matches.
    pub(crate) fn matches(&self, path: &Path) -> bool {
        if self.0.contains('/') {
            return fits(self.0.as_bytes(), path.as_os_str().as_encoded_bytes());
        }
        path.iter()
            .any(|name| fits(self.0.as_bytes(), name.as_encoded_bytes()))
    }
}

/// Whether a name fits a pattern. Only the last `*` is gone back to, so that the time is at most the product of both lengths.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&byte) = name.get(read) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(&wanted) if wanted == b'?' || wanted == byte => {
                at += 1;
                read += 1;
            }
            _ => match &mut star {
                Some((behind, begun)) => {
                    *begun += 1;
                    (at, read) = (*behind, *begun);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|&byte| byte == b'*')
}

/// Whether a name is one that editors, version control and tools give to what is no source: hidden files, backups, swap files, vim's `4913`.
pub(crate) fn is_litter(name: &[u8]) -> bool {
    const ENDS: [&[u8]; 7] = [b"~", b".swp", b".swx", b".tmp", b".bak", b".orig", b"#"];
    name.starts_with(b".")
        || name.starts_with(b"#")
        || ENDS.iter().any(|end| name.ends_with(end))
        || name == b"4913"
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Pattern, is_litter};

    #[test]
    fn patterns_match_names_and_whole_paths() {
        for (pattern, path, expected) in [
            ("*.css", "/srv/shop/static/a.css", true),
            ("*.css", "/srv/shop/static/a.css.rs", false),
            ("static", "/srv/shop/static/deep/a", true),
            ("st?tic", "/srv/shop/static/deep/a", true),
            ("stati", "/srv/shop/static/deep/a", false),
            ("/srv/*/deep/*", "/srv/shop/static/deep/a", true),
            ("/srv/*/deep", "/srv/shop/static/deep/a", false),
            ("*/a", "/srv/shop/static/deep/a", true),
            ("*a*b*c", "/aabbcc", true),
            ("*a*b*cd", "/aabbcc", false),
            ("", "/a", false),
        ] {
            let matches = Pattern::new(pattern.into()).matches(Path::new(path));
            assert_eq!(matches, expected, "{pattern:?} {path}");
        }
    }

    #[test]
    fn what_editors_leave_is_no_source() {
        for name in [
            ".main.rs.swp",
            "main.rs~",
            "4913",
            "#main.rs#",
            ".#main.rs",
            "a.tmp",
            ".git",
        ] {
            assert!(is_litter(name.as_bytes()), "{name}");
        }
        for name in ["main.rs", "a4913", "2026", "page.html", "C#.txt", "data.1"] {
            assert!(!is_litter(name.as_bytes()), "{name}");
        }
    }
}
