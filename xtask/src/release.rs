//! `cargo xtask release --dry-run`: packages each published crate in dependency order and holds it against what a package needs. It refuses to publish.

mod semver;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::run::{cargo, complain, metadata, output, root, say, step};

const HELP: &str = "\
cargo xtask release --dry-run [--no-build] | --semver

--dry-run checks metadata, papers and files of each published crate, packages all in dependency order and builds each
from its package with all features (not with --no-build). --semver compares the public names with those of the last tag
v*, by cargo-semver-checks, which it installs. Nothing is published, ever.";

/// What each package holds beside its sources.
const PAPERS: [&str; 5] = [
    "CHANGELOG.md",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
];

/// Categories that a registry of crates knows and a crate of this house may have.
const CATEGORIES: [&str; 17] = [
    "asynchronous",
    "authentication",
    "command-line-interface",
    "concurrency",
    "cryptography",
    "data-structures",
    "development-tools::debugging",
    "development-tools::procedural-macro-helpers",
    "development-tools::testing",
    "encoding",
    "filesystem",
    "network-programming",
    "parser-implementations",
    "text-processing",
    "web-programming",
    "web-programming::http-client",
    "web-programming::http-server",
];

/// Files that name one outside of their package where no user's build looks: in documentation tests alone (`cfg(doctest)`).
const DOCTESTS: [(&str, &str); 2] = [("zeug", "src/guide.rs"), ("zeug", "src/lib.rs")];

/// The largest file of a package, in bytes: a source file is below, a table of test vectors is not.
const FILE: u64 = 128 * 1024;

/// Checks, packages and compares; the message counts the faults.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut dry, mut build, mut compare) = (false, true, false);
    for arg in args {
        match arg.as_str() {
            "--dry-run" => dry = true,
            "--semver" => compare = true,
            "--no-build" => build = false,
            "-h" | "--help" => {
                say(HELP);
                return Ok(());
            }
            other => return Err(format!("release: unknown argument {other:?}\n\n{HELP}")),
        }
    }
    let metadata = metadata()?;
    let packages: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let (published, private): (Vec<&Value>, Vec<&Value>) = packages
        .iter()
        .partition(|package| package["publish"].is_null());
    if !dry && !compare {
        return Err(refusal(&published));
    }
    let order = order(&published)?;
    if compare {
        semver::compare(&order)?;
    }
    if !dry {
        return Ok(());
    }
    let mut faults = Vec::new();
    let mut sizes = BTreeMap::new();
    for name in &order {
        let package = published.iter().find(|package| package["name"] == **name);
        let Some(package) = package else { continue };
        declared(package, &mut faults);
        sizes.insert(name.as_str(), files(package, &mut faults)?);
    }
    let target = PathBuf::from(text(&metadata, "target_directory")).join("packages");
    forget(&published, &target);
    let mut command = cargo(["package", "--workspace", "--all-features", "--allow-dirty"]);
    command
        .args(["--offline", "--quiet", "--target-dir"])
        .arg(&target);
    for package in &private {
        command.arg("--exclude").arg(text(package, "name"));
    }
    if build {
        step("packages, built", &mut command)?;
    } else {
        step("packages", command.arg("--no-verify"))?;
    }
    say("    package                 files   unpacked     packed");
    for name in &order {
        let (files, unpacked) = sizes.get(name.as_str()).copied().unwrap_or_default();
        let version = published
            .iter()
            .find(|package| package["name"] == **name)
            .map_or("", |package| text(package, "version"));
        let packed = target.join(format!("package/{name}-{version}.crate"));
        let packed = fs::metadata(&packed)
            .map_err(|error| format!("{}: {error}", packed.display()))?
            .len();
        say(&format!(
            "    {name:22} {files:6} {:>10} {:>10}",
            kib(unpacked),
            kib(packed)
        ));
    }
    for (name, file) in DOCTESTS {
        say(&format!(
            "    {name}/{file} reads the workspace's documents in its documentation tests, which therefore run in the tree only"
        ));
    }
    if faults.is_empty() {
        say(&format!(
            "    release: {} packages are in order; nothing was published",
            order.len()
        ));
        return Ok(());
    }
    for fault in &faults {
        complain(&format!("    {fault}"));
    }
    Err(format!("release: {} faults", faults.len()))
}

/// Removes what cargo has unpacked and built of these versions in an earlier run: it knows a package by its version alone, and would build the old sources.
fn forget(packages: &[&Value], target: &Path) {
    let built = fs::read_dir(target.join("debug/.fingerprint"))
        .into_iter()
        .flatten();
    for each in built
        .flatten()
        .filter(|each| each.file_name().to_string_lossy().starts_with("zeug"))
    {
        let _ = fs::remove_dir_all(each.path());
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let Some(home) = home else { return };
    for folder in ["src", "cache"] {
        let registries = fs::read_dir(home.join("registry").join(folder))
            .into_iter()
            .flatten();
        // The registry that cargo makes of a workspace for its packaging has no name in front of the hash.
        for registry in registries
            .flatten()
            .filter(|each| each.file_name().to_string_lossy().starts_with('-'))
        {
            for package in packages {
                let name = format!("{}-{}", text(package, "name"), text(package, "version"));
                let _ = fs::remove_dir_all(registry.path().join(&name));
                let _ = fs::remove_file(registry.path().join(name + ".crate"));
            }
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn kib(bytes: u64) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

/// The names, each behind those it needs. A development dependency without a version is not part of a package and does not count.
fn order(packages: &[&Value]) -> Result<Vec<String>, String> {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let needed = dependencies
            .filter(|dependency| !(dependency["kind"] == "dev" && dependency["req"] == "*"))
            .map(|dependency| text(dependency, "name"))
            .filter(|name| packages.iter().any(|package| package["name"] == **name));
        needs.insert(text(package, "name"), needed.collect());
    }
    let mut order: Vec<String> = Vec::new();
    while !needs.is_empty() {
        let ready: Vec<&str> = needs
            .iter()
            .filter(|(_, needed)| needed.iter().all(|name| !needs.contains_key(name)))
            .map(|(name, _)| *name)
            .collect();
        if ready.is_empty() {
            let names: Vec<&str> = needs.into_keys().collect();
            return Err(format!("release: a circle among {}", names.join(", ")));
        }
        for name in ready {
            needs.remove(name);
            order.push(name.to_owned());
        }
    }
    Ok(order)
}

/// What the manifest says.
fn declared(package: &Value, faults: &mut Vec<String>) {
    let name = text(package, "name");
    let mut fault = |what: String| faults.push(format!("{name}: {what}"));
    for key in ["description", "license", "rust_version"] {
        if text(package, key).is_empty() {
            fault(format!("no {key}"));
        }
    }
    if text(package, "readme") != "README.md" {
        fault("its readme is not README.md".to_owned());
    }
    let words = |key: &str| -> Vec<&str> {
        let words = package[key].as_array().into_iter().flatten();
        words.filter_map(Value::as_str).collect()
    };
    let (keywords, categories) = (words("keywords"), words("categories"));
    for (what, list) in [("keywords", &keywords), ("categories", &categories)] {
        if list.is_empty() || list.len() > 5 {
            fault(format!("{} {what}; 1 to 5 are allowed", list.len()));
        }
    }
    for keyword in keywords.iter().filter(|keyword| !is_keyword(keyword)) {
        fault(format!("no keyword: {keyword:?}"));
    }
    for category in categories.iter().filter(|each| !CATEGORIES.contains(each)) {
        fault(format!("unknown category {category:?}"));
    }
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        if dependency["req"] == "*" && dependency["kind"] != "dev" {
            fault(format!("{} without a version", text(dependency, "name")));
        }
    }
}

/// At most 20 ASCII letters, digits, `_`, `-` and `+`, of which the first is a letter or digit.
fn is_keyword(word: &str) -> bool {
    word.len() <= 20
        && word.starts_with(|first: char| first.is_ascii_alphanumeric())
        && word
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || "_-+".contains(each))
}

/// Looks at each file that cargo will pack: how many, and how many bytes.
fn files(package: &Value, faults: &mut Vec<String>) -> Result<(usize, u64), String> {
    let name = text(package, "name");
    let folder = Path::new(text(package, "manifest_path"));
    let folder = folder.parent().unwrap_or(folder);
    let listing = output(&mut cargo([
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        "--quiet",
        "-p",
        name,
    ]))?;
    let packed: BTreeSet<PathBuf> = listing.lines().map(PathBuf::from).collect();
    let mut fault = |what: String| faults.push(format!("{name}: {what}"));
    for paper in PAPERS
        .iter()
        .filter(|paper| !packed.contains(Path::new(paper)))
    {
        fault(format!("{paper} is not in the package"));
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        if fs::read(folder.join(licence)).ok() != fs::read(root().join(licence)).ok() {
            fault(format!("{licence} is not the workspace's"));
        }
    }
    let log = fs::read_to_string(folder.join("CHANGELOG.md")).unwrap_or_default();
    if !logged(&log, text(package, "version")) {
        fault("CHANGELOG.md has no entry for this version or below Unreleased".to_owned());
    }
    let here = root().display().to_string();
    let mut bytes = 0;
    for path in &packed {
        // Cargo makes a few files itself.
        let Ok(content) = fs::read(folder.join(path)) else {
            continue;
        };
        bytes += content.len() as u64;
        if content.len() as u64 > FILE && path != Path::new("Cargo.lock") {
            fault(format!(
                "{} has {}",
                path.display(),
                kib(content.len() as u64)
            ));
        }
        let Ok(content) = String::from_utf8(content) else {
            continue;
        };
        if content.contains(&here) {
            fault(format!("{} has this machine's path", path.display()));
        }
        if path.extension() != Some(OsStr::new("rs")) {
            continue;
        }
        let excepted = DOCTESTS.contains(&(name, &*path.to_string_lossy()));
        let outside: Vec<PathBuf> = named(&content)
            .into_iter()
            .map(|file| resolved(path, file))
            // A folder of the package is there with what it has.
            .filter(|file| !packed.iter().any(|there| there.starts_with(file)))
            .collect();
        match outside.first() {
            Some(file) if !excepted => {
                fault(format!(
                    "{} reads {}, which is not in the package",
                    path.display(),
                    file.display()
                ));
            }
            None if excepted => {
                fault(format!("{} is excepted, and need not be", path.display()));
            }
            _ => {}
        }
    }
    Ok((packed.len(), bytes))
}

/// Whether the change log has something to say of a version, or of the one to come.
fn logged(log: &str, version: &str) -> bool {
    let mut inside = false;
    for line in log.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let title = title.trim_start_matches('[');
            inside = title.starts_with("Unreleased") || title.starts_with(version);
        } else if inside && line.starts_with("- ") {
            return true;
        }
    }
    false
}

/// The files that a source file names: `include_str!` and its like, and `#[path]`.
fn named(source: &str) -> Vec<&str> {
    let marks = ["include_str!(", "include_bytes!(", "include!(", "#[path = "];
    let mut files = Vec::new();
    for mark in marks {
        for (at, _) in source.match_indices(mark) {
            // The first text behind the mark, be it in a `concat!`.
            files.extend(source[at + mark.len()..].split('"').nth(1));
        }
    }
    files
}

/// A file as named in another, both from the package's root; what leads out of it begins with `..`.
fn resolved(from: &Path, file: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in from.parent().unwrap_or(from).join(file).components() {
        match part {
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

/// Why nothing is published, and what stands between here and there.
fn refusal(published: &[&Value]) -> String {
    let mut missing = Vec::new();
    let changed = output(
        Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(root()),
    );
    if changed.is_ok_and(|changed| !changed.is_empty()) {
        missing.push("the tree has changes that are not committed".to_owned());
    }
    let count = |what: &str, lacks: &dyn Fn(&Value) -> bool, missing: &mut Vec<String>| {
        let lacking = published.iter().filter(|package| lacks(package)).count();
        if lacking > 0 {
            missing.push(format!("{lacking} of {} crates {what}", published.len()));
        }
    };
    count(
        "state no repository",
        &|package| text(package, "repository").is_empty(),
        &mut missing,
    );
    count(
        "have no heading for their version in CHANGELOG.md",
        &|package| {
            let folder = Path::new(text(package, "manifest_path")).with_file_name("CHANGELOG.md");
            let log = fs::read_to_string(folder).unwrap_or_default();
            !log.contains(&format!("## {}", text(package, "version")))
        },
        &mut missing,
    );
    if semver::last_tag().is_none() {
        missing.push("there is no tag, so nothing says what was released".to_owned());
    }
    let mut message =
        "release: this command publishes nothing; with --dry-run it checks the packages."
            .to_owned();
    if !missing.is_empty() {
        message.push_str(" Missing for a release by hand:");
        for each in missing {
            message.push_str("\n    ");
            message.push_str(&each);
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{CATEGORIES, declared, is_keyword, kib, logged, named, order, resolved};

    fn package(name: &str, needs: &[(&str, &str, Option<&str>)]) -> Value {
        let needs: Vec<Value> = needs
            .iter()
            .map(|(name, req, kind)| json!({"name": name, "req": req, "kind": kind}))
            .collect();
        json!({"name": name, "dependencies": needs})
    }

    #[test]
    fn each_crate_comes_behind_those_it_needs() {
        let top = package("a-top", &[("z-low", "^0.1", None), ("http", "^1", None)]);
        let middle = package("m", &[("z-low", "^0.1", None), ("a-top", "*", Some("dev"))]);
        let low = package("z-low", &[]);
        assert_eq!(
            order(&[&top, &middle, &low]),
            Ok(["z-low", "a-top", "m"].map(str::to_owned).to_vec())
        );
        let circle = package("z-low", &[("a-top", "^0.1", Some("dev"))]);
        assert!(order(&[&top, &circle]).is_err_and(|error| error.contains("a-top, z-low")));
    }

    #[test]
    fn says_what_a_manifest_lacks() {
        let mut good = json!({
            "name": "c", "description": "d", "license": "MIT", "rust_version": "1.88", "readme": "README.md",
            "keywords": ["http"], "categories": [CATEGORIES[0]], "dependencies": [],
        });
        #[track_caller]
        fn says(package: &Value, expected: &[&str]) {
            let mut faults = Vec::new();
            declared(package, &mut faults);
            assert_eq!(faults, expected);
        }
        says(&good, &[]);
        good["license"] = Value::Null;
        good["keywords"] = json!(["a", "b", "c", "d", "e", "with blank"]);
        good["categories"] = json!(["web"]);
        good["dependencies"] = json!([{"name": "x", "req": "*", "kind": null}]);
        says(
            &good,
            &[
                "c: no license",
                "c: 6 keywords; 1 to 5 are allowed",
                "c: no keyword: \"with blank\"",
                "c: unknown category \"web\"",
                "c: x without a version",
            ],
        );
    }

    #[test]
    fn keywords() {
        for good in [
            "http",
            "http1",
            "c++",
            "thread-local",
            "12345678901234567890",
        ] {
            assert!(is_keyword(good), "{good}");
        }
        for bad in ["", "-http", "two words", "123456789012345678901", "ünicode"] {
            assert!(!is_keyword(bad), "{bad}");
        }
    }

    #[test]
    fn change_logs() {
        assert!(logged("# Changelog\n\n## Unreleased\n\n- A.\n", "0.1.0"));
        assert!(logged("## [0.1.0] - 2026\n- A.\n", "0.1.0"));
        assert!(!logged("## Unreleased\n\n## 0.0.9\n\n- A.\n", "0.1.0"));
        assert!(!logged("", "0.1.0"));
    }

    #[test]
    fn files_that_lead_out_of_a_package_are_seen() {
        let source = concat!(
            "#![doc = include_",
            "str!(\"../README.md\")]\n#[pa",
            "th = \"../../other/x.rs\"]\nmod x;\n inclu",
            "de_bytes!(concat!(\"a/\", $b))"
        );
        assert_eq!(named(source), ["../README.md", "a/", "../../other/x.rs"]);
        let from = Path::new("src/lib.rs");
        assert_eq!(resolved(from, "../README.md"), Path::new("README.md"));
        assert_eq!(resolved(from, "./x/y.txt"), Path::new("src/x/y.txt"));
        assert_eq!(
            resolved(from, "../../other/x.rs"),
            Path::new("../other/x.rs")
        );
        assert_eq!(resolved(from, "/etc/x"), Path::new("/etc/x"));
    }

    #[test]
    fn sizes() {
        assert_eq!(kib(1536), "1.5 KiB");
        assert_eq!(kib(0), "0.0 KiB");
    }
}
