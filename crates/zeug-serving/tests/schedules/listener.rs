//! A listening socket: what connects waits in a queue of the model.

use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

use crate::stream::Socket;
use crate::system::{switch, system};

pub(crate) struct Listener(RawFd);

impl Listener {
    pub(crate) fn new() -> Self {
        Self(system().listen())
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.0
    }

    pub(crate) fn accept(&self) -> io::Result<(Socket, Option<SocketAddr>)> {
        switch();
        match system().accept() {
            Some(fd) => Ok((Socket(fd), None)),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        system().close_listener();
    }
}
