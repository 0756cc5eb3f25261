//! What a context holds, who sees it, and when it lets go.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use zeug_local::{Context, Local, LocalErrorKind, LocalStack};

/// Writes its name down when it is dropped, and what it sees of another local then.
struct Noted(&'static str, Arc<Mutex<Vec<String>>>);

static OTHER: Local<&str> = Local::new("other");
static FIRST: Local<Noted> = Local::new("first");
static SECOND: Local<Noted> = Local::new("second");
static NOTES: LocalStack<Noted> = LocalStack::new("notes");

impl Drop for Noted {
    fn drop(&mut self) {
        let other = OTHER.get().map_or_else(
            |error| format!("{:?}", error.kind()),
            |other| other.to_string(),
        );
        self.1.lock().unwrap().push(format!("{} {other}", self.0));
    }
}

#[test]
fn contexts_are_apart_and_nest() {
    static NAME: Local<u32> = Local::new("name");
    let (outer, inner) = (Context::new(), Context::new());
    outer.run(|| {
        NAME.set(1).unwrap();
        inner.run(|| {
            assert_eq!(NAME.get().unwrap_err().kind(), LocalErrorKind::Unbound);
            NAME.set(2).unwrap();
            assert_eq!(Context::current(), Some(inner.clone()));
            outer.run(|| assert_eq!(*NAME.get().unwrap(), 1));
            assert_eq!(*NAME.get().unwrap(), 2);
        });
        assert_eq!(*NAME.get().unwrap(), 1);
    });
    assert_eq!(Context::current(), None);
    assert_eq!(NAME.get().unwrap_err().kind(), LocalErrorKind::NoContext);
}

#[test]
fn a_panic_puts_the_context_before_back() {
    static DEPTH: LocalStack<u32> = LocalStack::new("depth");
    let context = Context::new();
    context.run(|| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            Context::new().run(|| -> () { panic!("within") });
        }));
        assert!(caught.is_err());
        assert_eq!(Context::current().as_ref(), Some(&context));

        DEPTH.push(1).unwrap();
        let caught = catch_unwind(|| DEPTH.with(2, || -> () { panic!("within") }));
        assert!(caught.is_err());
        assert_eq!((DEPTH.len(), *DEPTH.top().unwrap()), (1, 1));
    });
    assert_eq!(DEPTH.len(), 0);
}

#[test]
fn set_gives_back_what_was_there_and_take_takes_it() {
    static WORD: Local<String> = Local::new("word");
    Context::new().run(|| {
        assert!(WORD.set("a".into()).unwrap().is_none());
        assert_eq!(*WORD.set("b".into()).unwrap().unwrap(), "a");
        let held = WORD.get().unwrap();
        assert_eq!(
            held.clone().into_inner().unwrap_err(),
            held,
            "others hold it"
        );
        drop(held);
        assert_eq!(WORD.take().unwrap().into_inner().unwrap(), "b");
        assert_eq!(WORD.take().unwrap_err().kind(), LocalErrorKind::Unbound);
    });
}

#[test]
fn threads_of_a_request_share_its_context() {
    static COUNT: Local<Mutex<u32>> = Local::new("count");
    let context = Context::new();
    context.run(|| COUNT.set(Mutex::new(0))).unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            context
                .spawn(|| (0..100).for_each(|_| *COUNT.get().unwrap().lock().unwrap() += 1))
                .unwrap()
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(*context.run(|| COUNT.get()).unwrap().lock().unwrap(), 800);
    assert!(
        std::thread::spawn(|| COUNT.get().is_err()).join().unwrap(),
        "another thread is in none"
    );
}

#[test]
fn many_threads_may_use_a_local_first_at_once() {
    static FRESH: Local<usize> = Local::new("fresh");
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for own in 0..8 {
            let start = &start;
            scope.spawn(move || {
                Context::new().run(|| {
                    start.wait();
                    FRESH.set(own).unwrap();
                    assert_eq!(*FRESH.get().unwrap(), own);
                });
            });
        }
    });
}

#[test]
fn what_changes_meanwhile_is_seen_in_its_order() {
    struct Counted(usize, Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    static STEP: Local<Counted> = Local::new("step");
    const STEPS: usize = 5;
    let dropped = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let context = Context::new();
        let start = Barrier::new(3);
        let reads = || {
            context.run(|| {
                start.wait();
                let mut last = None;
                loop {
                    let seen = STEP.get().map(|step| step.0);
                    match seen {
                        Ok(step) => {
                            assert!(last <= Some(step), "{step} after {last:?}");
                            last = Some(step);
                        }
                        Err(error) if error.kind() == LocalErrorKind::Released => break,
                        Err(_) => assert_eq!(last, None, "a value once set is replaced, not taken"),
                    }
                }
            });
        };
        std::thread::scope(|scope| {
            scope.spawn(reads);
            scope.spawn(reads);
            context.run(|| {
                start.wait();
                (0..STEPS).for_each(|step| drop(STEP.set(Counted(step, Arc::clone(&dropped)))));
            });
            context.release();
        });
    }
    assert_eq!(
        dropped.load(Ordering::Relaxed),
        100 * STEPS,
        "no reader keeps one"
    );
}

#[test]
fn more_locals_than_are_read_quickly() {
    static MANY: [Local<usize>; 20] = [const { Local::new("one of many") }; 20];
    let all = |context: &Context| -> Vec<Option<usize>> {
        context.run(|| {
            MANY.iter()
                .map(|local| local.get().ok().map(|value| *value))
                .collect()
        })
    };
    let context = Context::new();
    context.run(|| {
        for (number, local) in MANY.iter().enumerate() {
            assert_eq!(local.get().unwrap_err().kind(), LocalErrorKind::Unbound);
            local.set(number).unwrap();
        }
    });
    let numbers: Vec<_> = (0..20).map(Some).collect();
    let copy = context.copy();
    assert_eq!((all(&context), all(&copy)), (numbers.clone(), numbers));
    context.release();
    assert_eq!(all(&context), [None; 20]);
    let twice: usize = copy.run(|| {
        MANY.iter()
            .map(|local| *local.set(*local.get().unwrap() * 2).unwrap().unwrap())
            .sum()
    });
    assert_eq!(twice, (0..20).sum::<usize>(), "what was there before");
    assert_eq!(
        all(&copy),
        (0..20).map(|number| Some(2 * number)).collect::<Vec<_>>()
    );
}

#[test]
fn release_drops_the_last_first_outside_of_the_lock() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let noted = |name| Noted(name, Arc::clone(&notes));
    let context = Context::new();
    context.run(|| {
        OTHER.set("there").unwrap();
        FIRST.set(noted("first")).unwrap();
        NOTES.push(noted("below")).unwrap();
        NOTES.push(noted("above")).unwrap();
        SECOND.set(noted("second")).unwrap();
        SECOND.set(noted("third")).unwrap();
    });
    context.release();
    context.release();
    let expected = [
        "second there",
        "third Released",
        "above Released",
        "below Released",
        "first Released",
    ];
    assert_eq!(*notes.lock().unwrap(), expected);
    assert_eq!(
        context.run(|| OTHER.set("again")).unwrap_err().kind(),
        LocalErrorKind::Released
    );
}

#[test]
fn a_context_without_owner_drops_its_values() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    Context::new()
        .run(|| FIRST.set(Noted("first", Arc::clone(&notes))))
        .unwrap();
    assert_eq!(*notes.lock().unwrap(), ["first NoContext"]);
}

#[test]
fn a_thread_that_outlives_its_request_is_told() {
    static WORD: Local<&str> = Local::new("word");
    let context = Context::new();
    context.run(|| WORD.set("w")).unwrap();
    let ((holds, held), (go, gone)) = (mpsc::channel(), mpsc::channel::<()>());
    let late = context
        .spawn(move || {
            let held = WORD.get().unwrap();
            holds.send(()).unwrap();
            gone.recv().unwrap();
            (*held, WORD.get().unwrap_err())
        })
        .unwrap();
    let copy = context.copy();
    held.recv().unwrap();
    context.release();
    go.send(()).unwrap();
    let copied = copy.spawn(|| WORD.get().map(|word| *word)).unwrap();
    let (held, error) = late.join().unwrap();
    assert_eq!(held, "w");
    assert!(matches!(error.kind(), LocalErrorKind::Released), "{error}");
    assert_eq!(copied.join().unwrap(), Ok("w"));
}

#[test]
fn errors_name_the_local_and_the_way_out() {
    static WORD: Local<&str> = Local::new("word");
    let told = |error: zeug_local::LocalError| {
        assert_eq!((error.name(), error.status_hint()), ("word", 500));
        error.to_string()
    };
    assert!(told(WORD.get().unwrap_err()).contains("`Context::run`"));
    assert!(told(Context::new().run(|| WORD.get()).unwrap_err()).contains("set it first"));
    let over = Context::new();
    over.release();
    assert!(told(over.run(|| WORD.get()).unwrap_err()).contains("`Context::copy`"));
}

#[test]
fn nothing_of_a_value_is_shown() {
    static SECRET: Local<&str> = Local::new("secret");
    let context = Context::new();
    context.run(|| SECRET.set("hunter2")).unwrap();
    assert_eq!(
        format!("{context:?} {SECRET:?}"),
        "Context { locals: 1, released: false } Local(\"secret\")"
    );
}
