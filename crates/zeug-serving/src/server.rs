//! Owns the `Server`: where it listens, its settings, and its stop. What happens on a connection is `connection`'s, on which thread `engine`'s.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

use zeug_gateway::{HandlerExt, IntoHandler};

use crate::access_log::Writer;
use crate::engine::{self, Plan, Stop};
use crate::{AccessLog, Limits, Result, ServeError, Timeouts, signals};

/// An HTTP/1.1 server for blocking handlers.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use std::thread;
/// use zeug_gateway::Body;
/// use zeug_serving::{ServeErrorKind, Server};
///
/// let server = Server::bind("127.0.0.1:0")?;
/// let (address, shutdown) = (server.local_addr(), server.shutdown_handle());
/// let running = thread::spawn(|| server.serve(|_: http::Request<Body>| "hello"));
///
/// let mut stream = TcpStream::connect(address).expect("the server listens");
/// write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("the server reads");
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer).expect("the server answers");
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hello"));
///
/// let refused = Server::bind(address).unwrap_err();
/// assert_eq!(refused.kind(), ServeErrorKind::AddressInUse);
///
/// shutdown.shutdown();
/// running.join().expect("no panic")?;
/// # Ok::<(), zeug_serving::ServeError>(())
/// ```
#[derive(Debug)]
#[doc(alias = "make_server")]
#[doc(alias = "BaseWSGIServer")]
pub struct Server {
    listeners: Vec<TcpListener>,
    address: SocketAddr,
    limits: Limits,
    timeouts: Timeouts,
    log: AccessLog,
    loops: usize,
    signals: bool,
    stop: Arc<Stop>,
}

impl Server {
    /// A server that listens on `address`; on all of them where a name has several.
    ///
    /// Clients can connect from here on; they are answered once [`serve`](Self::serve) runs. Port 0 takes a free port.
    ///
    /// # Errors
    ///
    /// [`Address`](crate::ServeErrorKind::Address) for what is no `host:port`, and the other kinds where the system refuses.
    pub fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<Self> {
        let shown = format!("{address:?}");
        let shown = shown.trim_matches('"');
        let addresses: Vec<SocketAddr> = address
            .to_socket_addrs()
            .map_err(|error| ServeError::address(shown, error))?
            .collect();
        let mut listeners = Vec::new();
        for address in &addresses {
            let first_port = listeners
                .first()
                .map(|first: &TcpListener| first.local_addr());
            // A name with two addresses and port 0 listens on one port.
            let address = match first_port {
                Some(Ok(first)) if address.port() == 0 => {
                    SocketAddr::new(address.ip(), first.port())
                }
                _ => *address,
            };
            match listen(address) {
                Ok(listener) => listeners.push(listener),
                // `localhost` names an address of a protocol that the system may not have.
                Err(error)
                    if !listeners.is_empty() && error.kind() == io::ErrorKind::AddrNotAvailable => {
                }
                Err(error) => return Err(ServeError::bind(shown, error)),
            }
        }
        let address = match listeners.first().map(TcpListener::local_addr) {
            Some(Ok(address)) => address,
            Some(Err(error)) => return Err(ServeError::bind(shown, error)),
            None => {
                let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                return Err(ServeError::address(shown, none));
            }
        };
        Ok(Self {
            listeners,
            address,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            log: AccessLog::Off,
            loops: thread::available_parallelism().map_or(1, usize::from),
            signals: false,
            stop: Arc::default(),
        })
    }

    /// Sets the ceilings.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the time-outs.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets where the access log goes. Default: nowhere.
    #[must_use]
    pub fn access_log(mut self, log: AccessLog) -> Self {
        self.log = log;
        self
    }

    /// Sets how many readiness loops there are. Default: one a core.
    #[must_use]
    pub fn loops(mut self, count: usize) -> Self {
        self.loops = count.max(1);
        self
    }

    /// Has SIGTERM and SIGINT stop the server: the first gracefully, the second at once.
    #[must_use]
    pub fn stop_on_signals(mut self) -> Self {
        self.signals = true;
        self
    }

    /// The (first) address that the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// What stops the server from elsewhere.
    #[must_use]
    pub fn shutdown_handle(&self) -> Shutdown {
        Shutdown {
            stop: Arc::clone(&self.stop),
        }
    }

    /// Serves `app` until the server is stopped and what was in flight is answered.
    ///
    /// # Errors
    ///
    /// [`System`](crate::ServeErrorKind::System) where the system refuses a thread or a readiness queue. What goes wrong on a connection is no error
    /// here.
    pub fn serve<M>(self, app: impl IntoHandler<M>) -> Result {
        let writer = match self.log {
            AccessLog::Off => None,
            AccessLog::Stderr => Some(Writer::start().map_err(ServeError::system)?),
        };
        if self.signals {
            let shutdown = Shutdown {
                stop: Arc::clone(&self.stop),
            };
            signals::listen(shutdown).map_err(ServeError::system)?;
        }
        engine::run(Plan {
            listeners: self.listeners,
            loops: self.loops,
            limits: self.limits,
            timeouts: self.timeouts,
            log: writer.as_ref().map(Writer::log),
            stop: self.stop,
            app: app.into_handler().shared(),
        })
        .map_err(ServeError::system)
    }
}

/// Stops a [`Server`]; cheap to clone, may be kept after the server has ended.
#[derive(Clone, Debug)]
pub struct Shutdown {
    stop: Arc<Stop>,
}

impl Shutdown {
    /// Asks the server to stop: it takes no new connection, answers what is in flight, and ends.
    ///
    /// Returns at once; asking twice changes nothing.
    pub fn shutdown(&self) {
        self.stop.ask();
    }
}

/// A listening socket that does not block.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, Some(socket2::Protocol::TCP))?;
    // A server that is started again does not wait for the old connections to be forgotten.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // `[::]` and `0.0.0.0` can be listened on side by side.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
