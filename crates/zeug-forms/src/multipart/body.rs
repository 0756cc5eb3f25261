//! Owns a multipart body for sending: parts from memory and from readers, read as one stream of known length where all lengths are known.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Cursor, Read},
};

use zeug_datastructures::Headers;

use super::MultipartEncoder;
use crate::FormError;

/// A `multipart/form-data` body to be read by whoever sends it. Files are read when their turn comes, and never held whole.
///
/// # Example
///
/// ```
/// use std::io::Read;
/// use zeug_datastructures::Headers;
/// use zeug_forms::{FormErrorKind, FormParser, MultipartBody};
///
/// let mut body = MultipartBody::new("8f14e45fceea167a")?;
/// body.field("name", "Ada")?;
/// body.file("notes", "notes.txt", &Headers::new(), &b"some text"[..], Some(9))?;
/// let (content_type, length) = (body.content_type(), body.length());
///
/// let mut sent = Vec::new();
/// body.read_to_end(&mut sent)?;
/// assert_eq!(length, Some(sent.len() as u64));
/// let form = FormParser::new(&content_type).parse(&sent[..])?;
/// assert_eq!(form.fields.get("name"), Some("Ada"));
///
/// assert_eq!(MultipartBody::new("").unwrap_err().kind(), FormErrorKind::MissingBoundary);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "stream_encode_multipart")]
pub struct MultipartBody {
    encoder: MultipartEncoder,
    pieces: VecDeque<Piece>,
    /// Written and not yet put into a piece: heads, fields, the last delimiter.
    text: Vec<u8>,
    length: Option<u64>,
    finished: bool,
}

enum Piece {
    Text(Cursor<Vec<u8>>),
    /// A reader, and how many bytes it still has to give if that was promised.
    File(Box<dyn Read + Send>, Option<u64>),
}

impl MultipartBody {
    /// A body without parts. The boundary has to be one that no value holds: take at least 16 random letters and digits.
    ///
    /// # Errors
    ///
    /// `MissingBoundary` and `InvalidBoundary` as for [`MultipartEncoder::new`].
    pub fn new(boundary: impl AsRef<[u8]>) -> Result<Self, FormError> {
        let encoder = MultipartEncoder::new(boundary)?;
        Ok(Self {
            encoder,
            pieces: VecDeque::new(),
            text: Vec::new(),
            length: Some(0),
            finished: false,
        })
    }

    /// The content type to send it with.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.encoder.content_type()
    }

    /// Adds a text field.
    ///
    /// # Errors
    ///
    /// `Unencodable` for a name that would read back as another; `UnexpectedEvent` once reading has begun.
    pub fn field(&mut self, name: &str, value: &str) -> Result<(), FormError> {
        self.encoder.field(name, &Headers::new(), &mut self.text)?;
        self.encoder.part(value.as_bytes(), &mut self.text)
    }

    /// Adds a file with these header fields, of `length` bytes if that is known.
    ///
    /// # Errors
    ///
    /// As for [`field`](Self::field), also for the file name and the header fields.
    pub fn file(
        &mut self,
        name: &str,
        filename: &str,
        headers: &Headers,
        reader: impl Read + Send + 'static,
        length: Option<u64>,
    ) -> Result<(), FormError> {
        self.encoder.file(name, filename, headers, &mut self.text)?;
        // the bytes come from the reader: only their line break is written here
        self.encoder.part(b"", &mut self.text)?;
        self.text.extend_from_slice(b"\r\n");
        self.flush();
        self.length = self.length.zip(length).map(|(all, one)| all + one);
        self.pieces.push_back(Piece::File(Box::new(reader), length));
        Ok(())
    }

    /// How many bytes are still to be read; `None` if a file's length is not known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        let end = if self.finished {
            0
        } else {
            self.encoder.boundary().len() + "\r\n----\r\n".len()
        };
        self.length
            .map(|length| length + self.text.len() as u64 + end as u64)
    }

    /// Makes a piece of what has been written.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.length = self.length.map(|length| length + text.len() as u64);
        self.pieces.push_back(Piece::Text(Cursor::new(text)));
    }
}

impl Read for MultipartBody {
    /// Reads on. A file that ends before its promised length is `UnexpectedEof`; what it has beyond that is not read.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.finished {
            self.encoder
                .finish(&mut self.text)
                .map_err(io::Error::other)?;
            self.finished = true;
            self.flush();
        }
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(piece) = self.pieces.front_mut() {
            let count = match piece {
                Piece::Text(text) => text.read(buffer)?,
                Piece::File(reader, None) => reader.read(buffer)?,
                Piece::File(reader, Some(left)) => {
                    let count = reader.by_ref().take(*left).read(buffer)?;
                    if count == 0 && *left > 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    *left -= count as u64;
                    count
                }
            };
            if count > 0 {
                self.length = self.length.map(|length| length - count as u64);
                return Ok(count);
            }
            self.pieces.pop_front();
        }
        Ok(0)
    }
}

impl fmt::Debug for MultipartBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MultipartBody")
            .field("content_type", &self.content_type())
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}
