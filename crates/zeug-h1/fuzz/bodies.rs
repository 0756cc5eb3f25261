//! What the fuzz targets do with their bytes; also run on stable by `tests/it/replay.rs`, and the driver of the corpora.

use std::fmt::Write as _;

use http::Method;
use zeug_h1::{
    BodyDecoder, BodyEncoder, BodyEvent, BodyLength, H1Error, HeadDecoder, Limits, Persistence,
    ResponseHeadDecoder,
};

/// What a connection comes to: its messages as text, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// One line for each head, body and set of trailers.
    pub messages: Vec<String>,
    pub end: End,
    /// How many bytes were not read since the connection was to be closed.
    pub unread: usize,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All bytes were read and no message was begun.
    Between,
    /// The bytes ended inside a message; this is what `finish` says.
    Inside(H1Error),
    /// A message said that it is the last, or that another protocol begins.
    Closed,
    Refused(H1Error),
}

/// Which side is read.
#[derive(Clone, Debug)]
pub enum Side {
    Requests,
    /// Responses to requests of this method.
    Responses(Method),
}

/// A head of either side, as far as the reader of a connection needs it.
struct Head {
    shown: String,
    body: BodyLength,
    last: bool,
    consumed: usize,
}

/// Reads a connection whose bytes arrive in pieces that end at the offsets `cuts` gives and at the end.
pub fn read(
    wire: &[u8],
    side: &Side,
    limits: Limits,
    cuts: impl IntoIterator<Item = usize>,
) -> Account {
    let mut messages = Vec::new();
    let mut requests = HeadDecoder::new(limits);
    let mut responses = ResponseHeadDecoder::new(limits);
    let mut body: Option<(BodyDecoder, Vec<u8>, bool)> = None;
    let mut at = 0;
    for end in cuts.into_iter().chain([wire.len()]) {
        let mut stalled = false;
        while !stalled {
            let input = &wire[at..end];
            let Some((decoder, data, last)) = &mut body else {
                match next_head(&mut requests, &mut responses, side, input) {
                    Ok(Some(head)) => {
                        at += head.consumed;
                        messages.push(head.shown);
                        body = Some((BodyDecoder::new(head.body, limits), Vec::new(), head.last));
                    }
                    Ok(None) => stalled = true,
                    Err(error) => {
                        return Account {
                            messages,
                            end: End::Refused(error),
                            unread: wire.len() - at,
                        };
                    }
                }
                continue;
            };
            match decoder.decode(input) {
                Ok((taken, event)) => {
                    at += taken;
                    match event {
                        BodyEvent::Data(piece) => data.extend_from_slice(piece),
                        BodyEvent::NeedMore => {
                            assert_eq!(at, end, "bytes left although more are wanted");
                            stalled = true;
                        }
                        BodyEvent::End => {
                            let mut shown = format!("body {}", data.escape_ascii());
                            for (name, value) in decoder.trailers() {
                                let _ = write!(shown, " | {name}: {value}");
                            }
                            messages.push(shown);
                            if *last {
                                return Account {
                                    messages,
                                    end: End::Closed,
                                    unread: wire.len() - at,
                                };
                            }
                            body = None;
                        }
                    }
                }
                Err(error) => {
                    messages.push(format!("body {}", data.escape_ascii()));
                    return Account {
                        messages,
                        end: End::Refused(error),
                        unread: 0,
                    };
                }
            }
        }
    }
    let finished = match (&mut body, side) {
        (Some((decoder, data, _)), _) => {
            messages.push(format!("body {}", data.escape_ascii()));
            decoder.finish()
        }
        (None, Side::Requests) => requests.finish(&wire[at..]),
        (None, Side::Responses(_)) => responses.finish(&wire[at..]),
    };
    let end = match finished {
        Ok(()) if body.is_some() => End::Closed,
        Ok(()) => End::Between,
        Err(error) => End::Inside(error),
    };
    Account {
        messages,
        end,
        unread: 0,
    }
}

fn next_head(
    requests: &mut HeadDecoder,
    responses: &mut ResponseHeadDecoder,
    side: &Side,
    input: &[u8],
) -> Result<Option<Head>, H1Error> {
    match side {
        Side::Requests => Ok(requests.decode(input)?.map(|(head, consumed)| {
            let shown = format!(
                "{} {} {:?} for {:?} {:?} keeps {} expects {:?} upgrade {:?} {}",
                head.method(),
                head.target().as_str(),
                head.version(),
                head.authority(),
                head.body(),
                head.keeps_alive(),
                head.expectation(),
                head.upgrade(),
                head.headers(),
            );
            let last = !head.keeps_alive()
                || *head.method() == Method::CONNECT
                || head.upgrade().is_some();
            Head {
                shown,
                body: head.body(),
                last,
                consumed,
            }
        })),
        Side::Responses(method) => Ok(responses.decode(input, method)?.map(|(head, consumed)| {
            let (body, persistence) = (head.body(), head.persistence());
            let reason = head.reason().escape_ascii();
            let shown = format!(
                "{:?} {} {reason} {body:?} {persistence:?} {}",
                head.version(),
                head.status(),
                head.headers()
            );
            Head {
                shown,
                body,
                last: persistence != Persistence::KeepAlive,
                consumed,
            }
        })),
    }
}

/// Requests, whole and byte by byte.
pub fn request_head(bytes: &[u8]) {
    let limits = Limits::default().start_line(256).head(1024).fields(8);
    let whole = HeadDecoder::new(limits).decode(bytes);
    let mut decoder = HeadDecoder::new(limits);
    let mut bytewise = Ok(None);
    for end in 0..=bytes.len() {
        bytewise = decoder.decode(&bytes[..end]);
        if !matches!(bytewise, Ok(None)) {
            break;
        }
    }
    assert_eq!(format!("{whole:?}"), format!("{bytewise:?}"));
    if let Ok(Some((head, consumed))) = whole {
        assert!(consumed <= bytes.len() && bytes[..consumed].ends_with(b"\r\n\r\n"));
        for (name, value) in head.headers() {
            assert!(
                !name.as_bytes().is_empty()
                    && !value.as_bytes().iter().any(|byte| b"\r\n\0".contains(byte))
            );
        }
    }
}

/// Responses, whole and byte by byte.
pub fn response_head(bytes: &[u8]) {
    let limits = Limits::default().start_line(256).head(1024).fields(8);
    let whole = ResponseHeadDecoder::new(limits).decode(bytes, &Method::GET);
    let mut decoder = ResponseHeadDecoder::new(limits);
    let mut bytewise = Ok(None);
    for end in 0..=bytes.len() {
        bytewise = decoder.decode(&bytes[..end], &Method::GET);
        if !matches!(bytewise, Ok(None)) {
            break;
        }
    }
    assert_eq!(format!("{whole:?}"), format!("{bytewise:?}"));
}

/// A chunked body, and the same written again.
pub fn chunked(bytes: &[u8]) {
    let mut decoder = BodyDecoder::new(BodyLength::Chunked, Limits::default());
    let mut encoder = BodyEncoder::new(BodyLength::Chunked);
    let (mut data, mut out, mut at) = (Vec::new(), Vec::new(), 0);
    while let Ok((taken, event)) = decoder.decode(&bytes[at..]) {
        at += taken;
        match event {
            BodyEvent::Data(piece) => {
                data.extend_from_slice(piece);
                encoder.data(piece, &mut out).expect("chunks have no end");
            }
            BodyEvent::NeedMore => break,
            BodyEvent::End => {
                let trailers = decoder.trailers().clone();
                encoder
                    .finish_with_trailers(&trailers, &mut out)
                    .expect("trailers that were read can be written");
                let mut again =
                    BodyDecoder::new(BodyLength::Chunked, Limits::default().trailers(usize::MAX));
                let (mut rest, mut copy) = (&out[..], Vec::new());
                loop {
                    let (taken, event) = again.decode(rest).expect("what was written can be read");
                    rest = &rest[taken..];
                    match event {
                        BodyEvent::Data(piece) => copy.extend_from_slice(piece),
                        BodyEvent::End => break,
                        BodyEvent::NeedMore => panic!("what was written has no end"),
                    }
                }
                assert_eq!((copy, rest, again.trailers()), (data, &b""[..], &trailers));
                return;
            }
        }
    }
}

/// A connection cut at every byte, at one place, and not at all: the same account.
pub fn framing(bytes: &[u8]) {
    let limits = Limits::default()
        .start_line(256)
        .head(1024)
        .fields(8)
        .chunk_extensions(32)
        .trailers(64);
    for side in [Side::Requests, Side::Responses(Method::GET)] {
        let whole = read(bytes, &side, limits, []);
        assert_eq!(read(bytes, &side, limits, 0..bytes.len()), whole);
        assert_eq!(read(bytes, &side, limits, [bytes.len() / 2]), whole);
    }
}
