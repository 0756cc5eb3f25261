//! Checks that a server gives the expected answer before it is measured: with curl, once. One that does not is left out.

use std::fs;
use std::process::Command;

use crate::run::output;

use super::Case;
use super::peers::{FILE, Peer};
use super::wrk::Ask;

/// Asks as the case does, and says what is wrong with the answer.
pub(super) fn verify(case: &Case, peer: Peer, address: &str) -> Result<(), String> {
    let scheme = if case.tls { "https" } else { "http" };
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--insecure",
        "--include",
        "--http1.1",
        "--max-time",
        "10",
    ]);
    let mut upload = None;
    match case.ask {
        Ask::Upload => {
            let path = std::env::temp_dir().join(format!("zeug-upload-{}", std::process::id()));
            fs::write(&path, vec![b'x'; FILE])
                .map_err(|error| format!("{}: {error}", path.display()))?;
            curl.args(["--header", "Expect:", "--data-binary"])
                .arg(format!("@{}", path.display()));
            upload = Some(path);
        }
        Ask::Shared(shared) => {
            if let Some((name, value)) = shared.field {
                curl.arg("--header").arg(format!("{name}: {value}"));
            }
        }
        Ask::Hello | Ask::Pipelined | Ask::File => {}
    }
    let answer = output(curl.arg(format!("{scheme}://{address}{}", case.ask.path())));
    if let Some(path) = upload {
        let _ = fs::remove_file(path);
    }
    let answer = answer?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("the answer has no head")?;
    let head = head.to_ascii_lowercase();
    let field = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let status = match case.ask {
        Ask::Shared(shared) => shared.status,
        _ => 200,
    };
    let plain = || field("content-type").is_some_and(|kind| kind.starts_with("text/plain"));
    let filled = |length: usize| body.len() == length && body.bytes().all(|byte| byte == b'x');
    let right = head.starts_with(&format!("http/1.1 {status}"))
        && (status == 304 || field("content-length") == Some(&body.len().to_string()))
        && (peer.dateless || field("date").is_some_and(|date| date.ends_with(" gmt")))
        && match case.ask {
            Ask::Hello | Ask::Pipelined => body == "Hello, World!" && plain(),
            Ask::Upload => body == "1048576",
            Ask::File => filled(FILE),
            Ask::Shared(shared) => {
                filled(shared.length)
                    && field("content-encoding") == shared.coding
                    && (status == 304
                        || field("last-modified") == Some("thu, 01 jan 2026 00:00:00 gmt"))
                    && (status == 304
                        || field("content-type").is_some_and(|kind| kind.starts_with("text/css")))
            }
        };
    if right {
        Ok(())
    } else {
        Err(format!(
            "it gives another answer: {head:?}, {} bytes",
            body.len()
        ))
    }
}
