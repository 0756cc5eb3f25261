//! Owns the driver: the thread that has a core waits for connections and serves them, one after the other, with the core laid down meanwhile. And the spare thread,
//! which drives loops and handles requests that take long.

use std::sync::Arc;

use crate::connection::{Next, Wake, Worker};

use super::Shared;
use super::core::Task;
use super::pool::{Drive, Job, Waiting};
use super::slot::Message;

/// A thread that begins with a loop.
pub(super) fn work(shared: &Arc<Shared>, first: Drive) {
    let mut worker = Worker::new(shared);
    drive(shared, first, &mut worker);
    spare_with(shared, &mut worker);
}

/// A thread that waits for a job.
pub(super) fn spare(shared: &Arc<Shared>) {
    spare_with(shared, &mut Worker::new(shared));
}

fn spare_with(shared: &Arc<Shared>, worker: &mut Worker) {
    while let Some(job) = shared.pool.next() {
        match job {
            Job::Drive(job) => drive(shared, job, worker),
            Job::Handle(Waiting {
                index,
                token,
                mut connection,
            }) => {
                let next = connection.serve(Wake::default(), worker, shared);
                shared.loops[index].send(Message::Returned {
                    token,
                    connection,
                    next,
                });
            }
        }
    }
}

/// Drives a loop until it ends or the watch takes it.
fn drive(shared: &Arc<Shared>, job: Drive, worker: &mut Worker) {
    let Drive { index, mut core } = job;
    let own = &shared.loops[index];
    own.driven_here();
    loop {
        let Task::Serve {
            token,
            mut connection,
            mut wake,
        } = core.next(shared, index)
        else {
            shared.loop_ended();
            return;
        };
        loop {
            let seq = own.release(core);
            shared.watch.call();
            worker.drives(Some(index));
            let next = connection.serve(wake, worker, shared);
            worker.drives(None);
            let Some(taken) = own.retake(seq) else {
                // The loop goes on elsewhere: this thread may take its time.
                let next = match next {
                    Next::Handle => connection.serve(Wake::default(), worker, shared),
                    other => other,
                };
                own.send(Message::Returned {
                    token,
                    connection,
                    next,
                });
                return;
            };
            core = taken;
            if !matches!(next, Next::Handle) {
                core.put_back(shared, index, token, connection, next);
                break;
            }
            match shared.pool.queue(
                shared,
                Waiting {
                    index,
                    token,
                    connection,
                },
            ) {
                Ok(()) => break,
                Err(refused) => {
                    connection = refused.connection;
                    connection.overloaded();
                    wake = Wake::default();
                }
            }
        }
    }
}
