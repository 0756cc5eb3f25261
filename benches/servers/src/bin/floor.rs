//! The floor: a readiness loop a core and a canned answer. It looks for the end of a head and no further; only what measuring needs works.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use zeug_servers::{HELLO, Options, TEXT, date};

const WAKE: Token = Token(usize::MAX);

#[derive(Clone)]
struct Inbox {
    streams: Arc<Mutex<Vec<TcpStream>>>,
    waker: Arc<Waker>,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of a head that is not whole.
    part: Vec<u8>,
    /// Bytes of a body that are still to come, and that were announced.
    body: usize,
    announced: usize,
    /// How much of the file is still to be sent.
    file: u64,
}

struct Canned {
    hello: Vec<u8>,
    /// When the date is next to be looked at.
    until: Instant,
}

impl Canned {
    fn new() -> Self {
        Self {
            hello: head(HELLO.len() as u64, HELLO),
            until: Instant::now() + Duration::from_millis(500),
        }
    }

    fn hello(&mut self) -> &[u8] {
        if Instant::now() > self.until {
            *self = Self::new();
        }
        &self.hello
    }
}

fn head(length: u64, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {TEXT}\r\nContent-Length: {length}\r\nDate: {}\r\n\r\n{body}",
        date()
    )
    .into_bytes()
}

fn run(mut poll: Poll, inbox: &Inbox, file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut events = Events::with_capacity(1024);
    let mut connections: HashMap<usize, Connection, Fold> = HashMap::default();
    let mut next = 0;
    let mut input = vec![0; 64 * 1024];
    let mut output = Vec::new();
    let mut canned = Canned::new();
    loop {
        if let Err(error) = poll.poll(&mut events, None) {
            if error.kind() == ErrorKind::Interrupted {
                continue;
            }
            return Err(error);
        }
        for event in &events {
            if event.token() == WAKE {
                let streams = std::mem::take(
                    &mut *inbox.streams.lock().unwrap_or_else(PoisonError::into_inner),
                );
                for mut stream in streams {
                    next += 1;
                    poll.registry().register(
                        &mut stream,
                        Token(next),
                        Interest::READABLE | Interest::WRITABLE,
                    )?;
                    connections.insert(
                        next,
                        Connection {
                            stream,
                            part: Vec::new(),
                            body: 0,
                            announced: 0,
                            file: 0,
                        },
                    );
                }
                continue;
            }
            let Token(id) = event.token();
            let Some(connection) = connections.get_mut(&id) else {
                continue;
            };
            let served = serve(
                connection,
                &mut input,
                &mut output,
                &mut canned,
                file,
                length,
            );
            if !matches!(served, Ok(true)) {
                connections.remove(&id);
            }
        }
    }
}

/// Reads and answers until the socket is empty; `false` at its end.
fn serve(
    connection: &mut Connection,
    input: &mut [u8],
    output: &mut Vec<u8>,
    canned: &mut Canned,
    file: &File,
    length: u64,
) -> io::Result<bool> {
    if connection.file > 0 && !send(connection, file, length)? {
        return Ok(true);
    }
    loop {
        let kept = connection.part.len();
        input[..kept].copy_from_slice(&connection.part);
        connection.part.clear();
        let count = match connection.stream.read(&mut input[kept..]) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                connection.part.extend_from_slice(&input[..kept]);
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        let short = kept + count < input.len();
        output.clear();
        let mut rest = &input[..kept + count];
        while !rest.is_empty() {
            if connection.body > 0 {
                let taken = connection.body.min(rest.len());
                connection.body -= taken;
                rest = &rest[taken..];
                if connection.body == 0 {
                    let count = connection.announced.to_string();
                    output.extend_from_slice(&head(count.len() as u64, &count));
                }
                continue;
            }
            let Some(end) = end_of_head(rest) else {
                connection.part.extend_from_slice(rest);
                break;
            };
            let (request, beyond) = rest.split_at(end);
            rest = beyond;
            if request.starts_with(b"GET / ") {
                output.extend_from_slice(canned.hello());
            } else if request.starts_with(b"POST /upload ") {
                connection.announced = announced(request);
                connection.body = connection.announced;
            } else if request.starts_with(b"GET /file ") {
                output.extend_from_slice(&head(length, ""));
                connection.file = length;
                break;
            } else {
                output.extend_from_slice(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
            }
        }
        if !output.is_empty() {
            // An answer of this size fits the socket's buffer, or the client reads nothing.
            let mut sent = 0;
            while sent < output.len() {
                sent += connection.stream.write(&output[sent..])?;
            }
        }
        if connection.file > 0 && !send(connection, file, length)? {
            return Ok(true);
        }
        if short {
            return Ok(true);
        }
    }
}

/// Has the system send the file; `false` where the socket takes no more.
fn send(connection: &mut Connection, file: &File, length: u64) -> io::Result<bool> {
    while connection.file > 0 {
        let mut from = length - connection.file;
        match rustix::fs::sendfile(
            &connection.stream,
            file,
            Some(&mut from),
            connection.file as usize,
        ) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => connection.file -= count as u64,
            Err(rustix::io::Errno::AGAIN) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Where the head ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&byte| byte == b'\r') {
        let at = from + at;
        if bytes[at..].starts_with(b"\r\n\r\n") {
            return Some(at + 4);
        }
        from = at + 1;
    }
    None
}

/// The value of `Content-Length`.
fn announced(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.split("\r\n")
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0)
}

/// Tokens count up: they are their own hash.
type Fold = std::hash::BuildHasherDefault<Own>;

#[derive(Default)]
struct Own(u64);

impl std::hash::Hasher for Own {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_usize(&mut self, value: usize) {
        self.0 = (value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

fn main() -> io::Result<()> {
    let options = Options::read();
    let listener = std::net::TcpListener::bind(&options.address)?;
    let mut inboxes = Vec::new();
    for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
        let poll = Poll::new()?;
        let inbox = Inbox {
            streams: Arc::default(),
            waker: Arc::new(Waker::new(poll.registry(), WAKE)?),
        };
        inboxes.push(inbox.clone());
        let file = options.open()?;
        thread::spawn(move || run(poll, &inbox, &file));
    }
    for inbox in inboxes.iter().cycle() {
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        inbox
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(TcpStream::from_std(stream));
        inbox.waker.wake()?;
    }
    Ok(())
}
