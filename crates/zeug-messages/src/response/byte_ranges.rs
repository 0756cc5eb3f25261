//! Owns `multipart/byteranges`: several parts of one body as one. It chooses no parts.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::ops::Range;
use std::vec;

use zeug_datastructures::FieldValue;
use zeug_gateway::Body;

/// What stands in front of each part ([RFC 9110 section 14.6](https://www.rfc-editor.org/rfc/rfc9110#section-14.6)).
pub(super) struct ByteRanges {
    boundary: String,
    content_type: Vec<u8>,
    length: u64,
}

impl ByteRanges {
    /// Parts of a body of `length` bytes and that content type.
    pub(super) fn new(content_type: Option<FieldValue<'_>>, length: u64) -> Self {
        // Two hashes under keys that the system has drawn: nobody can put the boundary into a body beforehand.
        let random = RandomState::new();
        let boundary = format!("{:016x}{:016x}", random.hash_one(1), random.hash_one(2));
        Self {
            boundary,
            content_type: content_type.map_or(Vec::new(), |value| value.as_bytes().to_vec()),
            length,
        }
    }

    /// The content type of the whole, and the whole; `bodies` are the bytes of `parts`.
    pub(super) fn join(&self, parts: &[Range<u64>], bodies: Vec<Body>) -> (String, Body) {
        let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
        for (at, (part, body)) in parts.iter().zip(bodies).enumerate() {
            pieces.push(self.head(at, part).into());
            pieces.push(body);
        }
        pieces.push(format!("\r\n--{}--\r\n", self.boundary).into());
        let len = pieces.iter().filter_map(Body::len).sum();
        let joined = Joined {
            current: Body::empty(),
            rest: pieces.into_iter(),
        };
        (
            format!("multipart/byteranges; boundary={}", self.boundary),
            Body::sized_reader(joined, len),
        )
    }

    fn head(&self, at: usize, part: &Range<u64>) -> Vec<u8> {
        let line = if at == 0 { "" } else { "\r\n" };
        let mut head = format!("{line}--{}\r\n", self.boundary).into_bytes();
        if !self.content_type.is_empty() {
            head.extend_from_slice(b"Content-Type: ");
            head.extend_from_slice(&self.content_type);
            head.extend_from_slice(b"\r\n");
        }
        let last = part.end.saturating_sub(1);
        let range = format!("Content-Range: bytes {}-{last}/{}", part.start, self.length);
        head.extend_from_slice(range.as_bytes());
        head.extend_from_slice(b"\r\n\r\n");
        head
    }
}

/// Bodies one after the other.
struct Joined {
    current: Body,
    rest: vec::IntoIter<Body>,
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.current.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.rest.next() {
                Some(next) => self.current = next,
                None => return Ok(0),
            }
        }
    }
}
