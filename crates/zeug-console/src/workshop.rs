//! Owns the folder that lines are compiled in: made for one process, removed with it; and a bench in it for each crate. What is compiled is the frames'.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bench::Bench;
use crate::link::Program;
use crate::records::Unit;
use crate::{Error, ErrorKind, Frame, Place, Records, Stop};

/// Where the lines of one process are compiled: a folder under `<target>/zeug-console`, with what the compiler keeps from one line to the next.
///
/// It is removed when this and its frames are dropped, and when the process ends, by whatever: a shell waits for that. What is left even so is removed when the next workshop is opened.
#[derive(Debug)]
pub struct Workshop {
    shared: Arc<Shared>,
}

/// What the frames share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) records: Records,
    /// What the process offers that lines are for, where that can be told.
    pub(crate) program: Option<Program>,
    folder: PathBuf,
    benches: Mutex<HashMap<String, Arc<Mutex<Bench>>>>,
    lines: AtomicU64,
    /// Removes the folder when its input ends; none where it could not be started.
    sweeper: Option<Child>,
}

impl Workshop {
    /// Opens one for the program that the records are of.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] on other systems than Linux on x86-64 and aarch64, [`ErrorKind::NoRecord`] where the program has no record, [`ErrorKind::System`] where the folder cannot
    /// be made.
    pub fn open(records: Records) -> Result<Self, Error> {
        Self::with(records, None)
    }

    /// The same for lines that run in a copy of one process of that program: they become images that use what the process has already, its statics and thread-locals, too. Where that
    /// cannot be done they become libraries; [`Compiled::form`](crate::Compiled::form) tells.
    ///
    /// The copy has to have the process's memory as it is by now: a fork of it, of before or later.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn of_process(records: Records, process: u32) -> Result<Self, Error> {
        let program = cfg!(all(target_os = "linux", target_arch = "x86_64"))
            .then(|| Program::of(process).ok())
            .flatten();
        Self::with(records, program)
    }

    fn with(records: Records, program: Option<Program>) -> Result<Self, Error> {
        if !cfg!(all(
            target_os = "linux",
            any(target_arch = "x86_64", target_arch = "aarch64")
        )) {
            return Err(Error::new(ErrorKind::Unsupported));
        }
        if !records.is_complete() {
            return Err(records.none("the program"));
        }
        static OPENED: AtomicU64 = AtomicU64::new(0);
        sweep(records.folder());
        let process = std::process::id();
        let begun = begun(process).unwrap_or(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let folder = records.folder().join(format!("{process}-{begun}-{number}"));
        fs::create_dir_all(&folder).map_err(|error| Error::system(folder.display(), &error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                records,
                program,
                sweeper: sweeper(&folder).ok(),
                folder,
                benches: Mutex::default(),
                lines: AtomicU64::new(0),
            }),
        })
    }

    /// Finds the statement that a frame stands at, and asks the compiler which variables have their value there. Takes a type check of the crate: on a thread of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoRecord`], [`ErrorKind::Foreign`], [`ErrorKind::SourceChanged`], [`ErrorKind::NoStatement`], [`ErrorKind::Scaffold`], [`ErrorKind::Stopped`], [`ErrorKind::System`].
    pub fn frame(&self, place: &Place, stop: &Stop) -> Result<Frame, Error> {
        Frame::probe(&self.shared, place, stop)
    }
}

impl Shared {
    /// The bench for a crate.
    pub(crate) fn bench(&self, unit: &Unit) -> Result<Arc<Mutex<Bench>>, Error> {
        let mut benches = lock(&self.benches);
        if let Some(bench) = benches.get(&unit.name) {
            return Ok(Arc::clone(bench));
        }
        let folder = self.folder.join(&unit.name);
        let bench = Bench::new(unit.clone(), &folder)
            .map_err(|error| Error::system(folder.display(), &error))?;
        let bench = Arc::new(Mutex::new(bench));
        benches.insert(unit.name.clone(), Arc::clone(&bench));
        Ok(bench)
    }

    /// A path for one more line.
    pub(crate) fn file(&self) -> PathBuf {
        let number = self.lines.fetch_add(1, Ordering::Relaxed);
        self.folder.join(format!("line-{number}.so"))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // What cannot be removed is swept by the next.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(mut sweeper) = self.sweeper.take() {
            drop(sweeper.stdin.take());
            let _ = sweeper.wait();
        }
    }
}

/// Locks, also after a panic: nothing is left half done that the next run would trip over.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the shell that removes a folder when this process has ended. A compiler may still be writing there.
fn sweeper(folder: &Path) -> io::Result<Child> {
    Command::new("/bin/sh")
        .args([
            "-c",
            r#"read -r _; until rm -rf -- "$0" && ! [ -e "$0" ]; do sleep 1; done"#,
        ])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl+C on the terminal is not for it.
        .process_group(0)
        .spawn()
}

/// Removes the folders of processes that are no more.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let mut parts = name.to_str().unwrap_or_default().split('-');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (Some(process), Some(time), Some(_)) = (number(), number(), number()) else {
            continue;
        };
        let lives = u32::try_from(process).is_ok_and(|process| begun(process) == Some(time));
        if !lives {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// When a process began, in ticks since the system's start.
fn begun(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in parentheses, and may hold blanks.
    let (_, fields) = text.rsplit_once(')')?;
    fields.split_whitespace().nth(19)?.parse().ok()
}
