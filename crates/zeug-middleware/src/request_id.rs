//! Owns `RequestIds`: a name for each request, in its extensions, its fields, its answer, and on the thread that handles it. It writes no log.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use http::Extensions;
use zeug_datastructures::{FieldName, FieldValue, names};
use zeug_gateway::{Handler, Layer, Request, Response};
use zeug_security::random_hex;

use crate::{MiddlewareError, MiddlewareErrorKind};

/// The longest id that is taken over: ids that are made somewhere have 16 to 64 characters, and each is written into logs many times.
const LONGEST: usize = 128;

/// A [`Layer`] that gives each request an id, by which what is logged of it here and elsewhere is found again.
///
/// The id is an [extension](RequestId::of) of the request and of the answer; it stands in the field `X-Request-ID` of both, so that an
/// [`HttpProxy`](crate::HttpProxy) passes it on; and [`RequestId::current`] gives it to whatever runs on the handler's thread, such as the format of a
/// log. Put it outside of [`Profiler`](crate::Profiler), whose records have it then. The field of an answer is left alone where the handler set it.
///
/// What a client sends as an id is not believed, unless [`trusting`](Self::trusting): anyone could give many requests one id.
///
/// # Limits
///
/// An id that is taken over has at most 128 characters: letters, digits and `-_.:~+/=@`. Any other is replaced.
///
/// # Example
///
/// ```
/// use zeug_gateway::{Handler, HandlerExt, IntoHandler, Request};
/// use zeug_middleware::{RequestId, RequestIds};
///
/// let app = (|_: Request| RequestId::current().unwrap().to_string()).into_handler().with(RequestIds::default().trusting());
/// let asks = |id: &str| {
///     let answer = app.handle(http::Request::get("/").header("x-request-id", id).body(()).unwrap().into());
///     answer.headers().get("x-request-id").unwrap().to_utf8_lossy().into_owned()
/// };
/// assert_eq!(asks("01JD-7f"), "01JD-7f");
/// assert_ne!(asks("<script>"), "<script>", "not an id: another one was made");
/// assert!(RequestId::current().is_none(), "no request is handled on this thread");
/// ```
#[derive(Clone)]
#[doc(alias = "SetRequestIdLayer")]
#[doc(alias = "PropagateRequestIdLayer")]
pub struct RequestIds {
    field: Arc<str>,
    trusts: bool,
    makes: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Default for RequestIds {
    /// 128 random bits in hexadecimal digits, which is also the form of a trace id ([Trace Context](https://www.w3.org/TR/trace-context/#trace-id)).
    fn default() -> Self {
        Self {
            field: names::X_REQUEST_ID.as_str().into(),
            trusts: false,
            // Without randomness a request has no id, rather than one that is another's.
            makes: Arc::new(|| random_hex(16).ok()),
        }
    }
}

impl RequestIds {
    /// Uses another field than `X-Request-ID`.
    ///
    /// # Errors
    ///
    /// [`InvalidField`](MiddlewareErrorKind::InvalidField) for what is no field name.
    pub fn field(mut self, name: &str) -> Result<Self, MiddlewareError> {
        if FieldName::parse(name).is_err() {
            return Err(MiddlewareError::new(MiddlewareErrorKind::InvalidField, 0));
        }
        self.field = name.into();
        Ok(self)
    }

    /// Takes over the id that a request comes with: for servers that only a proxy reaches, which sets it.
    #[must_use]
    pub fn trusting(mut self) -> Self {
        self.trusts = true;
        self
    }

    /// Makes ids by that function. What it makes must be what would be taken over; else the request has none.
    #[must_use]
    pub fn made_by(mut self, makes: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.makes = Arc::new(move || Some(makes()));
        self
    }

    fn id_for(&self, request: &Request) -> Option<RequestId> {
        let sent = || {
            let mut sent = request.headers().get_all(&*self.field);
            let id = sent.next()?;
            let id = std::str::from_utf8(id.as_bytes()).ok()?;
            (is_id(id) && sent.next().is_none()).then(|| RequestId(id.into()))
        };
        let sent = if self.trusts { sent() } else { None };
        sent.or_else(|| {
            let made = (self.makes)().filter(|id| is_id(id))?;
            Some(RequestId(made.into()))
        })
    }
}

impl fmt::Debug for RequestIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestIds")
            .field("field", &self.field)
            .field("trusts", &self.trusts)
            .finish_non_exhaustive()
    }
}

/// Whether that may be an id: nothing in it can break a line of a log, a field, a query in JSON or a page.
fn is_id(text: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_' | b'.' | b':' | b'~' | b'+' | b'/' | b'=' | b'@'
            )
    };
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

/// The id of a request; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

thread_local! {
    /// The id of the request that this thread handles.
    static CURRENT: RefCell<Option<RequestId>> = const { RefCell::new(None) };
}

impl RequestId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id among the extensions of a request or an answer.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The id of the request that this thread handles. A body that is streamed after the handler has answered has none.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Puts the former id back, also where the handler panics.
struct Restored(Option<RequestId>);

impl Drop for Restored {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl<H: Handler> Layer<H> for RequestIds {
    type Handler = WithRequestId<H>;

    fn layer(self, inner: H) -> WithRequestId<H> {
        WithRequestId {
            settings: self,
            inner,
        }
    }
}

/// The [`Handler`] that [`RequestIds`] makes.
#[derive(Clone, Debug)]
pub struct WithRequestId<H> {
    settings: RequestIds,
    inner: H,
}

impl<H: Handler> Handler for WithRequestId<H> {
    fn handle(&self, mut request: Request) -> Response {
        let (Some(id), Ok(name)) = (
            self.settings.id_for(&request),
            FieldName::parse(&self.settings.field),
        ) else {
            return self.inner.handle(request);
        };
        let Ok(value) = FieldValue::parse(id.as_str()) else {
            return self.inner.handle(request);
        };
        request.headers_mut().insert(name, value);
        request.extensions_mut().insert(id.clone());
        let restored = Restored(CURRENT.replace(Some(id.clone())));
        let mut response = self.inner.handle(request);
        drop(restored);
        if !response.headers().contains(name) {
            response.headers_mut().append(name, value);
        }
        response.extensions_mut().insert(id.clone());
        response
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.inner.check_address(local)
    }
}
