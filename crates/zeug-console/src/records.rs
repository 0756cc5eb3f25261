//! Owns how the program was compiled: where the records lie, the wrapper that makes them, and which unit a source belongs to. It compiles nothing.

mod unit;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub(crate) use unit::Unit;

use crate::{Error, ErrorKind};

/// The wrapper.
const WRAPPER: &str = include_str!("rustc.sh");

/// What cargo called the compiler with, for one program and the libraries that it is made of.
///
/// A record is made by `<target>/zeug-console/rustc`, a small shell script for `RUSTC_WRAPPER`, and lies in `<target>/zeug-console/records`, readable by its user alone: it holds the
/// environment that the compiler was called with. Crates of registries have none. The wrapper does not change what cargo builds, nor when.
#[derive(Debug, Clone)]
pub struct Records {
    /// `<target>/zeug-console`
    folder: PathBuf,
    /// The program's crate and the hash that cargo gave it: `shop-9d01c0cbe79497f7`.
    program: String,
    /// When cargo began to compile the program: what is newer is not in it.
    begun: SystemTime,
}

impl Records {
    /// Those of the running program. Asked early: a program that was built anew while it runs is no longer found.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoRecord`] where the program does not lie in a folder that cargo builds in. That there is no record yet is no error: see [`is_complete`](Self::is_complete).
    pub fn of_program() -> Result<Self, Error> {
        let program = std::env::current_exe()
            .map_err(|error| Error::system("the program's path is not known", &error))?;
        Self::of(&program)
    }

    /// Those of the program at a path: `target/debug/shop`, `target/debug/examples/shop`, `target/debug/deps/it-9d01c0cbe79497f7`.
    ///
    /// # Errors
    ///
    /// As [`of_program`](Self::of_program).
    pub fn of(program: &Path) -> Result<Self, Error> {
        let found = || {
            let target = program
                .ancestors()
                .skip(2)
                .take(4)
                .find(|folder| folder.join(".rustc_info.json").is_file())?;
            let name = linked(program)?;
            let begun = begun(program, &name)?;
            Some(Self {
                folder: target.join("zeug-console"),
                program: name,
                begun,
            })
        };
        found().ok_or_else(|| {
            Error::new(ErrorKind::NoRecord {
                wanted: program.display().to_string(),
                wrapper: None,
            })
        })
    }

    /// Whether it is known how the program was compiled.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.path(&self.program).is_file()
    }

    /// The wrapper's path. It is written if it is not there; the reloader's next build uses it from then on.
    ///
    /// # Errors
    ///
    /// What the system says where the file cannot be written.
    pub fn wrapper(&self) -> io::Result<PathBuf> {
        let path = self.folder.join("rustc");
        if fs::read(&path).is_ok_and(|text| text == WRAPPER.as_bytes()) {
            return Ok(path);
        }
        fs::create_dir_all(&self.folder)?;
        // Renamed into place: cargo may be calling it.
        let new = self.folder.join(format!(".rustc-{}", std::process::id()));
        fs::write(&new, WRAPPER)?;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755))?;
        fs::rename(&new, &path)?;
        Ok(path)
    }

    /// `<target>/zeug-console`
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The error that there is no record of `wanted`.
    pub(crate) fn none(&self, wanted: &str) -> Error {
        Error::new(ErrorKind::NoRecord {
            wanted: wanted.to_owned(),
            wrapper: self.wrapper().ok(),
        })
    }

    /// The unit that a source belongs to, the program or one of the libraries that it is made of; and the source as the unit names it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoRecord`], [`ErrorKind::Foreign`], and [`ErrorKind::SourceChanged`] where one of the unit's sources is newer than the program.
    pub(crate) fn unit_of(&self, file: &Path) -> Result<(Unit, PathBuf), Error> {
        let mut known = HashSet::new();
        let mut wanted = vec![self.program.clone()];
        while let Some(name) = wanted.pop() {
            if !known.insert(name.clone()) {
                continue;
            }
            let Some(unit) = Unit::read(&self.path(&name), &name) else {
                if name == self.program {
                    return Err(self.none("the program"));
                }
                continue;
            };
            let named = unit.folder.join(file);
            let source = unit
                .sources()
                .into_iter()
                .find(|source| same(source, &named));
            if let Some(source) = source {
                return Ok((self.fresh(unit)?, source));
            }
            wanted.extend(unit.libraries());
        }
        let name = file.to_string_lossy();
        let libraries = [
            "/rustc/",
            "/rustlib/",
            "/registry/src/",
            "/git/checkouts/",
            "/usr/src/",
        ];
        if file.is_relative() || libraries.iter().any(|library| name.contains(library)) {
            let file = file.to_owned();
            return Err(Error::new(ErrorKind::Foreign { file }));
        }
        Err(self.none(&name))
    }

    /// Refuses a unit whose sources have changed.
    fn fresh(&self, unit: Unit) -> Result<Unit, Error> {
        let changed = unit.sources().into_iter().find(|source| {
            let time = fs::metadata(source).and_then(|meta| meta.modified());
            time.is_ok_and(|time| time > self.begun)
        });
        match changed {
            Some(file) => Err(Error::new(ErrorKind::SourceChanged { file })),
            None => Ok(unit),
        }
    }

    /// Refuses a unit whose sources have changed since it was read.
    pub(crate) fn check(&self, unit: &Unit) -> Result<(), Error> {
        self.fresh(unit.clone()).map(drop)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join("records").join(name)
    }
}

/// Whether two paths name one file; one that is gone is told by its name.
fn same(one: &Path, other: &Path) -> bool {
    one == other
        || one.file_name() == other.file_name()
            && match (fs::canonicalize(one), fs::canonicalize(other)) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
}

/// Crate and hash of a program: its own name, or that of the file that it is a hard link of.
fn linked(program: &Path) -> Option<String> {
    let file = fs::metadata(program).ok()?;
    let name = program.file_name()?.to_str()?;
    if hash(name).is_some() {
        return Some(name.to_owned());
    }
    let folder = program.parent()?;
    [folder.join("deps"), folder.to_owned()]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(Iterator::flatten)
        .find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            hash(&name)?;
            let meta = entry.metadata().ok()?;
            (meta.ino() == file.ino() && meta.dev() == file.dev()).then_some(name)
        })
}

/// The hash at the end of a file's name, where it has no other ending.
fn hash(name: &str) -> Option<&str> {
    let (_, hash) = name.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// When cargo called the compiler for a program; without cargo's note of it, when the program was written.
fn begun(program: &Path, name: &str) -> Option<SystemTime> {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let ending = format!("-{}", hash(name)?);
    let noted = program.ancestors().skip(1).take(2).find_map(|folder| {
        let mut prints = fs::read_dir(folder.join(".fingerprint")).ok()?.flatten();
        prints.find_map(|entry| {
            let named = entry.file_name().to_str()?.ends_with(&ending);
            named.then(|| modified(&entry.path().join("invoked.timestamp")))?
        })
    });
    noted.or_else(|| modified(program))
}
