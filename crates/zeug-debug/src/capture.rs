//! Owns the moment of the failure: the panic hook, the hook of error conversions, and what both leave for the request that failed. It reads no debug information.

#[cfg(panic = "abort")]
mod last_words;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::PathBuf;
use std::sync::Once;
use std::thread;

use zeug_gateway::Request;
use zeug_messages::Conversion;

use crate::asked::Kept;
use crate::failure::{Caught, Frozen};
use crate::snapshot::{Snapshot, Stack};
use crate::traceback::{FailureKind, Place};

/// The most snapshots that one request may take: each stops its thread for the time of a fork.
const MOST_A_REQUEST: u32 = 20;

thread_local! {
    static THREAD: Thread = const {
        Thread {
            in_scope: Cell::new(false),
            failed: Cell::new(false),
            state: RefCell::new(None),
        }
    };
}

/// What is known of a thread. The memory of a request that did not fail is the next one's, so that it costs a few copies and allocates nothing.
struct Thread {
    /// Whether a request is at it, and nothing of a failure is being told.
    in_scope: Cell<bool>,
    /// Whether something was caught.
    failed: Cell<bool>,
    state: RefCell<Option<Box<State>>>,
}

/// What is known of the request that a thread is at, or was at last.
#[derive(Debug, Default)]
struct State {
    kept: Kept,
    caught: Option<Caught>,
    snapshots: u32,
}

/// While it lives, a failure on this thread is captured.
///
/// Scopes nest: while an inner one lives the outer one catches nothing. What happens on threads that the request begins is not caught.
#[derive(Debug)]
pub(crate) struct Scope {
    outer: Option<Box<State>>,
}

impl Scope {
    /// Begins the capture for a request to that path on this thread, and installs the hooks where this is the first.
    pub(crate) fn enter(request: &Request, path: &str) -> Self {
        static HOOKS: Once = Once::new();
        HOOKS.call_once(install);
        THREAD.with(|thread| {
            let mut state = thread.state.borrow_mut();
            let outer = match thread.in_scope.replace(true) {
                true => state.take(),
                false => None,
            };
            state.get_or_insert_default().kept.keep(request, path);
            Self { outer }
        })
    }

    /// What was kept of the request, and its last failure that was captured.
    pub(crate) fn finish(self) -> (Kept, Option<Caught>) {
        let state = THREAD.with(|thread| thread.state.take());
        let State { kept, caught, .. } = *state.unwrap_or_default();
        let frozen = caught
            .as_ref()
            .and_then(|caught| caught.frozen.as_ref().ok());
        if let Some(snapshot) = frozen.and_then(|frozen| frozen.snapshot()) {
            snapshot.watch();
        }
        (kept, caught)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // While the thread ends nothing is kept.
        let _ = THREAD.try_with(|thread| {
            thread.in_scope.set(self.outer.is_some());
            if self.outer.is_some() || thread.failed.get() {
                let failed = self
                    .outer
                    .as_ref()
                    .is_some_and(|outer| outer.caught.is_some());
                thread.failed.set(failed);
                *thread.state.borrow_mut() = self.outer.take();
            }
        });
    }
}

fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        catch_panic(info);
        previous(info);
        #[cfg(panic = "abort")]
        THREAD.with(|thread| {
            let state = thread.state.borrow();
            let caught = state.as_ref().and_then(|state| state.caught.as_ref());
            caught.inspect(|caught| last_words::tell(caught));
        });
    }));
    // Where another was set before, errors are not caught.
    let _ = zeug_messages::on_conversion(catch_error);
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
    let Ok(true) = THREAD.try_with(|thread| thread.in_scope.replace(false)) else {
        return;
    };
    let told = tell();
    let stack = Stack::walk();
    let _ = THREAD.try_with(|thread| {
        if let Ok(mut state) = thread.state.try_borrow_mut()
            && let Some(state) = &mut *state
        {
            state.catch(told, stack);
            thread.failed.set(true);
        }
        thread.in_scope.set(true);
    });
}

impl State {
    #[inline(never)]
    fn catch(&mut self, told: Told<'_>, stack: Stack) {
        // The one before is ended first, so that a request has one at most.
        self.caught = None;
        self.snapshots += 1;
        let frozen = if self.snapshots > MOST_A_REQUEST {
            Err(format!(
                "no variables: this request failed {} times, and only {MOST_A_REQUEST} snapshots are taken of one request",
                self.snapshots
            ))
        } else {
            Snapshot::take(&stack).map(|snapshot| Box::new(snapshot) as Box<dyn Frozen>)
        };
        self.caught = Some(Caught {
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
            frozen,
            stack: Some(stack),
        });
    }
}
