//! Owns the reloader's settings: what is watched beside the sources, what is ignored, how the program is built. What it does with them is `supervisor`'s. It refuses
//! nothing itself: a program that it cannot build again is refused when it starts to serve.

mod build;
mod link;
mod origin;
mod page;
mod pattern;
mod program;
mod sources;
mod supervisor;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use self::link::Link;
use self::pattern::Pattern;
pub(crate) use self::supervisor::{Kept, supervise};

/// Has a program follow its sources: a change builds it, and the new program takes over the sockets of the old one.
///
/// The process that was started becomes the keeper of the listening sockets and starts the program again as a child, with the same arguments. A change stops the child's
/// accepting: requests from then on wait in the socket's queue. Then cargo builds the program as it was built before, and
/// where that passes, the old child ends and the new one serves. Where it does not, browsers are shown rustc's words until it does, and other clients get
/// them as plain text with the status 503. `docs/reloading.md` has the whole story.
///
/// What a program does before it serves is done in both processes; [`is_child`](Self::is_child) tells them apart.
///
/// ```no_run
/// use zeug_serving::{Reloader, Server};
///
/// fn main() -> zeug_serving::Result {
///     Server::bind("127.0.0.1:5000")?
///         .reloader(Reloader::default().watch("templates").ignore("*.css"))
///         .serve(|_: zeug_gateway::Request| "hello")
/// }
/// ```
///
/// A program that cargo did not build, and that does not say how it is built, is refused with
/// [`ServeErrorKind::Reloader`](crate::ServeErrorKind::Reloader).
#[derive(Clone, Debug, Default)]
#[doc(alias = "use_reloader")]
#[doc(alias = "run_with_reloader")]
pub struct Reloader {
    watched: Vec<PathBuf>,
    ignored: Vec<Pattern>,
    cargo: Option<Vec<OsString>>,
    poll: Option<Duration>,
}

impl Reloader {
    /// The reloader that the environment asks for with `ZEUG_RELOAD=1`; `None` where it is not set, empty or `0`.
    ///
    /// `ZEUG_RELOAD_CARGO` stands for [`cargo`](Self::cargo), its words parted by spaces.
    /// [`run_simple`](crate::run_simple) asks this; so may any other program: `.reloader(Reloader::from_env())`.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let wish = std::env::var_os("ZEUG_RELOAD")?;
        if wish.is_empty() || wish == "0" {
            return None;
        }
        let words = std::env::var("ZEUG_RELOAD_CARGO").unwrap_or_default();
        let words: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
        Some(Self {
            cargo: (!words.is_empty()).then_some(words),
            ..Self::default()
        })
    }

    /// Whether this process is a program that a reloader started, and not the reloader itself.
    ///
    /// What must be done once, and not again with each new program, is done where this is false.
    #[must_use]
    #[doc(alias = "is_running_from_reloader")]
    #[doc(alias = "WERKZEUG_RUN_MAIN")]
    pub fn is_child() -> bool {
        link::parent().is_some()
    }

    /// Watches another file, or all files of a folder and the folders in it: templates, configuration. They need not exist yet.
    #[must_use]
    #[doc(alias = "extra_files")]
    pub fn watch(mut self, path: impl Into<PathBuf>) -> Self {
        self.watched.push(path.into());
        self
    }

    /// Ignores changes of files that match a pattern, sources included.
    ///
    /// `*` stands for any characters and `?` for one. A pattern with a `/` is held against the whole path, one without against the name of the file and of each
    /// folder above it: `*.css`, `fixtures`, `/srv/shop/generated/*`.
    #[must_use]
    #[doc(alias = "exclude_patterns")]
    pub fn ignore(mut self, pattern: impl Into<String>) -> Self {
        self.ignored.push(Pattern::new(pattern.into()));
        self
    }

    /// Builds with these arguments of cargo instead of those that were found: `["build", "--bin", "shop", "--features", "demo"]`.
    ///
    /// `--message-format` is added.
    #[must_use]
    pub fn cargo<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.cargo = Some(arguments.into_iter().map(Into::into).collect());
        self
    }

    /// Looks at the files' times once in an interval instead of being told by the system.
    ///
    /// This is for file systems that tell nobody (some networks', some shared into virtual machines); it costs about 4 µs a file and look.
    /// The system's limit on watched folders being reached, it is done once a second without asking.
    #[must_use]
    #[doc(alias = "reloader_interval")]
    #[doc(alias = "reloader_type")]
    pub fn poll(mut self, interval: Duration) -> Self {
        self.poll = Some(interval);
        self
    }
}
