//! Whether each file that a page of the project's own links to is there, with the heading that the link names, and each page of the book is in its list. Addresses elsewhere are
//! not asked for.

use std::fs;
use std::path::{Path, PathBuf};

/// The pages below these folders, and the front page.
const FOLDERS: [&str; 4] = ["crates", "docs", "examples", "benches"];
/// The book's: its list of chapters, and where all its pages are.
const BOOK: &str = "docs";

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
        for (file, heading) in targets(&text) {
            links += 1;
            let target = match file {
                "" => page.clone(),
                file => page.with_file_name(file),
            };
            if !target.exists() {
                faults.push(format!("{shown} links to {file}, which is not there"));
            } else if !heading.is_empty() && target.extension().is_some_and(|ending| ending == "md")
            {
                let there = fs::read_to_string(&target).unwrap_or_default();
                if !headings(&there).any(|name| name == heading) {
                    faults.push(format!(
                        "{shown} links to {file}#{heading}, which is no heading there"
                    ));
                }
            }
        }
    }
    let book = root.join(BOOK);
    let list = fs::read_to_string(book.join("SUMMARY.md")).unwrap_or_default();
    let listed: Vec<PathBuf> = targets(&list).map(|(file, _)| book.join(file)).collect();
    for page in pages.iter().filter(|page| page.starts_with(&book)) {
        if !listed.contains(page) && !page.ends_with("SUMMARY.md") {
            let name = page.strip_prefix(&book).unwrap_or(page).display();
            faults.push(format!("{BOOK}/SUMMARY.md does not list {name}"));
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

/// What a page links to: a file, empty for the page itself, and the name of a heading in it, mostly empty.
fn targets(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let prose = prose(text).flat_map(|line| line.split('`').step_by(2));
    let targets = prose.flat_map(|text| text.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split([')', ' ']).next());
    let own = targets.filter(|target| !target.is_empty() && !target.contains(':'));
    own.map(|target| target.split_once('#').unwrap_or((target, "")))
}

/// The names by which links find a page's headings: its text in lower case, hyphens between the words, without other signs.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = prose(text).filter_map(|line| line.strip_prefix('#'));
    lines.map(|line| {
        let shown = line.trim_start_matches('#').trim();
        let signs = shown.chars().filter_map(|sign| match sign {
            ' ' => Some('-'),
            '-' | '_' => Some(sign),
            sign => sign.is_alphanumeric().then_some(sign),
        });
        signs.flat_map(char::to_lowercase).collect()
    })
}

/// The lines that are no code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

#[cfg(test)]
mod tests {
    use super::{headings, targets};

    #[test]
    fn links_are_found() {
        let page = "a [b](c.md) and [d](e/f.md#g), [h](https://example.org/i), [j](#k)\n`[l](m)` [`n`](o)\n```md\n[p](q)\n```\n![r](s.png)\n";
        assert_eq!(
            targets(page).collect::<Vec<_>>(),
            [
                ("c.md", ""),
                ("e/f.md", "g"),
                ("", "k"),
                ("o", ""),
                ("s.png", "")
            ]
        );
    }

    #[test]
    fn headings_are_named_as_browsers_find_them() {
        let page = "# Guide\ntext\n## What `Router::merge` does, and not\n```sh\n# a comment\n```\n### h1: framing_rules\n";
        assert_eq!(
            headings(page).collect::<Vec<_>>(),
            ["guide", "what-routermerge-does-and-not", "h1-framing_rules"]
        );
    }
}
