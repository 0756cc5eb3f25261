//! What `src/sync.rs` names, from shuttle, and with a time that is the model's: it stands still, or any time-out may be over at any moment.

pub(crate) use shuttle::sync::{Arc, Mutex, MutexGuard, PoisonError, atomic};

use std::ops::{Add, AddAssign};
use std::sync::LockResult;
use std::time::Duration;

use crate::system::{Timer, system};

pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A moment of the model's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Self {
        Self(system().now())
    }

    pub(crate) fn duration_since(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }

    pub(crate) fn saturating_duration_since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0 + time)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, time: Duration) {
        self.0 += time;
    }
}

/// shuttle's, with a time-out that comes when the model says so.
#[derive(Debug, Default)]
pub(crate) struct Condvar(Arc<Timer>);

#[derive(Debug)]
pub(crate) struct Waited(bool);

impl Waited {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.0.changed.wait(guard)
    }

    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, Waited)> {
        let waiting = system().await_timer(&self.0);
        let guard = lock_result(self.0.changed.wait(guard));
        Ok((guard, Waited(waiting.end())))
    }

    pub(crate) fn notify_one(&self) {
        self.0.changed.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.changed.notify_all();
    }
}

fn lock_result<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}

/// shuttle's threads, counted, that park until they are called and no shorter, and whose ticks move the model's time.
pub(crate) mod thread {
    use std::io;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    pub(crate) use shuttle::thread::yield_now;

    use crate::system::{COUNTS, system};

    #[derive(Debug)]
    pub(crate) struct Thread(shuttle::thread::Thread);

    impl Thread {
        pub(crate) fn unpark(&self) {
            system().give_token(self.0.id());
            self.0.unpark();
        }
    }

    pub(crate) fn current() -> Thread {
        Thread(shuttle::thread::current())
    }

    /// Nobody but the watch parks.
    pub(crate) fn park() {
        COUNTS.sleeps.fetch_add(1, Ordering::Relaxed);
        while !system().take_token(shuttle::thread::current().id()) {
            shuttle::thread::park();
        }
    }

    pub(crate) fn park_timeout(time: Duration) {
        system().tick(time);
        yield_now();
    }

    pub(crate) struct JoinHandle<T> {
        thread: Thread,
        handle: shuttle::thread::JoinHandle<T>,
    }

    impl<T> From<shuttle::thread::JoinHandle<T>> for JoinHandle<T> {
        fn from(handle: shuttle::thread::JoinHandle<T>) -> Self {
            let thread = Thread(handle.thread().clone());
            Self { thread, handle }
        }
    }

    impl<T> JoinHandle<T> {
        pub(crate) fn thread(&self) -> &Thread {
            &self.thread
        }

        pub(crate) fn join(self) -> std::thread::Result<T> {
            self.handle.join()
        }
    }

    pub(crate) fn spawn<T: Send + 'static>(
        run: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        shuttle::thread::spawn(run).into()
    }

    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Self(shuttle::thread::Builder::new())
        }

        pub(crate) fn name(self, name: String) -> Self {
            let spare = usize::from(name == "zeug-spare");
            COUNTS.spare_threads.fetch_add(spare, Ordering::Relaxed);
            Self(self.0.name(name))
        }

        pub(crate) fn spawn(
            self,
            run: impl FnOnce() + Send + 'static,
        ) -> io::Result<JoinHandle<()>> {
            system().thread_begins();
            let handle = self.0.spawn(move || {
                run();
                system().thread_ends();
            })?;
            Ok(handle.into())
        }
    }
}
