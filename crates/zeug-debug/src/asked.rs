//! Owns what was asked: what is kept of a request before the handler has it, and what a page shows of that. It shows no secret that it knows by its name.

use std::net::SocketAddr;

use http::{Method, Uri, Version};
use serde_json::Value;
use zeug_datastructures::{FieldName, FieldValue, Headers, MultiDict, names};
use zeug_gateway::{Request, Scheme};
use zeug_http::{ContentType, Cookies};
use zeug_securecookie::{
    SecretKey, Signer, SignerOptions, TimestampSigner, UrlSafeTimedSerializer,
};
use zeug_urls::{QueryLimits, parse_query};

use crate::hidden::HiddenNames;

/// The shortest secret that is looked for in texts: shorter ones stand everywhere.
const SECRET: usize = 4;
/// The longest body of which a form is shown: what the server gathers before it calls the handler.
const FORM: usize = 64 * 1024;

/// What is kept of a request while the handler has it. Most requests do not fail, and most builds that are debugged are not optimised: so it is copied into memory that is there, and
/// nothing is made of it before it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    method: Method,
    path: Vec<u8>,
    query: Vec<u8>,
    /// The target where it is more than path and query, or neither.
    whole: Option<Uri>,
    version: Version,
    pub(crate) headers: Headers,
    pub(crate) scheme: Scheme,
    peer: Option<SocketAddr>,
    /// The body of a form that is in memory.
    form: Option<Vec<u8>>,
}

impl Kept {
    /// Keeps this request, whose path that is, in place of the one before.
    pub(crate) fn keep(&mut self, request: &Request, path: &str) {
        let parts = request.parts();
        self.method.clone_from(&parts.method);
        if self.path.len() == path.len() {
            self.path.copy_from_slice(path.as_bytes());
        } else {
            path.as_bytes().clone_into(&mut self.path);
        }
        self.query.clear();
        if let Some(query) = parts.uri.query() {
            self.query.extend_from_slice(query.as_bytes());
        }
        let is_usual = parts.uri.scheme().is_none() && !path.is_empty();
        self.whole = if is_usual {
            None
        } else {
            Some(parts.uri.clone())
        };
        self.version = parts.version;
        self.headers.clone_from(&parts.headers);
        self.scheme = parts.received.scheme();
        self.peer = parts.received.peer();
        self.form = form_of(request);
    }

    /// The target.
    pub(crate) fn uri(&self) -> Uri {
        let whole = self.whole.clone();
        whole.unwrap_or_else(|| {
            let mut target = self.path.clone();
            if !self.query.is_empty() {
                target.push(b'?');
                target.extend_from_slice(&self.query);
            }
            // It was one when it was kept.
            Uri::try_from(target).unwrap_or_default()
        })
    }
}

fn form_of(request: &Request) -> Option<Vec<u8>> {
    let body = request.body().as_bytes()?;
    if body.is_empty() || body.len() > FORM {
        return None;
    }
    let kind = request.headers().get(names::CONTENT_TYPE)?.to_utf8_lossy();
    ContentType::parse(&kind)
        .is("application/x-www-form-urlencoded")
        .then(|| body.to_vec())
}

/// What a page shows of a request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Without the query, which may hold secrets.
    pub(crate) path: String,
    pub(crate) version: &'static str,
    pub(crate) from: Option<String>,
    pub(crate) groups: Vec<Group>,
    /// The hidden values, the longest first: they are hidden wherever they turn up.
    secrets: Vec<String>,
}

/// Names and values of one kind.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    /// What is to be known of all of them.
    pub(crate) note: Option<&'static str>,
    /// A value is none where it is hidden.
    pub(crate) rows: Vec<(String, Option<String>)>,
}

impl Asked {
    pub(crate) fn of(kept: &Kept, hidden: &HiddenNames) -> Self {
        let mut secrets = Vec::new();
        let uri = kept.uri();
        let query = uri.query().unwrap_or_default();
        let form = kept.form.as_deref().unwrap_or_default();
        let cookies: Vec<_> = kept
            .headers
            .get_all(names::COOKIE)
            .map(|value| value.to_utf8_lossy().into_owned())
            .collect();
        let (cookies, session) = cookies_and_session(&cookies.join("; "), hidden, &mut secrets);
        let mut group = |title, note, rows: Rows| Group {
            title,
            note,
            rows: rows
                .into_iter()
                .map(|row| row.told(hidden, &mut secrets))
                .collect(),
        };
        let groups = vec![
            group("Query", None, pairs(query.as_bytes())),
            group("Form", None, pairs(form)),
            group(
                "Session",
                Some("as the cookie says; its signature was not looked at"),
                session,
            ),
            group("Cookies", None, cookies),
            group("Header fields", None, fields(&kept.headers)),
        ];
        for text in [query.as_bytes(), form] {
            push_raw(&String::from_utf8_lossy(text), hidden, &mut secrets);
        }
        secrets.retain(|secret| secret.len() >= SECRET);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self {
            method: kept.method.as_str().to_owned(),
            path: uri.path().to_owned(),
            version: match kept.version {
                Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            from: kept.peer.map(|peer| peer.to_string()),
            groups: groups
                .into_iter()
                .filter(|group| !group.rows.is_empty())
                .collect(),
            secrets,
        }
    }

    /// The text without the request's secrets: a variable that holds the request holds them, too.
    pub(crate) fn redacted(&self, mut text: String) -> String {
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "<hidden>");
            }
        }
        text
    }
}

/// A name and its value, before it is known whether it is shown.
struct Row {
    name: String,
    value: String,
    /// Hidden whatever its name is.
    secret: bool,
}

type Rows = Vec<Row>;

impl Row {
    fn new(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            value: value.into(),
            secret: false,
        }
    }

    /// What is told of it; a secret is noted.
    fn told(self, hidden: &HiddenNames, secrets: &mut Vec<String>) -> (String, Option<String>) {
        if !self.secret && !hidden.hides(&self.name) {
            return (self.name, Some(self.value));
        }
        // `Bearer abc`: what turns up elsewhere is `abc`.
        if let Some((_, credentials)) = self.value.split_once(' ') {
            secrets.push(credentials.to_owned());
        }
        let escaped = format!("{:?}", self.value);
        secrets.push(escaped.trim_matches('"').to_owned());
        secrets.push(self.value);
        (self.name, None)
    }
}

fn pairs(text: &[u8]) -> Rows {
    let pairs = parse_query(text, QueryLimits::default()).unwrap_or_else(|_| MultiDict::new());
    pairs
        .iter()
        .map(|(name, value)| Row::new(name, value))
        .collect()
}

/// The secrets of an encoded text as they stand there.
fn push_raw(text: &str, hidden: &HiddenNames, secrets: &mut Vec<String>) {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    secrets.extend(
        pairs
            .filter(|(name, _)| hidden.hides(name))
            .map(|(_, value)| value.to_owned()),
    );
}

fn fields(headers: &Headers) -> Rows {
    let row = |(name, value): (FieldName<'_>, FieldValue<'_>)| {
        let text = value.to_utf8_lossy();
        let shown = match text.split_once('?') {
            // The query of the page before may hold secrets as well as this one's.
            Some((page, _)) if name.as_str().eq_ignore_ascii_case("referer") => {
                format!("{page}?…")
            }
            _ => text.into_owned(),
        };
        Row {
            secret: value.is_sensitive(),
            ..Row::new(name.as_str(), shown)
        }
    };
    headers.iter().map(row).collect()
}

/// The cookies, and what stands in those that are sessions, whose values are never shown themselves: who has one is logged in.
fn cookies_and_session(
    text: &str,
    hidden: &HiddenNames,
    secrets: &mut Vec<String>,
) -> (Rows, Rows) {
    let reader = session_reader();
    let mut session = Vec::new();
    let mut rows = Vec::new();
    for (name, value) in Cookies::parse(text).iter() {
        let opened = reader
            .as_ref()
            .and_then(|reader| reader.loads_unverified::<Value>(&value).ok());
        let is_session = opened.is_some();
        if let Some(Value::Object(pairs)) = opened {
            for (key, value) in pairs {
                if let Value::String(text) = &value
                    && hidden.hides(&key)
                {
                    secrets.push(text.clone());
                }
                session.push(Row::new(&key, value.to_string()));
            }
        }
        rows.push(Row {
            secret: is_session || name.starts_with("zeug-debug-"),
            ..Row::new(name, value)
        });
    }
    (rows, session)
}

/// A reader of Flask's and zeug's sessions; its key is of no account, since no signature is looked at.
fn session_reader() -> Option<UrlSafeTimedSerializer> {
    let signer = Signer::new(SecretKey::new(*b"-"), SignerOptions::flask_session()).ok()?;
    Some(UrlSafeTimedSerializer::new(TimestampSigner::new(signer)))
}
