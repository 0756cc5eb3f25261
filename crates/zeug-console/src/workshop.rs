//! Owns the folder that lines are compiled in: made for one process, removed with it. What is compiled is the frames'.

use std::sync::Arc;

use crate::{Error, Frame, Place, Records, Stop};

/// Where the lines of one process are compiled: a folder under `<target>/zeug-console`, with what the compiler keeps from one line to the next.
///
/// It is removed when this and its frames are dropped. What a process left behind that was killed is removed when the next workshop is opened.
#[derive(Debug)]
pub struct Workshop {
    shared: Arc<Shared>,
}

/// What the frames share.
#[derive(Debug)]
pub(crate) struct Shared {
    #[expect(dead_code, reason = "filled by the next commit")]
    records: Records,
}

impl Workshop {
    /// Opens one for the program that the records are of.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) on other systems than Linux on x86-64 and aarch64, [`ErrorKind::NoRecord`](crate::ErrorKind::NoRecord) where the program has
    /// no record, [`ErrorKind::System`](crate::ErrorKind::System) where the folder cannot be made.
    pub fn open(records: Records) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::new(Shared { records }),
        })
    }

    /// Finds the statement that a frame stands at, and asks the compiler which variables have their value there. Takes a type check of the crate: on a thread of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoRecord`](crate::ErrorKind::NoRecord), [`ErrorKind::SourceChanged`](crate::ErrorKind::SourceChanged), [`ErrorKind::NoStatement`](crate::ErrorKind::NoStatement),
    /// [`ErrorKind::Scaffold`](crate::ErrorKind::Scaffold), [`ErrorKind::Stopped`](crate::ErrorKind::Stopped), [`ErrorKind::System`](crate::ErrorKind::System).
    pub fn frame(&self, place: &Place, stop: &Stop) -> Result<Frame, Error> {
        Frame::probe(&self.shared, place, stop)
    }
}
