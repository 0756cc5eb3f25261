//! Owns compiled lines: a session for each frame that is asked, with what its lines keep, and the way of a line through the compiler and the snapshot. Compiling is `zeug-console`'s, running
//! `snapshot`'s.

use std::collections::HashMap;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use zeug_console::{
    Compiled, Error, ErrorKind, Form, Frame, Line, Local, Place, Records, State as Bound, Stop,
    Workshop,
};

use super::{About, Reply, Way, Wrong};
use crate::attendant::{Attendant, NoAnswer};
use crate::dwarf::readable_type;
use crate::eval;
use crate::snapshot::Snapshot;
use crate::snapshot::line::{End, Ran};
use crate::system::line::Order;

/// How long the compiler may take: a first line of a big program on a busy machine.
const COMPILE: Duration = Duration::from_secs(120);
/// How long a line may run.
const RUN: Duration = Duration::from_secs(5);
/// How long the snapshot's variables may take.
const READ: Duration = Duration::from_secs(10);
/// The most lines that a frame keeps.
const KEPT: usize = 200;

/// The one compiler: a line after the other.
static WORKSHOP: Attendant<Result<Workshop, Error>> = Attendant::new("zeug-console", open);
static RECORDS: OnceLock<Result<Records, Error>> = OnceLock::new();
/// What is compiled although nobody has asked for it yet.
static WARMING: Mutex<Option<(Weak<Session>, Stop)>> = Mutex::new(None);

fn open() -> Result<Workshop, Error> {
    let records = RECORDS.get_or_init(Records::of_program);
    Workshop::of_process(records.clone()?, std::process::id())
}

pub(super) fn begin() {
    RECORDS.get_or_init(Records::of_program);
}

/// The sessions of a failure, by their frames.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<usize, Arc<Session>>>);

impl Sessions {
    fn of(&self, frame: usize) -> Arc<Session> {
        Arc::clone(lock(&self.0).entry(frame).or_default())
    }
}

/// What the lines of one frame have in common.
#[derive(Debug, Default)]
struct Session {
    /// Held while the compiler or a line is at work for this frame: one thing after the other.
    work: Mutex<Work>,
    /// The frame as the compiler knows it, or why it does not.
    prepared: Mutex<Option<Result<Arc<Prepared>, String>>>,
    /// What ends the line that is answered.
    stop: Mutex<Option<Stop>>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Work {
    /// A line was compiled: the next is quicker.
    warm: bool,
}

/// What later lines stand on.
#[derive(Debug, Default)]
struct Kept {
    lets: Vec<String>,
    last: Option<String>,
}

impl Kept {
    /// The names that its lines have bound, and words that stand around them.
    fn words(&self) -> impl Iterator<Item = &str> {
        let bound = self.lets.iter().flat_map(|line| line.split(';'));
        bound
            .filter_map(|part| {
                let part = part.trim_start().strip_prefix("let ")?;
                part.split('=').next()
            })
            .flat_map(words)
    }
}

/// The words of a text that could be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// A frame that lines can be compiled for.
#[derive(Debug)]
struct Prepared {
    frame: Frame,
    /// The addresses of the variables that the compiler was told of, in that order.
    addresses: Vec<u64>,
    /// Variables that lie nowhere, each with a sentence.
    nowhere: Vec<(String, String)>,
}

/// Why there is no answer of this level.
enum Refused {
    /// For as long as the program runs; and what to do.
    ForGood(String),
    /// This time.
    Reply(Box<Reply>),
}

impl Refused {
    fn reply(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Rustc { diagnostics } => {
                let shown = diagnostics.iter().map(|each| each.rendered_ansi.trim_end());
                let shown = shown.collect::<Vec<_>>().join("\n\n");
                Self::reply(Reply {
                    wrong: Some(Wrong {
                        kind: "rustc",
                        text: zeug_ansi::strip(&shown),
                        html: Some(zeug_ansi::to_html(&shown)),
                    }),
                    ..Reply::default()
                })
            }
            ErrorKind::Unreadable { .. } => Self::reply(Reply::wrong("line", error.to_string())),
            ErrorKind::Stopped => Self::reply(stopped()),
            _ => Self::ForGood(error.to_string()),
        }
    }
}

impl From<NoAnswer> for Refused {
    fn from(none: NoAnswer) -> Self {
        Self::reply(Reply::wrong(
            "run",
            match none {
                NoAnswer::Late => "the compiler took too long",
                NoAnswer::Failed => "the debugger itself failed while it compiled the line",
                NoAnswer::NoThread => "no thread for the compiler",
            },
        ))
    }
}

fn stopped() -> Reply {
    Reply::wrong("stopped", "stopped")
}

pub(super) fn way(sessions: &Sessions, frame: usize, line: &str) -> Way {
    let session = sessions.of(frame);
    let kept = lock(&session.kept);
    // What the frame's own variables are called is not what is meant, or has no value any more.
    let another = |word| kept.words().any(|bound| bound == word) || session.has_no(word);
    if words(line).any(another) {
        Way::Compile
    } else if eval::names_a_secret(line) {
        Way::Look
    } else if eval::only_looks(line) {
        Way::LookFirst
    } else {
        Way::Compile
    }
}

pub(super) fn names(sessions: &Sessions, frame: usize) -> Vec<String> {
    let session = sessions.of(frame);
    let kept = lock(&session.kept);
    let names = kept
        .words()
        .filter(|word| !matches!(*word, "_" | "mut" | "ref"));
    names.map(str::to_owned).collect()
}

pub(super) fn stop(sessions: &Sessions, frame: usize) {
    if let Some(stop) = lock(&sessions.of(frame).stop).take() {
        stop.stop();
    }
}

/// The answer of a compiled line; or why none was compiled, and what to do.
pub(super) fn answer(
    sessions: &Sessions,
    snapshot: &Snapshot,
    frame: usize,
    line: &str,
) -> Result<Reply, Option<String>> {
    let session = sessions.of(frame);
    let stop = Stop::after(COMPILE);
    if let Some(older) = lock(&session.stop).replace(stop.clone()) {
        older.stop();
    }
    let mut warming = lock(&WARMING);
    if let Some((other, warm)) = &*warming
        && !std::ptr::eq(other.as_ptr(), &*session)
    {
        warm.stop();
        *warming = None;
    }
    drop(warming);
    match session.answer(snapshot, frame, line, &stop) {
        Ok(reply) => Ok(reply),
        Err(Refused::Reply(reply)) => Ok(*reply),
        Err(Refused::ForGood(why)) => Err(Some(why)),
    }
}

pub(super) fn about(sessions: &Sessions, snapshot: &Snapshot, frame: usize) -> About {
    let session = sessions.of(frame);
    let stop = Stop::after(COMPILE);
    let older = lock(&WARMING).replace((Arc::downgrade(&session), stop.clone()));
    if let Some((_, older)) = older {
        older.stop();
    }
    let prepared = session.prepared(&lock(&session.work), snapshot, frame, &stop);
    match prepared {
        Ok(prepared) => {
            let about = prepared.about();
            // Without a thread the first line takes longer.
            let _ = thread::Builder::new()
                .name("zeug-console-warm".to_owned())
                .spawn(move || session.warm(prepared, stop));
            about
        }
        Err(Refused::ForGood(why)) => About {
            note: Some(why),
            ..About::default()
        },
        Err(Refused::Reply(_)) => About::default(),
    }
}

impl Session {
    /// Whether a variable of that name is known to have no value to read.
    fn has_no(&self, name: &str) -> bool {
        let known = lock(&self.prepared);
        let Some(Ok(prepared)) = &*known else {
            return false;
        };
        let mut bindings = prepared.frame.bound().iter();
        bindings
            .any(|one| one.name == name && matches!(one.state, Bound::Moved | Bound::Uninitialized))
    }

    /// The frame as the compiler knows it; the compiler looks at it where it has not yet.
    fn prepared(
        &self,
        _: &Work,
        snapshot: &Snapshot,
        frame: usize,
        stop: &Stop,
    ) -> Result<Arc<Prepared>, Refused> {
        if let Some(known) = &*lock(&self.prepared) {
            return known.clone().map_err(Refused::ForGood);
        }
        let prepared = prepare(snapshot, frame, stop).map(Arc::new);
        *lock(&self.prepared) = match &prepared {
            Ok(prepared) => Some(Ok(Arc::clone(prepared))),
            Err(Refused::ForGood(why)) => Some(Err(why.clone())),
            Err(Refused::Reply(_)) => None,
        };
        prepared
    }

    /// Has the compiler do what all lines have in common.
    fn warm(&self, prepared: Arc<Prepared>, stop: Stop) {
        let mut work = lock(&self.work);
        if !work.warm && !stop.is_stopped() {
            let warmed = WORKSHOP.ask(COMPILE, move |_| prepared.frame.warm(&stop).is_ok());
            work.warm = warmed == Ok(true);
        }
    }

    fn answer(
        &self,
        snapshot: &Snapshot,
        frame: usize,
        source: &str,
        stop: &Stop,
    ) -> Result<Reply, Refused> {
        let mut work = lock(&self.work);
        if stop.is_stopped() {
            return Ok(stopped());
        }
        let prepared = self.prepared(&work, snapshot, frame, stop)?;
        let line = {
            let kept = lock(&self.kept);
            Line {
                source: source.to_owned(),
                lets: kept.lets.clone(),
                last: kept.last.clone(),
            }
        };
        let (of, until) = (Arc::clone(&prepared), stop.clone());
        let compiled = WORKSHOP.ask(COMPILE, move |_| of.frame.compile(&line, &until))??;
        work.warm = true;
        let order = order(&compiled, &prepared)
            .ok_or_else(|| Refused::reply(Reply::wrong("run", "the library's path is no path")))?;
        let ran = snapshot
            .run(&order, READ, &|| stop.is_stopped())
            .map_err(|why| Refused::reply(Reply::wrong("run", why)))?;
        if ran.end == End::Value {
            let mut kept = lock(&self.kept);
            if !compiled.keeps {
                kept.last = Some(compiled.source.clone());
            } else if kept.lets.len() < KEPT {
                kept.lets.push(compiled.source.clone());
            }
        }
        Ok(Reply {
            warnings: compiled.warnings.clone(),
            ..reply(ran)
        })
    }
}

impl Prepared {
    fn about(&self) -> About {
        let all = self.frame.bound();
        let bound = all.iter();
        let bound = bound.filter(|one| matches!(one.state, Bound::Bound | Bound::Stale));
        // What is elsewhere is mostly the compiler's own.
        let unread = all.iter();
        let unread = unread.filter(|one| matches!(one.state, Bound::Moved | Bound::Uninitialized));
        let unread = unread.map(|one| (one.name.clone(), one.said.clone()));
        About {
            compiles: true,
            note: None,
            bound: bound.map(|one| one.name.clone()).collect(),
            missing: self.nowhere.iter().cloned().chain(unread).collect(),
        }
    }
}

/// Has the compiler look at a frame.
fn prepare(snapshot: &Snapshot, frame: usize, stop: &Stop) -> Result<Prepared, Refused> {
    let stand = snapshot
        .stand(frame, READ)
        .map_err(|why| Refused::reply(Reply::wrong("line", why)))?;
    let function = &stand.function;
    let place = stand.place.ok_or_else(|| {
        Refused::ForGood(format!(
            "the source of {function} is not known; path expressions are answered"
        ))
    })?;
    let symbol = stand.symbol.ok_or_else(|| {
        Refused::ForGood(format!(
            "{function} has no symbol; path expressions are answered"
        ))
    })?;
    let mut locals = Vec::new();
    let mut addresses = Vec::new();
    let mut nowhere = Vec::new();
    for variable in stand.variables {
        match variable.at {
            Err(why) => {
                let said = format!("`{}`: {why}", variable.name);
                nowhere.push((variable.name, said));
            }
            Ok(address) => {
                addresses.push(address);
                locals.push(Local {
                    name: variable.name,
                    line: variable.line.unwrap_or(0),
                    size: variable.size,
                    type_name: variable.type_name,
                });
            }
        }
    }
    let place = Place {
        file: place.file,
        line: place.line,
        column: place.column,
        symbol,
        locals,
    };
    let until = stop.clone();
    let frame = WORKSHOP.ask(COMPILE, move |workshop| match workshop {
        Ok(workshop) => workshop.frame(&place, &until),
        Err(error) => Err(error.clone()),
    })??;
    Ok(Prepared {
        frame,
        addresses,
        nowhere,
    })
}

/// What is run; none where a path or a number is none.
fn order(compiled: &Compiled, prepared: &Prepared) -> Option<Order> {
    let addresses = compiled.locals.iter();
    let addresses = addresses.map(|local| prepared.addresses.get(*local).copied());
    Some(Order {
        code: CString::new(compiled.file.as_os_str().as_bytes()).ok()?,
        is_image: compiled.form == Form::Image,
        entry: compiled.entry,
        locals: addresses.collect::<Option<_>>()?,
        patience: RUN,
    })
}

/// What a run is answered with.
fn reply(ran: Ran) -> Reply {
    let reply = match ran.end {
        End::Value => Reply {
            value: ran
                .value
                .unwrap_or_else(|| "a value without Debug or Display".to_owned()),
            type_name: ran
                .type_name
                .as_deref()
                .map(readable_type)
                .unwrap_or_default(),
            ..Reply::default()
        },
        End::Panicked(message) => Reply::wrong("panic", format!("the line panicked: {message}")),
        End::Ended(how) => Reply::wrong("ended", how),
        End::Late => Reply::wrong(
            "late",
            format!(
                "it was ended: it was still running after {} s",
                RUN.as_secs()
            ),
        ),
        End::Stopped => stopped(),
        End::Unloaded(why) => Reply::wrong("run", why),
        End::Lost => Reply::wrong("run", "nothing more was heard of the line's process"),
    };
    Reply {
        output: ran.output.text,
        cut: ran.output.cut,
        ..reply
    }
}

/// The lock; a panic of another thread while it was held left the value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
