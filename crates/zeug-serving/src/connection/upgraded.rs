//! Owns a connection that was handed over to another protocol: a stream that blocks, over a socket that does not.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustix::event::PollFlags;

use crate::stream::Stream;

use super::incoming::wait;

/// The stream that the application gets.
pub(super) struct HandedOver {
    stream: Arc<Stream>,
    /// What was read beyond the request's end.
    first: io::Cursor<Vec<u8>>,
}

impl HandedOver {
    pub(super) fn new(stream: Arc<Stream>, first: Vec<u8>) -> Self {
        Self {
            stream,
            first: io::Cursor::new(first),
        }
    }

    /// Repeats until the socket is ready; for ever where it never is.
    fn blocking<T>(
        &self,
        flags: PollFlags,
        mut call: impl FnMut(&Stream) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match call(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.stream, flags, None)?
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

impl Read for HandedOver {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.first.read(buffer)? {
            0 => self.blocking(PollFlags::IN, |stream| stream.read(buffer)),
            count => Ok(count),
        }
    }
}

impl Write for HandedOver {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.blocking(PollFlags::OUT, |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.blocking(PollFlags::OUT, Stream::flush)
    }
}
