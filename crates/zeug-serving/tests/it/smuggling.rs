//! Two lengths in one request, over a real socket: every spelling of `Transfer-Encoding: chunked` that hides it from one of two readers, beside a
//! `Content-Length`, with a second request in what only one of them takes for the body. The placements and bytes are those of the
//! `smuggler` tool's three sets.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zeug_gateway::{BodyError, Request};

use crate::running::Running;

const TE: &[u8] = b"Transfer-Encoding";
/// The request that only one reader sees.
pub(crate) const MARKED: &str = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// `before`, the byte, `after`.
fn with(before: &[u8], byte: u8, after: &[u8]) -> Vec<u8> {
    [before, &[byte], after].concat()
}

/// A byte in each of four places: in front, behind the name, before the value, behind it.
fn placed(byte: u8, places: [bool; 4]) -> Vec<u8> {
    let put = |line: &mut Vec<u8>, at: usize| {
        if places[at] {
            line.push(byte);
        }
    };
    let mut line = Vec::new();
    put(&mut line, 0);
    line.extend_from_slice(TE);
    put(&mut line, 1);
    line.push(b':');
    if !places[2] {
        line.push(b' ');
    }
    put(&mut line, 2);
    line.extend_from_slice(b"chunked");
    put(&mut line, 3);
    line
}

const PLACES: [[bool; 4]; 4] = [
    [true, false, false, false],
    [false, true, false, false],
    [false, false, true, false],
    [false, false, false, true],
];

/// 134: the usual tricks.
pub(crate) fn usual() -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = [
        " Transfer-Encoding: chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding\t:\tchunked",
        "Transfer-Encoding : chunked",
    ]
    .map(|line| line.as_bytes().to_vec())
    .into();
    for byte in [1, 4, 8, 9, 0xa, 0xb, 0xc, 0xd, 0x1f, 0x20, 0x7f, 0xa0, 0xff] {
        lines.extend(PLACES.map(|places| placed(byte, places)));
        let whole = b"Transfer-Encoding: chunked";
        lines.push(with(b"X: X", byte, whole));
        lines.push(with(whole, byte, b"X: X"));
        lines.push(with(b"X: X\r", byte, whole));
        lines.push([&with(b"X: X", byte, b"\n"), &whole[..]].concat());
        lines.push(
            [
                &with(&[whole, &b"\r"[..]].concat(), byte, b""),
                &b"X: X"[..],
            ]
            .concat(),
        );
        lines.push([&with(whole, byte, b"\n"), &b"X: X"[..]].concat());
    }
    lines
}

/// 966: one byte in two places.
fn doubles() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for byte in (1..0x21).chain(0x7f..=0xff) {
        for one in 0..4 {
            for other in one + 1..4 {
                lines.push(placed(
                    byte,
                    std::array::from_fn(|at| at == one || at == other),
                ));
            }
        }
    }
    lines
}

/// 668: other words, and every byte in each place.
fn exhaustive() -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = [
        " Transfer-Encoding: chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding\t:\tchunked",
        "Transfer Encoding: chunked",
        "Transfer_Encoding: chunked",
        "Transfer Encoding:chunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:  chunked",
        "Transfer-Encoding:\u{b}chunked",
        "Transfer-Encoding: chunked, cow",
        "Transfer-Encoding: cow, chunked",
        "Content-Encoding: chunked",
        "Transfer-Encoding:\n chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: 'chunked'",
        "Transfer-Encoding: chunk",
        "TrAnSFer-EnCODinG: cHuNkeD",
        "TRANSFER-ENCODING: CHUNKED",
        "Transfer-Encoding: chunked\r",
        "Transfer-Encoding: chunked\t",
        "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
        "Transfer\r-Encoding: chunked",
        "Transfer-Encoding: cow chunked bar",
        "X:X\rTransfer-Encoding: chunked",
        "X:X\nTransfer-Encoding: chunked",
    ]
    .map(|line| line.as_bytes().to_vec())
    .into();
    lines.push(b"Transfer-Encoding:\xffchunked".to_vec());
    lines.push(b"Transfer-Encoding: ch\x96nked".to_vec());
    lines.push(b"Transf\x82r-Encoding: chunked".to_vec());
    for byte in (1..0x20).chain(0x7f..=0xff) {
        lines.extend(PLACES.map(|places| placed(byte, places)));
    }
    lines
}

/// 1,768: all of them.
pub(crate) fn all() -> Vec<Vec<u8>> {
    [usual(), doubles(), exhaustive()].concat()
}

/// Whether no reader can take these lines for a transfer coding: then the request has one length, and is a good one.
fn is_plain(lines: &[u8]) -> bool {
    let text: String = lines.iter().map(|&byte| char::from(byte)).collect();
    text.split("\r\n").all(|line| {
        let Some((name, value)) = line.split_once(':') else {
            return false;
        };
        let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let text = |c: char| c == '\t' || (c >= ' ' && c != '\u{7f}');
        !letters.eq_ignore_ascii_case("TransferEncoding")
            && !letters.eq_ignore_ascii_case("TransfrEncoding")
            && !name.is_empty()
            && name.chars().all(token)
            && value.chars().all(text)
    })
}

/// The two requests that a line makes.
fn payloads(line: &[u8]) -> [Vec<u8>; 2] {
    // A front end that goes by Content-Length hands all of it on as one request.
    let cl_te = format!("0\r\n\r\n{MARKED}");
    // One that goes by the chunks does, too, and a reader of Content-Length sees the marked request behind four bytes.
    let size = format!("{:x}\r\n", MARKED.len());
    let te_cl = format!("{size}{MARKED}\r\n0\r\n\r\n");
    [(cl_te.len(), cl_te), (size.len(), te_cl)].map(|(length, body)| {
        let rest = format!("\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}");
        [b"POST / HTTP/1.1\r\n", line, rest.as_bytes()].concat()
    })
}

/// All requests that these lines make.
pub(crate) fn sweep(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    lines.iter().flat_map(|line| payloads(line)).collect()
}

/// The corpora's way of writing bytes: `\r`, `\n`, `\t`, `\f`, `\0` and `\xNN` are written out.
pub(crate) fn unescape(text: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.into_iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().unwrap_or(byte) {
                b'r' => b'\r',
                b'n' => b'\n',
                b't' => b'\t',
                b'f' => 0x0c,
                b'0' => 0,
                b'x' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            },
            byte => byte,
        });
    }
    bytes
}

/// A folder of requests that others have collected, which lies beside the project; `None`, with a word, where it does not.
pub(crate) fn corpus(folder: &str) -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpora")
        .join(folder);
    let Ok(entries) = fs::read_dir(folder) else {
        eprintln!("left out: the corpora of requests are not there");
        return None;
    };
    Some(entries.map(|entry| entry.unwrap().path()).collect())
}

/// gunicorn's requests, good and bad ones; real line ends in the files count for nothing.
pub(crate) fn gunicorn() -> Option<Vec<Vec<u8>>> {
    let mut paths = corpus("gunicorn/requests/valid")?;
    paths.extend(corpus("gunicorn/requests/invalid")?);
    let paths = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "http"));
    let read = |path| {
        let text = fs::read(path).unwrap().into_iter();
        unescape(text.filter(|byte| !matches!(byte, b'\r' | b'\n')))
    };
    Some(paths.map(read).collect())
}

/// What the payloads met.
#[derive(Default, Debug)]
struct Met {
    ran: usize,
    plain: usize,
    faults: Vec<String>,
}

#[test]
fn no_second_request_is_smuggled() {
    let marked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&marked);
    let app = move |mut request: Request| -> Result<&'static str, BodyError> {
        if request.uri().path() == "/smuggled" {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        std::mem::take(request.body_mut()).into_bytes(100_000)?;
        Ok("read")
    };
    let server = Running::start(|server| server, app);
    let lines = [usual(), doubles(), exhaustive()];
    assert_eq!(lines.each_ref().map(Vec::len), [134, 966, 668]);
    let mut met = Met::default();
    for line in lines.iter().flatten() {
        for (at, wire) in payloads(line).iter().enumerate() {
            let before = marked.load(Ordering::SeqCst);
            let answer = server.exchange(wire);
            let answers = answer.matches("HTTP/1.1 ").count();
            let marks = marked.load(Ordering::SeqCst) - before;
            met.ran += 1;
            let right = if is_plain(line) {
                met.plain += 1;
                // Behind a plain request with a short length the marked one is simply the next.
                answer.starts_with("HTTP/1.1 2") && marks == at
            } else {
                let refused =
                    answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 501 ");
                refused && answers == 1 && marks == 0
            };
            if !right {
                let line = line.escape_ascii();
                met.faults
                    .push(format!("{line}, {at}: {marks} marked: {answer:?}"));
            }
        }
    }
    assert!(
        met.faults.is_empty(),
        "{} of {} payloads: {:#?}",
        met.faults.len(),
        met.ran,
        &met.faults[..met.faults.len().min(10)]
    );
    assert_eq!(met.ran, 3536);
    assert_eq!(
        met.plain, 10,
        "four bytes that another field may hold, and Content-Encoding, each with both lengths"
    );
}
