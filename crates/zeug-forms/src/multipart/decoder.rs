//! Owns the walk through a multipart body, chunk by chunk. Holds back only what may become a delimiter, and a part head that is not complete; never a value.

mod walk;

use std::ops::Range;

use super::{Dialect, MultipartEvent, PartHead, search::Search};
use crate::{FormError, FormErrorKind, Limits, error::ErrorName};

/// Longest boundary, in bytes ([RFC 2046 section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1)).
const BOUNDARY: usize = 70;

/// Decodes a `multipart/form-data` body from chunks of any size, without reading, writing or storing anything.
///
/// [`push`](Self::push) takes a chunk and gives back its events, [`finish`](Self::finish) says whether the body was whole. The same body gives
/// the same events however it is cut, but for how the bytes of a part or of the text around the parts are divided. Bytes of a part are borrowed
/// from the chunk.
///
/// # Limits
///
/// Time is linear in the body. With a boundary of 21 characters or more that does not repeat itself, which is what clients send, hostile text takes about
/// three times as long as a picture of its size, and false delimiters with padding up to ten times; with another boundary, false delimiters up to sixty
/// times. Memory is at most `Limits::head` bytes, or a delimiter with its padding (70 + 1,024 bytes), whatever is sent.
///
/// # Deviations
///
/// As Werkzeug reads bodies, the [tolerant](Dialect::Tolerant) dialect takes CRLF, LF or CR for a line break and folded header fields, which
/// [RFC 2046](https://www.rfc-editor.org/rfc/rfc2046) does not. Other than in Werkzeug a part without a `name` is refused, and `filename*` counts only
/// where there is no `filename` ([RFC 7578 section 4.2](https://www.rfc-editor.org/rfc/rfc7578#section-4.2) forbids it): two names for one file are how
/// upload filters are passed by.
///
/// # Example
///
/// ```
/// use zeug_forms::{FormErrorKind, Limits, MultipartDecoder, MultipartEvent};
///
/// let body = b"--xyz\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\nGraz\r\n--xyz--\r\n";
/// let mut decoder = MultipartDecoder::new("xyz", Limits::default())?;
/// let (mut name, mut value) = (String::new(), Vec::new());
/// for chunk in body.chunks(10) {
///     let mut events = decoder.push(chunk);
///     while let Some(event) = events.next_event()? {
///         match event {
///             MultipartEvent::Field(head) => name.push_str(head.name()),
///             MultipartEvent::Data { bytes, .. } => value.extend_from_slice(bytes),
///             _ => {}
///         }
///     }
/// }
/// decoder.finish()?;
/// assert_eq!((name.as_str(), value.as_slice()), ("city", &b"Graz"[..]));
///
/// let mut decoder = MultipartDecoder::new("xyz", Limits::default())?;
/// let mut events = decoder.push(b"--xyz\r\n");
/// while events.next_event()?.is_some() {}
/// let error = decoder.finish().unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (FormErrorKind::UnexpectedEnd, 7));
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[derive(Debug)]
pub struct MultipartDecoder {
    search: Search,
    limits: Limits,
    strict: bool,
    state: State,
    /// Bytes of earlier chunks that wait for what follows them.
    held: Vec<u8>,
    /// How many of them have been given out with the last event.
    spent: usize,
    /// The line break before was a CR: an LF now belongs to it.
    after_cr: bool,
    /// Bytes of the body before the rest of the current chunk.
    offset: u64,
    /// Where the current part's head began, and then its bytes.
    begin: u64,
    /// Whether the current chunk still has events.
    unread: bool,
    part: Part,
    parts: usize,
    /// Bytes of all text fields so far, names and values.
    fields: usize,
    /// Bytes of the preamble or of the epilogue so far.
    around: u64,
    failed: Option<FormError>,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    Head,
    /// A part's bytes, before its first: the line break that ended the head may begin a delimiter too.
    Start,
    Data,
    /// The last delimiter has been seen, and not been told of.
    Ending,
    /// Padding and a line break after the last delimiter.
    Closing,
    Epilogue,
}

/// The part that began last.
#[derive(Debug, Default)]
struct Part {
    file: bool,
    bytes: u64,
    /// The beginning of its name, for errors.
    name: ErrorName,
}

impl Part {
    /// How many more bytes it may have, and what is wrong if there are more.
    #[inline]
    fn room(&self, limits: &Limits, fields: usize) -> (FormErrorKind, u64) {
        if self.file {
            return (
                FormErrorKind::FileTooLarge { limit: limits.file },
                limits.file.saturating_sub(self.bytes),
            );
        }
        let (field, all) = (
            (limits.field as u64).saturating_sub(self.bytes),
            limits.fields.saturating_sub(fields) as u64,
        );
        if field <= all {
            (
                FormErrorKind::FieldTooLarge {
                    limit: limits.field,
                },
                field,
            )
        } else {
            (
                FormErrorKind::FieldsTooLarge {
                    limit: limits.fields,
                },
                all,
            )
        }
    }
}

/// Where the bytes of an event lie.
enum Bytes<'c> {
    Chunk(&'c [u8]),
    Held(Range<usize>),
}

/// An event before its bytes are looked up and its limits are checked.
enum Step<'c> {
    Preamble(Bytes<'c>, bool),
    Head(Bytes<'c>),
    Data(Bytes<'c>, bool),
    End,
    Epilogue(&'c [u8]),
    More,
}

impl MultipartDecoder {
    /// A decoder for bodies with this boundary, as the content type names it.
    ///
    /// # Errors
    ///
    /// `MissingBoundary` if it is empty; `InvalidBoundary` if it is longer than 70 bytes, ends with a space, or holds anything but printable ASCII
    /// ([RFC 2046 section 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1) allows fewer characters; clients use more).
    #[doc(alias = "max_form_memory_size")]
    #[doc(alias = "max_parts")]
    pub fn new(boundary: impl AsRef<[u8]>, limits: Limits) -> Result<Self, FormError> {
        let boundary = check_boundary(boundary.as_ref())?;
        Ok(Self {
            search: Search::new([b"--", boundary].concat().into()),
            limits,
            strict: false,
            state: State::Preamble,
            held: Vec::new(),
            spent: 0,
            after_cr: false,
            offset: 0,
            begin: 0,
            unread: false,
            part: Part::default(),
            parts: 0,
            fields: 0,
            around: 0,
            failed: None,
        })
    }

    /// The same decoder, reading this dialect.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.strict = dialect == Dialect::Strict;
        self
    }

    /// The events of the next chunk of the body, which may be empty. They have to be taken until there are no more.
    #[doc(alias = "receive_data")]
    pub fn push<'c>(&mut self, chunk: &'c [u8]) -> Events<'_, 'c> {
        if self.unread && self.failed.is_none() {
            self.failed = Some(FormError::new(FormErrorKind::EventsLeft, self.offset));
        }
        self.unread = true;
        let room =
            usize::try_from(self.limits.body.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let over = chunk.len() > room;
        let chunk = if over { &chunk[..room] } else { chunk };
        Events {
            decoder: self,
            chunk,
            over,
        }
    }

    /// Forgets the held bytes that the last event gave out.
    #[inline]
    fn drop_spent(&mut self) {
        if self.spent > 0 {
            self.held.drain(..self.spent);
            self.spent = 0;
        }
    }

    /// How many bytes of the body have been decoded.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Says that the body has ended, and whether it was whole.
    ///
    /// # Errors
    ///
    /// `UnexpectedEnd` before the last delimiter; the same error again after one.
    pub fn finish(&self) -> Result<(), FormError> {
        match (&self.failed, self.state) {
            (Some(error), _) => Err(error.again()),
            (None, State::Closing | State::Epilogue) => Ok(()),
            (None, _) => Err(FormError::new(FormErrorKind::UnexpectedEnd, self.offset)),
        }
    }
}

/// The boundary, if it is one.
pub(super) fn check_boundary(boundary: &[u8]) -> Result<&[u8], FormError> {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    match boundary {
        [] => Err(FormError::new(FormErrorKind::MissingBoundary, 0)),
        [.., b' '] => Err(FormError::new(FormErrorKind::InvalidBoundary, 0)),
        _ if boundary.len() > BOUNDARY || !boundary.iter().all(plain) => {
            Err(FormError::new(FormErrorKind::InvalidBoundary, 0))
        }
        _ => Ok(boundary),
    }
}

/// The events of one chunk; see [`MultipartDecoder::push`].
#[derive(Debug)]
pub struct Events<'d, 'c> {
    decoder: &'d mut MultipartDecoder,
    chunk: &'c [u8],
    /// The chunk went on, past the body's limit.
    over: bool,
}

impl<'c> Events<'_, 'c> {
    /// The next event, or `None` when the chunk has no more.
    ///
    /// # Errors
    ///
    /// `MalformedHead`, `MissingContentDisposition`, `MissingName`, `DelimiterTooLong` for a broken body; a kind that names the limit for one that is
    /// too large; `EventsLeft` if the chunk before was not read to its end; (strict) `TextOutsideParts`. After an error comes only the same error.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<MultipartEvent<'_>>, FormError> {
        let d = &mut *self.decoder;
        // most chunks hold a piece of one file, and so one event
        if self.chunk.is_empty() && !self.over && d.state == State::Data && d.failed.is_none() {
            d.drop_spent();
            d.unread = false;
            return Ok(None);
        }
        self.find_event()
    }

    fn find_event(&mut self) -> Result<Option<MultipartEvent<'_>>, FormError> {
        if let Some(error) = &self.decoder.failed {
            return Err(error.again());
        }
        match self.step() {
            Ok(step) => self.event(step),
            Err(error) => {
                self.decoder.failed = Some(error.again());
                Err(error)
            }
        }
    }

    /// Looks up the bytes of a step and holds it against the limits.
    fn event(&mut self, step: Step<'c>) -> Result<Option<MultipartEvent<'_>>, FormError> {
        let d = &mut *self.decoder;
        let checked = match step {
            Step::Preamble(bytes, last) => {
                let bytes = bytes.get(&d.held);
                d.around += bytes.len() as u64;
                if d.strict && !bytes.is_empty() {
                    Err(FormError::new(FormErrorKind::TextOutsideParts, 0))
                } else if d.around > d.limits.preamble {
                    Err(FormError::new(
                        FormErrorKind::PreambleTooLarge {
                            limit: d.limits.preamble,
                        },
                        d.limits.preamble,
                    ))
                } else {
                    Ok(Some(MultipartEvent::Preamble { bytes, last }))
                }
            }
            Step::Head(bytes) => {
                let bytes = bytes.get(&d.held);
                let begin = d.begin;
                PartHead::read(bytes, d.strict, d.limits.head_fields, begin).and_then(|head| {
                    d.parts += 1;
                    d.part.file = head.filename().is_some();
                    d.part.bytes = 0;
                    d.part.name = ErrorName::new(head.name());
                    if d.parts > d.limits.parts {
                        let error = FormError::new(
                            FormErrorKind::TooManyParts {
                                limit: d.limits.parts,
                            },
                            begin,
                        );
                        return Err(error.in_field(d.part.name));
                    }
                    if d.part.file {
                        return Ok(Some(MultipartEvent::File(head)));
                    }
                    d.fields = d.fields.saturating_add(head.name().len());
                    if d.fields > d.limits.fields {
                        let error = FormError::new(
                            FormErrorKind::FieldsTooLarge {
                                limit: d.limits.fields,
                            },
                            begin,
                        );
                        return Err(error.in_field(d.part.name));
                    }
                    Ok(Some(MultipartEvent::Field(head)))
                })
            }
            Step::Data(bytes, last) => {
                let bytes = bytes.get(&d.held);
                match d.part.room(&d.limits, d.fields) {
                    (kind, room) if bytes.len() as u64 > room => {
                        Err(FormError::new(kind, d.begin + d.part.bytes + room)
                            .in_field(d.part.name))
                    }
                    _ => {
                        d.part.bytes += bytes.len() as u64;
                        if !d.part.file {
                            d.fields += bytes.len();
                        }
                        Ok(Some(MultipartEvent::Data { bytes, last }))
                    }
                }
            }
            Step::End => {
                d.around = 0;
                Ok(Some(MultipartEvent::End))
            }
            Step::Epilogue(bytes) => {
                d.around += bytes.len() as u64;
                let begin = d.offset - d.around;
                if d.strict {
                    Err(FormError::new(FormErrorKind::TextOutsideParts, begin))
                } else if d.around > d.limits.epilogue {
                    Err(FormError::new(
                        FormErrorKind::EpilogueTooLarge {
                            limit: d.limits.epilogue,
                        },
                        begin + d.limits.epilogue,
                    ))
                } else {
                    Ok(Some(MultipartEvent::Epilogue(bytes)))
                }
            }
            Step::More if self.over => Err(FormError::new(
                FormErrorKind::BodyTooLarge {
                    limit: d.limits.body,
                },
                d.offset,
            )),
            Step::More => {
                d.unread = false;
                Ok(None)
            }
        };
        if let Err(error) = &checked {
            d.failed = Some(error.again());
        }
        checked
    }
}

impl<'c> Bytes<'c> {
    #[inline]
    fn get<'a>(self, held: &'a [u8]) -> &'a [u8]
    where
        'c: 'a,
    {
        match self {
            Self::Chunk(bytes) => bytes,
            Self::Held(range) => &held[range],
        }
    }
}
