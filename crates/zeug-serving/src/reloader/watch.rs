//! Owns how changes are heard of: through the system's events, or by looking at an interval where the system has none. Events that cannot be a change are dropped first.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, SystemTime};

use notify::event::{AccessKind, AccessMode, MetadataKind, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::sources::{Seen, Sources};
use super::supervisor::Event;

/// How often is looked where the system tells nothing. Werkzeug's interval.
const INTERVAL: Duration = Duration::from_secs(1);

/// How often folders that appeared meanwhile are looked into again.
const ROUNDS: usize = 8;

/// The watch over the sources.
#[derive(Debug)]
pub(super) struct Watch {
    sources: Sources,
    seen: Seen,
    notifier: Option<RecommendedWatcher>,
    /// The folders that the system watches, each with its device and number: another folder of the same name is not watched.
    watched: HashMap<PathBuf, (u64, u64)>,
    interval: Option<Duration>,
}

/// What a look at the sources gave.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) files: Vec<PathBuf>,
    /// Whether one of them is gone, which editors do for a moment.
    pub(super) missing: bool,
}

impl Watch {
    /// Begins to watch; with an interval it is looked, otherwise the system tells `events`.
    pub(super) fn new(
        sources: Sources,
        interval: Option<Duration>,
        events: &Sender<Event>,
    ) -> (Self, Option<String>) {
        let mut watch = Self {
            sources,
            seen: Seen::default(),
            notifier: None,
            watched: HashMap::new(),
            interval,
        };
        let mut trouble = None;
        if interval.is_none() {
            let events = events.clone();
            match notify::recommended_watcher(move |event| heard(event, &events)) {
                Ok(notifier) => watch.notifier = Some(notifier),
                Err(error) => trouble = Some(watch.look_instead(&error)),
            }
        }
        let (seen, more) = watch.look();
        watch.seen = seen;
        (watch, trouble.or(more))
    }

    /// How often it is to be looked; `None` where the system tells.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// Looks from here on, and says why.
    fn look_instead(&mut self, error: &notify::Error) -> String {
        self.notifier = None;
        self.watched.clear();
        self.interval = Some(INTERVAL);
        format!("the system does not tell of changes ({error}): looking at the files once a second")
    }

    /// As [`look_instead`](Self::look_instead), after an error that came as an event.
    pub(super) fn lost(&mut self, error: &notify::Error) -> Option<String> {
        self.interval.is_none().then(|| self.look_instead(error))
    }

    /// Whether events at these paths are a reason to look; without paths some were lost.
    pub(super) fn concerns(&self, paths: &[PathBuf], broken: bool) -> bool {
        let concerns =
            |path: &PathBuf| self.watched.contains_key(path) || self.sources.concerns(path, broken);
        paths.is_empty() || paths.iter().any(concerns)
    }

    /// What has changed since it was last [`taken`](Self::take).
    pub(super) fn changed(&mut self, broken: bool) -> (Change, Option<String>) {
        let (now, trouble) = self.look();
        let files = self.sources.changed(&self.seen, &now, broken);
        let change = Change {
            files: files.into_iter().map(Path::to_owned).collect(),
            missing: self.sources.misses(&self.seen, &now),
        };
        (change, trouble)
    }

    /// Takes what is there as known: a build begins.
    pub(super) fn take(&mut self) {
        self.seen = self.look().0;
    }

    /// Reads anew what the program is made of, after a build that began at `begun` has passed or failed.
    pub(super) fn learn(&mut self, program: &Path, begun: SystemTime) -> Option<String> {
        let learned = self.sources.learn(program);
        self.sources.settle(&mut self.seen, begun);
        // The new folders are watched from here on.
        let (_, trouble) = self.look();
        let none = |error| {
            format!(
                "no dep-info beside {} ({error}): only what was named before is watched",
                program.display()
            )
        };
        trouble.or(learned.err().map(none))
    }

    /// Whether the program is older than its sources.
    pub(super) fn is_stale(&self, begun: SystemTime) -> bool {
        self.sources.newer(&self.seen, begun)
    }

    /// Looks, and has the system watch all folders that there are. What appears in a new folder before it is watched is seen by looking again.
    fn look(&mut self) -> (Seen, Option<String>) {
        let mut seen = self.sources.look();
        for _ in 0..ROUNDS {
            match self.follow(&seen) {
                Ok(false) => break,
                Ok(true) => seen = self.sources.look(),
                Err(error) => return (seen, Some(self.look_instead(&error))),
            }
        }
        (seen, None)
    }

    /// Watches the folders that were seen, and no others; whether any is new.
    fn follow(&mut self, seen: &Seen) -> notify::Result<bool> {
        let Some(notifier) = &mut self.notifier else {
            return Ok(false);
        };
        self.watched.retain(|folder, _| {
            let kept = seen.folders.contains(folder);
            if !kept {
                // The system forgets a folder that is gone by itself.
                let _ = notifier.unwatch(folder);
            }
            kept
        });
        let mut new = false;
        for folder in &seen.folders {
            let Ok(meta) = fs::metadata(folder) else {
                continue;
            };
            let number = (meta.dev(), meta.ino());
            match self.watched.get(folder) {
                Some(&known) if known == number => continue,
                Some(_) => drop(notifier.unwatch(folder)),
                None => {}
            }
            match notifier.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    new = true;
                    self.watched.insert(folder.clone(), number);
                }
                // It was removed meanwhile.
                Err(_) if !folder.exists() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }
}

/// Hands an event on, unless it cannot be a change.
fn heard(event: notify::Result<notify::Event>, events: &Sender<Event>) {
    let event = match event {
        Ok(event) if event.need_rescan() => Event::Touched(Vec::new()),
        Ok(event) if may_change(event.kind) => Event::Touched(event.paths),
        Ok(_) => return,
        Err(error) => Event::Deaf(error),
    };
    // The supervisor has ended.
    let _ = events.send(event);
}

/// Opening, reading and closing change nothing, nor do permissions.
fn may_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Modify(ModifyKind::Metadata(meta)) => meta == MetadataKind::WriteTime,
        _ => true,
    }
}
