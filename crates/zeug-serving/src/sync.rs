//! Owns one decision: a lock whose holder panicked is used on. What our locks guard is whole between statements.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guard of `mutex`, also after a panic elsewhere.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
