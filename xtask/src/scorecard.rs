//! The rows of `docs/scorecard.md`: each is there once, has a command, a state and a figure or a reason, and names tests that exist. It runs none of them.

use std::fs;
use std::path::Path;

use crate::named_tests::{missing, name};

const PAGE: &str = "docs/scorecard.md";
const ROWS: usize = 53;
/// What the fourth cell may say.
const STATES: [&str; 5] = ["met", "in part", "missed", "not done", "see serving.md"];

/// Checks the page below `root`; gives how many rows are met, and how many there are.
pub(crate) fn check(root: &Path, faults: &mut Vec<String>) -> (usize, usize) {
    match fs::read_to_string(root.join(PAGE)) {
        Ok(page) => rows(&page, root, faults),
        Err(error) => {
            faults.push(format!("{PAGE}: {error}"));
            (0, 0)
        }
    }
}

fn rows(page: &str, root: &Path, faults: &mut Vec<String>) -> (usize, usize) {
    let (mut met, mut seen) = (0, Vec::new());
    for line in page.lines() {
        // A bar within a cell is written with a backslash.
        let line = line.replace("\\|", "");
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, _, command, state, figure] = cells[..] else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        let mut fault = |what: String| faults.push(format!("{PAGE}: row {number}: {what}"));
        if seen.contains(&number) {
            fault("it is there twice".to_owned());
        }
        seen.push(number);
        if !command.contains("`cargo ") {
            fault("it has no command".to_owned());
        }
        if !STATES.contains(&state) {
            fault(format!("{state:?} is none of {}", STATES.join(", ")));
        }
        if state != "see serving.md" && figure.is_empty() {
            fault("neither a figure nor a reason".to_owned());
        }
        if state == "not done" && !figure.starts_with("because ") {
            fault("not done, because?".to_owned());
        }
        for (path, test) in line.split('`').skip(1).step_by(2).filter_map(name) {
            if let Some(told) = missing(root, path, test) {
                fault(told);
            }
        }
        met += usize::from(state == "met");
    }
    for number in (1..=ROWS).filter(|number| !seen.contains(number)) {
        faults.push(format!("{PAGE}: row {number} is missing"));
    }
    (met, seen.len())
}

#[cfg(test)]
mod tests {
    use super::{ROWS, rows};
    use crate::run::root;

    #[test]
    fn rows_that_lack_something_are_told() {
        let page = "\
| # | property | command | state | figure |
| 1 | a \\| b | `cargo test`: `xtask/src/scorecard.rs::rows_that_lack_something_are_told` | met | 0 |
| 2 | a | by hand | met | 0 |
| 3 | a | `cargo test` | fine | 0 |
| 4 | a | `cargo test` | not done | no time |
| 5 | a | `cargo test`: `xtask/src/scorecard.rs::gone` | in part | 0 |
| 5 | a | `cargo test` | missed | |
";
        let mut faults = Vec::new();
        assert_eq!(rows(page, &root(), &mut faults), (2, 6));
        let lacking = ["row 2", "row 3", "row 4", "row 5", "row 5", "row 5"];
        for (fault, row) in faults.iter().zip(lacking) {
            assert!(fault.contains(row), "{fault}");
        }
        assert_eq!(faults.len(), lacking.len() + ROWS - 5);
    }
}
