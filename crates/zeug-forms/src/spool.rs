//! Owns where a file's bytes lie: in memory up to a ceiling, then in a temporary file that has no name. Refuses to give that file one.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

/// Where files of a form are kept.
///
/// Temporary files are opened without a name (or unlinked at once), so that they are gone when they are dropped, when parsing fails, and when the
/// process dies.
///
/// # Example
///
/// ```
/// use zeug_forms::Spool;
///
/// let spool = Spool::default().memory(64 << 10).directory("/var/spool/app");
/// assert_eq!(spool.memory, 64 << 10);
/// assert_eq!(spool.total_memory, 8 << 20); // the rest keeps its default
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spool {
    /// Bytes of one file that stay in memory.
    pub memory: usize,
    /// Bytes of all files of one form that stay in memory together.
    pub total_memory: usize,
    /// Where temporary files are made; `None` is the system's directory for them.
    pub directory: Option<PathBuf>,
}

impl Default for Spool {
    fn default() -> Self {
        Self {
            // Werkzeug's default_stream_factory
            memory: 500 << 10,
            // ours: sixteen files of that size
            total_memory: 8 << 20,
            directory: None,
        }
    }
}

impl Spool {
    /// This spool with another ceiling for one file in memory, in bytes.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }

    /// This spool with another ceiling for all files of a form in memory, in bytes.
    #[must_use]
    pub fn total_memory(mut self, bytes: usize) -> Self {
        self.total_memory = bytes;
        self
    }

    /// This spool with its temporary files in that directory, which has to exist.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// An empty file that is kept like this.
    #[must_use]
    pub fn file(&self) -> SpooledFile {
        SpooledFile {
            place: Place::Memory(Cursor::default()),
            memory: self.memory,
            directory: self.directory.clone(),
        }
    }
}

/// A file of a form: bytes in memory, or an open temporary file without a name.
///
/// It is read, written and sought like any file; a write that passes the spool's ceiling moves it to the disk.
///
/// # Example
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use zeug_forms::Spool;
///
/// let mut file = Spool::default().file();
/// file.write_all(b"some text")?;
/// file.rewind()?;
/// let mut text = String::new();
/// file.read_to_string(&mut text)?;
/// assert_eq!((text.as_str(), file.len()?, file.is_in_memory()), ("some text", 9, true));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct SpooledFile {
    place: Place,
    memory: usize,
    directory: Option<PathBuf>,
}

enum Place {
    Memory(Cursor<Vec<u8>>),
    #[cfg(feature = "spool")]
    Disk(std::fs::File),
}

impl std::fmt::Debug for Place {
    /// Says where the bytes lie, and none of them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory(bytes) => write!(f, "Memory({} bytes)", bytes.get_ref().len()),
            #[cfg(feature = "spool")]
            Self::Disk(file) => f.debug_tuple("Disk").field(file).finish(),
        }
    }
}

impl SpooledFile {
    /// Whether the bytes lie in memory.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        matches!(self.place, Place::Memory(_))
    }

    /// The bytes, if they lie in memory.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.place {
            Place::Memory(bytes) => Some(bytes.get_ref()),
            #[cfg(feature = "spool")]
            Place::Disk(_) => None,
        }
    }

    /// How many bytes there are, wherever the file's position is.
    ///
    /// # Errors
    ///
    /// What the system says when it is asked for the temporary file's size.
    #[expect(clippy::len_without_is_empty, reason = "a file is not a collection")]
    pub fn len(&self) -> io::Result<u64> {
        match &self.place {
            Place::Memory(bytes) => Ok(bytes.get_ref().len() as u64),
            #[cfg(feature = "spool")]
            Place::Disk(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Moves the bytes to the disk if `more` would pass the ceiling.
    #[cfg(feature = "spool")]
    fn make_room(&mut self, more: usize) -> io::Result<()> {
        let Place::Memory(bytes) = &self.place else {
            return Ok(());
        };
        let position = bytes.position();
        if position.saturating_add(more as u64) <= self.memory as u64 {
            return Ok(());
        }
        let mut file = match &self.directory {
            Some(directory) => tempfile::tempfile_in(directory)?,
            None => tempfile::tempfile()?,
        };
        file.write_all(bytes.get_ref())?;
        file.seek(SeekFrom::Start(position))?;
        self.place = Place::Disk(file);
        Ok(())
    }

    /// Refuses `more` if it would pass the ceiling: there is no disk without the feature `spool`.
    #[cfg(not(feature = "spool"))]
    fn make_room(&mut self, more: usize) -> io::Result<()> {
        let _ = &self.directory;
        let Place::Memory(bytes) = &self.place;
        if bytes.position().saturating_add(more as u64) <= self.memory as u64 {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "file is larger than what stays in memory",
        ))
    }
}

impl Write for SpooledFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.make_room(bytes.len())?;
        match &mut self.place {
            Place::Memory(memory) => memory.write(bytes),
            #[cfg(feature = "spool")]
            Place::Disk(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Memory(_) => Ok(()),
            #[cfg(feature = "spool")]
            Place::Disk(file) => file.flush(),
        }
    }
}

impl Read for SpooledFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Memory(memory) => memory.read(buffer),
            #[cfg(feature = "spool")]
            Place::Disk(file) => file.read(buffer),
        }
    }
}

impl Seek for SpooledFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match &mut self.place {
            Place::Memory(memory) => memory.seek(position),
            #[cfg(feature = "spool")]
            Place::Disk(file) => file.seek(position),
        }
    }
}
