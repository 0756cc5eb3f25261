//! Bodies that are meant to fill a server, decoded as a server would, for `cargo xtask torture forms`: what each costs, in lines `name value`. A process a body, since what
//! is measured is the most memory that a process ever had.
#![expect(
    clippy::print_stdout,
    reason = "what it says is read by another program"
)]

use std::env;
use std::fs;
use std::io::{self, Read};
use std::time::Instant;

use sha2::{Digest, Sha256};
use zeug_forms::{FormError, FormErrorKind, FormParser, Limits, Spool};

const TYPE: &str = "multipart/form-data; boundary=b";
const GIB: u64 = 1 << 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What the first form of a process costs, the next do not.
    let small = part("a", None);
    let form = FormParser::new(TYPE).parse([&small[..], b"x\r\n--b--\r\n"].concat().as_slice())?;
    if form.fields.get("a") != Some("x") {
        return Err("a small form is not read".into());
    }
    let most = most_memory()?;
    match env::args().nth(1).unwrap_or_default().as_str() {
        "parts" => parts()?,
        "field" => field()?,
        "file" => file()?,
        other => return Err(format!("no body {other:?}: parts, field, file").into()),
    }
    println!("kib {}", most_memory()?.saturating_sub(most));
    Ok(())
}

/// A million empty parts, 54 MB.
fn parts() -> Result<(), Box<dyn std::error::Error>> {
    let part = [&part("a", None)[..], b"\r\n"].concat();
    let body = Again {
        piece: part.clone(),
        at: 0,
    };
    let begun = Instant::now();
    let parsed = FormParser::new(TYPE)
        .limits(Limits::default().body(GIB))
        .parse(body.take(1_000_000 * part.len() as u64));
    println!("microseconds {}", begun.elapsed().as_micros());
    let error = refused(parsed)?;
    let at = error.offset() / part.len() as u64;
    println!("status {}", error.status_hint());
    match error.kind() {
        FormErrorKind::TooManyParts { .. } => println!("part {}", at + 1),
        other => return Err(format!("refused as {other:?}").into()),
    }
    Ok(())
}

/// A text of a gibibyte.
fn field() -> Result<(), Box<dyn std::error::Error>> {
    let head = part("a", None);
    let body = head.as_slice().chain(io::repeat(b'x').take(GIB));
    let parsed = FormParser::new(TYPE)
        .limits(Limits::default().body(2 * GIB))
        .parse(body);
    let error = refused(parsed)?;
    println!("status {}", error.status_hint());
    println!("byte {}", error.offset() - head.len() as u64);
    Ok(())
}

/// A file of a gibibyte, whole and then cut short.
fn file() -> Result<(), Box<dyn std::error::Error>> {
    let open = open_files()?;
    let limits = Limits::default().body(2 * GIB);
    let head = part("a", Some("f"));
    let end = b"\r\n--b--\r\n";
    let length = head.len() as u64 + GIB + end.len() as u64;
    let parser = || {
        FormParser::new(TYPE)
            .limits(limits.clone())
            .spool(Spool::default())
            .content_length(length)
    };
    let body = head.as_slice().chain(Noise::new().take(GIB));
    let mut form = parser().parse(body.chain(&end[..]))?;
    let stream = form
        .files
        .get_mut("a")
        .ok_or("the file is not there")?
        .stream_mut();
    println!("in_memory {}", u8::from(stream.is_in_memory()));
    println!("bytes {}", stream.len()?);
    let same = sum(stream)? == sum(&mut Noise::new().take(GIB))?;
    println!("same {}", u8::from(same));
    drop(form);
    println!("left_by_drop {}", open_files()? - open);
    let error = refused(parser().parse(head.as_slice().chain(Noise::new().take(GIB / 2))))?;
    if error.kind() != FormErrorKind::Disconnected {
        return Err(error.into());
    }
    println!("left_by_abort {}", open_files()? - open);
    Ok(())
}

/// The head of a part.
fn part(name: &str, file_name: Option<&str>) -> Vec<u8> {
    let file_name = file_name.map_or_else(String::new, |name| format!("; filename=\"{name}\""));
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n")
        .into_bytes()
}

fn refused<T>(parsed: Result<T, FormError>) -> Result<FormError, &'static str> {
    parsed.err().ok_or("the body is taken")
}

/// The most memory that this process ever had, in KiB.
fn most_memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()
        })
        .ok_or_else(|| io::Error::other("no VmHWM"))
}

/// How many files this process has open: those of a spool have no name.
fn open_files() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

fn sum(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hash.finalize().to_vec()),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// One piece again and again.
struct Again {
    piece: Vec<u8>,
    at: usize,
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.piece[self.at];
            self.at = (self.at + 1) % self.piece.len();
        }
        Ok(buffer.len())
    }
}

/// Bytes in no order (xorshift), line breaks and hyphens among them.
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let whole = buffer.len() / 8 * 8;
        for word in buffer[..whole].chunks_exact_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            word.copy_from_slice(&self.0.to_le_bytes());
        }
        Ok(whole)
    }
}
