//! Owns upgrades: a connection that speaks another protocol after a 101. It speaks none itself: the bytes are handed over.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use http::header::{HeaderValue, InvalidHeaderValue};
use zeug_datastructures::{FieldValue, names};

use crate::{Body, IntoResponse, Response};

/// What goes on with a connection once the answer 101 is sent.
type Next = Box<dyn FnOnce(Upgraded) + Send>;

/// The wish to speak another protocol: an answer of 101, after which a function is given the connection
/// ([RFC 9110 section 7.8](https://www.rfc-editor.org/rfc/rfc9110#section-7.8)).
///
/// The function runs on a thread of the server's and may take as long as it likes; when it returns, the connection ends. A client that does not
/// offer the protocol must be answered otherwise: that is the handler's to see.
///
/// ```
/// use std::io::{Read, Write};
/// use zeug_gateway::{IntoResponse, Upgrade};
///
/// let upgrade = Upgrade::to("shout", |mut stream| {
///     let mut word = [0; 5];
///     let _ = stream.read_exact(&mut word).and_then(|()| stream.write_all(&word.map(|byte| byte.to_ascii_uppercase())));
/// })?;
/// let response = upgrade.into_response();
/// assert_eq!(response.status(), 101);
/// assert_eq!(response.headers().get("upgrade").unwrap(), "shout");
///
/// assert!(Upgrade::to("no\nprotocol", |_| ()).is_err());
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone)]
pub struct Upgrade {
    protocol: HeaderValue,
    next: Arc<Mutex<Option<Next>>>,
}

impl Upgrade {
    /// An upgrade to `protocol`, for example `websocket`.
    ///
    /// # Errors
    ///
    /// A name that cannot stand in a field, such as one with a line break.
    pub fn to(
        protocol: &str,
        next: impl FnOnce(Upgraded) + Send + 'static,
    ) -> Result<Self, InvalidHeaderValue> {
        let protocol = HeaderValue::from_str(protocol)?;
        Ok(Self {
            protocol,
            next: Arc::new(Mutex::new(Some(Box::new(next)))),
        })
    }

    /// Takes the upgrade out of an answer: for servers. `None` where the answer is none, or was asked before.
    #[must_use]
    pub fn take(response: &mut Response) -> Option<impl FnOnce(Upgraded) + Send + use<>> {
        let upgrade: Self = response.extensions_mut().remove()?;
        upgrade
            .next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl IntoResponse for Upgrade {
    /// 101 with `Connection: upgrade` and `Upgrade`; more fields may be added.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response
            .headers_mut()
            .append(names::CONNECTION, FieldValue::from_static("upgrade"));
        response
            .headers_mut()
            .append(names::UPGRADE, &self.protocol);
        response.extensions_mut().insert(self);
        response
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

/// A connection that was handed over: bytes both ways. Reading and writing block.
pub struct Upgraded {
    stream: Box<dyn Duplex>,
}

/// What a server hands over.
trait Duplex: Read + Write + Send {}

impl<T: Read + Write + Send> Duplex for T {}

impl Upgraded {
    /// A connection over any stream: for servers and tests. What was read beyond the request's end must come first.
    #[must_use]
    pub fn new(stream: impl Read + Write + Send + 'static) -> Self {
        Self {
            stream: Box::new(stream),
        }
    }
}

impl Read for Upgraded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Upgraded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded").finish_non_exhaustive()
    }
}
