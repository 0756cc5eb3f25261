//! The head of a response, read: for clients and gateways. As strict as for requests, but that a response in a coding which is not undone
//! here still has an end, and says that it is coded.
//!
//! ```text
//!   bytes --> Version --SP--> Status --SP--> Reason --CRLF--> field lines --blank line--> ResponseHead
//!                               |                ^
//!                               +------CR--------+
//! ```

use http::{Method, StatusCode, Version};
use zeug_datastructures::Headers;

use crate::error::{H1Error, H1ErrorKind};
use crate::fields::FieldScanner;
use crate::framing::{BodyLength, Framing};
use crate::limits::Limits;
use crate::request::{headers_of, take_field};
use crate::response::Persistence;
use crate::start_line::{MOST_EMPTY_LINES, version};
use crate::syntax::is_value;

/// Decodes the heads of the responses on one connection; see [`HeadDecoder`](crate::HeadDecoder) for how it is fed.
///
/// # Limits
///
/// [`Limits::start_line`], [`Limits::head`] and [`Limits::fields`].
///
/// # Deviations
///
/// At most four empty lines before the head are skipped, as some servers send them after a body. The space after the status code may be missing when there are no words after it. Both `Transfer-Encoding` and `Content-Length`,
/// and anything that is not a list of codings with `chunked` at most once, are refused.
///
/// # Example
///
/// ```
/// use http::Method;
/// use zeug_h1::{BodyLength, H1ErrorKind, Limits, ResponseHeadDecoder};
///
/// let mut decoder = ResponseHeadDecoder::new(Limits::default());
/// let wire = b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";
/// // 24 bytes of status line, 19 of Content-Length, 2 of blank line
/// assert!(decoder.decode(&wire[..30], &Method::GET)?.is_none());
/// let (head, consumed) = decoder.decode(wire, &Method::GET)?.expect("the head is whole");
/// assert_eq!(consumed, 45);
/// assert_eq!((head.status().as_u16(), head.reason()), (404, &b"Not Found"[..]));
/// assert_eq!(head.body(), BodyLength::Fixed(3));
///
/// let error = decoder.decode(b"HTTP/1.1  200 OK\r\n", &Method::GET).unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (H1ErrorKind::InvalidStatus, 9));
/// # Ok::<(), zeug_h1::H1Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResponseHeadDecoder {
    limits: Limits,
    start: usize,
    position: usize,
    fields: Option<Box<FieldsProgress>>,
}

#[derive(Clone, Debug)]
struct FieldsProgress {
    line: StatusLine,
    framing: Framing,
    scanner: FieldScanner,
}

#[derive(Clone, Debug)]
struct StatusLine {
    version: Version,
    status: StatusCode,
    reason: Box<[u8]>,
    end: usize,
}

/// The index of the status code: `HTTP/1.1` and a space come before it.
const STATUS: usize = 9;
/// The index of what follows the status code.
const AFTER_STATUS: usize = STATUS + 3;

impl ResponseHeadDecoder {
    /// A decoder with these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            start: 0,
            position: 0,
            fields: None,
        }
    }

    /// The next head and how many bytes of `input` it took, or `None` when more bytes are needed.
    ///
    /// `input` begins with the head's first byte in every call and only grows between calls; `request` is the method that is answered, since
    /// an answer to `HEAD` or `CONNECT` is framed differently.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the head, at the first byte that shows it, however the bytes were cut.
    pub fn decode(
        &mut self,
        input: &[u8],
        request: &Method,
    ) -> Result<Option<(ResponseHead, usize)>, H1Error> {
        let window = input.get(..self.limits.head).unwrap_or(input);
        if self.fields.is_none() {
            let Some(line) = self.scan_line(window)? else {
                return self.incomplete(input);
            };
            let (framing, scanner) = (Framing::response(line.version), FieldScanner::at(line.end));
            self.fields = Some(Box::new(FieldsProgress {
                line,
                framing,
                scanner,
            }));
        }
        let Some(progress) = &mut self.fields else {
            return Ok(None);
        };
        let FieldsProgress {
            framing, scanner, ..
        } = &mut **progress;
        let Some(end) = scanner.scan(window, self.limits.fields, |span| {
            take_field(framing, window, span)
        })?
        else {
            return self.incomplete(input);
        };
        let Some(progress) = self.fields.take() else {
            return Ok(None);
        };
        self.start = 0;
        self.position = 0;
        let FieldsProgress {
            line,
            framing,
            scanner,
        } = *progress;
        let spans = scanner
            .into_spans()
            .into_iter()
            .map(|span| (span.name, span.value));
        let headers = headers_of(window, line.end..end, spans)?;
        Ok(Some((
            ResponseHead::assemble(line, &framing, headers, request),
            end,
        )))
    }

    /// Says whether the input may end here: after a whole head and before the first byte of the next.
    ///
    /// # Errors
    ///
    /// [`Truncated`](H1ErrorKind::Truncated) when `input`, the unread bytes, is the beginning of a head.
    pub fn finish(&self, input: &[u8]) -> Result<(), H1Error> {
        if input.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return Ok(());
        }
        Err(H1Error::new(H1ErrorKind::Truncated, input.len()))
    }

    fn incomplete<T>(&self, input: &[u8]) -> Result<Option<T>, H1Error> {
        if input.len() >= self.limits.head {
            let kind = H1ErrorKind::HeadTooLarge {
                limit: self.limits.head,
            };
            return Err(H1Error::new(kind, self.limits.head));
        }
        Ok(None)
    }

    fn scan_line(&mut self, input: &[u8]) -> Result<Option<StatusLine>, H1Error> {
        while let Some(&byte) = input.get(self.position) {
            let at = self.position;
            if at == self.start && matches!(byte, b'\r' | b'\n') && at < 2 * MOST_EMPTY_LINES {
                if byte == b'\n' {
                    return Err(H1Error::new(H1ErrorKind::BareLf, at));
                }
                match input.get(at + 1) {
                    None => return Ok(None),
                    Some(b'\n') => self.start += 2,
                    Some(_) => return Err(H1Error::new(H1ErrorKind::BareCr, at)),
                }
                self.position += 2;
                continue;
            }
            if at - self.start >= self.limits.start_line {
                break;
            }
            let line = &input[self.start..];
            let index = at - self.start;
            if index >= AFTER_STATUS && byte == b'\n' && line.get(index - 1) == Some(&b'\r') {
                return status_line(&line[..=index], self.start).map(Some);
            }
            check_byte(line, index, byte)
                .map_err(|(kind, index)| H1Error::new(kind, self.start + index))?;
            self.position += 1;
        }
        let limit = self.limits.start_line;
        if input.len().saturating_sub(self.start) >= limit {
            return Err(H1Error::new(
                H1ErrorKind::StartLineTooLong { limit },
                self.start + limit,
            ));
        }
        Ok(None)
    }
}

/// Checks the byte at this index of a status line whose bytes before it are right.
fn check_byte(line: &[u8], at: usize, byte: u8) -> Result<(), (H1ErrorKind, usize)> {
    let fits = match at {
        0..STATUS => match b"HTTP/0.0 ".get(at) {
            Some(b'0') => byte.is_ascii_digit(),
            wanted => wanted == Some(&byte),
        },
        STATUS => (b'1'..=b'9').contains(&byte),
        _ if at < AFTER_STATUS => byte.is_ascii_digit(),
        AFTER_STATUS => matches!(byte, b' ' | b'\r'),
        _ => is_value(byte) || byte == b'\r',
    };
    if at > AFTER_STATUS && line.get(at - 1) == Some(&b'\r') {
        return Err((H1ErrorKind::BareCr, at - 1));
    }
    if at == 6 && fits && line.get(5) != Some(&b'1') {
        return Err((H1ErrorKind::UnsupportedVersion, 0));
    }
    match byte {
        _ if fits => Ok(()),
        b'\n' => Err((H1ErrorKind::BareLf, at)),
        _ if at < STATUS => Err((H1ErrorKind::InvalidVersion, at)),
        _ if at <= AFTER_STATUS => Err((H1ErrorKind::InvalidStatus, at)),
        _ => Err((H1ErrorKind::MalformedStartLine, at)),
    }
}

/// The parts of a whole status line that begins at `start`.
fn status_line(line: &[u8], start: usize) -> Result<StatusLine, H1Error> {
    let version = version(&line[..STATUS - 1], start)?;
    let status = StatusCode::from_bytes(&line[STATUS..AFTER_STATUS])
        .map_err(|_| H1Error::new(H1ErrorKind::InvalidStatus, start + STATUS))?;
    let reason = line
        .get(AFTER_STATUS + 1..line.len() - 2)
        .unwrap_or_default();
    Ok(StatusLine {
        version,
        status,
        reason: reason.into(),
        end: start + line.len(),
    })
}

/// The head of a response, checked.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    parts: ResponseParts,
}

/// The parts of a [`ResponseHead`] by value; see [`ResponseHead::into_parts`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResponseParts {
    /// The version.
    pub version: Version,
    /// The status code.
    pub status: StatusCode,
    /// The words after the status code.
    pub reason: Box<[u8]>,
    /// The fields, in order and as they were spelled.
    pub headers: Headers,
    /// How the body's end is known.
    pub body: BodyLength,
    /// Whether the body is in a coding other than `chunked`; see [`ResponseHead::is_coded`].
    pub coded: bool,
    /// What becomes of the connection after the body.
    pub persistence: Persistence,
}

impl ResponseHead {
    /// RFC 9112 section 6.3, in its order.
    fn assemble(line: StatusLine, framing: &Framing, headers: Headers, request: &Method) -> Self {
        let StatusLine {
            version,
            status,
            reason,
            ..
        } = line;
        let handed_over = status == StatusCode::SWITCHING_PROTOCOLS
            || (*request == Method::CONNECT && status.is_success());
        let body = match status.as_u16() {
            _ if *request == Method::HEAD || handed_over => BodyLength::None,
            100..=199 | 204 | 304 => BodyLength::None,
            _ => framing.body().unwrap_or(BodyLength::UntilClose),
        };
        let persistence = match body {
            _ if handed_over => Persistence::HandedOver,
            BodyLength::UntilClose => Persistence::Close,
            _ if framing.keeps_alive() => Persistence::KeepAlive,
            _ => Persistence::Close,
        };
        Self {
            parts: ResponseParts {
                version,
                status,
                reason,
                headers,
                body,
                coded: framing.is_coded(),
                persistence,
            },
        }
    }

    /// The version: `HTTP/1.0` or `HTTP/1.1`.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.parts.version
    }

    /// The status code.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.parts.status
    }

    /// The words after the status code: bytes without control bytes, perhaps none.
    #[must_use]
    pub const fn reason(&self) -> &[u8] {
        &self.parts.reason
    }

    /// The fields, in order and as they were spelled.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.parts.headers
    }

    /// How the end of the body is known.
    #[must_use]
    pub const fn body(&self) -> BodyLength {
        self.parts.body
    }

    /// Whether the bytes of the body are in a transfer coding other than `chunked`, which this crate does not undo, so that they are no
    /// representation yet. Nobody may send such a body who was not asked to by `TE`
    /// ([RFC 9112 section 7.4](https://www.rfc-editor.org/rfc/rfc9112#section-7.4)): a gateway that did not ask answers 502. It ends as
    /// [RFC 9112 section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3) says, with the last chunk where `chunked` is the last
    /// coding, and with the connection otherwise.
    #[must_use]
    pub const fn is_coded(&self) -> bool {
        self.parts.coded
    }

    /// What becomes of the connection after the body.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        self.parts.persistence
    }

    /// Whether another response to the same request follows: 1xx but 101.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.parts.status.is_informational() && self.parts.status != StatusCode::SWITCHING_PROTOCOLS
    }

    /// The parts by value; nothing is copied.
    #[must_use]
    pub fn into_parts(self) -> ResponseParts {
        self.parts
    }
}
