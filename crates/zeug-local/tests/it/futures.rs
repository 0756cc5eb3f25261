//! Futures in a context: each step of theirs, on whichever thread.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{self, Poll, Waker};

use zeug_local::{Context, Local};

static NAME: Local<&str> = Local::new("name");

/// Gives way once.
#[derive(Default)]
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
        match std::mem::replace(&mut self.0, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}

async fn names() -> [Option<&'static str>; 2] {
    let name = || NAME.get().ok().map(|name| *name);
    let before = name();
    Yield::default().await;
    [before, name()]
}

#[test]
fn tasks_that_take_turns_on_a_thread_stay_apart() {
    let contexts = ["a", "b"].map(|name| {
        let context = Context::new();
        context.run(|| NAME.set(name)).unwrap();
        context
    });
    let task = &mut task::Context::from_waker(Waker::noop());
    let (mut first, mut second, mut third) = (
        pin!(contexts[0].wrap(names())),
        pin!(contexts[1].wrap(names())),
        pin!(names()),
    );
    assert!(first.as_mut().poll(task).is_pending());
    assert!(second.as_mut().poll(task).is_pending());
    assert!(third.as_mut().poll(task).is_pending());
    assert_eq!(second.poll(task), Poll::Ready([Some("b"); 2]));
    assert_eq!(first.poll(task), Poll::Ready([Some("a"); 2]));
    assert_eq!(third.poll(task), Poll::Ready([None; 2]));
}

#[test]
fn a_task_takes_its_context_to_another_thread() {
    let context = Context::new();
    context.run(|| NAME.set("a")).unwrap();
    let mut future = Box::pin(context.wrap(names()));
    let polled = future
        .as_mut()
        .poll(&mut task::Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    let ended = std::thread::spawn(move || {
        future
            .as_mut()
            .poll(&mut task::Context::from_waker(Waker::noop()))
    });
    assert_eq!(ended.join().unwrap(), Poll::Ready([Some("a"); 2]));
}

#[test]
fn a_task_is_dropped_in_its_context() {
    struct Tells(mpsc::Sender<Option<&'static str>>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.send(NAME.get().ok().map(|name| *name)).unwrap();
        }
    }
    let (sender, receiver) = mpsc::channel();
    let context = Context::new();
    context.run(|| NAME.set("a")).unwrap();
    let tells = Tells(sender);
    drop(context.wrap(async move {
        let _tells = tells;
        Yield::default().await;
    }));
    assert_eq!(receiver.recv().unwrap(), Some("a"));
}
