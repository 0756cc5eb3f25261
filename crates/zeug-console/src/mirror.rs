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
    /// The files that are no links.
    changed: Vec<PathBuf>,
}

impl Mirror {
    pub(crate) fn new(root: PathBuf, original: PathBuf) -> Self {
        Self {
            root,
            original,
            changed: Vec::new(),
        }
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

    /// Puts texts in the stead of the files within. Those that were put before are links again.
    pub(crate) fn put(&mut self, texts: &[(&Path, &str)]) -> io::Result<()> {
        let kept = |before: &PathBuf| texts.iter().any(|(within, _)| before == within);
        while let Some(index) = self.changed.iter().position(|before| !kept(before)) {
            let before = self.changed.swap_remove(index);
            fs::remove_file(self.root.join(&before))?;
            symlink(self.original.join(&before), self.root.join(&before))?;
        }
        texts
            .iter()
            .try_for_each(|(within, text)| self.put_one(within, text))
    }

    fn put_one(&mut self, within: &Path, text: &str) -> io::Result<()> {
        if !self.changed.iter().any(|changed| changed == within) {
            let mut folder = PathBuf::new();
            for part in within.components() {
                let path = self.root.join(&folder);
                if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink()) {
                    fs::remove_file(&path)?;
                }
                link_all(&path, &self.original.join(&folder))?;
                folder.push(part);
            }
            fs::remove_file(self.root.join(within))?;
            self.changed.push(within.to_owned());
        }
        fs::write(self.root.join(within), text)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Mirror;

    #[test]
    fn one_file_is_another_and_the_rest_is_what_it_was() {
        let folder =
            std::env::temp_dir().join(format!("zeug-console-mirror-{}", std::process::id()));
        let original = folder.join("original");
        fs::create_dir_all(original.join("src/deep")).expect("folders");
        for name in ["src/main.rs", "src/deep/a.rs", "src/deep/b.rs"] {
            fs::write(original.join(name), name).expect("a file");
        }
        let root = folder.join("mirror");
        let mut mirror = Mirror::new(root.clone(), original.clone());
        for changed in [
            "src/deep/a.rs",
            "src/main.rs",
            "src/deep/b.rs",
            "src/deep/b.rs",
        ] {
            let first = (Path::new(changed), "new");
            let texts = [first, (Path::new("src/main.rs"), "other")];
            let count = if changed == "src/main.rs" { 1 } else { 2 };
            mirror.put(&texts[..count]).expect("texts");
            for name in ["src/main.rs", "src/deep/a.rs", "src/deep/b.rs"] {
                let expected = match name {
                    _ if name == changed => "new",
                    "src/main.rs" => "other",
                    _ => name,
                };
                let read = |root: &Path| fs::read_to_string(root.join(name)).expect("a text");
                assert_eq!(
                    (read(&root).as_str(), read(&original).as_str()),
                    (expected, name)
                );
            }
        }
        assert_eq!(
            mirror.within(&original.join("src/main.rs")),
            Some(Path::new("src/main.rs"))
        );
        assert_eq!(mirror.within(&folder.join("else.rs")), None);
        assert_eq!(mirror.within(&original.join("../else.rs")), None);
        fs::remove_dir_all(folder).expect("removed");
    }
}
