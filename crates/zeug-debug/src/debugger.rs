//! Owns `Debugger`, its settings, and the handler that it makes: what is caught, and who is let through untouched. What becomes of a failure is the desk's.

use std::fmt;
use std::net::SocketAddr;
#[cfg(debug_assertions)]
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
#[cfg(debug_assertions)]
use std::sync::Arc;

use zeug_gateway::{Cause, Handler, Layer, Request, Response};

#[cfg(debug_assertions)]
use crate::{
    capture::Scope,
    desk::{Desk, MOUNT},
    failure::Caught,
    guard,
};

/// A [`Layer`] that answers a failed request with its traceback: source, locals and a console a frame, in the browser.
///
/// A failure is a panic of the handler inside, or a 500 that an [`HttpError`](zeug_messages::HttpError) was rendered as. The last ones are listed at `/__zeug__/`. Put it outermost, so that
/// it sees what other layers do.
///
/// In a build without `debug_assertions` (`--release`) it is nothing: the handler inside is called, and no route is there. It answers only where both ends of the connection are
/// loopback addresses, or on a Unix socket; a server does not start with it at another address. Behind a proxy on the same machine the `Host` field has to be trusted,
/// and no field may speak of a client elsewhere. A request that it does not answer fails as it would without.
///
/// The console is opened by the PIN that stands on the terminal; `ZEUG_DEBUG_PIN` sets another, or `off` for none.
///
/// # Limits
///
/// 10 failures are kept, the oldest is dropped for a new one; ten wrong PINs lock the console until the program is started again; a line of the console has 4 KiB.
///
/// # Example
///
/// ```
/// use zeug_debug::Debugger;
/// use zeug_gateway::{Body, Handler, HandlerExt, IntoHandler, Request};
///
/// let app = (|request: Request| {
///     let prices = [19, 5];
///     prices[request.uri().path().len()].to_string()
/// }).into_handler().with(Debugger::new());
///
/// let fine = app.handle(http::Request::get("/").header("host", "localhost").body(())?.into());
/// assert_eq!(fine.status(), 200);
///
/// # if cfg!(debug_assertions) {
/// let failed = http::Request::get("/cart").header("host", "localhost").header("accept", "text/plain").body(())?;
/// let text = app.handle(failed.into()).into_body().into_bytes(100_000)?;
/// assert!(text.starts_with(b"panicked: index out of bounds: the len is 2 but the index is 5"));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias = "DebuggedApplication")]
pub struct Debugger {
    settings: Settings,
}

/// What the debugger was told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) pin: PinChoice,
    pub(crate) console: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) hidden: Vec<String>,
    pub(crate) editor: String,
    pub(crate) kept: usize,
}

/// Which PIN opens the console.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PinChoice {
    /// The one of `ZEUG_DEBUG_PIN`, or a random one.
    Environment,
    Own(String),
    Off,
}

impl fmt::Debug for PinChoice {
    /// Never the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::Own(_) => "Own(..)",
            Self::Off => "Off",
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pin: PinChoice::Environment,
            console: true,
            // As Werkzeug's, and IPv6's.
            hosts: [".localhost", "127.0.0.1", "[::1]"]
                .map(str::to_owned)
                .into(),
            hidden: Vec::new(),
            editor: "vscode://file{file}:{line}:{column}".to_owned(),
            kept: 10,
        }
    }
}

impl Debugger {
    /// The debugger with a random PIN, or that of `ZEUG_DEBUG_PIN`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the PIN that opens the console; dashes in it do not count. One without a digit or letter leaves it random.
    #[must_use]
    #[doc(alias = "WERKZEUG_DEBUG_PIN")]
    pub fn pin(mut self, pin: impl Into<String>) -> Self {
        self.settings.pin = PinChoice::Own(pin.into());
        self
    }

    /// Has the console open without a PIN: then every program on this machine, and every user of it, can use it.
    #[must_use]
    #[doc(alias = "pin_security")]
    pub fn without_pin(mut self) -> Self {
        self.settings.pin = PinChoice::Off;
        self
    }

    /// Shows tracebacks without any console.
    #[must_use]
    #[doc(alias = "evalex")]
    pub fn without_console(mut self) -> Self {
        self.settings.console = false;
        self
    }

    /// Trusts more values of the `Host` field than `localhost`, names below it, `127.0.0.1` and `[::1]`: names that this machine has, never addresses of clients.
    ///
    /// A name that begins with a dot stands for those below it, too. It is what keeps a page of the network, whose name was rebound to this machine, from reading the failures.
    #[must_use]
    #[doc(alias = "trusted_hosts")]
    pub fn trust_host_fields<T: Into<String>>(
        mut self,
        hosts: impl IntoIterator<Item = T>,
    ) -> Self {
        self.settings
            .hosts
            .extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Hides the values of fields, parameters, cookies and variables with these words in their names, beside those that are hidden anyway: `password`, `token`,
    /// `secret` and the like.
    #[must_use]
    pub fn hide<T: Into<String>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        self.settings
            .hidden
            .extend(words.into_iter().map(Into::into));
        self
    }

    /// Sets the link that opens a place in the editor, with `{file}`, `{line}` and `{column}` to be filled in. Default: `vscode://file{file}:{line}:{column}`.
    ///
    /// Others: `zed://file{file}:{line}:{column}`, `idea://open?file={file}&line={line}`, `file://{file}`.
    #[must_use]
    pub fn editor(mut self, link: impl Into<String>) -> Self {
        self.settings.editor = link.into();
        self
    }

    /// Sets how many failures are kept, at least 1. Default: 10. Each is a process of about 1 MB.
    #[must_use]
    pub fn keep(mut self, failures: usize) -> Self {
        self.settings.kept = failures.max(1);
        self
    }
}

impl<H: Handler> Layer<H> for Debugger {
    type Handler = Debugged<H>;

    fn layer(self, inner: H) -> Debugged<H> {
        Debugged {
            #[cfg(debug_assertions)]
            desk: Desk::new(self.settings).map(Arc::new),
            inner,
        }
    }
}

/// The [`Handler`] that [`Debugger`] makes.
#[derive(Clone)]
pub struct Debugged<H> {
    /// None where the system has no randomness to give: then there is no debugger.
    #[cfg(debug_assertions)]
    desk: Option<Arc<Desk>>,
    inner: H,
}

impl<H: Handler> Handler for Debugged<H> {
    #[cfg(not(debug_assertions))]
    fn handle(&self, request: Request) -> Response {
        self.inner.handle(request)
    }

    #[cfg(debug_assertions)]
    fn handle(&self, request: Request) -> Response {
        let Some(desk) = &self.desk else {
            return self.inner.handle(request);
        };
        if !guard::is_local(request.received()) {
            desk.is_asked_from_elsewhere(request.received().peer());
            return self.inner.handle(request);
        }
        let path = request.uri().path();
        if let Some(rest) = path.strip_prefix(MOUNT)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return desk.answer(request);
        }
        let scope = Scope::enter(&request, path);
        match catch_unwind(AssertUnwindSafe(|| self.inner.handle(request))) {
            Ok(response) => match Caught::told(&response) {
                Some(error) => {
                    let (kept, seen) = scope.finish();
                    let page = desk.failed(kept, Caught::error(seen, error));
                    page.unwrap_or(response)
                }
                None => response,
            },
            Err(payload) => {
                let (kept, seen) = scope.finish();
                let page = desk.failed(kept, Caught::panic(seen, &*payload));
                page.unwrap_or_else(|| resume_unwind(payload))
            }
        }
    }

    #[cfg(debug_assertions)]
    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        if !guard::is_loopback(local) {
            return Err(Cause::new(
                "the debugger shows sources and values and runs expressions, so that it is served to this machine alone: listen on 127.0.0.1 or [::1], or leave out the `Debugger`",
            ));
        }
        self.inner.check_address(local)
    }

    #[cfg(not(debug_assertions))]
    fn check_address(&self, local: SocketAddr) -> Result<(), Cause> {
        self.inner.check_address(local)
    }
}

impl<H: fmt::Debug> fmt::Debug for Debugged<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Debugged")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, debug_assertions))]
impl<H> Debugged<H> {
    /// What the tests look into.
    pub(crate) fn desk(&self) -> &Arc<Desk> {
        self.desk.as_ref().expect("the system has randomness")
    }
}
