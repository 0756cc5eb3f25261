//! Percent-encoding of paths and queries: decoding a request's path segment by segment, encoding values. Refuses nothing.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::options::Slashes;
use crate::value::Value;

/// Stands for a slash that was written `%2F`, where only bytes are looked at: no UTF-8 text has this byte.
pub(crate) const INNER_SLASH: u8 = 0xff;

/// What may stand bare in a path (URL standard, path segment), slashes among it.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');
const SEGMENT: &AsciiSet = &PATH.add(b'/');
/// What may stand bare in a query's names and values.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'?')
    .remove(b'@');

/// The bytes that stand bare everywhere (RFC 3986, unreserved).
const BARE: [bool; 256] = {
    let mut bare = [false; 256];
    let mut b: u8 = 0;
    while b < 128 {
        bare[b as usize] = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        b += 1;
    }
    bare
};

fn encode(text: &str, set: &'static AsciiSet, out: &mut String) {
    // What stands bare everywhere, and is most of what there is, is copied as it is.
    if text.bytes().all(|b| BARE[usize::from(b)]) {
        out.push_str(text);
    } else {
        out.extend(utf8_percent_encode(text, set));
    }
}

/// Appends a path, slashes bare.
pub(crate) fn encode_path(text: &str, out: &mut String) {
    encode(text, PATH, out);
}

/// Appends the value of one segment.
pub(crate) fn encode_segment(text: &str, slashes: Slashes, out: &mut String) {
    encode(
        text,
        if slashes == Slashes::Encoded {
            SEGMENT
        } else {
            PATH
        },
        out,
    );
}

/// Appends a fragment.
pub(crate) fn encode_fragment(text: &str, out: &mut String) {
    encode(text, QUERY, out);
}

/// A decoded path: its text, and the same as bytes with slashes inside segments marked, where there are any.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) marked: Option<Vec<u8>>,
}

/// Splits a raw path at its slashes and decodes each segment once; what is not UTF-8 becomes U+FFFD.
pub(crate) fn decode(raw: &str) -> Decoded {
    let mut text = String::with_capacity(raw.len());
    let mut inner = Vec::new();
    for (i, segment) in raw.split('/').enumerate() {
        if i > 0 {
            text.push('/');
        }
        let decoded = percent_decode_str(segment).decode_utf8_lossy();
        inner.extend(decoded.match_indices('/').map(|(at, _)| text.len() + at));
        text.push_str(&decoded);
    }
    let marked = (!inner.is_empty()).then(|| {
        let mut bytes = text.clone().into_bytes();
        for at in inner {
            if let Some(b) = bytes.get_mut(at) {
                *b = INNER_SLASH;
            }
        }
        bytes
    });
    Decoded { text, marked }
}

/// Appends a decoded path, percent-encoded again: slashes inside segments as `%2F`.
pub(crate) fn encode_decoded(text: &str, bytes: &[u8], out: &mut String) {
    let mut from = 0;
    for at in (0..bytes.len()).filter(|&i| bytes.get(i) == Some(&INNER_SLASH)) {
        encode_path(text.get(from..at).unwrap_or_default(), out);
        out.push_str("%2F");
        from = at + 1;
    }
    encode_path(text.get(from..).unwrap_or_default(), out);
}

/// Appends one pair of a query, values that are lists as several pairs, absent values not at all.
pub(crate) fn append_query(name: &str, value: &Value<'_>, first: &mut bool, out: &mut String) {
    match value {
        Value::Null => {}
        Value::List(items) => items
            .iter()
            .for_each(|item| append_query(name, item, first, out)),
        _ => {
            out.push(if *first { '?' } else { '&' });
            *first = false;
            form_encode(name, out);
            out.push('=');
            match value {
                Value::Text(text) => form_encode(text, out),
                other => form_encode(&other.to_string(), out),
            }
        }
    }
}

fn form_encode(text: &str, out: &mut String) {
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            out.push('+');
        }
        encode(word, QUERY, out);
    }
}

/// A reference resolved against a base path of the same origin (RFC 3986, section 5.2), when it has neither scheme nor authority.
pub(crate) fn join_path<'r>(base: &str, reference: &'r str) -> Cow<'r, str> {
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    let (path, rest) = reference.split_at(end);
    if path.is_empty() {
        return Cow::Owned(format!("{base}{rest}"));
    }
    let merged = if path.starts_with('/') {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(format!(
            "{}{path}",
            base.rfind('/').map_or("/", |at| &base[..=at])
        ))
    };
    if !merged
        .split('/')
        .any(|segment| matches!(segment, "." | ".."))
    {
        return Cow::Owned(format!("{merged}{rest}"));
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = merged.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    Cow::Owned(format!("/{}{rest}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn decodes(raw: &str, text: &str, marked: Option<&[u8]>) {
        let decoded = decode(raw);
        assert_eq!(
            (decoded.text.as_str(), decoded.marked.as_deref()),
            (text, marked)
        );
    }

    #[test]
    fn each_segment_is_decoded_once() {
        decodes("/a%20b", "/a b", None);
        decodes("/a%2Fb/c", "/a/b/c", Some(b"/a\xffb/c"));
        decodes("/a%252Fb", "/a%2Fb", None);
        decodes("/%ff", "/\u{fffd}", None);
        decodes("/100%", "/100%", None);
    }

    #[track_caller]
    fn joins(base: &str, reference: &str, expected: &str) {
        assert_eq!(join_path(base, reference), expected);
    }

    #[test]
    fn references_are_resolved() {
        joins("/", "new/1", "/new/1");
        joins("/app/", "new/1", "/app/new/1");
        joins("/app/", "/r", "/r");
        joins("/app/", "?a=b", "/app/?a=b");
        joins("/app/", "../x", "/x");
        joins("/", "../../x/.", "/x/");
    }
}
