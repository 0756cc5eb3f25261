//! Says what zeug makes of requests, for `tests/differential`: on standard input each request is its length in four bytes and its bytes, on standard output a
//! line: `accepted`, length and checksum of the body, or `refused`, or `incomplete`. Only the first request of the bytes is judged.

use std::io::{self, BufWriter, Read, Write};

use zeug_h1::{BodyDecoder, BodyEvent, H1Error, HeadDecoder, Limits};

/// The body of the first request, if it is whole.
fn first(wire: &[u8]) -> Result<Option<Vec<u8>>, H1Error> {
    let limits = Limits::default();
    let Some((head, mut at)) = HeadDecoder::new(limits).decode(wire)? else {
        return Ok(None);
    };
    let mut decoder = BodyDecoder::new(head.body(), limits);
    let mut body = Vec::new();
    loop {
        let (taken, event) = decoder.decode(wire.get(at..).unwrap_or_default())?;
        at += taken;
        match event {
            BodyEvent::Data(piece) => body.extend_from_slice(piece),
            BodyEvent::NeedMore => return Ok(None),
            BodyEvent::End => return Ok(Some(body)),
        }
    }
}

fn main() -> io::Result<()> {
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut rest = input.as_slice();
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((wire, tail)) = tail.split_at_checked(length) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        rest = tail;
        match first(wire) {
            Ok(Some(body)) => {
                let sum = body.iter().fold(1_u32, |sum, &byte| {
                    sum.wrapping_mul(31).wrapping_add(byte.into())
                });
                writeln!(out, "accepted {} {sum}", body.len())?;
            }
            Ok(None) => writeln!(out, "incomplete")?,
            Err(_) => writeln!(out, "refused")?,
        }
    }
    out.flush()
}
