//! What the compiler itself says of wrong enums, and at which line: a program of them, whose lines end with what is expected.

use std::collections::BTreeSet;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::process::Command;

const WRONG: &str = include_str!("../refused/enums.rs");

/// The derive as it was built for this test, which stands beside it.
fn derive() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.parent().expect("its folder");
    let begin = format!("{DLL_PREFIX}zeug_routing_derive-");
    let built = std::fs::read_dir(folder).expect("its files").flatten();
    let derives = built.filter(|file| {
        let name = file.file_name().into_string().unwrap_or_default();
        name.starts_with(&begin) && name.ends_with(DLL_SUFFIX)
    });
    // Builds with other flags may have left their own.
    let age = |file: &DirEntry| file.metadata().and_then(|data| data.modified()).ok();
    let newest = derives.max_by_key(age);
    newest.expect("the derive").path()
}

#[test]
fn the_compiler_points_to_each_mistake() {
    let derive = derive();
    let output =
        Command::new(Path::new(env!("CARGO")).with_file_name(format!("rustc{EXE_SUFFIX}")))
            .args([
                "--edition=2024",
                "--crate-type=lib",
                "--emit=metadata",
                "--error-format=short",
            ])
            .arg("--extern")
            .arg(format!("zeug_routing_derive={}", derive.display()))
            .arg("--out-dir")
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/refused/enums.rs"
            ))
            .output()
            .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let of_a_line = |line: &str| {
        let (place, message) = line.split_once(": error: ")?;
        let number = place.rsplit(':').nth(1)?;
        Some((number.parse::<usize>().ok()?, message.to_owned()))
    };
    let found: BTreeSet<_> = said.lines().filter_map(of_a_line).collect();
    let lines = WRONG.lines().enumerate();
    let expected: BTreeSet<_> = lines
        .filter_map(|(i, line)| Some((i + 1, line.split_once(" //~ ")?.1.to_owned())))
        .collect();
    assert_eq!(found, expected, "{said}");
}
