//! Owns the crate's error: what a test asked for that cannot be. It has no status: no application ever sees it.

use std::error::Error;
use std::fmt;

/// Why a request of a test could not be made, or its answer not be read.
///
/// [`RequestBuilder::send`](crate::RequestBuilder::send) panics with it, [`try_send`](crate::RequestBuilder::try_send) gives it.
///
/// ```
/// use zeug_test::{Client, TestErrorKind};
///
/// let client = Client::new(|_: zeug_gateway::Request| "hello");
/// assert!(client.get("/").try_send().is_ok());
/// let error = client.get("/?a=1").query([("b", 2)]).try_send().unwrap_err();
/// assert_eq!(error.kind(), TestErrorKind::QueryTwice);
/// ```
#[derive(Debug)]
pub struct TestError {
    kind: TestErrorKind,
    /// What it was about: a URL, a field name.
    subject: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestErrorKind {
    /// A path or URL that no request can have.
    InvalidUrl,
    /// A base URL with a query or a fragment, or without scheme or host.
    InvalidBaseUrl,
    /// A scheme that is neither `http` nor `https`; for a live server, another than `http`.
    UnsupportedScheme,
    /// Arguments in the path and by [`query`](crate::RequestBuilder::query) both.
    QueryTwice,
    /// A body given in two ways.
    BodyTwice,
    /// A field name or value that is not allowed, credentials and cookies included.
    InvalidField,
    /// A form that cannot be written, such as a name with a line break; or a value that is no JSON.
    InvalidBody,
    /// A file of the form, or the answer's body, could not be read.
    Io,
    /// An answer with more bytes than [`Client::max_answer`](crate::Client::max_answer) allows.
    AnswerTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A redirect that was followed already, with the same status.
    #[doc(alias = "ClientRedirectError")]
    RedirectLoop,
    /// More redirects in a row than browsers follow.
    TooManyRedirects {
        /// The limit.
        limit: usize,
    },
    /// A redirect to another host.
    ExternalRedirect,
    /// A redirect to a subdomain, which has to be allowed.
    SubdomainRedirect,
    /// A redirect with status 307 or 308 that would need a body again which can be read only once.
    BodySpent,
    /// A cookie that a browser would not take.
    RefusedCookie,
    /// Something that cannot be sent through a socket, such as an extension.
    NotOverTheWire,
    /// The live server's answer is no HTTP, or was cut short.
    BadAnswer,
}

impl TestError {
    pub(crate) fn new(kind: TestErrorKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            source: None,
        }
    }

    pub(crate) fn because(
        kind: TestErrorKind,
        subject: impl Into<String>,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            source: Some(Box::new(source)),
            ..Self::new(kind, subject)
        }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TestErrorKind {
        self.kind
    }

    /// What it was about: a URL, a field name, a location; empty where the kind says it all.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TestErrorKind::InvalidUrl => {
                f.write_str("not a path or URL that a request can have")?
            }
            TestErrorKind::InvalidBaseUrl => {
                f.write_str("not a base URL of scheme, host and perhaps a path")?
            }
            TestErrorKind::UnsupportedScheme => f.write_str("a scheme that cannot be asked for")?,
            TestErrorKind::QueryTwice => {
                f.write_str("arguments both in the path and by `query`")?
            }
            TestErrorKind::BodyTwice => f.write_str("a second body, given by")?,
            TestErrorKind::InvalidField => f.write_str("a field that cannot be sent")?,
            TestErrorKind::InvalidBody => f.write_str("a body that cannot be written")?,
            TestErrorKind::Io => f.write_str("reading failed")?,
            TestErrorKind::AnswerTooLarge { limit } => write!(
                f,
                "the answer has more than {limit} bytes (see `Client::max_answer`)"
            )?,
            TestErrorKind::RedirectLoop => f.write_str("the same redirect was followed before")?,
            TestErrorKind::TooManyRedirects { limit } => {
                write!(f, "more than {limit} redirects in a row, the last")?
            }
            TestErrorKind::ExternalRedirect => {
                f.write_str("a redirect to another host, which is not followed")?
            }
            TestErrorKind::SubdomainRedirect => f.write_str(
                "a redirect to a subdomain, which `Client::allow_subdomain_redirects` allows",
            )?,
            TestErrorKind::BodySpent => {
                f.write_str("the redirect wants the body again, which was a stream")?
            }
            TestErrorKind::RefusedCookie => f.write_str("no browser takes this cookie")?,
            TestErrorKind::NotOverTheWire => f.write_str("a live server cannot be given")?,
            TestErrorKind::BadAnswer => f.write_str("the server's answer cannot be read")?,
        }
        if !self.subject.is_empty() {
            write!(f, ": {:.200}", self.subject.escape_debug().to_string())?;
        }
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, " ({cause})")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl Error for TestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
