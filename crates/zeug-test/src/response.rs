//! Owns `TestResponse`: an answer read to its end, with the request that led to it. It checks nothing: `assertions` does.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use bytes::Bytes;
use http::{Extensions, StatusCode};
use zeug_datastructures::names;
use zeug_gateway::{self as gateway, Body, ResponseParts};
use zeug_http::SetCookie;
use zeug_messages::{Request, Response};

use crate::body::Payload;
use crate::outgoing::Head;

/// An answer to a test's request, read to its end.
///
/// It is a [`Response`]: status, fields and their typed readers are methods of that. The assertions give the answer back, so that they can be chained,
/// and print it with its request when they fail.
///
/// ```
/// use zeug_messages::{Request, Response};
/// use zeug_test::Client;
///
/// let client = Client::new(|request: Request| Response::text(format!("{} {}", request.method(), request.uri())));
/// let answer = client.put("/a").query([("b", 1)]).send();
/// answer.assert_status(200).assert_header("content-type", "text/plain; charset=utf-8").assert_text("PUT /a?b=1");
/// assert_eq!(answer.request().args().get("b"), Some("1"));
/// assert!(std::panic::catch_unwind(|| client.get("/").send().assert_status(404).status()).is_err());
/// ```
pub struct TestResponse {
    response: Response,
    bytes: Bytes,
    sent: Sent,
    history: Vec<Rc<TestResponse>>,
}

/// What was sent, as far as it can be shown again.
pub(crate) struct Sent {
    pub(crate) head: Head,
    body: Bytes,
}

impl From<(Head, &Payload)> for Sent {
    fn from((head, payload): (Head, &Payload)) -> Self {
        let body = match payload {
            Payload::Bytes(bytes) => bytes.clone(),
            _ => Bytes::new(),
        };
        Self { head, body }
    }
}

impl TestResponse {
    pub(crate) fn new(
        parts: ResponseParts,
        bytes: Bytes,
        sent: Sent,
        history: Vec<Rc<Self>>,
    ) -> Self {
        Self {
            response: gateway::Response::from_parts(parts, bytes.clone()).into(),
            bytes,
            sent,
            history,
        }
    }

    /// The status.
    #[must_use]
    #[doc(alias = "status_code")]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The body's bytes.
    #[must_use]
    #[doc(alias = "data")]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body as text: UTF-8, with U+FFFD for what is not.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The body's JSON as a value of that type, whatever the content type says.
    ///
    /// # Panics
    ///
    /// Where the body is not JSON of that shape; the answer is printed.
    #[cfg(feature = "json")]
    #[must_use]
    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.bytes) {
            Ok(value) => value,
            Err(error) => self.fail(&format!(
                "expected JSON of type {}: {error}",
                std::any::type_name::<T>()
            )),
        }
    }

    /// The first value of a field as text; `None` where there is none, or it is not ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers()
            .get(name)?
            .to_str()
            .ok()
            .filter(|text| text.is_ascii())
    }

    /// The cookie of that name that this answer sets.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<SetCookie<'_>> {
        self.response
            .headers()
            .get_all(names::SET_COOKIE)
            .filter_map(|field| SetCookie::parse_bytes(field.as_bytes()).ok())
            .find(|cookie| cookie.name() == name)
    }

    /// The request that led to this answer, the last one where redirects were followed; a body that was a stream or a large form is empty.
    #[must_use]
    pub fn request(&self) -> Request {
        let body = Body::from(self.sent.body.clone());
        self.sent.head.to_request(Extensions::new(), body).into()
    }

    /// The answers that redirected to this one, the first one first; each has its own history.
    #[must_use]
    pub fn history(&self) -> &[Rc<Self>] {
        &self.history
    }

    pub(crate) fn sent(&self) -> &Sent {
        &self.sent
    }
}

impl Deref for TestResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.response
    }
}

impl fmt::Debug for TestResponse {
    /// Request line and status; no field and no byte of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<TestResponse {} of {} {}>",
            self.response.status(),
            self.sent.head.method,
            self.sent.head.uri
        )
    }
}
