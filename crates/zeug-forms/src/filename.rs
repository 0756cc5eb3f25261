//! Owns the safe form of a client's file name: one component, no separators, no device. Refuses names of which nothing is left.

/// Longest file name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// The safe form of a client's file name.
pub(crate) fn safe(filename: &str) -> Option<String> {
    let last = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for c in last.chars() {
        let c = if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') {
            c
        } else {
            '_'
        };
        // a run of others is one underscore
        if !(c == '_' && name.ends_with('_')) {
            name.push(c);
        }
    }
    let name = name.trim_matches(['.', '_']);
    // room for the underscore below
    let name = &name[..name
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end < LONGEST)
        .last()
        .unwrap_or(0)];
    let name = name.trim_end_matches('.');
    if name.is_empty() {
        return None;
    }
    Some(if is_device(name) {
        format!("_{name}")
    } else {
        name.to_owned()
    })
}

/// Whether Windows takes the name for a device, whatever its extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let numbered = |device: &str| {
        let digit = stem
            .get(..3)
            .filter(|start| start.eq_ignore_ascii_case(device))
            .and_then(|_| stem.get(3..));
        digit.is_some_and(|digit| {
            matches!(
                digit,
                "0" | "1"
                    | "2"
                    | "3"
                    | "4"
                    | "5"
                    | "6"
                    | "7"
                    | "8"
                    | "9"
                    | "\u{b9}"
                    | "\u{b2}"
                    | "\u{b3}"
            )
        })
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN", "CONOUT"]
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[track_caller]
    fn check(filename: &str, expected: Option<&str>) {
        assert_eq!(safe(filename).as_deref(), expected, "{filename:?}");
    }

    #[test]
    fn one_component_without_surprises() {
        check("My cool movie.mov", Some("My_cool_movie.mov"));
        check("../../../etc/passwd", Some("passwd"));
        check("C:\\Users\\me\\a.txt", Some("a.txt"));
        check("Pläne ☃.pdf", Some("Pläne_.pdf"));
        check("a\0b\r\nc", Some("a_b_c"));
        check("..", None);
        check("", None);
        check("/", None);
        check(".htaccess", Some("htaccess"));
        check("nul", Some("_nul"));
        check("Com1.tar.gz", Some("_Com1.tar.gz"));
        check("COM¹", Some("_COM¹"));
        check("communism", Some("communism"));
        check("CONIN$", Some("_CONIN"));
        check("CON ", Some("_CON"));
        check(&"ä".repeat(300), Some(&"ä".repeat(127)));
    }
}
