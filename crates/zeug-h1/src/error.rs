//! The crate's one error: what was wrong, where, and which status fits. It never carries bytes of the message.

use std::fmt;

/// What was wrong with a message, where it was, and the status code that fits.
///
/// The connection that sent the message cannot be read any further: whoever refused it and whoever sent it no longer
/// agree where the next message begins. Answer with [`status_hint`](Self::status_hint) and close.
///
/// # Example
///
/// ```
/// use zeug_h1::{H1ErrorKind, HeadDecoder, Limits};
///
/// let head = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n";
/// let error = HeadDecoder::new(Limits::default()).decode(head).unwrap_err();
/// assert_eq!(error.kind(), H1ErrorKind::InvalidContentLength);
/// assert_eq!(error.offset(), 41);
/// assert_eq!(error.status_hint(), 400);
/// assert_eq!(error.to_string(), "malformed content-length at byte 41");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct H1Error {
    kind: H1ErrorKind,
    offset: u64,
}

/// The kinds of [`H1Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum H1ErrorKind {
    /// The first line lacks a part, or has more than one space between its parts.
    MalformedStartLine,
    /// The method is not a token.
    InvalidMethod,
    /// The method is longer than any method that exists.
    MethodTooLong {
        /// The most bytes that were allowed.
        limit: usize,
    },
    /// The request target has a byte that a target cannot have, or a form that its method cannot have.
    InvalidTarget,
    /// The first line is longer than allowed.
    StartLineTooLong {
        /// The most bytes that were allowed, line end included.
        limit: usize,
    },
    /// What stands in the version's place is not `HTTP/` digit `.` digit.
    InvalidVersion,
    /// The version is well formed and its major number is not 1.
    UnsupportedVersion,
    /// The status code is not three digits from 100 to 999.
    InvalidStatus,
    /// A line ends in LF without CR.
    BareLf,
    /// A CR is not followed by LF.
    BareCr,
    /// A field value is continued on a line that begins with a space or a tab.
    ObsFold,
    /// There is a space or a tab between a field name and its colon.
    SpaceBeforeColon,
    /// A field name is empty, has a byte that is not a token byte, or has no colon after it.
    InvalidFieldName,
    /// A field value has a control byte.
    InvalidFieldValue,
    /// There are more field lines than allowed.
    TooManyFields {
        /// The most field lines that were allowed.
        limit: usize,
    },
    /// The head is larger than allowed.
    HeadTooLarge {
        /// The most bytes that were allowed, blank line included.
        limit: usize,
    },
    /// An HTTP/1.1 request has no `Host`.
    MissingHost,
    /// A request has `Host` more than once.
    RepeatedHost,
    /// The `Host` is not a host with perhaps a port.
    InvalidHost,
    /// The `Content-Length` is not a plain decimal number below 2^63.
    InvalidContentLength,
    /// There is more than one `Content-Length`.
    RepeatedContentLength,
    /// There are both `Content-Length` and `Transfer-Encoding`.
    ConflictingLength,
    /// An HTTP/1.0 message has `Transfer-Encoding`.
    TransferEncodingInHttp10,
    /// The `Transfer-Encoding` is not a list of codings in which `chunked` stands once and last.
    InvalidTransferEncoding,
    /// The `Transfer-Encoding` names a coding other than `chunked`.
    UnknownTransferCoding,
    /// A chunk does not begin with one to sixteen hexadecimal digits.
    InvalidChunkSize,
    /// A chunk is 2^63 bytes or more, or the chunks together are.
    ChunkSizeOverflow,
    /// A chunk extension is not `;name` or `;name=value`.
    InvalidChunkExtension,
    /// The chunk extensions of one body are longer than allowed.
    ChunkExtensionsTooLong {
        /// The most bytes that were allowed for the whole body.
        limit: usize,
    },
    /// The data of a chunk is not followed by CRLF.
    MissingChunkEnd,
    /// A trailer field may not stand in a trailer: it is about framing, routing, credentials or how to read the body.
    ForbiddenTrailer,
    /// The trailer section is larger than allowed.
    TrailersTooLarge {
        /// The most bytes that were allowed, blank line included.
        limit: usize,
    },
    /// The input ended inside the message.
    Truncated,
    /// A response field to be written has a name or a value that cannot stand on the wire.
    UnwritableField,
    /// A response's own `Content-Length`, `Transfer-Encoding` or status contradicts its body.
    ContradictoryResponse,
    /// More or fewer body bytes were written than the head announced.
    BodyLengthMismatch,
}

impl H1Error {
    pub(crate) const fn new(kind: H1ErrorKind, offset: usize) -> Self {
        Self {
            kind,
            offset: offset as u64,
        }
    }

    pub(crate) const fn in_body(kind: H1ErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> H1ErrorKind {
        self.kind
    }

    /// Where the message went wrong: the byte offset from the first byte of the head or, for the errors of a
    /// [`BodyDecoder`](crate::BodyDecoder), from the first byte of the body on the wire.
    ///
    /// For a limit it is the first byte that was too many; for what is missing, the place where it was missed; for what was to be written, 0.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The status code that a server answers with: 400, 414, 431, 501 or 505 for what a client sent, 500 for what
    /// could not be written.
    ///
    /// A gateway that reads a response answers 502 instead whatever the kind is.
    #[must_use]
    pub const fn status_hint(&self) -> u16 {
        match self.kind {
            H1ErrorKind::StartLineTooLong { .. } => 414,
            H1ErrorKind::TooManyFields { .. }
            | H1ErrorKind::HeadTooLarge { .. }
            | H1ErrorKind::TrailersTooLarge { .. } => 431,
            H1ErrorKind::MethodTooLong { .. } | H1ErrorKind::UnknownTransferCoding => 501,
            H1ErrorKind::UnsupportedVersion => 505,
            H1ErrorKind::UnwritableField
            | H1ErrorKind::ContradictoryResponse
            | H1ErrorKind::BodyLengthMismatch => 500,
            _ => 400,
        }
    }
}

impl fmt::Display for H1Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

impl std::error::Error for H1Error {}

impl fmt::Display for H1ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::MalformedStartLine => "malformed first line",
            Self::InvalidMethod => "method that is not a token",
            Self::MethodTooLong { limit } => return write!(f, "method of more than {limit} bytes"),
            Self::InvalidTarget => "malformed request target",
            Self::StartLineTooLong { limit } => {
                return write!(f, "first line of more than {limit} bytes");
            }
            Self::InvalidVersion => "malformed version",
            Self::UnsupportedVersion => "unsupported version",
            Self::InvalidStatus => "malformed status code",
            Self::BareLf => "line feed without carriage return",
            Self::BareCr => "carriage return without line feed",
            Self::ObsFold => "folded field line",
            Self::SpaceBeforeColon => "space between field name and colon",
            Self::InvalidFieldName => "malformed field name",
            Self::InvalidFieldValue => "control byte in a field value",
            Self::TooManyFields { limit } => return write!(f, "more than {limit} field lines"),
            Self::HeadTooLarge { limit } => return write!(f, "head of more than {limit} bytes"),
            Self::MissingHost => "missing host",
            Self::RepeatedHost => "repeated host",
            Self::InvalidHost => "malformed host",
            Self::InvalidContentLength => "malformed content-length",
            Self::RepeatedContentLength => "repeated content-length",
            Self::ConflictingLength => "content-length beside transfer-encoding",
            Self::TransferEncodingInHttp10 => "transfer-encoding in an HTTP/1.0 message",
            Self::InvalidTransferEncoding => "malformed transfer-encoding",
            Self::UnknownTransferCoding => "unknown transfer coding",
            Self::InvalidChunkSize => "malformed chunk size",
            Self::ChunkSizeOverflow => "chunk size overflow",
            Self::InvalidChunkExtension => "malformed chunk extension",
            Self::ChunkExtensionsTooLong { limit } => {
                return write!(f, "chunk extensions of more than {limit} bytes");
            }
            Self::MissingChunkEnd => "missing line end after chunk data",
            Self::ForbiddenTrailer => "field that may not be a trailer",
            Self::TrailersTooLarge { limit } => {
                return write!(f, "trailer section of more than {limit} bytes");
            }
            Self::Truncated => "end of input inside the message",
            Self::UnwritableField => "response field that cannot be written",
            Self::ContradictoryResponse => "response head that contradicts its body",
            Self::BodyLengthMismatch => "response body of another length than announced",
        };
        f.write_str(what)
    }
}
