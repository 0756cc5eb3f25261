//! The commands of a page of documentation, run as they stand there: blocks of `console` begin with the line that starts a program, and each line below that
//! begins with `$ ` is given to a shell, which must print what stands below it. `...` stands for whatever comes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::Example;

/// The address and the folder that the pages name; a test has its own.
const ADDRESS: &str = "127.0.0.1:5000";
const FOLDER: &str = "/tmp";

/// A block of a page: how its program is started, and the commands with what they print.
struct Block<'a> {
    start: &'a str,
    commands: Vec<(&'a str, String)>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let blocks = page.split("```console\n").skip(1);
    let read = |block| {
        let (block, _): (&str, &str) = str::split_once(block, "```").unwrap();
        let mut lines = block.lines();
        let start = lines.next().and_then(|line| line.strip_prefix("$ "));
        let mut commands: Vec<(&str, String)> = Vec::new();
        for line in lines {
            match line.strip_prefix("$ ") {
                Some(command) => commands.push((command, String::new())),
                None => commands.last_mut().unwrap().1.extend([line, "\n"]),
            }
        }
        Block {
            start: start.unwrap(),
            commands,
        }
    };
    blocks.map(read).collect()
}

/// Runs each block of a page, whose program `built` finds by the words between `cargo run` and its arguments; how many blocks there were.
pub(crate) fn run(page: &Path, built: impl Fn(&str) -> PathBuf) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(page).unwrap();
    let blocks = blocks(&page);
    for Block { start, commands } in &blocks {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        let (command, arguments) = start.split_once(" -- ").unwrap_or((start, ADDRESS));
        let (variables, words) = command.split_once("cargo run ").unwrap();
        let arguments = arguments
            .replace(ADDRESS, "127.0.0.1:0")
            .replace(FOLDER, folder);
        let program = built(words);
        let program = program.display();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{variables} exec {program} {arguments}")]);
        let example = Example::spawn(shell.current_dir(&root));
        let address = example.address.to_string();
        for (command, expected) in commands {
            let line = command.replace(ADDRESS, &address).replace(FOLDER, folder);
            // Without its table of progress, and not for ever.
            let line = line.replacen("curl ", "curl --silent --show-error --max-time 60 ", 1);
            let output = Command::new("sh")
                .args(["-c", &line])
                .current_dir(&root)
                .output();
            let output = output.unwrap();
            assert!(output.status.success(), "{command}: {output:?}");
            let printed = String::from_utf8(output.stdout).unwrap();
            let printed = printed.replace(&address, ADDRESS).replace("\r\n", "\n");
            assert!(
                is_like(printed.trim_end(), expected.trim_end()),
                "{start}\n{command}\nprinted:\n{printed}\nand should print:\n{expected}"
            );
        }
    }
    blocks.len()
}

/// Whether a text is another, in which `...` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split("...");
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    match last {
        None => rest.is_empty(),
        Some(last) => last.is_empty() || text.ends_with(last),
    }
}

#[test]
fn patterns() {
    for (text, pattern, like) in [
        ("abc", "abc", true),
        ("abc", "ab", false),
        ("", "", true),
        ("abc", "a...", true),
        ("abc", "...c", true),
        ("abcb", "a...c", false),
        ("abc", "...b...", true),
        ("abc", "b...", false),
    ] {
        assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
    }
}
