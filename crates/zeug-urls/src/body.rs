//! How long a request's body is, and a reader that keeps to it. A body that is too long or breaks off is refused.

use std::io::{self, Read};

use crate::error::{UrlError, UrlErrorKind};

/// How many bytes the body has: what `Content-Length` says, and `None` when it says nothing or the body is chunked.
///
/// A value that is not a plain number, or a negative one, counts as 0; one that 64 bits cannot hold as the largest that they can. This is for code behind a gateway;
/// a server that reads from a socket refuses such values instead.
///
/// # Example
///
/// ```
/// use zeug_urls::content_length;
///
/// assert_eq!(content_length(Some("12"), None), Some(12));
/// assert_eq!(content_length(Some("12"), Some("gzip, chunked")), None);
/// assert_eq!(content_length(Some("twelve"), None), Some(0));
/// ```
#[doc(alias = "get_content_length")]
pub fn content_length(
    content_length: Option<&str>,
    transfer_encoding: Option<&str>,
) -> Option<u64> {
    if transfer_encoding.is_some_and(is_chunked) {
        return None;
    }
    let digits = content_length?.trim_matches([' ', '\t']);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // All that can go wrong with digits is that there are too many.
    Some(if is_number {
        digits.parse().unwrap_or(u64::MAX)
    } else {
        0
    })
}

/// Whether `chunked` is in the list. A list with a quote that is not closed is empty.
fn is_chunked(list: &str) -> bool {
    let (mut quoted, mut escaped, mut start, mut found) = (false, false, 0, false);
    for (at, byte) in list.bytes().chain([b',']).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                let item = list.get(start..at).unwrap_or_default();
                found |= is_item(item.trim_matches([' ', '\t']), "chunked");
                start = at + 1;
            }
            _ => {}
        }
    }
    found && !quoted
}

/// Whether this item of a list, perhaps in quotes, is `name`.
fn is_item(item: &str, name: &str) -> bool {
    let Some(quoted) = item
        .strip_prefix('"')
        .and_then(|item| item.strip_suffix('"'))
    else {
        return item.eq_ignore_ascii_case(name);
    };
    let mut escaped = false;
    let plain = quoted.bytes().filter(|&byte| {
        escaped = byte == b'\\' && !escaped;
        !escaped
    });
    plain.map(|byte| byte.to_ascii_lowercase()).eq(name.bytes())
}

/// A reader that never reads past a limit: the length that was announced, or the most that is allowed.
///
/// The two differ in what is an error. With [`exact`](Self::exact), an end or an error of the inner reader before the limit means that the client went away; at the limit
/// the body is over. With [`at_most`](Self::at_most), an end before the limit is the end of the body; to read on at the limit is an error.
///
/// # Errors
///
/// Reading gives an [`io::Error`] whose inner error is a [`UrlError`]: [`ClientDisconnected`](UrlErrorKind::ClientDisconnected) with
/// [`io::ErrorKind::UnexpectedEof`], or [`BodyTooLarge`](UrlErrorKind::BodyTooLarge) with [`io::ErrorKind::Other`]. `Interrupted` passes through.
///
/// # Deviations
///
/// `read_to_end` of a reader with a maximum looks whether the body ends there, and refuses one that does not; Werkzeug gives back what fits.
///
/// # Example
///
/// ```
/// use std::io::Read;
///
/// use zeug_urls::{LimitedReader, UrlErrorKind};
///
/// let mut body = String::new();
/// LimitedReader::exact(&b"hello, next request"[..], 5).read_to_string(&mut body)?;
/// assert_eq!(body, "hello");
///
/// let error = LimitedReader::exact(&b"hel"[..], 5).read_to_end(&mut Vec::new()).unwrap_err();
/// let inner: zeug_urls::UrlError = error.downcast().unwrap();
/// assert_eq!(inner.kind(), UrlErrorKind::ClientDisconnected { missing: 2 });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "LimitedStream")]
pub struct LimitedReader<R> {
    inner: R,
    limit: u64,
    position: u64,
    is_max: bool,
}

impl<R: Read> LimitedReader<R> {
    /// A reader of exactly `length` bytes.
    pub fn exact(inner: R, length: u64) -> Self {
        Self {
            inner,
            limit: length,
            position: 0,
            is_max: false,
        }
    }

    /// A reader of at most `max` bytes.
    pub fn at_most(inner: R, max: u64) -> Self {
        Self {
            inner,
            limit: max,
            position: 0,
            is_max: true,
        }
    }

    /// The limit, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes have been read.
    #[doc(alias = "tell")]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether as many bytes have been read as the limit allows.
    pub fn is_exhausted(&self) -> bool {
        self.position >= self.limit
    }

    /// Reads what is left, up to the limit, and gives it back.
    ///
    /// # Errors
    ///
    /// As reading; at the limit there is nothing left, and no error.
    pub fn exhaust(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        if !self.is_exhausted() {
            self.read_to_limit(&mut rest)?;
        }
        Ok(rest)
    }

    /// The inner reader.
    pub fn into_inner(self) -> R {
        self.inner
    }

    fn too_large(&self) -> io::Error {
        io::Error::other(UrlError::new(
            UrlErrorKind::BodyTooLarge { limit: self.limit },
            None,
        ))
    }

    fn disconnected(&self) -> io::Error {
        let missing = self.limit - self.position;
        io::Error::new(
            io::ErrorKind::UnexpectedEof,
            UrlError::new(UrlErrorKind::ClientDisconnected { missing }, None),
        )
    }

    /// Reads up to the limit or the end, and no further.
    fn read_to_limit(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let before = out.len();
        let mut chunk = [0; 16 * 1024];
        while !self.is_exhausted() {
            match self.read(&mut chunk) {
                Ok(0) => break,
                Ok(len) => out.extend_from_slice(chunk.get(..len).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(out.len() - before)
    }
}

impl<R: Read> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.is_exhausted() {
            return if self.is_max {
                Err(self.too_large())
            } else {
                Ok(0)
            };
        }
        let left = usize::try_from(self.limit - self.position).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        match self.inner.read(buffer.get_mut(..len).unwrap_or_default()) {
            Ok(0) if self.is_max => Ok(0),
            Ok(0) => Err(self.disconnected()),
            Ok(len) => {
                self.position += len as u64;
                Ok(len)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(_) => Err(self.disconnected()),
        }
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        if self.is_max && self.is_exhausted() {
            return Err(self.too_large());
        }
        let len = self.read_to_limit(out)?;
        if self.is_max && self.is_exhausted() && read_one(&mut self.inner)? > 0 {
            return Err(self.too_large());
        }
        Ok(len)
    }
}

/// Reads one byte, if there is one.
fn read_one(reader: &mut impl Read) -> io::Result<usize> {
    loop {
        match reader.read(&mut [0]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What is known of a body before it is read, for [`input_stream`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InputOptions {
    /// What [`content_length`] says.
    pub length: Option<u64>,
    /// The most bytes that the body may have. Without a limit by default, as in Werkzeug: a framework sets its own.
    pub max: Option<u64>,
    /// Whether the reader ends where the body ends, as that of a server does which decodes chunks.
    pub terminated: bool,
}

impl InputOptions {
    /// The same, with the body's length.
    #[must_use]
    pub fn length(mut self, length: Option<u64>) -> Self {
        self.length = length;
        self
    }

    /// The same, with the most bytes that the body may have.
    #[must_use]
    pub fn max(mut self, max: u64) -> Self {
        self.max = Some(max);
        self
    }

    /// The same, for a reader that ends where the body ends.
    #[must_use]
    pub fn terminated(mut self) -> Self {
        self.terminated = true;
        self
    }
}

/// A body that is safe to read: from [`input_stream`].
#[derive(Debug)]
#[non_exhaustive]
pub enum InputStream<R> {
    /// The reader ends by itself, and has no limit.
    Terminated(R),
    /// The reader keeps to a length or a maximum.
    Limited(LimitedReader<R>),
    /// Nothing is known of where the body ends, so nothing of it is read.
    Empty,
}

impl<R: Read> Read for InputStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Terminated(inner) => inner.read(buffer),
            Self::Limited(inner) => inner.read(buffer),
            Self::Empty => Ok(0),
        }
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Terminated(inner) => inner.read_to_end(out),
            Self::Limited(inner) => inner.read_to_end(out),
            Self::Empty => Ok(0),
        }
    }
}

/// The body as far as it is safe to read it: to its length, to the most allowed, or not at all when its end cannot be known.
///
/// # Errors
///
/// [`BodyTooLarge`](UrlErrorKind::BodyTooLarge) when the length is above the most allowed; nothing is read then.
///
/// # Example
///
/// ```
/// use std::io::Read;
///
/// use zeug_urls::{InputOptions, input_stream};
///
/// let mut body = Vec::new();
/// input_stream(&b"hello and more"[..], InputOptions::default().length(Some(5)))?.read_to_end(&mut body)?;
/// assert_eq!(body, b"hello");
/// assert!(input_stream(&b"hello"[..], InputOptions::default().length(Some(5)).max(4)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "get_input_stream")]
pub fn input_stream<R: Read>(reader: R, options: InputOptions) -> Result<InputStream<R>, UrlError> {
    match options {
        InputOptions {
            length: Some(length),
            max: Some(limit),
            ..
        } if length > limit => Err(UrlError::new(UrlErrorKind::BodyTooLarge { limit }, None)),
        InputOptions {
            terminated: true,
            max: Some(max),
            ..
        } => Ok(InputStream::Limited(LimitedReader::at_most(reader, max))),
        InputOptions {
            terminated: true, ..
        } => Ok(InputStream::Terminated(reader)),
        InputOptions {
            length: Some(length),
            ..
        } => Ok(InputStream::Limited(LimitedReader::exact(reader, length))),
        InputOptions { length: None, .. } => Ok(InputStream::Empty),
    }
}
