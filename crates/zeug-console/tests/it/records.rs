//! Owns what records are for: nothing is built twice, what has changed is refused, nothing is left behind.

use std::fs;

use zeug_console::{ErrorKind, Place, Records, Workshop};

use crate::stopped::{cargo, program, stop};

#[test]
fn the_wrapper_changes_nothing_that_cargo_builds() {
    let target = program().ancestors().nth(2).expect("a target folder");
    let time = || {
        fs::metadata(program())
            .and_then(|meta| meta.modified())
            .expect("a time")
    };
    let before = time();
    crate::stopped::passes(&mut cargo(target, &["build"]));
    assert_eq!(time(), before, "a plain build finds all fresh");
    assert!(Records::of(program()).expect("records").is_complete());
}

#[test]
fn folders_are_removed() {
    let records = Records::of(program()).expect("records");
    let target = program()
        .ancestors()
        .nth(2)
        .expect("a target folder")
        .join("zeug-console");
    let folders = || -> Vec<_> {
        let entries = fs::read_dir(&target).expect("a folder").flatten();
        entries
            .filter(|entry| entry.path().is_dir() && entry.file_name() != "records")
            .map(|entry| entry.file_name())
            .collect()
    };
    // Of a process that is no more: its number and time are nobody's.
    fs::create_dir_all(target.join("1-1-0/out")).expect("a folder");
    let workshop = Workshop::open(records).expect("a workshop");
    assert!(!folders().iter().any(|name| name == "1-1-0"), "swept");
    let own = format!("{}-", std::process::id());
    assert!(
        folders()
            .iter()
            .any(|name| name.to_string_lossy().starts_with(&own))
    );
    drop(workshop);
}

#[test]
fn what_no_line_can_stand_in_is_refused() {
    let workshop = Workshop::open(Records::of(program()).expect("records")).expect("a workshop");
    let main = fs::canonicalize(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/ledger/src/main.rs"
    ));
    let place = |line| Place {
        file: main.as_ref().expect("a file").clone(),
        line,
        ..Place::default()
    };
    let kind = |place: &Place| {
        format!(
            "{:?}",
            workshop.frame(place, &stop()).expect_err("refused").kind()
        )
    };
    assert!(kind(&place(1)).starts_with("NoStatement"));
    assert!(kind(&place(100_000)).starts_with("NoStatement"));
    let elsewhere = Place {
        file: "/rustc/0/library/core/src/ops.rs".into(),
        line: 1,
        ..Place::default()
    };
    assert!(kind(&elsewhere).starts_with("Foreign"));
    let unknown = Place {
        file: "/no/such/file.rs".into(),
        ..elsewhere
    };
    assert!(kind(&unknown).starts_with("NoRecord"));
    let error = Records::of("/bin/true".as_ref()).expect_err("not cargo's");
    assert!(matches!(
        error.kind(),
        ErrorKind::NoRecord { wrapper: None, .. }
    ));
}
