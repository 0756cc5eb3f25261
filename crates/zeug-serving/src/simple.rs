//! Owns `run_simple`: a server with everything that a small program wants, in one line. It has no setting: for those there is `Server`.

use std::io::{self, Write};

use zeug_gateway::IntoHandler;

#[cfg(feature = "reloader")]
use crate::Reloader;
use crate::{AccessLog, Result, Server};

/// Serves `app` on `address` until the process is told to stop.
///
/// Prints the address that it listens on to standard output (port 0 takes a free port), an access log line a request to standard error, and stops on SIGTERM or
/// SIGINT when what is in flight is answered. Limits and time-outs are the defaults; [`Server`] sets others. Where sockets were passed to the process (`LISTEN_FDS`, as systemd
/// does), it listens on those instead of `address`: then the next version can be started before this one is stopped, and no connection is refused.
///
/// With the feature `reloader`, and `ZEUG_RELOAD=1` in its environment, the program follows its sources: see `Reloader`.
///
/// # Errors
///
/// As [`Server::bind`] and [`Server::serve`]; a `main` that returns the error prints what to do next.
///
/// # Example
///
/// ```no_run
/// fn main() -> zeug_serving::Result {
///     zeug_serving::run_simple("127.0.0.1:5000", |_: zeug_gateway::Request| "hello")
/// }
/// ```
///
/// ```
/// let refused = zeug_serving::run_simple("no port here", |_: zeug_gateway::Request| "hello").unwrap_err();
/// assert_eq!(refused.kind(), zeug_serving::ServeErrorKind::Address);
/// ```
pub fn run_simple<M>(address: &str, app: impl IntoHandler<M>) -> Result {
    // systemd, or the program's last version, may have opened the socket.
    let server = match Server::passed()? {
        Some(server) => server,
        None => Server::bind(address)?,
    };
    let server = server
        .access_log(AccessLog::Common)
        .stop_on_signals()
        .announced();
    #[cfg(feature = "reloader")]
    let server = server.reloader(Reloader::from_env());
    #[cfg(not(feature = "reloader"))]
    if std::env::var_os("ZEUG_RELOAD").is_some_and(|wish| !wish.is_empty() && wish != "0") {
        let _ = writeln!(
            io::stderr(),
            "zeug: ZEUG_RELOAD is set, but this program was built without the feature `reloader`"
        );
    }
    server.serve(app)
}

/// Says where it is served.
pub(crate) fn announce(urls: &[String]) {
    // A closed standard output is no reason not to serve.
    let mut out = io::stdout().lock();
    let _ = writeln!(
        out,
        "Listening on {} (press Ctrl+C to stop)",
        urls.join(", ")
    )
    .and_then(|()| out.flush());
}
