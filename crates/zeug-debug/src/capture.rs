//! Owns the moment of the failure: the panic hook, the hook of error conversions, and what both leave for the request that failed. It reads no debug information.

#[cfg(panic = "abort")]
mod last_words;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::cell::RefCell;
use std::error::Error;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::PathBuf;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use zeug_messages::Conversion;

use crate::snapshot::{Snapshot, Stack};
use crate::traceback::{FailureKind, Frame, Place};

/// The most snapshots that one request may take: each stops its thread for the time of a fork.
const MOST_A_REQUEST: u32 = 20;
/// How long the lines of the frames are looked for where there are no variables.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    static CURRENT: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// What is known of the request that this thread is at.
#[derive(Debug, Default)]
struct State {
    caught: Option<Caught>,
    snapshots: u32,
}

/// A failure, before anything was asked of it.
#[derive(Debug)]
struct Caught {
    kind: FailureKind,
    message: String,
    type_name: Option<String>,
    causes: Vec<String>,
    place: Option<Place>,
    thread: String,
    stack: Stack,
    snapshot: Result<Snapshot, String>,
}

/// While it lives, a failure on this thread is captured.
///
/// Scopes nest: while an inner one lives the outer one catches nothing. What happens on threads that the request begins is not caught.
#[derive(Debug)]
pub(crate) struct Scope {
    outer: Option<State>,
}

impl Scope {
    /// Begins the capture for a request on this thread, and installs the hooks where this is the first.
    pub(crate) fn enter() -> Self {
        static HOOKS: Once = Once::new();
        HOOKS.call_once(|| {
            let previous = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                catch_panic(info);
                previous(info);
                #[cfg(panic = "abort")]
                CURRENT.with_borrow(|state| {
                    let caught = state.as_ref().and_then(|state| state.caught.as_ref());
                    caught.inspect(|caught| last_words::tell(caught));
                });
            }));
            // Where another was set before, errors are not caught.
            let _ = zeug_messages::on_conversion(catch_error);
        });
        Self {
            outer: CURRENT.replace(Some(State::default())),
        }
    }

    /// The last failure that was captured since.
    pub(crate) fn finish(self) -> Option<Captured> {
        let caught = CURRENT.take()?.caught?;
        let frames = match &caught.snapshot {
            Ok(snapshot) => {
                snapshot.watch();
                Vec::new()
            }
            Err(_) => caught.stack.frames(PATIENCE),
        };
        Some(Captured {
            kind: caught.kind,
            message: caught.message,
            type_name: caught.type_name,
            causes: caught.causes,
            place: caught.place,
            thread: caught.thread,
            snapshot: caught.snapshot,
            frames,
        })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.outer.take()));
    }
}

/// A failure as it was caught, and the frozen frames where they could be kept.
#[derive(Debug)]
pub(crate) struct Captured {
    pub(crate) kind: FailureKind,
    /// The panic's text, or the error's.
    pub(crate) message: String,
    /// The type of the error, where it is known.
    pub(crate) type_name: Option<String>,
    /// The error's sources, the nearest first.
    pub(crate) causes: Vec<String>,
    pub(crate) place: Option<Place>,
    pub(crate) thread: String,
    /// The frozen frames, or a sentence that says why there are none and what to change.
    pub(crate) snapshot: Result<Snapshot, String>,
    /// Frames without variables, for when there is no snapshot.
    pub(crate) frames: Vec<Frame>,
}

fn catch_panic(info: &PanicHookInfo<'_>) {
    catch(|| {
        let place = info.location();
        Told {
            kind: FailureKind::Panic,
            message: panic_text(info.payload()),
            type_name: None,
            causes: Vec::new(),
            place: place.map(|place| (place.file(), place.line(), place.column())),
        }
    });
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&'static str>().copied();
    match text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)) {
        Some(text) => text.to_owned(),
        None => "a panic with a value that is no text".to_owned(),
    }
}

/// The most causes that are told of an error.
const MOST_CAUSES: usize = 32;

fn catch_error(conversion: &Conversion<'_>) {
    catch(|| {
        let error = conversion.error();
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        let place = conversion.location();
        Told {
            kind: FailureKind::Error,
            message: text(error),
            type_name: Some(conversion.type_name().to_owned()),
            causes: causes.take(MOST_CAUSES).map(text).collect(),
            place: Some((place.file(), place.line(), place.column())),
        }
    });
}

/// The error's own text. Its `Display` may panic: that is not the failure that is told of.
fn text(error: &(dyn Error + 'static)) -> String {
    panic::catch_unwind(AssertUnwindSafe(|| error.to_string()))
        .unwrap_or_else(|_| "an error whose text cannot be had: its Display panicked".to_owned())
}

/// What a hook is told of a failure.
struct Told<'a> {
    kind: FailureKind,
    message: String,
    type_name: Option<String>,
    causes: Vec<String>,
    place: Option<(&'a str, u32, u32)>,
}

/// Keeps a failure for the request of this thread, if it is at one. Nothing here panics: a panic in a panic hook ends the program.
fn catch<'a>(tell: impl FnOnce() -> Told<'a>) {
    // A failure inside `tell` finds no scope; and a thread that ends has none.
    let Ok(Some(mut state)) = CURRENT.try_with(|current| current.try_borrow_mut().ok()?.take())
    else {
        return;
    };
    let told = tell();
    let stack = Stack::walk();
    // The one before is ended first, so that a request has one at most.
    state.caught = None;
    state.snapshots += 1;
    let snapshot = if state.snapshots > MOST_A_REQUEST {
        Err(format!(
            "no variables: this request failed {} times, and only {MOST_A_REQUEST} snapshots are taken of one request",
            state.snapshots
        ))
    } else {
        Snapshot::take(&stack)
    };
    state.caught = Some(Caught {
        kind: told.kind,
        message: told.message,
        type_name: told.type_name,
        causes: told.causes,
        place: told.place.map(|(file, line, column)| Place {
            file: PathBuf::from(file),
            line,
            column,
        }),
        thread: thread::current().name().unwrap_or("unnamed").to_owned(),
        stack,
        snapshot,
    });
    let _ = CURRENT.try_with(|current| current.replace(Some(state)));
}
