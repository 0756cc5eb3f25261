//! Owns the run of a compiled line as the server sees it: it is begun, heard to its end, and what was heard is made one outcome. Compiling is done before, by others.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown,
    SocketFlags, SocketType, recv, send, sendmsg, shutdown, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Signal;

use super::{Process, READ, Snapshot, lock, worker};
use crate::dwarf::{Located, Stand};
use crate::system::line::{Order, told};
use crate::value::{Limits, Scene, Value, show};

/// The most bytes that are kept of what a line prints, and of each text that it tells.
const OUTPUT: usize = 64 << 10;
const TEXT: usize = 256 << 10;
/// How much longer than a line may run its end is waited for.
const GRACE: Duration = Duration::from_secs(5);
/// How often it is looked whether the line was stopped.
const LOOK: Duration = Duration::from_millis(50);
/// How far below the stack pointer, or above it, a fault is taken for one of a stack that was too small.
const NEAR_THE_STACK: u64 = 1 << 20;

/// What became of a line.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The value as it shows itself; none where it shows itself in no way.
    pub(crate) value: Option<String>,
    pub(crate) type_name: Option<String>,
    /// What it printed.
    pub(crate) output: Printed,
    pub(crate) end: End,
}

/// What a line printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) text: String,
    /// There was more.
    pub(crate) cut: bool,
}

/// How a line ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a value.
    Value,
    Panicked(String),
    /// The process was ended, and by what: `a segmentation fault at address 0x8`.
    Ended(String),
    /// It was still running when its time was over.
    Late,
    /// It was stopped by whoever asked.
    Stopped,
    /// It was never called.
    Unloaded(String),
    /// Nothing more was heard of it.
    Lost,
}

/// A value that shows itself in no way, while the process that has it still stands.
#[derive(Debug)]
pub(crate) struct Bare {
    /// The process's memory, as a snapshot's.
    pub(crate) process: Arc<Process>,
    pub(crate) address: u64,
    pub(crate) type_name: String,
}

impl Snapshot {
    /// Where the frame with that index in [`frames`](Self::frames) stands.
    ///
    /// # Errors
    ///
    /// A sentence that says why the snapshot cannot be asked.
    pub(crate) fn stand(&self, frame: usize, patience: Duration) -> Result<Stand, String> {
        let (process, frames) = (Arc::clone(&self.process), Arc::clone(&self.stack.0));
        worker::ask(patience, move |program| {
            process.answers(&frames)?;
            let functions = program.functions(&frames);
            let function = functions
                .get(frame)
                .ok_or_else(|| format!("there is no frame {frame}"))?;
            Ok(program.stand(&process, &frames, function))
        })?
    }

    /// Runs a compiled line in a copy of the snapshot's process. `patience` is for reading a value that shows itself in no way.
    ///
    /// # Errors
    ///
    /// The sentence that says why it could not be begun.
    pub(crate) fn run(
        &self,
        order: &Order,
        patience: Duration,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Ran, String> {
        self.process.answers(&self.stack.0)?;
        self.process.run(order, is_stopped, |bare| {
            let (snapshot, frames) = (Arc::clone(&self.process), Arc::clone(&self.stack.0));
            let (process, address) = (Arc::clone(&bare.process), bare.address);
            let type_name = bare.type_name.clone();
            let shown = worker::ask(patience, move |program| {
                let ty = program.type_named(&type_name, &snapshot, &frames)?;
                let scene = Scene {
                    program,
                    process: &process,
                };
                let at = Located::Memory(address);
                Some(show(scene, &Value { ty, at }, Limits::answer()))
            });
            shown.ok().flatten()
        })
    }
}

impl Process {
    /// Runs a compiled line in a process that is forked from this one, and waits for its end. `show` writes a value that shows itself in no way.
    ///
    /// # Errors
    ///
    /// The sentence that says why it could not be begun.
    pub(crate) fn run(
        &self,
        order: &Order,
        is_stopped: &dyn Fn() -> bool,
        show: impl FnOnce(&Bare) -> Option<String>,
    ) -> Result<Ran, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the line could not be run: {error}");
        let message = order
            .to_bytes()
            .ok_or_else(|| failed(&"it uses too many variables"))?;
        let (report, output) = self.begin(&message).map_err(|error| failed(&error))?;
        let mut heard = Heard::default();
        // Whoever keeps the line ends it when nobody listens any more.
        heard.listen(&report, &output, order.patience + GRACE, is_stopped, show);
        Ok(heard.finish())
    }

    /// What is told of the line, and what it prints.
    fn begin(&self, message: &[u8]) -> io::Result<(OwnedFd, OwnedFd)> {
        let flags = SocketFlags::CLOEXEC;
        let (report, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        let (output, printed) = pipe_with(PipeFlags::CLOEXEC)?;
        set_socket_timeout(&report, Timeout::Recv, Some(READ))?;
        let given = [theirs.as_fd(), printed.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&given));
        let link = lock(&self.link);
        sendmsg(
            &link.socket,
            &[IoSlice::new(message)],
            &mut control,
            SendFlags::NOSIGNAL,
        )?;
        let mut answer = [0];
        match recv(&link.socket, &mut answer, RecvFlags::empty()) {
            Ok((1, _)) if answer == [0] => Ok((report, output)),
            Ok((1, _)) => Err(io::Error::other("the system has no process to give")),
            _ => {
                // As for a read: an answer that comes later would be taken for the next one's.
                let _ = shutdown(&link.socket, Shutdown::Both);
                Err(io::Error::other("the snapshot has ended"))
            }
        }
    }
}

/// What was heard of a line so far.
#[derive(Debug, Default)]
struct Heard {
    value: Option<Vec<u8>>,
    type_name: Vec<u8>,
    panic: Option<Vec<u8>>,
    unloaded: Option<Vec<u8>>,
    /// A signal, the address that it was about, the stack pointer.
    fault: Option<[u64; 3]>,
    /// The value shows itself in no way.
    bare: bool,
    done: bool,
    /// It was not heard to its end.
    stopped: bool,
    /// The status as of `waitpid`, and whether it was late.
    ended: Option<[u64; 2]>,
    printed: Vec<u8>,
    cut: bool,
}

impl Heard {
    /// Hears the line until its process has ended, or the patience has.
    fn listen(
        &mut self,
        report: &OwnedFd,
        output: &OwnedFd,
        patience: Duration,
        is_stopped: &dyn Fn() -> bool,
        show: impl FnOnce(&Bare) -> Option<String>,
    ) {
        let end = Instant::now() + patience;
        let mut show = Some(show);
        let mut closed = false;
        while self.ended.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            let mut waited = [
                PollFd::new(report, PollFlags::IN),
                PollFd::new(output, PollFlags::IN),
            ];
            // What prints no more is not asked any more.
            let waited = &mut waited[..if closed { 1 } else { 2 }];
            let left = Timespec::try_from(left.min(LOOK)).ok();
            match poll(waited, left.as_ref()) {
                Err(Errno::INTR) => continue,
                Err(_) => return,
                Ok(_) if is_stopped() => {
                    self.stopped = true;
                    return;
                }
                Ok(0) if Instant::now() >= end => return,
                Ok(_) => {}
            }
            if waited
                .get(1)
                .is_some_and(|output| !output.revents().is_empty())
            {
                closed = !self.hear_output(output);
            }
            if waited
                .first()
                .is_some_and(|report| !report.revents().is_empty())
            {
                match self.hear(report) {
                    None => return,
                    Some(None) => {}
                    Some(Some(address)) => {
                        self.bare = true;
                        if let Some(show) = show.take() {
                            self.look(report, address, show);
                        }
                    }
                }
            }
        }
        // The rest of what it printed is in the pipe.
        let waits = |output: &OwnedFd| {
            let mut waited = [PollFd::new(output, PollFlags::IN)];
            let at_once = Timespec::default();
            poll(&mut waited, Some(&at_once)) == Ok(1)
        };
        while !closed && Instant::now() < end && waits(output) {
            closed = !self.hear_output(output);
        }
    }

    /// Takes the next thing that is told: none at the end of file, and the address of a value that is to be looked at.
    fn hear(&mut self, report: &OwnedFd) -> Option<Option<u64>> {
        let mut piece = [0; 32 << 10];
        let size = match recv(report, &mut piece, RecvFlags::empty()) {
            Ok((size, _)) => size,
            Err(Errno::INTR) => return Some(None),
            Err(_) => return None,
        };
        let (kind, piece) = piece.get(..size)?.split_first_chunk()?;
        match u32::from_ne_bytes(*kind) {
            told::VALUE => add(self.value.get_or_insert_default(), piece),
            told::TYPE => add(&mut self.type_name, piece),
            told::PANIC => add(self.panic.get_or_insert_default(), piece),
            told::UNLOADED | told::REFUSED => add(self.unloaded.get_or_insert_default(), piece),
            told::BARE => {
                let [address] = words(piece);
                return Some(Some(address));
            }
            told::FAULT => self.fault = Some(words(piece)),
            told::DONE => self.done = true,
            told::ENDED => self.ended = Some(words(piece)),
            _ => {}
        }
        Some(None)
    }

    /// Has the value shown that shows itself in no way, while its process waits.
    fn look(&mut self, report: &OwnedFd, address: u64, show: impl FnOnce(&Bare) -> Option<String>) {
        if let Ok(lent) = report.try_clone() {
            let bare = Bare {
                process: Arc::new(Process::lent(lent)),
                address,
                type_name: text(&self.type_name),
            };
            self.value = show(&bare).map(String::into_bytes);
        }
        // Any message that asks for no memory lets it go on.
        let _ = send(report, &[0], SendFlags::NOSIGNAL);
    }

    /// Takes what was printed; whether there may be more.
    fn hear_output(&mut self, output: &OwnedFd) -> bool {
        let mut piece = [0; 16 << 10];
        match read(output, &mut piece) {
            Ok(0) => false,
            Ok(size) => {
                let room = OUTPUT.saturating_sub(self.printed.len());
                self.cut |= size > room;
                self.printed.extend(piece.iter().take(size.min(room)));
                true
            }
            Err(error) => error == Errno::INTR,
        }
    }
}

impl Heard {
    fn finish(self) -> Ran {
        Ran {
            end: self.end(),
            value: self.value.as_deref().map(text),
            type_name: (!self.type_name.is_empty()).then(|| text(&self.type_name)),
            output: Printed {
                text: text(&self.printed),
                cut: self.cut,
            },
        }
    }

    fn end(&self) -> End {
        if self.stopped {
            return End::Stopped;
        }
        if let Some(why) = &self.unloaded {
            return End::Unloaded(text(why));
        }
        if let Some(message) = &self.panic {
            return End::Panicked(text(message));
        }
        let Some([status, late]) = self.ended else {
            return End::Lost;
        };
        if late != 0 {
            return End::Late;
        }
        let status = ExitStatus::from_raw(status as i32);
        match (status.signal(), status.code()) {
            (Some(signal), _) => End::Ended(self.signalled(signal)),
            (None, _) if self.done => End::Value,
            (None, code) => End::Ended(format!(
                "the line itself ended its process, with code {}",
                code.unwrap_or_default()
            )),
        }
    }

    /// What a signal means for whoever wrote the line.
    fn signalled(&self, signal: i32) -> String {
        let name = match Signal::from_named_raw(signal) {
            Some(Signal::SEGV) => "a segmentation fault",
            Some(Signal::BUS) => "a bus error",
            Some(Signal::ILL) => "an instruction that the processor does not know",
            Some(Signal::FPE) => "an arithmetic fault of the processor",
            Some(Signal::ABORT) => "an abort",
            Some(Signal::XCPU) => "its processor time being over",
            Some(Signal::KILL) => "a kill from outside, perhaps for want of memory",
            Some(Signal::TRAP) => "a trap",
            _ => return format!("signal {signal} ended it"),
        };
        match self.fault {
            Some([of, about, stack]) if of == u64::from(signal.cast_unsigned()) => {
                let is_near = about.abs_diff(stack) < NEAR_THE_STACK;
                match is_near && signal == Signal::SEGV.as_raw() {
                    true => "the stack was too small: an endless recursion?".to_owned(),
                    false => format!("{name} at address {about:#x} ended it"),
                }
            }
            _ => format!("{name} ended it"),
        }
    }
}

/// Adds a piece of a text, which is cut where it is too long.
fn add(text: &mut Vec<u8>, piece: &[u8]) {
    let room = TEXT.saturating_sub(text.len());
    text.extend(piece.iter().take(room));
}

/// A text of the line's, which may hold anything and end anywhere.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The numbers of eight bytes that a message holds; those that are missing are 0.
fn words<const COUNT: usize>(bytes: &[u8]) -> [u64; COUNT] {
    let mut words = [0; COUNT];
    let (all, _) = bytes.as_chunks();
    for (word, bytes) in words.iter_mut().zip(all) {
        *word = u64::from_ne_bytes(*bytes);
    }
    words
}
