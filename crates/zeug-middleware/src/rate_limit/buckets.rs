//! Owns the buckets: when each key's is full again, for as many keys as may be kept. It knows no request and asks no clock.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Quota;

/// Locks, so that threads seldom wait for each other.
const SHARDS: usize = 16;

/// How buckets are refilled, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// What one request costs.
    each: u64,
    burst: u32,
}

impl Rate {
    pub(super) fn new(requests: u32, per: Duration) -> Self {
        // A bucket of all requests at once is never more than a quarter of what can be counted: 146 years.
        let per = nanoseconds(per).min(u64::MAX / 4);
        Self {
            each: (per / u64::from(requests)).max(1),
            burst: requests,
        }
    }

    pub(super) fn with_burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// How long an empty bucket takes to be full.
    fn whole(&self) -> u64 {
        self.each
            .saturating_mul(u64::from(self.burst))
            .min(u64::MAX / 2)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The buckets of all keys.
pub(super) struct Buckets {
    hasher: RandomState,
    /// What the times are counted from.
    begun: Instant,
    shards: [Mutex<Shard>; SHARDS],
}

/// Keys and when their buckets are full again, in two generations: one that was not asked for since the turn before last is full, or there is no room for it.
#[derive(Default)]
struct Shard {
    current: HashMap<u64, u64>,
    former: HashMap<u64, u64>,
    turned: u64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            begun: Instant::now(),
            shards: Default::default(),
        }
    }
}

impl Buckets {
    /// Takes one request out of the key's bucket, where `most` keys are kept.
    pub(super) fn take<K: Hash + ?Sized>(
        &self,
        key: &K,
        rate: &Rate,
        most: usize,
        now: Instant,
    ) -> Quota {
        let now = nanoseconds(now.saturating_duration_since(self.begun)).min(u64::MAX / 4);
        let key = self.hasher.hash_one(key);
        let shard = &self.shards[key as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.turn(now, rate.whole(), (most / SHARDS / 2).max(1));
        let found = shard.current.get(&key).or_else(|| shard.former.get(&key));
        let full_at = found.copied().unwrap_or(0).max(now);
        let (whole, then) = (rate.whole(), full_at - now + rate.each);
        let quota = |taken: u64, retry_in| Quota {
            remaining: u32::try_from(whole.saturating_sub(taken) / rate.each).unwrap_or(u32::MAX),
            full_in: Duration::from_nanos(taken),
            retry_in,
        };
        if then > whole {
            return quota(full_at - now, Some(Duration::from_nanos(then - whole)));
        }
        shard.current.insert(key, now + then);
        quota(then, None)
    }
}

impl Shard {
    /// Begins another generation where the present one is old or full.
    fn turn(&mut self, now: u64, whole: u64, most: usize) {
        let age = now.saturating_sub(self.turned);
        if age < whole && self.current.len() < most {
            return;
        }
        self.former = mem::take(&mut self.current);
        if age >= whole.saturating_mul(2) {
            self.former.clear();
        }
        self.turned = now;
    }
}

#[cfg(test)]
impl Buckets {
    /// How many keys are kept.
    pub(super) fn len(&self) -> usize {
        let len = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.current.len() + shard.former.len()
        };
        self.shards.iter().map(len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Rate};
    use std::time::{Duration, Instant};

    #[test]
    fn keys_are_bounded_and_old_ones_are_swept() {
        let buckets = Buckets::default();
        let rate = Rate::new(10, Duration::from_secs(10));
        let begin = Instant::now();
        for key in 0..100_000 {
            buckets.take(&key, &rate, 1_000, begin);
        }
        assert!(buckets.len() <= 1_000, "{}", buckets.len());
        let later = begin + Duration::from_secs(100);
        for key in 0..1_000 {
            buckets.take(&(key % 5), &rate, 1_000, later);
        }
        assert!(
            buckets.len() < 1_000 && buckets.len() >= 5,
            "{}",
            buckets.len()
        );
    }

    #[test]
    fn a_key_survives_a_turn_until_its_bucket_is_full() {
        let buckets = Buckets::default();
        let rate = Rate::new(10, Duration::from_secs(10));
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        for _ in 0..10 {
            assert!(buckets.take("a", &rate, 1_000, at(9)).is_allowed());
        }
        // The turn is due at 10; nothing of the ten requests may be forgotten by it.
        let left = |seconds: u64| buckets.take("a", &rate, 1_000, at(seconds)).remaining();
        assert_eq!(left(11), 1);
        assert_eq!(left(15), 4);
        assert_eq!(left(100), 9);
    }
}
