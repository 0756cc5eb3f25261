//! Owns one call of the compiler as it was recorded: its arguments, folder and environment, and the sources that it read.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A crate as cargo had it compiled.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// `shop-9d01c0cbe79497f7`
    pub(crate) name: String,
    /// The folder that the compiler was called in.
    pub(crate) folder: PathBuf,
    /// The compiler.
    pub(crate) rustc: OsString,
    /// Its arguments, `--name=value` and `-Cname` each taken apart.
    pub(crate) arguments: Vec<OsString>,
    /// Its environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

impl Unit {
    /// Reads a record; `None` where there is none, or none that can be read.
    pub(super) fn read(path: &Path, name: &str) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let mut words = bytes
            .split(|&byte| byte == 0)
            .map(|word| OsString::from_vec(word.to_vec()));
        let folder = PathBuf::from(words.next()?);
        let count: usize = words.next()?.to_str()?.parse().ok()?;
        let rustc = words.next()?;
        let arguments: Vec<_> = words.by_ref().take(count.checked_sub(1)?).collect();
        let environment = words
            .filter_map(|word| {
                let at = word.as_bytes().iter().position(|&byte| byte == b'=')?;
                let (name, value) = word.as_bytes().split_at(at);
                let value = value.get(1..)?;
                Some((
                    OsStr::from_bytes(name).to_owned(),
                    OsStr::from_bytes(value).to_owned(),
                ))
            })
            .collect();
        Some(Self {
            name: name.to_owned(),
            folder,
            rustc,
            arguments: apart(arguments),
            environment,
        })
    }

    /// The values of an option: `--extern`, `-C`.
    pub(crate) fn values<'a>(&'a self, option: &'a str) -> impl Iterator<Item = &'a OsStr> {
        self.arguments
            .windows(2)
            .filter_map(move |pair| match pair {
                [name, value] if name == option => Some(value.as_os_str()),
                _ => None,
            })
    }

    /// The value of a `-C name=value`.
    pub(crate) fn codegen(&self, name: &str) -> Option<&str> {
        self.values("-C").find_map(|value| {
            let (found, value) = value.to_str()?.split_once('=')?;
            (found == name).then_some(value)
        })
    }

    /// Whether it is a program, not a library.
    pub(crate) fn is_program(&self) -> bool {
        self.arguments.iter().any(|word| word == "--test")
            || self.values("--crate-type").any(|kind| kind == "bin")
    }

    /// The crate's root, within the folder.
    pub(crate) fn root(&self) -> Option<&Path> {
        let mut paths = self.arguments.iter().map(Path::new);
        let root = paths.find(|path| path.extension().is_some_and(|name| name == "rs"))?;
        Some(root.strip_prefix(&self.folder).unwrap_or(root))
    }

    /// The sources that the compiler read, as it noted them.
    pub(crate) fn sources(&self) -> Vec<PathBuf> {
        let Some(out) = self.values("--out-dir").next() else {
            return Vec::new();
        };
        let notes = self.folder.join(out).join(format!("{}.d", self.name));
        let text = fs::read_to_string(notes).unwrap_or_default();
        // `target: source source`, blanks in names escaped.
        let Some((_, sources)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
            return Vec::new();
        };
        sources
            .replace("\\ ", "\0")
            .split_whitespace()
            .map(|source| self.folder.join(source.replace('\0', " ")))
            .collect()
    }

    /// The libraries that it is linked with, as records name them.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = String> + '_ {
        self.values("--extern").filter_map(|value| {
            let (_, path) = value.to_str()?.split_once('=')?;
            let stem = Path::new(path).file_stem()?.to_str()?;
            Some(stem.strip_prefix("lib")?.to_owned())
        })
    }
}

/// `--edition=2024` as `--edition 2024`, `-Copt-level=3` as `-C opt-level=3`, so that each option has one form.
fn apart(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut words = Vec::with_capacity(arguments.len());
    for argument in arguments {
        match argument.to_str() {
            Some(text) if text.starts_with("--") => match text.split_once('=') {
                Some((name, value)) => words.extend([name.into(), value.into()]),
                None => words.push(argument),
            },
            Some(text) if text.starts_with("-C") && text.len() > 2 => {
                words.extend(["-C".into(), text[2..].into()]);
            }
            _ => words.push(argument),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn each_option_has_one_form() {
        let words = [
            "--edition=2024",
            "-Copt-level=3",
            "-C",
            "metadata=1",
            "a.rs",
        ];
        let words = apart(words.iter().map(Into::into).collect());
        let expected = [
            "--edition",
            "2024",
            "-C",
            "opt-level=3",
            "-C",
            "metadata=1",
            "a.rs",
        ];
        assert_eq!(words, expected);
    }
}
