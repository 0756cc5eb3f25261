//! The table of paths that must not leave their folder, wherever they are opened: devices, traversal, drives, shares, NUL.

use zeug_security::{SecurityErrorKind, safe_join};

#[track_caller]
fn refused(part: &str, kind: SecurityErrorKind) {
    let error = safe_join("base", [part]).expect_err(part);
    assert_eq!(error.kind(), kind, "{part:?}");
    assert_eq!(error.status_hint(), 404);
    assert!(error.offset() <= part.len());
}

#[track_caller]
fn joins(directory: &str, parts: &[&str], path: &str) {
    let joined = safe_join(directory, parts).expect("a safe path");
    assert_eq!(joined.to_str().unwrap(), path, "{directory:?} {parts:?}");
}

#[test]
fn devices_in_every_disguise() {
    let mut devices: Vec<String> = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
        .map(str::to_owned)
        .into();
    for kind in ["COM", "LPT"] {
        devices.extend(
            "123456789¹²³"
                .chars()
                .map(|number| format!("{kind}{number}")),
        );
    }
    assert_eq!(devices.len(), 30);
    let mut count = 0;
    for device in &devices {
        let mixed = device[..1].to_owned() + &device[1..].to_lowercase();
        for name in [device.clone(), device.to_lowercase(), mixed] {
            for disguised in [
                name.clone(),
                format!("{name}.txt"),
                format!("{name}.tar.gz"),
                format!("{name} "),
                format!(" {name}"),
                format!("{name} . txt"),
                format!("{name}:"),
                format!("{name}::$DATA"),
                format!("{name}:stream"),
                format!("a/{name}"),
                format!("a/{name}/b"),
                format!("a/b/../{name}.html"),
            ] {
                refused(&disguised, SecurityErrorKind::DeviceName);
                count += 1;
            }
        }
    }
    assert_eq!(count, 1080);
}

#[test]
fn names_that_only_look_like_devices() {
    for name in [
        "console",
        "COM",
        "COM10",
        "COM0",
        "nul_",
        "xNUL",
        "CON-1",
        "auxiliary.txt",
        "LPTx",
        "con$",
        "c",
    ] {
        joins("base", &[name], &format!("base/{name}"));
    }
}

#[test]
fn ways_out() {
    use SecurityErrorKind::{Absolute, Backslash, Drive, Escapes, Nul};
    let rows = [
        ("..", Escapes),
        ("../", Escapes),
        ("../b", Escapes),
        ("./../b", Escapes),
        (".//../b", Escapes),
        ("a/../..", Escapes),
        ("a/../../b", Escapes),
        ("a/b/../../../c", Escapes),
        ("a/b/../../..", Escapes),
        (".. ", Escapes),
        (".. /b", Escapes),
        ("a/..  /b", Escapes),
        ("..\u{a0}/b", Escapes),
        ("/", Absolute),
        ("//", Absolute),
        ("/b", Absolute),
        ("//b", Absolute),
        ("//host/share", Absolute),
        ("///etc/passwd", Absolute),
        ("/../b", Absolute),
        ("\\", Backslash),
        ("\\b", Backslash),
        ("..\\b", Backslash),
        ("a\\..\\..\\b", Backslash),
        ("\\\\host\\share", Backslash),
        ("\\\\?\\c:\\b", Backslash),
        ("\\\\.\\NUL", Backslash),
        ("a/..\\..\\b", Backslash),
        ("a\\b", Backslash),
        ("....\\\\", Backslash),
        ("c:", Drive),
        ("c:/b", Drive),
        ("C:b", Drive),
        ("a/c:/windows/win.ini", Drive),
        ("a/c:x", Drive),
        ("z:..", Drive),
        ("\0", Nul),
        ("a\0b", Nul),
        ("a/\0", Nul),
        ("..\0/b", Nul),
        ("a.txt\0.jpg", Nul),
    ];
    for (part, kind) in rows {
        refused(part, kind);
    }
}

#[test]
fn names_that_only_look_like_ways_out() {
    // Escapes are decoded once, by whoever parsed the URL; what is left of them is a name.
    for name in [
        "...", "....", "..foo", "foo..", ". .", "%2e%2e", "%2e%2e/x", "..%2f", "..%5cb", "%5c",
        "%00", "~", "-", "é", "a b", "$HOME", "1:x", "ab:c",
    ] {
        joins("base", &[name], &format!("base/{name}"));
    }
    joins("base", &["....//"], "base/....");
    joins("base", &["....//....//b"], "base/..../..../b");
}

#[test]
fn paths_are_werkzeugs() {
    joins("a", &["b/c"], "a/b/c");
    joins("base/", &["foo/"], "base/foo");
    joins("base/", &[], "base/");
    joins("base", &["", "foo"], "base/foo");
    joins("base", &[""], "base");
    joins("", &[], ".");
    joins("", &["foo"], "./foo");
    joins("", &["..."], "./...");
    joins("/", &["."], "/.");
    joins("/", &["a/../b"], "/b");
    joins("//srv", &["foo"], "//srv/foo");
    joins("a/../b", &["foo/.."], "a/../b/.");
    joins("a/b/", &["é", "foo/..", "..."], "a/b/é/./...");
    joins(
        "/srv/x",
        &["foo/./bar", "foo//bar"],
        "/srv/x/foo/bar/foo/bar",
    );
    joins("base", &["x/../..x"], "base/..x");
}

#[test]
fn errors_say_where() {
    let error = safe_join("base", ["ok", "a/b/../../..", "never"]).unwrap_err();
    assert_eq!((error.part(), error.offset()), (1, 10));
    assert_eq!(
        error.to_string(),
        "path leads out of its folder at byte 10 of part 1"
    );
    let error = safe_join("base", ["é/nul"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "device name in a path at byte 3 of part 0"
    );
}
