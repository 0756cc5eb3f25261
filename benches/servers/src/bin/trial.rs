//! The server that `cargo xtask torture` tries: zeug with handlers that sleep, panic, ignore their body and answer much. It serves nobody else.
//!
//! `ADDRESS [--threads N] [--waiting N] [--report FILE]`; at its end it writes its counters to the report.

use std::io::{self, Read};
use std::thread;
use std::time::Duration;

use zeug::gateway::Body;
use zeug::http::StatusCode;
use zeug::serving::{Limits, Server};
use zeug::{HttpError, Request, Response};

/// What `/large` and `/stream` send: 10 MiB.
const LARGE: usize = 10 * 1024 * 1024;

/// Bytes that differ from place to place: what arrives at another place is seen.
fn pattern(at: usize) -> u8 {
    ((at as u32).wrapping_mul(2_654_435_761) >> 24) as u8
}

struct Stream(usize);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(LARGE - self.0);
        for (byte, at) in buffer[..count].iter_mut().zip(self.0..) {
            *byte = pattern(at);
        }
        self.0 += count;
        Ok(count)
    }
}

struct Panics;

impl Read for Panics {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("a body that panics")
    }
}

struct PanicsAtItsEnd;

impl Read for PanicsAtItsEnd {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Drop for PanicsAtItsEnd {
    fn drop(&mut self) {
        panic!("a body that panics when it is dropped")
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    use lexopt::prelude::*;
    let (mut address, mut report) = (String::new(), None);
    let mut limits = Limits::default().requests_per_connection(u64::MAX);
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("threads") => limits = limits.threads(parser.value()?.parse()?),
            Long("waiting") => limits = limits.waiting(parser.value()?.parse()?),
            Long("report") => report = Some(parser.value()?),
            Value(value) => address = value.string()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let large: bytes::Bytes = (0..LARGE).map(pattern).collect::<Vec<u8>>().into();
    let app = move |request: Request| -> Result<Response, HttpError> {
        let path = request.raw_path();
        if let Some(millis) = path.strip_prefix("/sleep/") {
            thread::sleep(Duration::from_millis(millis.parse()?));
            return Ok(Response::text("slept"));
        }
        if let Some(length) = path.strip_prefix("/pattern/") {
            let length: usize = length.parse()?;
            return Ok(Response::bytes(large.slice(..length.min(LARGE))));
        }
        Ok(match path {
            "/" => Response::text("Hello, World!"),
            "/large" => Response::bytes(large.clone()),
            "/stream" => Response::new(Body::reader(Stream(0))),
            "/count" => Response::text(request.bytes()?.len().to_string()),
            "/echo" => Response::bytes(request.bytes()?),
            "/ignore" => Response::text("ignored"),
            "/panic" => panic!("a handler that panics"),
            "/panic-body" => Response::new(Body::reader(Panics)),
            "/panic-drop" => Response::new(Body::reader(PanicsAtItsEnd)),
            _ => Response::text("no").with_status(StatusCode::NOT_FOUND),
        })
    };
    let server = Server::bind(&address)?.limits(limits).stop_on_signals();
    let metrics = server.metrics();
    server.serve(app)?;
    if let Some(report) = report {
        std::fs::write(report, metrics.snapshot().to_prometheus())?;
    }
    Ok(())
}
