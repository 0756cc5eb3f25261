//! Owns reading a context without its lock: the values that were set once. It holds none of them alive, and knows nothing of those that were set again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use crate::context::{AnyValue, Value};

/// Locals of one context that can be read without its lock; what does not fit is read under it.
const PLACES: usize = 8;

/// The values of the locals that a context got first, as long as nothing was changed about them.
///
/// What is changed is changed under the context's lock. A reader that is at it meanwhile sees what was before.
#[derive(Default)]
pub(crate) struct Quick {
    /// Filled from the first on.
    places: [OnceLock<Place>; PLACES],
}

struct Place {
    local: u64,
    /// Weak, so that the context alone says how long it lives.
    value: Weak<AnyValue>,
    /// Whether the local has had another value since, or none. It is never unset, and what happens before a reader's asking is seen by it however it is read.
    over: AtomicBool,
}

impl Quick {
    /// The local's value; `None` where only the lock's holder can tell.
    #[inline]
    pub(crate) fn get(&self, local: u64) -> Option<Value> {
        let place = self.find(local)?;
        if place.over.load(Ordering::Relaxed) {
            return None;
        }
        place.value.upgrade()
    }

    /// Notes the first value of a local.
    pub(crate) fn add(&self, local: u64, value: &Value) {
        let place = Place {
            local,
            value: Arc::downgrade(value),
            over: AtomicBool::new(false),
        };
        if let Some(empty) = self.places.iter().find(|place| place.get().is_none()) {
            // Nobody else adds: the lock is held.
            let _ = empty.set(place);
        }
    }

    /// Leaves a local to the lock from now on.
    pub(crate) fn forget(&self, local: u64) {
        if let Some(place) = self.find(local) {
            place.over.store(true, Ordering::Relaxed);
        }
    }

    /// Leaves all to the lock from now on.
    pub(crate) fn forget_all(&self) {
        for place in self.filled() {
            place.over.store(true, Ordering::Relaxed);
        }
    }

    fn find(&self, local: u64) -> Option<&Place> {
        self.filled().find(|place| place.local == local)
    }

    fn filled(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().map_while(OnceLock::get)
    }
}
