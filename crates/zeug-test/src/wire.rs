//! Owns one exchange over a socket: the request written, the answer read. One connection a request; it follows nothing and keeps nothing.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use http::{Method, StatusCode};
use zeug_datastructures::names;
use zeug_gateway::{Body, Response, Scheme};
use zeug_h1::{BodyDecoder, BodyEvent, Limits, ResponseHeadDecoder};

use crate::outgoing::Outgoing;
use crate::{TestError, TestErrorKind};

/// How long a test waits for the server's next bytes: as long as the server waits for a client's.
const PATIENCE: Duration = Duration::from_secs(30);

/// The answer, and the address that the request was sent from.
pub(crate) fn exchange(
    address: SocketAddr,
    outgoing: &Outgoing,
    mut body: Body,
    limit: usize,
) -> Result<(Response, SocketAddr), TestError> {
    if outgoing.head.base.scheme != Scheme::Http {
        return Err(TestError::new(
            TestErrorKind::UnsupportedScheme,
            outgoing.head.base.scheme.as_str(),
        ));
    }
    if !outgoing.extensions.is_empty() {
        return Err(TestError::new(TestErrorKind::NotOverTheWire, "extensions"));
    }
    if !outgoing.head.base.root.is_empty() {
        return Err(TestError::new(
            TestErrorKind::NotOverTheWire,
            "a base URL with a path",
        ));
    }
    let failed =
        |error| TestError::because(TestErrorKind::Io, outgoing.head.uri.to_string(), error);
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    let local = stream.local_addr().map_err(failed)?;
    let mut writer = stream.try_clone().map_err(failed)?;
    let chunked = outgoing.head.headers.contains(names::TRANSFER_ENCODING);
    let head = head(outgoing);
    let response = thread::scope(|scope| {
        // An answer may begin before the request has ended. One that refuses the rest closes the connection: that it cannot be written is no failure then.
        scope.spawn(move || {
            writer
                .write_all(&head)
                .and_then(|()| write_body(&mut writer, &mut body, chunked))
        });
        read(&mut stream, &outgoing.head.method, limit)
    })?;
    Ok((response, local))
}

fn head(outgoing: &Outgoing) -> Vec<u8> {
    let target = outgoing
        .head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut head = format!(
        "{} {target} {:?}\r\n",
        outgoing.head.method, outgoing.head.version
    )
    .into_bytes();
    for (name, value) in &outgoing.head.headers {
        for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn write_body(stream: &mut TcpStream, body: &mut Body, chunked: bool) -> io::Result<()> {
    if !chunked {
        return io::copy(body, stream).map(drop);
    }
    let mut buffer = [0; 16 << 10];
    loop {
        let count = body.read(&mut buffer)?;
        write!(stream, "{count:x}\r\n")?;
        stream.write_all(buffer.get(..count).unwrap_or_default())?;
        stream.write_all(b"\r\n")?;
        if count == 0 {
            return Ok(());
        }
    }
}

/// Reads one answer, interim ones passed over.
fn read(stream: &mut TcpStream, method: &Method, limit: usize) -> Result<Response, TestError> {
    let bad = |error| TestError::because(TestErrorKind::BadAnswer, "", error);
    let mut input = Vec::new();
    let mut decoder = ResponseHeadDecoder::new(Limits::default());
    let parts = loop {
        match decoder.decode(&input, method).map_err(bad)? {
            Some((head, taken)) => {
                input.drain(..taken);
                if !head.is_interim() {
                    break head.into_parts();
                }
            }
            None if more(stream, &mut input)? == 0 => {
                return Err(TestError::new(
                    TestErrorKind::BadAnswer,
                    "the connection ended before the answer's head",
                ));
            }
            None => {}
        }
    };
    let mut body = Vec::new();
    let mut decoder = BodyDecoder::new(parts.body, Limits::default());
    loop {
        let (taken, event) = decoder.decode(&input).map_err(bad)?;
        match event {
            BodyEvent::Data(data) => body.extend_from_slice(data),
            BodyEvent::End => break,
            BodyEvent::NeedMore => {
                input.clear();
                if more(stream, &mut input)? == 0 {
                    decoder.finish().map_err(bad)?;
                    break;
                }
                continue;
            }
        }
        if body.len() > limit {
            return Err(TestError::new(TestErrorKind::AnswerTooLarge { limit }, ""));
        }
        input.drain(..taken);
    }
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.reason_mut() = own_reason(parts.status, &parts.reason);
    *response.headers_mut() = parts.headers;
    Ok(response)
}

fn more(stream: &mut TcpStream, input: &mut Vec<u8>) -> Result<usize, TestError> {
    let mut buffer = [0; 16 << 10];
    let count = stream
        .read(&mut buffer)
        .map_err(|error| TestError::because(TestErrorKind::Io, "the answer", error))?;
    input.extend_from_slice(buffer.get(..count).unwrap_or_default());
    Ok(count)
}

/// The phrase, where it is another than the status has by itself.
fn own_reason(status: StatusCode, reason: &[u8]) -> Option<Box<str>> {
    let usual = status.canonical_reason().unwrap_or_default();
    (reason != usual.as_bytes()).then(|| String::from_utf8_lossy(reason).into())
}
