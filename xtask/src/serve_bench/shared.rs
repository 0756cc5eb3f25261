//! The files of a folder that are asked for: what lies there, what is asked, and what has to come. How a server shares them is its own.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A request for a shared file, and its answer.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: &'static str,
    /// A field of the request.
    pub(super) field: Option<(&'static str, &'static str)>,
    pub(super) status: u16,
    /// How many bytes come.
    pub(super) length: usize,
    pub(super) coding: Option<&'static str>,
}

const fn whole(path: &'static str, length: usize) -> Shared {
    Shared {
        path,
        field: None,
        status: 200,
        length,
        coding: None,
    }
}

pub(super) const SMALL: Shared = whole("/static/small.css", 1024);
pub(super) const MEDIUM: Shared = whole("/static/medium.css", 100 * 1024);
pub(super) const LARGE: Shared = whole("/static/large.css", 1024 * 1024);
/// The client has it: the date is that of all files, to the second, as nginx wants it.
pub(super) const FRESH: Shared = Shared {
    field: Some(("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT")),
    status: 304,
    length: 0,
    ..whole("/static/small.css", 0)
};
pub(super) const PACKED: Shared = Shared {
    field: Some(("Accept-Encoding", "gzip")),
    coding: Some("gzip"),
    ..whole("/static/packed.css", 300)
};

/// 1 January 2026.
const MODIFIED: Duration = Duration::from_secs(1_767_225_600);

/// Writes the files into `static` below that folder.
pub(super) fn write(folder: &Path) -> io::Result<()> {
    let folder = folder.join("static");
    fs::create_dir_all(&folder)?;
    for (name, length) in [
        ("small.css", SMALL.length),
        ("medium.css", MEDIUM.length),
        ("large.css", LARGE.length),
        ("packed.css", 1024),
        // Nobody looks into it: it need not be what its name says.
        ("packed.css.gz", PACKED.length),
    ] {
        let path = folder.join(name);
        fs::write(&path, vec![b'x'; length])?;
        File::options()
            .write(true)
            .open(&path)?
            .set_modified(SystemTime::UNIX_EPOCH + MODIFIED)?;
    }
    Ok(())
}
