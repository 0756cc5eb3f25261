//! Owns the mirror of a unit's folder: links to what is there, and one real file in another's stead. It changes nothing in the folder itself.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

/// A folder that looks like another, but for files that were put into it.
#[derive(Debug)]
pub(crate) struct Mirror {
    root: PathBuf,
    original: PathBuf,
}

impl Mirror {
    pub(crate) fn new(root: PathBuf, original: PathBuf) -> Self {
        Self { root, original }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The name of a file within the folder; `None` for one that lies elsewhere.
    pub(crate) fn within<'a>(&self, file: &'a Path) -> Option<&'a Path> {
        let within = file.strip_prefix(&self.original).ok()?;
        let plain = within
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        plain.then_some(within)
    }

    /// Puts a text in the stead of the file `within`.
    pub(crate) fn put(&self, within: &Path, text: &str) -> io::Result<()> {
        let mut folder = self.root.clone();
        let mut original = self.original.clone();
        let mut parts = within.components().peekable();
        link_all(&folder, &original)?;
        while let Some(part) = parts.next() {
            folder.push(part);
            original.push(part);
            if parts.peek().is_some() {
                if fs::symlink_metadata(&folder).is_ok_and(|meta| meta.is_symlink()) {
                    fs::remove_file(&folder)?;
                }
                link_all(&folder, &original)?;
            }
        }
        if fs::symlink_metadata(&folder).is_ok_and(|meta| meta.is_symlink()) {
            fs::remove_file(&folder)?;
        }
        fs::write(&folder, text)
    }
}

/// Makes `folder` with a link to each entry of `original`, unless it is there.
fn link_all(folder: &Path, original: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    }
    for entry in fs::read_dir(original)? {
        let entry = entry?;
        symlink(entry.path(), folder.join(entry.file_name()))?;
    }
    Ok(())
}
