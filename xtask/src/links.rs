//! Whether each file that a page of the project's own links to is there, and each chapter is in the guide's list. Addresses elsewhere are not asked for.

use std::fs;
use std::path::{Path, PathBuf};

/// The pages below these folders, and the front page.
const FOLDERS: [&str; 4] = ["crates", "docs", "examples", "benches"];
const CHAPTERS: &str = "docs/guide/src";

/// Checks all pages; how many links there were.
pub(crate) fn check(root: &Path, faults: &mut Vec<String>) -> usize {
    let mut pages = vec![root.join("README.md")];
    for folder in FOLDERS {
        collect(&root.join(folder), &mut pages);
    }
    let mut links = 0;
    for page in &pages {
        let text = fs::read_to_string(page).unwrap_or_default();
        let shown = page.strip_prefix(root).unwrap_or(page).display();
        for file in files(&text) {
            links += 1;
            if !page.with_file_name(file).exists() {
                faults.push(format!("{shown} links to {file}, which is not there"));
            }
        }
    }
    let list = fs::read_to_string(root.join(CHAPTERS).join("SUMMARY.md")).unwrap_or_default();
    let listed: Vec<&str> = files(&list).collect();
    for page in pages
        .iter()
        .filter(|page| page.parent() == Some(&root.join(CHAPTERS)))
    {
        let name = page.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if name != "SUMMARY.md" && !listed.contains(&name) {
            faults.push(format!("{CHAPTERS}/SUMMARY.md does not list {name}"));
        }
    }
    links
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" {
            collect(&path, pages);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
}

/// The files that a page links to, without the place in them; blocks of code have none, and neither has code in a line.
fn files(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    let lines = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    let prose = lines.flat_map(|line| line.split('`').step_by(2));
    let targets = prose.flat_map(|text| text.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split([')', ' ', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn links_to_files_are_found() {
        let page = "a [b](c.md) and [d](e/f.md#g), [h](https://example.org/i), [j](#k)\n`[l](m)` [`n`](o)\n```md\n[p](q)\n```\n![r](s.png)\n";
        assert_eq!(
            files(page).collect::<Vec<_>>(),
            ["c.md", "e/f.md", "o", "s.png"]
        );
    }
}
