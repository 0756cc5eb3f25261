//! Owns `FilePart`: a file that a test uploads. It reads nothing before the request is made.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use bytes::Bytes;
use zeug_datastructures::Headers;
use zeug_forms::FileStorage;

use crate::{TestError, TestErrorKind};

/// A file of a form: a name, a content type, and bytes.
///
/// Made from `(filename, bytes)`, or `(filename, bytes, content type)`, or of a reader or a path. Without a content type it is the one that the name's
/// ending says, else `application/octet-stream`.
///
/// ```
/// use zeug_gateway::Body;
/// use zeug_test::{Client, FilePart};
///
/// let client = Client::new(|request: zeug_gateway::Request| request.into_body());
/// let answer = client.post("/").file("doc", ("a.txt", "hello")).file("doc", FilePart::new("b", "x").content_type("image/png")).send();
/// assert!(answer.text().contains("filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n"));
/// assert!(answer.text().contains("filename=\"b\"\r\nContent-Type: image/png\r\n"));
/// assert!(FilePart::open("/no/such/file").is_err());
/// ```
pub struct FilePart {
    filename: String,
    headers: Headers,
    content: Box<dyn Read + Send>,
    /// A content type that cannot stand in a field.
    error: Option<TestError>,
}

impl FilePart {
    /// A file with this name and these bytes.
    #[must_use]
    pub fn new(filename: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self::reader(filename, Cursor::new(content.into()))
    }

    /// A file with this name and the bytes that `reader` gives to its end.
    #[must_use]
    pub fn reader(filename: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self {
            filename: filename.into(),
            headers: Headers::new(),
            content: Box::new(reader),
            error: None,
        }
    }

    /// The file at `path`, under its own name.
    ///
    /// # Errors
    ///
    /// Where it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Self::reader(name.unwrap_or_default(), File::open(path)?))
    }

    /// Sets the content type. One that cannot stand in a field is reported when the request is made.
    #[must_use]
    pub fn content_type(self, content_type: &str) -> Self {
        self.header("Content-Type", content_type)
    }

    /// Sets a field of the part's head, in place of those of that name. One that cannot be is reported when the request is made.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = self.headers.try_insert(name, value) {
            let error = TestError::because(TestErrorKind::InvalidField, name, error);
            self.error.get_or_insert(error);
        }
        self
    }

    /// The name, the head's fields and the bytes.
    pub(crate) fn into_parts(
        mut self,
    ) -> Result<(String, Headers, Box<dyn Read + Send>), TestError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.headers.contains("content-type") {
            let content_type = guess(&self.filename);
            self.headers
                .try_append("Content-Type", content_type)
                .map_err(|error| {
                    TestError::because(TestErrorKind::InvalidField, content_type, error)
                })?;
        }
        Ok((self.filename, self.headers, self.content))
    }
}

/// The media type of a name's ending, for the endings that tests are made of.
fn guess(filename: &str) -> &'static str {
    let ending = filename.rsplit_once('.').map_or("", |(_, ending)| ending);
    const TYPES: &[(&str, &str)] = &[
        ("css", "text/css"),
        ("csv", "text/csv"),
        ("gif", "image/gif"),
        ("htm", "text/html"),
        ("html", "text/html"),
        ("jpeg", "image/jpeg"),
        ("jpg", "image/jpeg"),
        ("js", "text/javascript"),
        ("json", "application/json"),
        ("mp3", "audio/mpeg"),
        ("mp4", "video/mp4"),
        ("pdf", "application/pdf"),
        ("png", "image/png"),
        ("svg", "image/svg+xml"),
        ("txt", "text/plain"),
        ("webp", "image/webp"),
        ("xml", "text/xml"),
        ("zip", "application/zip"),
    ];
    TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ending))
        .map_or("application/octet-stream", |(_, media_type)| media_type)
}

impl<N: Into<String>, B: Into<Bytes>> From<(N, B)> for FilePart {
    fn from((filename, content): (N, B)) -> Self {
        Self::new(filename, content)
    }
}

impl<N: Into<String>, B: Into<Bytes>> From<(N, B, &str)> for FilePart {
    fn from((filename, content, content_type): (N, B, &str)) -> Self {
        Self::new(filename, content).content_type(content_type)
    }
}

impl<S: Read + Send + 'static> From<FileStorage<S>> for FilePart {
    /// Name, head and bytes; the bytes from where the storage stands.
    fn from(file: FileStorage<S>) -> Self {
        let headers = file.headers().clone();
        Self {
            headers,
            ..Self::reader(file.filename().to_owned(), file.into_stream())
        }
    }
}

impl fmt::Debug for FilePart {
    /// The name and no byte.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("filename", &self.filename)
            .finish_non_exhaustive()
    }
}
