//! Owns the driver: the thread that has a core waits for connections and serves them, one after the other, with the core laid down meanwhile.

use std::sync::Arc;

use crate::connection::Worker;

use super::Shared;
use super::core::Task;
use super::pool::Job;
use super::slot::Message;

/// A thread that begins with a loop.
pub(super) fn work(shared: &Arc<Shared>, first: Job) {
    let mut worker = Worker::default();
    drive(shared, first, &mut worker);
    spare_with(shared, &mut worker);
}

/// A thread that waits for a loop.
pub(super) fn spare(shared: &Arc<Shared>) {
    spare_with(shared, &mut Worker::default());
}

fn spare_with(shared: &Arc<Shared>, worker: &mut Worker) {
    while let Some(job) = shared.pool.next() {
        drive(shared, job, worker);
    }
}

/// Drives a loop until it ends or the watch takes it.
fn drive(shared: &Arc<Shared>, job: Job, worker: &mut Worker) {
    let Job { index, mut core } = job;
    let own = &shared.loops[index];
    loop {
        match core.next(shared, index) {
            Task::End => {
                shared.loop_ended();
                return;
            }
            Task::Serve {
                token,
                mut connection,
                wake,
            } => {
                let seq = own.release(core);
                shared.watch.call();
                let next = connection.serve(wake, worker, shared);
                match own.retake(seq) {
                    Some(taken) => {
                        core = taken;
                        core.put_back(shared, index, token, connection, next);
                    }
                    None => {
                        own.send(Message::Returned {
                            token,
                            connection,
                            next,
                        });
                        return;
                    }
                }
            }
        }
    }
}
