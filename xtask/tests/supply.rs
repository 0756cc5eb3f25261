//! What the workspace is built of: no crate with a published advisory that touches it, none that nobody maintains, and no unsafe code of its own.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).expect(path)
}

/// Names and versions of the locked crates.
fn locked() -> Vec<(String, Vec<u64>)> {
    let text = read("Cargo.lock");
    let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("name = ") {
            let version = value(lines.next().unwrap_or_default());
            let numbers = version
                .split(['.', '-', '+'])
                .map_while(|number| number.parse().ok());
            found.push((value(line), numbers.collect()));
        }
    }
    found
}

/// The first version of each line that has all the advisories of `shared/reliability` mended.
#[test]
fn no_locked_crate_has_an_advisory() {
    let least: [(&str, &[u64]); 13] = [
        // RUSTSEC-2023-0034, 2024-0003, 2024-0332, 2026-0258: floods of resets, continuations, empty frames
        ("h2", &[0, 4, 16]),
        // RUSTSEC-2024-0336: an endless loop in complete_io
        ("rustls", &[0, 23, 5]),
        // RUSTSEC-2019-0033 and 0034: reserve, drain
        ("http", &[0, 2, 12]),
        // RUSTSEC-2026-0007: an overflow in reserve
        ("bytes", &[1, 11, 1]),
        // RUSTSEC-2018-0003 .. 2021-0003
        ("smallvec", &[1, 6, 1]),
        // RUSTSEC-2017-0005: Max-Age
        ("cookie", &[0, 7, 6]),
        // RUSTSEC-2026-0009: nested comments
        ("time", &[0, 3, 47]),
        // RUSTSEC-2023-0065: a giant header in the handshake
        ("tungstenite", &[0, 20, 1]),
        // RUSTSEC-2020-0008 .. 2022-0022
        ("hyper", &[0, 14, 19]),
        // RUSTSEC-2020-0048, 2021-0081, GHSA-xhj4-vrgc-hr34
        ("actix-http", &[3, 12, 1]),
        // RUSTSEC-2020-0045, 2020-0046
        ("actix-utils", &[2, 0, 0]),
        ("actix-service", &[1, 0, 6]),
        // RUSTSEC-2022-0055: no limit of bodies
        ("axum-core", &[0, 3, 0]),
    ];
    let locked = locked();
    assert!(locked.len() > 100, "the lock file was read");
    for (name, least) in least {
        for (_, version) in locked.iter().filter(|(each, _)| each == name) {
            assert!(&version[..] >= least, "{name} {version:?}");
        }
    }
    let unwanted = [
        // nobody maintains them
        "multipart",
        "buf_redux",
        "http-types",
        "iron",
        "tide",
        "async-h1",
        // advisories that stand
        "tiny_http",
    ];
    for name in unwanted {
        assert!(locked.iter().all(|(each, _)| each != name), "{name}");
    }
}

/// RUSTSEC-2022-0022, 2020-0048, 2018-0019: memory unsafety in servers' own code.
#[test]
fn unsafe_code_is_forbidden_in_every_crate() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut seen = 0;
    for entry in fs::read_dir(crates).expect("the crates") {
        let name = entry.expect("a crate").file_name();
        let manifest = read(&format!("crates/{}/Cargo.toml", name.display()));
        let shared = manifest.contains("[lints]\nworkspace = true");
        // The debugger forks and reads frames: one file of it allows what the rest may not.
        let excepted = name == "zeug-debug" && manifest.contains("unsafe_code = \"deny\"");
        assert!(shared || excepted, "{}", name.display());
        seen += 1;
    }
    assert!(seen >= 17);
}
