//! Owns `Body`: the bytes of a request or an answer, in memory or still to come. It refuses to read past its limit.

mod parts;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::{Buf, Bytes};

use crate::{BodyError, BodyErrorKind};

/// How much room is made for a body of known length at first; later up to four times what has come, and in the end exactly what it takes.
const FIRST_ROOM: usize = 64 * 1024;

/// The bytes of a request or an answer.
///
/// A body is empty, in memory ([`from`](From)), or a source that gives its bytes when it is read: a [reader](Self::reader), an
/// iterator of [chunks](Self::chunks), a part of a [file](Self::file). It is itself [`Read`].
///
/// # Limits
///
/// With [`set_limit`](Self::set_limit) a body refuses to give more bytes than that: reading answers an error of kind
/// [`TooLarge`](BodyErrorKind::TooLarge), at once where the length is known beforehand. Nothing is read then, so a client that waits for
/// `100 Continue` is not asked to send. A new body has no limit; servers set one on each request's body.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Body, BodyErrorKind};
///
/// let body = Body::from("hello");
/// assert_eq!(body.len(), Some(5));
/// assert_eq!(body.into_bytes(5)?, "hello");
///
/// let refused = Body::from("hello").into_bytes(4).unwrap_err();
/// assert_eq!(refused.kind(), BodyErrorKind::TooLarge { limit: 4 });
/// # Ok::<(), zeug_gateway::BodyError>(())
/// ```
#[derive(Default)]
#[doc(alias = "FileWrapper")]
#[doc(alias = "wsgi.input")]
pub struct Body {
    source: Source,
    limit: Limit,
}

/// How much a body may give: of an unlimited one [`UNLIMITED`](Self::UNLIMITED), which no body reaches.
#[derive(Clone, Copy)]
struct Limit {
    /// Bytes that may still be given.
    left: u64,
    /// What was set.
    set: u64,
}

impl Limit {
    const UNLIMITED: u64 = u64::MAX;

    fn is_set(self) -> bool {
        self.set != Self::UNLIMITED
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            left: Self::UNLIMITED,
            set: Self::UNLIMITED,
        }
    }
}

#[derive(Default)]
enum Source {
    #[default]
    Empty,
    Bytes(Bytes),
    Reader(Box<dyn Read + Send>),
    /// A reader, and how much of it is to come.
    SizedReader(Box<dyn Read + Send>, u64),
    // In a box, so that every request and answer is handed on in fewer bytes.
    Chunks(Box<Chunks>),
    File {
        file: File,
        remaining: u64,
    },
}

struct Chunks {
    chunks: Box<dyn Iterator<Item = io::Result<Bytes>> + Send>,
    current: Bytes,
}

impl Body {
    /// A body of no bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body that is read from `reader` until its end, of unknown length.
    #[must_use]
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Source::Reader(Box::new(reader)).into()
    }

    /// A body of exactly `len` bytes read from `reader`.
    ///
    /// What the reader holds beyond is not read. A reader that ends before gives an error of kind
    /// [`Disconnected`](BodyErrorKind::Disconnected), so that an answer cut short is never taken for a whole one.
    #[must_use]
    pub fn sized_reader(reader: impl Read + Send + 'static, len: u64) -> Self {
        Source::SizedReader(Box::new(reader), len).into()
    }

    /// A body of unknown length, made of the chunks that an iterator gives; each is sent when it comes.
    ///
    /// An `Err` item ends the body as failed.
    ///
    /// ```
    /// use std::io::Read;
    /// use zeug_gateway::Body;
    ///
    /// let mut text = String::new();
    /// Body::chunks(["one ", "two"].map(Ok)).read_to_string(&mut text)?;
    /// assert_eq!(text, "one two");
    ///
    /// let failed = Body::chunks([Ok("one"), Err(std::io::Error::other("disk"))]).into_bytes(10);
    /// assert!(failed.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn chunks<I, C>(chunks: I) -> Self
    where
        I: IntoIterator<Item = io::Result<C>>,
        I::IntoIter: Send + 'static,
        C: Into<Bytes>,
    {
        let chunks = chunks.into_iter().map(|chunk| chunk.map(Into::into));
        let chunks = Chunks {
            chunks: Box::new(chunks),
            current: Bytes::new(),
        };
        Source::Chunks(Box::new(chunks)).into()
    }

    /// A body of a file's bytes, from the file's position to its end.
    ///
    /// # Errors
    ///
    /// Where the file's length or position cannot be asked for, or it is not a regular file.
    pub fn file(mut file: File) -> io::Result<Self> {
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file: its length is not known, use `Body::reader`",
            ));
        }
        let position = file.stream_position()?;
        let remaining = meta.len().saturating_sub(position);
        Ok(Source::File { file, remaining }.into())
    }

    /// A body of `len` bytes of a file from byte `start` on.
    ///
    /// A file that is shorter by the time it is sent gives an error of kind [`Disconnected`](BodyErrorKind::Disconnected).
    ///
    /// # Errors
    ///
    /// Where the file's position cannot be set.
    pub fn file_range(mut file: File, start: u64, len: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Source::File {
            file,
            remaining: len,
        }
        .into())
    }

    /// A body of the first `len` bytes of a file that was opened a moment ago, and of which nothing was read: as [`file_range`](Self::file_range), without asking the system anything.
    #[must_use]
    pub fn opened_file(file: File, len: u64) -> Self {
        Source::File {
            file,
            remaining: len,
        }
        .into()
    }

    /// How many bytes are still to be given, where that is known before reading.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match &self.source {
            Source::Empty => Some(0),
            Source::Bytes(bytes) => Some(bytes.len() as u64),
            Source::SizedReader(_, remaining) | Source::File { remaining, .. } => Some(*remaining),
            Source::Reader(_) | Source::Chunks(_) => None,
        }
    }

    /// Whether it is known that no byte is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The bytes, where the whole body is in memory.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.source {
            Source::Empty => Some(&[]),
            Source::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The file, and how many bytes from its position on are still to be given, where the body is a part of a file: for servers that have the system
    /// send it, and say so with [`advance`](Self::advance).
    #[must_use]
    pub fn as_file(&self) -> Option<(&File, u64)> {
        match &self.source {
            Source::File { file, remaining } => Some((file, *remaining)),
            _ => None,
        }
    }

    /// Takes note that `count` bytes were sent from the file's position on; nothing where the body is no file.
    pub fn advance(&mut self, count: u64) {
        if let Source::File { remaining, .. } = &mut self.source {
            *remaining = remaining.saturating_sub(count);
        }
    }

    /// Sets how many bytes may still be read from this body; `None` lifts the limit, and so does `u64::MAX`.
    pub fn set_limit(&mut self, limit: Option<u64>) {
        let bytes = limit.unwrap_or(Limit::UNLIMITED);
        self.limit = Limit {
            left: bytes,
            set: bytes,
        };
    }

    /// The limit that was set, in bytes.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit.is_set().then_some(self.limit.set)
    }

    /// All bytes of the body; without a copy where they are in memory already.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](BodyErrorKind::TooLarge) where there are more bytes than `limit` or than the body's own limit: before anything is read
    /// where the length is known. The other kinds as the source fails.
    ///
    /// # Limits
    ///
    /// Allocates as the bytes come, at most four times as much and never by a declared length alone, and at most `limit` bytes and one read.
    pub fn into_bytes(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let limit = self
            .limit()
            .map_or(limit as u64, |own| own.min(limit as u64));
        self.set_limit(Some(limit));
        self.check_declared()?;
        match self.source {
            Source::Empty => Ok(Bytes::new()),
            Source::Bytes(bytes) => Ok(bytes),
            _ => {
                let mut all = Vec::new();
                let announced = usize::try_from(self.len().unwrap_or(0)).unwrap_or(usize::MAX);
                // What ends before its length is an error, so that this ends.
                while all.len() < announced {
                    let room = (4 * all.len()).max(FIRST_ROOM).min(announced) - all.len();
                    all.reserve_exact(room);
                    self.by_ref().take(room as u64).read_to_end(&mut all)?;
                }
                self.read_to_end(&mut all)?;
                Ok(all.into())
            }
        }
    }

    /// Refuses a known length that is over the limit.
    fn check_declared(&self) -> Result<(), BodyError> {
        let Limit { left, set: limit } = self.limit;
        match self.len() {
            Some(len) if len > left => Err(BodyError::new(BodyErrorKind::TooLarge { limit })),
            _ => Ok(()),
        }
    }
}

impl Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Empty => Ok(0),
            Self::Bytes(bytes) => Ok(take(bytes, buffer)),
            Self::Reader(reader) => reader.read(buffer),
            Self::SizedReader(reader, remaining) => read_exactly_counted(reader, remaining, buffer),
            Self::File { file, remaining } => read_exactly_counted(file, remaining, buffer),
            Self::Chunks(all) => {
                let Chunks { chunks, current } = &mut **all;
                while current.is_empty() {
                    match chunks.next() {
                        Some(next) => *current = next?,
                        None => {
                            *self = Self::Empty;
                            return Ok(0);
                        }
                    }
                }
                Ok(take(current, buffer))
            }
        }
    }
}

/// Moves what fits from the front of `bytes` into `buffer`.
fn take(bytes: &mut Bytes, buffer: &mut [u8]) -> usize {
    let count = bytes.len().min(buffer.len());
    bytes.split_to(count).copy_to_slice(&mut buffer[..count]);
    count
}

/// Reads at most `remaining` bytes; an end before that is an error.
fn read_exactly_counted(
    reader: &mut impl Read,
    remaining: &mut u64,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let want = usize::try_from(*remaining)
        .unwrap_or(usize::MAX)
        .min(buffer.len());
    if want == 0 {
        return Ok(0);
    }
    let count = reader.read(&mut buffer[..want])?;
    if count == 0 {
        return Err(BodyError::new(BodyErrorKind::Disconnected).into());
    }
    *remaining -= count as u64;
    Ok(count)
}

impl Read for Body {
    /// Gives the next bytes; one call never joins two chunks.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.limit.is_set() {
            return self.source.read(buffer);
        }
        let Limit { left, set: limit } = self.limit;
        self.check_declared()?;
        // One byte more than allowed is asked for, so that a body of exactly the limit is not refused.
        let want = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let want = want.min(buffer.len());
        let count = self.source.read(&mut buffer[..want])?;
        match left.checked_sub(count as u64) {
            Some(left) => {
                self.limit.left = left;
                Ok(count)
            }
            None => {
                self.source = Source::Empty;
                Err(BodyError::new(BodyErrorKind::TooLarge { limit }).into())
            }
        }
    }
}

impl fmt::Debug for Body {
    /// Shows the kind and the length, never the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.source {
            Source::Empty => "empty",
            Source::Bytes(_) => "bytes",
            Source::Reader(_) | Source::SizedReader(..) => "reader",
            Source::Chunks(_) => "chunks",
            Source::File { .. } => "file",
        };
        f.debug_struct("Body")
            .field("kind", &kind)
            .field("len", &self.len())
            .finish()
    }
}

impl From<Source> for Body {
    fn from(source: Source) -> Self {
        Self {
            source,
            limit: Limit::default(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self::empty()
        } else {
            Source::Bytes(bytes).into()
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Body;

    /// Every request and every answer is moved with its body some times on its way.
    #[test]
    fn a_body_is_small() {
        assert!(size_of::<Body>() <= 56, "{}", size_of::<Body>());
    }
}
