//! Owns an uploaded file as a form gives it out: what the client said of it, and its bytes. Refuses to write under a client's name, and over a file that is there.

use std::{
    borrow::Cow,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use zeug_datastructures::Headers;
use zeug_http::ContentType;

use crate::spool::SpooledFile;

/// Bytes copied at a time when a file is saved.
const COPY: usize = 64 << 10;

/// An uploaded file: the field's name, what the client said, and its bytes as `S`.
///
/// Reading, writing and seeking go to the bytes; after parsing they stand at the start. Everything but the bytes is the sender's word:
/// [`filename`](Self::filename) is for showing, `safe_file_name` (feature `safe-names`) for making a path of one's own, and nothing here is ever written
/// under either by itself.
///
/// # Example
///
/// ```
/// use zeug_forms::FormParser;
///
/// let body = b"--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"../a b.txt\"\r\n\r\nsome text\r\n--b--\r\n";
/// let mut form = FormParser::new("multipart/form-data; boundary=b").parse(&body[..])?;
/// let mut file = form.files.remove("doc").ok_or("no such file")?;
/// assert_eq!(file.filename(), "../a b.txt");
/// # #[cfg(feature = "safe-names")]
/// assert_eq!(file.safe_file_name().as_deref(), Some("a_b.txt"));
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("upload-1.txt");
/// assert_eq!(file.save(&path)?, 9);
/// assert!(file.save(&path).is_err()); // it is there already
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileStorage<S = SpooledFile> {
    name: String,
    filename: String,
    headers: Headers,
    stream: S,
}

impl<S> FileStorage<S> {
    /// A file of that field, under that file name, with the bytes of `stream`.
    pub fn new(name: impl Into<String>, filename: impl Into<String>, stream: S) -> Self {
        Self {
            name: name.into(),
            filename: filename.into(),
            headers: Headers::new(),
            stream,
        }
    }

    /// The same file with these part headers.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// The name of the form's field.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file name as the client gave it; empty for a file input that was left empty. Never open a file by it.
    #[must_use]
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// The file name as [`secure_file_name`](zeug_security::secure_file_name) keeps it: one path component of ASCII letters, digits, `.`, `-` and `_`,
    /// which neither begins nor ends with a dot. `None` where nothing is left.
    ///
    /// Two names can become the same, and one may be longer than the file system takes: a name of your own is safer still.
    #[cfg(feature = "safe-names")]
    #[must_use]
    #[doc(alias = "secure_filename")]
    pub fn safe_file_name(&self) -> Option<String> {
        Some(zeug_security::secure_file_name(&self.filename)).filter(|name| !name.is_empty())
    }

    /// Whether a file was chosen: the client gave a file name.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        !self.filename.is_empty()
    }

    /// The header fields of the part.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The value of the part's `Content-Type`; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.headers
            .get("Content-Type")
            .map(|value| value.to_utf8_lossy())
    }

    /// The media type without its parameters, in lower case; empty if the client gave none.
    #[must_use]
    pub fn mimetype(&self) -> String {
        self.content_type().map_or_else(String::new, |field| {
            ContentType::parse(&field).essence().to_ascii_lowercase()
        })
    }

    /// A parameter of the part's media type, such as its `charset`.
    #[must_use]
    #[doc(alias = "mimetype_params")]
    pub fn mimetype_param(&self, key: &str) -> Option<String> {
        self.content_type()
            .and_then(|field| ContentType::parse(&field).get(key).map(str::to_owned))
    }

    /// The length the part's own `Content-Length` announces, in bytes; clients hardly ever send one, and it need not be true.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        let value = self.headers.get("Content-Length")?.as_bytes();
        if value.iter().all(u8::is_ascii_digit) {
            str::from_utf8(value).ok()?.parse().ok()
        } else {
            None
        }
    }

    /// The bytes.
    #[must_use]
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The bytes, to be read or moved about in.
    #[must_use]
    pub fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The bytes, without what was said of them.
    #[must_use]
    pub fn into_stream(self) -> S {
        self.stream
    }
}

impl FileStorage<File> {
    /// The file at that path, for sending: its file name is the path's last component, its content type `application/octet-stream`.
    ///
    /// # Errors
    ///
    /// What the system says when the file is opened.
    #[doc(alias = "add_file")]
    pub fn open(name: impl Into<String>, path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let filename = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut headers = Headers::new();
        headers
            .try_append("Content-Type", "application/octet-stream")
            .map_err(io::Error::other)?;
        Ok(Self::new(name, filename, File::open(path)?).with_headers(headers))
    }
}

impl<S: Read + Seek> FileStorage<S> {
    /// Writes all bytes to a new file at that path and says how many; what was written is removed again if writing fails.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if something is there, also a link to nowhere; else what the system says.
    pub fn save(&mut self, path: impl AsRef<Path>) -> io::Result<u64> {
        let path = path.as_ref();
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = self
            .write_to(&mut file)
            .and_then(|count| file.flush().map(|()| count));
        if written.is_err() {
            drop(file);
            // the first error is the one to tell of
            let _ = fs::remove_file(path);
        }
        written
    }

    /// Writes all bytes to the file at that path, in place of what was there, and says how many.
    ///
    /// # Errors
    ///
    /// What the system says; the file may then hold a part of the bytes.
    pub fn save_replacing(&mut self, path: impl AsRef<Path>) -> io::Result<u64> {
        let mut file = File::create(path)?;
        self.write_to(&mut file)
    }

    /// Writes all bytes, from the first on, and says how many. The position ends up behind the last byte.
    ///
    /// # Errors
    ///
    /// What reading or writing says.
    pub fn write_to(&mut self, writer: &mut (impl Write + ?Sized)) -> io::Result<u64> {
        self.stream.seek(SeekFrom::Start(0))?;
        let mut buffer = vec![0; COPY];
        let mut count = 0;
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(count),
                Ok(length) => {
                    writer.write_all(&buffer[..length])?;
                    count += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<S: Read> Read for FileStorage<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl<S: Seek> Seek for FileStorage<S> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.stream.seek(position)
    }
}

impl<S: Write> Write for FileStorage<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
