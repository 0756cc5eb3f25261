//! The head of a request: from the connection's unread bytes to method, target, fields and framing. It refuses what two
//! readers could understand differently, as early as that is certain.
//!
//! ```text
//!            the head is whole and plain: one pass
//!          +----------------------------------------------------+
//!          |                                                    v
//!   bytes -+-> first line --CRLF--> field lines --blank line--> RequestHead
//!                  |                     |
//!                  +---------> H1Error <-+
//! ```

use std::ops::Range;

use http::{Method, Uri, Version};
use zeug_datastructures::{FieldName, Headers, names};

use crate::error::{H1Error, H1ErrorKind};
use crate::fields::{FieldScanner, Span};
use crate::framing::{BodyLength, Expectation, Framing};
use crate::limits::Limits;
use crate::outline::{HeadOutline, HeadPlaces, read_whole};
use crate::response::{Exchange, Persistence};
use crate::start_line::{RequestLine, RequestLineScanner};
use crate::target::Target;

/// Decodes the heads of the requests of one connection, one after the other.
///
/// The decoder holds no bytes: it is given the connection's unread bytes from the head's first byte on, again and again
/// as they grow, and remembers how far it looked, so that a head that comes byte by byte costs what a whole one costs.
///
/// # Limits
///
/// [`Limits::start_line`], [`Limits::head`] and [`Limits::fields`]; each bites while the head is still incomplete. A
/// method may have 32 bytes. At most four empty lines before the head are skipped
/// ([RFC 9112 section 2.2](https://www.rfc-editor.org/rfc/rfc9112#section-2.2)).
///
/// # Deviations
///
/// Stricter than the RFC where leniency is how requests are smuggled: a line ends in CRLF only, never in LF alone; a
/// repeated `Content-Length` is refused even when all are equal, and one with superfluous zeros is; empty members in
/// `Transfer-Encoding` are refused; `identity` is an unknown coding like any other but `chunked`; the names
/// `Content_Length` and `Transfer_Encoding` are refused; so are a comma and an empty name in `Host`.
///
/// # Example
///
/// ```
/// use zeug_h1::{BodyLength, H1ErrorKind, HeadDecoder, Limits};
///
/// let mut decoder = HeadDecoder::new(Limits::default());
/// let wire = b"POST /a?b HTTP/1.1\r\nHost: example.org\r\nContent-Length: 2\r\n\r\nhi";
///
/// // 20 bytes of first line, 19 of Host, 19 of Content-Length, 2 of blank line: 60, then the body
/// assert!(decoder.decode(&wire[..20])?.is_none());
/// assert!(decoder.decode(&wire[..59])?.is_none());
/// let (head, consumed) = decoder.decode(wire)?.expect("the head is whole");
/// assert_eq!(consumed, 60);
/// assert_eq!(head.target().as_str(), "/a?b");
/// assert_eq!(head.body(), BodyLength::Fixed(2));
/// assert_eq!(head.headers().get("host").unwrap(), "example.org");
/// assert!(head.keeps_alive());
///
/// // the decoder is ready for the next head; this one is refused before it is whole
/// let error = decoder.decode(b"GET / HTTP/1.1\nHost").unwrap_err();
/// assert_eq!(error.kind(), H1ErrorKind::BareLf);
/// assert_eq!(error.offset(), 14);
/// # Ok::<(), zeug_h1::H1Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadDecoder {
    limits: Limits,
    progress: Progress,
}

#[derive(Clone, Debug)]
enum Progress {
    /// Nothing was looked at.
    Fresh,
    FirstLine(RequestLineScanner),
    Fields(Box<FieldsProgress>),
}

#[derive(Clone, Debug)]
struct FieldsProgress {
    line: RequestLine,
    framing: Framing,
    scanner: FieldScanner,
}

impl HeadDecoder {
    /// A decoder with these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            progress: Progress::Fresh,
        }
    }

    /// The next head and how many bytes of `input` it took, or `None` when more bytes are needed.
    ///
    /// `input` begins with the head's first byte (or with the empty lines before it) in every call, and only grows
    /// between calls. Once a head came out, the next call begins behind it.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the head, at the first byte that shows it; the same error with the same offset however
    /// the bytes were cut. No further head can be had from the connection.
    #[inline]
    pub fn decode(&mut self, input: &[u8]) -> Result<Option<(RequestHead, usize)>, H1Error> {
        if input.is_empty() {
            // a head that has not begun is still read in one pass when it comes
            return Ok(None);
        }
        if matches!(self.progress, Progress::Fresh) {
            let mut head = RequestHead::empty();
            let mut places = head.places();
            if let Some(outline) = read_whole(input, &self.limits, &mut places) {
                head.complete(&outline, input);
                return Ok(Some((head, outline.consumed())));
            }
            self.progress = Progress::FirstLine(RequestLineScanner::default());
        }
        let found = self.decode_on(input)?;
        Ok(found.map(|(head, _, end)| (head, end)))
    }

    /// As [`decode`](Self::decode), with what the head holds written to places that the caller has, so that the memory of one head serves the next.
    ///
    /// Until a head came out, what is in the places means nothing.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode).
    ///
    /// # Example
    ///
    /// ```
    /// use zeug_datastructures::Headers;
    /// use zeug_h1::{BodyLength, H1ErrorKind, HeadDecoder, HeadPlaces, Limits};
    ///
    /// let mut decoder = HeadDecoder::new(Limits::default());
    /// let (mut method, mut uri, mut version, mut headers) = Default::default();
    /// let mut decode = |input: &[u8]| {
    ///     let places = HeadPlaces { method: &mut method, uri: &mut uri, version: &mut version, headers: &mut headers };
    ///     decoder.decode_into(input, places)
    /// };
    /// let wire = b"GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n";
    /// let outline = decode(wire)?.expect("the head is whole");
    /// assert_eq!((outline.consumed(), outline.body()), (wire.len(), BodyLength::None));
    /// assert_eq!(&wire[outline.target()], b"/a?b");
    ///
    /// let error = decode(b"GET / HTTP/1.1\r\n\r\n").unwrap_err();
    /// assert_eq!(error.kind(), H1ErrorKind::MissingHost);
    /// assert_eq!((uri.path(), headers.len()), ("/", 0));
    /// # Ok::<(), zeug_h1::H1Error>(())
    /// ```
    #[inline]
    pub fn decode_into(
        &mut self,
        input: &[u8],
        mut places: HeadPlaces<'_>,
    ) -> Result<Option<HeadOutline>, H1Error> {
        if input.is_empty() {
            return Ok(None);
        }
        if matches!(self.progress, Progress::Fresh) {
            let outline = read_whole(input, &self.limits, &mut places);
            if outline.is_some() {
                return Ok(outline);
            }
            self.progress = Progress::FirstLine(RequestLineScanner::default());
        }
        let found = self.decode_on(input)?;
        Ok(found.map(|(head, line_end, end)| HeadOutline::of(head, line_end, end, places)))
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

    /// The way of a head that is cut, unusual or wrong: the head, and where its first line and it end.
    #[cold]
    #[inline(never)]
    fn decode_on(&mut self, input: &[u8]) -> Result<Option<(RequestHead, usize, usize)>, H1Error> {
        let window = input.get(..self.limits.head).unwrap_or(input);
        if let Progress::FirstLine(scanner) = &mut self.progress {
            let Some(line) = scanner.scan(window, &self.limits)? else {
                return self.incomplete(input);
            };
            let framing = Framing::request(line.version);
            let scanner = FieldScanner::at(line.end);
            self.progress = Progress::Fields(Box::new(FieldsProgress {
                line,
                framing,
                scanner,
            }));
        }
        let Progress::Fields(progress) = &mut self.progress else {
            return Ok(None);
        };
        let FieldsProgress {
            framing, scanner, ..
        } = &mut **progress;
        let end = scanner.scan(window, self.limits.fields, |span| {
            take_field(framing, window, span)
        })?;
        let Some(end) = end else {
            return self.incomplete(input);
        };
        let Progress::Fields(progress) = std::mem::replace(&mut self.progress, Progress::Fresh)
        else {
            return Ok(None);
        };
        let FieldsProgress {
            line,
            framing,
            scanner,
        } = *progress;
        let start = line.end;
        let spans = scanner.into_spans();
        let headers = headers_of(
            window,
            start..end,
            spans.into_iter().map(|span| (span.name, span.value)),
        )?;
        RequestHead::assemble(line, framing, headers, end).map(|head| Some((head, start, end)))
    }

    /// The head is not whole: fine, unless it is as long as it may be.
    fn incomplete<T>(&self, input: &[u8]) -> Result<Option<T>, H1Error> {
        if input.len() >= self.limits.head {
            let kind = H1ErrorKind::HeadTooLarge {
                limit: self.limits.head,
            };
            return Err(H1Error::new(kind, self.limits.head));
        }
        Ok(None)
    }
}

/// Takes one field line into the framing.
pub(crate) fn take_field(framing: &mut Framing, input: &[u8], span: &Span) -> Result<(), H1Error> {
    // What is no name is refused when the fields are made of the spans.
    let Ok(name) = FieldName::parse_bytes(&input[span.name.clone()]) else {
        return Ok(());
    };
    framing.field(
        name,
        &input[span.value.clone()],
        span.name.start,
        span.value.start,
    )
}

/// The fields of `block`, whose spans count from the start of `input`.
#[inline(always)]
pub(crate) fn headers_of(
    input: &[u8],
    block: Range<usize>,
    spans: impl ExactSizeIterator<Item = (Range<usize>, Range<usize>)>,
) -> Result<Headers, H1Error> {
    let start = block.start;
    let moved = |span: Range<usize>| span.start - start..span.end - start;
    Headers::from_block(
        &input[block],
        spans.map(|(name, value)| (moved(name), moved(value))),
    )
    .map_err(|error| {
        H1Error::new(
            H1ErrorKind::InvalidFieldName,
            start + error.offset().unwrap_or(0),
        )
    })
}

/// The head of a request, checked: what it asks for, and how the connection goes on.
#[derive(Clone, Debug)]
pub struct RequestHead {
    parts: RequestParts,
    upgrade: bool,
}

/// The parts of a [`RequestHead`] by value; see [`RequestHead::into_parts`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestParts {
    /// The method.
    pub method: Method,
    /// The target.
    pub target: Target,
    /// `HTTP/1.0` or `HTTP/1.1`; higher minor versions are spoken to as 1.1.
    pub version: Version,
    /// The fields, in order and as they were spelled.
    pub headers: Headers,
    /// How the body's end is known.
    pub body: BodyLength,
    /// Whether the client wants the connection to live on.
    pub keeps_alive: bool,
    /// What the client wants to be told before it sends the body.
    pub expectation: Expectation,
}

impl RequestHead {
    fn empty() -> Self {
        Self {
            parts: RequestParts {
                method: Method::GET,
                target: Target::default(),
                version: Version::HTTP_11,
                headers: Headers::new(),
                body: BodyLength::None,
                keeps_alive: true,
                expectation: Expectation::None,
            },
            upgrade: false,
        }
    }

    fn places(&mut self) -> HeadPlaces<'_> {
        HeadPlaces {
            method: &mut self.parts.method,
            uri: self.parts.target.uri_mut(),
            version: &mut self.parts.version,
            headers: &mut self.parts.headers,
        }
    }

    /// Takes in what was read beside the four parts.
    #[inline(always)]
    fn complete(&mut self, outline: &HeadOutline, input: &[u8]) {
        let raw = &input[outline.target()];
        self.parts.target.is_spelled(outline.form, raw);
        self.parts.body = outline.body;
        self.parts.keeps_alive = outline.keeps_alive;
        self.parts.expectation = outline.expectation;
        self.upgrade = outline.upgrade;
    }

    fn assemble(
        line: RequestLine,
        framing: Framing,
        headers: Headers,
        end: usize,
    ) -> Result<Self, H1Error> {
        let RequestLine {
            method,
            target,
            version,
            ..
        } = line;
        if version == Version::HTTP_11 && !framing.has_host() {
            return Err(H1Error::new(H1ErrorKind::MissingHost, end - 2));
        }
        let parts = RequestParts {
            method,
            target,
            version,
            headers,
            body: framing.body().unwrap_or(BodyLength::None),
            keeps_alive: framing.keeps_alive(),
            expectation: framing.expectation(),
        };
        Ok(Self {
            parts,
            upgrade: framing.upgrades(),
        })
    }

    /// The method: any token, in the case it was sent in.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The request target.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.parts.target
    }

    /// The target as a [`Uri`]; see [`Target::uri`].
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        self.parts.target.uri()
    }

    /// The version to speak: `HTTP/1.0` or `HTTP/1.1`.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.parts.version
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

    /// Whether the client wants the connection to live on after the answer
    /// ([RFC 9112 section 9.3](https://www.rfc-editor.org/rfc/rfc9112#section-9.3)): 1.1 unless it says `close`, 1.0 only if it says
    /// `keep-alive`.
    #[must_use]
    pub const fn keeps_alive(&self) -> bool {
        self.parts.keeps_alive
    }

    /// What the client wants to be told before it sends the body.
    #[must_use]
    pub const fn expectation(&self) -> Expectation {
        self.parts.expectation
    }

    /// Whether the client waits for `100 Continue` before it sends a body that it announced.
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.parts.expectation == Expectation::Continue && !self.parts.body.is_empty()
    }

    /// The protocols that the client offers to change to, as in the `Upgrade` field, when `Connection` has the option `upgrade` too
    /// ([RFC 9110 section 7.8](https://www.rfc-editor.org/rfc/rfc9110#section-7.8)); never for HTTP/1.0.
    #[must_use]
    pub fn upgrade(&self) -> Option<&str> {
        if !self.upgrade {
            return None;
        }
        self.parts
            .headers
            .get(names::UPGRADE)
            .and_then(|value| value.to_str().ok())
    }

    /// Whom the request is for: the authority in the target where it has one, else the `Host` field
    /// ([RFC 9112 section 3.2.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)); `None` for an HTTP/1.0 request with neither.
    #[must_use]
    #[doc(alias = "HTTP_HOST")]
    pub fn authority(&self) -> Option<&str> {
        match self.parts.target.uri().authority() {
            Some(authority) => Some(authority.as_str()),
            None => self
                .parts
                .headers
                .get(names::HOST)
                .and_then(|value| value.to_str().ok()),
        }
    }

    /// What the answer has to know of the request; to be kept while the head itself is given away.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        let persistence = if self.parts.keeps_alive {
            Persistence::KeepAlive
        } else {
            Persistence::Close
        };
        Exchange::new(&self.parts.method, self.parts.version).persistence(persistence)
    }

    /// The parts by value; nothing is copied.
    #[must_use]
    pub fn into_parts(self) -> RequestParts {
        self.parts
    }
}
