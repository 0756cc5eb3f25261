//! Owns what a program is made of: the files that cargo's dep-info names, the manifests beside them, and what the caller adds; and how a change of them is seen. Files'
//! times, sizes and numbers decide, whatever events say: an event is only a reason to look.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::pattern::{Pattern, is_litter};

/// How many folders are walked at the most; of those beyond it only the files that are named are seen.
const FOLDERS: usize = 4096;

/// Folders that hold no sources, and many files.
const HEAVY: [&str; 2] = ["target", "node_modules"];

/// The files that cargo's dep-info names for a program: `target/debug/shop.d` beside `target/debug/shop`.
pub(super) fn of(program: &Path) -> io::Result<Vec<PathBuf>> {
    let text = fs::read(program.with_extension("d"))?;
    let text = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    Ok(dependencies(text)
        .into_iter()
        .filter(|file| file.is_absolute())
        .collect())
}

/// The words behind the colon of a make rule; a space within a word has a backslash before it.
fn dependencies(rule: &[u8]) -> Vec<PathBuf> {
    let Some(colon) = rule.windows(2).position(|two| two == b": ") else {
        return Vec::new();
    };
    let mut words = Vec::new();
    let mut word = Vec::new();
    let mut bytes = rule.iter().skip(colon + 2).copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if bytes.next_if_eq(&b' ').is_some() => word.push(b' '),
            b' ' if word.is_empty() => {}
            b' ' => words.push(std::mem::take(&mut word)),
            _ => word.push(byte),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
        .iter()
        .map(|word| PathBuf::from(OsStr::from_bytes(word)))
        .collect()
}

/// The folder of the package that a file belongs to.
pub(super) fn package(file: &Path) -> Option<&Path> {
    file.ancestors()
        .skip(1)
        .find(|folder| folder.join("Cargo.toml").is_file())
}

/// What is known of a file without reading it; `None` where there is none.
type Stamp = Option<(SystemTime, u64, u64)>;

fn stamp(file: &Path) -> Stamp {
    let meta = fs::metadata(file).ok()?;
    Some((meta.modified().ok()?, meta.len(), meta.ino()))
}

/// What was seen of the sources at one time.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: BTreeMap<PathBuf, Stamp>,
    /// The folders that they are in.
    pub(super) folders: BTreeSet<PathBuf>,
}

/// The files of a program.
#[derive(Debug, Default)]
pub(super) struct Sources {
    named: BTreeSet<PathBuf>,
    /// The folders of sources, `src` of each package: while a build is broken, any file in them may be the one that was missed.
    roots: BTreeSet<PathBuf>,
    /// Written by cargo as well as by hand.
    lock: Option<PathBuf>,
    extra: Vec<PathBuf>,
    ignored: Vec<Pattern>,
    target: Option<PathBuf>,
}

impl Sources {
    pub(super) fn new(extra: &[PathBuf], ignored: &[Pattern], target: Option<PathBuf>) -> Self {
        Self {
            extra: extra
                .iter()
                .filter_map(|path| std::path::absolute(path).ok())
                .collect(),
            ignored: ignored.to_vec(),
            target,
            ..Self::default()
        }
    }

    /// Reads what a program is made of now; how many files are named. What was known stays where there is nothing to read.
    pub(super) fn learn(&mut self, program: &Path) -> io::Result<usize> {
        let files = of(program)?;
        self.named.clear();
        self.roots.clear();
        let mut packages = BTreeSet::new();
        for file in files {
            if self
                .target
                .as_ref()
                .is_some_and(|target| file.starts_with(target))
            {
                continue;
            }
            if let Some(folder) = package(&file) {
                packages.insert(folder.to_owned());
                let mut within = file
                    .strip_prefix(folder)
                    .into_iter()
                    .flat_map(Path::components);
                if let (Some(first), Some(_)) = (within.next(), within.next()) {
                    self.roots.insert(folder.join(first));
                }
            }
            self.named.insert(file);
        }
        for folder in &packages {
            self.named
                .extend(["Cargo.toml", "build.rs"].map(|name| folder.join(name)));
            let workspace = folder
                .ancestors()
                .find(|folder| folder.join("Cargo.lock").is_file());
            if let Some(folder) = workspace {
                let files = [
                    "Cargo.toml",
                    "Cargo.lock",
                    ".cargo/config.toml",
                    "rust-toolchain.toml",
                    "rust-toolchain",
                ];
                self.named.extend(files.map(|name| folder.join(name)));
                self.lock = Some(folder.join("Cargo.lock"));
            }
        }
        self.named
            .retain(|file| !self.ignored.iter().any(|pattern| pattern.matches(file)));
        Ok(self.named.len())
    }

    fn is_extra(&self, path: &Path) -> bool {
        self.extra.iter().any(|extra| path.starts_with(extra))
    }

    fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether an event at a path is a reason to look.
    pub(super) fn concerns(&self, path: &Path, broken: bool) -> bool {
        if self.named.contains(path) {
            return true;
        }
        let litter = path
            .file_name()
            .is_some_and(|name| is_litter(name.as_bytes()));
        let extra = self.is_extra(path);
        let rooted = broken && self.roots.iter().any(|root| path.starts_with(root));
        !litter && (extra || rooted) && !self.is_ignored(path)
    }

    /// Looks at all files.
    pub(super) fn look(&self) -> Seen {
        let mut seen = Seen::default();
        for file in &self.named {
            seen.files.insert(file.clone(), stamp(file));
            seen.folders.extend(
                file.parent()
                    .filter(|folder| folder.is_dir())
                    .map(Path::to_owned),
            );
        }
        for extra in &self.extra {
            if extra.is_dir() {
                self.walk(extra, &mut seen);
            } else {
                seen.files.insert(extra.clone(), stamp(extra));
            }
            seen.folders.extend(
                extra
                    .parent()
                    .filter(|folder| folder.is_dir())
                    .map(Path::to_owned),
            );
        }
        for root in &self.roots {
            self.walk(root, &mut seen);
        }
        seen
    }

    fn walk(&self, folder: &Path, seen: &mut Seen) {
        let mut left = vec![folder.to_owned()];
        while let Some(folder) = left.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let (name, path) = (entry.file_name(), entry.path());
                if is_litter(name.as_bytes()) || self.is_ignored(&path) {
                    continue;
                }
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => {
                        if seen.folders.len() + left.len() < FOLDERS
                            && !HEAVY.iter().any(|heavy| name == *heavy)
                        {
                            left.push(path);
                        }
                    }
                    _ => {
                        let stamp = stamp(&path);
                        seen.files.entry(path).or_insert(stamp);
                    }
                }
            }
            seen.folders.insert(folder);
        }
    }

    /// What is different; files that are not named only while the build is broken.
    pub(super) fn changed<'a>(&self, before: &Seen, now: &'a Seen, broken: bool) -> Vec<&'a Path> {
        let new = now
            .files
            .iter()
            .filter(|(file, stamp)| before.files.get(*file).copied().flatten() != **stamp);
        let counts = |file: &Path| broken || self.named.contains(file) || self.is_extra(file);
        let mut changed: Vec<&Path> = new
            .map(|(file, _)| file.as_path())
            .filter(|file| counts(file))
            .collect();
        // A file of a folder that is gone is looked at no more: the folder has changed.
        let gone = before
            .files
            .keys()
            .filter(|file| !now.files.contains_key(*file) && counts(file));
        let folders =
            gone.filter_map(|file| file.ancestors().find_map(|folder| now.folders.get(folder)));
        changed.extend(folders.map(PathBuf::as_path));
        changed
    }

    /// Whether one of the files is gone that were there: it may be on its way back.
    pub(super) fn misses(&self, before: &Seen, now: &Seen) -> bool {
        let missing = |file| now.files.get(file).copied().flatten().is_none();
        before
            .files
            .iter()
            .any(|(file, stamp)| stamp.is_some() && self.named.contains(file) && missing(file))
    }

    /// What is known after a build that began at `begun`: cargo may have written its lock file; a file that it was the first to name is taken as it is unless it
    /// changed meanwhile.
    pub(super) fn settle(&self, before: &mut Seen, begun: SystemTime) {
        let lock = self.lock.iter();
        let new = self
            .named
            .iter()
            .filter(|file| !before.files.contains_key(*file));
        let taken: Vec<(PathBuf, Stamp)> = lock
            .chain(new)
            .map(|file| (file.clone(), stamp(file)))
            .filter(|(file, stamp)| {
                Some(file) == self.lock.as_ref()
                    || stamp.is_none_or(|(modified, ..)| modified < begun)
            })
            .collect();
        before.files.extend(taken);
    }

    /// Whether a named file is newer than a build that began at `begun`.
    pub(super) fn newer(&self, seen: &Seen, begun: SystemTime) -> bool {
        let named = seen
            .files
            .iter()
            .filter(|(file, _)| self.named.contains(*file) && Some(*file) != self.lock.as_ref());
        named
            .filter_map(|(_, stamp)| *stamp)
            .any(|(modified, ..)| modified > begun)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::{Sources, dependencies};
    use crate::reloader::pattern::Pattern;

    #[test]
    fn dep_info_is_a_make_rule() {
        for (rule, expected) in [
            ("/t/shop: /s/a.rs /s/b.rs", &["/s/a.rs", "/s/b.rs"][..]),
            (
                "/t/my\\ shop: /s/my\\ a.rs  /s/b\\c.rs ",
                &["/s/my a.rs", "/s/b\\c.rs"],
            ),
            ("/t/shop: ", &[]),
            ("no rule", &[]),
            ("", &[]),
        ] {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(dependencies(rule.as_bytes()), expected, "{rule:?}");
        }
    }

    /// A package with a program that is "built" in it.
    struct Package(tempfile::TempDir);

    impl Package {
        fn new() -> Self {
            let package = Self(tempfile::tempdir().expect("a folder"));
            for file in [
                "Cargo.toml",
                "Cargo.lock",
                "src/main.rs",
                "src/deep/a.rs",
                "src/other.rs",
                "text/page.html",
            ] {
                package.write(file, "1");
            }
            package.write("target/debug/out/made.rs", "1");
            let names = ["src/main.rs", "src/deep/a.rs", "target/debug/out/made.rs"]
                .map(|name| package.path(name).display().to_string());
            let rule = format!(
                "{}: {}\n",
                package.path("target/debug/shop").display(),
                names.join(" ")
            );
            package.write("target/debug/shop.d", &rule);
            package
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }

        fn sources(&self, ignored: &str) -> Sources {
            let target = Some(self.path("target"));
            let mut sources = Sources::new(
                &[self.path("text")],
                &[Pattern::new(ignored.into())],
                target,
            );
            assert!(
                sources
                    .learn(&self.path("target/debug/shop"))
                    .expect("dep-info")
                    >= 4
            );
            sources
        }
    }

    #[test]
    fn only_what_is_named_counts_while_the_build_is_whole() {
        let package = Package::new();
        let sources = package.sources("*.css");
        for (name, whole, broken) in [
            ("src/main.rs", true, true),
            ("src/deep/a.rs", true, true),
            ("Cargo.toml", true, true),
            ("Cargo.lock", true, true),
            ("build.rs", true, true),
            (".cargo/config.toml", true, true),
            ("text/page.html", true, true),
            ("text/new/page.html", true, true),
            ("src/other.rs", false, true),
            ("src/new/mod.rs", false, true),
            ("src/.main.rs.swp", false, false),
            ("src/4913", false, false),
            ("src/main.rs~", false, false),
            ("src/a.css", false, false),
            ("text/a.css", false, false),
            ("target/debug/out/made.rs", false, false),
            ("README.md", false, false),
        ] {
            let before = sources.look();
            package.write(name, "longer");
            for (now_broken, expected) in [(false, whole), (true, broken)] {
                let now = sources.look();
                let changed = sources.changed(&before, &now, now_broken);
                assert_eq!(
                    !changed.is_empty(),
                    expected,
                    "{name}, broken: {now_broken}: {changed:?}"
                );
                if !name.contains("/new") {
                    assert_eq!(
                        sources.concerns(&package.path(name), now_broken),
                        expected,
                        "{name}"
                    );
                }
            }
            let now = sources.look();
            assert!(
                sources.changed(&now, &sources.look(), true).is_empty(),
                "{name} is seen once"
            );
        }
    }

    #[test]
    fn a_file_that_goes_is_a_change_and_may_come_back() {
        let package = Package::new();
        let sources = package.sources("none");
        let before = sources.look();
        fs::rename(package.path("src/main.rs"), package.path("src/main.rs~")).expect("renamed");
        let now = sources.look();
        assert!(sources.misses(&before, &now));
        assert_eq!(
            sources.changed(&before, &now, false),
            [package.path("src/main.rs")]
        );
        // What is written anew is another file, of the same size and maybe the same time.
        package.write("src/main.rs", "1");
        let now = sources.look();
        assert!(!sources.misses(&before, &now));
        assert_eq!(
            sources.changed(&before, &now, false),
            [package.path("src/main.rs")]
        );
        fs::remove_dir_all(package.path("text")).expect("removed");
        assert!(!sources.changed(&now, &sources.look(), false).is_empty());
    }

    #[test]
    fn what_a_build_named_first_counts_from_its_beginning() {
        let package = Package::new();
        let mut sources = package.sources("none");
        let mut before = sources.look();
        let begun = SystemTime::now() - Duration::from_secs(60);
        assert!(sources.newer(&before, begun));
        assert!(!sources.newer(&before, SystemTime::now() + Duration::from_secs(60)));
        package.write("Cargo.lock", "by cargo");
        package.write("first.txt", "1");
        let rule = format!("shop: {}", package.path("first.txt").display());
        package.write("target/debug/shop.d", &rule);
        sources
            .learn(&package.path("target/debug/shop"))
            .expect("dep-info");
        // It was written after the build began: the build may have read what was before.
        sources.settle(&mut before, begun);
        let now = sources.look();
        assert_eq!(
            sources.changed(&before, &now, false),
            [package.path("first.txt")]
        );
        sources.settle(&mut before, SystemTime::now() + Duration::from_secs(60));
        assert!(sources.changed(&before, &sources.look(), false).is_empty());
    }
}
