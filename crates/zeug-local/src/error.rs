//! Owns the error of asking for a value that is not there. It shows no value.

use std::fmt;

/// Why there is no value: it names the local, and says what to do.
///
/// ```
/// use zeug_local::{Context, Local, LocalErrorKind};
///
/// static USER: Local<String> = Local::new("user");
/// let error = USER.get().unwrap_err();
/// assert_eq!(error.kind(), LocalErrorKind::NoContext);
/// assert_eq!(error.to_string(), "`user` was asked for outside of a context: run the code with `Context::run`, threads with `Context::spawn`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalError {
    kind: LocalErrorKind,
    name: &'static str,
}

/// What was missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalErrorKind {
    /// No context is entered on this thread.
    NoContext,
    /// The context has no value of that local.
    Unbound,
    /// The context's request is over, and its values were released.
    Released,
}

impl LocalError {
    pub(crate) fn new(kind: LocalErrorKind, name: &'static str) -> Self {
        Self { kind, name }
    }

    /// What was missing.
    #[must_use]
    pub fn kind(&self) -> LocalErrorKind {
        self.kind
    }

    /// The name of the local, as it was given to its `new`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The status that suits an answer: 500, since it is a mistake of the program.
    #[must_use]
    pub fn status_hint(&self) -> u16 {
        500
    }
}

impl fmt::Display for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        match self.kind {
            LocalErrorKind::NoContext => write!(
                f,
                "`{name}` was asked for outside of a context: run the code with `Context::run`, threads with `Context::spawn`"
            ),
            LocalErrorKind::Unbound => {
                write!(f, "`{name}` has no value in this context: set it first")
            }
            LocalErrorKind::Released => write!(
                f,
                "`{name}` was asked for after its context was released: work that outlives a request needs `Context::copy`"
            ),
        }
    }
}

impl std::error::Error for LocalError {}
