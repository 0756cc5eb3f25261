//! Owns the secrets within texts: of queries and forms (`password=..`), of cookies and fields (`Cookie: ..`), of JSON (`"token": ".."`), of addresses (`//user:password@`). What has no such name stays.

use std::borrow::Cow;

use crate::hidden::is_secret;

/// What stands for a secret within a value.
pub(super) const HIDDEN: &str = "<hidden>";
/// The longest name that is looked at.
const LONGEST: usize = 64;

/// The text with the values of secrets' names left out.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let mut result = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['=', ':'])) {
        let sign = at + found;
        at = sign + 1;
        if let Some((start, end)) = secret(text, sign) {
            result.push_str(&text[copied..start]);
            result.push_str(HIDDEN);
            copied = end;
            at = end.max(at);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    result.push_str(&text[copied..]);
    Cow::Owned(result)
}

/// Where the value of the secret begins and ends whose name stands before the sign at that byte.
fn secret(text: &str, sign: usize) -> Option<(usize, usize)> {
    let (before, after) = (&text[..sign], &text[sign + 1..]);
    let is_colon = text[sign..].starts_with(':');
    if is_colon && after.starts_with("//") {
        return password(text, sign + 3);
    }
    let quoted = before.ends_with('"');
    let name = before.strip_suffix('"').unwrap_or(before);
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    let name = name
        .char_indices()
        .rev()
        .take(LONGEST)
        .take_while(|(_, c)| is_of_name(*c))
        .last()
        .map(|(start, _)| &name[start..])?;
    if !is_secret(name) || after.starts_with(':') {
        return None;
    }
    let value = after.trim_start_matches([' ', '"']);
    let start = sign + 1 + (after.len() - value.len());
    let ends: &[char] = match (is_colon, quoted) {
        // A field of a head, to its end: `Cookie: a=b; c=d`.
        (true, false) => &['\r', '\n'],
        (true, true) => &['"', ',', '}'],
        (false, _) => &['&', ';', ',', ' ', '"', '\'', '\r', '\n'],
    };
    let length = value.find(ends).unwrap_or(value.len());
    (length > 0).then_some((start, start + length))
}

/// The password of an address whose user begins at that byte.
fn password(text: &str, user: usize) -> Option<(usize, usize)> {
    let host = text.get(user..)?;
    let end = host.find(['/', ' ', '"', '?', '\n']).unwrap_or(host.len());
    let (named, _) = host[..end].rsplit_once('@')?;
    let (name, password) = named.split_once(':')?;
    let start = user + name.len() + 1;
    (!password.is_empty()).then_some((start, start + password.len()))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[track_caller]
    fn row(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
    }

    #[test]
    fn secrets_within_texts() {
        row(
            "/cart?user=ada&password=mellon&x=1",
            "/cart?user=ada&password=<hidden>&x=1",
        );
        row("api_key=1", "api_key=<hidden>");
        row(
            "Host: a\r\nCookie: session=1; b=2\r\nAccept: x",
            "Host: a\r\nCookie: <hidden>\r\nAccept: x",
        );
        row("Authorization: Bearer abc", "Authorization: <hidden>");
        row(
            r#"{"user":"ada","token":"t0k","n":1}"#,
            r#"{"user":"ada","token":"<hidden>","n":1}"#,
        );
        row(r#"{"pin": 1234}"#, r#"{"pin": <hidden>}"#);
        row(
            "postgres://ann:hunter2@db/shop",
            "postgres://ann:<hidden>@db/shop",
        );
        row(
            "http://127.0.0.1:80/?token=a",
            "http://127.0.0.1:80/?token=<hidden>",
        );
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "",
            "=",
            ":",
            "a=b",
            "password",
            "password=",
            "monkey=1",
            "std::token::Tree",
            "ä=ö:",
            "12:30",
            "http://a/b@c:d",
        ] {
            row(text, text);
        }
    }

    #[test]
    fn it_takes_time_in_proportion_and_no_text_ends_it() {
        let text = "password=x&".repeat(100_000);
        assert_eq!(masked(&text).matches("<hidden>").count(), 100_000);
        assert!(masked(&"://".repeat(100_000)).len() > 1000);
        for sign in ["=", ":", "://", "\":", "ü=", "token=ü", "token:\u{1f600}"] {
            let _ = masked(sign);
        }
    }
}
