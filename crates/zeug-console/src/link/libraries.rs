//! Owns the libraries that the program could have been linked with: which of them has a function that the program left out. It reads their tables once, and a member when it is wanted.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::names::Names;

/// A table of a library is not believed to be larger.
const MOST: u64 = 256 << 20;
const HEAD: u64 = 60;

/// Where a member of a library begins: the library's index, and a byte of it.
pub(crate) type Member = (usize, u64);

/// Libraries with their tables of symbols.
#[derive(Debug)]
pub(crate) struct Libraries {
    files: Vec<File>,
    names: Names<Member>,
}

impl Libraries {
    /// Those at these paths; what is no library of objects has nothing.
    pub(crate) fn new(paths: impl Iterator<Item = PathBuf>) -> Self {
        let mut files = Vec::new();
        let (mut text, mut entries) = (Vec::new(), Vec::new());
        for path in paths {
            let Ok(file) = File::open(path) else { continue };
            if let Some((table, wide)) = table(&file) {
                read(&table, wide, files.len(), &mut text, &mut entries);
                files.push(file);
            }
        }
        Self {
            files,
            names: Names::new(text, entries),
        }
    }

    /// The member that defines a name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<Member> {
        self.names.get(name).copied()
    }

    /// The object that is a member.
    pub(crate) fn read(&self, (library, at): Member) -> io::Result<Vec<u8>> {
        let file = self.files.get(library).ok_or(io::ErrorKind::NotFound)?;
        Ok(member(file, at)?.1)
    }
}

/// The table of symbols at a library's beginning, and whether its places take eight bytes.
fn table(file: &File) -> Option<(Vec<u8>, bool)> {
    let mut magic = [0; 8];
    file.read_exact_at(&mut magic, 0).ok()?;
    if &magic != b"!<arch>\n" {
        return None;
    }
    let (name, table) = member(file, 8).ok()?;
    match name.trim_ascii_end() {
        b"/" => Some((table, false)),
        b"/SYM64/" => Some((table, true)),
        _ => None,
    }
}

/// Takes the names of a table: their number, the place of each one's member, the names themselves.
fn read(
    table: &[u8],
    wide: bool,
    library: usize,
    text: &mut Vec<u8>,
    entries: &mut Vec<(u32, u32, Member)>,
) {
    let width = if wide { 8 } else { 4 };
    let number = |index: usize| {
        let bytes = table.get(index * width..(index + 1) * width)?;
        Some(
            bytes
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte)),
        )
    };
    let count = usize::try_from(number(0).unwrap_or(0)).unwrap_or(0);
    let Some(names) = table.get(count.saturating_add(1).saturating_mul(width)..) else {
        return;
    };
    for (index, name) in names.split(|&byte| byte == 0).take(count).enumerate() {
        if let Some(at) = number(index + 1) {
            entries.push((text.len() as u32, name.len() as u32, (library, at)));
            text.extend_from_slice(name);
        }
    }
}

/// The name and the bytes of the member whose head is at that byte.
fn member(file: &File, at: u64) -> io::Result<([u8; 16], Vec<u8>)> {
    let mut head = [0; HEAD as usize];
    file.read_exact_at(&mut head, at)?;
    let mut name = [0; 16];
    name.copy_from_slice(&head[..16]);
    let size = std::str::from_utf8(&head[48..58]).unwrap_or_default();
    let size: u64 = size.trim_end().parse().map_err(io::Error::other)?;
    if size > MOST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; size as usize];
    file.read_exact_at(&mut bytes, at + HEAD)?;
    Ok((name, bytes))
}
