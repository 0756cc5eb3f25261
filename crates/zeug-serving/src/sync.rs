//! Owns what the engine's threads share and wait with: the standard library's, named here so that `tests/schedules` can compile the engine with others in their
//! place. And one decision: a lock whose holder panicked is used on. What our locks guard is whole between statements.

pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, atomic};
pub(crate) use std::thread;
pub(crate) use std::time::Instant;

/// The guard of `mutex`, also after a panic elsewhere.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
