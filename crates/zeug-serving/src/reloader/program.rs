//! Owns one run of the program: the child process, the link to it, and its end. It never waits: threads wait, and tell the supervisor what happened.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::link::{self, Word};
use super::supervisor::Event;
use crate::listener::Listener;
use crate::sync::lock;

/// A program that was started.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) id: u64,
    /// Whether it has said that it serves.
    pub(super) ready: bool,
    /// When it is ended by force, where it was told to end.
    pub(super) deadline: Option<Instant>,
    child: Child,
    link: Arc<Mutex<Option<UnixStream>>>,
}

impl Program {
    /// Starts the program with this process's arguments; `listeners` are for it.
    pub(super) fn start(
        id: u64,
        path: &Path,
        listeners: Vec<Listener>,
        events: &Sender<Event>,
    ) -> io::Result<Self> {
        let door = Door::open(id)?;
        let child = Command::new(path)
            .args(std::env::args_os().skip(1))
            .env(link::VARIABLE, link::variable(&door.path()))
            .spawn()?;
        let process = Pid::from_child(&child);
        let program = Self {
            id,
            ready: false,
            deadline: None,
            child,
            link: Arc::default(),
        };
        let (path, kept, said) = (door.path(), Arc::clone(&program.link), events.clone());
        let meeting = thread::Builder::new()
            .name("zeug-program".into())
            .spawn(move || {
                // An error is a program that ends before it serves, which the other thread sees.
                if let Ok(listeners) = meet(door, &listeners, &kept) {
                    let _ = said.send(Event::Ready(id, listeners));
                }
            })?;
        let (said, link) = (events.clone(), Arc::clone(&program.link));
        thread::Builder::new()
            .name("zeug-program".into())
            .spawn(move || {
                ended(process);
                // The thread that waits for a program's call, or for its word, waits no longer.
                let _ = UnixStream::connect(path);
                if let Some(stream) = &*lock(&link) {
                    let _ = stream.shutdown(Shutdown::Read);
                }
                // A program that said that it serves, and ended, is told of in that order.
                let _ = meeting.join();
                let _ = said.send(Event::Ended(id));
            })?;
        Ok(program)
    }

    /// Has it accept no more connections. One that does not serve yet has none: it is ended.
    pub(super) fn pause(&mut self) {
        if self.ready {
            self.tell(Word::Pause);
        } else {
            self.signal(Signal::TERM);
        }
    }

    /// Has it finish what is in flight and end; after `deadline` it is ended by force.
    pub(super) fn end(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
        if self.ready {
            self.tell(Word::End);
        } else {
            self.signal(Signal::TERM);
        }
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    /// How it ended. Called once it has: so long its process id is nobody else's.
    pub(super) fn status(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    fn tell(&self, word: Word) {
        if let Some(stream) = &*lock(&self.link) {
            // It has ended, where this fails.
            let _ = link::tell(stream, word);
        }
    }

    fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process(Pid::from_child(&self.child), signal);
    }
}

/// Waits for a process's end, and leaves it to be asked for its status.
pub(super) fn ended(process: Pid) {
    let wait = || {
        rustix::process::waitid(
            WaitId::Pid(process),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        )
    };
    while wait().is_err_and(|error| error == rustix::io::Errno::INTR) {}
}

/// Waits for the program's call, gives it the sockets and waits until it serves.
fn meet(
    door: Door,
    listeners: &[Listener],
    kept: &Mutex<Option<UnixStream>>,
) -> io::Result<Vec<Listener>> {
    let (stream, _) = door.listener.accept()?;
    drop(door);
    link::welcome(&stream, listeners)?;
    *lock(kept) = Some(stream.try_clone()?);
    link::ready(&stream)
}

/// The socket that a program calls at, in a folder that is this user's alone.
#[derive(Debug)]
struct Door {
    folder: PathBuf,
    listener: UnixListener,
}

impl Door {
    fn open(id: u64) -> io::Result<Self> {
        let process = std::process::id();
        let mut attempt = 0;
        let folder = loop {
            let folder = std::env::temp_dir().join(format!("zeug-{process}-{id}-{attempt}"));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => break folder,
                // Left behind by a process of the same number, or laid there by someone else.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => {
                    attempt += 1
                }
                Err(error) => return Err(error),
            }
        };
        match UnixListener::bind(folder.join("link")) {
            Ok(listener) => Ok(Self { folder, listener }),
            Err(error) => {
                let _ = fs::remove_dir(&folder);
                Err(error)
            }
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("link")
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // What cannot be removed is an empty folder among temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
