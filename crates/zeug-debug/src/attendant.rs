//! Owns a thread that has one thing in its care for all who ask: the thing is made when it is first asked for, and a caller waits only as long as it wants to.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What the thread is asked to do.
type Job<T> = Box<dyn FnOnce(&T) + Send>;

/// The stack of such a thread: what is read and parsed lies in itself as deep as someone has written it.
const STACK: usize = 16 << 20;

/// The way to a thread, once there is one.
pub(crate) struct Attendant<T: 'static> {
    name: &'static str,
    make: fn() -> T,
    jobs: Mutex<Option<Sender<Job<T>>>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It takes longer than the caller wanted to wait. It goes on.
    Late,
    /// The thread failed at it.
    Failed,
    /// The system has no thread to give.
    NoThread,
}

impl<T> Attendant<T> {
    pub(crate) const fn new(name: &'static str, make: fn() -> T) -> Self {
        Self {
            name,
            make,
            jobs: Mutex::new(None),
        }
    }

    /// Has the thread run `job`, and waits for what it says.
    ///
    /// # Errors
    ///
    /// Each of [`NoAnswer`].
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        patience: Duration,
        job: impl FnOnce(&T) -> R + Send + 'static,
    ) -> Result<R, NoAnswer> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.send(Box::new(move |thing| {
            // Nobody may wait any more.
            let _ = answer.send(job(thing));
        }))?;
        answered
            .recv_timeout(patience)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => NoAnswer::Late,
                RecvTimeoutError::Disconnected => NoAnswer::Failed,
            })
    }

    /// Hands the job to the thread; begins one where there is none, or where a panic has ended it.
    fn send(&self, job: Job<T>) -> Result<(), NoAnswer> {
        let mut known = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let job = match known.as_ref() {
            Some(jobs) => match jobs.send(job) {
                Ok(()) => return Ok(()),
                Err(refused) => refused.0,
            },
            None => job,
        };
        let (jobs, taken) = mpsc::channel::<Job<T>>();
        let make = self.make;
        thread::Builder::new()
            .name(self.name.to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let thing = make();
                for job in taken {
                    job(&thing);
                }
            })
            .map_err(|_| NoAnswer::NoThread)?;
        // It is there: the other end was just given to it.
        let _ = jobs.send(job);
        *known = Some(jobs);
        Ok(())
    }
}

impl<T> fmt::Debug for Attendant<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attendant")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
