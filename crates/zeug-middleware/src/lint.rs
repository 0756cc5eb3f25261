//! Owns `Lint`: mistakes of a handler against the rules of HTTP, told to its author. It changes no answer and refuses none.

mod asked;
mod rules;
mod values;
mod watched;

use std::fmt;
use std::sync::Arc;

use zeug_datastructures::names;
use zeug_gateway::{Body, Handler, Layer, Request, Response};

use self::asked::Asked;
use self::watched::Watched;

/// A [`Layer`] that tells what is wrong with a handler's answers, and with the requests that reach it: what, where, and the section of the rule.
///
/// | looked at | told |
/// | --- | --- |
/// | status | 1xx as the last answer, 101 without an upgrade and an upgrade without 101; 204, 205 and 304 with a body; 401, 405, 407, 426, redirects without their field; a control character in the phrase |
/// | status and request | 206 and 416 without a `Range` asked for, 304 and 412 without a condition, 405 for a method that `Allow` names |
/// | length | a stated length that is not the body's, that is no number, or stands beside `Transfer-Encoding` or several times |
/// | ranges | `Content-Range` missing, where it means nothing, malformed, or of another length than the body |
/// | fields | `Status`; unquoted tags and `w/`; fields of one connection; what may stand once and stands twice; dates, delays, ages, media types, codings, lists of methods and of names that are none; a body without a type; `identity` as a coding; URLs with blanks; bytes that are not ASCII |
/// | cookies | malformed ones, names whose prefix promises what the attributes do not keep, one that is set twice |
/// | trailers | beside a body that is not sent in chunks |
/// | request | a path without a slash; `*` for another method than `OPTIONS`; no `Host` in HTTP/1.1, or two; a length that is not the body's |
///
/// In tests `app.with(Lint::panicking())` is all that is needed; elsewhere warnings go to `log`, at level warn.
///
/// # Deviations
///
/// A relative `Location` is fine ([RFC 9110 section 10.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2)); Werkzeug warns of it. What Werkzeug checks of Python's types
/// the compiler checks here.
///
/// # Example
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::Lint;
///
/// let told = Arc::new(Mutex::new(Vec::new()));
/// let kept = Arc::clone(&told);
/// let lint = Lint::telling(move |warning| kept.lock().unwrap().push(warning.to_string()));
/// let app = (|_: Request| http::Response::builder().header("etag", "v1").body("x").unwrap()).into_handler().with(lint);
/// app.handle(http::Request::get("/page").body(()).unwrap().into());
/// assert_eq!(told.lock().unwrap()[0], "GET /page, 200: etag: not in double quotes (RFC 9110 section 8.8.3)");
///
/// let quiet = (|_: Request| "fine").into_handler().with(Lint::panicking());
/// assert_eq!(quiet.handle(Request::new(())).status(), 200);
/// ```
#[derive(Clone)]
#[doc(alias = "LintMiddleware")]
pub struct Lint {
    tell: Arc<dyn Fn(LintWarning) + Send + Sync>,
}

impl Default for Lint {
    /// Tells `log`.
    fn default() -> Self {
        Self::telling(|warning| log::warn!("{warning}"))
    }
}

impl Lint {
    /// Calls `tell` with each warning.
    pub fn telling(tell: impl Fn(LintWarning) + Send + Sync + 'static) -> Self {
        Self {
            tell: Arc::new(tell),
        }
    }

    /// Panics with the first warning: for tests.
    ///
    /// # Panics
    ///
    /// Where a warning is due: in the handler, or while a body of unknown length is read.
    ///
    /// ```should_panic
    /// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
    /// use zeug_middleware::Lint;
    ///
    /// let app = (|_: Request| http::Response::builder().status(401).body(()).unwrap()).into_handler().with(Lint::panicking());
    /// app.handle(Request::new(())); // 401 without WWW-Authenticate
    /// ```
    #[must_use]
    #[expect(clippy::panic, reason = "the caller asks for it by name")]
    pub fn panicking() -> Self {
        Self::telling(|warning| panic!("{warning}"))
    }
}

impl fmt::Debug for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lint").finish_non_exhaustive()
    }
}

/// What is wrong, where, and by which rule.
///
/// `Display` has all of it: `GET /page, 200: etag: not in double quotes (RFC 9110 section 8.8.3)`. No field's value is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintWarning {
    asked: Arc<str>,
    status: Option<u16>,
    place: &'static str,
    message: String,
    rule: &'static str,
}

impl LintWarning {
    /// The method and the path of the request.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.asked
    }

    /// The status of the answer; `None` where the request is what is wrong.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// What of the message: a field's name in lower case, `status`, `body`, `target`.
    #[must_use]
    pub fn place(&self) -> &'static str {
        self.place
    }

    /// What is wrong with it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The document and section that say so, such as `RFC 9110 section 8.8.3`.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for LintWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.asked)?;
        if let Some(status) = self.status {
            write!(f, ", {status}")?;
        }
        write!(f, ": {}: {} ({})", self.place, self.message, self.rule)
    }
}

/// Where warnings go, and what they are about.
#[derive(Clone)]
struct Teller {
    tell: Arc<dyn Fn(LintWarning) + Send + Sync>,
    asked: Arc<str>,
    status: Option<u16>,
}

impl Teller {
    fn warn(&self, place: &'static str, message: impl Into<String>, rule: &'static str) {
        (self.tell)(LintWarning {
            asked: Arc::clone(&self.asked),
            status: self.status,
            place,
            message: message.into(),
            rule,
        });
    }
}

impl<H: Handler> Layer<H> for Lint {
    type Handler = Linted<H>;

    fn layer(self, inner: H) -> Linted<H> {
        Linted { lint: self, inner }
    }
}

/// The [`Handler`] that [`Lint`] makes.
#[derive(Clone, Debug)]
pub struct Linted<H> {
    lint: Lint,
    inner: H,
}

impl<H: Handler> Handler for Linted<H> {
    fn handle(&self, request: Request) -> Response {
        let mut teller = Teller {
            tell: Arc::clone(&self.lint.tell),
            asked: format!("{} {}", request.method(), request.uri().path()).into(),
            status: None,
        };
        let asked = Asked::of(&request);
        let head = asked.is_head();
        asked::request(&request, &teller);
        let mut response = self.inner.handle(request);
        teller.status = Some(response.status().as_u16());
        asked.answered_by(&response, &teller);
        rules::response(&response, head, &teller);
        let stated = response
            .headers()
            .get(names::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if let Some(stated) = stated
            && response.body().len().is_none()
            && !head
        {
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Body::reader(Watched::new(body, stated, teller));
        }
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
