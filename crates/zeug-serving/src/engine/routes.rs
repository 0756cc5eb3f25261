//! Owns what the server has learned of its handlers: which requests wait or take long, so that they begin on a spare thread and never hold a loop up. It knows no
//! router: requests are alike where method and path are, digits aside, so that `/user/1` and `/user/2` are one. One that was never seen is taken to be like those beside it: `/user/ada`
//! like `/user/bob`.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use http::Method;

use super::watch::TICK;

/// How many kinds of requests are told apart; two that fall together share their fate.
const KINDS: usize = 4096;
/// How long a quick run takes at the most: the watch's tick, below which no loop is handed on.
const QUICK: Duration = TICK;
/// A kind that waits for longer than this, by its mean, gains by a spare thread, which costs some 10 to 20 us; one that waits for less than the other does not.
const SLOW_FROM: u32 = 50_000;
const QUICK_BELOW: u32 = 20_000;
/// What one run adds to the mean at the most. Two of the longest make a kind slow, one does not: it may have lost its processor. 24 runs without waiting make the slowest kind quick again.
const LONGEST: u32 = 400_000;
/// How much one run counts for in the mean.
const WEIGHT: u32 = 8;
/// A run that takes longer than this may have waited: the next of its kind are looked at closely.
const SUSPECT: Duration = Duration::from_nanos(SLOW_FROM as u64);
/// How often a handler may overstay for want of a processor before its kind is taken for slow.
const STRIKES: u8 = 3;

/// What stands for a mean of no run.
const FRESH: u32 = u32::MAX;
/// What stands for the family of a path right below the root, where everything stands beside everything.
const ALONE: u16 = u16::MAX;

/// Which kinds of requests are slow.
pub(crate) struct Routes {
    kinds: Box<[Kind]>,
    /// The same of all whose paths differ in their last segment alone, below the root's.
    families: Box<[Kind]>,
}

/// What is known of one kind.
struct Kind {
    /// For how many nanoseconds its handler waits, of its last runs that were looked at; `FRESH` before the first.
    waits: AtomicU32,
    /// Whether its requests begin on a spare thread.
    slow: AtomicBool,
    /// How often it overstayed without waiting for anything.
    strikes: AtomicU8,
    /// Whether its last run was quick.
    quick: AtomicBool,
    /// Whether its runs in place are to be looked at closely: those of a new kind are, and those after one that took long.
    suspect: AtomicBool,
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
pub(crate) struct Route {
    kind: u16,
    family: u16,
}

impl Default for Routes {
    fn default() -> Self {
        let fresh = || (0..KINDS).map(|_| Kind::new()).collect();
        Self {
            kinds: fresh(),
            families: fresh(),
        }
    }
}

impl Route {
    /// The kind of a request.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        // FNV-1a: two kinds that a client makes fall together share no more than a thread's patience.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let (mut family, mut segments) = (hash, 0);
        let method = method.as_str().bytes();
        for byte in method.chain(path.bytes()) {
            if !byte.is_ascii_digit() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            if byte == b'/' {
                family = hash;
                segments += 1;
            }
        }
        // KINDS is far below 2^16; the upper bits depend on all bytes.
        let place = |hash: u64| ((hash >> 32) % KINDS as u64) as u16;
        Self {
            kind: place(hash),
            family: if segments > 1 { place(family) } else { ALONE },
        }
    }

    pub(super) fn number(self) -> u32 {
        u32::from(self.family) << 16 | u32::from(self.kind)
    }

    pub(super) fn from_number(number: u32) -> Self {
        Self {
            kind: (number & 0xffff) as u16 % KINDS as u16,
            family: (number >> 16) as u16,
        }
    }
}

impl Routes {
    fn kind(&self, route: Route) -> &Kind {
        &self.kinds[usize::from(route.kind)]
    }

    fn family(&self, route: Route) -> Option<&Kind> {
        self.families.get(usize::from(route.family))
    }

    /// Takes one run, or the wait for one piece, into what is known.
    fn waited(&self, route: Route, time: Duration) {
        let family = self.family(route);
        self.kind(route).waited(time, family);
        if let Some(family) = family {
            family.waited(time, None);
        }
    }

    /// Whether requests of this kind begin on a spare thread.
    pub(crate) fn is_slow(&self, route: Route) -> bool {
        let kind = self.kind(route);
        let slow = |kind: &Kind| kind.slow.load(Ordering::Relaxed);
        slow(kind) || kind.mean().is_none() && self.family(route).is_some_and(slow)
    }

    /// Whether requests of this kind were quick so far.
    pub(crate) fn is_quick(&self, route: Route) -> bool {
        self.kind(route).quick.load(Ordering::Relaxed)
    }

    /// Whether it is to be told of the next run in place for how long it waits.
    pub(crate) fn is_suspect(&self, route: Route) -> bool {
        self.kind(route).suspect.load(Ordering::Relaxed)
    }

    /// A handler for this kind has run in place for so long, and waited for so long of it where that is known.
    pub(crate) fn ran_in_place(&self, route: Route, time: Duration, waited: Option<Duration>) {
        let kind = self.kind(route);
        change(&kind.quick, time <= QUICK);
        let suspect = time > SUSPECT;
        change(&kind.suspect, suspect);
        match waited {
            Some(waited) => self.waited(route, waited),
            None if suspect => {}
            None => self.waited(route, Duration::ZERO),
        }
    }

    /// The answer to a request of this kind took so long to give the next piece of its body: where that is long, it waited.
    pub(crate) fn waited_for_piece(&self, route: Route, time: Duration) {
        let waited = if time > SUSPECT { time } else { Duration::ZERO };
        self.waited(route, waited);
    }

    /// A handler for this kind has held a loop up.
    pub(super) fn overstayed(&self, route: Route, how: Overstay) {
        let kind = self.kind(route);
        if how == Overstay::Runs && kind.strikes.fetch_add(1, Ordering::Relaxed) + 1 < STRIKES {
            return;
        }
        if let Some(family) = self.family(route) {
            family.waited(Duration::from_nanos(LONGEST.into()), None);
        }
        kind.strikes.store(0, Ordering::Relaxed);
        kind.waits.store(LONGEST, Ordering::Relaxed);
        kind.slow.store(true, Ordering::Relaxed);
    }

    /// A handler for this kind has run on a spare thread for so long, and waited for so long of it.
    pub(crate) fn ran(&self, route: Route, time: Duration, waited: Duration) {
        let kind = self.kind(route);
        change(&kind.quick, time <= QUICK);
        // What only computes, but for long, would hold a loop up as well.
        self.waited(route, if time > QUICK { time } else { waited });
    }
}

impl Kind {
    fn new() -> Self {
        Self {
            waits: AtomicU32::new(FRESH),
            slow: AtomicBool::new(false),
            strikes: AtomicU8::new(0),
            quick: AtomicBool::new(false),
            suspect: AtomicBool::new(true),
        }
    }

    /// The mean so far.
    fn mean(&self) -> Option<u32> {
        Some(self.waits.load(Ordering::Relaxed)).filter(|&mean| mean != FRESH)
    }

    /// Takes one run into the mean, which begins as the family's. Where two threads do so at once, one of the two may be lost.
    fn waited(&self, time: Duration, family: Option<&Self>) {
        let time = u32::try_from(time.as_nanos()).map_or(LONGEST, |time| time.min(LONGEST));
        let own = self.mean();
        let before = own.or_else(|| family?.mean()).unwrap_or(0);
        let mean = before - before / WEIGHT + time / WEIGHT;
        if own != Some(mean) {
            self.waits.store(mean, Ordering::Relaxed);
        }
        if mean > SLOW_FROM {
            change(&self.slow, true);
        } else if mean < QUICK_BELOW {
            change(&self.slow, false);
        }
    }
}

/// Sets what is seldom changed, and often read by all threads.
fn change(flag: &AtomicBool, value: bool) {
    if flag.load(Ordering::Relaxed) != value {
        flag.store(value, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;

    use super::{Overstay, Route, Routes, STRIKES};

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
        let quick = Duration::from_micros(20);
        for _ in 0..20 {
            routes.ran(route, quick, Duration::ZERO);
            assert!(routes.is_slow(route));
        }
        for _ in 0..3 {
            routes.ran(route, Duration::from_millis(50), Duration::ZERO);
        }
        for _ in 0..12 {
            assert!(routes.is_slow(route));
            routes.ran(route, quick, Duration::ZERO);
        }
        for _ in 0..12 {
            routes.ran(route, quick, Duration::ZERO);
        }
        assert!(!routes.is_slow(route));
    }

    #[test]
    fn short_waits_are_learned_and_computing_is_not() {
        let routes = Routes::default();
        let of = |path| Route::of(&Method::GET, path);
        let (query, sum, lost) = (of("/query"), of("/sum"), of("/lost"));
        let run = |route, time: u64, waited: u64| {
            let waited = routes
                .is_suspect(route)
                .then_some(Duration::from_micros(waited));
            routes.ran_in_place(route, Duration::from_micros(time), waited);
            routes.is_slow(route)
        };
        let learned = (0..20).position(|_| run(query, 150, 100)).expect("slow");
        assert!((3..12).contains(&learned), "{learned}");
        // On a spare thread it stays so for as long as it waits.
        for _ in 0..50 {
            routes.ran(
                query,
                Duration::from_micros(150),
                Duration::from_micros(100),
            );
            assert!(routes.is_slow(query));
        }
        assert!(!(0..100).any(|_| run(sum, 900, 0)));
        // Once in a while it loses its processor for some milliseconds.
        assert!(!(0..200).any(|at| if at % 40 == 0 {
            run(lost, 4000, 3990)
        } else {
            run(lost, 10, 0)
        }));
        assert!((0..4).any(|_| run(lost, 1060, 1050)));
    }

    #[test]
    fn what_was_never_seen_is_like_what_stands_beside_it() {
        let routes = Routes::default();
        let of = |path: &str| Route::of(&Method::GET, path);
        let millisecond = Duration::from_millis(1);
        for name in ["/wiki/one", "/wiki/two", "/wiki/three", "/wiki/four"] {
            routes.ran_in_place(of(name), millisecond, Some(millisecond));
        }
        assert!(routes.is_slow(of("/wiki/five")));
        assert!(!routes.is_slow(of("/about")));
        // Its own runs decide from then on.
        for _ in 0..30 {
            routes.ran(of("/wiki/five"), Duration::ZERO, Duration::ZERO);
        }
        assert!(!routes.is_slow(of("/wiki/five")));
        assert!(routes.is_slow(of("/wiki/four")));
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
