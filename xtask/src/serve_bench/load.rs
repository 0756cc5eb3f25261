//! The project's own clients, for what wrk cannot do: connections that stay idle, and quick requests beside ones whose handler sleeps. One thread does it
//! all, so that the client's own threads delay nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

/// What a request is, and how its answer ends.
const ROOT: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SLEEP: &[u8] = b"GET /sleep HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Opens connections, asks once on each, and leaves them open.
pub(crate) fn idle(address: SocketAddr, count: usize) -> (Vec<TcpStream>, usize) {
    let mut open = Vec::with_capacity(count);
    let mut failed = 0;
    let begun = Instant::now();
    for _ in 0..count {
        // A server that takes this long has shown what it does.
        if failed > 2 || begun.elapsed() > Duration::from_secs(60) {
            break;
        }
        match ask_once(address) {
            Ok(stream) => open.push(stream),
            Err(_) => failed += 1,
        }
    }
    failed = count - open.len();
    (open, failed)
}

fn ask_once(address: SocketAddr) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(3)))?;
    stream.write_all(ROOT)?;
    let mut answer = Vec::new();
    let mut piece = [0; 2048];
    while !is_whole(&answer) {
        match stream.read(&mut piece)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    Ok(stream)
}

/// Whether an answer with `Content-Length` has come whole.
pub(crate) fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let length: usize = String::from_utf8_lossy(&answer[..head])
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        })
        .unwrap_or(0);
    answer.len() >= head + 4 + length
}

/// What quick requests met beside sleeping ones.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Of quick requests that were answered with 200, sorted.
    pub(super) times: Vec<Duration>,
    /// Quick requests that were refused.
    pub(super) refused: usize,
    pub(super) errors: usize,
}

impl Beside {
    pub(super) fn percentile(&self, part: f64) -> Option<Duration> {
        let last = self.times.len().checked_sub(1)?;
        self.times
            .get((last as f64 * part).round() as usize)
            .copied()
    }
}

struct Client {
    stream: mio::net::TcpStream,
    answer: Vec<u8>,
    asked: Instant,
    quick: bool,
    /// When it asks again; after an answer at once, after a refusal later.
    next: Option<Instant>,
}

/// `count` clients, each of which asks again as soon as it has its answer; every other request, by lot, is one whose handler sleeps a second.
pub(super) fn beside(
    address: SocketAddr,
    count: usize,
    warm: Duration,
    time: Duration,
) -> std::io::Result<Beside> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut clients = Vec::with_capacity(count);
    let mut lot = Lot(0x2545_f491_4f6c_dd1d);
    for index in 0..count {
        let stream = TcpStream::connect(address)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        stream.set_nodelay(true)?;
        poll.registry()
            .register(&mut stream, Token(index), Interest::READABLE)?;
        clients.push(Client {
            stream,
            answer: Vec::new(),
            asked: Instant::now(),
            quick: false,
            next: None,
        });
    }
    let mut found = Beside::default();
    for client in &mut clients {
        ask(client, &mut lot, &mut found);
    }
    let begun = Instant::now();
    let mut piece = vec![0; 4096];
    while begun.elapsed() < warm + time {
        let tick = Duration::from_millis(5);
        match poll.poll(&mut events, Some(tick)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        }
        let mut ready: Vec<usize> = events.iter().map(|event| event.token().0).collect();
        ready.sort_unstable();
        for client in clients.iter_mut() {
            if client.next.is_some_and(|next| next <= Instant::now()) {
                ask(client, &mut lot, &mut found);
            }
        }
        for index in ready {
            let Some(client) = clients.get_mut(index) else {
                continue;
            };
            loop {
                match client.stream.read(&mut piece) {
                    Ok(0) => {
                        found.errors += 1;
                        client.next = None;
                        break;
                    }
                    Ok(read) => {
                        client.answer.extend_from_slice(&piece[..read]);
                        if !is_whole(&client.answer) {
                            continue;
                        }
                        let good = client.answer.starts_with(b"HTTP/1.1 200");
                        if client.quick && begun.elapsed() > warm {
                            if good {
                                found.times.push(client.asked.elapsed());
                            } else {
                                found.refused += 1;
                            }
                        }
                        if good {
                            ask(client, &mut lot, &mut found);
                        } else {
                            // Who is refused waits a moment, as `Retry-After` asks.
                            client.next = Some(Instant::now() + Duration::from_millis(50));
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => {
                        found.errors += 1;
                        client.next = None;
                        break;
                    }
                }
            }
        }
    }
    // Quick requests that were never answered waited at least as long as they did.
    for client in clients
        .iter()
        .filter(|client| client.quick && client.next.is_none())
    {
        if client.asked.elapsed() > Duration::from_millis(100) {
            found.times.push(client.asked.elapsed());
        }
    }
    found.times.sort_unstable();
    Ok(found)
}

fn ask(client: &mut Client, lot: &mut Lot, found: &mut Beside) {
    client.answer.clear();
    client.next = None;
    client.quick = lot.draw();
    client.asked = Instant::now();
    let request = if client.quick { ROOT } else { SLEEP };
    if client.stream.write_all(request).is_err() {
        found.errors += 1;
    }
}

/// Heads or tails, the same each time.
struct Lot(u64);

impl Lot {
    fn draw(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 63 == 1
    }
}
