//! The first line of a request, byte by byte: method, target and version with one space between, nothing else. It refuses the first
//! byte that cannot stand where it stands.
//!
//! ```text
//!  Empty --token byte--> Method --SP--> Target --SP--> Version --CR--> LineLf --LF--> (the line is whole)
//!   | ^
//!  CR LF (at most four times)
//! ```

use http::{Method, Version};

use crate::error::{H1Error, H1ErrorKind};
use crate::limits::Limits;
use crate::syntax::{is_target, is_token};
use crate::target::Target;

/// No method that is registered has more than 17 bytes.
pub(crate) const MOST_METHOD_BYTES: usize = 32;

/// RFC 9112 section 2.2 asks to skip at least one; a client that sends many is not an HTTP client.
pub(crate) const MOST_EMPTY_LINES: usize = 4;

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Empty,
    EmptyLf,
    Method,
    Target,
    Version,
    LineLf,
}

/// Scans a request line that grows at its end; remembers how far it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLineScanner {
    state: State,
    position: usize,
    method: usize,
    target: usize,
    version: usize,
}

/// The parts of a request line, and the index after it.
#[derive(Clone, Debug)]
pub(crate) struct RequestLine {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) version: Version,
    pub(crate) end: usize,
}

impl RequestLineScanner {
    /// Scans on; gives the line once it is whole.
    pub(crate) fn scan(
        &mut self,
        input: &[u8],
        limits: &Limits,
    ) -> Result<Option<RequestLine>, H1Error> {
        while let Some(&byte) = input.get(self.position) {
            let at = self.position;
            if !matches!(self.state, State::Empty | State::EmptyLf)
                && at - self.method >= limits.start_line
            {
                break;
            }
            match self.state {
                State::Empty => {
                    self.method = at;
                    self.state = match byte {
                        b'\r' if at < 2 * MOST_EMPTY_LINES => State::EmptyLf,
                        b'\n' => return Err(H1Error::new(H1ErrorKind::BareLf, at)),
                        b'\r' | b' ' | b'\t' => {
                            return Err(H1Error::new(H1ErrorKind::MalformedStartLine, at));
                        }
                        _ if !is_token(byte) => {
                            return Err(H1Error::new(H1ErrorKind::InvalidMethod, at));
                        }
                        _ => State::Method,
                    };
                }
                State::EmptyLf => {
                    if byte != b'\n' {
                        return Err(H1Error::new(H1ErrorKind::BareCr, at - 1));
                    }
                    self.state = State::Empty;
                }
                State::Method => {
                    if at - self.method >= MOST_METHOD_BYTES && byte != b' ' {
                        let kind = H1ErrorKind::MethodTooLong {
                            limit: MOST_METHOD_BYTES,
                        };
                        return Err(H1Error::new(kind, at));
                    }
                    match byte {
                        b' ' => {
                            self.target = at + 1;
                            self.state = State::Target;
                        }
                        b'\r' | b'\t' => {
                            return Err(H1Error::new(H1ErrorKind::MalformedStartLine, at));
                        }
                        b'\n' => return Err(H1Error::new(H1ErrorKind::BareLf, at)),
                        _ if !is_token(byte) => {
                            return Err(H1Error::new(H1ErrorKind::InvalidMethod, at));
                        }
                        _ => {}
                    }
                }
                State::Target => match byte {
                    b' ' if at > self.target => {
                        self.version = at + 1;
                        self.state = State::Version;
                    }
                    b' ' | b'\r' | b'\t' => {
                        return Err(H1Error::new(H1ErrorKind::MalformedStartLine, at));
                    }
                    b'\n' => return Err(H1Error::new(H1ErrorKind::BareLf, at)),
                    _ if !is_target(byte) => {
                        return Err(H1Error::new(H1ErrorKind::InvalidTarget, at));
                    }
                    _ => {}
                },
                State::Version => {
                    if let Some(next) = check_version_byte(input, byte, at - self.version, at)? {
                        self.state = next;
                    }
                }
                State::LineLf => {
                    if byte != b'\n' {
                        return Err(H1Error::new(H1ErrorKind::BareCr, at - 1));
                    }
                    return self.finish(input).map(Some);
                }
            }
            self.position += 1;
        }
        let whole = self.method.saturating_add(limits.start_line);
        if input.len() >= whole && self.position >= whole {
            let kind = H1ErrorKind::StartLineTooLong {
                limit: limits.start_line,
            };
            return Err(H1Error::new(kind, whole));
        }
        Ok(None)
    }

    fn finish(&self, input: &[u8]) -> Result<RequestLine, H1Error> {
        let version = version(&input[self.version..self.position - 1], self.version)?;
        let method = Method::from_bytes(&input[self.method..self.target - 1])
            .map_err(|_| H1Error::new(H1ErrorKind::InvalidMethod, self.method))?;
        let target = Target::parse(&method, &input[self.target..self.version - 1], self.target)?;
        Ok(RequestLine {
            method,
            target,
            version,
            end: self.position + 1,
        })
    }
}

/// Whether a byte may stand at this index of a version; the state after it where it ends the version.
fn check_version_byte(
    input: &[u8],
    byte: u8,
    index: usize,
    at: usize,
) -> Result<Option<State>, H1Error> {
    let fits = match b"HTTP/0.0".get(index) {
        Some(b'0') => byte.is_ascii_digit(),
        Some(&wanted) => byte == wanted,
        None => byte == b'\r',
    };
    if byte == b'.' && index == 6 && input.get(at - 1) != Some(&b'1') {
        return Err(H1Error::new(H1ErrorKind::UnsupportedVersion, at - 6));
    }
    match byte {
        _ if fits => Ok((byte == b'\r').then_some(State::LineLf)),
        b'\n' => Err(H1Error::new(H1ErrorKind::BareLf, at)),
        b' ' | b'\t' => Err(H1Error::new(H1ErrorKind::MalformedStartLine, at)),
        _ => Err(H1Error::new(H1ErrorKind::InvalidVersion, at)),
    }
}

/// The version that a well-formed `HTTP/d.d` stands for: every minor version above 0 is spoken to as 1.1
/// (RFC 9110 section 2.5).
pub(crate) fn version(text: &[u8], at: usize) -> Result<Version, H1Error> {
    match text {
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _] => Ok(Version::HTTP_11),
        _ => Err(H1Error::new(H1ErrorKind::UnsupportedVersion, at)),
    }
}
