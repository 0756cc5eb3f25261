//! Owns redirects: which answers are one, and what request they lead to. It follows none to another host.

use std::rc::Rc;

use http::{Method, StatusCode};
use zeug_datastructures::names;
use zeug_gateway::ResponseParts;
use zeug_urls::join;

use crate::body::Payload;
use crate::outgoing::Outgoing;
use crate::url::{self, Base};
use crate::{TestError, TestErrorKind, TestResponse};

/// The most redirects in a row: the limit of the Fetch standard.
const MOST: usize = 20;

/// The answers that led on, so far.
#[derive(Default)]
pub(crate) struct Trail {
    answers: Vec<Rc<TestResponse>>,
    seen: Vec<(StatusCode, String)>,
}

impl Trail {
    pub(crate) fn add(&mut self, answer: TestResponse, location: String) -> Result<(), TestError> {
        let step = (answer.status(), location);
        if self.seen.contains(&step) {
            return Err(TestError::new(TestErrorKind::RedirectLoop, step.1));
        }
        if self.seen.len() == MOST {
            return Err(TestError::new(
                TestErrorKind::TooManyRedirects { limit: MOST },
                step.1,
            ));
        }
        self.seen.push(step);
        self.answers.push(Rc::new(answer));
        Ok(())
    }

    pub(crate) fn history(&self) -> Vec<Rc<TestResponse>> {
        self.answers.clone()
    }

    pub(crate) fn into_history(self) -> Vec<Rc<TestResponse>> {
        self.answers
    }
}

/// Where an answer leads: 301, 302, 303, 307 and 308 with a `Location`.
pub(crate) fn location(parts: &ResponseParts) -> Option<String> {
    let location = parts.headers.get(names::LOCATION)?;
    matches!(parts.status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| String::from_utf8_lossy(location.as_bytes()).into_owned())
}

impl Outgoing {
    /// Makes of this request the one that a redirect asks for ([RFC 9110 section 15.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4)).
    pub(crate) fn redirect(
        &mut self,
        status: StatusCode,
        location: &str,
        subdomains: bool,
    ) -> Result<(), TestError> {
        let absolute = join(&self.head.base.url(&self.head.uri.to_string()), location);
        let (base, uri) = url::target(&absolute)?;
        let base = base.ok_or_else(|| TestError::new(TestErrorKind::InvalidUrl, location))?;
        check_host(&self.head.base, &base, location, subdomains)?;

        let root = std::mem::take(&mut self.head.base.root);
        let whole = uri.to_string();
        // Below the root that the application is mounted at, it stays mounted there.
        let below = whole
            .strip_prefix(&*root)
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        self.head.uri = match below {
            Some(rest) if !root.is_empty() => {
                self.head.base.root = root;
                url::target(rest)?.1
            }
            _ => uri,
        };
        if base.authority != self.head.base.authority {
            self.head
                .headers
                .try_insert(names::HOST, base.authority.as_bytes())
                .map_err(|error| TestError::because(TestErrorKind::InvalidField, "Host", error))?;
        }
        self.head.base.scheme = base.scheme;
        self.head.base.authority = base.authority;
        if !self.own_cookie_field {
            // The jar gives them anew.
            self.head.headers.remove(names::COOKIE);
        }

        let method = self.head.method.clone();
        let becomes_get = match status.as_u16() {
            301 | 302 => method == Method::POST,
            303 => method != Method::GET && method != Method::HEAD,
            _ => false,
        };
        if becomes_get {
            self.head.method = Method::GET;
            self.payload = Payload::None;
            for name in [
                names::CONTENT_TYPE,
                names::CONTENT_LENGTH,
                names::CONTENT_ENCODING,
                names::CONTENT_LANGUAGE,
                names::CONTENT_LOCATION,
                names::TRANSFER_ENCODING,
            ] {
                self.head.headers.remove(name);
            }
        }
        Ok(())
    }
}

/// Refuses other hosts, and subdomains unless they are allowed.
fn check_host(from: &Base, to: &Base, location: &str, subdomains: bool) -> Result<(), TestError> {
    let (from, to) = (from.host(), to.host());
    if from == to {
        return Ok(());
    }
    match to.strip_suffix(from) {
        Some(rest) if rest.ends_with('.') && subdomains => Ok(()),
        Some(rest) if rest.ends_with('.') => {
            Err(TestError::new(TestErrorKind::SubdomainRedirect, location))
        }
        _ => Err(TestError::new(TestErrorKind::ExternalRedirect, location)),
    }
}
