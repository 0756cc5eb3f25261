//! Owns the driver: the thread that has a core waits for connections and serves them, one after the other, with the core laid down meanwhile. And the spare thread,
//! which drives loops and handles requests that take long.

use crate::connection::{Next, Wake, Worker};
use crate::sync::Arc;

use super::Shared;
use super::core::Turn;
use super::pool::{Drive, Job, Seat, Waiting};
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
    let seat = Seat::default();
    while let Some(job) = shared.pool.next(shared, &seat) {
        match job {
            Job::Drive(job) => drive(shared, job, worker),
            Job::Handle(Waiting {
                index,
                token,
                mut connection,
            }) => {
                worker.drives_nothing();
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
        let Some(mut turn) = core.next(shared, index) else {
            worker.drives_nothing();
            shared.loop_ended();
            return;
        };
        worker.drives(index, core.woken());
        let mut seq = own.release(core);
        core = loop {
            shared.watch.call();
            let next = turn.connection.serve(turn.wake, worker, shared);
            let Some((held, mut core)) = own.retake(seq) else {
                return detached(shared, index, turn, next, worker);
            };
            if matches!(next, Next::Handle) {
                drop(held);
                match queue(shared, index, turn) {
                    Ok(()) => break core,
                    Err(refused) => turn = refused,
                }
                seq = own.release(core);
                continue;
            }
            core.put_back(shared, index, turn.token, turn.connection, next);
            match core.next_ready() {
                Some(ready) => turn = ready,
                None => break core,
            }
            seq = held.release(core);
        };
    }
}

/// Has a request handled by a spare thread; where too many wait it is to be answered so at once.
fn queue(shared: &Arc<Shared>, index: usize, turn: Turn) -> Result<(), Turn> {
    let Turn {
        token, connection, ..
    } = turn;
    let waiting = Waiting {
        index,
        token,
        connection,
    };
    let Err(refused) = shared.pool.queue(shared, waiting) else {
        return Ok(());
    };
    let mut connection = refused.connection;
    connection.overloaded();
    Err(Turn {
        token,
        connection,
        wake: Wake::default(),
    })
}

/// Ends a turn whose loop goes on elsewhere meanwhile: this thread may take its time.
fn detached(shared: &Shared, index: usize, turn: Turn, next: Next, worker: &mut Worker) {
    let Turn {
        token,
        mut connection,
        ..
    } = turn;
    worker.drives_nothing();
    let next = match next {
        Next::Handle => connection.serve(Wake::default(), worker, shared),
        other => other,
    };
    shared.loops[index].send(Message::Returned {
        token,
        connection,
        next,
    });
}
