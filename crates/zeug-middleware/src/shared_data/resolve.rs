//! Owns the way from a path that a client has given to an open file below a folder. It opens nothing but regular files, and nothing outside.

use std::fs::{File, Metadata, OpenOptions};
use std::path::Path;

use bytes::Bytes;
use zeug_http::ETag;
use zeug_security::safe_join;

/// Which symbolic links below a shared folder are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symlinks {
    /// Those that lead to something within the folder.
    #[default]
    Within,
    /// None.
    Refuse,
    /// All, wherever they lead: for folders that nobody but the operator writes to.
    Follow,
}

/// What is at a path.
pub(super) enum Found {
    File(Opened),
    Folder,
}

/// A file that can be sent.
pub(super) enum Opened {
    File(File, Metadata),
    Memory(Bytes, ETag<'static>),
}

/// A shared folder while one request is answered: opened at the first look into it, and once.
pub(super) struct Root<'a> {
    path: &'a Path,
    symlinks: Symlinks,
    #[cfg(target_os = "linux")]
    folder: std::cell::OnceCell<Option<std::os::fd::OwnedFd>>,
}

impl<'a> Root<'a> {
    pub(super) fn new(path: &'a Path, symlinks: Symlinks) -> Self {
        Self {
            path,
            symlinks,
            #[cfg(target_os = "linux")]
            folder: std::cell::OnceCell::new(),
        }
    }

    /// What is at `path` below it; `None` for nothing, for what is neither file nor folder, and for what may not be reached.
    pub(super) fn open(&self, path: &str) -> Option<Found> {
        let joined = safe_join(self.path, [path]).ok()?;
        match self.symlinks {
            Symlinks::Follow => open(&joined, Symlinks::Follow),
            Symlinks::Within | Symlinks::Refuse => self.beneath(&joined),
        }
    }

    /// Opens beneath the folder in one step of the system's, so that nothing can change between check and opening.
    #[cfg(target_os = "linux")]
    fn beneath(&self, joined: &Path) -> Option<Found> {
        use rustix::fs::{Mode, OFlags, ResolveFlags};
        use rustix::io::Errno;

        let folder = self.folder.get_or_init(|| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(self.path, flags, Mode::empty()).ok()
        });
        let folder = folder.as_ref()?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let open = |path: &Path, more: ResolveFlags| {
            let itself = path.as_os_str().is_empty();
            let path = if itself { Path::new(".") } else { path };
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | more;
            rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve)
        };
        let no_links = ResolveFlags::NO_SYMLINKS;
        let first = match self.symlinks {
            Symlinks::Refuse => no_links,
            _ => ResolveFlags::empty(),
        };
        match open(joined.strip_prefix(self.path).ok()?, first) {
            Ok(file) => found(file.into()),
            // An absolute link that leads back into the folder, or a way out of it: what is meant is opened without any link.
            Err(Errno::XDEV) if self.symlinks == Symlinks::Within => {
                let real = joined.canonicalize().ok()?;
                let inside = real.strip_prefix(self.path.canonicalize().ok()?).ok()?;
                found(open(inside, no_links).ok()?.into())
            }
            // A system without the call, or a sandbox that forbids it.
            Err(Errno::NOSYS | Errno::PERM) => walked(self.path, joined, self.symlinks),
            Err(_) => None,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn beneath(&self, joined: &Path) -> Option<Found> {
        walked(self.path, joined, self.symlinks)
    }
}

/// What is at a path of the operator's.
pub(super) fn open(path: &Path, symlinks: Symlinks) -> Option<Found> {
    if symlinks == Symlinks::Refuse && path.symlink_metadata().ok()?.is_symlink() {
        return None;
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO must not make the request wait for somebody to write.
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or(0));
    }
    found(options.open(path).ok()?)
}

fn found(file: File) -> Option<Found> {
    let meta = file.metadata().ok()?;
    if meta.is_dir() {
        return Some(Found::Folder);
    }
    meta.is_file()
        .then_some(Found::File(Opened::File(file, meta)))
}

/// Follows the links, checks where they lead, and opens that. Whoever may change links in the folder meanwhile can win the race.
fn walked(root: &Path, joined: &Path, symlinks: Symlinks) -> Option<Found> {
    let (real, root_real) = (joined.canonicalize().ok()?, root.canonicalize().ok()?);
    let inside = real.strip_prefix(&root_real).ok()?;
    if symlinks == Symlinks::Refuse && joined.strip_prefix(root).ok()? != inside {
        return None;
    }
    open(&real, Symlinks::Follow)
}

#[cfg(test)]
mod tests {
    use super::{Found, Symlinks, walked};
    use std::fs;

    #[test]
    fn the_walk_is_as_strict_as_the_systems() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("made");
        fs::write(root.join("a"), "a").expect("written");
        fs::write(folder.path().join("secret"), "s").expect("written");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", root.join("in")).expect("linked");
            std::os::unix::fs::symlink("../secret", root.join("out")).expect("linked");
        }
        let is_file = |name: &str, symlinks| {
            matches!(
                walked(&root, &root.join(name), symlinks),
                Some(Found::File(_))
            )
        };
        assert!(is_file("a", Symlinks::Within) && is_file("a", Symlinks::Refuse));
        #[cfg(unix)]
        {
            assert!(is_file("in", Symlinks::Within));
            assert!(!is_file("in", Symlinks::Refuse));
            assert!(!is_file("out", Symlinks::Within) && !is_file("out", Symlinks::Refuse));
        }
    }
}
