//! As much of mio as the engine uses: an edge-triggered queue of the model's sockets.

use std::io;
use std::time::Duration;

use crate::system::{switch, system};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(pub(crate) usize);

pub(crate) struct Interest;

impl Interest {
    pub(crate) const READABLE: Self = Self;
    pub(crate) const WRITABLE: Self = Self;
}

impl std::ops::BitOr for Interest {
    type Output = Self;

    fn bitor(self, _: Self) -> Self {
        self
    }
}

pub(crate) struct Poll(Registry);

pub(crate) struct Registry(usize);

#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) token: Token,
    pub(crate) ended: bool,
}

impl Event {
    pub(crate) fn token(&self) -> Token {
        self.token
    }

    pub(crate) fn is_read_closed(&self) -> bool {
        self.ended
    }

    pub(crate) fn is_error(&self) -> bool {
        false
    }
}

pub(crate) struct Events(Vec<Event>);

impl Events {
    pub(crate) fn with_capacity(_: usize) -> Self {
        Self(Vec::new())
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = &'a Event;
    type IntoIter = std::slice::Iter<'a, Event>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Poll {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Registry(system().new_poll())))
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0
    }

    pub(crate) fn poll(
        &mut self,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        switch();
        events.0 = system().poll(self.0.0, timeout.is_some());
        Ok(())
    }
}

impl Registry {
    pub(crate) fn register(
        &self,
        source: &mut unix::SourceFd<'_>,
        token: Token,
        _: Interest,
    ) -> io::Result<()> {
        system().register(self.0, *source.0, token);
        Ok(())
    }

    pub(crate) fn deregister(&self, source: &mut unix::SourceFd<'_>) -> io::Result<()> {
        system().deregister(self.0, *source.0);
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Waker {
    poll: usize,
    token: Token,
}

impl Waker {
    pub(crate) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        Ok(Self {
            poll: registry.0,
            token,
        })
    }

    pub(crate) fn wake(&self) -> io::Result<()> {
        switch();
        system().wake(self.poll, self.token);
        Ok(())
    }
}

pub(crate) mod unix {
    use std::os::fd::RawFd;

    pub(crate) struct SourceFd<'a>(pub(crate) &'a RawFd);
}
