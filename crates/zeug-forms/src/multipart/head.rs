//! Owns a part's header block: its name, its file name, its other fields. Refuses a part that cannot be told apart from others.

use std::borrow::Cow;

use zeug_datastructures::Headers;
use zeug_http::{ContentType, OptionsField};

use crate::{FormError, FormErrorKind, charset::Charset};

/// The head of one part: which field it is, and what its sender says of it. All of it is the sender's word.
///
/// # Example
///
/// ```
/// use zeug_forms::{FormErrorKind, Limits, MultipartDecoder, MultipartEvent};
///
/// let body = b"--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
/// let mut decoder = MultipartDecoder::new("b", Limits::default())?;
/// let mut events = decoder.push(body);
/// assert!(matches!(events.next_event()?, Some(MultipartEvent::Preamble { last: true, .. })));
/// let Some(MultipartEvent::File(head)) = events.next_event()? else { panic!("a file begins") };
/// assert_eq!((head.name(), head.filename()), ("doc", Some("a.txt")));
/// assert_eq!(head.header("content-type").as_deref(), Some("text/plain"));
///
/// let mut decoder = MultipartDecoder::new("b", Limits::default())?;
/// let mut events = decoder.push(b"--b\r\nContent-Disposition: form-data\r\n\r\n");
/// events.next_event()?;
/// let error = events.next_event().unwrap_err();
/// assert_eq!(error.kind(), FormErrorKind::MissingName);
/// # Ok::<(), zeug_forms::FormError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PartHead<'a> {
    raw: &'a str,
    name: &'a str,
    filename: Option<&'a str>,
    /// Both names, where they do not stand in the block as they are read. Apart, so that the usual head is a few plain references to move.
    decoded: Option<Box<(String, Option<String>)>>,
}

impl<'a> PartHead<'a> {
    /// Reads a header block; `offset` is where it stands in the body.
    #[inline]
    pub(super) fn read(
        raw: &'a [u8],
        strict: bool,
        limit: usize,
        offset: u64,
    ) -> Result<Self, FormError> {
        let malformed =
            |at: usize| FormError::new(FormErrorKind::MalformedHead, offset + at as u64);
        let raw = str::from_utf8(raw).map_err(|error| malformed(error.valid_up_to()))?;
        if limit >= 2
            && let Some(head) = Self::read_usual(raw)
        {
            return Ok(head);
        }
        let count = fields(raw).take(limit.saturating_add(1)).count();
        if count > limit {
            return Err(FormError::new(
                FormErrorKind::TooManyHeadFields { limit },
                offset,
            ));
        }
        if strict {
            check_strict(raw).map_err(malformed)?;
        }
        let missing = || FormError::new(FormErrorKind::MissingContentDisposition, offset);
        let field = header(raw, "content-disposition").ok_or_else(missing)?;
        let names = disposition(&field, strict).map_err(|kind| FormError::new(kind, offset))?;
        Ok(Self {
            raw,
            name: "",
            filename: None,
            decoded: Some(Box::new(names)),
        })
    }

    /// Reads the block if it is, to the byte, what browsers, curl and HTTP libraries write.
    #[inline]
    fn read_usual(raw: &'a str) -> Option<Self> {
        let rest = raw.strip_prefix("Content-Disposition: form-data; name=\"")?;
        let (name, rest) = plain_quoted(rest)?;
        if rest.is_empty() {
            return Some(Self {
                raw,
                name,
                filename: None,
                decoded: None,
            });
        }
        let (filename, rest) = match rest.strip_prefix("; filename=\"") {
            Some(rest) => {
                let (filename, rest) = plain_quoted(rest)?;
                (Some(filename), rest)
            }
            None => (None, rest),
        };
        if !rest.is_empty() {
            let value = rest.strip_prefix("\r\nContent-Type: ")?;
            if memchr::memchr2(b'\r', b'\n', value.as_bytes()).is_some() {
                return None;
            }
        }
        Some(Self {
            raw,
            name,
            filename,
            decoded: None,
        })
    }

    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.decoded.as_deref().map_or(self.name, |(name, _)| name)
    }

    /// The file name, as the client gave it: it may be empty, hold path separators, or be a lie. Never open a file by it.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        match &self.decoded {
            Some(decoded) => decoded.1.as_deref(),
            None => self.filename,
        }
    }

    /// The value of the first header field of that name, compared without case; folded lines joined by spaces.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        header(self.raw, name)
    }

    /// Every header field in order: its name and its value, folded lines joined by spaces. A line without a colon is a name without a value.
    pub fn fields(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        fields(self.raw)
    }

    /// The header fields as a map. A line that could not be sent as a header field again (a name that is no token, a control byte) is left out.
    #[must_use]
    pub fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        for (name, value) in self.fields() {
            // what does not fit is left out, as documented
            let _ = headers.try_append(&*name, value.as_bytes());
        }
        headers
    }

    /// The charset of the part's text: ASCII, UTF-8 or ISO-8859-1 if its content type says so, else UTF-8.
    pub(crate) fn charset(&self) -> Charset {
        if self.raw.len() <= self.name().len() + "Content-Disposition: form-data; name=\"\"".len() {
            return Charset::Utf8;
        }
        match self.header("content-type") {
            Some(field) => ContentType::parse(&field)
                .charset()
                .map_or(Charset::Utf8, Charset::by_name),
            None => Charset::Utf8,
        }
    }
}

/// A quoted string that needs no decoding, without its opening quote, and what follows its closing one.
#[inline]
fn plain_quoted(text: &str) -> Option<(&str, &str)> {
    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | b'%' | b'\r' | b'\n');
    let end = text
        .as_bytes()
        .iter()
        .take_while(|byte| plain(byte))
        .count();
    let (plain, rest) = text.split_at(end);
    Some((plain, rest.strip_prefix('"')?))
}

/// The lines of a header block as names and values. A line break before a space or tab does not end a line.
fn fields<'a>(raw: &'a str) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let mut rest = raw;
    let lines = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut folded = false;
        let breaks = memchr::memchr2_iter(b'\r', b'\n', rest.as_bytes());
        let mut end = rest.len();
        for at in breaks {
            let next = at + if rest[at..].starts_with("\r\n") { 2 } else { 1 };
            if rest[at..].starts_with('\n') && rest[..at].ends_with('\r') {
                // the LF of a CRLF looked at already
                continue;
            }
            if !rest[next..].starts_with([' ', '\t']) {
                end = at;
                break;
            }
            folded = true;
        }
        let (line, after) = rest.split_at(end);
        rest = after
            .strip_prefix("\r\n")
            .or_else(|| after.get(1..))
            .unwrap_or_default();
        Some((line, folded))
    });
    lines.filter_map(|(line, folded)| {
        let white = [' ', '\t'];
        if folded {
            let line = unfold(line);
            let line = line.trim_matches(white);
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let owned = |text: &str| Cow::Owned(text.trim_matches(white).to_owned());
            return (!line.is_empty()).then(|| (owned(name), owned(value)));
        }
        let line = line.trim_matches(white);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let borrowed = |text: &'a str| Cow::Borrowed(text.trim_matches(white));
        (!line.is_empty()).then(|| (borrowed(name), borrowed(value)))
    })
}

/// A line with each line break in it, and the space or tab after it, turned into one space.
fn unfold(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['\r', '\n']) {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        text.push(' ');
        // The break and the blank behind it.
        let breaks = if behind.starts_with("\r\n") { 2 } else { 1 };
        rest = behind.get(breaks + 1..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The value of the first field of that name.
fn header<'a>(raw: &'a str, name: &str) -> Option<Cow<'a, str>> {
    fields(raw)
        .find(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The `name` and `filename` of a `Content-Disposition` field.
fn disposition(field: &str, strict: bool) -> Result<(String, Option<String>), FormErrorKind> {
    let plain = without_extended(field);
    if strict
        && (plain.len() != field.len()
            || !OptionsField::parse(field)
                .value()
                .eq_ignore_ascii_case("form-data"))
    {
        return Err(FormErrorKind::MissingContentDisposition);
    }
    let read = |key: &str| {
        let first = OptionsField::parse(&plain).get(key).map(str::to_owned);
        if first.is_some() || plain.len() == field.len() {
            first
        } else {
            OptionsField::parse(field).get(key).map(str::to_owned)
        }
    };
    Ok((
        read("name").ok_or(FormErrorKind::MissingName)?,
        read("filename"),
    ))
}

/// The field without the parameters whose names carry an RFC 2231 mark (`filename*`): they count only where the plain one is missing.
fn without_extended(field: &str) -> Cow<'_, str> {
    if !field.contains('*') {
        return Cow::Borrowed(field);
    }
    let (mut kept, mut quoted, mut escaped, mut from) = (String::new(), false, false, 0);
    let ends = field.bytes().enumerate().filter_map(|(at, byte)| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = matches!(field.as_bytes().get(at + 1), Some(b'\\' | b'"')),
            b'"' => quoted = !quoted,
            b';' if !quoted => return Some(at + 1),
            _ => {}
        }
        None
    });
    for end in ends.chain([field.len()]) {
        let piece = &field[from..end];
        let name = piece.split('=').next().unwrap_or_default();
        if !name.contains('*') {
            kept.push_str(piece);
        }
        from = end;
    }
    Cow::Owned(kept)
}

/// Where a header block breaks RFC 5322's syntax: a lone CR or LF, a folded line, a name that is no token, a name given twice.
fn check_strict(raw: &str) -> Result<(), usize> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut names: Vec<&str> = Vec::new();
    let mut at = 0;
    for line in raw.split("\r\n") {
        let name = line.split(':').next().unwrap_or_default();
        let twice = names.iter().any(|other| other.eq_ignore_ascii_case(name));
        if line.contains(['\r', '\n', '\0'])
            || !line.contains(':')
            || name.is_empty()
            || !name.bytes().all(token)
            || twice
        {
            return Err(at);
        }
        names.push(name);
        at += line.len() + 2;
    }
    Ok(())
}
