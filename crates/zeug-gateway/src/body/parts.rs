//! Owns parts of bodies: ranges of bytes as bodies of their own. It checks no range against a request.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::{Body, Source};

impl Body {
    /// The bytes of this body from `range.start` on and before `range.end`, counted from the next byte that it would give.
    ///
    /// In memory nothing is copied and in a file nothing is read; of other sources what stands before is read and dropped when the part is read. A range
    /// that reaches beyond the end gives, of memory and files, what there is; of other sources an error when it is read.
    ///
    /// # Errors
    ///
    /// Where a file's position cannot be set.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    ///
    /// assert_eq!(Body::from("hello world").slice(6..9)?.into_bytes(10)?, "wor");
    /// assert_eq!(Body::reader(&b"hello world"[..]).slice(6..9)?.into_bytes(10)?, "wor");
    /// assert!(Body::reader(&b"hello"[..]).slice(6..9)?.into_bytes(10).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "_RangeWrapper")]
    pub fn slice(self, range: Range<u64>) -> io::Result<Self> {
        let range = self.clamped(&range);
        let len = range.end - range.start;
        match self.source {
            Source::Empty => Ok(Self::empty()),
            Source::Bytes(bytes) => {
                Ok(bytes.slice(range.start as usize..range.end as usize).into())
            }
            Source::File { mut file, .. } => {
                file.seek(SeekFrom::Current(
                    i64::try_from(range.start).unwrap_or(i64::MAX),
                ))?;
                Ok(Source::File {
                    file,
                    remaining: len,
                }
                .into())
            }
            source => {
                let body = Self::from(source);
                let skipping = Skipping {
                    body,
                    skip: range.start,
                };
                Ok(Self::sized_reader(skipping, len))
            }
        }
    }

    /// Several parts of this body, each as [`slice`](Self::slice) has it and to be read by itself; the ranges may overlap and stand in any order.
    ///
    /// # Errors
    ///
    /// The body itself, untouched, where it can be read only once: it is neither in memory nor a file.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_gateway::Body;
    ///
    /// let parts = Body::from("hello").parts(&[3..5, 0..4]).unwrap();
    /// let texts: Vec<_> = parts.into_iter().map(|part| part.into_bytes(10).unwrap()).collect();
    /// assert_eq!(texts, ["lo", "hell"]);
    ///
    /// assert!(Body::reader(&b"hello"[..]).parts(&[3..5, 0..4]).is_err());
    /// ```
    pub fn parts(mut self, ranges: &[Range<u64>]) -> Result<Vec<Self>, Self> {
        let ranges: Vec<_> = ranges.iter().map(|range| self.clamped(range)).collect();
        match self.source {
            Source::Empty => Ok(ranges.iter().map(|_| Self::empty()).collect()),
            Source::Bytes(bytes) => Ok(ranges
                .iter()
                .map(|range| bytes.slice(range.start as usize..range.end as usize).into())
                .collect()),
            Source::File {
                mut file,
                remaining,
            } => {
                let Ok(position) = file.stream_position() else {
                    self.source = Source::File { file, remaining };
                    return Err(self);
                };
                let file = Arc::new(Mutex::new(file));
                Ok(ranges
                    .iter()
                    .map(|range| {
                        let part = FilePart {
                            file: Arc::clone(&file),
                            position: position.saturating_add(range.start),
                        };
                        Self::sized_reader(part, range.end - range.start)
                    })
                    .collect())
            }
            _ => Err(self),
        }
    }

    /// The range, within the body where its length is known.
    fn clamped(&self, range: &Range<u64>) -> Range<u64> {
        let len = self.len().unwrap_or(u64::MAX);
        let end = range.end.min(len);
        range.start.min(end)..end
    }
}

/// A reader that drops bytes before it gives any.
struct Skipping {
    body: Body,
    skip: u64,
}

impl Read for Skipping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.skip > 0 {
            let skipped = io::copy(&mut (&mut self.body).take(self.skip), &mut io::sink())?;
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(0);
            }
        }
        self.body.read(buffer)
    }
}

/// A reader of a file that others read as well.
struct FilePart {
    file: Arc<Mutex<File>>,
    position: u64,
}

impl Read for FilePart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self
            .file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.position))?;
        let count = file.read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}
