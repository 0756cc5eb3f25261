//! Owns `Context`: the values of one request, and which context a thread is in. It knows no request: what begins and ends a context is its user's matter.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::quick::Quick;
use crate::{InContext, LocalErrorKind};

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

pub(crate) type AnyValue = dyn Any + Send + Sync;

/// A value of a local of any type.
pub(crate) type Value = Arc<AnyValue>;

/// The values of one request, or of another piece of work: what [`Local`](crate::Local)s and [`LocalStack`](crate::LocalStack)s see while it is entered.
///
/// A clone is the same context. A thread is in the context that [`run`](Self::run) entered last; other threads and tasks are in it when they were started by
/// [`spawn`](Self::spawn), [`bind`](Self::bind) or [`wrap`](Self::wrap).
///
/// ```
/// use zeug_local::{Context, Local};
///
/// static USER: Local<&str> = Local::new("user");
///
/// let context = Context::new();
/// context.run(|| {
///     USER.set("ada")?;
///     let seen = Context::current().unwrap().spawn(|| USER.get().map(|user| user.len()))?;
///     assert_eq!(seen.join().unwrap()?, 3);
///     # Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// assert!(USER.get().is_err(), "outside of it there is nothing");
///
/// context.release();
/// assert!(context.run(|| USER.get()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[doc(alias = "LocalManager")]
#[doc(alias = "copy_context")]
pub struct Context {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// What it says is so; what it does not know, the state does.
    quick: Quick,
    state: Mutex<State>,
}

/// The values by local, in the order in which locals were first set.
#[derive(Default)]
struct State {
    values: Vec<(u64, Vec<Value>)>,
    released: bool,
}

impl Context {
    /// A context without values. It inherits none of the context that it is made in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The context that this thread is in.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::with_current(Self::clone)
    }

    /// What `ask` gives of the context that this thread is in. It must not run what others wrote: that could enter a context.
    #[inline]
    pub(crate) fn with_current<R>(ask: impl FnOnce(&Self) -> R) -> Option<R> {
        // A destructor that runs while the thread ends is in no context.
        CURRENT
            .try_with(|current| current.borrow().as_ref().map(ask))
            .ok()
            .flatten()
    }

    /// What `work` gives, run in this context. Afterwards the thread is in the context that it was in before, also after a panic.
    #[doc(alias = "push")]
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = Entered {
            before: CURRENT
                .try_with(|current| current.replace(Some(self.clone())))
                .ok()
                .flatten(),
        };
        work()
    }

    /// `work` for another thread or a later call, which runs it in this context: for thread pools and callbacks.
    pub fn bind<R, F: FnOnce() -> R>(&self, work: F) -> impl FnOnce() -> R + use<R, F> {
        let context = self.clone();
        move || context.run(work)
    }

    /// A new thread that runs `work` in this context.
    ///
    /// When the context is [released](Self::release) before the thread ends, its locals are gone for it: work that outlives the request is given a
    /// [`copy`](Self::copy).
    ///
    /// # Errors
    ///
    /// Where the system refuses a new thread.
    pub fn spawn<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<JoinHandle<R>> {
        thread::Builder::new().spawn(self.bind(work))
    }

    /// `future`, each step of which is run in this context, whichever thread takes it: for tasks that are handed to an executor.
    pub fn wrap<F: Future>(&self, future: F) -> InContext<F> {
        InContext::new(self.clone(), future)
    }

    /// A context of its own that begins with the same values: what is set in one is not seen in the other, and releasing one leaves the other as it is.
    ///
    /// ```
    /// use zeug_local::{Context, Local};
    ///
    /// static USER: Local<&str> = Local::new("user");
    /// let context = Context::new();
    /// context.run(|| USER.set("ada"))?;
    /// let copy = context.copy();
    /// context.release();
    /// assert_eq!(*copy.run(|| USER.get())?, "ada");
    /// assert!(context.run(|| USER.get()).is_err());
    /// # Ok::<(), zeug_local::LocalError>(())
    /// ```
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = self.lock();
        let quick = Quick::default();
        for (local, stack) in &state.values {
            if let Some(value) = stack.last() {
                quick.add(*local, value);
            }
        }
        let state = Mutex::new(State {
            values: state.values.clone(),
            released: state.released,
        });
        Self {
            shared: Arc::new(Shared { quick, state }),
        }
    }

    /// Drops all values, those of the local that was set last first, in this context; from then on it takes no new ones.
    ///
    /// A value that somebody still holds as [`Current`](crate::Current) lives for as long.
    #[doc(alias = "release_local")]
    #[doc(alias = "cleanup")]
    pub fn release(&self) {
        let values = {
            let mut state = self.lock();
            state.released = true;
            self.shared.quick.forget_all();
            mem::take(&mut state.values)
        };
        // Not under the lock, and in the context: a destructor may ask for locals.
        self.run(|| {
            for (_, mut stack) in values.into_iter().rev() {
                while stack.pop().is_some() {}
            }
        });
    }

    /// The value of the local with that id, where it can be told without the lock.
    #[inline]
    pub(crate) fn quick(&self, id: u64) -> Option<Value> {
        self.shared.quick.get(id)
    }

    /// What `ask` gives of the values of the local with that id.
    pub(crate) fn read<R>(
        &self,
        id: u64,
        ask: impl FnOnce(&[Value]) -> R,
    ) -> Result<R, LocalErrorKind> {
        let state = self.lock();
        if state.released {
            return Err(LocalErrorKind::Released);
        }
        let values = state.values.iter().find(|(local, _)| *local == id);
        Ok(ask(values.map_or(&[], |(_, stack)| stack)))
    }

    /// What `change` gives of the values of the local with that id. It must drop no value: that could ask for a local, under the lock.
    pub(crate) fn change<R>(
        &self,
        id: u64,
        change: impl FnOnce(&mut Vec<Value>) -> R,
    ) -> Result<R, LocalErrorKind> {
        let mut state = self.lock();
        if state.released {
            return Err(LocalErrorKind::Released);
        }
        let known = state.values.iter_mut().find(|(local, _)| *local == id);
        if let Some((_, stack)) = known {
            self.shared.quick.forget(id);
            return Ok(change(stack));
        }
        let mut stack = Vec::new();
        let changed = change(&mut stack);
        if let Some(first) = stack.last() {
            self.shared.quick.add(id, first);
            state.values.push((id, stack));
        }
        Ok(changed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Context {
    /// Whether both are the same context.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Context {}

impl fmt::Debug for Context {
    /// How many locals have values; no value, since they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Context")
            .field("locals", &state.values.len())
            .field("released", &state.released)
            .finish()
    }
}

/// Puts back the context that was current before.
struct Entered {
    before: Option<Context>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // What is replaced may be the context's last owner: its values are dropped here, outside of the borrow.
        let ended = CURRENT.try_with(|current| current.replace(before));
        drop(ended);
    }
}
