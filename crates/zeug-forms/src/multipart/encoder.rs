//! Owns the writing of multipart bodies, the inverse of the decoder. Refuses names, header fields and orders of calls that would read back as something else.

use zeug_datastructures::Headers;

use super::{MultipartEvent, decoder::check_boundary};
use crate::{FormError, FormErrorKind};

/// Writes a `multipart/form-data` body part by part, as far as the caller likes at a time.
///
/// What a [`MultipartDecoder`](crate::MultipartDecoder) reads from it are the parts that were written: names and file names keep their
/// characters, with a double quote written as `%22` as
/// [browsers do](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data), and a backslash doubled.
/// The boundary has to be one that no value holds: take at least 16 random letters and digits.
///
/// # Example
///
/// ```
/// use zeug_datastructures::Headers;
/// use zeug_forms::{FormErrorKind, MultipartEncoder};
///
/// let (mut encoder, mut body) = (MultipartEncoder::new("xyz")?, Vec::new());
/// encoder.field("city", &Headers::new(), &mut body)?;
/// encoder.data(b"Graz", &mut body)?;
/// encoder.finish(&mut body)?;
/// assert_eq!(body, b"\r\n--xyz\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\nGraz\r\n--xyz--\r\n");
///
/// let mut encoder = MultipartEncoder::new("xyz")?;
/// let error = encoder.field("two\r\nlines", &Headers::new(), &mut body).unwrap_err();
/// assert_eq!(error.kind(), FormErrorKind::Unencodable);
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MultipartEncoder {
    /// CRLF, two dashes and the boundary.
    delimiter: Vec<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    /// A part has begun and has got nothing yet.
    Head,
    /// A part has got nothing but empty pieces: its line break may still be the delimiter's.
    Empty,
    Data,
    /// A part is complete.
    Part,
    End,
}

impl MultipartEncoder {
    /// An encoder of bodies with this boundary.
    ///
    /// # Errors
    ///
    /// `MissingBoundary` and `InvalidBoundary` as for [`MultipartDecoder::new`](crate::MultipartDecoder::new).
    pub fn new(boundary: impl AsRef<[u8]>) -> Result<Self, FormError> {
        let boundary = check_boundary(boundary.as_ref())?;
        Ok(Self {
            delimiter: [b"\r\n--", boundary].concat(),
            state: State::Preamble,
        })
    }

    /// The boundary.
    #[must_use]
    pub fn boundary(&self) -> &str {
        // it was checked to be ASCII
        str::from_utf8(&self.delimiter[4..]).unwrap_or_default()
    }

    /// The content type of the body, with its boundary quoted where it has to be.
    #[must_use]
    pub fn content_type(&self) -> String {
        let boundary = self.boundary();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if boundary.bytes().all(token) {
            return format!("multipart/form-data; boundary={boundary}");
        }
        let escaped = boundary.replace('\\', "\\\\").replace('"', "\\\"");
        format!("multipart/form-data; boundary=\"{escaped}\"")
    }

    /// Appends the head of a text field with these header fields; a `Content-Disposition` among them is left out, since the encoder writes its own.
    ///
    /// # Errors
    ///
    /// `Unencodable` for a name that holds a CR, LF, NUL or the text `%22`, which would read back as a quote; `UnexpectedEvent` if the
    /// part before has not got its data, or after [`finish`](Self::finish). Nothing is written then.
    pub fn field(
        &mut self,
        name: &str,
        headers: &Headers,
        out: &mut Vec<u8>,
    ) -> Result<(), FormError> {
        self.head(
            name,
            None,
            headers
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
            out,
        )
    }

    /// Appends the head of a file with these header fields, as [`field`](Self::field) does; an empty file name is a file input left empty.
    ///
    /// # Errors
    ///
    /// As for [`field`](Self::field), for the name and for the file name.
    pub fn file(
        &mut self,
        name: &str,
        filename: &str,
        headers: &Headers,
        out: &mut Vec<u8>,
    ) -> Result<(), FormError> {
        self.head(
            name,
            Some(filename),
            headers
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
            out,
        )
    }

    /// Appends bytes of the part that began last. A part may get them in several pieces, and has to get one, if only an empty one.
    ///
    /// # Errors
    ///
    /// `UnexpectedEvent` where no part has begun.
    pub fn data(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), FormError> {
        match self.state {
            State::Head | State::Empty if bytes.is_empty() => self.state = State::Empty,
            State::Head | State::Empty => {
                out.extend_from_slice(b"\r\n");
                self.state = State::Data;
            }
            State::Data => {}
            _ => return Err(unexpected()),
        }
        out.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends all bytes of a part.
    pub(super) fn part(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), FormError> {
        self.data(bytes, out)?;
        self.state = State::Part;
        Ok(())
    }

    /// Appends the last delimiter.
    ///
    /// # Errors
    ///
    /// `UnexpectedEvent` if the last part has not got its data, or after another `finish`.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), FormError> {
        if matches!(self.state, State::Head | State::End) {
            return Err(unexpected());
        }
        out.extend_from_slice(&self.delimiter);
        out.extend_from_slice(b"--\r\n");
        self.state = State::End;
        Ok(())
    }

    /// Appends what one event of a decoder says: so a body can be copied, parts left out or put in.
    ///
    /// # Errors
    ///
    /// As for the method that writes that event; `UnexpectedEvent` also for a preamble after the first part and an epilogue before the end.
    #[doc(alias = "send_event")]
    pub fn event(
        &mut self,
        event: &MultipartEvent<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormError> {
        match event {
            MultipartEvent::Preamble { bytes, .. } if self.state == State::Preamble => {
                out.extend_from_slice(bytes)
            }
            MultipartEvent::Epilogue(bytes) if self.state == State::End => {
                out.extend_from_slice(bytes)
            }
            MultipartEvent::Preamble { .. } | MultipartEvent::Epilogue(_) => {
                return Err(unexpected());
            }
            MultipartEvent::Field(head) | MultipartEvent::File(head) => {
                let fields: Vec<_> = head.fields().collect();
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
                self.head(head.name(), head.filename(), fields, out)?;
            }
            MultipartEvent::Data { bytes, last } => {
                self.data(bytes, out)?;
                if *last {
                    self.state = State::Part;
                }
            }
            MultipartEvent::End => self.finish(out)?,
        }
        Ok(())
    }

    fn head<'h>(
        &mut self,
        name: &str,
        filename: Option<&str>,
        fields: impl Iterator<Item = (&'h [u8], &'h [u8])>,
        out: &mut Vec<u8>,
    ) -> Result<(), FormError> {
        if matches!(self.state, State::Head | State::End) {
            return Err(unexpected());
        }
        let before = out.len();
        out.extend_from_slice(&self.delimiter);
        out.extend_from_slice(b"\r\nContent-Disposition: form-data; name=\"");
        let mut written = quote(name, out);
        if let Some(filename) = filename {
            out.extend_from_slice(b"; filename=\"");
            written &= quote(filename, out);
        }
        out.extend_from_slice(b"\r\n");
        for (name, value) in fields {
            let split = |bytes: &[u8]| bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
            written &= !name.is_empty() && !name.contains(&b':') && !split(name) && !split(value);
            if !name.eq_ignore_ascii_case(b"content-disposition") {
                for bytes in [name, b": ", value, b"\r\n"] {
                    out.extend_from_slice(bytes);
                }
            }
        }
        if !written {
            out.truncate(before);
            return Err(FormError::new(FormErrorKind::Unencodable, 0));
        }
        self.state = State::Head;
        Ok(())
    }
}

#[cold]
fn unexpected() -> FormError {
    FormError::new(FormErrorKind::UnexpectedEvent, 0)
}

/// Appends the text and a closing quote so that it reads back the same, or says that it cannot.
fn quote(text: &str, out: &mut Vec<u8>) -> bool {
    for byte in text.bytes() {
        match byte {
            b'\r' | b'\n' | 0 => return false,
            b'"' => out.extend_from_slice(b"%22"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
    !text.contains("%22")
}
