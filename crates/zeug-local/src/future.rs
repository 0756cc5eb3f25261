//! Owns futures in a context. It spawns none: executors do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task;

use crate::Context;

/// A future each step of which runs in a [`Context`]; made by [`Context::wrap`].
///
/// ```
/// use std::future::Future;
/// use std::pin::pin;
/// use std::task::{Context as Task, Poll, Waker};
/// use zeug_local::{Context, Local};
///
/// static USER: Local<&str> = Local::new("user");
/// async fn who() -> Option<&'static str> {
///     USER.get().ok().map(|user| *user)
/// }
///
/// let context = Context::new();
/// context.run(|| USER.set("ada"))?;
/// let task = &mut Task::from_waker(Waker::noop());
/// assert_eq!(pin!(context.wrap(who())).poll(task), Poll::Ready(Some("ada")));
/// assert_eq!(pin!(who()).poll(task), Poll::Ready(None));
/// # Ok::<(), zeug_local::LocalError>(())
/// ```
#[must_use = "a future does nothing until it is polled"]
pub struct InContext<F> {
    context: Context,
    /// In a box, since a part of a pinned value cannot be pinned in safe Rust. `None` once it has ended.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> InContext<F> {
    pub(crate) fn new(context: Context, future: F) -> Self {
        Self {
            context,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    /// # Panics
    ///
    /// When it is polled again after its end, as futures may.
    fn poll(mut self: Pin<&mut Self>, task: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = &mut *self;
        let (context, future) = (&this.context, &mut this.future);
        context.run(|| {
            let step = match future {
                Some(future) => future.as_mut().poll(task),
                None => panic!("`InContext` was polled after its end"),
            };
            if step.is_ready() {
                *future = None;
            }
            step
        })
    }
}

impl<F> Drop for InContext<F> {
    /// Drops the future in the context, too.
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            self.context.run(|| drop(future));
        }
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
