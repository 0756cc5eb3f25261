//! Owns the order of things: a change pauses the program and builds it, a build that passed ends the old program and starts the new one, a build that failed is shown.
//! One thread decides; others wait for processes, files and signals, and tell it. Between events it sleeps.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Reloader;
use super::build::{self, Build};
use super::origin::Origin;
use super::page::{Page, Trouble};
use super::program::Program;
use super::sources::Sources;
use super::watch::Watch;
#[cfg(feature = "tls")]
use crate::Tls;
use crate::listener::Listener;
use crate::{Result, ServeError};

/// How long nothing must happen after a change before it is taken for whole. An editor writes, renames and removes within a few milliseconds.
const QUIET: Duration = Duration::from_millis(40);

/// The same where several files have changed: version control writes more of them, with pauses.
const QUIET_MANY: Duration = Duration::from_millis(250);
const MANY: usize = 3;

/// How long a change is waited for to become whole, and a file that is gone to come back.
const LONGEST: Duration = Duration::from_secs(2);

/// How long the new program waits for the end of the old one, which may hold other ports and locks that both want.
const HANDOVER: Duration = Duration::from_secs(1);

/// The status with which a program asks to be started again, as Werkzeug has it.
const AGAIN: i32 = 3;

/// What is kept while programs come and go.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) listeners: Vec<Listener>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    /// How long a program may finish what is in flight.
    pub(crate) patience: Duration,
}

impl Kept {
    /// The sockets, for someone else.
    pub(super) fn listeners(&self) -> io::Result<Vec<Listener>> {
        self.listeners.iter().map(Listener::try_clone).collect()
    }
}

/// What may happen.
#[derive(Debug)]
pub(super) enum Event {
    /// Something happened at these paths; somewhere, where there are none.
    Touched(Vec<PathBuf>),
    /// The system tells of changes no more.
    Deaf(notify::Error),
    /// A program serves, on these sockets.
    Ready(u64, Vec<Listener>),
    /// A program has ended.
    Ended(u64),
    /// A build has ended.
    Built(u64),
    /// SIGTERM or SIGINT.
    Signal,
}

/// A change that is not whole yet.
#[derive(Clone, Copy, Debug)]
struct Unrest {
    first: Instant,
    last: Instant,
    look: Instant,
}

struct Supervisor {
    kept: Kept,
    origin: Origin,
    watch: Watch,
    events: Receiver<Event>,
    sender: Sender<Event>,
    /// The program that serves, or will, or waits for its successor.
    program: Option<Program>,
    /// Programs that finish what is in flight.
    leaving: Vec<Program>,
    build: Option<Build>,
    page: Option<Page>,
    /// Whether there is no program because its build failed, or because it ended.
    broken: bool,
    unrest: Option<Unrest>,
    /// The program that is to end before the next one starts, and when that starts anyway.
    handover: Option<(u64, Instant)>,
    /// When the change was seen that is being built, and how long cargo took.
    changed: Option<(Instant, Duration)>,
    next_id: u64,
}

/// Whether the reloader goes on.
enum Next {
    On,
    Ended,
}

/// Keeps the sockets and runs the program until it is told to stop, or the program ends by itself.
pub(crate) fn supervise(reloader: &Reloader, kept: Kept) -> Result {
    let program = std::env::current_exe().map_err(ServeError::system)?;
    let origin = Origin::find(program.clone(), reloader.cargo.as_deref())
        .map_err(|error| ServeError::reloader(&program, error))?;
    let (sender, events) = mpsc::channel();
    let mut sources = Sources::new(&reloader.watched, &reloader.ignored, origin.target.clone());
    let learned = sources.learn(&origin.program);
    let (watch, trouble) = Watch::new(sources, reloader.poll, &sender);
    listen(sender.clone()).map_err(ServeError::system)?;
    let mut supervisor = Supervisor {
        kept,
        origin,
        watch,
        events,
        sender,
        program: None,
        leaving: Vec::new(),
        build: None,
        page: None,
        broken: false,
        unrest: None,
        handover: None,
        changed: None,
        next_id: 0,
    };
    trouble.iter().for_each(|trouble| say(trouble));
    supervisor.begin(learned.ok());
    supervisor.run().map_err(ServeError::system)
}

/// Tells the supervisor of signals, for the rest of the process.
fn listen(events: Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new()
        .name("zeug-signals".into())
        .spawn(move || {
            for _ in signals.forever() {
                let _ = events.send(Event::Signal);
            }
        })?;
    Ok(())
}

fn say(words: &str) {
    build::show(&format!("zeug: {words}\n"));
}

impl Supervisor {
    fn begin(&mut self, named: Option<usize>) {
        if !self.origin.features_known {
            say(
                "the features of this build are not known: building with the package's default ones (ZEUG_RELOAD_CARGO names others)",
            );
        }
        match named {
            Some(count) => say(&format!(
                "watching {count} files, built by cargo {}",
                words(&self.origin.arguments)
            )),
            None => say("no dep-info of this program: building it to learn its sources"),
        }
        // What was saved since cargo began is not in this program.
        let stale = self
            .origin
            .begun
            .is_some_and(|begun| self.watch.is_stale(begun));
        if named.is_none() || stale {
            self.rebuild(Instant::now());
        } else {
            self.start();
        }
    }

    /// Handles what happens until the end.
    fn run(&mut self) -> io::Result<()> {
        loop {
            let event = match self.wake() {
                None => self.events.recv().map_err(io::Error::other)?,
                Some(time) => match self
                    .events
                    .recv_timeout(time.saturating_duration_since(Instant::now()))
                {
                    Ok(event) => event,
                    Err(RecvTimeoutError::Timeout) => {
                        self.tick(Instant::now());
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                },
            };
            if let Next::Ended = self.handle(event)? {
                return Ok(());
            }
        }
    }

    /// When there is something to do without an event.
    fn wake(&self) -> Option<Instant> {
        let polled = self
            .watch
            .interval()
            .map(|interval| Instant::now() + interval);
        let looked = self.unrest.map_or(polled, |unrest| Some(unrest.look));
        let deadlines = self.leaving.iter().filter_map(|program| program.deadline);
        deadlines
            .chain(looked)
            .chain(self.handover.map(|(_, anyway)| anyway))
            .min()
    }

    /// Does what is due.
    fn tick(&mut self, now: Instant) {
        for program in &mut self.leaving {
            if program.deadline.is_some_and(|deadline| deadline <= now) {
                program.deadline = None;
                program.kill();
            }
        }
        if self.handover.is_some_and(|(_, anyway)| anyway <= now) {
            self.start();
        }
        let due = self.unrest.is_some_and(|unrest| unrest.look <= now);
        if due || (self.unrest.is_none() && self.watch.interval().is_some()) {
            self.look(now);
        }
    }

    fn handle(&mut self, event: Event) -> io::Result<Next> {
        match event {
            Event::Touched(paths) => {
                if self.watch.concerns(&paths, self.broken) {
                    self.touched(Instant::now());
                }
            }
            Event::Deaf(error) => self
                .watch
                .lost(&error)
                .iter()
                .for_each(|trouble| say(trouble)),
            Event::Ready(id, listeners) => self.ready(id, listeners),
            Event::Ended(id) => return self.ended(id),
            Event::Built(id) if self.build.as_ref().is_some_and(|build| build.id == id) => {
                self.built()?
            }
            Event::Built(_) => {}
            Event::Signal => {
                self.stop();
                return Ok(Next::Ended);
            }
        }
        Ok(Next::On)
    }

    /// Notes that something may have changed, and when to look.
    fn touched(&mut self, now: Instant) {
        let first = self.unrest.map_or(now, |unrest| unrest.first);
        self.unrest = Some(Unrest {
            first,
            last: now,
            look: (now + QUIET).min(first + LONGEST),
        });
    }

    /// Looks whether anything has changed, and builds if that is all of it.
    fn look(&mut self, now: Instant) {
        let unrest = self.unrest.take();
        let (change, trouble) = self.watch.changed(self.broken);
        trouble.iter().for_each(|trouble| say(trouble));
        let Some(first) = change.files.first() else {
            return;
        };
        let Unrest {
            first: begun, last, ..
        } = unrest.unwrap_or(Unrest {
            first: now,
            last: now,
            look: now,
        });
        let quiet = if change.files.len() > MANY {
            QUIET_MANY
        } else {
            QUIET
        };
        let whole = !change.missing && now >= last + quiet;
        if !whole && now < begun + LONGEST {
            self.unrest = Some(Unrest {
                first: begun,
                last,
                look: (last + quiet).max(now + QUIET).min(begun + LONGEST),
            });
            return;
        }
        let more = match change.files.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        say(&format!("{}{more} changed, building", shortened(first)));
        self.rebuild(begun);
    }

    /// Builds what is there now; a build that is running is given up.
    fn rebuild(&mut self, changed: Instant) {
        if let Some(build) = self.build.take() {
            build.cancel();
            // Its end takes a moment, and cargo's lock with it.
            let _ = build.finish();
        }
        self.handover = None;
        // Requests wait from here on, whoever answered them.
        if let Some(program) = &mut self.program {
            program.pause();
        }
        self.page = None;
        self.watch.take();
        self.changed = Some((changed, Duration::ZERO));
        let id = self.id();
        match Build::start(id, &self.origin, &self.sender) {
            Ok(build) => self.build = Some(build),
            Err(error) => {
                let report = build::Report {
                    said: format!(
                        "{} cannot be started: {error}",
                        Path::new(&self.origin.cargo).display()
                    ),
                    ..build::Report::default()
                };
                say(&report.said);
                self.broken = true;
                self.show(Trouble::of_build(&report));
            }
        }
    }

    /// A build has ended.
    fn built(&mut self) -> io::Result<()> {
        let Some(build) = self.build.take() else {
            return Ok(());
        };
        let begun = build.begun;
        let (passed, report, took) = build.finish()?;
        if let Some(program) = &report.program {
            self.origin.program.clone_from(program);
        }
        if let Some((_, cargo)) = &mut self.changed {
            *cargo = took;
        }
        // What a failed build names is what it was before.
        let trouble = passed
            .then(|| self.watch.learn(&self.origin.program, begun))
            .flatten();
        trouble.iter().for_each(|trouble| say(trouble));
        if !passed {
            say("the build failed; it is tried again after the next change");
            self.broken = true;
            self.show(Trouble::of_build(&report));
            // A file that nobody named until now may have come meanwhile.
            self.touched(Instant::now());
            return Ok(());
        }
        self.broken = false;
        match self.program.take() {
            Some(mut old) => {
                let now = Instant::now();
                old.end(now + self.kept.patience);
                self.handover = Some((old.id, now + HANDOVER));
                self.leaving.push(old);
            }
            None => self.start(),
        }
        Ok(())
    }

    /// Starts the program.
    fn start(&mut self) {
        self.handover = None;
        let id = self.id();
        let started = self.kept.listeners().and_then(|listeners| {
            Program::start(id, &self.origin.program, listeners, &self.sender)
        });
        match started {
            Ok(program) => self.program = Some(program),
            Err(error) => {
                say(&format!(
                    "{} cannot be started: {error}",
                    self.origin.program.display()
                ));
                self.broken = true;
                self.show(Trouble::of_end(None, false));
            }
        }
    }

    fn ready(&mut self, id: u64, listeners: Vec<Listener>) {
        let Some(program) = self.program.as_mut().filter(|program| program.id == id) else {
            return;
        };
        program.ready = true;
        let places = |listeners: &[Listener]| {
            listeners
                .iter()
                .map(Listener::to_string)
                .collect::<Vec<_>>()
        };
        let (kept, new) = (places(&self.kept.listeners), places(&listeners));
        if !new.is_empty() && kept != new {
            say(&format!("now listening on {}", new.join(", ")));
            self.kept.listeners = listeners;
        }
        if let Some((changed, cargo)) = self.changed.take() {
            let total = changed.elapsed().as_secs_f32();
            say(&format!(
                "the new program serves, {total:.2} s after the change (cargo {:.2} s)",
                cargo.as_secs_f32()
            ));
        }
    }

    fn ended(&mut self, id: u64) -> io::Result<Next> {
        if let Some(index) = self.leaving.iter().position(|program| program.id == id) {
            let mut program = self.leaving.swap_remove(index);
            program.status()?;
            if self.handover.is_some_and(|(awaited, _)| awaited == id) {
                self.start();
            }
            return Ok(Next::On);
        }
        let Some(mut program) = self.program.take_if(|program| program.id == id) else {
            return Ok(Next::On);
        };
        let status = program.status()?;
        // It was paused, and whatever it did ends with it: its successor is on its way.
        if self.build.is_some() || self.broken {
            return Ok(Next::On);
        }
        if program.ready && status.success() {
            return Ok(Next::Ended);
        }
        if program.ready && status.code() == Some(AGAIN) {
            say("the program asks to be started again");
            self.start();
            return Ok(Next::On);
        }
        let when = if program.ready {
            ""
        } else {
            " before it served"
        };
        say(&format!(
            "the program ended{when} ({status}); it is started again after the next change"
        ));
        self.broken = true;
        self.show(Trouble::of_end(Some(status), program.ready));
        Ok(Next::On)
    }

    fn show(&mut self, trouble: Trouble) {
        let number = self.id();
        match Page::show(&self.kept, trouble, number) {
            Ok(page) => self.page = Some(page),
            Err(error) => say(&format!("no page can be shown: {error}")),
        }
    }

    /// Ends everything; a second signal, or the end of patience, ends what is left by force.
    fn stop(&mut self) {
        self.page = None;
        if let Some(build) = self.build.take() {
            build.cancel();
            let _ = build.finish();
        }
        let deadline = Instant::now() + self.kept.patience;
        self.leaving.extend(self.program.take());
        for program in &mut self.leaving {
            program.end(deadline);
        }
        let mut forced = false;
        while !self.leaving.is_empty() {
            let left = if forced {
                HANDOVER
            } else {
                deadline.saturating_duration_since(Instant::now())
            };
            match self.events.recv_timeout(left) {
                Ok(Event::Ended(id)) => self.leaving.retain_mut(|program| {
                    let ended = program.id == id;
                    if ended {
                        let _ = program.status();
                    }
                    !ended
                }),
                Ok(Event::Signal) | Err(_) if !forced => {
                    forced = true;
                    self.leaving.iter_mut().for_each(Program::kill);
                }
                Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

/// A path as it is said: without the folder that the reader is in.
fn shortened(path: &Path) -> std::path::Display<'_> {
    let here = std::env::current_dir().ok();
    let within = here.and_then(|here| path.strip_prefix(here).ok());
    within.unwrap_or(path).display()
}

fn words(arguments: &[std::ffi::OsString]) -> String {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}
