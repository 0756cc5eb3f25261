//! Owns what is called when an answer is over: after its body, however that ended. It catches no panic.

use std::fmt;
use std::io::{self, Read};

use zeug_gateway::Body;

/// Functions that are called, in their order, when this is dropped.
#[derive(Default)]
pub(crate) struct Callbacks(Vec<Box<dyn FnOnce() + Send>>);

impl Callbacks {
    pub(crate) fn push(&mut self, callback: Box<dyn FnOnce() + Send>) {
        self.0.push(callback);
    }

    /// The body, so that the functions are called when it is dropped.
    pub(crate) fn bound_to(self, body: Body) -> Body {
        if self.0.is_empty() {
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
    fn drop(&mut self) {
        for callback in self.0.drain(..) {
            callback();
        }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} callbacks", self.0.len())
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
