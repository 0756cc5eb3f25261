//! Two lengths in one message: every spelling of `Content-Length` and `Transfer-Encoding` that a front end might read and zeug not, or the
//! other way. A request is either refused, or read exactly as RFC 9112 says.

use zeug_h1::{BodyLength, HeadDecoder, Limits};

/// What comes out of a request with these field lines after `Host`.
fn framing(lines: &str) -> Result<BodyLength, u16> {
    let wire = [
        b"POST / HTTP/1.1\r\nHost: a\r\n",
        lines.as_bytes(),
        b"\r\n\r\n",
    ]
    .concat();
    framing_of(&wire)
}

fn framing_of(wire: &[u8]) -> Result<BodyLength, u16> {
    match HeadDecoder::new(Limits::default()).decode(wire) {
        Ok(Some((head, consumed))) => {
            assert_eq!(
                consumed,
                wire.len(),
                "the head ends elsewhere: {}",
                wire.escape_ascii()
            );
            Ok(head.body())
        }
        Ok(None) => panic!("no end: {}", wire.escape_ascii()),
        Err(error) => Err(error.status_hint()),
    }
}

/// Every byte but those that need UTF-8, as a string.
fn bytes() -> impl Iterator<Item = String> {
    (0_u8..0x80)
        .map(|byte| char::from(byte).to_string())
        .chain([
            "\u{a0}".into(),
            "\u{85}".into(),
            "\u{2028}".into(),
            "\u{212a}".into(),
        ])
}

/// A spelling of `Transfer-Encoding: chunked` with one byte somewhere that does not belong.
fn transfer_encodings() -> Vec<String> {
    let mut lines = Vec::new();
    for byte in bytes() {
        for (before, after) in [
            ("", "Transfer-Encoding: chunked"),
            ("Transfer", "Encoding: chunked"),
            ("Transfer-", "Encoding: chunked"),
            ("Transfer-Encoding", ": chunked"),
            ("Transfer-Encoding:", "chunked"),
            ("Transfer-Encoding: ", "chunked"),
            ("Transfer-Encoding: chu", "nked"),
            ("Transfer-Encoding: chunked", ""),
            ("X: x", "Transfer-Encoding: chunked"),
            ("Transfer-Encoding: chunked", "X: x"),
            ("Transfer-Encoding:", " chunked"),
            ("X: x\r\n", "Transfer-Encoding: chunked"),
        ] {
            lines.push(format!("{before}{byte}{after}"));
            lines.push(format!("{before}{byte}{byte}{after}"));
        }
    }
    for value in [
        "identity",
        "identity, chunked",
        "chunked, identity",
        "chunked, chunked",
        "gzip, chunked",
        "chunked, gzip",
        "xchunked",
        "chunkedx",
        "chunked;q=1",
        "chunked;",
        "\"chunked\"",
        "'chunked'",
        "(chunked)",
        "cow",
        ", chunked",
        "chunked,",
        ",",
        "",
        "chunked, cow",
        "cow, chunked",
        "chunked cow",
        "chunked\tcow",
        "\u{ff}chunked",
        "chun\r\n ked",
        "\r\n chunked",
        "chunked\r\n\t",
        "%63hunked",
        "c\u{4b}unked",
    ] {
        lines.push(format!("Transfer-Encoding: {value}"));
        lines.push(format!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: {value}"
        ));
        lines.push(format!(
            "Transfer-Encoding: {value}\r\nTransfer-Encoding: chunked"
        ));
    }
    lines
}

fn content_lengths() -> Vec<String> {
    let mut lines = Vec::new();
    for byte in bytes() {
        for (before, after) in [
            ("", "Content-Length: 5"),
            ("Content", "Length: 5"),
            ("Content-", "Length: 5"),
            ("Content-Length", ": 5"),
            ("Content-Length:", "5"),
            ("Content-Length: ", "5"),
            ("Content-Length: 5", ""),
            ("Content-Length: 5", "5"),
            ("X: x", "Content-Length: 5"),
        ] {
            lines.push(format!("{before}{byte}{after}"));
        }
    }
    for value in [
        "5, 5",
        "5,6",
        "+5",
        "-5",
        "0x5",
        "05",
        "5e0",
        "5.0",
        "",
        "18446744073709551621",
        "4294967301",
        "5;",
        "\"5\"",
        "5\r\n 5",
    ] {
        lines.push(format!("Content-Length: {value}"));
        lines.push(format!("Content-Length: 5\r\nContent-Length: {value}"));
        lines.push(format!("Content-Length: {value}\r\nContent-Length: 5"));
    }
    lines
}

/// How a strict reader that does nothing but split lines understands the field lines; `None` for what it refuses.
fn plainly(lines: &str) -> Option<BodyLength> {
    let mut body = None;
    for line in lines.split("\r\n") {
        let (name, value) = line.split_once(':')?;
        let value = value.trim_matches([' ', '\t']);
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty()
            || !name.bytes().all(token)
            || value
                .bytes()
                .any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
        {
            return None;
        }
        let found = match name.to_ascii_lowercase().replace('_', "-").as_str() {
            dashed @ ("content-length" | "transfer-encoding")
                if !name.eq_ignore_ascii_case(dashed) =>
            {
                return None;
            }
            "content-length"
                if value.bytes().all(|byte| byte.is_ascii_digit())
                    && (value == "0" || !value.starts_with('0')) =>
            {
                BodyLength::Fixed(
                    value
                        .parse()
                        .ok()
                        .filter(|length| *length <= i64::MAX as u64)?,
                )
            }
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => BodyLength::Chunked,
            "content-length" | "transfer-encoding" => return None,
            _ => continue,
        };
        if body.replace(found).is_some() {
            return None;
        }
    }
    Some(body.unwrap_or(BodyLength::None))
}

#[test]
fn every_spelling_is_read_plainly_or_refused() {
    let (mut ran, mut accepted) = (0, 0);
    let mut check = |lines: &str| {
        // an empty line would end the head early: that is another request, which the corpora and `framing` cover
        if format!("\r\n{lines}").contains("\r\n\r\n") {
            return;
        }
        ran += 1;
        let found = framing(lines);
        assert_eq!(found.ok(), plainly(lines), "{lines:?}: {found:?}");
        accepted += usize::from(found.is_ok());
    };
    let (encodings, lengths) = (transfer_encodings(), content_lengths());
    for line in encodings.iter().chain(&lengths) {
        check(line);
    }
    for line in &encodings {
        check(&format!("Content-Length: 5\r\n{line}"));
        check(&format!("{line}\r\nContent-Length: 5"));
    }
    for line in &lengths {
        check(&format!("Transfer-Encoding: chunked\r\n{line}"));
        check(&format!("{line}\r\nTransfer-Encoding: chunked"));
    }
    assert!(ran > 12_000 && accepted > 1_000, "{ran} {accepted}");
}

#[test]
fn no_transfer_encoding_in_http_10() {
    for lines in transfer_encodings() {
        let wire = format!("POST / HTTP/1.0\r\n{lines}\r\n\r\n");
        if !wire.ends_with("\r\n\r\n\r\n") && !lines.starts_with("\r\n") {
            let plain = plainly(&lines).filter(|body| *body != BodyLength::Chunked);
            assert_eq!(framing_of(wire.as_bytes()).ok(), plain, "{lines:?}");
        }
    }
}
