//! Owns what was asked: what is kept of a request before the handler has it, and what a page shows of that. It shows no secret that it knows by its name.

use http::{Method, Uri, Version};
use serde_json::Value;
use zeug_datastructures::{Headers, MultiDict, names};
use zeug_gateway::{Received, Request};
use zeug_http::{ContentType, Cookies};
use zeug_securecookie::{
    SecretKey, Signer, SignerOptions, TimestampSigner, UrlSafeTimedSerializer,
};
use zeug_urls::{QueryLimits, parse_query};

use crate::hidden::HiddenNames;

/// The longest body of which a form is shown: what the server gathers before it calls the handler.
const FORM: usize = 64 * 1024;

/// What is kept of a request while the handler has it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) headers: Headers,
    pub(crate) received: Received,
    /// The body of a form that is in memory.
    form: Option<Vec<u8>>,
}

impl Kept {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            received: request.received().clone(),
            form: form_of(request),
        }
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
        let group = |title, rows| Group {
            title,
            note: None,
            rows,
        };
        let query = kept.uri.query().unwrap_or_default();
        let cookies: Vec<_> = kept
            .headers
            .get_all(names::COOKIE)
            .map(|value| value.to_utf8_lossy().into_owned())
            .collect();
        let (cookies, session) = cookies_and_session(&cookies.join("; "), hidden);
        let groups = vec![
            group("Query", pairs(query.as_bytes(), hidden)),
            group(
                "Form",
                pairs(kept.form.as_deref().unwrap_or_default(), hidden),
            ),
            Group {
                title: "Session",
                note: Some("as the cookie says; its signature was not looked at"),
                rows: session,
            },
            group("Cookies", cookies),
            group("Header fields", fields(&kept.headers, hidden)),
        ];
        Self {
            method: kept.method.as_str().to_owned(),
            path: kept.uri.path().to_owned(),
            version: match kept.version {
                Version::HTTP_10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            from: kept.received.peer().map(|peer| peer.to_string()),
            groups: groups
                .into_iter()
                .filter(|group| !group.rows.is_empty())
                .collect(),
        }
    }
}

fn pairs(text: &[u8], hidden: &HiddenNames) -> Vec<(String, Option<String>)> {
    let pairs = parse_query(text, QueryLimits::default()).unwrap_or_else(|_| MultiDict::new());
    let row = |(name, value): (&str, &str)| {
        (
            name.to_owned(),
            (!hidden.hides(name)).then(|| value.to_owned()),
        )
    };
    pairs.iter().map(row).collect()
}

fn fields(headers: &Headers, hidden: &HiddenNames) -> Vec<(String, Option<String>)> {
    let row = |(name, value): (
        zeug_datastructures::FieldName<'_>,
        zeug_datastructures::FieldValue<'_>,
    )| {
        let text = value.to_utf8_lossy();
        let shown = match name.as_str() {
            name if hidden.hides(name) || value.is_sensitive() => None,
            // The query of the page before may hold secrets as well as this one's.
            name if name.eq_ignore_ascii_case("referer") && text.contains('?') => {
                text.split('?').next().map(|page| format!("{page}?…"))
            }
            _ => Some(text.into_owned()),
        };
        (name.as_str().to_owned(), shown)
    };
    headers.iter().map(row).collect()
}

type Rows = Vec<(String, Option<String>)>;

/// The cookies, and what stands in those that are sessions, whose values are never shown themselves: who has one is logged in.
fn cookies_and_session(text: &str, hidden: &HiddenNames) -> (Rows, Rows) {
    let reader = session_reader();
    let mut session = Vec::new();
    let mut rows = Vec::new();
    for (name, value) in Cookies::parse(text).iter() {
        let opened = reader
            .as_ref()
            .and_then(|reader| reader.loads_unverified::<Value>(&value).ok());
        let is_session = opened.is_some();
        if let Some(Value::Object(pairs)) = opened {
            session.extend(pairs.into_iter().map(|(key, value)| {
                let shown = (!hidden.hides(&key)).then(|| plain(&value));
                (key, shown)
            }));
        }
        let shown = !is_session && !hidden.hides(name) && !name.starts_with("zeug-debug-");
        rows.push((name.to_owned(), shown.then(|| value.into_owned())));
    }
    (rows, session)
}

/// A reader of Flask's and zeug's sessions; its key is of no account, since no signature is looked at.
fn session_reader() -> Option<UrlSafeTimedSerializer> {
    let signer = Signer::new(SecretKey::new(*b"-"), SignerOptions::flask_session()).ok()?;
    Some(UrlSafeTimedSerializer::new(TimestampSigner::new(signer)))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}
