//! Owns how an answer is shown when a test fails: the request, the answer, as much of the body as one reads. Secrets are left out.

use std::fmt;

use zeug_messages::HttpError;

use crate::TestResponse;

/// The most bytes of a body that are shown.
const SHOWN: usize = 4096;

impl fmt::Display for TestResponse {
    /// The request's line and fields, then the answer's, then the beginning of its body. Credentials and cookies are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for before in self.history() {
            let to = before.header("location").unwrap_or_default();
            writeln!(
                f,
                "> {} {} -> {} {to}",
                before.sent().head.method,
                before.sent().head.uri,
                before.status()
            )?;
        }
        let sent = &self.sent().head;
        writeln!(f, "> {} {} {:?}", sent.method, sent.uri, sent.version)?;
        for (name, value) in &sent.headers {
            writeln!(
                f,
                "> {name}: {}",
                shown(name.as_str(), value.as_bytes(), value.is_sensitive())
            )?;
        }
        writeln!(f, "< {}", self.status())?;
        for (name, value) in self.headers() {
            writeln!(
                f,
                "< {name}: {}",
                shown(name.as_str(), value.as_bytes(), value.is_sensitive())
            )?;
        }
        // What an error came from is never sent to a client; a test may know.
        if let Some(error) = HttpError::of(self.extensions()) {
            for cause in error.chain() {
                writeln!(f, "! {cause}")?;
            }
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

/// The value, or what of it is no secret: of credentials the scheme, of a cookie that is set all but its value.
fn shown(name: &str, value: &[u8], is_sensitive: bool) -> String {
    let value = String::from_utf8_lossy(value);
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("set-cookie") {
        let (pair, attributes) = value.split_at(value.find(';').unwrap_or(value.len()));
        let name = pair.split('=').next().unwrap_or_default();
        return format!("{name}=(secret){attributes}");
    }
    if is("authorization") || is("proxy-authorization") {
        let scheme = value
            .split(' ')
            .next()
            .filter(|scheme| scheme.len() < value.len());
        return format!("{} (secret)", scheme.unwrap_or_default())
            .trim_start()
            .to_owned();
    }
    if is("cookie") || is_sensitive {
        return "(secret)".to_owned();
    }
    value.into_owned()
}
