//! Owns `LocalStack`: several values a context, of which the last counts.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::local::Id;
use crate::{Current, LocalError, LocalErrorKind};

/// Values that each [`Context`](crate::Context) stacks for itself: nested transactions, the application inside an application.
///
/// ```
/// use zeug_local::{Context, LocalStack};
///
/// static APPS: LocalStack<&str> = LocalStack::new("application");
///
/// Context::new().run(|| {
///     APPS.push("shop")?;
///     assert_eq!(APPS.push("cart")?, 2);
///     assert_eq!(*APPS.top()?, "cart");
///     assert_eq!(*APPS.pop()?, "cart");
///     assert_eq!(APPS.with("admin", || APPS.top().map(|top| *top))??, "admin");
///     assert_eq!(*APPS.pop()?, "shop");
///     assert!(APPS.pop().is_err(), "it is empty");
///     # Ok::<(), zeug_local::LocalError>(())
/// })?;
/// # Ok::<(), zeug_local::LocalError>(())
/// ```
pub struct LocalStack<T> {
    id: Id,
    values: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> LocalStack<T> {
    /// A stack of that name, which errors tell.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            id: Id::new(name),
            values: PhantomData,
        }
    }

    /// Lays `value` on top; how many there are then.
    ///
    /// # Errors
    ///
    /// `NoContext` outside of a context, `Released` after its end. The value is dropped.
    pub fn push(&self, value: T) -> Result<usize, LocalError> {
        let value = Arc::new(value);
        self.id.change(|values| {
            values.push(value);
            values.len()
        })
    }

    /// Takes the value on top.
    ///
    /// # Errors
    ///
    /// `NoContext` outside of a context, `Unbound` where the stack is empty, `Released` after the context's end.
    pub fn pop(&self) -> Result<Current<T>, LocalError> {
        self.id
            .change(Vec::pop)?
            .and_then(Current::of)
            .ok_or_else(|| self.id.error(LocalErrorKind::Unbound))
    }

    /// The value on top.
    ///
    /// # Errors
    ///
    /// As of [`pop`](Self::pop).
    pub fn top(&self) -> Result<Current<T>, LocalError> {
        Current::of(self.id.last()?).ok_or_else(|| self.id.error(LocalErrorKind::Unbound))
    }

    /// How many values there are; 0 outside of a context.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "`top` says whether there is one"
    )]
    pub fn len(&self) -> usize {
        self.id.read(<[_]>::len).unwrap_or(0)
    }

    /// What `work` gives while `value` is on top. Afterwards the stack is as high as before, also after a panic.
    ///
    /// # Errors
    ///
    /// As of [`push`](Self::push); `work` did not run then.
    pub fn with<R>(&self, value: T, work: impl FnOnce() -> R) -> Result<R, LocalError> {
        let height = self.push(value)?;
        let _lowered = Lowered {
            id: &self.id,
            height: height - 1,
        };
        Ok(work())
    }
}

impl<T> fmt::Debug for LocalStack<T> {
    /// The name; no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalStack").field(&self.id.name()).finish()
    }
}

/// Takes off what stands above a height.
struct Lowered<'a> {
    id: &'a Id,
    height: usize,
}

impl Drop for Lowered<'_> {
    fn drop(&mut self) {
        let above = self.id.change(|values| {
            let height = self.height.min(values.len());
            values.split_off(height)
        });
        drop(above);
    }
}
