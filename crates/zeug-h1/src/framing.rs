//! What the fields of a head say about the message: how long its body is, whether the connection lives on, whom it is
//! for. It refuses every pair of fields that two readers could understand differently.

use http::Version;
use zeug_datastructures::{FieldName, names};

use crate::error::{H1Error, H1ErrorKind};
use crate::syntax::{host_and_port, is_token, trim};

/// How the end of a body is known ([RFC 9112 section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)).
#[expect(
    clippy::exhaustive_enums,
    reason = "HTTP/1.1 knows no fifth way, and a server must match on all of them"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body.
    None,
    /// The body has this many bytes.
    Fixed(u64),
    /// The body comes in chunks; the last one is empty.
    Chunked,
    /// The body ends with the connection: responses only.
    UntilClose,
}

impl BodyLength {
    /// Whether it is certain that not one byte of body follows.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Fixed(0))
    }
}

/// What a request asks to be told before it sends its body
/// ([RFC 9110 section 10.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expectation {
    /// Nothing.
    #[default]
    None,
    /// `100-continue`: the client waits for a 100 or for the final answer.
    Continue,
    /// Something that cannot be met: answer 417.
    Unknown,
}

/// The fields of a head that decide about the message, gathered line by line.
#[derive(Clone, Debug)]
pub(crate) struct Framing {
    http_10: bool,
    request: bool,
    host: bool,
    content_length: Option<u64>,
    chunked: bool,
    /// Whether the body is in a coding that this crate does not undo: in responses only, requests are refused.
    coded: bool,
    /// Whether such a coding came last: then the body ends with the connection.
    coded_last: bool,
    close: bool,
    keep_alive: bool,
    upgrade_option: bool,
    upgrade_field: bool,
    expectation: Expectation,
}

impl Framing {
    pub(crate) fn request(version: Version) -> Self {
        Self {
            http_10: version == Version::HTTP_10,
            request: true,
            host: false,
            content_length: None,
            chunked: false,
            coded: false,
            coded_last: false,
            close: false,
            keep_alive: false,
            upgrade_option: false,
            upgrade_field: false,
            expectation: Expectation::None,
        }
    }

    pub(crate) fn response(version: Version) -> Self {
        Self {
            request: false,
            ..Self::request(version)
        }
    }

    /// Takes a field line in; `name_at` and `value_at` are their offsets in the input.
    #[inline(always)]
    pub(crate) fn field(
        &mut self,
        name: FieldName<'_>,
        value: &[u8],
        name_at: usize,
        value_at: usize,
    ) -> Result<(), H1Error> {
        if name == names::HOST {
            return match self.request {
                true => self.host(value, name_at, value_at),
                false => Ok(()),
            };
        }
        if name == names::CONTENT_LENGTH {
            return self.length(value, name_at, value_at);
        }
        if name == names::TRANSFER_ENCODING {
            return self.coding(value, name_at, value_at);
        }
        if name == names::CONNECTION {
            self.connection(value);
        } else if name == names::UPGRADE {
            self.upgrade_field |= !value.is_empty();
        } else if name == names::EXPECT && self.request {
            self.expect(value);
        } else {
            // Names that look like one of the two to a careless reader.
            match name.as_bytes() {
                name if name.len() == 14 => is_spelling_of(name, b"content-length", name_at)?,
                name if name.len() == 17 => is_spelling_of(name, b"transfer-encoding", name_at)?,
                _ => false,
            };
        }
        Ok(())
    }

    fn host(&mut self, value: &[u8], name_at: usize, value_at: usize) -> Result<(), H1Error> {
        if self.host {
            return Err(H1Error::new(H1ErrorKind::RepeatedHost, name_at));
        }
        self.host = true;
        host_and_port(value).map_err(|at| H1Error::new(H1ErrorKind::InvalidHost, value_at + at))?;
        Ok(())
    }

    fn expect(&mut self, value: &[u8]) {
        // an HTTP/1.0 client does not wait: RFC 9110 section 10.1.1
        if self.http_10 || self.expectation == Expectation::Unknown {
            return;
        }
        self.expectation = if value.eq_ignore_ascii_case(b"100-continue") {
            Expectation::Continue
        } else {
            Expectation::Unknown
        };
    }

    fn connection(&mut self, value: &[u8]) {
        // what nearly every client sends
        if value.eq_ignore_ascii_case(b"keep-alive") {
            self.keep_alive = true;
            return;
        }
        for option in value.split(|&byte| byte == b',') {
            let (option, _) = trim(option);
            match option.len() {
                5 => self.close |= option.eq_ignore_ascii_case(b"close"),
                7 => self.upgrade_option |= option.eq_ignore_ascii_case(b"upgrade"),
                10 => self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive"),
                _ => {}
            }
        }
    }

    fn length(&mut self, value: &[u8], name_at: usize, value_at: usize) -> Result<(), H1Error> {
        if self.content_length.is_some() {
            return Err(H1Error::new(H1ErrorKind::RepeatedContentLength, name_at));
        }
        if self.chunked || self.coded {
            return Err(H1Error::new(H1ErrorKind::ConflictingLength, name_at));
        }
        let length = decimal(value)
            .map_err(|at| H1Error::new(H1ErrorKind::InvalidContentLength, value_at + at))?;
        self.content_length = Some(length);
        Ok(())
    }

    fn coding(&mut self, value: &[u8], name_at: usize, value_at: usize) -> Result<(), H1Error> {
        if self.http_10 {
            return Err(H1Error::new(H1ErrorKind::TransferEncodingInHttp10, name_at));
        }
        if self.content_length.is_some() {
            return Err(H1Error::new(H1ErrorKind::ConflictingLength, name_at));
        }
        let mut at = value_at;
        for part in value.split(|&byte| byte == b',') {
            let (coding, before) = trim(part);
            let here = at + before;
            at += part.len() + 1;
            let chunked = coding.eq_ignore_ascii_case(b"chunked");
            // after `chunked` nothing may come, least of all `chunked`; an empty list member hides one from a careless reader
            if coding.is_empty() || (self.chunked && (self.request || chunked)) {
                return Err(H1Error::new(H1ErrorKind::InvalidTransferEncoding, here));
            }
            if chunked {
                self.chunked = true;
                self.coded_last = false;
                continue;
            }
            if let Some(bad) = coding.iter().position(|&byte| !is_token(byte)) {
                return Err(H1Error::new(
                    H1ErrorKind::InvalidTransferEncoding,
                    here + bad,
                ));
            }
            if self.request {
                return Err(H1Error::new(H1ErrorKind::UnknownTransferCoding, here));
            }
            self.coded = true;
            self.coded_last = true;
        }
        Ok(())
    }

    /// Whether there was a `Host`.
    pub(crate) fn has_host(&self) -> bool {
        self.host
    }

    /// The length that the fields give, where they give one.
    pub(crate) fn body(&self) -> Option<BodyLength> {
        if self.coded_last {
            // RFC 9112 section 6.3, of responses
            Some(BodyLength::UntilClose)
        } else if self.chunked {
            Some(BodyLength::Chunked)
        } else {
            self.content_length.map(BodyLength::Fixed)
        }
    }

    /// Whether the body, once its end is found, is still in a coding.
    pub(crate) fn is_coded(&self) -> bool {
        self.coded
    }

    /// Whether the sender wants the connection to live on (RFC 9112 section 9.3).
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.close && (!self.http_10 || self.keep_alive)
    }

    /// Whether the fields are an upgrade: the option and the field, not in HTTP/1.0.
    pub(crate) fn upgrades(&self) -> bool {
        self.upgrade_option && self.upgrade_field && !self.http_10
    }

    pub(crate) fn expectation(&self) -> Expectation {
        self.expectation
    }
}

/// Whether a name is this one. A spelling with underscores is refused: what maps both to one name (CGI, WSGI, some
/// proxies) would see a framing field that this crate does not.
pub(crate) fn is_spelling_of(name: &[u8], dashed: &[u8], at: usize) -> Result<bool, H1Error> {
    if name.eq_ignore_ascii_case(dashed) {
        return Ok(true);
    }
    let same = |(&byte, &wanted): (&u8, &u8)| {
        byte.eq_ignore_ascii_case(&wanted) || (byte == b'_' && wanted == b'-')
    };
    if name.iter().zip(dashed).all(same) {
        return Err(H1Error::new(H1ErrorKind::InvalidFieldName, at));
    }
    Ok(false)
}

/// A decimal number below 2^63 without sign, space or superfluous zero; or the index of the first byte that is wrong.
pub(crate) fn decimal(text: &[u8]) -> Result<u64, usize> {
    // 007 is seven to one reader and an error, or octal, to another
    if text.is_empty() || (text.len() > 1 && text.first() == Some(&b'0')) {
        return Err(0);
    }
    let mut number: u64 = 0;
    for (at, &byte) in text.iter().enumerate() {
        let digit = if byte.is_ascii_digit() {
            u64::from(byte - b'0')
        } else {
            return Err(at);
        };
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(digit))
            .ok_or(at)?;
        if number > MOST_BYTES {
            return Err(at);
        }
    }
    Ok(number)
}

/// The longest body: what a signed file offset can hold, so that no reader of the same bytes wraps around.
pub(crate) const MOST_BYTES: u64 = i64::MAX as u64;
