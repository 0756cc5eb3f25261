//! A second reader of HTTP/1.1, written for these tests alone and stricter than any program: what it does not read in one way only, no proxy may write. It shares no code with zeug.

/// A message and what follows it.
pub(crate) struct Message<'a> {
    pub(crate) first_line: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) rest: &'a [u8],
}

/// How the bytes begin.
pub(crate) enum Begun<'a> {
    Whole(Message<'a>),
    /// With a part of a message, so far a proper one.
    Part,
}

/// What a head says of the body.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Request,
    /// The answer to a `HEAD` has no body, whatever it says.
    Answer {
        head: bool,
    },
}

type Read<T> = Result<T, String>;

/// Reads one message; says what is wrong with it. `closed`: nothing more will come.
pub(crate) fn message(wire: &[u8], side: Side, closed: bool) -> Read<Begun<'_>> {
    let Some(end) = find(wire, b"\r\n\r\n") else {
        return text(wire).map(|_| Begun::Part);
    };
    let head = text(&wire[..end])?;
    let rest = &wire[end + 4..];
    let mut lines = head.split("\r\n");
    let first_line = lines.next().unwrap_or_default().to_owned();
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(": ").ok_or(format!("no field: {line:?}"))?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) || value.trim() != value {
            return Err(format!("no field: {line:?}"));
        }
        fields.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let all = |name: &str| {
        let found = fields.iter().filter(|(other, _)| other == name);
        found.map(|(_, value)| &**value).collect::<Vec<_>>()
    };
    let bodiless = match side {
        Side::Request => {
            let words: Vec<_> = first_line.split(' ').collect();
            if words.len() != 3 || words[2] != "HTTP/1.1" || !words[1].starts_with(['/', '*']) {
                return Err(format!("no request line: {first_line:?}"));
            }
            if all("host").len() != 1 {
                return Err(format!("not one host: {head:?}"));
            }
            false
        }
        Side::Answer { head } => {
            let status = first_line
                .strip_prefix("HTTP/1.1 ")
                .and_then(|rest| rest.get(..3)?.parse().ok());
            let Some(status @ 200..600) = status else {
                return Err(format!("no status line: {first_line:?}"));
            };
            head || matches!(status, 204 | 304)
        }
    };
    let (lengths, codings) = (all("content-length"), all("transfer-encoding"));
    let (body, rest) = match (&lengths[..], &codings[..]) {
        _ if bodiless => (Vec::new(), rest),
        ([length], []) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            let length: usize = length.parse().map_err(|_| format!("{length:?}"))?;
            let Some((body, rest)) = rest.split_at_checked(length) else {
                return Ok(Begun::Part);
            };
            (body.to_vec(), rest)
        }
        ([], ["chunked"]) => match chunks(rest)? {
            Some(read) => read,
            None => return Ok(Begun::Part),
        },
        ([], []) if matches!(side, Side::Request) => (Vec::new(), rest),
        ([], []) if all("connection") == ["close"] => {
            if !closed {
                return Ok(Begun::Part);
            }
            (rest.to_vec(), &b""[..])
        }
        _ => return Err(format!("not one length: {head:?}")),
    };
    Ok(Begun::Whole(Message {
        first_line,
        fields,
        body,
        rest,
    }))
}

/// The bytes of a head as text, a character each, whose lines end with CRLF only.
fn text(head: &[u8]) -> Read<String> {
    let text: String = head.iter().map(|&byte| char::from(byte)).collect();
    let shown = text.replace("\r\n", "");
    let cut = shown.strip_suffix('\r').unwrap_or(&shown);
    match cut
        .chars()
        .find(|&c| c != '\t' && (c < ' ' || c == '\u{7f}'))
    {
        Some(control) => Err(format!("{control:?} in {text:?}")),
        None => Ok(text),
    }
}

/// What the chunks hold and what follows them; `None` where they are not at their end.
fn chunks(mut wire: &[u8]) -> Read<Option<(Vec<u8>, &[u8])>> {
    let mut body = Vec::new();
    loop {
        let Some(end) = find(wire, b"\r\n") else {
            return Ok(None);
        };
        let line = text(&wire[..end])?;
        if line.is_empty() || line.len() > 8 || !line.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("no size of a chunk: {line:?}"));
        }
        let size = usize::from_str_radix(&line, 16).map_err(|error| error.to_string())?;
        let data = &wire[end + 2..];
        let Some((data, behind)) = data.split_at_checked(size) else {
            return Ok(None);
        };
        let Some((mark, behind)) = behind.split_at_checked(2) else {
            return Ok(None);
        };
        if mark != b"\r\n" {
            return Err(format!("{} behind a chunk", mark.escape_ascii()));
        }
        body.extend_from_slice(data);
        wire = behind;
        if size == 0 {
            return Ok(Some((body, wire)));
        }
    }
}

fn find(wire: &[u8], wanted: &[u8]) -> Option<usize> {
    wire.windows(wanted.len()).position(|found| found == wanted)
}
