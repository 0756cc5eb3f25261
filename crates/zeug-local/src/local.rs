//! Owns `Local`: one value a context. It holds no value itself: they live in the context.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::context::Value;
use crate::{Context, LocalError, LocalErrorKind};

/// A value that each [`Context`] has for itself: the request's user, its database connection, its language.
///
/// It is declared once, mostly as a `static`, and used wherever it is seen; nothing is passed along. Values are shared by the threads and tasks of one context,
/// so they are `Send + Sync`; one that changes is a `Mutex`, an atomic or a `OnceLock`.
///
/// Asking for one of the context's first eight locals costs what cloning an `Arc` and dropping it does, as long as the local has the value that it was first given. Others are
/// read under the context's lock.
///
/// ```
/// use zeug_local::{Context, Local};
///
/// static LANGUAGE: Local<String> = Local::new("language");
///
/// fn greeting() -> &'static str {
///     match LANGUAGE.get().as_deref().map(String::as_str) {
///         Ok("de") => "Guten Tag",
///         _ => "Hello",
///     }
/// }
///
/// assert_eq!(greeting(), "Hello", "outside of a context");
/// assert!(LANGUAGE.set("de".into()).is_err());
///
/// Context::new().run(|| {
///     LANGUAGE.set("de".into())?;
///     assert_eq!(greeting(), "Guten Tag");
///     # Ok::<(), zeug_local::LocalError>(())
/// })?;
/// # Ok::<(), zeug_local::LocalError>(())
/// ```
#[doc(alias = "ContextVar")]
#[doc(alias = "LocalProxy")]
pub struct Local<T> {
    id: Id,
    values: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> Local<T> {
    /// A local of that name, which errors tell.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            id: Id::new(name),
            values: PhantomData,
        }
    }

    /// The value in the current context.
    ///
    /// # Errors
    ///
    /// `NoContext` outside of one, `Unbound` before a value was set, `Released` after the context's end.
    pub fn get(&self) -> Result<Current<T>, LocalError> {
        Current::of(self.id.last()?).ok_or_else(|| self.id.error(LocalErrorKind::Unbound))
    }

    /// Sets the value in the current context, in place of the one before, which is given back.
    ///
    /// # Errors
    ///
    /// `NoContext` outside of one, `Released` after the context's end. The value is dropped.
    pub fn set(&self, value: T) -> Result<Option<Current<T>>, LocalError> {
        let value: Value = Arc::new(value);
        let before = self.id.change(|values| {
            let before = values.pop();
            values.push(value);
            before
        })?;
        Ok(before.and_then(Current::of))
    }

    /// Takes the value out of the current context.
    ///
    /// # Errors
    ///
    /// As of [`get`](Self::get).
    #[doc(alias = "release_local")]
    pub fn take(&self) -> Result<Current<T>, LocalError> {
        self.id
            .change(Vec::pop)?
            .and_then(Current::of)
            .ok_or_else(|| self.id.error(LocalErrorKind::Unbound))
    }
}

impl<T> fmt::Debug for Local<T> {
    /// The name; no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Local").field(&self.id.name).finish()
    }
}

/// What tells a local's values from those of others in a context.
pub(crate) struct Id {
    name: &'static str,
    /// Given out at the first use; 0 before. Addresses would not do: a local may move.
    number: AtomicU64,
}

impl Id {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            number: AtomicU64::new(0),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn error(&self, kind: LocalErrorKind) -> LocalError {
        LocalError::new(kind, self.name)
    }

    /// The value that was set last in the current context.
    #[inline]
    pub(crate) fn last(&self) -> Result<Value, LocalError> {
        let number = self.number.load(Ordering::Relaxed);
        match Context::with_current(|context| context.quick(number)).flatten() {
            Some(value) => Ok(value),
            None => self.last_under_lock(),
        }
    }

    #[inline(never)]
    fn last_under_lock(&self) -> Result<Value, LocalError> {
        self.read(|values| values.last().cloned())?
            .ok_or_else(|| self.error(LocalErrorKind::Unbound))
    }

    pub(crate) fn read<R>(&self, ask: impl FnOnce(&[Value]) -> R) -> Result<R, LocalError> {
        self.ask(|context, number| context.read(number, ask))
    }

    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut Vec<Value>) -> R,
    ) -> Result<R, LocalError> {
        self.ask(|context, number| context.change(number, change))
    }

    fn ask<R>(
        &self,
        ask: impl FnOnce(&Context, u64) -> Result<R, LocalErrorKind>,
    ) -> Result<R, LocalError> {
        Context::with_current(|context| ask(context, self.number()))
            .unwrap_or(Err(LocalErrorKind::NoContext))
            .map_err(|kind| self.error(kind))
    }

    fn number(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let known = self.number.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        let new = NEXT.fetch_add(1, Ordering::Relaxed);
        // Of two threads that are first, one wins; the other's number is never used.
        match self
            .number
            .compare_exchange(0, new, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => new,
            Err(known) => known,
        }
    }
}

/// A value of a context, held: it stays while this lives, also when the context is released.
///
/// It stands in for the value wherever a reference does.
///
/// ```
/// use zeug_local::{Context, Local};
///
/// static USER: Local<String> = Local::new("user");
/// let context = Context::new();
/// let held = context.run(|| {
///     USER.set("ada".into())?;
///     USER.get()
/// })?;
/// context.release();
/// assert_eq!(held.len(), 3);
/// assert_eq!(format!("{held} {held:?}"), "ada \"ada\"");
/// # Ok::<(), zeug_local::LocalError>(())
/// ```
pub struct Current<T>(Arc<T>);

impl<T: Send + Sync + 'static> Current<T> {
    pub(crate) fn of(value: Value) -> Option<Self> {
        value.downcast().ok().map(Self)
    }
}

impl<T> Current<T> {
    /// The value itself, where nobody else holds it.
    ///
    /// # Errors
    ///
    /// Itself, where the context or somebody else holds the value too.
    pub fn into_inner(self) -> Result<T, Self> {
        Arc::try_unwrap(self.0).map_err(Self)
    }
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Current<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> AsRef<T> for Current<T> {
    fn as_ref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq> PartialEq for Current<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq> Eq for Current<T> {}

impl<T: fmt::Debug> fmt::Debug for Current<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Current<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
