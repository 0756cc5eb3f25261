//! Owns `LiveServer`: an application served on a port of its own for as long as the guard lives, and the way to it. It serves no encrypted connection.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use zeug_gateway::{Body, Handler, IntoHandler, Request, Response};
use zeug_serving::{Result, Server, Shutdown, Timeouts};

use crate::outgoing::Outgoing;
use crate::{Client, TestError, wire};

/// An application behind a real socket, on a free port of the machine itself; it stops when this is dropped, a second later at the most where answers are
/// still being sent.
///
/// A [`Client`] of it has the same methods as one of the application, so that a test can do with either. A panic of the application is one of the test
/// here too: the client panics with its message.
///
/// ```
/// use zeug_messages::{Request, Response};
/// use zeug_test::{Client, LiveServer};
///
/// fn app(request: Request) -> Response {
///     Response::text(format!("hello {}", request.args().get("name").unwrap_or("World")))
/// }
///
/// let server = LiveServer::start(app)?;
/// for client in [Client::new(app), server.client()] {
///     client.get("/").query([("name", "zeug")]).send().assert_status(200).assert_text("hello zeug");
/// }
/// let refused = server.client().get("/").extension(5).try_send();
/// assert!(refused.is_err(), "no extension goes through a socket");
/// # Ok::<(), zeug_serving::ServeError>(())
/// ```
#[must_use = "the server stops when this is dropped"]
pub struct LiveServer {
    remote: Remote,
    shutdown: Shutdown,
    thread: Option<JoinHandle<Result>>,
}

/// A server to send requests to, and what its application panicked with.
#[derive(Clone)]
pub(crate) struct Remote {
    address: SocketAddr,
    panics: Arc<Panics>,
}

/// The messages of panics by the address that the request came from.
#[derive(Default)]
struct Panics(Mutex<HashMap<SocketAddr, String>>);

/// Notes panics before it passes them on.
struct Watched<H> {
    app: H,
    panics: Arc<Panics>,
}

impl LiveServer {
    /// Serves an application with the server's default settings.
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn start<M>(app: impl IntoHandler<M>) -> Result<Self> {
        Self::configured(|server| server, app)
    }

    /// Serves an application with other settings, such as limits. The client speaks no TLS.
    ///
    /// # Errors
    ///
    /// As [`Server::bind`].
    pub fn configured<M>(
        settings: impl FnOnce(Server) -> Server,
        app: impl IntoHandler<M>,
    ) -> Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // Who waits for more of an answer does so in vain once the test is over.
        let timeouts = Timeouts::default().shutdown(Duration::from_secs(1));
        let server = Server::bind(free)?.timeouts(timeouts);
        let panics = Arc::<Panics>::default();
        let remote = Remote {
            // A server that was bound to an address has one.
            address: server.local_addr().unwrap_or(free),
            panics: Arc::clone(&panics),
        };
        let server = settings(server);
        let shutdown = server.shutdown_handle();
        let app = Watched {
            app: app.into_handler(),
            panics,
        };
        Ok(Self {
            remote,
            shutdown,
            thread: Some(thread::spawn(|| server.serve(app))),
        })
    }

    /// The address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.remote.address
    }

    /// The URL of a path, for other clients: `http://127.0.0.1:12345/path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!(
            "http://{}/{}",
            self.remote.address,
            path.trim_start_matches('/')
        )
    }

    /// A client of the server, with cookies of its own.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::live(self.remote.clone())
    }
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        self.shutdown.shutdown();
        if let Some(thread) = self.thread.take() {
            // What a failing server would say came too late for the test.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for LiveServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveServer")
            .field("address", &self.remote.address)
            .finish_non_exhaustive()
    }
}

impl Remote {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request through a connection of its own.
    ///
    /// Panics where the application did.
    pub(crate) fn exchange(
        &self,
        outgoing: &Outgoing,
        body: Body,
        limit: usize,
    ) -> Result<Response, TestError> {
        let (response, local) = wire::exchange(self.address, outgoing, body, limit)?;
        let message = self
            .panics
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&local);
        if let Some(message) = message {
            panic!("the application panicked: {message}");
        }
        Ok(response)
    }
}

impl<H: Handler> Handler for Watched<H> {
    fn handle(&self, request: Request) -> Response {
        let peer = request.received().peer();
        catch_unwind(AssertUnwindSafe(|| self.app.handle(request))).unwrap_or_else(|payload| {
            if let Some(peer) = peer {
                let mut panics = self.panics.0.lock().unwrap_or_else(PoisonError::into_inner);
                panics.insert(peer, message(&*payload));
            }
            resume_unwind(payload)
        })
    }

    fn check_address(&self, local: std::net::SocketAddr) -> Result<(), zeug_gateway::Cause> {
        self.app.check_address(local)
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(no message)").to_owned()
}
