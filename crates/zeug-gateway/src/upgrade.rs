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

    /// Puts `around` around what goes on with the connection: for middleware. It is given the connection and what was to be called with it. Nothing happens where
    /// the answer is no upgrade.
    ///
    /// ```
    /// use zeug_gateway::{Body, IntoResponse, Response, Upgrade, Upgraded};
    ///
    /// let mut response = Upgrade::to("quiet", |_| println!("now"))?.into_response();
    /// Upgrade::wrap(&mut response, |connection, next| {
    ///     println!("before");
    ///     next(connection);
    ///     println!("after");
    /// });
    /// assert!(Upgrade::take(&mut response).is_some());
    ///
    /// let mut plain = Response::new(Body::empty());
    /// Upgrade::wrap(&mut plain, |_, _| unreachable!());
    /// assert!(Upgrade::take(&mut plain).is_none());
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    pub fn wrap(
        response: &mut Response,
        around: impl FnOnce(Upgraded, Box<dyn FnOnce(Upgraded) + Send>) + Send + 'static,
    ) {
        let Some(upgrade) = response.extensions().get::<Self>() else {
            return;
        };
        let mut place = upgrade.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = place.take() {
            *place = Some(Box::new(move |connection| around(connection, next)));
        }
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
    stream: Source,
}

/// What a server hands over.
enum Source {
    Whole(Box<dyn Duplex>),
    Halves(Box<dyn Read + Send>, Box<dyn Write + Send>),
}

trait Duplex: Read + Write + Send {}

impl<T: Read + Write + Send> Duplex for T {}

impl Upgraded {
    /// A connection over any stream: for servers and tests. What was read beyond the request's end must come first.
    #[must_use]
    pub fn new(stream: impl Read + Write + Send + 'static) -> Self {
        Self {
            stream: Source::Whole(Box::new(stream)),
        }
    }

    /// A connection whose two directions may be used on two threads: see [`into_halves`](Self::into_halves).
    #[must_use]
    pub fn of_halves(
        reader: impl Read + Send + 'static,
        writer: impl Write + Send + 'static,
    ) -> Self {
        Self {
            stream: Source::Halves(Box::new(reader), Box::new(writer)),
        }
    }

    /// The two directions, for two threads: what a protocol needs whose sides speak whenever they like.
    ///
    /// # Errors
    ///
    /// The connection itself, where it was made of one stream. That of a server never is.
    ///
    /// # Example
    ///
    /// ```
    /// use std::io::{Cursor, Read, sink};
    /// use zeug_gateway::Upgraded;
    ///
    /// let (mut reader, _writer) = Upgraded::of_halves(&b"hello"[..], sink()).into_halves().expect("two halves");
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    ///
    /// assert!(Upgraded::new(Cursor::new(Vec::new())).into_halves().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_halves(
        self,
    ) -> Result<(impl Read + Send + use<>, impl Write + Send + use<>), Self> {
        match self.stream {
            Source::Halves(reader, writer) => Ok((reader, writer)),
            whole @ Source::Whole(_) => Err(Self { stream: whole }),
        }
    }
}

impl Read for Upgraded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.stream {
            Source::Whole(stream) => stream.read(buffer),
            Source::Halves(reader, _) => reader.read(buffer),
        }
    }
}

impl Write for Upgraded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stream {
            Source::Whole(stream) => stream.write(bytes),
            Source::Halves(_, writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.stream {
            Source::Whole(stream) => stream.flush(),
            Source::Halves(_, writer) => writer.flush(),
        }
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded").finish_non_exhaustive()
    }
}
