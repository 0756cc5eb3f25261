//! Owns the way from a reader to a form: which decoder, how much is read, where files go. Refuses a body that announces too much before reading it.

use std::{
    fmt,
    io::{self, Read, Write},
};

use zeug_http::ContentType;

use crate::{
    Dialect, FileStorage, Form, FormError, FormErrorKind, FormKind, Limits, MultipartDecoder,
    MultipartEvent, PartHead, Spool, SpooledFile, UrlencodedDecoder, charset::Charset,
};

/// Most bytes read at a time.
const BUFFER: usize = 64 << 10;

/// Bytes read first where the length is not known: most forms are smaller.
const FIRST: usize = 4 << 10;

/// Reads one form body, of either kind, from a blocking reader.
///
/// The content type decides: `multipart/form-data` gives fields and files, `application/x-www-form-urlencoded` gives fields, and any other leaves the
/// reader untouched and gives an empty form. Text is decoded as UTF-8, in a part also as ASCII or ISO-8859-1 if its content type says so; what does not
/// decode becomes U+FFFD (in an urlencoded body it stays percent-encoded).
///
/// With a content length no more than that is read; without one the body ends where the reader does, so it has to be one that ends
/// with the body (a decoded chunked body does).
///
/// # Limits
///
/// Those of [`Limits`]; memory is at most `Limits::fields`, [`Spool::total_memory`] and one buffer of 64 KiB.
///
/// # Deviations
///
/// Werkzeug ignores a broken body unless told otherwise; here it is an error unless [`ignore_malformed`](Self::ignore_malformed) is asked for. An
/// urlencoded body obeys `Limits::fields` and `Limits::pairs`, with or without a content length. A body of unknown length that is larger than `Limits::body`
/// is refused for both kinds, and one exactly as large passes.
///
/// # Example
///
/// ```
/// use zeug_forms::{FormErrorKind, FormParser, Limits};
///
/// let body = b"name=Ada&lang=en&lang=fr";
/// let parser = FormParser::new("application/x-www-form-urlencoded").content_length(body.len() as u64);
/// let form = parser.parse(&body[..])?;
/// assert_eq!(form.fields.get("name"), Some("Ada"));
/// assert_eq!(form.fields.get_all("lang").count(), 2);
///
/// let small = Limits::default().body(10);
/// let error = FormParser::new("application/x-www-form-urlencoded").limits(small).parse(&body[..]).unwrap_err();
/// assert_eq!((error.kind(), error.status_hint()), (FormErrorKind::BodyTooLarge { limit: 10 }, 413));
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[doc(alias = "FormDataParser")]
#[doc(alias = "MultiPartParser")]
#[doc(alias = "parse_form_data")]
pub struct FormParser<'a> {
    content_type: &'a str,
    content_length: Option<u64>,
    limits: Limits,
    dialect: Dialect,
    spool: Spool,
    ignore_malformed: bool,
    progress: Option<Box<Progress<'a>>>,
}

/// Called with the bytes decoded so far, and the content length.
type Progress<'a> = dyn FnMut(u64, Option<u64>) + 'a;

/// What is known of a file before its first byte, for who decides where it goes.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewFile<'a> {
    /// The part's head: the field's name, the file name, the header fields.
    pub head: PartHead<'a>,
    /// The length the whole body announces, in bytes.
    pub total: Option<u64>,
}

impl<'a> FormParser<'a> {
    /// A parser for a body of this content type, with the default limits and spool; an empty one if there is none.
    #[must_use]
    pub fn new(content_type: &'a str) -> Self {
        Self {
            content_type,
            content_length: None,
            limits: Limits::default(),
            dialect: Dialect::default(),
            spool: Spool::default(),
            ignore_malformed: false,
            progress: None,
        }
    }

    /// The same parser for a body of that many bytes: more is refused before reading, no more is read, and less is `Disconnected`.
    #[must_use]
    pub fn content_length(mut self, bytes: u64) -> Self {
        self.content_length = Some(bytes);
        self
    }

    /// The same parser with these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same parser, reading this dialect of multipart.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The same parser with its files kept like this.
    #[must_use]
    #[doc(alias = "default_stream_factory")]
    pub fn spool(mut self, spool: Spool) -> Self {
        self.spool = spool;
        self
    }

    /// The same parser, giving an empty form for a broken body instead of an error. Limits and a lost connection stay errors.
    #[must_use]
    #[doc(alias = "silent")]
    pub fn ignore_malformed(mut self) -> Self {
        self.ignore_malformed = true;
        self
    }

    /// The same parser, calling `progress` after each chunk with the bytes decoded so far and the content length.
    #[must_use]
    pub fn progress(mut self, progress: impl FnMut(u64, Option<u64>) + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// The form that the reader holds, with its files spooled.
    ///
    /// # Errors
    ///
    /// Every kind of the decoders; `Disconnected` if the reader ends before the content length; `Read` and `Store`, with a source, if reading or spooling
    /// fails. Temporary files are gone then.
    pub fn parse(self, reader: impl Read) -> Result<Form, FormError> {
        let (spool, used) = (self.spool.clone(), 0);
        self.run(reader, Spooler { spool, used })
    }

    /// The form that the reader holds, with each file written to what `open` gives for it. The writers come back in the form, flushed, as `open` made
    /// them and at the position where writing left them.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse); an error of `open` or of a writer is the source of `Store`.
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_forms::FormParser;
    ///
    /// let body = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nsome text\r\n--b--\r\n";
    /// let content_type = "multipart/form-data; boundary=b";
    /// let form = FormParser::new(content_type).parse_into(&body[..], |_| Ok(Vec::new()))?;
    /// assert_eq!(form.files.get("f").map(|file| file.stream().as_slice()), Some(&b"some text"[..]));
    ///
    /// let refused = FormParser::new(content_type).parse_into(&body[..], |file| match file.head.filename() {
    ///     Some(name) if name.ends_with(".txt") => Ok(Vec::new()),
    ///     _ => Err(std::io::ErrorKind::InvalidInput.into()),
    /// });
    /// assert!(refused.is_err());
    /// # Ok::<(), zeug_forms::FormError>(())
    /// ```
    #[doc(alias = "stream_factory")]
    pub fn parse_into<S: Write>(
        self,
        reader: impl Read,
        open: impl FnMut(&NewFile<'_>) -> io::Result<S>,
    ) -> Result<Form<S>, FormError> {
        self.run(reader, open)
    }

    fn run<T: Target>(
        mut self,
        reader: impl Read,
        target: T,
    ) -> Result<Form<T::Stream>, FormError> {
        let limit = self.limits.body;
        if self.content_length.is_some_and(|length| length > limit) {
            return Err(FormError::new(FormErrorKind::BodyTooLarge { limit }, 0));
        }
        let form = match FormKind::of(self.content_type) {
            None => Ok(Form::default()),
            Some(FormKind::Urlencoded) => self.urlencoded(reader),
            Some(FormKind::Multipart) => self.multipart(reader, target),
        };
        match form {
            Err(error) if self.ignore_malformed && error.is_malformed() => Ok(Form::default()),
            form => form,
        }
    }

    fn urlencoded<S>(&mut self, reader: impl Read) -> Result<Form<S>, FormError> {
        let mut decoder = UrlencodedDecoder::new(self.limits.clone());
        self.read(reader, |chunk| decoder.push(chunk))?;
        Ok(Form {
            fields: decoder.finish()?,
            ..Form::default()
        })
    }

    fn multipart<T: Target>(
        &mut self,
        reader: impl Read,
        mut target: T,
    ) -> Result<Form<T::Stream>, FormError> {
        let content_type = ContentType::parse(self.content_type);
        let boundary = content_type.boundary().unwrap_or_default();
        let mut decoder =
            MultipartDecoder::new(boundary, self.limits.clone())?.dialect(self.dialect);
        let total = self.content_length;
        let mut form = Form::default();
        let mut part = None;
        self.read(reader, |chunk| {
            let offset = decoder.offset();
            let mut events = decoder.push(chunk);
            while let Some(event) = events.next_event()? {
                let stored = match event {
                    MultipartEvent::Field(head) => {
                        part = Some(Part::Field {
                            name: head.name().to_owned(),
                            charset: head.charset(),
                            value: Vec::new(),
                        });
                        Ok(())
                    }
                    MultipartEvent::File(head) => {
                        let (name, filename) = (
                            head.name().to_owned(),
                            head.filename().unwrap_or_default().to_owned(),
                        );
                        let headers = head.headers();
                        target.open(&NewFile { head, total }).map(|stream| {
                            part = Some(Part::File(
                                FileStorage::new(name, filename, stream).with_headers(headers),
                            ));
                        })
                    }
                    MultipartEvent::Data { bytes, last } => match &mut part {
                        Some(Part::Field {
                            name,
                            charset,
                            value,
                        }) => {
                            if last {
                                let text = if value.is_empty() {
                                    charset.decode(bytes)
                                } else {
                                    value.extend_from_slice(bytes);
                                    charset.decode(value)
                                };
                                form.fields.append(name, text.as_ref());
                            } else {
                                value.extend_from_slice(bytes);
                            }
                            Ok(())
                        }
                        Some(Part::File(file)) => {
                            let written = file.stream_mut().write_all(bytes);
                            match part.take_if(|_| last && written.is_ok()) {
                                Some(Part::File(mut file)) => {
                                    target.close(file.stream_mut()).map(|()| {
                                        let name = file.name().to_owned();
                                        form.files.append(&name, file);
                                    })
                                }
                                _ => written,
                            }
                        }
                        None => Ok(()),
                    },
                    MultipartEvent::Preamble { .. }
                    | MultipartEvent::End
                    | MultipartEvent::Epilogue(_) => Ok(()),
                };
                stored.map_err(|source| FormError::io(FormErrorKind::Store, offset, source))?;
            }
            Ok(())
        })?;
        decoder.finish()?;
        Ok(form)
    }

    /// Reads the body to its end, chunk by chunk.
    fn read(
        &mut self,
        mut reader: impl Read,
        mut take: impl FnMut(&[u8]) -> Result<(), FormError>,
    ) -> Result<(), FormError> {
        let size = self.content_length.map_or(FIRST, |length| {
            usize::try_from(length).unwrap_or(BUFFER).clamp(1, BUFFER)
        });
        let mut buffer = vec![0; size];
        let mut done = 0;
        loop {
            let rest = self.content_length.map_or(u64::MAX, |length| length - done);
            if rest == 0 {
                return Ok(());
            }
            let room = usize::try_from(rest).unwrap_or(BUFFER).min(buffer.len());
            let length = match reader.read(&mut buffer[..room]) {
                Ok(0) if self.content_length.is_some() => {
                    return Err(FormError::new(FormErrorKind::Disconnected, done));
                }
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(FormError::io(FormErrorKind::Read, done, error)),
            };
            take(&buffer[..length])?;
            done += length as u64;
            if length == buffer.len() && self.content_length.is_none() {
                // there is more than was thought
                buffer.resize(BUFFER, 0);
            }
            if let Some(progress) = &mut self.progress {
                progress(done, self.content_length);
            }
        }
    }
}

impl fmt::Debug for FormParser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormParser")
            .field("content_type", &self.content_type)
            .field("content_length", &self.content_length)
            .field("limits", &self.limits)
            .field("dialect", &self.dialect)
            .field("spool", &self.spool)
            .field("ignore_malformed", &self.ignore_malformed)
            .finish_non_exhaustive()
    }
}

/// The part that is being read.
enum Part<S> {
    Field {
        name: String,
        charset: Charset,
        value: Vec<u8>,
    },
    File(FileStorage<S>),
}

/// Where files go.
trait Target {
    type Stream: Write;
    fn open(&mut self, file: &NewFile<'_>) -> io::Result<Self::Stream>;
    fn close(&mut self, stream: &mut Self::Stream) -> io::Result<()>;
}

impl<S: Write, F: FnMut(&NewFile<'_>) -> io::Result<S>> Target for F {
    type Stream = S;

    fn open(&mut self, file: &NewFile<'_>) -> io::Result<S> {
        self(file)
    }

    fn close(&mut self, stream: &mut S) -> io::Result<()> {
        stream.flush()
    }
}

/// The files of one form, which share a ceiling of memory.
struct Spooler {
    spool: Spool,
    used: usize,
}

impl Target for Spooler {
    type Stream = SpooledFile;

    fn open(&mut self, _: &NewFile<'_>) -> io::Result<SpooledFile> {
        let room = self.spool.total_memory.saturating_sub(self.used);
        let memory = self.spool.memory.min(room);
        Ok(self.spool.clone().memory(memory).file())
    }

    fn close(&mut self, stream: &mut SpooledFile) -> io::Result<()> {
        if stream.is_in_memory() {
            self.used = self
                .used
                .saturating_add(usize::try_from(stream.len()?).unwrap_or(usize::MAX));
        }
        io::Seek::rewind(stream)
    }
}
