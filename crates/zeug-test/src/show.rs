//! Owns how an answer is shown when a test fails: the request, the answer, as much of the body as one reads. Secrets are left out.

use std::fmt;

use http::HeaderValue;

use crate::TestResponse;

/// The most bytes of a body that are shown.
const SHOWN: usize = 4096;

impl fmt::Display for TestResponse {
    /// The request's line and fields, then the answer's, then the beginning of its body. Values marked as secret are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for before in self.history() {
            let to = before.header("location").unwrap_or_default();
            writeln!(f, "> {} {} -> {} {to}", before.sent().method, before.sent().uri, before.status())?;
        }
        let sent = self.sent();
        writeln!(f, "> {} {} {:?}", sent.method, sent.uri, sent.version)?;
        for (name, value) in &sent.headers {
            if value.is_sensitive() {
                writeln!(f, "> {name}: (secret)")?;
            } else {
                writeln!(f, "> {name}: {}", value.to_utf8_lossy())?;
            }
        }
        writeln!(f, "< {}", self.status())?;
        for (name, value) in self.headers() {
            writeln!(f, "< {name}: {}", shown(value))?;
        }
        let bytes = self.bytes();
        let head = bytes.get(..SHOWN).unwrap_or(bytes);
        match std::str::from_utf8(head) {
            _ if bytes.is_empty() => write!(f, "(no body)"),
            Ok(text) => write!(f, "\n{text}"),
            // A character may be cut in two at the end.
            Err(error) if head.len() - error.valid_up_to() < 4 && head.len() == SHOWN => {
                write!(f, "\n{}", String::from_utf8_lossy(head))
            }
            Err(_) => write!(f, "({} bytes that are no text)", bytes.len()),
        }?;
        if bytes.len() > SHOWN {
            write!(f, "\n({} bytes more)", bytes.len() - SHOWN)?;
        }
        Ok(())
    }
}

fn shown(value: &HeaderValue) -> String {
    if value.is_sensitive() {
        return "(secret)".to_owned();
    }
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
