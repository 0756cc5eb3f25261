//! The server's end of a connection.

use std::io;
use std::os::fd::RawFd;

use crate::system::system;

pub(crate) struct Socket(pub(crate) RawFd);

pub(crate) struct Stream(pub(crate) Socket);

impl Socket {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as in src/stream.rs"
    )]
    pub(crate) fn prepare(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        system().close_server_end(self.0);
    }
}
