//! Owns how the program was built: read from where cargo laid it (target folder, profile, target triple, example or binary) and from the fingerprint beside it (package,
//! features). It refuses what cargo did not build, and guesses nothing that it did not find.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::sources;

/// How a program is built.
#[derive(Debug)]
pub(super) struct Origin {
    /// Where the program is.
    pub(super) program: PathBuf,
    /// Cargo itself.
    pub(super) cargo: OsString,
    /// Cargo's arguments.
    pub(super) arguments: Vec<OsString>,
    /// The folder that cargo builds in; nothing in it is a source.
    pub(super) target: Option<PathBuf>,
    /// When cargo began to build it.
    pub(super) begun: Option<SystemTime>,
    /// Whether the features were found; otherwise the package's default ones are built.
    pub(super) features_known: bool,
}

/// The folders of a program that cargo built.
#[derive(Debug)]
struct Place {
    target: PathBuf,
    triple: Option<String>,
    /// The folder of the profile.
    folder: PathBuf,
    example: bool,
    name: String,
}

/// What the fingerprint of a program says.
#[derive(Debug)]
struct Fingerprint {
    package: String,
    features: Vec<String>,
    /// Whether the package has features that are on by default.
    has_default: bool,
    begun: Option<SystemTime>,
}

impl Origin {
    /// Finds out how `program` was built; `given` are the arguments that the caller knows better.
    pub(super) fn find(program: PathBuf, given: Option<&[OsString]>) -> io::Result<Self> {
        // A program of `cargo run` is told which cargo that was.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let place = Place::find(&program);
        let print = place.as_ref().and_then(|place| place.fingerprint(&program));
        let begun = print.as_ref().and_then(|print| print.begun);
        let target = place.as_ref().map(|place| place.target.clone());
        let (arguments, features_known) = match (given, &place) {
            (Some(given), _) => (given.to_vec(), true),
            (None, Some(place)) => (place.arguments(&program, print.as_ref())?, print.is_some()),
            (None, None) => {
                return Err(io::Error::other("it is in no folder that cargo builds in"));
            }
        };
        Ok(Self {
            program,
            cargo,
            arguments,
            target,
            begun,
            features_known,
        })
    }
}

impl Place {
    /// `<target>/[<triple>/]<profile>/[examples/]<name>`: the target folder is the one with cargo's note on rustc.
    fn find(program: &Path) -> Option<Self> {
        let name = program.file_name()?.to_str()?.to_owned();
        let parent = program.parent()?;
        let example = parent.file_name()? == "examples";
        let folder = if example { parent.parent()? } else { parent }.to_owned();
        let above = folder.parent()?;
        let noted = |folder: &Path| folder.join(".rustc_info.json").is_file();
        let (target, triple) = if noted(above) {
            (above, None)
        } else {
            let target = above.parent().filter(|target| noted(target))?;
            (target, Some(above.file_name()?.to_str()?.to_owned()))
        };
        Some(Self {
            target: target.to_owned(),
            triple,
            folder,
            example,
            name,
        })
    }

    fn kind(&self) -> &'static str {
        if self.example { "example" } else { "bin" }
    }

    /// The fingerprint of a program. It is a hard link of a file whose name ends with the hash that the fingerprint's folder ends with, too.
    fn fingerprint(&self, program: &Path) -> Option<Fingerprint> {
        let file = fs::metadata(program).ok()?;
        let linked = self
            .folder
            .join(if self.example { "examples" } else { "deps" });
        let prefix = format!("{}-", self.name.replace('-', "_"));
        let hash = fs::read_dir(linked).ok()?.flatten().find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hash = name
                .strip_prefix(&prefix)
                .filter(|hash| !hash.contains('.'))?;
            let same = entry
                .metadata()
                .is_ok_and(|each| each.ino() == file.ino() && each.dev() == file.dev());
            same.then(|| format!("-{hash}"))
        })?;
        let entries = fs::read_dir(self.folder.join(".fingerprint"))
            .ok()?
            .flatten();
        let mut prints = entries.filter_map(|entry| {
            let package = entry
                .file_name()
                .into_string()
                .ok()?
                .strip_suffix(&hash)?
                .to_owned();
            let text = fs::read(
                entry
                    .path()
                    .join(format!("{}-{}.json", self.kind(), self.name)),
            )
            .ok()?;
            let print: serde_json::Value = serde_json::from_slice(&text).ok()?;
            // A list within a text.
            let list = |name: &str| serde_json::from_str::<Vec<String>>(print[name].as_str()?).ok();
            let features = list("features")?;
            let has_default = list("declared_features")
                .is_none_or(|all| all.iter().any(|each| each == "default"));
            let begun = fs::metadata(entry.path().join("invoked.timestamp"))
                .and_then(|meta| meta.modified());
            Some(Fingerprint {
                package,
                features,
                has_default,
                begun: begun.ok(),
            })
        });
        prints.next()
    }

    /// The arguments that build the program again into the same place.
    fn arguments(&self, program: &Path, print: Option<&Fingerprint>) -> io::Result<Vec<OsString>> {
        let told = std::env::var("CARGO_PKG_NAME").ok();
        let package = print.map(|print| print.package.clone()).or(told);
        let manifest = manifest(program, package.as_deref())?;
        let mut arguments: Vec<OsString> =
            vec!["build".into(), "--manifest-path".into(), manifest.into()];
        let mut add = |name: &str, value: &str| arguments.extend([name.into(), value.into()]);
        if let Some(package) = &package {
            add("--package", package);
        }
        add(if self.example { "--example" } else { "--bin" }, &self.name);
        match self.folder.file_name().and_then(|profile| profile.to_str()) {
            Some("debug") | None => {}
            Some(profile) => add("--profile", profile),
        }
        if let Some(triple) = &self.triple {
            add("--target", triple);
        }
        if let Some(print) = print {
            let (default, named): (Vec<&str>, Vec<&str>) = print
                .features
                .iter()
                .map(String::as_str)
                .partition(|&feature| feature == "default");
            if !named.is_empty() {
                add("--features", &named.join(","));
            }
            if default.is_empty() && print.has_default {
                arguments.push("--no-default-features".into());
            }
        }
        arguments.extend(["--target-dir".into(), self.target.clone().into()]);
        Ok(arguments)
    }
}

/// The manifest of the package that a program is of: above one of its sources, with the package's name in it.
fn manifest(program: &Path, package: Option<&str>) -> io::Result<PathBuf> {
    let named = |manifest: &Path| match package {
        None => true,
        Some(package) => fs::read_to_string(manifest).is_ok_and(|text| is_called(&text, package)),
    };
    let files = sources::of(program).unwrap_or_default();
    let mut above = files
        .iter()
        .filter_map(|file| sources::package(file))
        .map(|folder| folder.join("Cargo.toml"));
    if let Some(manifest) = above.find(|manifest| named(manifest)) {
        return Ok(manifest);
    }
    let told = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(|folder| PathBuf::from(folder).join("Cargo.toml"));
    told.filter(|manifest| named(manifest))
        .ok_or_else(|| io::Error::other("the manifest of its package is not found"))
}

/// Whether a manifest's text names a package so: `name = "..."`, first of all in `[package]`.
fn is_called(text: &str, package: &str) -> bool {
    let mut within = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            within = line == "[package]";
        } else if within
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "name"
        {
            return value.split(['"', '\'']).nth(1) == Some(package);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_manifest_names_its_package_in_its_own_table() {
        let text = "[workspace]\nname = \"no\"\n\n[package]\nedition = \"2024\"\n name=\"shop\" # ours\n[[bin]]\nname = \"till\"\n";
        assert!(is_called(text, "shop"));
        for other in ["no", "till", "sho", ""] {
            assert!(!is_called(text, other), "{other}");
        }
    }
}
