//! Owns what is called when an answer is over: after its body, however that ended. It catches no panic.

use std::fmt;
use std::io::{self, Read};

use zeug_gateway::Body;

/// Functions that are called, in their order, when this is dropped.
#[derive(Default)]
#[expect(
    clippy::box_collection,
    reason = "few answers have any, and every one is handed on"
)]
pub(crate) struct Callbacks(Option<Box<Vec<Callback>>>);

type Callback = Box<dyn FnOnce() + Send>;

impl Callbacks {
    pub(crate) fn push(&mut self, callback: Callback) {
        self.0.get_or_insert_default().push(callback);
    }

    /// The body, so that the functions are called when it is dropped.
    pub(crate) fn bound_to(self, body: Body) -> Body {
        if self.0.is_none() {
            return body;
        }
        let len = body.len();
        let closing = Closing {
            body,
            _callbacks: self,
        };
        match len {
            Some(len) => Body::sized_reader(closing, len),
            None => Body::reader(closing),
        }
    }
}

impl Drop for Callbacks {
    #[inline]
    fn drop(&mut self) {
        if let Some(callbacks) = self.0.take() {
            for callback in *callbacks {
                callback();
            }
        }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} callbacks",
            self.0.as_ref().map_or(0, |all| all.len())
        )
    }
}

/// A body and what follows it: fields are dropped in this order.
struct Closing {
    body: Body,
    _callbacks: Callbacks,
}

impl Read for Closing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer)
    }
}
