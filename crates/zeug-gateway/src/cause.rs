//! Owns `Cause`: why an answer is a failure, for whoever runs the program. It is never sent to a client.

use std::fmt;
use std::sync::Arc;

use http::Extensions;

/// Why an answer is a failure: an extension of the answer. A server reports it with the request; a client never sees it.
///
/// ```
/// use http::StatusCode;
/// use zeug_gateway::{Cause, IntoResponse};
///
/// let mut response = (StatusCode::INTERNAL_SERVER_ERROR, "sorry").into_response();
/// assert!(Cause::of(response.extensions()).is_none(), "it gives no reason");
///
/// response.extensions_mut().insert(Cause::new("the disk is full"));
/// assert_eq!(Cause::of(response.extensions()).map(ToString::to_string).as_deref(), Some("the disk is full"));
/// ```
#[derive(Clone)]
#[doc(alias = "wsgi.errors")]
pub struct Cause(Arc<dyn fmt::Display + Send + Sync>);

impl Cause {
    /// A cause that is shown as `why`, which is asked for its text only when someone reports it.
    #[must_use]
    pub fn new(why: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self(Arc::new(why))
    }

    /// The cause among an answer's extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.0)
    }
}
