//! A client for the trials: one connection, whole answers, and nothing hidden of what goes wrong.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection.
pub(super) struct Client<S = TcpStream>(pub(super) BufReader<S>);

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the server closes afterwards.
    pub(super) closes: bool,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_write_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }
}

impl<S: Read + Write> Client<S> {
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    pub(super) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes())?;
        self.answer()
    }

    pub(super) fn post(&mut self, path: &str, body: &[u8]) -> io::Result<Answer> {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
        self.send(&[head.as_bytes(), body].concat())?;
        self.answer()
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        if line.ends_with("\r\n") {
            Ok(line.trim_end().to_ascii_lowercase())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// Reads one answer; an end before it is `UnexpectedEof`.
    pub(super) fn answer(&mut self) -> io::Result<Answer> {
        let wrong = || io::Error::from(io::ErrorKind::InvalidData);
        let status = self.line()?;
        let status = status
            .strip_prefix("http/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or_else(wrong)?;
        let (mut length, mut chunked, mut closes) = (None, false, false);
        loop {
            let field = self.line()?;
            if field.is_empty() {
                break;
            }
            if let Some(value) = field.strip_prefix("content-length: ") {
                length = Some(value.parse().map_err(|_| wrong())?);
            }
            chunked |= field == "transfer-encoding: chunked";
            closes |= field == "connection: close";
        }
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = usize::from_str_radix(&self.line()?, 16).map_err(|_| wrong())?;
                let from = body.len();
                body.resize(from + size, 0);
                self.0.read_exact(&mut body[from..])?;
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            body.resize(length.ok_or_else(wrong)?, 0);
            self.0.read_exact(&mut body)?;
        }
        Ok(Answer {
            status,
            body,
            closes,
        })
    }

    /// Whether the server closes without another byte.
    pub(super) fn is_over(&mut self) -> bool {
        matches!(self.0.read(&mut [0; 1]), Ok(0))
    }
}

/// A connection whose client sends an empty line where nothing comes: the system tells a server of those bytes, as it would have of what it held back when it
/// said that there was nothing.
pub(super) struct Nudging {
    stream: TcpStream,
    nudges: u32,
}

impl Nudging {
    /// A server skips four empty lines at least.
    const MOST: u32 = 3;

    pub(super) fn connect(address: SocketAddr) -> io::Result<Client<Self>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(Self { stream, nudges: 0 })))
    }
}

impl Read for Nudging {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let patience = Duration::from_millis(10 * 15_u64.pow(self.nudges));
            self.stream.set_read_timeout(Some(patience))?;
            match self.stream.read(buffer) {
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && self.nudges < Self::MOST =>
                {
                    self.nudges += 1;
                    self.stream.write_all(b"\r\n")?;
                }
                other => return other,
            }
        }
    }
}

impl Write for Nudging {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.nudges = 0;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The byte at a place of what the trial server sends.
pub(super) fn pattern(at: usize) -> u8 {
    ((at as u32).wrapping_mul(2_654_435_761) >> 24) as u8
}

/// Whether these are the first bytes of what the trial server sends.
pub(super) fn is_pattern(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .enumerate()
        .all(|(at, &byte)| byte == pattern(at))
}

/// Numbers that are the same each time.
pub(super) struct Lot(pub(super) u64);

impl Lot {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) % bound.max(1)
    }
}
