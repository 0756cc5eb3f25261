//! The tests that `docs/security.md` names, as `path/to/file.rs::name`: each is there and is a test. It runs none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The page with the table of advisories, and the least number of tests that it names.
const PAGE: &str = "docs/security.md";
const LEAST: usize = 60;
/// The heading of that table, and what a last cell without a test begins with.
const TABLE: &str = "## Advisories";
const NO_TEST: &str = "no test: ";

/// Checks the page below `root`; gives how many tests it names.
pub(crate) fn check(root: &Path, faults: &mut Vec<String>) -> usize {
    match fs::read_to_string(root.join(PAGE)) {
        Ok(page) => {
            let named = names(&page, root, faults);
            if named < LEAST {
                faults.push(format!("{PAGE}: names {named} tests, at least {LEAST}"));
            }
            named
        }
        Err(error) => {
            faults.push(format!("{PAGE}: {error}"));
            0
        }
    }
}

/// Checks each name in the page's text, and that each row of the table has one; counts the names.
fn names(page: &str, root: &Path, faults: &mut Vec<String>) -> usize {
    let mut seen = BTreeSet::new();
    let mut in_table = false;
    for line in page.lines() {
        if line.starts_with('#') {
            in_table = line == TABLE;
        }
        let named: Vec<(&str, &str)> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(name)
            .collect();
        let row = in_table && line.starts_with('|') && !line.starts_with("| --");
        let last = line.trim_end_matches(['|', ' ']).rsplit('|').next();
        if row
            && named.is_empty()
            && !last.is_some_and(|cell| cell.trim().starts_with(NO_TEST) || cell.trim() == "test")
        {
            faults.push(format!("{PAGE}: a row without a test: {line}"));
        }
        for (path, test) in named {
            if belongs(path, root) && seen.insert((path, test)) {
                faults.extend(missing(root, path, test).map(|fault| format!("{PAGE}: {fault}")));
            }
        }
    }
    seen.len()
}

/// `path/to/file.rs::name`, taken apart.
pub(crate) fn name(text: &str) -> Option<(&str, &str)> {
    text.split_once("::")
        .filter(|(path, _)| path.ends_with(".rs"))
}

/// Whether the crate that a path names is there: the page may be ahead of a crate that is still being made, not of its tests.
fn belongs(path: &str, root: &Path) -> bool {
    let folder: Vec<&str> = path.split('/').take(2).collect();
    folder.first() != Some(&"crates") || root.join(folder.join("/")).exists()
}

/// What is wrong with a name.
pub(crate) fn missing(root: &Path, path: &str, test: &str) -> Option<String> {
    let Ok(text) = fs::read_to_string(root.join(path)) else {
        return Some(format!("{path}::{test}: there is no such file"));
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("fn {test}(");
    let is_test = lines.iter().enumerate().any(|(at, line)| {
        line.starts_with(&head)
            && lines
                .get(..at)
                .into_iter()
                .flatten()
                .rev()
                .take_while(|line| !line.is_empty() && **line != "}")
                .any(|line| *line == "#[test]")
    });
    (!is_test).then(|| format!("{path}::{test}: there is no such test"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{missing, name, names};
    use crate::run::root;

    const HERE: &str = "xtask/src/named_tests.rs";

    #[test]
    fn names_of_tests_are_found() {
        assert_eq!(name("a/b.rs::c"), Some(("a/b.rs", "c")));
        assert_eq!(name("Limits::body"), None);
        assert_eq!(missing(&root(), HERE, "names_of_tests_are_found"), None);
        // Below proptest! as elsewhere.
        let properties = "crates/zeug-h1/tests/it/properties.rs";
        assert_eq!(missing(&root(), properties, "any_cut_gives_the_same"), None);
    }

    #[test]
    fn what_is_no_test_is_told() {
        for (path, test) in [
            ("xtask/src/nothing.rs", "names"),
            (HERE, "nothing"),
            (HERE, "names"),
            (HERE, "names_of_tests"),
        ] {
            let told = missing(&root(), path, test);
            assert!(
                told.is_some_and(|told| told.contains(path) && told.contains(test)),
                "{path} {test}"
            );
        }
    }

    #[test]
    fn rows_without_a_test_are_told() {
        let page = "\
| a | limit |
| -- | -- |
## Advisories
| advisory | test |
| -- | -- |
| one | `xtask/src/named_tests.rs::rows_without_a_test_are_told` |
| two | no test: nothing to test |
| three | |
| four | `crates/zeug-not-made-yet/tests/it/a.rs::b` |
| five | `xtask/src/named_tests.rs::gone` |
## More
| six | seven |
";
        let mut faults = Vec::new();
        assert_eq!(names(page, &root(), &mut faults), 2);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("three") && faults[1].contains("gone"));
        // A tree without the file.
        names(page, Path::new("/nowhere"), &mut faults);
        assert_eq!(faults.len(), 5, "{faults:?}");
    }
}
