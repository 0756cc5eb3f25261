//! Owns the bodies that tests share, and how they are read from vectors.

/// The bytes of a base64 text, standard alphabet.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | u32::from(value(byte));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// A part as browsers write it.
pub(crate) fn part(boundary: &str, name: &str, filename: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let file = filename.map_or_else(String::new, |name| {
        format!("; filename=\"{name}\"\r\nContent-Type: application/octet-stream")
    });
    let mut part =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
            .into_bytes();
    part.extend_from_slice(bytes);
    part.extend_from_slice(b"\r\n");
    part
}

/// The last delimiter.
pub(crate) fn end(boundary: &str) -> Vec<u8> {
    format!("--{boundary}--\r\n").into_bytes()
}

/// The boundary that a content type names, `bnd` if none.
pub(crate) fn boundary(content_type: &str) -> Vec<u8> {
    content_type
        .split("boundary=")
        .nth(1)
        .filter(|text| !text.is_empty())
        .unwrap_or("bnd")
        .trim_matches('"')
        .as_bytes()
        .to_vec()
}
