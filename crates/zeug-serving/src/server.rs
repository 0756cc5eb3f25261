//! Owns the `Server`: where it listens, its settings, and its stop. What happens on a connection is `connection`'s, on which thread `engine`'s.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::thread;

use zeug_gateway::{Handler, HandlerExt, IntoHandler};

#[cfg(feature = "tls")]
use crate::Tls;
use crate::access_log::Writer;
use crate::engine::{self, Plan, Stop};
use crate::listener::{Listener, Port};
#[cfg(feature = "reloader")]
use crate::reloader::{self, Link, Reloader};
use crate::simple::announce;
use crate::{AccessLog, Limits, Metrics, Result, ServeError, Timeouts, signals};

/// An HTTP/1.1 server for blocking handlers.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use std::thread;
/// use zeug_serving::{ServeErrorKind, Server};
///
/// let server = Server::bind("127.0.0.1:0")?;
/// let (address, shutdown) = (server.local_addr().expect("a TCP address"), server.shutdown_handle());
/// let running = thread::spawn(|| server.serve(|_: zeug_gateway::Request| "hello"));
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
    listeners: Vec<Listener>,
    limits: Limits,
    timeouts: Timeouts,
    log: AccessLog,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    #[cfg(feature = "reloader")]
    reloader: Option<Reloader>,
    loops: usize,
    signals: bool,
    announce: bool,
    metrics: Metrics,
    stop: Arc<Stop>,
}

impl Server {
    /// A server that listens on `address`: `host:port` (on all addresses that a name has), `[v6]:port`, or `unix:/path/to/socket`.
    ///
    /// Clients can connect from here on; they are answered once [`serve`](Self::serve) runs. Port 0 takes a free port. A Unix socket's
    /// file that nobody answers at is removed first, and again at the end.
    ///
    /// # Errors
    ///
    /// [`Address`](crate::ServeErrorKind::Address) for what is none of these, and the other kinds where the system refuses.
    pub fn bind(address: impl fmt::Display) -> Result<Self> {
        Listener::bind(&address.to_string(), Port::Own).map(Self::on)
    }

    /// As [`bind`](Self::bind), on a port that other processes may listen on, too: the system shares the connections out (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind); [`AddressInUse`](crate::ServeErrorKind::AddressInUse) where a process listens that does not share.
    pub fn bind_shared(address: impl fmt::Display) -> Result<Self> {
        Listener::bind(&address.to_string(), Port::Shared).map(Self::on)
    }

    /// A server on the sockets that were passed to this process by systemd or another parent (`LISTEN_FDS`); `None` where there are none.
    ///
    /// # Errors
    ///
    /// [`Bind`](crate::ServeErrorKind::Bind) for a descriptor that is no listening socket.
    #[doc(alias = "fd")]
    #[doc(alias = "WERKZEUG_SERVER_FD")]
    pub fn passed() -> Result<Option<Self>> {
        let listeners = Listener::passed()?;
        Ok((!listeners.is_empty()).then(|| Self::on(listeners)))
    }

    pub(crate) fn on(listeners: Vec<Listener>) -> Self {
        Self {
            listeners,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            log: AccessLog::Off,
            #[cfg(feature = "tls")]
            tls: None,
            #[cfg(feature = "reloader")]
            reloader: None,
            loops: thread::available_parallelism().map_or(1, usize::from),
            signals: false,
            announce: false,
            metrics: Metrics::default(),
            stop: Arc::default(),
        }
    }

    /// Listens on another address, too.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub fn and_bind(mut self, address: impl fmt::Display) -> Result<Self> {
        self.listeners
            .extend(Listener::bind(&address.to_string(), Port::Own)?);
        Ok(self)
    }

    /// Encrypts every connection.
    #[cfg(feature = "tls")]
    #[must_use]
    #[doc(alias = "ssl_context")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Has the program follow its sources; with `None` it does not. Default: it does not.
    ///
    /// Then [`serve`](Self::serve) keeps the sockets and runs the program again as a child, which is where the application is.
    #[cfg(feature = "reloader")]
    #[must_use]
    #[doc(alias = "use_reloader")]
    pub fn reloader(mut self, reloader: impl Into<Option<Reloader>>) -> Self {
        self.reloader = reloader.into();
        self
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

    /// Has the server say where it listens, once a signal would stop it as it should.
    pub(crate) fn announced(mut self) -> Self {
        self.announce = true;
        self
    }

    /// The first TCP address that the server listens on; `None` where it listens on Unix sockets alone.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listeners.iter().find_map(Listener::local_addr)
    }

    /// The URLs that the server listens on, for a start-up line: `http://127.0.0.1:5000`, `unix:/run/app.sock`.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        #[cfg(feature = "tls")]
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let url = |listener: &Listener| match listener {
            Listener::Tcp(_) => format!("{scheme}://{listener}"),
            Listener::Unix(..) => listener.to_string(),
        };
        self.listeners.iter().map(url).collect()
    }

    /// The server's counters, to be asked while it runs.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// What stops the server from elsewhere.
    #[must_use]
    pub fn shutdown_handle(&self) -> Shutdown {
        Shutdown {
            stop: Arc::clone(&self.stop),
        }
    }

    /// Refuses what may not be served at one of the addresses.
    fn check(&self, app: &impl Handler) -> Result {
        self.listeners
            .iter()
            .filter_map(Listener::local_addr)
            .try_for_each(|local| {
                app.check_address(local)
                    .map_err(|cause| ServeError::refused(local, &cause))
            })
    }

    /// Serves `app` until the server is stopped and what was in flight is answered.
    ///
    /// # Errors
    ///
    /// [`Refused`](crate::ServeErrorKind::Refused) where the application may not be served at one of the addresses ([`Handler::check_address`]), and
    /// [`System`](crate::ServeErrorKind::System) where the system refuses a thread or a readiness queue. What goes wrong on a connection is no error
    /// here. With a reloader also [`Reloader`](crate::ServeErrorKind::Reloader), where it is not known how the program was built.
    pub fn serve<M>(self, app: impl IntoHandler<M>) -> Result {
        let app = app.into_handler();
        // What is not served is not announced.
        self.check(&app)?;
        let urls = self.announce.then(|| self.urls());
        #[cfg(feature = "reloader")]
        let link = Link::get();
        #[cfg(feature = "reloader")]
        if let (Some(reloader), None) = (self.reloader, link) {
            // It is the program's: what it holds open is not held twice.
            drop(app);
            urls.inspect(|urls| announce(urls));
            return reloader::supervise(
                &reloader,
                reloader::Kept {
                    listeners: self.listeners,
                    #[cfg(feature = "tls")]
                    tls: self.tls,
                    patience: self.timeouts.shutdown,
                },
            );
        }
        let writer = match self.log {
            AccessLog::Off => None,
            format => Some(Writer::start(format).map_err(ServeError::system)?),
        };
        if self.signals {
            let shutdown = Shutdown {
                stop: Arc::clone(&self.stop),
            };
            signals::listen(shutdown).map_err(ServeError::system)?;
        }
        // Of a reloader's program the reloader has said where.
        #[cfg(feature = "reloader")]
        let urls = urls.filter(|_| link.is_none());
        urls.inspect(|urls| announce(urls));
        #[cfg(feature = "reloader")]
        if let Some(link) = link {
            let shutdown = Shutdown {
                stop: Arc::clone(&self.stop),
            };
            link.serves(&self.listeners, shutdown);
        }
        let ended = engine::run(Plan {
            listeners: self.listeners,
            loops: self.loops,
            limits: self.limits,
            timeouts: self.timeouts,
            log: writer.as_ref().map(Writer::log),
            #[cfg(feature = "tls")]
            tls: self.tls,
            metrics: self.metrics,
            stop: self.stop,
            app: app.shared(),
        })
        .map_err(ServeError::system);
        #[cfg(feature = "reloader")]
        if let Some(link) = link {
            link.wait();
        }
        ended
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

impl TryFrom<TcpListener> for Server {
    type Error = ServeError;

    /// A server on a socket that listens already.
    fn try_from(listener: TcpListener) -> Result<Self> {
        on_listening(listener.into())
    }
}

impl TryFrom<UnixListener> for Server {
    type Error = ServeError;

    /// A server on a Unix socket that listens already; its file is the caller's to remove.
    fn try_from(listener: UnixListener) -> Result<Self> {
        on_listening(listener.into())
    }
}

fn on_listening(listener: Listener) -> Result<Server> {
    listener
        .set_nonblocking()
        .map_err(|error| ServeError::bind(&listener.to_string(), error))?;
    Ok(Server::on(vec![listener]))
}
