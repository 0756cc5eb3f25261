//! The head of a response, written, and the decision how its body ends. It refuses fields that cannot stand on the wire and heads
//! that contradict their body; `Content-Length`, `Transfer-Encoding` and `Connection` are its own to write.
//!
//! ```text
//!   status, fields, BodySize --+
//!                              +--> encode --> head in the buffer, ResponseFraming --> BodyEncoder
//!   Exchange (of the request) -+
//! ```

use http::{HeaderMap, Method, StatusCode, Version};
use zeug_datastructures::{FieldName, FieldValue, Headers, names};

use crate::error::{H1Error, H1ErrorKind};
use crate::framing::{BodyLength, decimal};
use crate::syntax::{all_value, trim};

/// What a response has to know of the request that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    method: Asked,
    http_10: bool,
    persistence: Persistence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Head,
    Connect,
    Other,
}

/// What becomes of the connection after a message.
#[expect(
    clippy::exhaustive_enums,
    reason = "a server has to act on each of the three"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Persistence {
    /// The next message may follow.
    KeepAlive,
    /// The connection is to be closed.
    Close,
    /// The connection speaks another protocol from here on: after a 101, or a 2xx to `CONNECT`.
    HandedOver,
}

/// How much body a response has, as far as its maker knows.
#[expect(clippy::exhaustive_enums, reason = "a size is known or it is not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodySize {
    /// This many bytes.
    Known(u64),
    /// It is known when it has all been made.
    Unknown,
}

/// How a response that was begun goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseFraming {
    /// How the body's end is told; what [`BodyEncoder`](crate::BodyEncoder) is made with. `None`: not one byte of body may be written.
    pub body: BodyLength,
    /// What becomes of the connection afterwards.
    pub persistence: Persistence,
}

impl Exchange {
    /// The answer to a request of this method and version, whose connection goes on as the version has it: 1.1 lives
    /// on, 1.0 closes.
    #[must_use]
    pub fn new(method: &Method, version: Version) -> Self {
        let asked = match *method {
            Method::HEAD => Asked::Head,
            Method::CONNECT => Asked::Connect,
            _ => Asked::Other,
        };
        let http_10 = version < Version::HTTP_11;
        let persistence = if http_10 {
            Persistence::Close
        } else {
            Persistence::KeepAlive
        };
        Self {
            method: asked,
            http_10,
            persistence,
        }
    }

    /// The same with another wish for the connection: [`Close`](Persistence::Close) when the server is about to stop.
    #[must_use]
    pub const fn persistence(mut self, persistence: Persistence) -> Self {
        self.persistence = persistence;
        self
    }
}

/// The fields of a response: a [`HeaderMap`], [`Headers`], or pairs of text. Sealed.
pub trait ResponseFields: sealed::Fields {}

impl ResponseFields for HeaderMap {}
impl ResponseFields for Headers {}
impl ResponseFields for [(&str, &str)] {}
impl<const N: usize> ResponseFields for [(&str, &str); N] {}

mod sealed {
    use super::{
        FieldName, FieldValue, H1Error, H1ErrorKind, HeaderMap, Headers, Own, names, write_field,
    };

    pub trait Fields {
        /// Writes the fields that are not the encoder's own to write, in order, and notes those that are.
        fn write(&self, own: &mut Own, out: &mut Vec<u8>) -> Result<(), H1Error>;

        /// Gives the value of each `Connection` field.
        fn connection(&self, give: impl FnMut(&[u8]));
    }

    impl Fields for Headers {
        #[inline(always)]
        fn write(&self, own: &mut Own, out: &mut Vec<u8>) -> Result<(), H1Error> {
            // Most answers have, of the fields that are the encoder's, the length alone, and once: then their lines are written as they stand.
            if let Some(lines) = self.as_lines()
                && !self.contains(names::TRANSFER_ENCODING)
                && !self.contains(names::CONNECTION)
                && !self.contains(names::DATE)
            {
                let mut lengths = self.get_all(names::CONTENT_LENGTH);
                let kept = match lengths.next() {
                    Some(length) => own.takes(names::CONTENT_LENGTH, length.as_bytes())?,
                    None => true,
                };
                if kept && lengths.next().is_none() {
                    out.extend_from_slice(lines);
                    return Ok(());
                }
                own.length = None;
            }
            let mut result = Ok(());
            self.write_some(out, |name, value| match own.takes(name, value.as_bytes()) {
                Ok(passes) => passes,
                Err(error) => {
                    result = Err(error);
                    false
                }
            });
            result
        }

        fn connection(&self, mut give: impl FnMut(&[u8])) {
            self.get_all(names::CONNECTION)
                .for_each(|value| give(value.as_bytes()));
        }
    }

    impl Fields for HeaderMap {
        fn write(&self, own: &mut Own, out: &mut Vec<u8>) -> Result<(), H1Error> {
            for (name, value) in self {
                if own.takes(FieldName::from(name), value.as_bytes())? {
                    write_field(name.as_str().as_bytes(), value.as_bytes(), out);
                }
            }
            Ok(())
        }

        fn connection(&self, mut give: impl FnMut(&[u8])) {
            self.get_all(http::header::CONNECTION)
                .iter()
                .for_each(|value| give(value.as_bytes()));
        }
    }

    impl Fields for [(&str, &str)] {
        fn write(&self, own: &mut Own, out: &mut Vec<u8>) -> Result<(), H1Error> {
            for (name, value) in self {
                let (Ok(name), Ok(value)) = (FieldName::parse(name), FieldValue::parse(value))
                else {
                    return Err(H1Error::new(H1ErrorKind::UnwritableField, 0));
                };
                if own.takes(name, value.as_bytes())? {
                    write_field(name.as_bytes(), value.as_bytes(), out);
                }
            }
            Ok(())
        }

        fn connection(&self, mut give: impl FnMut(&[u8])) {
            self.iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
                .for_each(|(_, value)| give(value.as_bytes()));
        }
    }

    impl<const N: usize> Fields for [(&str, &str); N] {
        fn write(&self, own: &mut Own, out: &mut Vec<u8>) -> Result<(), H1Error> {
            self.as_slice().write(own, out)
        }

        fn connection(&self, give: impl FnMut(&[u8])) {
            self.as_slice().connection(give);
        }
    }
}

/// Encodes the head of one response.
///
/// What stands in the response's own fields is taken as follows. `Content-Length` says the body's size: it has to agree
/// with [`BodySize::Known`], stays for `HEAD` and 304, and goes where no body may be announced (1xx, 204, 2xx to `CONNECT`). `Transfer-Encoding:
/// chunked` asks for chunks where the client reads them; every other coding is refused. `Connection` may say `close`; its
/// other options stay, and `keep-alive` is written for HTTP/1.0 alone. `Date` is written unless it is there.
///
/// # Example
///
/// ```
/// use http::{Method, StatusCode, Version};
/// use zeug_h1::{BodyLength, BodySize, Exchange, H1ErrorKind, Persistence, ResponseEncoder};
///
/// let exchange = Exchange::new(&Method::GET, Version::HTTP_11);
/// let encoder = ResponseEncoder::new(exchange, StatusCode::OK).body(BodySize::Known(2));
/// let mut out = Vec::new();
/// let framing = encoder.encode(&[("Content-Type", "text/plain")], &mut out)?;
/// assert_eq!(out, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n");
/// assert_eq!((framing.body, framing.persistence), (BodyLength::Fixed(2), Persistence::KeepAlive));
///
/// let error = encoder.encode(&[("Content-Length", "3")], &mut out).unwrap_err();
/// assert_eq!(error.kind(), H1ErrorKind::ContradictoryResponse);
/// assert_eq!(error.status_hint(), 500);
/// # Ok::<(), zeug_h1::H1Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResponseEncoder<'a> {
    exchange: Exchange,
    status: StatusCode,
    reason: Option<&'a str>,
    size: BodySize,
    date: Option<FieldValue<'a>>,
}

/// What the response's own fields said, gathered while they are written.
#[derive(Debug, Default)]
pub struct Own {
    length: Option<u64>,
    /// Whether a `Content-Length` of the response's own is written where it stands.
    keeps_length: bool,
    chunked: bool,
    connection: bool,
    close: bool,
    date: bool,
}

impl<'a> ResponseEncoder<'a> {
    /// An encoder for a response of this status without a body.
    #[must_use]
    pub const fn new(exchange: Exchange, status: StatusCode) -> Self {
        Self {
            exchange,
            status,
            reason: None,
            size: BodySize::Known(0),
            date: None,
        }
    }

    /// Sets how much body there is. For `HEAD` it is what `GET` would have; `Unknown` leaves `Content-Length` out then.
    #[must_use]
    pub const fn body(mut self, size: BodySize) -> Self {
        self.size = size;
        self
    }

    /// Sets the value of the `Date` field, to be written unless the response has its own.
    #[must_use]
    pub const fn date(mut self, value: FieldValue<'a>) -> Self {
        self.date = Some(value);
        self
    }

    /// Sets the words after the status code, in place of the registered ones.
    #[must_use]
    pub const fn reason(mut self, words: &'a str) -> Self {
        self.reason = Some(words);
        self
    }

    /// Appends the head to `out` and says how the response goes on.
    ///
    /// # Errors
    ///
    /// [`UnwritableField`](H1ErrorKind::UnwritableField) for a name, a value or words that cannot stand on the wire,
    /// [`ContradictoryResponse`](H1ErrorKind::ContradictoryResponse) for a `Content-Length` or `Transfer-Encoding` that is malformed,
    /// repeated or contradicts the body, and for a 101 to an HTTP/1.0 client. `out` is then as it was.
    pub fn encode(
        &self,
        fields: &(impl ResponseFields + ?Sized),
        out: &mut Vec<u8>,
    ) -> Result<ResponseFraming, H1Error> {
        let start = out.len();
        out.reserve(TYPICAL_HEAD_BYTES);
        let framing = self.try_encode(fields, out);
        if framing.is_err() {
            out.truncate(start);
        }
        framing
    }

    fn try_encode(
        &self,
        fields: &(impl ResponseFields + ?Sized),
        out: &mut Vec<u8>,
    ) -> Result<ResponseFraming, H1Error> {
        self.write_status_line(out)?;
        let mut own = Own {
            keeps_length: self.keeps_length(),
            ..Own::default()
        };
        fields.write(&mut own, out)?;
        if own.connection {
            own.write_connection(fields, out);
        }
        if let (Some(date), false) = (self.date, own.date) {
            write_field(b"Date", date.as_bytes(), out);
        }
        let framing = self.write_framing(&own, out)?;
        out.extend_from_slice(b"\r\n");
        Ok(framing)
    }

    #[inline(always)]
    fn write_status_line(&self, out: &mut Vec<u8>) -> Result<(), H1Error> {
        if self.status == StatusCode::OK && self.reason.is_none() {
            out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
            return Ok(());
        }
        let words = self
            .reason
            .unwrap_or_else(|| self.status.canonical_reason().unwrap_or(""));
        if !all_value(words.as_bytes()) {
            return Err(H1Error::new(H1ErrorKind::UnwritableField, 0));
        }
        out.extend_from_slice(b"HTTP/1.1 ");
        out.extend_from_slice(self.status.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(words.as_bytes());
        out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Writes `Content-Length`, `Transfer-Encoding` and `Connection` as the response needs them.
    #[inline(always)]
    fn write_framing(&self, own: &Own, out: &mut Vec<u8>) -> Result<ResponseFraming, H1Error> {
        let contradiction = Err(H1Error::new(H1ErrorKind::ContradictoryResponse, 0));
        let http_10 = self.exchange.http_10;
        if own.chunked && own.length.is_some() {
            return contradiction;
        }
        let announced = match (own.length, self.size) {
            (Some(own), BodySize::Known(size)) if own != size && self.may_have_body() => {
                return contradiction;
            }
            (Some(length), _) => Some(length),
            (None, BodySize::Known(_)) if own.chunked && !http_10 => None,
            (None, BodySize::Known(size)) => Some(size),
            (None, BodySize::Unknown) => None,
        };
        let body = match (self.status.as_u16(), self.exchange.method) {
            (101, _) if http_10 => return contradiction,
            (101, _) => {
                return Ok(ResponseFraming {
                    body: BodyLength::None,
                    persistence: Persistence::HandedOver,
                });
            }
            // RFC 9110 section 9.3.6
            (200..=299, Asked::Connect) => {
                return Ok(ResponseFraming {
                    body: BodyLength::None,
                    persistence: Persistence::HandedOver,
                });
            }
            // RFC 9110 section 8.6: no length with these
            (100..=199 | 204, _) => BodyLength::None,
            // RFC 9110 section 15.3.6
            (205, _) => {
                write_length(0, out);
                BodyLength::None
            }
            // a length here is that of the 200: only the response's own can be it, and it is written
            (304, _) => BodyLength::None,
            (_, asked) => {
                let body = match announced {
                    Some(length) => BodyLength::Fixed(length),
                    None if http_10 => BodyLength::UntilClose,
                    None => BodyLength::Chunked,
                };
                match body {
                    // its own is written
                    BodyLength::Fixed(_) if own.length.is_some() => {}
                    BodyLength::Fixed(length) => write_length(length, out),
                    BodyLength::Chunked if asked != Asked::Head || own.chunked => {
                        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
                    }
                    _ => {}
                }
                if asked == Asked::Head {
                    BodyLength::None
                } else {
                    body
                }
            }
        };
        if self.status.is_informational() {
            return Ok(ResponseFraming {
                body,
                persistence: Persistence::KeepAlive,
            });
        }
        let stays = self.exchange.persistence == Persistence::KeepAlive
            && !own.close
            && body != BodyLength::UntilClose;
        if !stays {
            out.extend_from_slice(b"Connection: close\r\n");
        } else if http_10 {
            out.extend_from_slice(b"Connection: keep-alive\r\n");
        }
        let persistence = if stays {
            Persistence::KeepAlive
        } else {
            Persistence::Close
        };
        Ok(ResponseFraming { body, persistence })
    }

    /// Whether the response's own `Content-Length` says what the head may say: nowhere else than where no body may be announced (RFC 9110 section 8.6).
    fn keeps_length(&self) -> bool {
        let handed_over = self.exchange.method == Asked::Connect && self.status.is_success();
        !handed_over && !matches!(self.status.as_u16(), 100..=199 | 204 | 205)
    }

    /// Whether the body that the maker knows of will be on the wire.
    fn may_have_body(&self) -> bool {
        self.exchange.method != Asked::Head
            && !matches!(self.status.as_u16(), 100..=199 | 204 | 205 | 304)
    }
}

impl Own {
    /// Takes in a field that is the encoder's to write; says whether it is not one and is to be written as it is.
    #[inline(always)]
    fn takes(&mut self, name: FieldName<'_>, value: &[u8]) -> Result<bool, H1Error> {
        let contradiction = Err(H1Error::new(H1ErrorKind::ContradictoryResponse, 0));
        if name == names::CONTENT_LENGTH {
            let first = self.length.is_none();
            match decimal(value) {
                Ok(length) if first || self.length == Some(length) => self.length = Some(length),
                _ => return contradiction,
            }
            return Ok(first && self.keeps_length);
        } else if name == names::TRANSFER_ENCODING {
            if !value.eq_ignore_ascii_case(b"chunked") || self.chunked {
                return contradiction;
            }
            self.chunked = true;
        } else if name == names::CONNECTION {
            self.connection = true;
        } else {
            self.date |= name == names::DATE;
            return Ok(true);
        }
        Ok(false)
    }

    /// Writes the options that are not about keeping the connection.
    #[cold]
    fn write_connection(&mut self, fields: &(impl ResponseFields + ?Sized), out: &mut Vec<u8>) {
        let mut separator: &[u8] = b"Connection: ";
        fields.connection(|value| {
            for option in value.split(|&byte| byte == b',') {
                let (option, _) = trim(option);
                if option.eq_ignore_ascii_case(b"close") {
                    self.close = true;
                } else if !option.is_empty() && !option.eq_ignore_ascii_case(b"keep-alive") {
                    out.extend_from_slice(separator);
                    out.extend_from_slice(option);
                    separator = b", ";
                }
            }
        });
        if separator == b", " {
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Room for most heads, so that an empty buffer grows once.
const TYPICAL_HEAD_BYTES: usize = 256;

#[inline(always)]
fn write_field(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn write_length(length: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Content-Length: ");
    write_decimal(length, out);
    out.extend_from_slice(b"\r\n");
}

fn write_decimal(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
