//! Owns the frozen process: how it is begun and ended, how many there may be, and the reading of its memory. What the bytes mean is for others.

#[cfg(all(feature = "console", target_env = "gnu"))]
pub(crate) mod line;
mod worker;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType, recv, send, shutdown,
    socketpair,
};
use rustix::process::{Signal, WaitId, WaitIdOptions, pidfd_send_signal, waitid};

use crate::system::{self, RawFrame};
use crate::traceback::{Answer, Completed, Frame};

/// The most snapshots that live at a time; the oldest ends for an eleventh.
pub(crate) const MOST: usize = 10;
/// How long a snapshot lives.
const LIFETIME: Duration = Duration::from_secs(600);
/// How long one read may take. It is a copy of a page: microseconds.
const READ: Duration = Duration::from_secs(2);

/// The size of what is read and kept at a time: the smallest page, which is there as a whole or not at all.
const PAGE: usize = 4096;
/// The most pages that are kept of a snapshot.
const MOST_PAGES: usize = 4096;

/// The process that holds the frames as they were. It ends when this is dropped, when ten minutes are over, when ten newer ones live, or when the server ends.
#[derive(Debug)]
pub(crate) struct Snapshot {
    process: Arc<Process>,
    stack: Stack,
}

/// The frames of a thread as they were.
#[derive(Debug, Clone)]
pub(crate) struct Stack(Arc<[RawFrame]>);

impl Stack {
    /// Those of this thread.
    #[inline(never)]
    pub(crate) fn walk() -> Self {
        Self(system::stack().into())
    }

    /// The frames without variables.
    pub(crate) fn frames(&self, patience: Duration) -> Vec<Frame> {
        worker::frames(None, &self.0, patience).map_or_else(|_| Vec::new(), |(frames, _)| frames)
    }
}

impl Snapshot {
    /// Freezes this process with the frames of this thread, which were just walked.
    ///
    /// # Errors
    ///
    /// A sentence that says what the system refused.
    pub(crate) fn take(stack: &Stack) -> Result<Self, String> {
        let process = Process::fork()
            .map_err(|error| format!("the process could not be forked for a snapshot: {error}"))?;
        Ok(Self {
            process: Arc::new(process).registered(),
            stack: stack.clone(),
        })
    }

    /// Has the process collected when it ends by itself. Not done in [`take`](Self::take), which runs inside a panic hook.
    pub(crate) fn watch(&self) {
        let handle = self.process.handle.as_ref();
        let Some(Ok(handle)) = handle.map(OwnedFd::try_clone) else {
            return;
        };
        // Where no thread can be had, it is collected when this value is dropped.
        let _ = thread::Builder::new()
            .name("zeug-debug-watch".to_owned())
            .stack_size(64 << 10)
            .spawn(move || collect(&handle));
    }

    /// The frames with their variables; and, where variables are missing as a whole, the sentence that says why.
    ///
    /// # Errors
    ///
    /// A sentence that says what happened: the process ended, or did not answer in time.
    pub(crate) fn frames(
        &self,
        patience: Duration,
    ) -> Result<(Vec<Frame>, Option<String>), String> {
        worker::frames(Some(&self.process), &self.stack.0, patience)
    }

    /// The answer to `line` in the frame with that index in [`frames`](Self::frames).
    ///
    /// # Errors
    ///
    /// What was wrong with the line, as a text of several lines with a caret below the place where that is known.
    pub(crate) fn evaluate(
        &self,
        frame: usize,
        line: &str,
        patience: Duration,
    ) -> Result<Answer, String> {
        worker::evaluate(&self.process, &self.stack.0, frame, line, patience)
    }

    /// What may stand where `line` ends.
    ///
    /// # Errors
    ///
    /// A sentence that says why the snapshot cannot be asked.
    pub(crate) fn complete(
        &self,
        frame: usize,
        line: &str,
        patience: Duration,
    ) -> Result<Completed, String> {
        worker::complete(&self.process, &self.stack.0, frame, line, patience)
    }

    /// The process's handle.
    #[cfg(test)]
    pub(crate) fn handle(&self) -> &OwnedFd {
        self.process.handle.as_ref().expect("its own process")
    }
}

/// The snapshots that live, the oldest first.
static LIVING: Mutex<VecDeque<Weak<Process>>> = Mutex::new(VecDeque::new());

/// A forked process that answers for its memory.
#[derive(Debug)]
pub(crate) struct Process {
    /// None where another collects it.
    handle: Option<OwnedFd>,
    /// Locked for a question and its answer; with what was read, which cannot change.
    link: Mutex<Link>,
}

#[derive(Debug)]
struct Link {
    socket: OwnedFd,
    pages: HashMap<u64, Option<Box<[u8]>>>,
}

/// Why memory could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// There is nothing at this address.
    Nothing(u64),
    /// The process is no more.
    Ended,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(address) => write!(f, "nothing at address {address:#x}"),
            Self::Ended => f.write_str("the snapshot has ended"),
        }
    }
}

impl Process {
    fn fork() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC;
        // Messages, so that bytes that are not there are refused as a whole; and with an end of file, which datagrams have not.
        let (ours, served) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        set_socket_timeout(&ours, Timeout::Recv, Some(READ))?;
        Ok(Self {
            handle: Some(system::fork_serving(served, LIFETIME)?),
            link: Mutex::new(Link::to(ours)),
        })
    }

    /// One that answers for its memory on this socket for a while, and is ended and collected by others.
    #[cfg(all(feature = "console", target_env = "gnu"))]
    fn lent(socket: OwnedFd) -> Self {
        Self {
            handle: None,
            link: Mutex::new(Link::to(socket)),
        }
    }

    /// Enters it among the living, and ends the oldest of too many.
    fn registered(self: Arc<Self>) -> Arc<Self> {
        let mut ended = Vec::new();
        let mut living = lock(&LIVING);
        living.retain(|each| each.strong_count() > 0);
        living.push_back(Arc::downgrade(&self));
        while living.len() > MOST {
            ended.extend(living.pop_front());
        }
        drop(living);
        for process in ended.iter().filter_map(Weak::upgrade) {
            process.end();
        }
        self
    }

    /// Ends it and collects it. Once is enough; again does nothing.
    fn end(&self) {
        if let Some(handle) = &self.handle {
            let _ = pidfd_send_signal(handle, Signal::KILL);
            collect(handle);
        }
    }

    /// # Errors
    ///
    /// The sentence that says why it no longer answers.
    pub(crate) fn answers(&self, anywhere: &[RawFrame]) -> Result<(), String> {
        let address = anywhere.first().map_or(0, |frame| frame.stack);
        let mut link = lock(&self.link);
        // Not what was kept of it: it is asked.
        match link.ask(address - address % PAGE as u64) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!(
                "the snapshot has ended: {MOST} newer failures took its place, or {} minutes are over",
                LIFETIME.as_secs() / 60
            )),
        }
    }

    /// Fills `bytes` with what was at `address`.
    ///
    /// # Errors
    ///
    /// Nothing is there, or the process has ended.
    pub(crate) fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Unread> {
        let mut link = lock(&self.link);
        let mut done = 0;
        while done < bytes.len() {
            let at = address
                .checked_add(done as u64)
                .ok_or(Unread::Nothing(address))?;
            let offset = (at % PAGE as u64) as usize;
            let page = link.page(at - offset as u64)?.ok_or(Unread::Nothing(at))?;
            let take = (PAGE - offset).min(bytes.len() - done);
            bytes[done..done + take].copy_from_slice(&page[offset..offset + take]);
            done += take;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Link {
    fn to(socket: OwnedFd) -> Self {
        Self {
            socket,
            pages: HashMap::new(),
        }
    }

    /// The page at that address, if there is one.
    fn page(&mut self, start: u64) -> Result<Option<&[u8]>, Unread> {
        if self.pages.len() >= MOST_PAGES && !self.pages.contains_key(&start) {
            self.pages.clear();
        }
        if !self.pages.contains_key(&start) {
            let page = self.ask(start)?;
            self.pages.insert(start, page);
        }
        Ok(self.pages.get(&start).and_then(Option::as_deref))
    }

    fn ask(&mut self, start: u64) -> Result<Option<Box<[u8]>>, Unread> {
        let ask = system::ask_to_read(start, PAGE);
        let sent = send(&self.socket, &ask, SendFlags::NOSIGNAL);
        sent.map_err(|_| Unread::Ended)?;
        let mut answer = [0; 1 + PAGE];
        match recv(&self.socket, &mut answer, RecvFlags::empty()) {
            Ok((length, _)) if length == answer.len() => Ok(Some(answer[1..].into())),
            Ok((1, _)) => Ok(None),
            _ => {
                // An answer that comes later would be taken for the next one's.
                let _ = shutdown(&self.socket, Shutdown::Both);
                Err(Unread::Ended)
            }
        }
    }
}

/// Waits for the process to end, so that nothing of it stays in the system's table.
fn collect(handle: &OwnedFd) {
    let id = WaitId::PidFd(std::os::fd::AsFd::as_fd(handle));
    while let Err(rustix::io::Errno::INTR) = waitid(id.clone(), WaitIdOptions::EXITED) {}
}

/// The lock; a panic of another thread while it was held left the value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
