//! Owns what the server has learned of its handlers: which requests take long, so that they begin on a spare thread and never hold a loop up. It knows no
//! router: requests are alike where method and path are, digits aside, so that `/user/1` and `/user/2` are one.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use http::Method;

/// How many kinds of requests are told apart; two that fall together share their fate.
const KINDS: usize = 4096;
/// How many quick runs make a slow kind quick again.
const FORGIVEN: u8 = 16;
/// How long a quick run takes at the most.
const QUICK: Duration = Duration::from_millis(1);

/// How often a handler may overstay for want of a processor before its kind is taken for slow.
const STRIKES: u8 = 3;

/// Which kinds of requests are slow.
pub(crate) struct Routes {
    kinds: Box<[Kind]>,
}

/// What is known of one kind.
#[derive(Default)]
struct Kind {
    /// How many quick runs it still owes; 0: it is quick.
    owed: AtomicU8,
    /// How often it overstayed without waiting for anything.
    strikes: AtomicU8,
    /// Whether its last run in place was quick.
    quick: AtomicBool,
}

/// What a handler did when it was found to overstay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overstay {
    /// It waited, for a disk, a lock, a peer: the next of its kind will, too.
    Waits,
    /// It computed, or the system had given its processor to another thread.
    Runs,
}

/// A kind of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route(u16);

impl Default for Routes {
    fn default() -> Self {
        Self {
            kinds: (0..KINDS).map(|_| Kind::default()).collect(),
        }
    }
}

impl Route {
    /// The kind of a request.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        // FNV-1a: two kinds that a client makes fall together share no more than a thread's patience.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let method = method.as_str().bytes();
        for byte in method.chain(path.bytes()) {
            if !byte.is_ascii_digit() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        // KINDS is far below 2^16; the upper bits depend on all bytes.
        Self(((hash >> 32) % KINDS as u64) as u16)
    }

    pub(super) fn number(self) -> u16 {
        self.0
    }

    pub(super) fn from_number(number: u16) -> Self {
        Self(number % KINDS as u16)
    }
}

impl Routes {
    fn kind(&self, route: Route) -> &Kind {
        &self.kinds[usize::from(route.0)]
    }

    /// Whether requests of this kind begin on a spare thread.
    pub(crate) fn is_slow(&self, route: Route) -> bool {
        self.kind(route).owed.load(Ordering::Relaxed) > 0
    }

    /// Whether requests of this kind were quick so far.
    pub(crate) fn is_quick(&self, route: Route) -> bool {
        self.kind(route).quick.load(Ordering::Relaxed)
    }

    /// A handler for this kind has run in place for so long.
    pub(crate) fn ran_in_place(&self, route: Route, time: Duration) {
        let quick = &self.kind(route).quick;
        // Seldom changed, and often read by all threads.
        if quick.load(Ordering::Relaxed) != (time <= QUICK) {
            quick.store(time <= QUICK, Ordering::Relaxed);
        }
    }

    /// A handler for this kind has held a loop up.
    pub(super) fn overstayed(&self, route: Route, how: Overstay) {
        let kind = self.kind(route);
        if how == Overstay::Runs && kind.strikes.fetch_add(1, Ordering::Relaxed) + 1 < STRIKES {
            return;
        }
        kind.strikes.store(0, Ordering::Relaxed);
        kind.owed.store(FORGIVEN, Ordering::Relaxed);
    }

    /// A handler for this kind has run on a spare thread for so long.
    pub(crate) fn ran(&self, route: Route, time: Duration) {
        let owed = &self.kind(route).owed;
        let left = if time > QUICK {
            FORGIVEN
        } else {
            owed.load(Ordering::Relaxed).saturating_sub(1)
        };
        owed.store(left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;

    use super::{FORGIVEN, Overstay, Route, Routes, STRIKES};

    #[test]
    fn numbers_in_paths_do_not_tell_requests_apart() {
        let of = |path| Route::of(&Method::GET, path);
        assert_eq!(of("/user/1/posts"), of("/user/4711/posts"));
        assert_ne!(of("/user/1/posts"), of("/user/1/likes"));
        assert_ne!(of("/user"), Route::of(&Method::POST, "/user"));
    }

    #[test]
    fn slow_kinds_are_forgiven_after_quick_runs() {
        let routes = Routes::default();
        let route = Route::of(&Method::GET, "/report");
        assert!(!routes.is_slow(route));
        routes.overstayed(route, Overstay::Waits);
        for _ in 1..FORGIVEN {
            routes.ran(route, Duration::from_micros(20));
            assert!(routes.is_slow(route));
        }
        routes.ran(route, Duration::from_millis(50));
        for _ in 0..FORGIVEN {
            assert!(routes.is_slow(route));
            routes.ran(route, Duration::from_micros(20));
        }
        assert!(!routes.is_slow(route));
    }

    #[test]
    fn a_lost_processor_is_not_held_against_a_handler_at_once() {
        let routes = Routes::default();
        let route = Route::of(&Method::GET, "/quick");
        for _ in 1..STRIKES {
            routes.overstayed(route, Overstay::Runs);
            assert!(!routes.is_slow(route));
        }
        routes.overstayed(route, Overstay::Runs);
        assert!(routes.is_slow(route));
    }
}
